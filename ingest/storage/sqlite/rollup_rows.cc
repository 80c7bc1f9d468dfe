#include "storage/sqlite/rollup_rows.h"

#include <utility>

#include "base/limits.h"
#include "storage/sqlite/payload.h"
#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {
namespace {

std::string rollup_key(GroupBy group_by, std::int64_t hour_unix_us, const std::string& page) {
  switch (group_by) {
    case GroupBy::kHour:
      return rfc3339(hour_unix_us);
    case GroupBy::kDay:
      return rfc3339(day_start_unix_us(hour_unix_us));
    default:
      return page;
  }
}

}  // namespace

std::string PageNames::name(ProjectId project, const std::string& page) {
  const auto [at, missing] = pages_.try_emplace(project);
  auto& pages = at->second;
  if (missing) {
    Query query = database_.query("SELECT page FROM pages WHERE project = ?");
    query.integer(project);
    while (query.row()) pages.insert(query.read_text());
  }
  if (pages.contains(page)) return page;
  if (pages.size() >= limits::kPagesPerProject) return std::string(kOtherPage);
  pages.insert(page);
  database_.query("INSERT INTO pages(project, page) VALUES(?,?) ON CONFLICT DO NOTHING")
      .integer(project)
      .text(page)
      .run();
  return page;
}

void RollupDeltas::add(ProjectId project, std::int64_t started_at_unix_us, const std::string& page,
                       const CodedView& view, int sign) {
  add_coded(sums_[{project, hour_start_unix_us(started_at_unix_us), page}], view, sign);
}

void store_rollups(Database& database, const RollupDeltas& deltas) {
  for (const auto& [key, delta] : deltas.sums()) {
    const auto& [project, hour, page] = key;
    VitalSummary sum;
    {
      Query query = database.query(
          "SELECT summary FROM rollups WHERE project = ? AND hour_unix_us = ? AND page = ?");
      if (query.integer(project).integer(hour).text(page).row()) {
        auto stored = decode_summary(query.read_blob());
        if (!stored) {
          database.fail("a stored rollup cannot be read: " + stored.error().message);
          return;
        }
        sum = std::move(*stored);
      }
    }
    sum.merge(delta);
    if (is_empty(sum)) {
      database.query("DELETE FROM rollups WHERE project = ? AND hour_unix_us = ? AND page = ?")
          .integer(project)
          .integer(hour)
          .text(page)
          .run();
      continue;
    }
    database
        .query(
            "INSERT INTO rollups(project, hour_unix_us, page, summary) VALUES(?,?,?,?) "
            "ON CONFLICT DO UPDATE SET summary = excluded.summary")
        .integer(project)
        .integer(hour)
        .text(page)
        .blob(encode_summary(sum))
        .run();
  }
}

void sum_rollups(Database& database, ProjectId project, const Filter& filter, GroupBy group_by,
                 std::map<std::string, VitalSummary>& sums) {
  const HourRange range = whole_hours(filter.from_unix_us, filter.to_unix_us);
  Where where;
  where.add("project = ?", project)
      .add("hour_unix_us >= ?", range.from_hour_unix_us)
      .add("hour_unix_us < ?", range.to_hour_unix_us);
  where.equals("page", filter.page);
  Query rows = database.query("SELECT hour_unix_us, page, summary FROM rollups" + where.sql());
  where.bind(rows);
  while (rows.row()) {
    const std::int64_t hour = rows.read_integer();
    const std::string page = rows.read_text();
    auto summary = decode_summary(rows.read_blob());
    if (!summary) {
      database.fail("a stored rollup cannot be read: " + summary.error().message);
      return;
    }
    sums[rollup_key(group_by, hour, page)].merge(*summary);
  }
}

void sum_rollups(const RollupDeltas& deltas, ProjectId project, const Filter& filter,
                 GroupBy group_by, std::map<std::string, VitalSummary>& sums) {
  const HourRange range = whole_hours(filter.from_unix_us, filter.to_unix_us);
  const auto& changes = deltas.sums();
  const auto end = changes.lower_bound({project, range.to_hour_unix_us, ""});
  for (auto at = changes.lower_bound({project, range.from_hour_unix_us, ""}); at != end; ++at) {
    const auto& [of, hour, page] = at->first;
    if (filter.page && *filter.page != page) continue;
    sums[rollup_key(group_by, hour, page)].merge(at->second);
  }
}

}  // namespace pagewake::storage::sqlite
