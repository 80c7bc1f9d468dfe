// Numbers of a column in few bits each, readable where they stand: a scan that
// wants 40 rows of 2,048 unpacks these. zstd would make some columns smaller,
// but has to unpack all of one, and that is most of what a scan did.
//
//   integers  a byte: bits a value (0 to 56), kZeroAlone, kThousands
//             zigzag the least value, or the least but zero
//             the values, one behind the other from the lowest bit up, and
//             kPadding, so that eight bytes can be read anywhere
//             A value is its distance from the least, in thousands with
//             kThousands. With kZeroAlone, 0 stands for 0 and n for n - 1.
//   numbers   0, 1, 2, 4, 8, 16 or 32 bits each, as their count asks for. Of
//             n rows to a byte, the first have the lowest bits: the bytes hold
//             the column's beginning there, and what comes behind above it.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pagewake::storage::sqlite {

// Nothing where they are too far apart.
std::optional<std::string> pack_integers(std::span<const std::int64_t> values);

class PackedIntegers {
 public:
  // What pack_integers() gave for so many values; they stay there, `bytes`
  // must live. Nothing: no such bytes.
  static std::optional<PackedIntegers> of(std::string_view bytes, std::size_t values);
  bool are_equal() const { return bits_ == 0; }  // all values of it
  std::int64_t at(std::size_t index) const {
    if (bits_ == 0) return zero_alone_ ? 0 : static_cast<std::int64_t>(least_);
    const std::size_t bit = index * bits_;
    std::uint64_t word = 0;
    std::memcpy(&word, data_ + bit / 8, sizeof word);
    std::uint64_t value = word >> (bit % 8) & ((std::uint64_t{1} << bits_) - 1);
    if (zero_alone_) {
      if (value == 0) return 0;
      --value;
    }
    return static_cast<std::int64_t>(least_ + value * unit_);
  }

 private:
  PackedIntegers() = default;
  const char* data_ = nullptr;
  unsigned bits_ = 0;
  bool zero_alone_ = false;
  std::uint64_t unit_ = 1, least_ = 0;
};

// Small numbers, one a row.
struct Numbers {
  std::vector<std::uint32_t> wide;
  std::vector<std::uint8_t> narrow;  // in its place where a byte is enough for all

  std::uint32_t operator[](std::size_t row) const { return wide.empty() ? narrow[row] : wide[row]; }
  bool empty() const { return wide.empty() && narrow.empty(); }
  void clear() {
    wide.clear();
    narrow.clear();
  }
};

// Numbers below `count`.
std::string pack_numbers(std::span<const std::uint32_t> numbers, std::uint64_t count);
// All of them, or those at the rows in `only`: what is written elsewhere is not
// said. False: not such bytes for so many numbers, or one is not below `count`.
bool unpack_numbers(std::string_view bytes, std::size_t rows, std::uint64_t count,
                    const std::vector<std::uint32_t>* only, Numbers& numbers);

}  // namespace pagewake::storage::sqlite
