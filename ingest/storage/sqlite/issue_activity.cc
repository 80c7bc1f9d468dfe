#include "storage/sqlite/issue_activity.h"

#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {

std::int64_t add_activity(Database& database, const Activity& activity) {
  database
      .query(
          "INSERT INTO issue_activity(project, issue_id, at_unix_us, kind, actor, detail) "
          "VALUES(?,?,?,?,?,?)")
      .integer(activity.project)
      .integer(activity.issue_id)
      .integer(activity.at_unix_us)
      .integer(static_cast<std::int64_t>(activity.kind))
      .text(activity.actor)
      .text(activity.detail)
      .run();
  return database.last_insert_id();
}

void add_issue_tag(Database& database, IssueId issue_id, const std::string& key,
                   const std::string& value, std::uint64_t event_count) {
  const auto grow = [&](std::string_view name) {
    return database
               .query(
                   "UPDATE issue_tags SET event_count = event_count + ? WHERE issue_id = ? AND "
                   "key = ? AND value = ?")
               .integer(static_cast<std::int64_t>(event_count))
               .integer(issue_id)
               .text(key)
               .text(name)
               .run() > 0;
  };
  if (grow(value)) return;
  std::int64_t values = 0;
  {
    Query count = database.query("SELECT count(*) FROM issue_tags WHERE issue_id = ? AND key = ?");
    if (count.integer(issue_id).text(key).row()) values = count.read_integer();
  }
  const bool full = values >= static_cast<std::int64_t>(kTagValuesKept);
  if (full && grow(kOtherValue)) return;
  database.query("INSERT INTO issue_tags(issue_id, key, value, event_count) VALUES(?,?,?,?)")
      .integer(issue_id)
      .text(key)
      .text(full ? kOtherValue : std::string_view(value))
      .integer(static_cast<std::int64_t>(event_count))
      .run();
}

}  // namespace pagewake::storage::sqlite
