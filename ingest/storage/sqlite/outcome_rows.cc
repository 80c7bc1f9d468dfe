#include "storage/sqlite/outcome_rows.h"

#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {

void add_outcome(Database& database, const OutcomeCount& outcome) {
  database
      .query(
          "INSERT INTO outcomes(project, hour_unix_s, category, drop_reason, count) "
          "VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count")
      .integer(outcome.project)
      .integer(outcome.hour_unix_s)
      .integer(static_cast<std::int64_t>(outcome.category))
      .integer(outcome.drop_reason ? static_cast<std::int64_t>(*outcome.drop_reason) : -1)
      .integer(static_cast<std::int64_t>(outcome.count))
      .run();
}

std::vector<OutcomeCount> outcomes(Database& database, ProjectId project, std::int64_t from_unix_us,
                                   std::int64_t to_unix_us) {
  std::vector<OutcomeCount> out;
  const HourRange range = whole_hours(from_unix_us, to_unix_us);
  Query query = database.query(
      "SELECT category, drop_reason, sum(count) FROM outcomes WHERE project = ? AND "
      "hour_unix_s >= ? AND hour_unix_s < ? GROUP BY category, drop_reason "
      "ORDER BY category, drop_reason");
  query.integer(project)
      .integer(range.from_hour_unix_us / 1'000'000)
      .integer(range.to_hour_unix_us / 1'000'000);
  while (query.row()) {
    OutcomeCount outcome;
    outcome.project = project;
    outcome.category = static_cast<model::Category>(query.read_integer());
    const std::int64_t reason = query.read_integer();
    if (reason >= 0) outcome.drop_reason = static_cast<DropReason>(reason);
    outcome.count = static_cast<std::uint64_t>(query.read_integer());
    out.push_back(outcome);
  }
  return out;
}

}  // namespace pagewake::storage::sqlite
