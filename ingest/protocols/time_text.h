// Times as clients write them. Nothing for text or numbers that are no time
// between 1970 and 9999; the caller then takes the time of arrival.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pagewake::protocols {

class Value;

// "2026-11-21T02:27:10.833911Z", also with a blank for T, a comma for the
// point, an offset, or none of it (then UTC), as Python's isoformat() gives.
std::optional<std::int64_t> unix_us_from_text(std::string_view text);

std::optional<std::int64_t> unix_us_from_seconds(double seconds);

// For logs, where each library has a unit of its own: seconds, milliseconds,
// microseconds or nanoseconds by magnitude. The ranges do not overlap for
// times after April 1973.
std::optional<std::int64_t> unix_us_from_any_unit(double number);

// A number of seconds or text, as Sentry's protocol allows.
std::optional<std::int64_t> unix_us_from_seconds_or_text(const Value& value);

}  // namespace pagewake::protocols
