#include "wire/traceparent.h"

namespace pagewake {

std::optional<Traceparent> parse_traceparent(std::string_view header) {
  constexpr std::size_t kBytes = 55;
  if (header.size() < kBytes) return std::nullopt;
  for (const char c : header.substr(0, kBytes)) {
    if (c >= 'A' && c <= 'F') return std::nullopt;
  }
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  std::uint8_t version = 0;
  Traceparent out;
  if (!detail::parse_hex(header.substr(0, 2), &version, 1)) return std::nullopt;
  if (!detail::parse_hex(header.substr(53, 2), &out.flags, 1)) return std::nullopt;
  if (version == 0xFF) return std::nullopt;
  if (header.size() > kBytes && (version == 0 || header[kBytes] != '-')) return std::nullopt;
  const auto trace_id = parse_id<TraceId>(header.substr(3, 32));
  const auto parent_id = parse_id<SpanId>(header.substr(36, 16));
  if (!trace_id || !parent_id || trace_id->is_zero() || parent_id->is_zero()) return std::nullopt;
  out.trace_id = *trace_id;
  out.parent_id = *parent_id;
  out.flags &= Traceparent::kSampled | Traceparent::kRandom;
  return out;
}

std::string format_traceparent(const Traceparent& traceparent) {
  return "00-" + to_hex(traceparent.trace_id) + "-" + to_hex(traceparent.parent_id) + "-" +
         detail::to_hex(&traceparent.flags, 1);
}

}  // namespace pagewake
