#include "storage/sqlite/issue_writer.h"

#include "storage/sqlite/issue_activity.h"
#include "storage/sqlite/issue_rows.h"
#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {

using model::EventRecord;
using model::Issue;

namespace {

const std::string kInsertIssue = insert_sql("issues", kIssueColumns);
const std::string kUpdateIssue = update_sql("issues", kIssueColumns, "issue_id");

}  // namespace

IssueWriter::Counted IssueWriter::count(const EventRecord& event) {
  const std::int64_t release_first_seen =
      note_release(event.project, event.release, event.received_at_unix_us);
  Issue& issue = issue_of(event);
  const bool kept = is_kept_of_hour(
      ++count_of_hour(issue.issue_id, hour_start_unix_us(event.occurred_at_unix_us)));
  count_in(issue, event, kept, release_first_seen);
  if (Issue* whole = merged(issue)) count_in(*whole, event, kept, release_first_seen);
  return {issue.issue_id, kept};
}

std::uint64_t& IssueWriter::count_of_hour(IssueId issue_id, std::int64_t hour_unix_us) {
  const auto [at, missing] = hour_counts_.try_emplace({issue_id, hour_unix_us}, 0);
  if (missing) {
    Query query = database_.query(
        "SELECT event_count FROM issue_hours WHERE issue_id = ? AND hour_unix_us = ?");
    if (query.integer(issue_id).integer(hour_unix_us).row()) {
      at->second = static_cast<std::uint64_t>(query.read_integer());
    }
  }
  return at->second;
}

void IssueWriter::count_in(Issue& issue, const EventRecord& event, bool kept,
                           std::int64_t release_first_seen_unix_us) {
  const EventId latest = issue.latest_event_id;
  const auto happened =
      apply_event(issue, event, is_new_user(issue.issue_id, event), release_first_seen_unix_us);
  // The issue's page shows its latest event, so that must be one that is there.
  if (!kept) issue.latest_event_id = latest;
  if (happened && issue.merged_into == 0) {
    add_activity(database_, {0, issue.project, issue.issue_id, event.received_at_unix_us, *happened,
                             "", event.release});
  }
  ++hours_[{issue.issue_id, hour_start_unix_us(event.occurred_at_unix_us)}];
  for (auto& [key, value] : counted_tags(event)) {
    ++tags_[{issue.issue_id, std::move(key), std::move(value)}];
  }
}

std::int64_t IssueWriter::note_release(ProjectId project, const std::string& release,
                                       std::int64_t received_at_unix_us) {
  if (release.empty()) return received_at_unix_us;
  const auto [at, missing] = releases_.try_emplace({project, release}, received_at_unix_us);
  if (!missing) return at->second;
  Query known = database_.query(
      "SELECT first_seen_unix_us FROM release_arrivals WHERE project = ? AND release = ?");
  if (known.integer(project).text(release).row()) return at->second = known.read_integer();
  database_
      .query(
          "INSERT INTO release_arrivals(project, release, first_seen_unix_us) SELECT ?,?,? WHERE "
          "(SELECT count(*) FROM release_arrivals WHERE project = ?) < ?")
      .integer(project)
      .text(release)
      .integer(received_at_unix_us)
      .integer(project)
      .integer(static_cast<std::int64_t>(kReleasesKept))
      .run();
  return received_at_unix_us;
}

void IssueWriter::rename_event(ProjectId project, const EventId& old_id, const EventId& id) {
  flush();
  database_.query("UPDATE issues SET latest_event_id = ? WHERE project = ? AND latest_event_id = ?")
      .id(id)
      .integer(project)
      .id(old_id)
      .run();
}

void IssueWriter::flush() {
  for (const auto& [id, issue] : issues_) {
    Query update = database_.query(kUpdateIssue);
    bind_issue(update, issue);
    update.integer(id).run();
  }
  for (const auto& [key, count] : hours_) {
    database_
        .query(
            "INSERT INTO issue_hours(issue_id, hour_unix_us, event_count) VALUES(?,?,?) "
            "ON CONFLICT DO UPDATE SET event_count = event_count + excluded.event_count")
        .integer(key.first)
        .integer(key.second)
        .integer(static_cast<std::int64_t>(count))
        .run();
  }
  for (const auto& [key, count] : tags_) {
    const auto& [issue_id, name, value] = key;
    add_issue_tag(database_, issue_id, name, value, count);
  }
  issues_.clear();
  by_key_.clear();
  hours_.clear();
  hour_counts_.clear();
  tags_.clear();
  if (releases_.size() > kReleasesKept) releases_.clear();
}

void IssueWriter::forget() {
  issues_.clear();
  by_key_.clear();
  hours_.clear();
  hour_counts_.clear();
  tags_.clear();
  releases_.clear();
}

Issue& IssueWriter::issue_of(const EventRecord& event) {
  const auto [known, missing] = by_key_.try_emplace({event.project, event.grouping_key});
  if (!missing) return issues_.at(known->second);
  Issue issue;
  bool found = false;
  {
    Query query =
        database_.query(std::string(kIssueRead) + " WHERE project = ? AND grouping_key = ?");
    if (query.integer(event.project).text(event.grouping_key).row()) {
      issue = read_issue(query);
      found = true;
    }
  }
  if (!found) {
    issue = new_issue(event);
    Query insert = database_.query(kInsertIssue);
    bind_issue(insert, issue);
    insert.run();
    issue.issue_id = database_.last_insert_id();
  }
  known->second = issue.issue_id;
  return issues_[issue.issue_id] = std::move(issue);
}

Issue* IssueWriter::merged(const Issue& part) {
  if (part.merged_into == 0) return nullptr;
  const auto at = issues_.find(part.merged_into);
  if (at != issues_.end()) return &at->second;
  auto found = find_issue(database_, part.project, part.merged_into);
  if (!found) return nullptr;
  return &(issues_[part.merged_into] = std::move(*found));
}

bool IssueWriter::is_new_user(IssueId issue_id, const EventRecord& event) {
  const std::string user = user_key(event);
  if (user.empty()) return false;
  return database_
             .query(
                 "INSERT INTO issue_users(issue_id, user_hash) VALUES(?,?) "
                 "ON CONFLICT DO NOTHING")
             .integer(issue_id)
             .blob(user_hash(user))
             .run() > 0;
}

}  // namespace pagewake::storage::sqlite
