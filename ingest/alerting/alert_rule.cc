#include "alerting/alert_rule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "alerting/weekly_message.h"

namespace pagewake::alerting {
namespace {

using nlohmann::json;

constexpr std::size_t kNameBytes = 200, kTextBytes = 2000;
constexpr std::array kKinds = {RuleKind::kNewIssue,      RuleKind::kRegression, RuleKind::kSpike,
                               RuleKind::kPageErrorRate, RuleKind::kVital,      RuleKind::kAbsence,
                               RuleKind::kObjective};

struct Vital {
  const char* name;
  double needs_improvement;  // web.dev: beyond it a p75 is no longer good
};
constexpr std::array<Vital, 5> kVitals = {
    {{"lcp_ms", 2500}, {"inp_ms", 200}, {"cls", 0.1}, {"fcp_ms", 1800}, {"ttfb_ms", 800}}};

// Reads fields of one object; the first mistake stays.
class Reader {
 public:
  Reader(const std::string& text, const char* code)
      : body_(json::parse(text, nullptr, false)), code_(code) {
    if (!body_.is_object()) fail("the body must be a JSON object");
  }
  void fail(std::string message) {
    if (!error_) error_ = Error{code_, std::move(message)};
  }
  const std::optional<Error>& error() const { return error_; }
  const json* find(const char* name) const {
    if (!body_.is_object()) return nullptr;
    const auto at = body_.find(name);
    return at == body_.end() || at->is_null() ? nullptr : &*at;
  }
  void text(const char* name, std::string& into, std::size_t bytes = kTextBytes) {
    const json* given = find(name);
    if (given == nullptr) return;
    if (!given->is_string() || given->get_ref<const std::string&>().size() > bytes) {
      return fail(std::string(name) + ": must be a text of at most " + std::to_string(bytes) +
                  " bytes");
    }
    into = given->get<std::string>();
    // A line break would begin a header of an e-mail.
    if (into.find_first_of("\r\n") != std::string::npos) {
      fail(std::string(name) + ": must be one line");
    }
  }
  void flag(const char* name, bool& into) {
    const json* given = find(name);
    if (given == nullptr) return;
    if (!given->is_boolean()) return fail(std::string(name) + ": must be true or false");
    into = given->get<bool>();
  }
  void whole(const char* name, std::int64_t& into, std::int64_t low, std::int64_t high) {
    const json* given = find(name);
    if (given == nullptr) return;
    if (!given->is_number_integer() || given->get<std::int64_t>() < low ||
        given->get<std::int64_t>() > high) {
      return fail(std::string(name) + ": must be a whole number from " + std::to_string(low) +
                  " to " + std::to_string(high));
    }
    into = given->get<std::int64_t>();
  }

 private:
  json body_;
  const char* code_;
  std::optional<Error> error_;
};

bool is_address(const std::string& text) {
  const auto at = text.find('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() && text.size() <= 254 &&
         text.find('@', at + 1) == std::string::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != ',' && c != ';' && c != '"';
         });
}

template <typename T>
Result<std::vector<T>> load(storage::AlertStore& store, storage::AlertDefinitionKind kind,
                            std::optional<storage::ProjectId> project,
                            Result<T> (*parse)(const std::string&)) {
  const auto definitions = store.alert_definitions(kind, project);
  if (!definitions) return definitions.error();
  std::vector<T> out;
  for (const auto& definition : *definitions) {
    auto parsed = parse(definition.body_json);
    // Written by a newer version: that one will know it.
    if (!parsed) continue;
    parsed->id = definition.id;
    parsed->project = definition.project;
    out.push_back(std::move(*parsed));
  }
  return out;
}

}  // namespace

std::string_view name_of(RuleKind kind) {
  switch (kind) {
    case RuleKind::kNewIssue:
      return "new_issue";
    case RuleKind::kRegression:
      return "regression";
    case RuleKind::kSpike:
      return "spike";
    case RuleKind::kPageErrorRate:
      return "page_error_rate";
    case RuleKind::kVital:
      return "vital";
    case RuleKind::kAbsence:
      return "absence";
    case RuleKind::kObjective:
      return "objective";
  }
  return "unknown";
}

Result<Rule> parse_rule(const std::string& text) {
  Reader reader(text, "invalid_rule");
  Rule rule;
  std::string kind;
  reader.text("kind", kind, kNameBytes);
  const auto known = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](RuleKind one) { return name_of(one) == kind; });
  if (known == kKinds.end()) {
    reader.fail("kind: \"" + kind +
                "\" is not one of new_issue, regression, spike, page_error_rate, vital, absence, "
                "objective");
  } else {
    rule.kind = *known;
  }
  reader.text("name", rule.name, kNameBytes);
  if (rule.name.empty()) rule.name = kind;
  reader.flag("enabled", rule.enabled);
  reader.text("page", rule.page);
  reader.text("vital", rule.vital, kNameBytes);
  if (rule.kind == RuleKind::kVital) {
    const auto vital = std::find_if(kVitals.begin(), kVitals.end(),
                                    [&](const Vital& one) { return rule.vital == one.name; });
    if (vital == kVitals.end()) {
      reader.fail("vital: \"" + rule.vital +
                  "\" is not one of lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms");
    } else {
      rule.threshold = vital->needs_improvement;
    }
  } else if (rule.kind == RuleKind::kPageErrorRate) {
    rule.threshold = 0.05;
  } else if (rule.kind == RuleKind::kSpike) {
    rule.threshold = 10;
  }
  if (const json* threshold = reader.find("threshold")) {
    const double value = threshold->is_number() ? threshold->get<double>() : -1;
    const bool share = rule.kind == RuleKind::kPageErrorRate;
    if (!(value > 0) || !std::isfinite(value) || (share && value > 1)) {
      reader.fail(share ? "threshold: must be a share above 0, at most 1"
                        : "threshold: must be a number above 0");
    } else {
      rule.threshold = value;
    }
  }
  reader.whole("window_minutes", rule.window_minutes, 5, 7 * 24 * 60);
  reader.whole("minimum_views", rule.minimum_views, 1, 1'000'000'000);
  reader.whole("cooldown_minutes", rule.cooldown_minutes, 0, 30 * 24 * 60);
  if (const json* ids = reader.find("channel_ids")) {
    const bool good = ids->is_array() && ids->size() <= 50 &&
                      std::all_of(ids->begin(), ids->end(),
                                  [](const json& id) { return id.is_number_integer(); });
    if (!good) {
      reader.fail("channel_ids: must be a list of at most 50 numbers of channels");
    } else {
      rule.channel_ids = ids->get<std::vector<std::int64_t>>();
    }
  }
  if (reader.error()) return *reader.error();
  return rule;
}

Result<Channel> parse_channel(const std::string& text) {
  Reader reader(text, "invalid_channel");
  Channel channel;
  std::string kind;
  reader.text("kind", kind, kNameBytes);
  reader.text("name", channel.name, kNameBytes);
  reader.text("url", channel.url);
  reader.text("secret", channel.secret, kNameBytes);
  reader.flag("weekly_report", channel.weekly_report);
  if (kind == "email") {
    const json* addresses = reader.find("addresses");
    bool good = addresses != nullptr && addresses->is_array() && !addresses->empty() &&
                addresses->size() <= 50;
    for (std::size_t i = 0; good && i < addresses->size(); ++i) {
      good = (*addresses)[i].is_string() && is_address((*addresses)[i].get<std::string>());
    }
    if (!good) {
      reader.fail("addresses: must be a list of 1 to 50 e-mail addresses");
    } else {
      channel.addresses = addresses->get<std::vector<std::string>>();
    }
  } else if (kind == "webhook") {
    channel.kind = ChannelKind::kWebhook;
    const bool http = channel.url.starts_with("http://") && channel.url.size() > 7;
    const bool https = channel.url.starts_with("https://") && channel.url.size() > 8;
    if (!http && !https) reader.fail("url: must begin with http:// or https://");
  } else {
    reader.fail("kind: \"" + kind + "\" is not email or webhook");
  }
  if (channel.name.empty()) channel.name = kind;
  if (reader.error()) return *reader.error();
  return channel;
}

std::string to_json(const Rule& rule) {
  return json{{"name", rule.name},
              {"kind", name_of(rule.kind)},
              {"enabled", rule.enabled},
              {"page", rule.page},
              {"vital", rule.vital},
              {"threshold", rule.threshold > 0 ? json(rule.threshold) : json(nullptr)},
              {"window_minutes", rule.window_minutes},
              {"minimum_views", rule.minimum_views},
              {"cooldown_minutes", rule.cooldown_minutes},
              {"channel_ids", rule.channel_ids}}
      .dump();
}

std::string to_json(const Channel& channel) {
  return json{{"name", channel.name},
              {"kind", channel.kind == ChannelKind::kEmail ? "email" : "webhook"},
              {"addresses", channel.addresses},
              {"url", channel.url},
              {"secret", channel.secret},
              {"weekly_report", channel.weekly_report}}
      .dump();
}

Result<std::vector<Rule>> load_rules(storage::AlertStore& store,
                                     std::optional<storage::ProjectId> project) {
  return load(store, storage::AlertDefinitionKind::kRule, project, parse_rule);
}

Result<std::vector<Channel>> load_channels(storage::AlertStore& store,
                                           std::optional<storage::ProjectId> project) {
  return load(store, storage::AlertDefinitionKind::kChannel, project, parse_channel);
}

std::string cursor_name(std::int64_t rule_id) {
  return "rule:" + std::to_string(rule_id) + ":cursor";
}

Result<std::optional<std::int64_t>> save_rule(storage::AlertStore& alerts,
                                              storage::IssueStore& issues, const Rule& rule) {
  const auto known = load_rules(alerts, rule.project);
  if (!known) return known.error();
  const bool goes_on = std::any_of(known->begin(), known->end(), [&](const Rule& one) {
    return one.id == rule.id && one.enabled && one.kind == rule.kind;
  });
  // Before it is saved: what happens in between is told rather than missed.
  const auto last = issues.last_activity_id();
  if (!last) return last.error();
  const auto id = alerts.save_alert_definition(storage::AlertDefinitionKind::kRule,
                                               {rule.id, rule.project, to_json(rule)});
  if (!id || !id->has_value() || goes_on) return id;
  const auto begun = alerts.commit_alerts({}, {{cursor_name(**id), std::to_string(*last)}});
  if (!begun) return begun.error();
  return id;
}

Result<std::optional<std::int64_t>> save_channel(storage::AlertStore& alerts,
                                                 const Channel& channel, std::int64_t now_unix_us) {
  const auto known = load_channels(alerts, channel.project);
  if (!known) return known.error();
  const bool asked_before = std::any_of(known->begin(), known->end(), [&](const Channel& one) {
    return one.id == channel.id && one.weekly_report;
  });
  const auto id = alerts.save_alert_definition(storage::AlertDefinitionKind::kChannel,
                                               {channel.id, channel.project, to_json(channel)});
  if (!id || !id->has_value() || !channel.weekly_report || asked_before) return id;
  const auto begun =
      alerts.commit_alerts({}, {{reported_week_name(**id), name_of_week(week_due(now_unix_us))}});
  if (!begun) return begun.error();
  return id;
}

}  // namespace pagewake::alerting
