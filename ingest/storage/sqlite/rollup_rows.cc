#include "storage/sqlite/rollup_rows.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "storage/sqlite/payload.h"
#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {
namespace {

// Decoded rollups kept between commits: the current hour's pages.
constexpr std::size_t kCachedRollups = 4096;

}  // namespace

std::string RollupWriter::count(const model::PageViewRecord& record) {
  std::string page = record.view.page;
  auto& pages = pages_of(record.project);
  if (!pages.contains(page)) {
    if (pages.size() < limits::kPagesPerProject) {
      pages.insert(page);
      database_.query("INSERT INTO pages(project, page) VALUES(?,?) ON CONFLICT DO NOTHING")
          .integer(record.project)
          .text(page)
          .run();
    } else {
      page = kOtherPage;
    }
  }
  rollup(record, page).add(record);
  return page;
}

void RollupWriter::take_out(const model::PageViewRecord& record, const std::string& page) {
  rollup(record, page).add(record, -1);
}

void RollupWriter::flush() {
  for (const RollupKey& key : dirty_rollups_) {
    const auto& [project, hour, page] = key;
    const VitalSummary& summary = rollups_[key];
    if (is_empty(summary)) {
      database_.query("DELETE FROM rollups WHERE project = ? AND hour_unix_us = ? AND page = ?")
          .integer(project)
          .integer(hour)
          .text(page)
          .run();
      rollups_.erase(key);
    } else {
      database_
          .query(
              "INSERT INTO rollups(project, hour_unix_us, page, summary) VALUES(?,?,?,?) "
              "ON CONFLICT DO UPDATE SET summary = excluded.summary")
          .integer(project)
          .integer(hour)
          .text(page)
          .blob(sqlite::encode_summary(summary))
          .run();
    }
  }
  dirty_rollups_.clear();
  if (rollups_.size() > kCachedRollups) rollups_.clear();
}

void RollupWriter::forget() {
  rollups_.clear();
  dirty_rollups_.clear();
  pages_.clear();
}

std::unordered_set<std::string>& RollupWriter::pages_of(ProjectId project) {
  const auto [at, missing] = pages_.try_emplace(project);
  if (missing) {
    Query query = database_.query("SELECT page FROM pages WHERE project = ?");
    query.integer(project);
    while (query.row()) at->second.insert(query.read_text());
  }
  return at->second;
}

VitalSummary& RollupWriter::rollup(const model::PageViewRecord& record, const std::string& page) {
  const RollupKey key{record.project, hour_start_unix_us(record.started_at_unix_us()), page};
  dirty_rollups_.insert(key);
  const auto [at, missing] = rollups_.try_emplace(key);
  if (missing) {
    Query query = database_.query(
        "SELECT summary FROM rollups WHERE project = ? AND hour_unix_us = ? AND page = ?");
    query.integer(record.project).integer(std::get<1>(key)).text(page);
    if (query.row()) {
      auto summary = sqlite::decode_summary(query.read_blob());
      if (summary) {
        at->second = std::move(*summary);
      } else {
        database_.fail("a stored rollup cannot be read: " + summary.error().message);
      }
    }
  }
  return at->second;
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
    std::string page = rows.read_text();
    auto summary = sqlite::decode_summary(rows.read_blob());
    if (!summary) {
      database.fail("a stored rollup cannot be read: " + summary.error().message);
      return;
    }
    const std::string key = group_by == GroupBy::kPage   ? std::move(page)
                            : group_by == GroupBy::kHour ? rfc3339(hour)
                                                         : rfc3339(day_start_unix_us(hour));
    sums[key].merge(*summary);
  }
}

}  // namespace pagewake::storage::sqlite
