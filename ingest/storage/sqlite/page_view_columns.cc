#include "storage/sqlite/page_view_columns.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {
namespace {

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

// Compilers make vectors of it, where nothing says that `matches` may move.
template <typename T, typename Test>
void keep_matches(const std::vector<T>& column, Test test, std::vector<std::uint8_t>& matches) {
  const T* const values = column.data();
  std::uint8_t* const out = matches.data();
  const std::size_t rows = matches.size();
  for (std::size_t row = 0; row < rows; ++row) {
    out[row] = static_cast<std::uint8_t>(out[row] & static_cast<unsigned>(test(values[row])));
  }
}

template <typename T>
void put_at(std::vector<T>& column, std::size_t row, const T& value) {
  if (row == column.size()) {
    column.push_back(value);
  } else {
    column[row] = value;
  }
}

}  // namespace

std::uint32_t Dictionary::number_of(const std::string& text) {
  const auto [at, fresh] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
  if (fresh) texts_.push_back(text);
  return at->second;
}

std::optional<std::uint32_t> Dictionary::find(const std::string& text) const {
  if (numbers_.empty()) {
    const auto at = std::find(texts_.begin(), texts_.end(), text);
    if (at == texts_.end()) return std::nullopt;
    return static_cast<std::uint32_t>(at - texts_.begin());
  }
  const auto at = numbers_.find(text);
  if (at == numbers_.end()) return std::nullopt;
  return at->second;
}

void Dictionary::clear() {
  texts_.clear();
  numbers_.clear();
}

void PageViewColumns::clear() {
  row_count = 0;
  projects.clear();
  started_at_unix_us.clear();
  ids.clear();
  lcp_keys.clear();
  for (TextColumn& column : dimensions) {
    column.texts.clear();
    column.numbers.clear();
  }
  for (auto& column : codes) column.clear();
  thousandths.clear();
  flags.clear();
}

void PageViewColumns::put(std::size_t row, const model::PageViewRecord& record,
                          const std::string& rollup_page) {
  put_at(projects, row, record.project);
  row_count = std::max(row_count, row + 1);
  put_at(started_at_unix_us, row, record.started_at_unix_us());
  put_at(ids, row, record.view.page_view_id);
  put_at(lcp_keys, row, lcp_sort_key(record));
  for (const auto& [group_by, dimension] : kGroups) {
    TextColumn& column = dimensions[static_cast<std::size_t>(dimension)];
    put_at(column.numbers.wide, row, column.texts.number_of(group_key(group_by, record)));
  }
  TextColumn& pages = dimensions[static_cast<std::size_t>(Dimension::kRollupPage)];
  put_at(pages.numbers.wide, row, pages.texts.number_of(rollup_page));
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
  if (columns.rows() == 0) return rows;
  std::vector<std::pair<const Numbers*, std::uint32_t>> conditions;
  const auto wanted = wanted_texts(filter, page_by);
  for (std::size_t i = 0; i < kDimensions; ++i) {
    if (wanted[i] == nullptr) continue;
    const auto number = columns.dimensions[i].texts.find(*wanted[i]);
    if (!number) return rows;  // nobody here has it
    conditions.emplace_back(&columns.dimensions[i].numbers, *number);
  }
  // A column at a time, without a branch.
  std::vector<std::uint8_t> matches(columns.rows(), 1);
  if (columns.projects.size() == matches.size()) {
    keep_matches(
        columns.projects, [project](std::int64_t of) { return of == project; }, matches);
  } else if (columns.project(0) != project) {
    return rows;
  }
  if (!columns.started_at_unix_us.empty()) {
    keep_matches(
        columns.started_at_unix_us,
        [from = filter.from_unix_us, to = filter.to_unix_us](std::int64_t started) {
          return static_cast<unsigned>(started >= from) & static_cast<unsigned>(started < to);
        },
        matches);
  }
  for (const auto& [numbers, number] : conditions) {
    if (numbers->wide.empty()) {
      const auto narrow = static_cast<std::uint8_t>(number);
      keep_matches(
          numbers->narrow, [narrow](std::uint8_t of) { return of == narrow; }, matches);
    } else {
      keep_matches(
          numbers->wide, [number = number](std::uint32_t of) { return of == number; }, matches);
    }
  }
  const auto take = [&](std::size_t row) {
    if (matches[row] != 0 && (masked.empty() || !masked[first_row + row])) {
      rows.push_back(static_cast<std::uint32_t>(row));
    }
  };
  // Most filters let few through: eight rows that none is of are one step.
  std::size_t row = 0;
  for (std::uint64_t eight = 0; row + sizeof eight <= matches.size(); row += sizeof eight) {
    std::memcpy(&eight, matches.data() + row, sizeof eight);
    for (; eight != 0; eight &= eight - 1) {
      take(row + static_cast<std::size_t>(std::countr_zero(eight)) / 8);
    }
  }
  for (; row < matches.size(); ++row) take(row);
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

}  // namespace pagewake::storage::sqlite
