#include <algorithm>
#include <set>

#include "storage/sqlite/issue_activity.h"
#include "storage/sqlite/issue_rows.h"
#include "storage/sqlite/shared_connection.h"
#include "storage/sqlite/sql.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using model::Issue;
using sqlite::add_activity;
using sqlite::Database;
using sqlite::Query;

// People change issues a few times a minute, and a merge reads and writes a few thousand small
// rows.
class Store final : public IssueStore, private sqlite::SharedConnection {
 public:
  explicit Store(std::unique_ptr<Database> database)
      : SharedConnection(std::move(database), "issues") {}

  Result<std::vector<Issue>> change_issues(ProjectId project, const std::vector<IssueId>& ids,
                                           const IssueChange& change, const std::string& actor,
                                           std::int64_t now_unix_us) override {
    return write<std::vector<Issue>>([&]() -> Result<std::vector<Issue>> {
      std::vector<Issue> changed;
      const std::string newest = newest_release(project);
      for (const IssueId id : std::set<IssueId>(ids.begin(), ids.end())) {
        auto issue = sqlite::find_issue(*database_, project, id);
        if (!issue) continue;
        apply_change(*issue, change, newest, now_unix_us);
        update(*issue);
        if (change.status) {
          add_activity(*database_, {0, project, id, now_unix_us, ActivityKind::kStatus, actor,
                                    std::string(model::name_of(*change.status))});
        }
        if (change.assignee) {
          add_activity(*database_, {0, project, id, now_unix_us, ActivityKind::kAssigned, actor,
                                    *change.assignee});
        }
        changed.push_back(std::move(*issue));
      }
      return changed;
    });
  }

  Status unignore_issue(ProjectId project, IssueId id, const std::string& detail,
                        std::int64_t now_unix_us) override {
    return write([&] {
      auto issue = sqlite::find_issue(*database_, project, id);
      if (!issue || issue->status != model::IssueStatus::kIgnored) return;
      IssueChange change;
      change.status = model::IssueStatus::kUnresolved;
      apply_change(*issue, change, "", now_unix_us);
      update(*issue);
      add_activity(*database_, {0, project, id, now_unix_us, ActivityKind::kUnignored, "", detail});
    });
  }

  Result<IssueId> rekey_issue(ProjectId project, IssueId id,
                              const model::EventRecord& event) override {
    return write<IssueId>(
        [&]() -> Result<IssueId> { return sqlite::rekey_issue(*database_, project, id, event); });
  }

  Result<Issue> merge_issues(ProjectId project, const std::vector<IssueId>& ids,
                             const std::string& actor, std::int64_t now_unix_us) override {
    return write<Issue>([&]() -> Result<Issue> {
      std::vector<Issue> given;
      for (const IssueId id : std::set<IssueId>(ids.begin(), ids.end())) {
        auto issue = sqlite::find_issue(*database_, project, id);
        if (!issue || issue->merged_into != 0) {
          return Error{"invalid_merge",
                       "issue " + std::to_string(id) +
                           (issue ? " is a part of another already" : " is not there")};
        }
        given.push_back(std::move(*issue));
      }
      if (given.size() < 2) {
        return Error{"invalid_merge", "two different issues are needed to merge"};
      }
      std::vector<Issue> parts;
      std::optional<Issue> whole;
      for (const Issue& issue : given) {
        std::vector<Issue> own = parts_of(issue.issue_id);
        if (own.empty()) {
          parts.push_back(issue);
          continue;
        }
        parts.insert(parts.end(), own.begin(), own.end());
        if (!whole) {
          whole = issue;
        } else {
          database_->query("DELETE FROM issues WHERE issue_id = ?").integer(issue.issue_id).run();
          clear_counts(issue.issue_id);
          move_activity(issue.issue_id, whole->issue_id);
        }
      }
      if (!whole) {
        whole = merged_from(given);
        Query insert = database_->query(sqlite::insert_sql("issues", sqlite::kIssueColumns));
        sqlite::bind_issue(insert, *whole);
        insert.run();
        whole->issue_id = database_->last_insert_id();
      }
      std::string titles;
      for (const Issue& part : parts) {
        titles += (titles.empty() ? "" : "\n") + part.title;
        set_merged_into(part.issue_id, whole->issue_id);
      }
      count_again(*whole, parts);
      add_activity(*database_, {0, project, whole->issue_id, now_unix_us, ActivityKind::kMerged,
                                actor, titles});
      return std::move(*whole);
    });
  }

  Result<Issue> unmerge_issues(ProjectId project, IssueId id, const std::vector<IssueId>& out,
                               const std::string& actor, std::int64_t now_unix_us) override {
    return write<Issue>([&]() -> Result<Issue> {
      auto whole = sqlite::find_issue(*database_, project, id);
      std::vector<Issue> parts = whole ? parts_of(id) : std::vector<Issue>();
      const std::set<IssueId> leaving(out.begin(), out.end());
      for (const IssueId part : leaving) {
        if (std::none_of(parts.begin(), parts.end(),
                         [&](const Issue& one) { return one.issue_id == part; })) {
          return Error{"invalid_merge", "issue " + std::to_string(part) + " is no part of issue " +
                                            std::to_string(id)};
        }
      }
      if (leaving.empty()) return Error{"invalid_merge", "no part to take out was given"};
      std::string titles;
      for (const Issue& part : parts) {
        if (!leaving.contains(part.issue_id)) continue;
        titles += (titles.empty() ? "" : "\n") + part.title;
        release_part(part, *whole);
        add_activity(*database_, {0, project, part.issue_id, now_unix_us, ActivityKind::kUnmerged,
                                  actor, whole->title});
      }
      std::erase_if(parts, [&](const Issue& one) { return leaving.contains(one.issue_id); });
      if (parts.size() > 1) {
        count_again(*whole, parts);
        add_activity(*database_,
                     {0, project, id, now_unix_us, ActivityKind::kUnmerged, actor, titles});
        return std::move(*whole);
      }
      // What was said about the whole stays with the last part, or the first
      // that left.
      const IssueId heir = parts.empty() ? *leaving.begin() : parts[0].issue_id;
      if (!parts.empty()) release_part(parts[0], *whole);
      database_->query("DELETE FROM issues WHERE issue_id = ?").integer(id).run();
      clear_counts(id);
      move_activity(id, heir);
      auto left = sqlite::find_issue(*database_, project, heir);
      if (!left) return Error{"store_failed", "the last part is not there"};
      return std::move(*left);
    });
  }

  Result<std::vector<Issue>> issue_parts(ProjectId project, IssueId id) override {
    return read<std::vector<Issue>>([&] {
      std::vector<Issue> parts = parts_of(id);
      std::erase_if(parts, [&](const Issue& part) { return part.project != project; });
      return parts;
    });
  }

  Result<std::optional<Activity>> comment_on_issue(ProjectId project, IssueId id,
                                                   const std::string& text,
                                                   const std::string& actor,
                                                   std::int64_t now_unix_us) override {
    return write<std::optional<Activity>>([&]() -> Result<std::optional<Activity>> {
      if (!sqlite::find_issue(*database_, project, id)) return std::optional<Activity>();
      Activity comment{0, project, id, now_unix_us, ActivityKind::kComment, actor, text};
      comment.activity_id = add_activity(*database_, comment);
      return std::optional(std::move(comment));
    });
  }

  Result<std::vector<Activity>> issue_activity(ProjectId project, IssueId id,
                                               std::size_t limit) override {
    return read<std::vector<Activity>>([&] {
      Query query = database_->query(
          "SELECT activity_id, project, issue_id, at_unix_us, kind, actor, detail FROM "
          "issue_activity WHERE project = ? AND issue_id IN (SELECT issue_id FROM issues WHERE "
          "issue_id = ? UNION ALL SELECT issue_id FROM issues WHERE merged_into = ?) "
          "ORDER BY activity_id DESC LIMIT ?");
      query.integer(project).integer(id).integer(id).integer(static_cast<std::int64_t>(limit));
      return read_activity(query);
    });
  }

  Result<std::vector<Activity>> activity_after(std::int64_t activity_id,
                                               std::size_t limit) override {
    return read<std::vector<Activity>>([&] {
      Query query = database_->query(
          "SELECT activity_id, project, issue_id, at_unix_us, kind, actor, detail FROM "
          "issue_activity WHERE activity_id > ? ORDER BY activity_id LIMIT ?");
      query.integer(activity_id).integer(static_cast<std::int64_t>(limit));
      return read_activity(query);
    });
  }

  Result<std::int64_t> last_activity_id() override {
    return read<std::int64_t>(
        [&] { return database_->integer_of("SELECT max(activity_id) FROM issue_activity"); });
  }

  Result<std::vector<TagDistribution>> issue_tags(ProjectId project, IssueId id) override {
    return read<std::vector<TagDistribution>>([&] {
      std::vector<TagDistribution> out;
      Query query = database_->query(
          "SELECT key, value, event_count FROM issue_tags WHERE issue_id = (SELECT issue_id FROM "
          "issues WHERE issue_id = ? AND project = ?) ORDER BY key, event_count DESC, value");
      query.integer(id).integer(project);
      while (query.row()) {
        std::string key = query.read_text();
        TagValue value{query.read_text(), 0};
        value.event_count = static_cast<std::uint64_t>(query.read_integer());
        if (out.empty() || out.back().key != key) out.push_back({std::move(key), 0, {}});
        out.back().event_count += value.event_count;
        if (out.back().values.size() < kTagValuesShown) out.back().values.push_back(value);
      }
      return out;
    });
  }

  Result<std::vector<ReleaseArrival>> release_arrivals(ProjectId project,
                                                       std::size_t limit) override {
    return read<std::vector<ReleaseArrival>>([&] {
      std::vector<ReleaseArrival> out;
      Query query = database_->query(
          "SELECT release, first_seen_unix_us FROM release_arrivals WHERE project = ? "
          "ORDER BY first_seen_unix_us DESC, release DESC LIMIT ?");
      query.integer(project).integer(static_cast<std::int64_t>(limit));
      while (query.row()) {
        ReleaseArrival& release = out.emplace_back();
        release.release = query.read_text();
        release.first_seen_unix_us = query.read_integer();
      }
      return out;
    });
  }

  Result<ReleaseErrors> release_errors(ProjectId project, const std::string& release) override {
    return read<ReleaseErrors>([&] {
      ReleaseErrors out;
      Query query = database_->query(
          "SELECT coalesce(sum(t.event_count), 0), count(*), coalesce(sum(i.first_release = ?2), 0)"
          " FROM issues i JOIN issue_tags t ON t.issue_id = i.issue_id AND t.key = 'release' AND "
          "t.value = ?2 WHERE i.project = ?1 AND i.merged_into = 0");
      if (query.integer(project).text(release).row()) {
        out.events = static_cast<std::uint64_t>(query.read_integer());
        out.issues = static_cast<std::uint64_t>(query.read_integer());
        out.new_issues = static_cast<std::uint64_t>(query.read_integer());
      }
      return out;
    });
  }

  Result<std::string> project_setting(ProjectId project, const std::string& name) override {
    return read<std::string>([&] {
      Query query =
          database_->query("SELECT value FROM project_settings WHERE project = ? AND name = ?");
      return query.integer(project).text(name).row() ? query.read_text() : std::string();
    });
  }

  Status set_project_setting(ProjectId project, const std::string& name,
                             const std::string& value) override {
    return write([&] {
      database_
          ->query(
              "INSERT INTO project_settings(project, name, value) VALUES(?,?,?) "
              "ON CONFLICT DO UPDATE SET value = excluded.value")
          .integer(project)
          .text(name)
          .text(value)
          .run();
    });
  }

 private:
  static std::vector<Activity> read_activity(Query& query) {
    std::vector<Activity> out;
    while (query.row()) {
      Activity& one = out.emplace_back();
      one.activity_id = query.read_integer();
      one.project = query.read_integer();
      one.issue_id = query.read_integer();
      one.at_unix_us = query.read_integer();
      one.kind = static_cast<ActivityKind>(query.read_integer());
      one.actor = query.read_text();
      one.detail = query.read_text();
    }
    return out;
  }

  void update(const Issue& issue) {
    Query query = database_->query(sqlite::update_sql("issues", sqlite::kIssueColumns, "issue_id"));
    sqlite::bind_issue(query, issue);
    query.integer(issue.issue_id).run();
  }

  std::vector<Issue> parts_of(IssueId id) {
    std::vector<Issue> parts;
    Query query = database_->query(std::string(sqlite::kIssueRead) +
                                   " WHERE merged_into = ? ORDER BY issue_id");
    query.integer(id);
    while (query.row()) parts.push_back(sqlite::read_issue(query));
    return parts;
  }

  void set_merged_into(IssueId part, IssueId whole) {
    database_->query("UPDATE issues SET merged_into = ? WHERE issue_id = ?")
        .integer(whole)
        .integer(part)
        .run();
  }

  void release_part(Issue part, const Issue& whole) {
    leave(part, whole);
    update(part);
  }

  void clear_counts(IssueId id) {
    for (const char* sql : {"DELETE FROM issue_users WHERE issue_id = ?",
                            "DELETE FROM issue_hours WHERE issue_id = ?",
                            "DELETE FROM issue_tags WHERE issue_id = ?"}) {
      database_->query(sql).integer(id).run();
    }
  }

  void move_activity(IssueId from, IssueId to) {
    database_->query("UPDATE issue_activity SET issue_id = ? WHERE issue_id = ?")
        .integer(to)
        .integer(from)
        .run();
  }

  // The whole's counts from those of its parts.
  void count_again(Issue& whole, const std::vector<Issue>& parts) {
    clear_counts(whole.issue_id);
    sum_parts(whole, parts);
    const IssueId id = whole.issue_id;
    database_
        ->query(
            "INSERT INTO issue_users(issue_id, user_hash) SELECT DISTINCT ?, user_hash FROM "
            "issue_users WHERE issue_id IN (SELECT issue_id FROM issues WHERE merged_into = ?)")
        .integer(id)
        .integer(id)
        .run();
    {
      Query users = database_->query("SELECT count(*) FROM issue_users WHERE issue_id = ?");
      if (users.integer(id).row()) {
        whole.user_count = static_cast<std::uint64_t>(users.read_integer());
      }
    }
    database_
        ->query(
            "INSERT INTO issue_hours(issue_id, hour_unix_us, event_count) SELECT ?, hour_unix_us, "
            "sum(event_count) FROM issue_hours WHERE issue_id IN (SELECT issue_id FROM issues "
            "WHERE merged_into = ?) GROUP BY hour_unix_us")
        .integer(id)
        .integer(id)
        .run();
    database_
        ->query(
            "INSERT INTO issue_tags(issue_id, key, value, event_count) SELECT ?, key, value, "
            "sum(event_count) FROM issue_tags WHERE issue_id IN (SELECT issue_id FROM issues "
            "WHERE merged_into = ?) GROUP BY key, value")
        .integer(id)
        .integer(id)
        .run();
    update(whole);
  }

  std::string newest_release(ProjectId project) {
    Query query = database_->query(
        "SELECT release FROM release_arrivals WHERE project = ? "
        "ORDER BY first_seen_unix_us DESC, release DESC LIMIT 1");
    return query.integer(project).row() ? query.read_text() : std::string();
  }
};

}  // namespace

Result<std::unique_ptr<IssueStore>> open_sqlite_issue_store(const SqliteOptions& options) {
  return sqlite::open_shared<IssueStore, Store>(options);
}

}  // namespace pagewake::storage
