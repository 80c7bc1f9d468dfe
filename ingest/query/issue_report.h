// One issue and how often it happened.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/record_store.h"

namespace pagewake::query {

struct IssueReport {
  model::Issue issue;
  std::vector<std::pair<std::int64_t, std::uint64_t>> hours;  // {hour_unix_s, events}, ascending
};

// Nothing where the project has no such issue. Errors: the store's.
Result<std::optional<IssueReport>> issue_report(storage::RecordReader& records,
                                                model::ProjectId project, model::IssueId issue,
                                                std::int64_t from_unix_us, std::int64_t to_unix_us);

}  // namespace pagewake::query
