// Writes source maps for tests: mappings as numbers instead of Base64 VLQ.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pagewake::symbolicate {

inline std::string vlq(std::int64_t value) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto bits = static_cast<std::uint64_t>(value < 0 ? (-value << 1) | 1 : value << 1);
  std::string out;
  do {
    const auto digit = bits & 31u;
    bits >>= 5;
    out += digits[digit | (bits != 0 ? 32u : 0u)];
  } while (bits != 0);
  return out;
}

// All on the first generated line; name -1: none, source -1: code without a source.
struct Segment {
  std::int64_t column, source, line, source_column, name = -1;
};

inline std::string mappings_of(const std::vector<Segment>& segments) {
  std::string out;
  Segment before{0, 0, 0, 0, 0};
  for (const Segment& s : segments) {
    if (!out.empty()) out += ',';
    out += vlq(s.column - before.column);
    before.column = s.column;
    if (s.source < 0) continue;
    out += vlq(s.source - before.source) + vlq(s.line - before.line) +
           vlq(s.source_column - before.source_column);
    before.source = s.source;
    before.line = s.line;
    before.source_column = s.source_column;
    if (s.name < 0) continue;
    out += vlq(s.name - before.name);
    before.name = s.name;
  }
  return out;
}

}  // namespace pagewake::symbolicate
