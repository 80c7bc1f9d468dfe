// The issues' part of one append(): finds or makes the issue of an event and
// counts it. On the writer's connection, inside its transaction.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "storage/record_rules.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

class IssueWriter {
 public:
  explicit IssueWriter(Database& database) : database_(database) {}

  // Counts a new (not duplicate) event with a grouping key; gives its issue.
  IssueId count(const model::EventRecord& event);
  // Before COMMIT: each issue once, however many events of the batch it got.
  void flush();
  // After a rollback.
  void forget() { issues_.clear(); }

 private:
  IssueState& issue_of(const model::EventRecord& event);
  bool is_new_user(IssueId issue_id, const model::EventRecord& event);
  void add_facet(IssueId issue_id, int kind, const std::string& value);

  Database& database_;
  std::map<std::pair<ProjectId, std::string>, IssueState> issues_;  // of this batch
};

}  // namespace pagewake::storage::sqlite
