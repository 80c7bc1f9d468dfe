// The routes of the way out as a list: one line a route, what it needs, and
// the function that answers. add_routes() and the OpenAPI test walk it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "api/access.h"
#include "api/api.h"
#include "http/http.h"
#include "storage/project_store.h"

namespace pagewake::api {

// What every handler gets; the request has been let in and its project exists.
struct Context {
  const Dependencies& dependencies;
  Access& access;
  Identity identity;
  std::optional<storage::Project> project;  // where the pattern has {project}
  std::int64_t now_unix_us = 0;
};

using ApiHandler = http::Response (*)(const Context&, const http::Request&);

struct ApiRoute {
  const char* method;
  const char* pattern;
  std::optional<storage::Scope> needs;  // empty: open to everyone
  ApiHandler handler;
  std::size_t body_bytes = limits::kBodyBytes;  // on the wire
};

const std::vector<ApiRoute>& api_routes();
// Beside them: another product's API, described where it is defined.
const std::vector<ApiRoute>& sentry_upload_routes();

// One *_route.cc a question.
http::Response log_in(const Context&, const http::Request&);  // session_route
http::Response log_out(const Context&, const http::Request&);
http::Response who_am_i(const Context&, const http::Request&);
http::Response change_my_password(const Context&, const http::Request&);
http::Response list_users(const Context&, const http::Request&);  // user_route
http::Response create_user(const Context&, const http::Request&);
http::Response update_user(const Context&, const http::Request&);
http::Response list_members(const Context&, const http::Request&);
http::Response set_member(const Context&, const http::Request&);
http::Response list_tokens(const Context&, const http::Request&);  // token_route
http::Response create_token(const Context&, const http::Request&);
http::Response revoke_token(const Context&, const http::Request&);
http::Response list_audit(const Context&, const http::Request&);     // audit_route
http::Response list_projects(const Context&, const http::Request&);  // project_route
http::Response create_project(const Context&, const http::Request&);
http::Response update_project(const Context&, const http::Request&);
http::Response show_overview(const Context&, const http::Request&);  // page_route
http::Response list_pages(const Context&, const http::Request&);
http::Response show_page_report(const Context&, const http::Request&);
http::Response list_page_views(const Context&, const http::Request&);  // page_view_route
http::Response show_page_view(const Context&, const http::Request&);
http::Response show_session(const Context&, const http::Request&);
http::Response show_trace(const Context&, const http::Request&);   // trace_route
http::Response stream_live(const Context&, const http::Request&);  // live_route
http::Response list_logs(const Context&, const http::Request&);    // log_route
http::Response list_issues(const Context&, const http::Request&);  // issue_route
http::Response show_issue(const Context&, const http::Request&);
http::Response update_issue(const Context&, const http::Request&);
http::Response update_issues(const Context&, const http::Request&);
http::Response merge_issues(const Context&, const http::Request&);
http::Response unmerge_issues(const Context&, const http::Request&);
http::Response list_issue_activity(const Context&, const http::Request&);
http::Response comment_on_issue(const Context&, const http::Request&);
http::Response list_issue_tags(const Context&, const http::Request&);
http::Response show_issue_related(const Context&, const http::Request&);
http::Response list_alert_rules(const Context&, const http::Request&);  // alert_route
http::Response create_alert_rule(const Context&, const http::Request&);
http::Response update_alert_rule(const Context&, const http::Request&);
http::Response remove_alert_rule(const Context&, const http::Request&);
http::Response list_alert_channels(const Context&, const http::Request&);
http::Response create_alert_channel(const Context&, const http::Request&);
http::Response update_alert_channel(const Context&, const http::Request&);
http::Response remove_alert_channel(const Context&, const http::Request&);
http::Response test_alert_channel(const Context&, const http::Request&);
http::Response send_weekly_report(const Context&, const http::Request&);
http::Response list_alert_deliveries(const Context&, const http::Request&);
http::Response show_inbound_filters(const Context&, const http::Request&);  // filter_route
http::Response save_inbound_filters(const Context&, const http::Request&);
http::Response show_quotas(const Context&, const http::Request&);  // quota_route
http::Response save_quotas(const Context&, const http::Request&);
http::Response show_retention(const Context&, const http::Request&);  // retention_route
http::Response save_retention(const Context&, const http::Request&);
http::Response show_grouping_rules(const Context&, const http::Request&);  // grouping_route
http::Response save_grouping_rules(const Context&, const http::Request&);
http::Response preview_grouping_rules(const Context&, const http::Request&);
http::Response list_issue_events(const Context&, const http::Request&);
http::Response list_events(const Context&, const http::Request&);  // event_route
http::Response show_event(const Context&, const http::Request&);
http::Response list_slos(const Context&, const http::Request&);  // slo_route
http::Response create_slo(const Context&, const http::Request&);
http::Response remove_slo(const Context&, const http::Request&);
http::Response list_releases(const Context&, const http::Request&);  // release_route
http::Response compare_releases(const Context&, const http::Request&);
http::Response show_outcomes(const Context&, const http::Request&);      // outcome_route
http::Response upload_source_map(const Context&, const http::Request&);  // sourcemap_route
http::Response list_source_maps(const Context&, const http::Request&);
http::Response list_source_map_releases(const Context&, const http::Request&);
http::Response list_missing_source_maps(const Context&, const http::Request&);
http::Response remove_source_maps(const Context&, const http::Request&);
http::Response symbolicate_frames(const Context&, const http::Request&);
http::Response show_sentry_api(const Context&, const http::Request&);  // sentry_upload_route
http::Response show_chunk_upload(const Context&, const http::Request&);
http::Response take_chunks(const Context&, const http::Request&);
http::Response assemble_bundle(const Context&, const http::Request&);
http::Response make_release(const Context&, const http::Request&);
http::Response change_release(const Context&, const http::Request&);
http::Response show_openapi(const Context&, const http::Request&);  // openapi

// 400 for what the client got wrong, 503 where the store could not answer.
http::Response refusal(const Error& error);
// Writes down who did what. `project` 0: to the server.
void audit(const Context& context, const char* action, const std::string& target,
           model::ProjectId project = 0);
http::Response not_found(std::string_view message);

}  // namespace pagewake::api
