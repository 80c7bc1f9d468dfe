// One page view with its events, and what one visitor did in one session.
#pragma once

#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "query/trace_join.h"
#include "storage/record_store.h"

namespace pagewake::query {

struct PageViewReport {
  model::PageViewRecord record;
  std::vector<model::EventRecord> events;  // oldest first
  std::vector<JoinedSpan> spans;           // the browser's own, as in its trace
};

// Nothing where the project has no such page view. Errors: the store's.
Result<std::optional<PageViewReport>> page_view_report(storage::RecordReader& records,
                                                       model::ProjectId project,
                                                       const PageViewId& page_view_id);

struct SessionTimeline {
  SessionId session_id;
  std::vector<model::PageViewRecord> page_views;  // oldest first
  std::vector<model::EventRecord> events;         // oldest first
  bool truncated = false;                         // more than 1,000 of either: the newest are here
};

// Nothing where the project has no record of it. Errors: the store's.
Result<std::optional<SessionTimeline>> session_timeline(storage::RecordReader& records,
                                                        model::ProjectId project,
                                                        const SessionId& session_id);

}  // namespace pagewake::query
