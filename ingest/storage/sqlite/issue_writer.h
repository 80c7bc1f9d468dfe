// The issues' part of one append(): finds or makes the issue of an event,
// counts it there and in the issue it is merged into, and notes what happened
// to them. On the writer's connection, inside its transaction.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "storage/record_rules.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

class IssueWriter {
 public:
  explicit IssueWriter(Database& database) : database_(database) {}

  struct Counted {
    IssueId issue_id = 0;
    bool kept = true;  // false: is_kept_of_hour() wants only its count
  };
  // Counts a new (not duplicate) event with a grouping key.
  Counted count(const model::EventRecord& event);
  // The project has this release; gives when it was first heard of.
  std::int64_t note_release(ProjectId project, const std::string& release,
                            std::int64_t received_at_unix_us);
  // A stored event is known by another id now.
  void rename_event(ProjectId project, const EventId& old_id, const EventId& id);
  // Before COMMIT: each issue once, however many events of the batch it got.
  void flush();
  // After a rollback, or when another connection wrote.
  void forget();

 private:
  model::Issue& issue_of(const model::EventRecord& event);
  model::Issue* merged(const model::Issue& part);
  void count_in(model::Issue& issue, const model::EventRecord& event, bool kept,
                std::int64_t release_first_seen_unix_us);
  std::uint64_t& count_of_hour(IssueId issue_id, std::int64_t hour_unix_us);
  bool is_new_user(IssueId issue_id, const model::EventRecord& event);

  Database& database_;
  // Of this batch:
  std::map<IssueId, model::Issue> issues_;
  std::map<std::pair<ProjectId, std::string>, IssueId> by_key_;
  std::map<std::pair<IssueId, std::int64_t>, std::uint64_t> hours_;
  std::map<std::pair<IssueId, std::int64_t>, std::uint64_t> hour_counts_;  // those before it too
  std::map<std::tuple<IssueId, std::string, std::string>, std::uint64_t> tags_;
  // From one batch to the next:
  std::map<std::pair<ProjectId, std::string>, std::int64_t> releases_;
};

}  // namespace pagewake::storage::sqlite
