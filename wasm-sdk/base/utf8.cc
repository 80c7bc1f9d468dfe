#include "base/utf8.h"

#include <cstring>

#include "base/containers.h"

namespace pagewake {

std::size_t utf8_sequence_bytes(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned lead = byte(0);
  if (at >= text.size()) return 0;
  if (lead < 0x80) return 1;
  std::size_t n = 0;
  // The second byte's range is narrower where the full one would allow
  // overlong forms, surrogates or more than U+10FFFF.
  unsigned low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    n = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    n = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    n = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < n; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return n;
}

#ifndef __EMSCRIPTEN__
// How many bytes from `at` are surely ASCII: all, or rounded down to 8. Nearly
// all text is nothing else. The page has little text and pays for the code.
static std::size_t ascii_bytes(std::string_view text, std::size_t at) {
  const auto eight = [&](std::size_t i) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    return word;
  };
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const std::size_t start = at;
  for (; at + 32 <= text.size(); at += 32) {
    if ((eight(at) | eight(at + 8) | eight(at + 16) | eight(at + 24)) & kHighs) break;
  }
  while (at + 8 <= text.size() && (eight(at) & kHighs) == 0) at += 8;
  const std::size_t rest = text.size() - at;
  if (rest == 0) return at - start;
  if (text.size() >= 8) {
    if (rest < 8 && (eight(text.size() - 8) & kHighs) == 0) at += rest;
  } else if (text.size() >= 4) {
    std::uint32_t first = 0, last = 0;
    std::memcpy(&first, text.data(), 4);
    std::memcpy(&last, text.data() + text.size() - 4, 4);
    if (((first | last) & static_cast<std::uint32_t>(kHighs)) == 0) at += rest;
  } else if (((text[0] | text[text.size() / 2] | text[text.size() - 1]) & 0x80) == 0) {
    at += rest;
  }
  return at - start;
}
#endif

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
#ifndef __EMSCRIPTEN__
    at += ascii_bytes(text, at);
    if (at == text.size()) return true;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
#endif
    const std::size_t n = utf8_sequence_bytes(text, at);
    if (n == 0) return false;
    at += n;
  }
  return true;
}

Text repair_utf8(std::string_view text) {
  Text out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t n = utf8_sequence_bytes(text, at);
    if (n == 0) {
      append_utf8(out, 0xFFFD);
      ++at;
    } else {
      out.append(text.substr(at, n));
      at += n;
    }
  }
  return out;
}

std::string_view cut_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void append_utf8(Text& out, std::uint32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

}  // namespace pagewake
