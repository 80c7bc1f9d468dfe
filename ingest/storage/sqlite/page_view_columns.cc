#include "storage/sqlite/page_view_columns.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are little-endian on disk");

// Numbers on disk.
enum : std::uint32_t {
  kProjectColumn = 0,
  kStartedColumn = 1,
  kIdColumn = 2,
  kLcpKeyColumn = 3,
  kWeightColumn = 4,
  kFlagsColumn = 5,
  kFirstCodeColumn = 6,
  kFirstDimensionColumn = kFirstCodeColumn + kSummaryHistograms.size(),
};
static_assert(kFirstDimensionColumn + kDimensions == kColumns);

constexpr std::uint8_t kKeptFlag = 1, kErrorFlag = 2;

constexpr std::array kGroups = {
    std::pair{GroupBy::kPage, Dimension::kPage},
    std::pair{GroupBy::kDevice, Dimension::kDevice},
    std::pair{GroupBy::kConnection, Dimension::kConnection},
    std::pair{GroupBy::kNavigationType, Dimension::kNavigationType},
    std::pair{GroupBy::kBrowser, Dimension::kBrowser},
    std::pair{GroupBy::kOs, Dimension::kOs},
    std::pair{GroupBy::kCountry, Dimension::kCountry},
    std::pair{GroupBy::kRelease, Dimension::kRelease},
    std::pair{GroupBy::kEnvironment, Dimension::kEnvironment},
};
static_assert(kGroups.size() + 1 == kDimensions, "all but kRollupPage");

// What the filter wants of each Dimension, in their order; null: anything.
std::array<const std::string*, kDimensions> wanted_texts(const Filter& filter, PageBy page_by) {
  std::array<const std::string*, kDimensions> out{};
  for (const auto& [group_by, unused] : kGroups) {
    const auto& wanted = wanted_of(filter, group_by);
    if (wanted) out[static_cast<std::size_t>(*dimension_of(group_by, page_by))] = &*wanted;
  }
  return out;
}

template <typename T>
void put_at(std::vector<T>& column, std::size_t row, const T& value) {
  if (row == column.size()) {
    column.push_back(value);
  } else {
    column[row] = value;
  }
}

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

// The texts of the rows only, numbered as they come.
std::string text_column(const TextColumn& column, std::span<const std::uint32_t> order) {
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
  out.append(count <= 0x100     ? narrowed<std::uint8_t>(numbers)
             : count <= 0x10000 ? narrowed<std::uint16_t>(numbers)
                                : narrowed<std::uint32_t>(numbers));
  return out.take();
}

template <typename Narrow>
bool read_narrowed(std::string_view bytes, std::size_t rows, std::vector<std::uint32_t>& numbers) {
  std::vector<Narrow> narrow;
  if (!read_raw(bytes, rows, narrow)) return false;
  numbers.assign(narrow.begin(), narrow.end());
  return true;
}

}  // namespace

std::uint32_t Dictionary::number_of(const std::string& text) {
  const auto [at, fresh] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
  if (fresh) texts_.push_back(text);
  return at->second;
}

std::optional<std::uint32_t> Dictionary::find(const std::string& text) const {
  const auto at = numbers_.find(text);
  if (at == numbers_.end()) return std::nullopt;
  return at->second;
}

void PageViewColumns::put(std::size_t row, const model::PageViewRecord& record,
                          const std::string& rollup_page) {
  put_at(projects, row, record.project);
  put_at(started_at_unix_us, row, record.started_at_unix_us());
  put_at(ids, row, record.view.page_view_id);
  put_at(lcp_keys, row, lcp_sort_key(record));
  for (const auto& [group_by, dimension] : kGroups) {
    TextColumn& column = dimensions[static_cast<std::size_t>(dimension)];
    put_at(column.numbers, row, column.texts.number_of(group_key(group_by, record)));
  }
  TextColumn& pages = dimensions[static_cast<std::size_t>(Dimension::kRollupPage)];
  put_at(pages.numbers, row, pages.texts.number_of(rollup_page));
  const CodedView view = code_view(record);
  for (std::size_t i = 0; i < codes.size(); ++i) put_at(codes[i], row, view.codes[i]);
  put_at(thousandths, row, view.thousandths);
  put_at(flags, row,
         static_cast<std::uint8_t>((view.kept_by_exception ? kKeptFlag : 0) |
                                   (view.has_error ? kErrorFlag : 0)));
}

CodedView PageViewColumns::coded(std::size_t row) const {
  CodedView view;
  for (std::size_t i = 0; i < codes.size(); ++i) view.codes[i] = codes[i][row];
  view.thousandths = thousandths[row];
  view.kept_by_exception = (flags[row] & kKeptFlag) != 0;
  view.has_error = (flags[row] & kErrorFlag) != 0;
  return view;
}

std::optional<Dimension> dimension_of(GroupBy group_by, PageBy page_by) {
  if (group_by == GroupBy::kPage && page_by == PageBy::kRollupName) return Dimension::kRollupPage;
  for (const auto& [group, dimension] : kGroups) {
    if (group == group_by) return dimension;
  }
  return std::nullopt;
}

ColumnSet columns_for(const Filter& filter, PageBy page_by) {
  ColumnSet set;
  const auto wanted = wanted_texts(filter, page_by);
  for (std::size_t i = 0; i < kDimensions; ++i) set.dimensions[i] = wanted[i] != nullptr;
  return set;
}

std::vector<std::uint32_t> matching_rows(const PageViewColumns& columns, const RowMask& masked,
                                         std::size_t first_row, ProjectId project,
                                         const Filter& filter, PageBy page_by) {
  std::vector<std::uint32_t> rows;
  std::vector<std::pair<const std::vector<std::uint32_t>*, std::uint32_t>> conditions;
  const auto wanted = wanted_texts(filter, page_by);
  for (std::size_t i = 0; i < kDimensions; ++i) {
    if (wanted[i] == nullptr) continue;
    const auto number = columns.dimensions[i].texts.find(*wanted[i]);
    if (!number) return rows;  // nobody here has it
    conditions.emplace_back(&columns.dimensions[i].numbers, *number);
  }
  // A column at a time, without a branch: compilers make vectors of it.
  std::vector<std::uint8_t> matches(columns.rows());
  for (std::size_t row = 0; row < matches.size(); ++row) {
    matches[row] = static_cast<std::uint8_t>(columns.projects[row] == project);
  }
  for (std::size_t row = 0; row < columns.started_at_unix_us.size(); ++row) {
    const std::int64_t started = columns.started_at_unix_us[row];
    matches[row] &=
        static_cast<std::uint8_t>(static_cast<unsigned>(started >= filter.from_unix_us) &
                                  static_cast<unsigned>(started < filter.to_unix_us));
  }
  for (const auto& [numbers, number] : conditions) {
    for (std::size_t row = 0; row < matches.size(); ++row) {
      matches[row] &= static_cast<std::uint8_t>((*numbers)[row] == number);
    }
  }
  for (std::uint32_t row = 0; row < matches.size(); ++row) {
    if (matches[row] != 0 && (masked.empty() || !masked[first_row + row])) rows.push_back(row);
  }
  return rows;
}

void add_rows(const PageViewColumns& columns, const std::vector<std::uint32_t>& rows,
              GroupBy group_by, PageBy page_by, SummaryParts parts, GroupedSums& sums) {
  const std::size_t histograms = histograms_of(parts);
  const auto add = [&](SummarySum& sum, std::uint32_t row) {
    if ((columns.flags[row] & kKeptFlag) != 0) {
      sum.kept_thousandths += 1000;
      return;
    }
    const std::int64_t thousandths = columns.thousandths[row];
    sum.view_thousandths += thousandths;
    if ((columns.flags[row] & kErrorFlag) != 0) sum.error_thousandths += thousandths;
    for (std::size_t i = 0; i < histograms; ++i) {
      sum.histograms[i].add_code(columns.codes[i][row], thousandths);
    }
  };
  if (const auto dimension = dimension_of(group_by, page_by)) {
    const TextColumn& column = columns.of(*dimension);
    std::vector<SummarySum*> by_number(column.texts.size(), nullptr);
    for (const std::uint32_t row : rows) {
      SummarySum*& sum = by_number[column.numbers[row]];
      if (sum == nullptr) sum = &sums[column.texts.text(column.numbers[row])];
      add(*sum, row);
    }
    return;
  }
  std::unordered_map<std::int64_t, SummarySum*> by_start;
  for (const std::uint32_t row : rows) {
    const std::int64_t started = columns.started_at_unix_us[row];
    const std::int64_t start =
        group_by == GroupBy::kHour ? hour_start_unix_us(started) : day_start_unix_us(started);
    SummarySum*& sum = by_start[start];
    if (sum == nullptr) sum = &sums[rfc3339(start)];
    add(*sum, row);
  }
}

std::string encode_column(const PageViewColumns& columns, std::span<const std::uint32_t> order,
                          std::uint32_t column) {
  switch (column) {
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
  return text_column(columns.dimensions[column - kFirstDimensionColumn], order);
}

bool decode_column(std::string_view bytes, std::size_t rows, std::uint32_t column,
                   PageViewColumns& into) {
  switch (column) {
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
  ByteReader in(bytes);
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    // The same text twice would shift the numbers behind it.
    if (texts.texts.number_of(std::string(in.block())) != i) return false;
  }
  if (!in.ok()) return false;
  const std::string_view numbers = bytes.substr(in.position());
  if (!(numbers.size() == rows       ? read_narrowed<std::uint8_t>(numbers, rows, texts.numbers)
        : numbers.size() == 2 * rows ? read_narrowed<std::uint16_t>(numbers, rows, texts.numbers)
                                     : read_raw(numbers, rows, texts.numbers))) {
    return false;
  }
  for (const std::uint32_t number : texts.numbers) {
    if (number >= count) return false;
  }
  return true;
}

std::vector<std::uint32_t> column_numbers(const ColumnSet& set) {
  std::vector<std::uint32_t> out = {kProjectColumn};
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
  return out;
}

bool has_column(const PageViewColumns& columns, std::uint32_t column) {
  switch (column) {
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
  return std::nullopt;
}

}  // namespace pagewake::storage::sqlite
