#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/report_json.h"
#include "api/route_table.h"
#include "query/overview.h"
#include "query/page_list.h"
#include "query/page_report.h"

namespace pagewake::api {

http::Response list_pages(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  const auto pages =
      query::page_list(context.dependencies.records, context.project->id, *filter, *paging);
  if (!pages) return refusal(pages.error());
  std::vector<Json> items;
  for (const auto& row : pages->items) items.push_back(page_json(row));
  Json json = {{"from", time_json(range->from_unix_us)},
               {"to", time_json(range->shown_to_unix_us)}};
  json.update(list_json(std::move(items), pages->next_cursor));
  return json_response(json);
}

http::Response show_overview(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  const auto overview = query::overview(context.dependencies.records, context.project->id, *filter,
                                        range->shown_to_unix_us);
  if (!overview) return refusal(overview.error());
  Json json = {{"from", time_json(range->from_unix_us)},
               {"to", time_json(range->shown_to_unix_us)}};
  json.update(overview_json(*overview));
  return json_response(json);
}

http::Response show_page_report(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  if (!filter->page) {
    return refusal({"missing_parameter", "page: say which page, as /pages lists them"});
  }
  const auto report =
      query::page_report(context.dependencies.records, context.project->id, *filter);
  if (!report) return refusal(report.error());
  Json json = {{"page", *filter->page},
               {"from", time_json(range->from_unix_us)},
               {"to", time_json(range->shown_to_unix_us)}};
  json.update(page_report_json(*report));
  return json_response(json);
}

}  // namespace pagewake::api
