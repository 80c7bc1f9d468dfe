// A hash of a glance at a text: its length and five words of it. For caches of
// one text a place, which compare the text itself: texts that look alike share
// a place, and nobody else suffers for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pagewake {

inline std::size_t glance_hash(std::string_view text) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  std::uint64_t hash = text.size() * kOdd;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kOdd;
    hash ^= hash >> 32;
  };
  if (text.size() < sizeof hash) {
    for (const char c : text) mix(static_cast<unsigned char>(c));
    return hash;
  }
  const std::size_t last = text.size() - sizeof hash;
  for (std::size_t quarter = 0; quarter <= 4; ++quarter) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + last * quarter / 4, sizeof word);
    mix(word);
  }
  return hash;
}

}  // namespace pagewake
