// Releases: who uses them and how they end, and two of them side by side.
#include <nlohmann/json.hpp>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/report_json.h"
#include "api/route_table.h"
#include "query/release_report.h"

namespace pagewake::api {
namespace {

query::ReleaseStores stores_of(const Context& context) {
  return {context.dependencies.records, context.dependencies.issues,
          context.dependencies.release_health};
}

// The part that went well; nothing where there was none.
Json share_without(std::uint64_t bad, std::uint64_t all) {
  if (all == 0) return nullptr;
  return score_json(1 - static_cast<double>(bad) / static_cast<double>(all));
}

Json use_json(const query::ReleaseUse& use) {
  const storage::ReleaseHealth& health = use.health;
  const auto at = [&](std::int64_t unix_us) {
    return health.sessions > 0 ? time_json(unix_us) : Json(nullptr);
  };
  return {
      {"release", use.release},
      {"views", score_json(use.views)},
      {"views_share", score_json(use.views_share)},
      {"error_rate", score_json(use.error_rate)},
      {"sessions", health.sessions},
      {"adoption", score_json(use.sessions_share)},
      {"crash_free_sessions", share_without(health.crashed + health.unhandled, health.sessions)},
      {"crash_free_users", share_without(health.users_crashed, health.users)},
      {"users", health.users},
      {"errored", health.errored},
      {"abnormal", health.abnormal},
      {"unhandled", health.unhandled},
      {"crashed", health.crashed},
      {"first_session_at", at(health.first_unix_us)},
      {"last_session_at", at(health.last_unix_us)}};
}

Json side_json(const query::ReleaseSide& side) {
  Json json = use_json(side.use);
  json["vitals"] = vitals_json(side.vitals);
  json["events"] = side.errors.events;
  json["issues"] = side.errors.issues;
  json["new_issues"] = side.errors.new_issues;
  json["top_new_issues"] = Json::array();
  for (const model::Issue& issue : side.new_issues) {
    json["top_new_issues"].push_back(issue_json(issue));
  }
  return json;
}

}  // namespace

http::Response list_releases(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  const auto uses = query::release_uses(stores_of(context), context.project->id, *filter);
  if (!uses) return refusal(uses.error());
  Json items = Json::array();
  for (const query::ReleaseUse& use : uses->items) items.push_back(use_json(use));
  return json_response({{"items", std::move(items)},
                        {"views", score_json(uses->views)},
                        {"sessions", uses->sessions}});
}

http::Response compare_releases(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  const std::string release(request.query_value("release")), base(request.query_value("base"));
  for (const auto& [name, value] : {std::pair{"release", &release}, {"base", &base}}) {
    if (value->empty()) {
      return refusal({"invalid_parameter", std::string(name) + ": which release? It is missing"});
    }
  }
  const auto sides =
      query::compare_releases(stores_of(context), context.project->id, *filter, {release, base});
  if (!sides) return refusal(sides.error());
  return json_response({{"from", time_json(range->from_unix_us)},
                        {"to", time_json(range->shown_to_unix_us)},
                        {"release", side_json((*sides)[0])},
                        {"base", side_json((*sides)[1])}});
}

}  // namespace pagewake::api
