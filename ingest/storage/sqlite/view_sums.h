// The rollups: sums of page views as reports ask for them, so that no report
// over a page or a dimension reads the views themselves.
//
//   an hour of a page                 written by each seal
//   an hour of all pages,             written by each seal
//     alone and by each dimension
//   a day of a page, a day of all,    written once, when the day is over and
//     alone and by each dimension     its views are sealed
//
// They count what is sealed. Readers add what is in memory and take out the
// sealed views that memory replaces (ReplacedRow).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/pace.h"
#include "storage/sqlite/page_view_columns.h"

namespace pagewake::storage::sqlite {

enum class SumKind : std::uint8_t {
  kHourOfPage = 0,
  kDayOfPage = 1,
  kHourOfAll = 2,
  kDayOfAll = 3
};

// Of a sum, Dimension::kPage stands for "no dimension": pages are not split.
inline constexpr Dimension kNoDimension = Dimension::kPage;
// The dimensions that sums of the kind are kept by, kNoDimension first.
std::vector<Dimension> dimensions_of(SumKind kind);
std::int64_t sum_start(SumKind kind, std::int64_t unix_us);

// A row of sums: one VitalSummary a value of the dimension ("" for none).
struct SumPlace {
  SumKind kind = SumKind::kHourOfPage;
  Dimension dimension = kNoDimension;
  std::int64_t start_unix_us = 0;
  ProjectId project = 0;
  std::string page;  // as the rollups name it; "" for all
  friend auto operator<=>(const SumPlace&, const SumPlace&) = default;
};
using SumValues = std::map<std::string, VitalSummary>;
using SumDeltas = std::map<SumPlace, SumValues>;

// More values of a dimension in one row are counted together as "(other)".
inline constexpr std::size_t kValuesPerSum = 1000;

// A view as the sums count it.
struct CountedView {
  ProjectId project = 0;
  std::int64_t started_at_unix_us = 0;
  std::array<std::string, kDimensions> texts;
  CodedView coded;
};
CountedView counted_view(const model::PageViewRecord& record, const std::string& rollup_page);
CountedView counted_view(const PageViewColumns& columns, std::size_t row);

// Sums of the rows, for all dimensions of the kind.
SumDeltas count_rows(const PageViewColumns& columns, const std::vector<std::uint32_t>& rows,
                     SumKind kind, PacedWork* work = nullptr);
void take_out(const CountedView& view, SumKind kind, SumDeltas& deltas);

// The bytes of a row of sums with the values added; "" when nothing is left.
// Error: they cannot be read.
Result<std::string> with_added(std::string_view bytes, const SumValues& values);

// Inside a transaction:
void add_to_sums(Database& database, const SumDeltas& deltas);
void put_sum(Database& database, const SumPlace& place, std::string_view bytes);
// Rows of the kinds of a day that start at `day` or later.
void delete_day_sums_from(Database& database, std::int64_t day_unix_us);
void prune_sums(Database& database, std::int64_t before_hour_unix_us);
// Takes over what the hourly rows of old know (kHourOfPage, and kHourOfAll
// without a dimension).
void take_over_rollups(Database& database);

// What a report asks of the sums of one kind and dimension.
struct SumQuery {
  SumKind kind = SumKind::kHourOfPage;
  Dimension dimension = kNoDimension;
  ProjectId project = 0;
  std::int64_t from_unix_us = 0, to_unix_us = 0;  // starts; whole steps
  std::optional<std::string> page, value;
};
// The query, of the time between the first and the last sum that there is of its
// kind and dimension. Nothing: there is none.
std::optional<SumQuery> kept_part(Database& database, SumQuery query);
// Adds them to `sums` by the key of group_by.
void add_sums(Database& database, const SumQuery& query, GroupBy group_by, SummaryParts parts,
              GroupedSums& sums);

}  // namespace pagewake::storage::sqlite
