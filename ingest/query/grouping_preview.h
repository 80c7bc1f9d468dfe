// What a project's rules would do to the events that came last, before they
// are saved.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/record_store.h"

namespace pagewake::query {

struct RulePreview {
  int line = 0;
  bool ignore = false;
  std::size_t events = 0;
  std::vector<std::string> titles;  // some of them, distinct
};

struct GroupingPreview {
  std::size_t examined_events = 0;  // the newest ones
  std::size_t ignored_events = 0;
  // Distinct grouping keys of the examined events, without and with the rules.
  std::size_t issues_before = 0, issues_after = 0;
  std::vector<RulePreview> rules;  // those that matched, by line
};

// Errors: "invalid_rules" (grouping/rules.h), the store's.
Result<GroupingPreview> preview_grouping(storage::RecordReader& records, model::ProjectId project,
                                         const std::string& rules);

}  // namespace pagewake::query
