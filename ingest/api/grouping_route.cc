#include <nlohmann/json.hpp>
#include <string>

#include "api/json_writer.h"
#include "api/route_table.h"
#include "query/grouping_preview.h"

namespace pagewake::api {
namespace {

constexpr char kSetting[] = "grouping_rules";

Result<std::string> rules_of(const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("rules") || !body["rules"].is_string()) {
    return Error{"malformed", "the body must be {\"rules\":\"ignore: type:ChunkLoadError\"}"};
  }
  return body["rules"].get<std::string>();
}

}  // namespace

http::Response show_grouping_rules(const Context& context, const http::Request&) {
  const auto rules = context.dependencies.issues.project_setting(context.project->id, kSetting);
  if (!rules) return refusal(rules.error());
  return json_response({{"rules", *rules}});
}

http::Response preview_grouping_rules(const Context& context, const http::Request& request) {
  const auto rules = rules_of(request);
  if (!rules) return refusal(rules.error());
  const auto preview =
      query::preview_grouping(context.dependencies.records, context.project->id, *rules);
  if (!preview) return refusal(preview.error());
  return json_response(grouping_preview_json(*preview));
}

http::Response save_grouping_rules(const Context& context, const http::Request& request) {
  const auto rules = rules_of(request);
  if (!rules) return refusal(rules.error());
  // The preview also checks them.
  const auto checked =
      query::preview_grouping(context.dependencies.records, context.project->id, *rules);
  if (!checked) return refusal(checked.error());
  const Status saved =
      context.dependencies.issues.set_project_setting(context.project->id, kSetting, *rules);
  if (!saved) return refusal(saved.error());
  audit(context, "grouping_rules_saved", "", context.project->id);
  if (const auto& changed = context.dependencies.settings_changed) changed(context.project->id);
  return json_response({{"rules", *rules}});
}

}  // namespace pagewake::api
