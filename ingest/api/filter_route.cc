#include <nlohmann/json.hpp>
#include <string>

#include "api/json_writer.h"
#include "api/route_table.h"
#include "enrich/inbound_filters.h"

namespace pagewake::api {
namespace {

constexpr char kSetting[] = "inbound_filters";

http::Response filters_response(const enrich::InboundFilters& filters) {
  return json_response(Json::parse(enrich::to_json(filters)));
}

}  // namespace

http::Response show_inbound_filters(const Context& context, const http::Request&) {
  const auto text = context.dependencies.issues.project_setting(context.project->id, kSetting);
  if (!text) return refusal(text.error());
  const auto filters = enrich::parse_inbound_filters(*text);
  // Written by a newer version: what this one does then are the defaults.
  return filters_response(filters ? *filters : enrich::InboundFilters());
}

http::Response save_inbound_filters(const Context& context, const http::Request& request) {
  const auto filters = enrich::parse_inbound_filters(request.body.empty() ? "null" : request.body);
  if (!filters) return refusal(filters.error());
  const Status saved = context.dependencies.issues.set_project_setting(
      context.project->id, kSetting, enrich::to_json(*filters));
  if (!saved) return refusal(saved.error());
  audit(context, "inbound_filters_saved", "", context.project->id);
  if (const auto& changed = context.dependencies.settings_changed) changed(context.project->id);
  return filters_response(*filters);
}

}  // namespace pagewake::api
