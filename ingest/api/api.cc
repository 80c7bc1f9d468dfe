#include "api/api.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "api/access.h"
#include "api/parameters.h"
#include "api/route_table.h"

namespace pagewake::api {
namespace {

using storage::Scope;

struct State {
  explicit State(const Dependencies& given)
      : dependencies(given),
        access(given.projects, given.accounts, given.now_unix_us,
               given.public_url.starts_with("https://")) {}
  Dependencies dependencies;
  Access access;
};

http::Response answer(State& state, const ApiRoute& route, const http::Request& request) {
  Context context{state.dependencies, state.access, {}, {}, state.dependencies.now_unix_us()};
  if (route.needs) {
    auto checked = state.access.check(request);
    if (auto* refused = std::get_if<http::Response>(&checked)) return std::move(*refused);
    context.identity = std::get<Identity>(std::move(checked));
  }
  const std::string_view text = request.path_parameter("project");
  std::optional<Scope> has = context.identity.scope;
  if (!text.empty()) {
    const auto id = parse_positive(text);
    if (!id) return not_found("no project \"" + std::string(text) + "\"");
    has = context.identity.scope_in(*id);
    auto project = state.dependencies.projects.project(*id);
    if (!project) return refusal(project.error());
    // Who has no part in it is not told that it is there.
    if (!project->has_value() || !has) return not_found("no project " + std::to_string(*id));
    context.project = std::move(**project);
  } else if (route.needs && *route.needs > Scope::kRead && !context.identity.is_for_all()) {
    return http::error_response(403, "insufficient_scope",
                                "this is about the whole server: it needs an administrator of it");
  }
  if (route.needs && *has < *route.needs) {
    return http::error_response(403, "insufficient_scope",
                                "this needs scope " + std::string(storage::name_of(*route.needs)) +
                                    ", you have " + std::string(storage::name_of(*has)));
  }
  return route.handler(context, request);
}

// A map of 50 MB over a line of 10 Mbit/s takes 40 s.
constexpr std::chrono::seconds kUploadDeadline{120};

bool needs_artifacts(const ApiRoute& route) {
  const std::string_view pattern = route.pattern;
  return pattern.find("/sourcemaps") != pattern.npos || pattern.ends_with("/symbolicate") ||
         pattern.starts_with("/api/0/");
}

}  // namespace

const std::vector<ApiRoute>& api_routes() {
  static const std::vector<ApiRoute> routes = {
      {"POST", "/api/v1/login", {}, log_in},
      {"POST", "/api/v1/logout", {}, log_out},
      {"GET", "/api/v1/me", Scope::kRead, who_am_i},
      {"POST", "/api/v1/me/password", Scope::kRead, change_my_password},
      {"GET", "/api/v1/users", Scope::kAdmin, list_users},
      {"POST", "/api/v1/users", Scope::kAdmin, create_user},
      {"PATCH", "/api/v1/users/{user_id}", Scope::kAdmin, update_user},
      {"GET", "/api/v1/tokens", Scope::kAdmin, list_tokens},
      {"POST", "/api/v1/tokens", Scope::kAdmin, create_token},
      {"DELETE", "/api/v1/tokens/{token_id}", Scope::kAdmin, revoke_token},
      {"GET", "/api/v1/audit", Scope::kAdmin, list_audit},
      {"GET", "/api/v1/retention", Scope::kRead, show_retention},
      {"PUT", "/api/v1/retention", Scope::kAdmin, save_retention},
      {"GET", "/api/v1/projects", Scope::kRead, list_projects},
      {"POST", "/api/v1/projects", Scope::kAdmin, create_project},
      {"PATCH", "/api/v1/projects/{project}", Scope::kAdmin, update_project},
      {"GET", "/api/v1/projects/{project}/members", Scope::kAdmin, list_members},
      {"PUT", "/api/v1/projects/{project}/members/{email}", Scope::kAdmin, set_member},
      {"GET", "/api/v1/projects/{project}/overview", Scope::kRead, show_overview},
      {"GET", "/api/v1/projects/{project}/pages", Scope::kRead, list_pages},
      {"GET", "/api/v1/projects/{project}/page-report", Scope::kRead, show_page_report},
      {"GET", "/api/v1/projects/{project}/page-views", Scope::kRead, list_page_views},
      {"GET", "/api/v1/projects/{project}/page-views/{page_view_id}", Scope::kRead, show_page_view},
      {"GET", "/api/v1/projects/{project}/sessions/{session_id}", Scope::kRead, show_session},
      {"GET", "/api/v1/projects/{project}/traces/{trace_id}", Scope::kRead, show_trace},
      {"GET", "/api/v1/projects/{project}/logs", Scope::kRead, list_logs},
      {"GET", "/api/v1/projects/{project}/live", Scope::kRead, stream_live},
      {"GET", "/api/v1/projects/{project}/issues", Scope::kRead, list_issues},
      {"GET", "/api/v1/projects/{project}/issues/{issue_id}", Scope::kRead, show_issue},
      {"PATCH", "/api/v1/projects/{project}/issues/{issue_id}", Scope::kWrite, update_issue},
      {"PATCH", "/api/v1/projects/{project}/issues", Scope::kWrite, update_issues},
      {"POST", "/api/v1/projects/{project}/issues/merge", Scope::kWrite, merge_issues},
      {"POST", "/api/v1/projects/{project}/issues/{issue_id}/unmerge", Scope::kWrite,
       unmerge_issues},
      {"GET", "/api/v1/projects/{project}/issues/{issue_id}/events", Scope::kRead,
       list_issue_events},
      {"GET", "/api/v1/projects/{project}/issues/{issue_id}/activity", Scope::kRead,
       list_issue_activity},
      {"POST", "/api/v1/projects/{project}/issues/{issue_id}/comments", Scope::kWrite,
       comment_on_issue},
      {"GET", "/api/v1/projects/{project}/issues/{issue_id}/tags", Scope::kRead, list_issue_tags},
      {"GET", "/api/v1/projects/{project}/issues/{issue_id}/related", Scope::kRead,
       show_issue_related},
      {"GET", "/api/v1/projects/{project}/alert-rules", Scope::kRead, list_alert_rules},
      {"POST", "/api/v1/projects/{project}/alert-rules", Scope::kAdmin, create_alert_rule},
      {"PUT", "/api/v1/projects/{project}/alert-rules/{rule_id}", Scope::kAdmin, update_alert_rule},
      {"DELETE", "/api/v1/projects/{project}/alert-rules/{rule_id}", Scope::kAdmin,
       remove_alert_rule},
      {"GET", "/api/v1/projects/{project}/alert-channels", Scope::kRead, list_alert_channels},
      {"POST", "/api/v1/projects/{project}/alert-channels", Scope::kAdmin, create_alert_channel},
      {"PUT", "/api/v1/projects/{project}/alert-channels/{channel_id}", Scope::kAdmin,
       update_alert_channel},
      {"DELETE", "/api/v1/projects/{project}/alert-channels/{channel_id}", Scope::kAdmin,
       remove_alert_channel},
      {"POST", "/api/v1/projects/{project}/alert-channels/{channel_id}/test", Scope::kAdmin,
       test_alert_channel},
      {"POST", "/api/v1/projects/{project}/alert-channels/{channel_id}/weekly-report",
       Scope::kAdmin, send_weekly_report},
      {"GET", "/api/v1/projects/{project}/alert-deliveries", Scope::kRead, list_alert_deliveries},
      {"GET", "/api/v1/projects/{project}/inbound-filters", Scope::kRead, show_inbound_filters},
      {"PUT", "/api/v1/projects/{project}/inbound-filters", Scope::kAdmin, save_inbound_filters},
      {"GET", "/api/v1/projects/{project}/quotas", Scope::kRead, show_quotas},
      {"PUT", "/api/v1/projects/{project}/quotas", Scope::kAdmin, save_quotas},
      {"GET", "/api/v1/projects/{project}/grouping-rules", Scope::kRead, show_grouping_rules},
      {"PUT", "/api/v1/projects/{project}/grouping-rules", Scope::kAdmin, save_grouping_rules},
      {"POST", "/api/v1/projects/{project}/grouping-rules/preview", Scope::kRead,
       preview_grouping_rules},
      {"GET", "/api/v1/projects/{project}/events", Scope::kRead, list_events},
      {"GET", "/api/v1/projects/{project}/events/{event_id}", Scope::kRead, show_event},
      {"GET", "/api/v1/projects/{project}/slos", Scope::kRead, list_slos},
      {"POST", "/api/v1/projects/{project}/slos", Scope::kWrite, create_slo},
      {"DELETE", "/api/v1/projects/{project}/slos/{slo_id}", Scope::kWrite, remove_slo},
      {"GET", "/api/v1/projects/{project}/outcomes", Scope::kRead, show_outcomes},
      {"GET", "/api/v1/projects/{project}/releases", Scope::kRead, list_releases},
      {"GET", "/api/v1/projects/{project}/releases/compare", Scope::kRead, compare_releases},
      {"POST", "/api/v1/projects/{project}/sourcemaps", Scope::kWrite, upload_source_map,
       limits::kArtifactBodyBytes},
      {"GET", "/api/v1/projects/{project}/sourcemaps", Scope::kRead, list_source_maps},
      {"DELETE", "/api/v1/projects/{project}/sourcemaps", Scope::kWrite, remove_source_maps},
      {"GET", "/api/v1/projects/{project}/sourcemaps/releases", Scope::kRead,
       list_source_map_releases},
      {"GET", "/api/v1/projects/{project}/sourcemaps/missing", Scope::kRead,
       list_missing_source_maps},
      {"POST", "/api/v1/projects/{project}/symbolicate", Scope::kRead, symbolicate_frames},
      {"GET", "/api/openapi.json", {}, show_openapi},
  };
  return routes;
}

const std::vector<ApiRoute>& sentry_upload_routes() {
  // Who may write in no project is refused by the handlers; assembling asks for each.
  static const std::vector<ApiRoute> routes = {
      {"GET", "/api/0/", Scope::kRead, show_sentry_api},
      {"GET", "/api/0/organizations/{org}/chunk-upload/", Scope::kRead, show_chunk_upload},
      {"POST", "/api/0/organizations/{org}/chunk-upload/", Scope::kRead, take_chunks,
       std::size_t{17} << 20},
      {"POST", "/api/0/organizations/{org}/artifactbundle/assemble/", Scope::kRead,
       assemble_bundle},
      {"POST", "/api/0/organizations/{org}/releases/", Scope::kRead, make_release},
      {"PUT", "/api/0/organizations/{org}/releases/{version}/", Scope::kRead, change_release},
      {"POST", "/api/0/projects/{org}/{slug}/releases/", Scope::kRead, make_release},
      {"PUT", "/api/0/projects/{org}/{slug}/releases/{version}/", Scope::kRead, change_release},
  };
  return routes;
}

void add_routes(http::Router& router, const Dependencies& dependencies) {
  const auto state = std::make_shared<State>(dependencies);
  for (const auto* routes : {&api_routes(), &sentry_upload_routes()}) {
    for (const ApiRoute& route : *routes) {
      if (!dependencies.artifacts && needs_artifacts(route)) continue;
      if (!dependencies.live && route.handler == stream_live) continue;
      http::BodyRule body;
      body.max_bytes = route.body_bytes;
      if (route.body_bytes > limits::kBodyBytes) body.deadline = kUploadDeadline;
      router.add(
          route.method, route.pattern,
          [state, &route](const http::Request& request) {
            http::Response response = answer(*state, route, request);
            // Personal data, and different for the next token.
            response.set_header("Cache-Control", "no-store");
            return response;
          },
          body);
    }
  }
}

http::Response refusal(const Error& error) {
  if (error.code == "store_unavailable" || error.code == "store_failed") {
    return http::error_response(503, error.code, error.message);
  }
  const bool clients_fault = error.code.starts_with("invalid_") || error.code == "weak_password" ||
                             error.code == "missing_parameter" || error.code == "malformed" ||
                             error.code == "too_large";
  return http::error_response(clients_fault ? 400 : 503, error.code, error.message);
}

void audit(const Context& context, const char* action, const std::string& target,
           model::ProjectId project) {
  // What was done is done, also where the log cannot be written.
  (void)context.dependencies.accounts.add_audit(
      {0, 0, context.identity.actor(), action, target, project});
}

http::Response not_found(std::string_view message) {
  return http::error_response(404, "not_found", message);
}

}  // namespace pagewake::api
