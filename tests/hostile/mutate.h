// Hostile bodies made from real ones, the same for the same seed on every
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pagewake::testing {

// splitmix64: the standard's distributions differ between libraries.
class Seeded {
 public:
  explicit Seeded(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t limit) {  // 0 for 0
    return limit == 0 ? 0 : static_cast<std::size_t>(next() % limit);
  }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

// One to four changes of one of the bodies: flipped bits, cuts, repeated and
// swapped parts, another body's part, values that parsers trip over (NaN,
// 1e999, numbers beyond 64 bits, lone surrogates, bytes that are no UTF-8,
// brackets 70 and 3,000 deep, 64 KiB of text, endless varints).
std::string mutated(const std::vector<std::string>& bodies, Seeded& random);

}  // namespace pagewake::testing
