// The number by which a beacon says under which rules its texts were scrubbed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace pagewake {

// FNV-1a of the rules' version and their tables of names. Every change of a
// table gives another number: a name more or less, another order, a name that
// moves to the next table.
constexpr std::uint32_t hash_of_rules(
    std::string_view version, std::initializer_list<std::span<const std::string_view>> tables) {
  constexpr std::uint32_t kPrime = 16777619;
  std::uint32_t hash = 2166136261;
  const auto add = [&](std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * kPrime;
    hash = (hash ^ 0xff) * kPrime;  // no byte of UTF-8
  };
  add(version);
  for (const auto& table : tables) {
    for (std::string_view text : table) add(text);
    add({});
  }
  return hash;
}

}  // namespace pagewake
