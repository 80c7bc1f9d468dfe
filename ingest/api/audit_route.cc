#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"

namespace pagewake::api {

http::Response list_audit(const Context& context, const http::Request& request) {
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  std::int64_t before = 0;
  if (!paging->cursor.empty()) {
    const auto parsed = parse_positive(paging->cursor);
    if (!parsed) return refusal({"invalid_cursor", "cursor: take it from the previous answer"});
    before = *parsed;
  }
  const auto entries = context.dependencies.accounts.audit(paging->limit, before);
  if (!entries) return refusal(entries.error());
  std::vector<Json> items;
  for (const auto& entry : *entries) {
    items.push_back({{"at", time_json(entry.at_unix_us)},
                     {"actor", entry.actor},
                     {"action", entry.action},
                     {"target", entry.target},
                     {"project", entry.project == 0 ? Json() : Json(entry.project)}});
  }
  const bool full = entries->size() == paging->limit && !entries->empty();
  return json_response(list_json(std::move(items), full ? std::to_string(entries->back().id) : ""));
}

}  // namespace pagewake::api
