#include "base/utf8.h"

#include <cstdint>

namespace pagewake {
namespace {

constexpr bool is_continuation(char c) { return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80; }

struct Piece {
  std::size_t bytes;
  bool valid;
};

// The character at the front of `text` (not empty), or the maximal invalid
// piece there. The second byte's range rules out overlong forms, surrogates
// and what lies beyond U+10FFFF (table 3-7 of the standard).
Piece first_piece(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return {1, true};
  std::size_t size = 0;
  std::uint8_t low = 0x80, high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < size; ++i) {
    if (i == text.size()) return {i, false};
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < low || byte > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {size, true};
}

}  // namespace

std::string_view cut_at_code_point(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // A character has at most three continuation bytes; more of them in a row is
  // not UTF-8, and walking back over them would throw away good room.
  std::size_t cut = max_bytes;
  for (int i = 0; i < 3 && cut > 0 && is_continuation(text[cut]); ++i) --cut;
  if (is_continuation(text[cut])) cut = max_bytes;
  return text.substr(0, cut);
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    if (!piece.valid) return false;
    text.remove_prefix(piece.bytes);
  }
  return true;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    if (piece.valid) {
      out.append(text.substr(0, piece.bytes));
    } else {
      out.append("\xef\xbf\xbd");
    }
    text.remove_prefix(piece.bytes);
  }
  return out;
}

}  // namespace pagewake
