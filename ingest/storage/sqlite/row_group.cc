#include "storage/sqlite/row_group.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {
namespace {

// Enough to tell pages apart; their order is that of the beginnings.
constexpr std::size_t kBeginningBytes = 64;

std::string_view beginning_of(std::string_view text) { return text.substr(0, kBeginningBytes); }

// Of any two integers: modulo 2^64.
std::uint64_t bits_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

bool RowGroup::may_match(const Filter& filter, PageBy page_by) const {
  if (max_started_unix_us < filter.from_unix_us || min_started_unix_us >= filter.to_unix_us) {
    return false;
  }
  if (!filter.page || !pages) return true;
  // Pages of any name are "(other)" to the rollups.
  if (page_by == PageBy::kRollupName && *filter.page == kOtherPage) return true;
  const std::string_view wanted = beginning_of(*filter.page);
  return wanted >= pages->least && wanted <= pages->most;
}

bool RowGroup::is_within(const Filter& filter) const {
  return min_started_unix_us >= filter.from_unix_us && max_started_unix_us < filter.to_unix_us;
}

std::vector<RowGroup> row_groups_of(const PageViewColumns& columns,
                                    std::span<const std::uint32_t> order,
                                    std::size_t rows_per_group) {
  std::vector<RowGroup> groups;
  for (std::size_t first = 0; first < order.size(); first += rows_per_group) {
    const auto rows = order.subspan(first, std::min(rows_per_group, order.size() - first));
    RowGroup group;
    group.number = static_cast<std::uint32_t>(groups.size());
    group.first_row = static_cast<std::uint32_t>(first);
    group.rows = static_cast<std::uint32_t>(rows.size());
    group.min_started_unix_us = group.max_started_unix_us = columns.started_at_unix_us[rows[0]];
    group.max_lcp_key = columns.lcp_keys[rows[0]];
    std::string_view least = columns.text(Dimension::kPage, rows[0]), most = least;
    for (const std::uint32_t row : rows) {
      const std::int64_t started = columns.started_at_unix_us[row];
      group.min_started_unix_us = std::min(group.min_started_unix_us, started);
      group.max_started_unix_us = std::max(group.max_started_unix_us, started);
      group.max_lcp_key = std::max(group.max_lcp_key, columns.lcp_keys[row]);
      least = std::min<std::string_view>(least, columns.text(Dimension::kPage, row));
      most = std::max<std::string_view>(most, columns.text(Dimension::kPage, row));
    }
    group.pages = {std::string(beginning_of(least)), std::string(beginning_of(most))};
    groups.push_back(std::move(group));
  }
  return groups;
}

std::string encode_row_groups(const std::vector<RowGroup>& groups) {
  ByteWriter out;
  for (const RowGroup& group : groups) {
    out.varint(group.rows);
    out.varint(bits_of(group.min_started_unix_us));
    out.varint(bits_of(group.max_started_unix_us) - bits_of(group.min_started_unix_us));
    out.varint(bits_of(group.max_lcp_key));
    out.block(group.pages->least);
    out.block(group.pages->most);
  }
  return out.take();
}

std::optional<std::vector<RowGroup>> decode_row_groups(std::string_view bytes, std::size_t rows) {
  std::vector<RowGroup> groups;
  ByteReader in(bytes);
  std::size_t first = 0;
  while (in.ok() && !in.at_end()) {
    RowGroup group;
    const std::uint64_t count = in.varint();
    if (count == 0 || count > rows - first) return std::nullopt;
    group.number = static_cast<std::uint32_t>(groups.size());
    group.first_row = static_cast<std::uint32_t>(first);
    group.rows = static_cast<std::uint32_t>(count);
    first += count;
    const std::uint64_t min_started = in.varint();
    group.min_started_unix_us = static_cast<std::int64_t>(min_started);
    group.max_started_unix_us = static_cast<std::int64_t>(min_started + in.varint());
    group.max_lcp_key = static_cast<std::int64_t>(in.varint());
    const auto least = in.block();
    const auto most = in.block();
    group.pages = {std::string(least), std::string(most)};
    groups.push_back(std::move(group));
  }
  if (!in.ok() || first != rows) return std::nullopt;
  return groups;
}

}  // namespace pagewake::storage::sqlite
