#include "query/issue_report.h"

#include <algorithm>
#include <set>

namespace pagewake::query {
namespace {

constexpr std::size_t kReleases = 1000;
constexpr std::size_t kExaminedEvents = 200;
constexpr std::size_t kRelatedShown = 20;
constexpr std::size_t kActivity = 200;

std::optional<SuspectRelease> suspect_of(const model::Issue& issue,
                                         const std::vector<storage::Activity>& activity,
                                         const std::vector<storage::ReleaseArrival>& newest_first) {
  const auto find = [&](const std::string& name) {
    return std::find_if(newest_first.begin(), newest_first.end(),
                        [&](const storage::ReleaseArrival& one) { return one.release == name; });
  };
  for (const storage::Activity& one : activity) {
    if (one.kind != storage::ActivityKind::kRegressed || one.detail.empty()) continue;
    const auto release = find(one.detail);
    return SuspectRelease{
        one.detail, "came back in this release after it was resolved",
        release == newest_first.end() ? one.at_unix_us : release->first_seen_unix_us};
  }
  const auto first = find(issue.first_release);
  // With no release before it, nothing says that this one brought the issue.
  if (issue.first_release.empty() || first == newest_first.end() ||
      first + 1 == newest_first.end()) {
    return std::nullopt;
  }
  return SuspectRelease{
      issue.first_release,
      "first seen in this release and not in " + (first + 1)->release + " before it",
      first->first_seen_unix_us};
}

}  // namespace

Result<std::optional<IssueReport>> issue_report(storage::RecordReader& records,
                                                storage::IssueStore& issues,
                                                model::ProjectId project, model::IssueId issue,
                                                std::int64_t from_unix_us,
                                                std::int64_t to_unix_us) {
  auto found = records.issue(project, issue);
  if (!found) return found.error();
  if (found->has_value() && (*found)->merged_into != 0) {
    issue = (*found)->merged_into;
    found = records.issue(project, issue);
    if (!found) return found.error();
  }
  if (!found->has_value()) return std::optional<IssueReport>();
  IssueReport report;
  report.issue = std::move(**found);
  auto hours = records.issue_hours(project, issue, from_unix_us, to_unix_us);
  if (!hours) return hours.error();
  report.hours = std::move(*hours);
  auto parts = issues.issue_parts(project, issue);
  if (!parts) return parts.error();
  report.parts = std::move(*parts);
  const auto activity = issues.issue_activity(project, issue, kActivity);
  if (!activity) return activity.error();
  const auto releases = issues.release_arrivals(project, kReleases);
  if (!releases) return releases.error();
  report.suspect_release = suspect_of(report.issue, *activity, *releases);
  return std::optional<IssueReport>(std::move(report));
}

Result<IssueRelated> issue_related(storage::RecordReader& records, model::ProjectId project,
                                   model::IssueId issue) {
  storage::EventQuery query;
  query.issue_id = issue;
  const auto events = records.events(project, query, {kExaminedEvents, ""});
  if (!events) return events.error();
  IssueRelated related;
  related.examined_events = events->items.size();
  std::set<PageViewId> views;
  std::set<TraceId> traces;
  for (const model::EventRecord& event : events->items) {
    if (!event.page_view_id.is_zero() && related.page_views.size() < kRelatedShown &&
        views.insert(event.page_view_id).second) {
      related.page_views.push_back({event.page_view_id, event.session_id, event.event_id,
                                    event.page, event.occurred_at_unix_us});
    }
    if (!event.trace_id.is_zero() && related.traces.size() < kRelatedShown &&
        traces.insert(event.trace_id).second) {
      related.traces.push_back({event.trace_id, event.event_id,
                                event.transaction.empty() ? event.page : event.transaction,
                                event.occurred_at_unix_us});
    }
  }
  return related;
}

}  // namespace pagewake::query
