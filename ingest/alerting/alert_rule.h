// Rules and channels as people write them (JSON of the API), checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/alert_store.h"
#include "storage/issue_store.h"

namespace pagewake::alerting {

enum class RuleKind : std::uint8_t {
  kNewIssue,
  kRegression,
  kSpike,          // threshold: events in the hour at least (10)
  kPageErrorRate,  // threshold: share of views with an error, 0..1 (0.05)
  kVital,          // threshold: of the p75 (a vital's "poor" begins there)
  kAbsence,        // nothing arrived for window_minutes
  kObjective,      // an objective's error budget burns too fast (query::SloState)
};
std::string_view name_of(RuleKind kind);  // "new_issue", "regression", "spike", …

struct Rule {
  std::int64_t id = 0;
  storage::ProjectId project = 0;
  std::string name;
  RuleKind kind = RuleKind::kNewIssue;
  bool enabled = true;
  std::string page;   // kPageErrorRate, kVital, kObjective: only this one; "" every page
  std::string vital;  // kVital: lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms
  double threshold = 0;
  std::int64_t window_minutes = 60;  // hours are counted whole, also the running one
  std::int64_t minimum_views = 50;   // kPageErrorRate, kVital: fewer say nothing
  std::int64_t cooldown_minutes = 60;
  std::vector<std::int64_t> channel_ids;
};

enum class ChannelKind : std::uint8_t { kEmail, kWebhook };

struct Channel {
  std::int64_t id = 0;
  storage::ProjectId project = 0;
  std::string name;
  ChannelKind kind = ChannelKind::kEmail;
  std::vector<std::string> addresses;  // kEmail
  std::string url, secret;             // kWebhook; signed with the secret unless ""
  bool weekly_report = false;
};

// Error "invalid_rule", "invalid_channel": names the field and what is allowed.
Result<Rule> parse_rule(const std::string& json);
Result<Channel> parse_channel(const std::string& json);
// What parse_*() reads again; the id and project are the store's.
std::string to_json(const Rule& rule);
std::string to_json(const Channel& channel);

Result<std::vector<Rule>> load_rules(storage::AlertStore& store,
                                     std::optional<storage::ProjectId> project);
Result<std::vector<Channel>> load_channels(storage::AlertStore& store,
                                           std::optional<storage::ProjectId> project);

// Keeps the rule (id 0: a new one) and gives its id; nothing where the project
// has no such rule. A rule that is new, enabled again or of another kind than
// before is about what happens from now on: from this call, not from the next
// tick.
Result<std::optional<std::int64_t>> save_rule(storage::AlertStore& alerts,
                                              storage::IssueStore& issues, const Rule& rule);
// Keeps the channel as save_rule() keeps a rule. One that begins to ask for the
// weekly report gets the next that is due, not the last.
Result<std::optional<std::int64_t>> save_channel(storage::AlertStore& alerts,
                                                 const Channel& channel, std::int64_t now_unix_us);
// The state that says how far a rule has looked in the issues' activity.
std::string cursor_name(std::int64_t rule_id);

}  // namespace pagewake::alerting
