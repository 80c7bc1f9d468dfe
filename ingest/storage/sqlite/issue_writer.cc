#include "storage/sqlite/issue_writer.h"

#include "storage/project_rules.h"
#include "storage/sqlite/issue_rows.h"
#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {

using model::EventRecord;

namespace {

const std::string kInsertIssue = insert_sql("issues", kIssueColumns);
const std::string kUpdateIssue = update_sql("issues", kIssueColumns, "issue_id");

}  // namespace

IssueId IssueWriter::count(const EventRecord& event) {
  IssueState& state = issue_of(event);
  const IssueId issue_id = state.issue.issue_id;
  apply_event(state, event, is_new_user(issue_id, event));
  add_facet(issue_id, 0, event.release);
  add_facet(issue_id, 1, event.environment);
  database_
      .query(
          "INSERT INTO issue_hours(issue_id, hour_unix_us, event_count) VALUES(?,?,1) "
          "ON CONFLICT DO UPDATE SET event_count = event_count + 1")
      .integer(issue_id)
      .integer(hour_start_unix_us(event.occurred_at_unix_us))
      .run();
  return issue_id;
}

void IssueWriter::flush() {
  for (const auto& [key, state] : issues_) {
    Query update = database_.query(kUpdateIssue);
    bind_issue(update, state);
    update.integer(state.issue.issue_id).run();
  }
  issues_.clear();
}

IssueState& IssueWriter::issue_of(const EventRecord& event) {
  const auto [at, missing] = issues_.try_emplace({event.project, event.grouping_key});
  IssueState& state = at->second;
  if (!missing) return state;
  {
    Query query =
        database_.query(std::string(kIssueRead) + " WHERE project = ? AND grouping_key = ?");
    if (query.integer(event.project).text(event.grouping_key).row()) {
      state = read_issue(query);
      return state;
    }
  }
  state = new_issue(event);
  Query insert = database_.query(kInsertIssue);
  bind_issue(insert, state);
  insert.run();
  state.issue.issue_id = database_.last_insert_id();
  return state;
}

bool IssueWriter::is_new_user(IssueId issue_id, const EventRecord& event) {
  const std::string user = user_key(event);
  if (user.empty()) return false;
  return database_
             .query(
                 "INSERT INTO issue_users(issue_id, user_hash) VALUES(?,?) "
                 "ON CONFLICT DO NOTHING")
             .integer(issue_id)
             .blob(std::string_view(sha256(user)).substr(0, 16))
             .run() > 0;
}

void IssueWriter::add_facet(IssueId issue_id, int kind, const std::string& value) {
  database_
      .query(
          "INSERT INTO issue_facets(issue_id, kind, value) VALUES(?,?,?) "
          "ON CONFLICT DO NOTHING")
      .integer(issue_id)
      .integer(kind)
      .text(value)
      .run();
}

}  // namespace pagewake::storage::sqlite
