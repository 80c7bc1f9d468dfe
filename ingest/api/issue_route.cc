#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "query/issue_report.h"

namespace pagewake::api {
namespace {

constexpr char kStatuses[] = "one of unresolved, resolved, resolved_in_next_release, ignored";

Result<model::IssueId> issue_id_of(const http::Request& request) {
  const std::string_view text = request.path_parameter("issue_id");
  if (const auto id = parse_positive(text)) return *id;
  return Error{"invalid_parameter",
               "issue_id: \"" + std::string(text) + "\" is not a positive number"};
}

}  // namespace

http::Response list_issues(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kEverything, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  const auto sort =
      parse_choice(request, "sort", {"last_seen", "first_seen", "events", "users"}, "last_seen");
  if (!sort) return refusal(sort.error());
  storage::IssueQuery query;
  if (const auto status = request.query_value("status"); !status.empty()) {
    query.status = model::issue_status_from(status);
    if (!query.status) {
      return refusal(
          {"invalid_parameter", "status: \"" + std::string(status) + "\" is not " + kStatuses});
    }
  }
  query.text = request.query_value("query");
  if (const auto release = request.query_optional("release")) query.release = *release;
  if (const auto environment = request.query_optional("environment")) {
    query.environment = *environment;
  }
  query.seen_from_unix_us = range->from_unix_us;
  query.seen_to_unix_us = range->to_unix_us;
  using Sort = storage::IssueQuery::Sort;
  query.sort = *sort == "first_seen" ? Sort::kFirstSeen
               : *sort == "events"   ? Sort::kEvents
               : *sort == "users"    ? Sort::kUsers
                                     : Sort::kLastSeen;
  const auto issues = context.dependencies.records.issues(context.project->id, query, *paging);
  if (!issues) return refusal(issues.error());
  std::vector<Json> items;
  for (const auto& issue : issues->items) items.push_back(issue_json(issue));
  return json_response(list_json(std::move(items), issues->next_cursor));
}

http::Response show_issue(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto report = query::issue_report(context.dependencies.records, context.project->id, *id,
                                          range->from_unix_us, range->to_unix_us);
  if (!report) return refusal(report.error());
  if (!report->has_value()) return not_found("no issue " + std::to_string(*id));
  return json_response(issue_report_json(**report));
}

http::Response update_issue(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("status") || !body["status"].is_string()) {
    return refusal({"malformed", "the body must be {\"status\":\"resolved\"}"});
  }
  const std::string name = body["status"].get<std::string>();
  const auto status = model::issue_status_from(name);
  if (!status) {
    return refusal({"invalid_parameter", "status: \"" + name + "\" is not " + kStatuses});
  }
  const auto issue =
      context.dependencies.records.set_issue_status(context.project->id, *id, *status);
  if (!issue) return refusal(issue.error());
  if (!issue->has_value()) return not_found("no issue " + std::to_string(*id));
  return json_response(issue_json(**issue));
}

http::Response list_issue_events(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto issue = context.dependencies.records.issue(context.project->id, *id);
  if (!issue) return refusal(issue.error());
  if (!issue->has_value()) return not_found("no issue " + std::to_string(*id));
  return list_events(context, request);
}

}  // namespace pagewake::api
