#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "query/session_timeline.h"

namespace pagewake::api {

http::Response list_page_views(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kEverything, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  const auto sort = parse_choice(request, "sort", {"newest", "slowest"}, "newest");
  if (!sort) return refusal(sort.error());
  storage::PageViewQuery query;
  query.filter = *filter;
  if (*sort == "slowest") query.sort = storage::PageViewQuery::Sort::kSlowestLcp;
  const auto views = context.dependencies.records.page_views(context.project->id, query, *paging);
  if (!views) return refusal(views.error());
  std::vector<Json> items;
  for (const auto& view : views->items) items.push_back(page_view_item_json(view));
  return json_response(list_json(std::move(items), views->next_cursor));
}

http::Response show_page_view(const Context& context, const http::Request& request) {
  const auto id = parse_path_id<PageViewId>(request, "page_view_id");
  if (!id) return refusal(id.error());
  const auto report =
      query::page_view_report(context.dependencies.records, context.project->id, *id);
  if (!report) return refusal(report.error());
  if (!report->has_value()) return not_found("no page view " + to_hex(*id));
  return json_response(page_view_json(**report));
}

http::Response show_session(const Context& context, const http::Request& request) {
  const auto id = parse_path_id<SessionId>(request, "session_id");
  if (!id) return refusal(id.error());
  const auto timeline =
      query::session_timeline(context.dependencies.records, context.project->id, *id);
  if (!timeline) return refusal(timeline.error());
  if (!timeline->has_value()) return not_found("no session " + to_hex(*id));
  return json_response(session_json(**timeline));
}

}  // namespace pagewake::api
