// What alerting must not forget over a restart: rules and channels as people
// saved them, how far it has looked, and every message with its fate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/records.h"

namespace pagewake::storage {

using model::ProjectId;

enum class AlertDefinitionKind : std::uint8_t { kRule = 1, kChannel = 2 };

// A rule or channel as alerting/ writes it; the store does not look inside.
struct AlertDefinition {
  std::int64_t id = 0;  // 0: new
  ProjectId project = 0;
  std::string body_json;
};

enum class DeliveryStatus : std::uint8_t {
  kPending = 1,  // waits for its time
  kSending = 2,  // handed to the channel; its end is not known yet
  kSent = 3,
  kFailed = 4,   // given up after the last attempt
  kUnknown = 5,  // the server stopped while it was sent: never sent again
};
std::string_view name_of(DeliveryStatus status);

struct AlertDelivery {
  std::int64_t delivery_id = 0;
  ProjectId project = 0;
  std::int64_t rule_id = 0, channel_id = 0;  // rule 0: a test or a report
  std::string key;                           // one message and channel; a second is not taken
  std::string title, message_json;
  DeliveryStatus status = DeliveryStatus::kPending;
  int attempts = 0;
  std::int64_t created_at_unix_us = 0, next_attempt_at_unix_us = 0, ended_at_unix_us = 0;
  std::string last_error;
};

// Safe to call from many threads. Errors: "store_failed", "store_unavailable".
class AlertStore {
 public:
  virtual ~AlertStore() = default;

  // By id; of every project where none is given.
  virtual Result<std::vector<AlertDefinition>> alert_definitions(AlertDefinitionKind,
                                                                 std::optional<ProjectId>) = 0;
  // Gives its id; nothing where the id is not one of the project's.
  virtual Result<std::optional<std::int64_t>> save_alert_definition(AlertDefinitionKind,
                                                                    const AlertDefinition&) = 0;
  virtual Result<bool> remove_alert_definition(AlertDefinitionKind, ProjectId, std::int64_t id) = 0;

  // Named texts: cursors, and when what was last told. "" unknown.
  virtual Result<std::string> alert_state(const std::string& name) = 0;
  // Deliveries and states together or not at all: what is told is never told
  // again, and nothing is passed over. Gives how many deliveries were new.
  virtual Result<std::size_t> commit_alerts(
      const std::vector<AlertDelivery>&,
      const std::vector<std::pair<std::string, std::string>>& states) = 0;

  // No delivery waits longer than this for its next attempt.
  static constexpr std::int64_t kLongestPauseUs = std::int64_t{24} * 3600 * 1'000'000;
  // next_attempt_at of one that is never due.
  static constexpr std::int64_t kNever = INT64_MAX;
  // Pending ones whose time has come, oldest first. Also those that would wait
  // longer than they ever do: the clock was ahead when they were made.
  virtual Result<std::vector<AlertDelivery>> deliveries_due(std::int64_t now_unix_us,
                                                            std::size_t limit) = 0;
  // Status, attempts, times and error; by delivery_id.
  virtual Status update_delivery(const AlertDelivery&) = 0;
  // After a start: what was kSending becomes kUnknown.
  virtual Status give_up_interrupted(std::int64_t now_unix_us) = 0;
  // Newest first.
  virtual Result<std::vector<AlertDelivery>> deliveries(ProjectId, std::size_t limit) = 0;
  // Ended ones created before it.
  virtual Status prune_deliveries(std::int64_t before_unix_us) = 0;
};

}  // namespace pagewake::storage
