// One issue: how often it happened, since which release, and what lies behind
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/issue_store.h"
#include "storage/record_store.h"

namespace pagewake::query {

// The release that brought the issue, or brought it back.
struct SuspectRelease {
  std::string release;
  std::string reason;  // for a person
  std::int64_t first_seen_unix_us = 0;
};

struct IssueReport {
  model::Issue issue;
  std::vector<std::pair<std::int64_t, std::uint64_t>> hours;  // {hour_unix_s, events}, ascending
  std::optional<SuspectRelease> suspect_release;
  std::vector<model::Issue> parts;  // where it was merged
};

// Nothing where the project has no such issue. The id of a part gives the issue
// that it was merged into. Errors: the store's.
Result<std::optional<IssueReport>> issue_report(storage::RecordReader& records,
                                                storage::IssueStore& issues,
                                                model::ProjectId project, model::IssueId issue,
                                                std::int64_t from_unix_us, std::int64_t to_unix_us);

// The page views and traces in which it happened, newest first.
struct RelatedView {
  PageViewId page_view_id;
  SessionId session_id;
  EventId event_id;
  std::string page;
  std::int64_t occurred_at_unix_us = 0;
};
struct RelatedTrace {
  TraceId trace_id;
  EventId event_id;
  std::string name;  // page or transaction
  std::int64_t occurred_at_unix_us = 0;
};
struct IssueRelated {
  std::vector<RelatedView> page_views;
  std::vector<RelatedTrace> traces;
  std::size_t examined_events = 0;  // the newest ones
};
Result<IssueRelated> issue_related(storage::RecordReader& records, model::ProjectId project,
                                   model::IssueId issue);

}  // namespace pagewake::query
