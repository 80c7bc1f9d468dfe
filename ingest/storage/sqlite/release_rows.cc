#include "storage/sqlite/release_rows.h"

#include <algorithm>

#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {

void ReleaseWriter::see(const model::PageViewRecord& record) {
  if (record.release.empty()) return;
  const std::int64_t at = record.started_at_unix_us();
  const auto [seen, fresh] = releases_.try_emplace({record.project, record.release}, at, at);
  auto& [first, last] = seen->second;
  if (!fresh && at >= first && hour_start_unix_us(at) <= last) return;
  first = std::min(first, at);
  last = std::max(last, at);
  database_
      .query(
          "INSERT INTO releases(project, release, first_seen_unix_us, last_seen_unix_us) "
          "VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET "
          "first_seen_unix_us = min(first_seen_unix_us, excluded.first_seen_unix_us), "
          "last_seen_unix_us = max(last_seen_unix_us, excluded.last_seen_unix_us)")
      .integer(record.project)
      .text(record.release)
      .integer(at)
      .integer(at)
      .run();
}

std::vector<ReleaseSeen> releases(Database& database, ProjectId project) {
  std::vector<ReleaseSeen> out;
  Query query = database.query(
      "SELECT release, first_seen_unix_us, last_seen_unix_us FROM releases WHERE project = ?");
  query.integer(project);
  while (query.row()) {
    ReleaseSeen seen;
    seen.release = query.read_text();
    seen.first_seen_unix_us = query.read_integer();
    seen.last_seen_unix_us = query.read_integer();
    out.push_back(std::move(seen));
  }
  sort_releases(out);
  return out;
}

}  // namespace pagewake::storage::sqlite
