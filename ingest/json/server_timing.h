// The Server-Timing header's text, as the browser's SDK sends it, taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pagewake::json {

struct ServerTiming {
  std::string name;
  double duration_ms = 0;  // 0: the server gave none
  std::string description;
  friend bool operator==(const ServerTiming&, const ServerTiming&) = default;
};

// Reads `db;dur=53.2, cache;desc="a \"hit\""`. Lenient as browsers are: what
// cannot be read is left out. At most 64 entries, without `traceparent`, which
// is a trace's name and no time.
std::vector<ServerTiming> parse_server_timing(std::string_view text);

}  // namespace pagewake::json
