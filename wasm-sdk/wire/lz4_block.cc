#include "wire/lz4_block.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/containers.h"

namespace pagewake {
namespace {

constexpr std::size_t kShortestMatch = 4;
constexpr std::size_t kFarthestMatch = 65'535;
// The format's: no match begins in the last 12 bytes or reaches into the last 5.
constexpr std::size_t kNoMatchBegins = 12, kNoMatchReaches = 5;
constexpr std::size_t kInToken = 15;  // lengths from here on go on behind the token
constexpr int kPlaceBits = 12;

std::uint32_t four_bytes(std::string_view text, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

std::uint8_t low_byte(std::size_t value) { return static_cast<std::uint8_t>(value); }

void append_length(ByteWriter& out, std::size_t length) {
  if (length < kInToken) return;
  for (length -= kInToken; length >= 255; length -= 255) out.byte(255);
  out.byte(low_byte(length));
}

}  // namespace

void append_lz4_block(ByteWriter& out, std::string_view plain) {
  const std::size_t size = plain.size();
  // Where four bytes of such a hash were last seen. What stands there is
  // compared, so that an empty place may be 0.
  List<std::uint32_t> places;
  places.assign(std::size_t{1} << kPlaceBits, 0);
  std::size_t at = 0, written = 0;
  while (true) {
    std::size_t from = 0, match = 0;
    for (; at + kNoMatchBegins < size; ++at) {
      const std::uint32_t word = four_bytes(plain, at);
      std::uint32_t& place = places[word * 2'654'435'761u >> (32 - kPlaceBits)];
      from = place;
      place = static_cast<std::uint32_t>(at);
      if (from < at && at - from <= kFarthestMatch && four_bytes(plain, from) == word) {
        match = kShortestMatch;
        while (at + match + kNoMatchReaches < size && plain[from + match] == plain[at + match]) {
          ++match;
        }
        break;
      }
    }
    if (match == 0) at = size;
    const std::size_t literals = at - written;
    const std::size_t more = match == 0 ? 0 : match - kShortestMatch;
    out.byte(low_byte(std::min(literals, kInToken) << 4 | std::min(more, kInToken)));
    append_length(out, literals);
    out.append(plain.substr(written, literals));
    if (match == 0) return;
    out.byte(low_byte(at - from));
    out.byte(low_byte((at - from) >> 8));
    append_length(out, more);
    written = at += match;
  }
}

}  // namespace pagewake
