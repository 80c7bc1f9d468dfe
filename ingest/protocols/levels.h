// Levels under the names that libraries give them, and OpenTelemetry's numbers
// (opentelemetry/proto/logs/v1/logs.proto, SeverityNumber).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pagewake::protocols {

// "trace", "debug", "info", "warning", "error" or "fatal" for every usual
// spelling ("WARN", "critical", "log", "notice", ...); nothing for others.
std::optional<std::string_view> level_from(std::string_view name);

std::uint8_t severity_of(std::string_view level);  // of a name level_from() gave; else 9, info
std::string_view level_of(std::uint8_t severity_number);  // 1..24; "info" outside

// pino's and bunyan's numbers: 10 trace, 20 debug, ... 60 fatal.
std::string_view level_from_pino(std::int64_t number);

}  // namespace pagewake::protocols
