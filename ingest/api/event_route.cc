#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"

namespace pagewake::api {
namespace {

// Maps may have come since the event was stored.
void complete_frames(const Context& context, model::EventRecord& event) {
  if (context.dependencies.symbolicator) context.dependencies.symbolicator->complete(event);
}

}  // namespace

// All events, or those of the issue where the path names one.
http::Response list_events(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kEverything, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  storage::EventQuery query;
  query.filter = *filter;
  query.issue_id = parse_positive(request.path_parameter("issue_id"));
  const auto events = context.dependencies.records.events(context.project->id, query, *paging);
  if (!events) return refusal(events.error());
  std::vector<Json> items;
  for (auto event : events->items) {
    complete_frames(context, event);
    items.push_back(event_json(event));
  }
  return json_response(list_json(std::move(items), events->next_cursor));
}

http::Response show_event(const Context& context, const http::Request& request) {
  const auto id = parse_path_id<EventId>(request, "event_id");
  if (!id) return refusal(id.error());
  auto event = context.dependencies.records.event(context.project->id, *id);
  if (!event) return refusal(event.error());
  if (!event->has_value()) return not_found("no event " + to_hex(*id));
  complete_frames(context, **event);
  return json_response(event_json(**event));
}

}  // namespace pagewake::api
