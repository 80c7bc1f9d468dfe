// The traceparent header of W3C Trace Context level 2:
// "00-<trace id>-<parent id>-<flags>", all lower-case hex.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace pagewake {

struct Traceparent {
  static constexpr std::uint8_t kSampled = 1;
  static constexpr std::uint8_t kRandom = 2;  // level 2: the trace id's last 7 bytes are random

  TraceId trace_id;
  SpanId parent_id;
  std::uint8_t flags = 0;

  bool sampled() const { return (flags & kSampled) != 0; }
  bool random() const { return (flags & kRandom) != 0; }
  friend bool operator==(const Traceparent&, const Traceparent&) = default;
};

// Nothing for anything the specification calls invalid: version ff, upper-case
// digits, a zero id, version 00 with more than its four parts. Of a higher
// version the first four parts are read, and only the flags known here kept.
std::optional<Traceparent> parse_traceparent(std::string_view header);

// As version 00.
std::string format_traceparent(const Traceparent& traceparent);

}  // namespace pagewake
