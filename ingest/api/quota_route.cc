#include <nlohmann/json.hpp>

#include "api/json_writer.h"
#include "api/route_table.h"
#include "model/quotas.h"

namespace pagewake::api {
namespace {

constexpr char kSetting[] = "quotas";

http::Response quotas_response(const Context& context, const model::Quotas& own) {
  const auto& used_today = context.dependencies.used_today;
  const auto used = used_today ? used_today(context.project->id) : model::Quotas();
  return json_response({{"own", Json::parse(model::to_json(own))},
                        {"server", Json::parse(model::to_json(context.dependencies.server_quotas))},
                        {"used_today", Json::parse(model::to_json(used))}});
}

}  // namespace

http::Response show_quotas(const Context& context, const http::Request&) {
  const auto text = context.dependencies.issues.project_setting(context.project->id, kSetting);
  if (!text) return refusal(text.error());
  const auto own = model::parse_quotas(*text);
  // Written by a newer version: what this one does then is the server's own.
  return quotas_response(context, own ? *own : model::Quotas());
}

http::Response save_quotas(const Context& context, const http::Request& request) {
  const auto own = model::parse_quotas(request.body.empty() ? "null" : request.body);
  if (!own) return refusal(own.error());
  for (const auto& [name, field] : model::kQuotaFields) {
    const std::int64_t server = context.dependencies.server_quotas.*field;
    if (server > 0 && (*own).*field > server) {
      return refusal({"invalid_quotas", std::string(name) + ": the server takes " +
                                            std::to_string(server) + " of each project, no more"});
    }
  }
  const Status saved = context.dependencies.issues.set_project_setting(
      context.project->id, kSetting, model::to_json(*own));
  if (!saved) return refusal(saved.error());
  audit(context, "quotas_saved", model::to_json(*own), context.project->id);
  if (const auto& changed = context.dependencies.settings_changed) changed(context.project->id);
  return quotas_response(context, *own);
}

}  // namespace pagewake::api
