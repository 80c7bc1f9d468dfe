#include "storage/sqlite/packed_column.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace pagewake::storage::sqlite {
namespace {

static_assert(std::endian::native == std::endian::little, "packed as the processor reads them");

constexpr unsigned kMostBits = 56;  // and seven to shift them by: eight bytes hold them
constexpr std::uint8_t kBits = 0x3f, kZeroAlone = 0x40, kThousands = 0x80;
constexpr std::size_t kPadding = 7;

std::size_t bytes_of(std::size_t values, unsigned bits) {
  return bits == 0 ? 0 : (values * bits + 7) / 8 + kPadding;
}

// Modulo 2^64: the distance of any two int64 fits.
std::uint64_t above(std::int64_t value, std::int64_t least) {
  return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(least);
}

unsigned bits_of_number(std::uint64_t count) {
  for (const unsigned bits : {0U, 1U, 2U, 4U, 8U, 16U}) {
    if (count <= std::uint64_t{1} << bits) return bits;
  }
  return 32;
}

// Whole bytes a number, or the bytes that so many numbers of less share.
std::size_t stride_of(std::size_t rows, unsigned bits) {
  const std::size_t a_byte = 8 / bits;
  return (rows + a_byte - 1) / a_byte;
}

template <typename T>
T raw_at(std::string_view bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

// `get(row)` of the rows; gives the largest.
template <typename T, typename Get>
T put_numbers(std::size_t rows, const std::vector<std::uint32_t>* only, Get get,
              std::vector<T>& numbers) {
  numbers.resize(rows);
  T* const out = numbers.data();
  T most = 0;
  if (only != nullptr) {
    for (const std::uint32_t row : *only) most = std::max(most, out[row] = get(row));
  } else {
    for (std::size_t row = 0; row < rows; ++row) most = std::max(most, out[row] = get(row));
  }
  return most;
}

// All numbers of less than a byte, a piece of the column and eight at a time.
void spread(std::string_view bytes, std::size_t rows, unsigned bits,
            std::vector<std::uint8_t>& numbers) {
  const std::uint64_t mask = std::uint64_t{0x0101010101010101} * ((1U << bits) - 1);
  numbers.resize(rows);
  unsigned shift = 0;
  for (std::size_t first = 0; first < rows; first += bytes.size(), shift += bits) {
    const std::size_t here = std::min(bytes.size(), rows - first);
    std::uint8_t* const out = numbers.data() + first;
    std::size_t i = 0;
    for (std::uint64_t eight = 0; i + sizeof eight <= here; i += sizeof eight) {
      std::memcpy(&eight, bytes.data() + i, sizeof eight);
      eight = eight >> shift & mask;
      std::memcpy(out + i, &eight, sizeof eight);
    }
    for (; i < here; ++i) {
      out[i] = static_cast<std::uint8_t>(raw_at<std::uint8_t>(bytes, i) >> shift & mask);
    }
  }
}

}  // namespace

std::optional<std::string> pack_integers(std::span<const std::int64_t> values) {
  ByteWriter out;
  if (values.empty()) return std::string(2, '\0');
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  std::int64_t from = *least;
  std::uint64_t range = above(*most, from);
  bool zero_alone = false;
  // Zero says "none" of most columns; the others are often far from it.
  if (*least == 0 && *most > 0) {
    std::int64_t least_but_zero = *most;
    for (const std::int64_t value : values) {
      if (value != 0) least_but_zero = std::min(least_but_zero, value);
    }
    zero_alone = std::bit_width(above(*most, least_but_zero) + 1) < std::bit_width(range);
    if (zero_alone) {
      from = least_but_zero;
      range = above(*most, from);
    }
  }
  const bool thousands = range > 0 && std::all_of(values.begin(), values.end(), [&](auto value) {
                           return (zero_alone && value == 0) || above(value, from) % 1000 == 0;
                         });
  const std::uint64_t unit = thousands ? 1000 : 1;
  const auto bits =
      static_cast<unsigned>(std::bit_width(range / unit + static_cast<unsigned>(zero_alone)));
  if (bits > kMostBits) return std::nullopt;
  out.byte(static_cast<std::uint8_t>(bits | (zero_alone ? kZeroAlone : 0U) |
                                     (thousands ? kThousands : 0U)));
  out.zigzag(from);
  std::string data(bytes_of(values.size(), bits), '\0');
  for (std::size_t i = 0; bits > 0 && i < values.size(); ++i) {
    const std::uint64_t distance = above(values[i], from) / unit + (zero_alone ? 1 : 0);
    const std::uint64_t value = zero_alone && values[i] == 0 ? 0 : distance;
    char* at = data.data() + i * bits / 8;
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word |= value << (i * bits % 8);
    std::memcpy(at, &word, sizeof word);
  }
  out.append(data);
  return std::string(out.view());
}

std::optional<PackedIntegers> PackedIntegers::of(std::string_view bytes, std::size_t values) {
  ByteReader in(bytes);
  const std::uint8_t header = in.byte();
  PackedIntegers out;
  out.bits_ = header & kBits;
  out.zero_alone_ = (header & kZeroAlone) != 0;
  out.unit_ = (header & kThousands) != 0 ? 1000 : 1;
  out.least_ = static_cast<std::uint64_t>(in.zigzag());
  if (!in.ok() || out.bits_ > kMostBits || in.remaining() != bytes_of(values, out.bits_)) {
    return std::nullopt;
  }
  out.data_ = bytes.data() + in.position();
  return out;
}

std::string pack_numbers(std::span<const std::uint32_t> numbers, std::uint64_t count) {
  const unsigned bits = bits_of_number(count);
  if (bits == 0) return {};
  if (bits < 8) {
    std::string out(stride_of(numbers.size(), bits), '\0');
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      char& at = out[i % out.size()];
      at = static_cast<char>(static_cast<std::uint8_t>(at) | numbers[i] << (i / out.size() * bits));
    }
    return out;
  }
  const std::size_t each = bits / 8;
  std::string out(numbers.size() * each, '\0');
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::memcpy(out.data() + i * each, &numbers[i], each);
  }
  return out;
}

bool unpack_numbers(std::string_view bytes, std::size_t rows, std::uint64_t count,
                    const std::vector<std::uint32_t>* only, Numbers& numbers) {
  const unsigned bits = bits_of_number(count);
  const std::size_t size = bits == 0 ? 0 : bits < 8 ? stride_of(rows, bits) : rows * (bits / 8);
  if (bytes.size() != size || (count == 0 && rows > 0)) return false;
  numbers.clear();
  std::uint32_t most = 0;
  if (bits == 0) {
    numbers.narrow.resize(rows);
  } else if (bits == 8) {
    most = put_numbers(
        rows, only, [&](std::size_t row) { return raw_at<std::uint8_t>(bytes, row); },
        numbers.narrow);
  } else if (bits > 8) {
    most = put_numbers(
        rows, only,
        [&](std::size_t row) -> std::uint32_t {
          return bits == 16 ? raw_at<std::uint16_t>(bytes, row) : raw_at<std::uint32_t>(bytes, row);
        },
        numbers.wide);
  } else if (only != nullptr) {
    most = put_numbers(
        rows, only,
        [&](std::size_t row) {
          return static_cast<std::uint8_t>(
              raw_at<std::uint8_t>(bytes, row % size) >> (row / size * bits) & ((1U << bits) - 1));
        },
        numbers.narrow);
  } else {
    spread(bytes, rows, bits, numbers.narrow);
    // Of as many as the bits can say, none is too large.
    if (count < std::uint64_t{1} << bits) {
      for (const std::uint8_t number : numbers.narrow) most = std::max<std::uint32_t>(most, number);
    }
  }
  return rows == 0 || most < count;
}

}  // namespace pagewake::storage::sqlite
