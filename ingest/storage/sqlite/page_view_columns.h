// Page views as columns: what reports filter, group, add up and sort by. The
// rows that are still in memory and the sealed ones have the same shape, so
// one scan serves both. Not safe from two threads while it changes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/coded_view.h"
#include "storage/record_store.h"
#include "storage/sqlite/packed_column.h"
#include "storage/summary_sum.h"

namespace pagewake::storage::sqlite {

// Texts of one column, numbered.
class Dictionary {
 public:
  std::uint32_t number_of(const std::string& text);  // a new text gets the next number
  // One more, which is not there yet: for a column that is read and not added
  // to. A few are looked through sooner than they are hashed.
  void append(std::string_view text) { texts_.emplace_back(text); }
  std::optional<std::uint32_t> find(const std::string& text) const;
  const std::string& text(std::uint32_t number) const { return texts_[number]; }
  std::size_t size() const { return texts_.size(); }
  void clear();

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // of number_of() only
};

struct TextColumn {
  Dictionary texts;
  Numbers numbers;
};

enum class Dimension : std::uint8_t {
  kPage,
  kDevice,
  kConnection,
  kNavigationType,
  kBrowser,
  kOs,
  kCountry,
  kRelease,
  kEnvironment,
  kRollupPage,  // under which the rollups count the page; segments of old have none
};
inline constexpr std::size_t kDimensions = 10;

// Which columns a question needs, so that a scan reads no others.
struct ColumnSet {
  bool ids = false, lcp_key = false;
  bool times = true;  // not needed where all rows are within the time asked for
  std::optional<SummaryParts> sums;
  std::array<bool, kDimensions> dimensions{};
};

struct PageViewColumns {
  std::size_t row_count = 0;
  std::vector<std::int64_t> projects;  // of each row, or one of all
  std::vector<std::int64_t> started_at_unix_us;
  std::vector<PageViewId> ids;
  std::vector<std::int64_t> lcp_keys;  // lcp_sort_key()
  std::array<TextColumn, kDimensions> dimensions;
  std::array<std::vector<std::uint16_t>, kSummaryHistograms.size()> codes;
  std::vector<std::int64_t> thousandths;
  std::vector<std::uint8_t> flags;  // 1: kept by exception, 2: has an error

  std::size_t rows() const { return row_count; }
  ProjectId project(std::size_t row) const { return projects[projects.size() == 1 ? 0 : row]; }
  void clear();  // keeps the room
  // Writes a row, or a new one at row == rows(); gives nothing else away.
  void put(std::size_t row, const model::PageViewRecord& record, const std::string& rollup_page);
  CodedView coded(std::size_t row) const;

  const std::string& text(Dimension dimension, std::size_t row) const {
    const TextColumn& column = of(dimension);
    return column.texts.text(column.numbers[row]);
  }
  const TextColumn& of(Dimension dimension) const {
    return dimensions[static_cast<std::size_t>(dimension)];
  }
};

// One bit a row: rows that another copy has replaced, or that were pruned.
using RowMask = std::vector<bool>;

// By which name a scan filters and groups pages: the view's own, or the one of
// the rollups, "(other)" beyond the limit of names.
enum class PageBy : std::uint8_t { kOwnName, kRollupName };

// The dimension that a GroupBy stands for; none for kHour and kDay.
std::optional<Dimension> dimension_of(GroupBy group_by, PageBy page_by = PageBy::kOwnName);
ColumnSet columns_for(const Filter& filter, PageBy page_by = PageBy::kOwnName);

// The rows of `project` that the filter lets through and that are not
// `masked`, where the first of them is row `first_row`; ascending. Needs
// columns_for(filter, page_by); without the times all rows are within the
// filter's.
std::vector<std::uint32_t> matching_rows(const PageViewColumns& columns, const RowMask& masked,
                                         std::size_t first_row, ProjectId project,
                                         const Filter& filter, PageBy page_by = PageBy::kOwnName);

// By key, as group_key() gives it.
using GroupedSums = std::unordered_map<std::string, SummarySum>;

// Adds the rows to `sums`. Needs the sums of `parts` and the dimension of
// group_by.
void add_rows(const PageViewColumns& columns, const std::vector<std::uint32_t>& rows,
              GroupBy group_by, PageBy page_by, SummaryParts parts, GroupedSums& sums);

}  // namespace pagewake::storage::sqlite
