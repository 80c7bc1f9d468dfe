// What an OTLP exporter gets back, in the encoding it sent: an
// Export…ServiceResponse, or google.rpc.Status where the request was refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"
#include "receive/protocol.h"

namespace pagewake::receive {

enum class OtlpEncoding : std::uint8_t { kProto, kJson };

// By the request's Content-Type. Nothing for any other type.
std::optional<OtlpEncoding> otlp_encoding(const http::Request& request);

// `rejected_name`: "rejectedSpans", "rejectedLogRecords", "rejectedDataPoints".
// Without rejections and message the answer is empty: everything was taken.
http::Response otlp_accepted(OtlpEncoding encoding, std::string_view rejected_name,
                             std::uint64_t rejected, std::string_view message);
http::Response otlp_refused(OtlpEncoding encoding, const Refusal& refusal);

// Data points in an ExportMetricsServiceRequest. Errors: "malformed",
// "nesting_too_deep".
Result<std::uint64_t> count_data_points(OtlpEncoding encoding, std::string_view body);

}  // namespace pagewake::receive
