#include "query/session_timeline.h"

#include <algorithm>
#include <utility>

namespace pagewake::query {
namespace {

constexpr std::size_t kMost = 1000;

}  // namespace

Result<std::optional<PageViewReport>> page_view_report(storage::RecordReader& records,
                                                       model::ProjectId project,
                                                       const PageViewId& page_view_id) {
  auto record = records.page_view(project, page_view_id);
  if (!record) return record.error();
  if (!record->has_value()) return std::optional<PageViewReport>();
  storage::EventQuery of_view;
  of_view.page_view_id = page_view_id;
  auto events = records.events(project, of_view, {kMost, ""});
  if (!events) return events.error();
  PageViewReport report;
  report.record = std::move(**record);
  report.events = std::move(events->items);
  std::reverse(report.events.begin(), report.events.end());
  TraceInput own;
  own.page_views.push_back(report.record);
  report.spans = join_trace(report.record.view.trace_id, std::move(own)).spans;
  return std::optional<PageViewReport>(std::move(report));
}

Result<std::optional<SessionTimeline>> session_timeline(storage::RecordReader& records,
                                                        model::ProjectId project,
                                                        const SessionId& session_id) {
  storage::PageViewQuery views_of_session;
  views_of_session.session_id = session_id;
  auto views = records.page_views(project, views_of_session, {kMost, ""});
  if (!views) return views.error();
  storage::EventQuery events_of_session;
  events_of_session.session_id = session_id;
  auto events = records.events(project, events_of_session, {kMost, ""});
  if (!events) return events.error();
  if (views->items.empty() && events->items.empty()) return std::optional<SessionTimeline>();
  SessionTimeline timeline;
  timeline.session_id = session_id;
  timeline.truncated = !views->next_cursor.empty() || !events->next_cursor.empty();
  timeline.page_views = std::move(views->items);
  timeline.events = std::move(events->items);
  std::reverse(timeline.page_views.begin(), timeline.page_views.end());
  std::reverse(timeline.events.begin(), timeline.events.end());
  return std::optional<SessionTimeline>(std::move(timeline));
}

}  // namespace pagewake::query
