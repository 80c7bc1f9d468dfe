#include <nlohmann/json.hpp>

#include "api/json_writer.h"
#include "api/route_table.h"
#include "model/retention.h"

namespace pagewake::api {
namespace {

http::Response retention_response(const Context& context, const model::RetentionChange& change) {
  const model::RetentionRule& rule = context.dependencies.retention;
  const model::Retention now = rule.with(change);
  return json_response({{"raw_days", now.raw_days},
                        {"rollup_days", now.rollup_days},
                        {"raw_fixed_by", rule.raw_fixed_by},
                        {"rollup_fixed_by", rule.rollup_fixed_by}});
}

}  // namespace

Result<model::RetentionChange> saved_retention(storage::IssueStore& settings) {
  auto text = settings.project_setting(kServerSettings, kRetentionSetting);
  if (!text) return text.error();
  auto change = model::parse_retention(*text);
  // Written by a newer version: the configuration's.
  return change ? *change : model::RetentionChange();
}

http::Response show_retention(const Context& context, const http::Request&) {
  const auto change = saved_retention(context.dependencies.issues);
  if (!change) return refusal(change.error());
  return retention_response(context, *change);
}

http::Response save_retention(const Context& context, const http::Request& request) {
  const auto wanted = model::parse_retention(request.body.empty() ? "null" : request.body);
  if (!wanted) return refusal(wanted.error());
  auto change = saved_retention(context.dependencies.issues);
  if (!change) return refusal(change.error());
  if (wanted->raw_days) change->raw_days = wanted->raw_days;
  if (wanted->rollup_days) change->rollup_days = wanted->rollup_days;
  // What was saved before the operator fixed it is the operator's now.
  const model::RetentionRule& rule = context.dependencies.retention;
  if (!wanted->raw_days && !rule.raw_fixed_by.empty()) change->raw_days.reset();
  if (!wanted->rollup_days && !rule.rollup_fixed_by.empty()) change->rollup_days.reset();
  if (const Status allowed = rule.check(*change); !allowed) {
    return allowed.error().code == "fixed_by_configuration"
               ? http::error_response(409, allowed.error().code, allowed.error().message)
               : refusal(allowed.error());
  }
  const Status saved = context.dependencies.issues.set_project_setting(
      kServerSettings, kRetentionSetting, model::to_json(*change));
  if (!saved) return refusal(saved.error());
  audit(context, "retention_saved", model::to_json(*change));
  if (const auto& changed = context.dependencies.settings_changed) changed(kServerSettings);
  return retention_response(context, *change);
}

}  // namespace pagewake::api
