// Release health: how many sessions of each release ended well.
#include <nlohmann/json.hpp>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"

namespace pagewake::api {
namespace {

// The part that went well; nothing where there was none.
Json share_without(std::uint64_t bad, std::uint64_t all) {
  if (all == 0) return nullptr;
  return score_json(1 - static_cast<double>(bad) / static_cast<double>(all));
}

}  // namespace

http::Response list_releases(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  std::optional<std::string> environment;
  if (const auto given = request.query_optional("environment")) environment = *given;

  std::vector<storage::ReleaseHealth> releases;
  if (auto* store = context.dependencies.release_health) {
    auto found =
        store->health(context.project->id, range->from_unix_us, range->to_unix_us, environment);
    if (!found) return refusal(found.error());
    releases = std::move(*found);
  }
  std::uint64_t all = 0;
  for (const auto& health : releases) all += health.sessions;
  Json items = Json::array();
  for (const auto& health : releases) {
    items.push_back(
        {{"release", health.release},
         {"sessions", health.sessions},
         {"adoption", score_json(static_cast<double>(health.sessions) / static_cast<double>(all))},
         {"crash_free_sessions", share_without(health.crashed + health.unhandled, health.sessions)},
         {"crash_free_users", share_without(health.users_crashed, health.users)},
         {"users", health.users},
         {"errored", health.errored},
         {"abnormal", health.abnormal},
         {"unhandled", health.unhandled},
         {"crashed", health.crashed},
         {"first_session_at", time_json(health.first_unix_us)},
         {"last_session_at", time_json(health.last_unix_us)}});
  }
  return json_response({{"items", std::move(items)}, {"sessions", all}});
}

}  // namespace pagewake::api
