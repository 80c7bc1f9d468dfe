#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "query/issue_report.h"
#include "query/issue_search.h"

namespace pagewake::api {
namespace {

constexpr char kStatuses[] = "one of unresolved, resolved, resolved_in_next_release, ignored";

Result<model::IssueId> issue_id_of(const http::Request& request) {
  const std::string_view text = request.path_parameter("issue_id");
  if (const auto id = parse_positive(text)) return *id;
  return Error{"invalid_parameter",
               "issue_id: \"" + std::string(text) + "\" is not a positive number"};
}

constexpr std::size_t kIssuesAtOnce = 1000;
constexpr std::size_t kAssigneeBytes = 200, kCommentBytes = 10'000;
constexpr std::int64_t kMoreEvents = 1'000'000'000;

Result<std::vector<model::IssueId>> issue_ids_of(const nlohmann::json& body) {
  const Error wrong{"malformed", "issue_ids: must be a list of 1 to " +
                                     std::to_string(kIssuesAtOnce) + " numbers of issues"};
  const auto given = body.find("issue_ids");
  if (given == body.end() || !given->is_array() || given->empty() ||
      given->size() > kIssuesAtOnce) {
    return wrong;
  }
  std::vector<model::IssueId> ids;
  for (const auto& id : *given) {
    if (!id.is_number_integer()) return wrong;
    ids.push_back(id.get<model::IssueId>());
  }
  return ids;
}

Result<storage::IssueChange> change_of(const nlohmann::json& body) {
  storage::IssueChange change;
  if (const auto given = body.find("status"); given != body.end()) {
    if (!given->is_string()) return Error{"malformed", "status: must be a text"};
    const std::string name = given->get<std::string>();
    change.status = model::issue_status_from(name);
    if (!change.status) {
      return Error{"invalid_parameter", "status: \"" + name + "\" is not " + kStatuses};
    }
  }
  if (const auto given = body.find("assignee"); given != body.end()) {
    if (!given->is_string() || given->get_ref<const std::string&>().size() > kAssigneeBytes) {
      return Error{"malformed", "assignee: must be a text of at most " +
                                    std::to_string(kAssigneeBytes) + " bytes; \"\" nobody"};
    }
    change.assignee = given->get<std::string>();
  }
  if (const auto limit = body.find("ignore"); limit != body.end()) {
    if (change.status != model::IssueStatus::kIgnored) {
      return Error{"invalid_parameter", "ignore: goes with \"status\":\"ignored\" only"};
    }
    const Error wrong{"malformed",
                      "ignore: must be {\"more_events\":100} or {\"until_spike\":true}"};
    if (!limit->is_object()) return wrong;
    if (const auto more = limit->find("more_events"); more != limit->end()) {
      if (!more->is_number_integer() || more->get<std::int64_t>() < 1 ||
          more->get<std::int64_t>() > kMoreEvents) {
        return wrong;
      }
      change.ignore_more_events = more->get<std::uint64_t>();
    }
    if (const auto spike = limit->find("until_spike"); spike != limit->end()) {
      if (!spike->is_boolean()) return wrong;
      change.ignore_until_spike = spike->get<bool>();
    }
  }
  if (!change.status && !change.assignee) {
    return Error{"malformed",
                 "the body must hold status or assignee, as in {\"status\":\"resolved\"}"};
  }
  return change;
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
  auto parsed = query::parse_issue_search(request.query_value("query"));
  if (!parsed) return refusal(parsed.error());
  storage::IssueQuery query = std::move(*parsed);
  if (const auto status = request.query_value("status"); !status.empty()) {
    query.status = model::issue_status_from(status);
    if (!query.status) {
      return refusal(
          {"invalid_parameter", "status: \"" + std::string(status) + "\" is not " + kStatuses});
    }
  }
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
  const auto report =
      query::issue_report(context.dependencies.records, context.dependencies.issues,
                          context.project->id, *id, range->from_unix_us, range->to_unix_us);
  if (!report) return refusal(report.error());
  if (!report->has_value()) return not_found("no issue " + std::to_string(*id));
  return json_response(issue_report_json(**report));
}

http::Response update_issue(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return refusal({"malformed", "the body must be {\"status\":\"resolved\"}"});
  }
  const auto change = change_of(body);
  if (!change) return refusal(change.error());
  const auto issues = context.dependencies.issues.change_issues(
      context.project->id, {*id}, *change, context.identity.name, context.now_unix_us);
  if (!issues) return refusal(issues.error());
  if (issues->empty()) return not_found("no issue " + std::to_string(*id));
  return json_response(issue_json(issues->front()));
}

http::Response update_issues(const Context& context, const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return refusal({"malformed", "the body must be {\"issue_ids\":[1,2],\"status\":\"resolved\"}"});
  }
  const auto ids = issue_ids_of(body);
  if (!ids) return refusal(ids.error());
  const auto change = change_of(body);
  if (!change) return refusal(change.error());
  const auto issues = context.dependencies.issues.change_issues(
      context.project->id, *ids, *change, context.identity.name, context.now_unix_us);
  if (!issues) return refusal(issues.error());
  std::vector<Json> items;
  for (const auto& issue : *issues) items.push_back(issue_json(issue));
  return json_response(list_json(std::move(items), ""));
}

http::Response merge_issues(const Context& context, const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto ids = issue_ids_of(body.is_object() ? body : nlohmann::json::object());
  if (!ids) return refusal(ids.error());
  const auto issue = context.dependencies.issues.merge_issues(
      context.project->id, *ids, context.identity.name, context.now_unix_us);
  if (!issue) return refusal(issue.error());
  return json_response(issue_json(*issue));
}

http::Response unmerge_issues(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto parts = issue_ids_of(body.is_object() ? body : nlohmann::json::object());
  if (!parts) return refusal(parts.error());
  const auto issue = context.dependencies.issues.unmerge_issues(
      context.project->id, *id, *parts, context.identity.name, context.now_unix_us);
  if (!issue) return refusal(issue.error());
  return json_response(issue_json(*issue));
}

http::Response list_issue_activity(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  const auto issue = context.dependencies.records.issue(context.project->id, *id);
  if (!issue) return refusal(issue.error());
  if (!issue->has_value()) return not_found("no issue " + std::to_string(*id));
  const auto activity =
      context.dependencies.issues.issue_activity(context.project->id, *id, paging->limit);
  if (!activity) return refusal(activity.error());
  std::vector<Json> items;
  for (const auto& one : *activity) items.push_back(activity_json(one));
  return json_response(list_json(std::move(items), ""));
}

http::Response comment_on_issue(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("text") || !body["text"].is_string() ||
      body["text"].get_ref<const std::string&>().empty() ||
      body["text"].get_ref<const std::string&>().size() > kCommentBytes) {
    return refusal({"malformed", "the body must be {\"text\":\"…\"} of 1 to " +
                                     std::to_string(kCommentBytes) + " bytes"});
  }
  const auto comment = context.dependencies.issues.comment_on_issue(
      context.project->id, *id, body["text"].get<std::string>(), context.identity.name,
      context.now_unix_us);
  if (!comment) return refusal(comment.error());
  if (!comment->has_value()) return not_found("no issue " + std::to_string(*id));
  return json_response(activity_json(**comment), 201);
}

http::Response list_issue_tags(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto tags = context.dependencies.issues.issue_tags(context.project->id, *id);
  if (!tags) return refusal(tags.error());
  std::vector<Json> items;
  for (const auto& tag : *tags) items.push_back(tag_distribution_json(tag));
  return json_response(list_json(std::move(items), ""));
}

http::Response show_issue_related(const Context& context, const http::Request& request) {
  const auto id = issue_id_of(request);
  if (!id) return refusal(id.error());
  const auto related = query::issue_related(context.dependencies.records, context.project->id, *id);
  if (!related) return refusal(related.error());
  return json_response(issue_related_json(*related));
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
