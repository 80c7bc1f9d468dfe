// Received = stored + dropped, each drop with its reason.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/drop_reason.h"
#include "base/result.h"
#include "storage/record_store.h"

namespace pagewake::query {

struct OutcomeRow {
  model::Category category = model::Category::kOther;
  std::optional<DropReason> drop_reason;  // empty: stored
  std::uint64_t count = 0;
};

struct OutcomeReport {
  std::vector<OutcomeRow> rows;  // by category, stored first, then most frequent
  std::uint64_t received = 0, stored = 0, dropped = 0;
};

// Counters are kept by the hour: every hour that touches [from, to) counts.
// Errors: the store's.
Result<OutcomeReport> outcome_report(storage::RecordReader& records, model::ProjectId project,
                                     std::int64_t from_unix_us, std::int64_t to_unix_us);

}  // namespace pagewake::query
