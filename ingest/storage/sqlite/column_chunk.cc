#include "storage/sqlite/column_chunk.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "storage/sqlite/blob.h"

namespace pagewake::storage::sqlite {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are little-endian on disk");

// Numbers on disk. A scan asks for projects and dimensions first, so these
// stand together; the projects of older segments are in front of all.
enum : std::uint32_t {
  kOldProjectColumn = 0,
  kStartedColumn = 1,
  kIdColumn = 2,
  kLcpKeyColumn = 3,
  kWeightColumn = 4,
  kFlagsColumn = 5,
  kFirstCodeColumn = 6,
  kFirstDimensionColumn = kFirstCodeColumn + kSummaryHistograms.size(),
  kProjectColumn = kFirstDimensionColumn + kDimensions,
};
static_assert(kProjectColumn + 1 == kColumns);

// A packed chunk begins with it; a compressed one with zstd's 0x28.
constexpr char kPacked = 1;
// Packed columns are read several times as fast; for that they may be larger.
constexpr std::size_t kPackedTimesLarger = 2;
constexpr std::size_t kSmallChunk = 24;  // bytes that no compression improves

template <typename T>
std::string raw_column(const std::vector<T>& column, std::span<const std::uint32_t> order) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::string out(order.size() * sizeof(T), '\0');
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::memcpy(out.data() + i * sizeof(T), &column[order[i]], sizeof(T));
  }
  return out;
}

template <typename T>
std::string raw_value(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
bool read_raw(std::string_view bytes, std::size_t rows, std::vector<T>& column) {
  if (bytes.size() != rows * sizeof(T)) return false;
  column.resize(rows);
  if (rows > 0) std::memcpy(static_cast<void*>(column.data()), bytes.data(), bytes.size());
  return true;
}

// Integers of which most columns hold one, or a few thousand of the same
// thousands: the value once; or the smallest and how many thousands the others
// are above it; or as they are. Sizes tell which (two rows would look alike).
constexpr std::size_t kFewRows = 2;

std::string narrow_column(const std::vector<std::int64_t>& column,
                          std::span<const std::uint32_t> order) {
  if (order.size() <= kFewRows) return raw_column(column, order);
  std::int64_t least = column[order[0]], most = least;
  for (const std::uint32_t row : order) {
    least = std::min(least, column[row]);
    most = std::max(most, column[row]);
  }
  if (least == most) return raw_value(column[order[0]]);
  // Unsigned: the distance of any two int64 fits.
  const auto above = [least](std::int64_t value) {
    return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(least);
  };
  if (above(most) / 1000 > UINT32_MAX) return raw_column(column, order);
  ByteWriter out;
  out.append(raw_value(least));
  for (const std::uint32_t row : order) {
    if (above(column[row]) % 1000 != 0) return raw_column(column, order);
    const auto thousands = static_cast<std::uint32_t>(above(column[row]) / 1000);
    for (int shift = 0; shift < 32; shift += 8) {
      out.byte(static_cast<std::uint8_t>(thousands >> shift));
    }
  }
  return out.take();
}

bool read_narrow(std::string_view bytes, std::size_t rows, std::vector<std::int64_t>& column) {
  if (rows <= kFewRows || bytes.size() == rows * sizeof(std::int64_t)) {
    return read_raw(bytes, rows, column);
  }
  std::vector<std::int64_t> least;
  if (!read_raw(bytes.substr(0, sizeof(std::int64_t)), 1, least)) return false;
  column.assign(rows, least[0]);
  if (bytes.size() == sizeof(std::int64_t)) return true;
  std::vector<std::uint32_t> thousands;
  if (!read_raw(bytes.substr(sizeof(std::int64_t)), rows, thousands)) return false;
  for (std::size_t i = 0; i < rows; ++i) {
    column[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(least[0]) +
                                          std::uint64_t{thousands[i]} * 1000);
  }
  return true;
}

// Numbers of texts: one, two or four bytes each, as their count asks for.
template <typename Narrow>
std::string narrowed(const std::vector<std::uint32_t>& numbers) {
  const std::vector<Narrow> narrow(numbers.begin(), numbers.end());
  return std::string(reinterpret_cast<const char*>(narrow.data()), narrow.size() * sizeof(Narrow));
}

std::string narrowed(const std::vector<std::uint32_t>& numbers, std::uint64_t count) {
  return count <= 0x100     ? narrowed<std::uint8_t>(numbers)
         : count <= 0x10000 ? narrowed<std::uint16_t>(numbers)
                            : narrowed<std::uint32_t>(numbers);
}

// The texts of the rows only, numbered as they come; `write(numbers, count)`
// gives the bytes of the numbers.
template <typename Write>
std::string text_column(const TextColumn& column, std::span<const std::uint32_t> order,
                        Write write) {
  constexpr std::uint32_t kUnseen = UINT32_MAX;
  std::vector<std::uint32_t> number_of(column.texts.size(), kUnseen), numbers;
  numbers.reserve(order.size());
  std::uint32_t count = 0;
  ByteWriter texts;
  for (const std::uint32_t row : order) {
    std::uint32_t& number = number_of[column.numbers[row]];
    if (number == kUnseen) {
      number = count++;
      texts.block(column.texts.text(column.numbers[row]));
    }
    numbers.push_back(number);
  }
  ByteWriter out;
  out.varint(count);
  out.append(texts.view());
  out.append(write(numbers, std::uint64_t{count}));
  return std::string(out.view());
}

// `read(bytes of the numbers, count of the texts)`. False: it did, or the texts
// are cut short.
template <typename Read>
bool read_texts(std::string_view bytes, TextColumn& column, Read read) {
  column.texts.clear();
  ByteReader in(bytes);
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) column.texts.append(in.block());
  return in.ok() && read(bytes.substr(in.position()), count);
}

bool read_numbers(std::string_view bytes, std::size_t rows, std::uint64_t count, Numbers& numbers) {
  numbers.clear();
  const auto are_below_count = [count](const auto& read) {
    return std::all_of(read.begin(), read.end(),
                       [count](std::uint64_t number) { return number < count; });
  };
  if (bytes.size() == rows) {
    return read_raw(bytes, rows, numbers.narrow) && are_below_count(numbers.narrow);
  }
  if (bytes.size() == 2 * rows) {
    std::vector<std::uint16_t> shorts;
    if (!read_raw(bytes, rows, shorts)) return false;
    numbers.wide.assign(shorts.begin(), shorts.end());
  } else if (!read_raw(bytes, rows, numbers.wide)) {
    return false;
  }
  return are_below_count(numbers.wide);
}

template <typename T>
std::optional<std::string> pack_values(const std::vector<T>& column,
                                       std::span<const std::uint32_t> order) {
  std::vector<std::int64_t> values;
  values.reserve(order.size());
  for (const std::uint32_t row : order) values.push_back(static_cast<std::int64_t>(column[row]));
  return pack_integers(values);
}

template <typename T>
bool unpack_values(std::string_view bytes, std::size_t rows, const std::vector<std::uint32_t>* only,
                   std::vector<T>& column) {
  const auto packed = PackedIntegers::of(bytes, rows);
  if (!packed) return false;
  column.resize(rows);
  if (only != nullptr) {
    for (const std::uint32_t row : *only) column[row] = static_cast<T>(packed->at(row));
  } else {
    for (std::size_t row = 0; row < rows; ++row) column[row] = static_cast<T>(packed->at(row));
  }
  return true;
}

// Calls `use` with the integers of the column; false: it has others.
template <typename Columns, typename Use>
bool with_integers(Columns& columns, std::uint32_t column, Use use) {
  if (column == kStartedColumn) {
    use(columns.started_at_unix_us);
  } else if (column == kWeightColumn) {
    use(columns.thousandths);
  } else if (column == kFlagsColumn) {
    use(columns.flags);
  } else if (column >= kFirstCodeColumn && column < kFirstDimensionColumn) {
    use(columns.codes[column - kFirstCodeColumn]);
  } else if (column == kProjectColumn) {
    use(columns.projects);
  } else {
    return false;
  }
  return true;
}

bool is_text(std::uint32_t column) {
  return column >= kFirstDimensionColumn && column < kFirstDimensionColumn + kDimensions;
}

// Nothing where the column is not kept packed.
std::optional<std::string> packed_column(const PageViewColumns& columns,
                                         std::span<const std::uint32_t> order,
                                         std::uint32_t column) {
  std::optional<std::string> bytes;
  if (is_text(column)) {
    bytes = text_column(columns.dimensions[column - kFirstDimensionColumn], order, pack_numbers);
  } else {
    with_integers(columns, column, [&](const auto& values) { bytes = pack_values(values, order); });
  }
  if (bytes) bytes->insert(bytes->begin(), kPacked);
  return bytes;
}

bool read_packed(std::string_view bytes, std::size_t rows, std::uint32_t column,
                 PageViewColumns& into, const std::vector<std::uint32_t>* only) {
  into.row_count = rows;
  if (is_text(column)) {
    TextColumn& texts = into.dimensions[column - kFirstDimensionColumn];
    return read_texts(bytes, texts, [&](std::string_view numbers, std::uint64_t count) {
      return unpack_numbers(numbers, rows, count, only, texts.numbers);
    });
  }
  if (column == kProjectColumn) {
    const auto packed = PackedIntegers::of(bytes, rows);
    if (packed && packed->are_equal()) {
      into.projects.assign(1, packed->at(0));
      return true;
    }
  }
  bool read = false;
  with_integers(into, column,
                [&](auto& values) { read = unpack_values(bytes, rows, only, values); });
  return read;
}

}  // namespace

std::string encode_column(const PageViewColumns& columns, std::span<const std::uint32_t> order,
                          std::uint32_t column) {
  switch (column) {
    case kOldProjectColumn:
    case kProjectColumn:
      return narrow_column(columns.projects, order);
    case kStartedColumn:
      return narrow_column(columns.started_at_unix_us, order);
    case kIdColumn:
      return raw_column(columns.ids, order);
    case kLcpKeyColumn:
      return raw_column(columns.lcp_keys, order);
    case kWeightColumn:
      return narrow_column(columns.thousandths, order);
    case kFlagsColumn:
      return raw_column(columns.flags, order);
    default:
      break;
  }
  if (column < kFirstDimensionColumn) {
    return raw_column(columns.codes[column - kFirstCodeColumn], order);
  }
  return text_column(
      columns.dimensions[column - kFirstDimensionColumn], order,
      [](const auto& numbers, std::uint64_t count) { return narrowed(numbers, count); });
}

bool decode_column(std::string_view bytes, std::size_t rows, std::uint32_t column,
                   PageViewColumns& into) {
  into.row_count = rows;
  switch (column) {
    case kOldProjectColumn:
    case kProjectColumn:
      return read_narrow(bytes, rows, into.projects);
    case kStartedColumn:
      return read_narrow(bytes, rows, into.started_at_unix_us);
    case kIdColumn:
      return read_raw(bytes, rows, into.ids);
    case kLcpKeyColumn:
      return read_raw(bytes, rows, into.lcp_keys);
    case kWeightColumn:
      return read_narrow(bytes, rows, into.thousandths);
    case kFlagsColumn:
      return read_raw(bytes, rows, into.flags);
    default:
      break;
  }
  if (column < kFirstDimensionColumn) {
    return read_raw(bytes, rows, into.codes[column - kFirstCodeColumn]);
  }
  TextColumn& texts = into.dimensions[column - kFirstDimensionColumn];
  return read_texts(bytes, texts, [&](std::string_view numbers, std::uint64_t count) {
    return read_numbers(numbers, rows, count, texts.numbers);
  });
}

bool is_written(std::uint32_t column) { return column != kOldProjectColumn; }

std::string encode_chunk(const PageViewColumns& columns, std::span<const std::uint32_t> order,
                         std::uint32_t column) {
  std::optional<std::string> packed = packed_column(columns, order, column);
  if (packed && packed->size() <= kSmallChunk) return std::move(*packed);
  std::string plain = compressed(encode_column(columns, order, column));
  if (packed && packed->size() <= kPackedTimesLarger * plain.size()) return std::move(*packed);
  return plain;
}

bool decode_chunk(std::string_view bytes, std::size_t rows, std::uint32_t column,
                  PageViewColumns& into, const std::vector<std::uint32_t>* only) {
  if (!bytes.empty() && bytes.front() == kPacked) {
    return read_packed(bytes.substr(1), rows, column, into, only);
  }
  thread_local std::string plain;
  return decompress(bytes, plain) && decode_column(plain, rows, column, into);
}

std::vector<std::uint32_t> column_numbers(const ColumnSet& set) {
  std::vector<std::uint32_t> out;
  if (set.times) out.push_back(kStartedColumn);
  if (set.ids) out.push_back(kIdColumn);
  if (set.lcp_key) out.push_back(kLcpKeyColumn);
  if (set.sums) {
    out.push_back(kWeightColumn);
    out.push_back(kFlagsColumn);
    for (std::uint32_t i = 0; i < histograms_of(*set.sums); ++i) {
      out.push_back(kFirstCodeColumn + i);
    }
  }
  for (std::uint32_t i = 0; i < kDimensions; ++i) {
    if (set.dimensions[i]) out.push_back(kFirstDimensionColumn + i);
  }
  out.push_back(kProjectColumn);
  return out;
}

bool is_large(std::uint32_t column) { return column == kIdColumn || column == kLcpKeyColumn; }

bool has_column(const PageViewColumns& columns, std::uint32_t column) {
  switch (column) {
    case kOldProjectColumn:
    case kProjectColumn:
      return !columns.projects.empty();
    case kStartedColumn:
      return !columns.started_at_unix_us.empty();
    case kIdColumn:
      return !columns.ids.empty();
    case kLcpKeyColumn:
      return !columns.lcp_keys.empty();
    case kWeightColumn:
      return !columns.thousandths.empty();
    case kFlagsColumn:
      return !columns.flags.empty();
    default:
      break;
  }
  if (column < kFirstDimensionColumn) return !columns.codes[column - kFirstCodeColumn].empty();
  return !columns.dimensions[column - kFirstDimensionColumn].numbers.empty();
}

std::optional<std::uint32_t> stand_in_of(std::uint32_t column) {
  const auto number_of = [](Dimension dimension) {
    return kFirstDimensionColumn + static_cast<std::uint32_t>(dimension);
  };
  if (column == number_of(Dimension::kRollupPage)) return number_of(Dimension::kPage);
  if (column == kProjectColumn) return kOldProjectColumn;
  return std::nullopt;
}

}  // namespace pagewake::storage::sqlite
