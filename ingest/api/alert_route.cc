#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "alerting/alert_rule.h"
#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"

namespace pagewake::api {
namespace {

using storage::AlertDefinitionKind;

constexpr std::size_t kDefinitions = 100;  // rules, and channels, of a project

Json rule_json(const Context&, const alerting::Rule& rule) {
  Json json = {{"rule_id", rule.id}};
  // In the order of docs/api.md; the stored form sorts by name.
  const auto body = Json::parse(alerting::to_json(rule));
  for (const char* field : {"name", "kind", "enabled", "page", "vital", "threshold",
                            "window_minutes", "minimum_views", "cooldown_minutes", "channel_ids"}) {
    json[field] = body[field];
  }
  return json;
}

// A Slack webhook's path is its password: who may not change it sees the host.
std::string shown_url(const Context& context, const std::string& url) {
  if (context.identity.scope_in(context.project->id) == storage::Scope::kAdmin) return url;
  const auto path = url.find('/', url.find("//") + 2);
  return path == std::string::npos ? url : url.substr(0, path) + "/…";
}

// The secret goes in and never comes out.
Json channel_json(const Context& context, const alerting::Channel& channel) {
  return {{"channel_id", channel.id},
          {"name", channel.name},
          {"kind", channel.kind == alerting::ChannelKind::kEmail ? "email" : "webhook"},
          {"addresses", channel.addresses},
          {"url", shown_url(context, channel.url)},
          {"has_secret", !channel.secret.empty()},
          {"weekly_report", channel.weekly_report}};
}

Json delivery_json(const storage::AlertDelivery& delivery) {
  const bool waits = delivery.status == storage::DeliveryStatus::kPending;
  return {
      {"delivery_id", delivery.delivery_id},
      {"rule_id", delivery.rule_id > 0 ? Json(delivery.rule_id) : Json(nullptr)},
      {"channel_id", delivery.channel_id},
      {"title", delivery.title},
      {"status", storage::name_of(delivery.status)},
      {"attempts", delivery.attempts},
      {"created_at", time_json(delivery.created_at_unix_us)},
      {"next_attempt_at", waits ? time_json(delivery.next_attempt_at_unix_us) : Json(nullptr)},
      {"ended_at", !waits && delivery.ended_at_unix_us > 0 ? time_json(delivery.ended_at_unix_us)
                                                           : Json(nullptr)},
      {"last_error", delivery.last_error}};
}

Result<std::int64_t> id_of(const http::Request& request, const char* name) {
  const std::string_view text = request.path_parameter(name);
  if (const auto id = parse_positive(text)) return *id;
  return Error{"invalid_parameter",
               std::string(name) + ": \"" + std::string(text) + "\" is not a positive number"};
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

Result<std::optional<std::int64_t>> keep(const Context& context, const alerting::Rule& rule) {
  return alerting::save_rule(context.dependencies.alerts, context.dependencies.issues, rule);
}

Result<std::optional<std::int64_t>> keep(const Context& context, const alerting::Channel& channel) {
  return alerting::save_channel(context.dependencies.alerts, channel,
                                context.dependencies.now_unix_us());
}

template <typename T>
http::Response save(const Context& context, AlertDefinitionKind kind, T definition,
                    Json (*to)(const Context&, const T&)) {
  definition.project = context.project->id;
  const bool fresh = definition.id == 0;
  if (fresh) {
    const auto all = context.dependencies.alerts.alert_definitions(kind, context.project->id);
    if (!all) return refusal(all.error());
    if (all->size() >= kDefinitions) {
      return refusal({"invalid_request", "a project has at most " + std::to_string(kDefinitions) +
                                             " of these; remove one first"});
    }
  }
  const auto id = keep(context, definition);
  if (!id) return refusal(id.error());
  if (!id->has_value()) return not_found("nothing with this number");
  definition.id = **id;
  audit(context, kind == AlertDefinitionKind::kRule ? "alert_rule_saved" : "alert_channel_saved",
        definition.name, context.project->id);
  return json_response(to(context, definition), fresh ? 201 : 200);
}

http::Response remove(const Context& context, const http::Request& request,
                      AlertDefinitionKind kind, const char* name) {
  const auto id = id_of(request, name);
  if (!id) return refusal(id.error());
  const auto removed =
      context.dependencies.alerts.remove_alert_definition(kind, context.project->id, *id);
  if (!removed) return refusal(removed.error());
  if (!*removed) return not_found("nothing with this number");
  audit(context,
        kind == AlertDefinitionKind::kRule ? "alert_rule_removed" : "alert_channel_removed",
        std::to_string(*id), context.project->id);
  return no_content();
}

http::Response send_now(
    const Context& context, const http::Request& request,
    const std::function<Result<storage::AlertDelivery>(model::ProjectId, std::int64_t)>& send) {
  const auto id = id_of(request, "channel_id");
  if (!id) return refusal(id.error());
  const auto delivery = send(context.project->id, *id);
  if (!delivery && delivery.error().code == "not_found") return not_found(delivery.error().message);
  if (!delivery) return refusal(delivery.error());
  return json_response(delivery_json(*delivery));
}

// A rule that tells nobody is a mistake that nobody would notice.
std::optional<Error> unknown_channel(const Context& context, const alerting::Rule& rule) {
  const auto channels = alerting::load_channels(context.dependencies.alerts, context.project->id);
  if (!channels) return channels.error();
  for (const std::int64_t id : rule.channel_ids) {
    if (std::none_of(channels->begin(), channels->end(),
                     [&](const alerting::Channel& one) { return one.id == id; })) {
      return Error{"invalid_rule", "channel_ids: the project has no channel " + std::to_string(id)};
    }
  }
  return std::nullopt;
}

}  // namespace

http::Response list_alert_rules(const Context& context, const http::Request&) {
  const auto rules = alerting::load_rules(context.dependencies.alerts, context.project->id);
  if (!rules) return refusal(rules.error());
  std::vector<Json> items;
  for (const auto& rule : *rules) items.push_back(rule_json(context, rule));
  return json_response(list_json(std::move(items), ""));
}

http::Response create_alert_rule(const Context& context, const http::Request& request) {
  const auto rule = alerting::parse_rule(request.body);
  if (!rule) return refusal(rule.error());
  if (const auto error = unknown_channel(context, *rule)) return refusal(*error);
  return save(context, AlertDefinitionKind::kRule, *rule, rule_json);
}

http::Response update_alert_rule(const Context& context, const http::Request& request) {
  const auto id = id_of(request, "rule_id");
  if (!id) return refusal(id.error());
  auto rule = alerting::parse_rule(request.body);
  if (!rule) return refusal(rule.error());
  if (const auto error = unknown_channel(context, *rule)) return refusal(*error);
  rule->id = *id;
  return save(context, AlertDefinitionKind::kRule, *rule, rule_json);
}

http::Response remove_alert_rule(const Context& context, const http::Request& request) {
  return remove(context, request, AlertDefinitionKind::kRule, "rule_id");
}

http::Response list_alert_channels(const Context& context, const http::Request&) {
  const auto channels = alerting::load_channels(context.dependencies.alerts, context.project->id);
  if (!channels) return refusal(channels.error());
  std::vector<Json> items;
  for (const auto& channel : *channels) items.push_back(channel_json(context, channel));
  return json_response(list_json(std::move(items), ""));
}

http::Response create_alert_channel(const Context& context, const http::Request& request) {
  const auto channel = alerting::parse_channel(request.body);
  if (!channel) return refusal(channel.error());
  return save(context, AlertDefinitionKind::kChannel, *channel, channel_json);
}

http::Response update_alert_channel(const Context& context, const http::Request& request) {
  const auto id = id_of(request, "channel_id");
  if (!id) return refusal(id.error());
  auto channel = alerting::parse_channel(request.body);
  if (!channel) return refusal(channel.error());
  channel->id = *id;
  // The dashboard cannot send back what it was never shown.
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.contains("secret")) {
    const auto known = alerting::load_channels(context.dependencies.alerts, context.project->id);
    if (!known) return refusal(known.error());
    for (const auto& one : *known) {
      if (one.id == *id && one.url == channel->url) channel->secret = one.secret;
    }
  }
  return save(context, AlertDefinitionKind::kChannel, *channel, channel_json);
}

http::Response remove_alert_channel(const Context& context, const http::Request& request) {
  return remove(context, request, AlertDefinitionKind::kChannel, "channel_id");
}

http::Response test_alert_channel(const Context& context, const http::Request& request) {
  return send_now(context, request, context.dependencies.send_test_alert);
}

http::Response send_weekly_report(const Context& context, const http::Request& request) {
  return send_now(context, request, context.dependencies.send_weekly_report);
}

http::Response list_alert_deliveries(const Context& context, const http::Request& request) {
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  const auto log = context.dependencies.alerts.deliveries(context.project->id, paging->limit);
  if (!log) return refusal(log.error());
  std::vector<Json> items;
  for (const auto& delivery : *log) items.push_back(delivery_json(delivery));
  return json_response(list_json(std::move(items), ""));
}

}  // namespace pagewake::api
