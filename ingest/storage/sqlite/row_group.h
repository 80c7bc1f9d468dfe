// A segment's rows in groups of neighbours, whose columns are stored together.
// Rows stand by page, so a group is of one page or a few; what a group spans is
// kept in memory, and a question reads only the groups that may answer it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/page_view_columns.h"

namespace pagewake::storage::sqlite {

struct RowGroup {
  // The least and the most of some texts, of each no more than its beginning.
  struct Texts {
    std::string least, most;
  };
  std::uint32_t number = 0;  // among the segment's
  std::uint32_t first_row = 0, rows = 0;
  std::int64_t min_started_unix_us = 0, max_started_unix_us = 0;
  std::int64_t max_lcp_key = INT64_MAX;
  std::optional<Texts> pages;  // the views' own names; none: not known

  // False: no row of the group can be let through.
  bool may_match(const Filter& filter, PageBy page_by) const;
  // All rows started within the filter's time.
  bool is_within(const Filter& filter) const;
};

// Of the rows that stand in `order`, `rows_per_group` at a time.
std::vector<RowGroup> row_groups_of(const PageViewColumns& columns,
                                    std::span<const std::uint32_t> order,
                                    std::size_t rows_per_group);

std::string encode_row_groups(const std::vector<RowGroup>& groups);
// Nothing: no such bytes, or not of `rows` rows.
std::optional<std::vector<RowGroup>> decode_row_groups(std::string_view bytes, std::size_t rows);

}  // namespace pagewake::storage::sqlite
