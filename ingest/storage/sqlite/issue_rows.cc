#include "storage/sqlite/issue_rows.h"

#include <utility>

#include "storage/project_rules.h"
#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {

std::string user_hash(const std::string& user) { return sha256(user).substr(0, 16); }

using model::Issue;

const std::string_view kIssueColumns =
    "project, grouping_key, grouping_explanation, title, culprit, type, level, platform, status, "
    "resolved_release, first_seen_unix_us, last_seen_unix_us, first_release, last_release, "
    "event_count, user_count, latest_event_id, resolved_at_unix_us, assignee, "
    "ignored_until_event_count, ignored_until_spike, merged_into";
const char* const kIssueRead =
    "SELECT issue_id, project, grouping_key, grouping_explanation, title, culprit, type, level, "
    "platform, status, resolved_release, first_seen_unix_us, last_seen_unix_us, first_release, "
    "last_release, event_count, user_count, latest_event_id, "
    "resolved_at_unix_us, assignee, ignored_until_event_count, ignored_until_spike, merged_into "
    "FROM issues";

void bind_issue(Query& query, const Issue& issue) {
  query.integer(issue.project)
      .text(issue.grouping_key)
      .text(issue.grouping_explanation)
      .text(issue.title)
      .text(issue.culprit)
      .text(issue.type)
      .text(issue.level)
      .text(issue.platform)
      .integer(static_cast<std::int64_t>(issue.status))
      .text(issue.resolved_release)
      .integer(issue.first_seen_unix_us)
      .integer(issue.last_seen_unix_us)
      .text(issue.first_release)
      .text(issue.last_release)
      .integer(static_cast<std::int64_t>(issue.event_count))
      .integer(static_cast<std::int64_t>(issue.user_count))
      .id(issue.latest_event_id)
      .integer(issue.resolved_at_unix_us)
      .text(issue.assignee)
      .integer(static_cast<std::int64_t>(issue.ignored_until_event_count))
      .integer(issue.ignored_until_spike ? 1 : 0)
      .integer(issue.merged_into);
}

Issue read_issue(Query& query) {
  Issue issue;
  issue.issue_id = query.read_integer();
  issue.project = query.read_integer();
  issue.grouping_key = query.read_text();
  issue.grouping_explanation = query.read_text();
  issue.title = query.read_text();
  issue.culprit = query.read_text();
  issue.type = query.read_text();
  issue.level = query.read_text();
  issue.platform = query.read_text();
  issue.status = static_cast<model::IssueStatus>(query.read_integer());
  issue.resolved_release = query.read_text();
  issue.first_seen_unix_us = query.read_integer();
  issue.last_seen_unix_us = query.read_integer();
  issue.first_release = query.read_text();
  issue.last_release = query.read_text();
  issue.event_count = static_cast<std::uint64_t>(query.read_integer());
  issue.user_count = static_cast<std::uint64_t>(query.read_integer());
  issue.latest_event_id = query.read_id<EventId>();
  issue.resolved_at_unix_us = query.read_integer();
  issue.assignee = query.read_text();
  issue.ignored_until_event_count = static_cast<std::uint64_t>(query.read_integer());
  issue.ignored_until_spike = query.read_integer() != 0;
  issue.merged_into = query.read_integer();
  return issue;
}

std::optional<Issue> find_issue(Database& database, ProjectId project, IssueId id) {
  std::optional<Issue> found;
  Query query = database.query(std::string(kIssueRead) + " WHERE issue_id = ? AND project = ?");
  if (query.integer(id).integer(project).row()) found = read_issue(query);
  return found;
}

Result<Listing<Issue>> issues(Database& database, ProjectId project, const IssueQuery& query,
                              const Paging& paging) {
  Where where;
  where.add("project = ?", project)
      .add("last_seen_unix_us >= ?", query.seen_from_unix_us)
      .add("last_seen_unix_us < ?", query.seen_to_unix_us);
  if (query.status) where.add("status = ?", static_cast<std::int64_t>(*query.status));
  if (!query.text.empty()) {
    // lower() of SQLite folds ASCII, as fold_case() does.
    const std::string text = fold_case(query.text);
    where.add("(instr(lower(title), ?) > 0 OR instr(lower(culprit), ?) > 0)", text).value(text);
  }
  where.add("merged_into = 0");
  where.equals("assignee", query.assignee);
  where.equals("level", query.level);
  where.equals("type", query.type);
  where.equals("platform", query.platform);
  const auto seen_with = [&](const std::string& key, const std::string& value) {
    where
        .add(
            "EXISTS(SELECT 1 FROM issue_tags t WHERE t.issue_id = issues.issue_id AND t.key = ? "
            "AND t.value = ?)",
            key)
        .value(value);
  };
  if (query.release) seen_with("release", *query.release);
  if (query.environment) seen_with("environment", *query.environment);
  for (const auto& [key, value] : query.tags) {
    where
        .add(
            "EXISTS(SELECT 1 FROM issue_tags t WHERE t.issue_id = issues.issue_id AND t.key = ? "
            "AND lower(t.value) = ?)",
            key)
        .value(fold_case(value));
  }
  if (query.user) {
    where.add(
        "EXISTS(SELECT 1 FROM issue_users u WHERE u.issue_id = issues.issue_id AND "
        "u.user_hash = ?)",
        Where::Blob{user_hash(user_key_of(*query.user))});
  }
  const std::string column = [&] {
    switch (query.sort) {
      case IssueQuery::Sort::kLastSeen:
        return "last_seen_unix_us";
      case IssueQuery::Sort::kFirstSeen:
        return "first_seen_unix_us";
      case IssueQuery::Sort::kEvents:
        return "event_count";
      case IssueQuery::Sort::kUsers:
        return "user_count";
    }
    return "last_seen_unix_us";
  }();
  const char kind = cursor_kind(query.sort);
  if (Status checked = continue_after(where, paging, kind, 8, column + ", issue_id", true);
      !checked) {
    return checked.error();
  }
  const std::size_t limit = clamped_limit(paging);
  Query rows = database.query(std::string(kIssueRead) + where.sql() + " ORDER BY " + column +
                              " DESC, issue_id DESC LIMIT ?");
  where.bind(rows);
  rows.integer(static_cast<std::int64_t>(limit) + 1);
  return read_page<Issue>(
      rows, limit, [](Query& row) { return read_issue(row); },
      [&](const Issue& last) {
        return Cursor{kind, sort_key(last, query.sort), id_bytes_of(last.issue_id)};
      });
}

std::vector<std::pair<std::int64_t, std::uint64_t>> issue_hours(Database& database,
                                                                ProjectId project, IssueId id,
                                                                std::int64_t from_unix_us,
                                                                std::int64_t to_unix_us) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> out;
  const HourRange range = whole_hours(from_unix_us, to_unix_us);
  Query query = database.query(
      "SELECT hour_unix_us, event_count FROM issue_hours WHERE issue_id = "
      "(SELECT issue_id FROM issues WHERE issue_id = ? AND project = ?) AND "
      "hour_unix_us >= ? AND hour_unix_us < ? ORDER BY hour_unix_us");
  query.integer(id)
      .integer(project)
      .integer(range.from_hour_unix_us)
      .integer(range.to_hour_unix_us);
  while (query.row()) {
    const std::int64_t hour_unix_s = query.read_integer() / 1'000'000;
    out.emplace_back(hour_unix_s, static_cast<std::uint64_t>(query.read_integer()));
  }
  return out;
}

IssueId rekey_issue(Database& database, ProjectId project, IssueId id,
                    const model::EventRecord& event) {
  {
    Query query =
        database.query("SELECT issue_id FROM issues WHERE project = ? AND grouping_key = ?");
    if (query.integer(project).text(event.grouping_key).row()) return query.read_integer();
  }
  const std::int64_t changed =
      database
          .query(
              "UPDATE issues SET grouping_key = ?, grouping_explanation = ?, title = ?, "
              "culprit = ? WHERE project = ? AND issue_id = ?")
          .text(event.grouping_key)
          .text(event.grouping_explanation)
          .text(event.title)
          .text(event.culprit)
          .integer(project)
          .integer(id)
          .run();
  return changed > 0 ? id : 0;
}

}  // namespace pagewake::storage::sqlite
