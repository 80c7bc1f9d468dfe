#include "storage/sqlite/page_view_columns.h"

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
static_assert(kGroups.size() == kDimensions);

// The filter's texts in the order of Dimension.
std::array<const std::optional<std::string>*, kDimensions> wanted_texts(const Filter& filter) {
  return {&filter.page,       &filter.device, &filter.connection, &filter.navigation_type,
          &filter.browser,    &filter.os,     &filter.country,    &filter.release,
          &filter.environment};
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
std::string raw_column(const std::vector<T>& column, const std::vector<std::uint32_t>& order) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::string out(order.size() * sizeof(T), '\0');
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::memcpy(out.data() + i * sizeof(T), &column[order[i]], sizeof(T));
  }
  return out;
}

template <typename T>
bool read_raw(std::string_view bytes, std::size_t rows, std::vector<T>& column) {
  if (bytes.size() != rows * sizeof(T)) return false;
  column.resize(rows);
  if (rows > 0) std::memcpy(static_cast<void*>(column.data()), bytes.data(), bytes.size());
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

void PageViewColumns::put(std::size_t row, const model::PageViewRecord& record) {
  put_at(projects, row, record.project);
  put_at(started_at_unix_us, row, record.started_at_unix_us());
  put_at(ids, row, record.view.page_view_id);
  put_at(lcp_keys, row, lcp_sort_key(record));
  for (const auto& [group_by, dimension] : kGroups) {
    TextColumn& column = dimensions[static_cast<std::size_t>(dimension)];
    put_at(column.numbers, row, column.texts.number_of(group_key(group_by, record)));
  }
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

std::optional<Dimension> dimension_of(GroupBy group_by) {
  for (const auto& [group, dimension] : kGroups) {
    if (group == group_by) return dimension;
  }
  return std::nullopt;
}

ColumnSet columns_for(const Filter& filter) {
  ColumnSet set;
  const auto wanted = wanted_texts(filter);
  for (std::size_t i = 0; i < kDimensions; ++i) set.dimensions[i] = wanted[i]->has_value();
  return set;
}

void for_each_match(const PageViewColumns& columns, const RowMask& masked, ProjectId project,
                    const Filter& filter, const std::function<void(std::size_t row)>& each) {
  struct Condition {
    const std::uint32_t* numbers;
    std::uint32_t wanted;
  };
  std::vector<Condition> conditions;
  const auto wanted = wanted_texts(filter);
  for (std::size_t i = 0; i < kDimensions; ++i) {
    if (!*wanted[i]) continue;
    const auto number = columns.dimensions[i].texts.find(**wanted[i]);
    if (!number) return;  // nobody here has it
    conditions.push_back({columns.dimensions[i].numbers.data(), *number});
  }
  for (std::size_t row = 0; row < columns.rows(); ++row) {
    if (columns.projects[row] != project || columns.started_at_unix_us[row] < filter.from_unix_us ||
        columns.started_at_unix_us[row] >= filter.to_unix_us) {
      continue;
    }
    bool matches = true;
    for (const Condition& condition : conditions) {
      matches = matches && condition.numbers[row] == condition.wanted;
    }
    if (!matches || (!masked.empty() && masked[row])) continue;
    each(row);
  }
}

void add_matches(const PageViewColumns& columns, const RowMask& masked, ProjectId project,
                 const Filter& filter, GroupBy group_by,
                 std::map<std::string, VitalSummary>& sums) {
  if (const auto dimension = dimension_of(group_by)) {
    const TextColumn& column = columns.of(*dimension);
    std::vector<VitalSummary*> by_number(column.texts.size(), nullptr);
    for_each_match(columns, masked, project, filter, [&](std::size_t row) {
      VitalSummary*& summary = by_number[column.numbers[row]];
      if (summary == nullptr) summary = &sums[column.texts.text(column.numbers[row])];
      add_coded(*summary, columns.coded(row), 1);
    });
    return;
  }
  std::unordered_map<std::int64_t, VitalSummary*> by_start;
  for_each_match(columns, masked, project, filter, [&](std::size_t row) {
    const std::int64_t started = columns.started_at_unix_us[row];
    const std::int64_t start =
        group_by == GroupBy::kHour ? hour_start_unix_us(started) : day_start_unix_us(started);
    VitalSummary*& summary = by_start[start];
    if (summary == nullptr) summary = &sums[rfc3339(start)];
    add_coded(*summary, columns.coded(row), 1);
  });
}

std::string encode_column(const PageViewColumns& columns, const std::vector<std::uint32_t>& order,
                          std::uint32_t column) {
  switch (column) {
    case kProjectColumn:
      return raw_column(columns.projects, order);
    case kStartedColumn:
      return raw_column(columns.started_at_unix_us, order);
    case kIdColumn:
      return raw_column(columns.ids, order);
    case kLcpKeyColumn:
      return raw_column(columns.lcp_keys, order);
    case kWeightColumn:
      return raw_column(columns.thousandths, order);
    case kFlagsColumn:
      return raw_column(columns.flags, order);
    default:
      break;
  }
  if (column < kFirstDimensionColumn) {
    return raw_column(columns.codes[column - kFirstCodeColumn], order);
  }
  const TextColumn& texts = columns.dimensions[column - kFirstDimensionColumn];
  ByteWriter out;
  out.varint(texts.texts.size());
  for (std::uint32_t i = 0; i < texts.texts.size(); ++i) out.block(texts.texts.text(i));
  out.append(raw_column(texts.numbers, order));
  return out.take();
}

bool decode_column(std::string_view bytes, std::size_t rows, std::uint32_t column,
                   PageViewColumns& into) {
  switch (column) {
    case kProjectColumn:
      return read_raw(bytes, rows, into.projects);
    case kStartedColumn:
      return read_raw(bytes, rows, into.started_at_unix_us);
    case kIdColumn:
      return read_raw(bytes, rows, into.ids);
    case kLcpKeyColumn:
      return read_raw(bytes, rows, into.lcp_keys);
    case kWeightColumn:
      return read_raw(bytes, rows, into.thousandths);
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
  if (!in.ok() || !read_raw(bytes.substr(in.position()), rows, texts.numbers)) return false;
  for (const std::uint32_t number : texts.numbers) {
    if (number >= count) return false;
  }
  return true;
}

std::vector<std::uint32_t> column_numbers(const ColumnSet& set) {
  std::vector<std::uint32_t> out = {kProjectColumn, kStartedColumn};
  if (set.ids) out.push_back(kIdColumn);
  if (set.lcp_key) out.push_back(kLcpKeyColumn);
  if (set.sums) {
    out.push_back(kWeightColumn);
    out.push_back(kFlagsColumn);
    for (std::uint32_t i = 0; i < kSummaryHistograms.size(); ++i) {
      out.push_back(kFirstCodeColumn + i);
    }
  }
  for (std::uint32_t i = 0; i < kDimensions; ++i) {
    if (set.dimensions[i]) out.push_back(kFirstDimensionColumn + i);
  }
  return out;
}

}  // namespace pagewake::storage::sqlite
