#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "storage/memory/memory_store.h"

namespace pagewake::storage {
namespace {

class Store final : public AlertStore {
 public:
  Result<std::vector<AlertDefinition>> alert_definitions(
      AlertDefinitionKind kind, std::optional<ProjectId> project) override {
    const std::lock_guard lock(mutex_);
    std::vector<AlertDefinition> out;
    for (const auto& [key, definition] : definitions_) {
      if (key.first == kind && (!project || *project == definition.project)) {
        out.push_back(definition);
      }
    }
    return out;
  }

  Result<std::optional<std::int64_t>> save_alert_definition(
      AlertDefinitionKind kind, const AlertDefinition& definition) override {
    const std::lock_guard lock(mutex_);
    AlertDefinition saved = definition;
    if (saved.id == 0) {
      saved.id = next_id_++;
    } else {
      const auto at = definitions_.find({kind, saved.id});
      if (at == definitions_.end() || at->second.project != saved.project) {
        return std::optional<std::int64_t>();
      }
    }
    definitions_[{kind, saved.id}] = saved;
    return std::optional(saved.id);
  }

  Result<bool> remove_alert_definition(AlertDefinitionKind kind, ProjectId project,
                                       std::int64_t id) override {
    const std::lock_guard lock(mutex_);
    const auto at = definitions_.find({kind, id});
    if (at == definitions_.end() || at->second.project != project) return false;
    definitions_.erase(at);
    return true;
  }

  Result<std::string> alert_state(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto at = states_.find(name);
    return at == states_.end() ? std::string() : at->second;
  }

  Result<std::size_t> commit_alerts(
      const std::vector<AlertDelivery>& deliveries,
      const std::vector<std::pair<std::string, std::string>>& states) override {
    const std::lock_guard lock(mutex_);
    std::size_t fresh = 0;
    for (const AlertDelivery& one : deliveries) {
      if (!keys_.insert(one.key).second) continue;
      AlertDelivery& kept = deliveries_[next_delivery_];
      kept = one;
      kept.delivery_id = next_delivery_++;
      ++fresh;
    }
    for (const auto& [name, value] : states) states_[name] = value;
    return fresh;
  }

  Result<std::vector<AlertDelivery>> deliveries_due(std::int64_t now_unix_us,
                                                    std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<AlertDelivery> out;
    for (const auto& [id, one] : deliveries_) {
      if (out.size() < limit && one.status == DeliveryStatus::kPending &&
          (one.next_attempt_at_unix_us <= now_unix_us ||
           (one.next_attempt_at_unix_us > now_unix_us + kLongestPauseUs &&
            one.next_attempt_at_unix_us < kNever))) {
        out.push_back(one);
      }
    }
    return out;
  }

  Status update_delivery(const AlertDelivery& delivery) override {
    const std::lock_guard lock(mutex_);
    const auto at = deliveries_.find(delivery.delivery_id);
    if (at != deliveries_.end()) at->second = delivery;
    return Done{};
  }

  Status give_up_interrupted(std::int64_t now_unix_us) override {
    const std::lock_guard lock(mutex_);
    for (auto& [id, one] : deliveries_) {
      if (one.status != DeliveryStatus::kSending) continue;
      one.status = DeliveryStatus::kUnknown;
      one.ended_at_unix_us = now_unix_us;
    }
    return Done{};
  }

  Result<std::vector<AlertDelivery>> deliveries(ProjectId project, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<AlertDelivery> out;
    for (auto at = deliveries_.rbegin(); at != deliveries_.rend() && out.size() < limit; ++at) {
      if (at->second.project == project) out.push_back(at->second);
    }
    return out;
  }

  Status prune_deliveries(std::int64_t before_unix_us) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(deliveries_, [&](const auto& entry) {
      const AlertDelivery& one = entry.second;
      const bool ended =
          one.status != DeliveryStatus::kPending && one.status != DeliveryStatus::kSending;
      if (!ended || one.created_at_unix_us >= before_unix_us) return false;
      keys_.erase(one.key);
      return true;
    });
    return Done{};
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<AlertDefinitionKind, std::int64_t>, AlertDefinition> definitions_;
  std::int64_t next_id_ = 1, next_delivery_ = 1;
  std::map<std::string, std::string> states_;
  std::map<std::int64_t, AlertDelivery> deliveries_;
  std::set<std::string> keys_;
};

}  // namespace

std::unique_ptr<AlertStore> make_memory_alert_store() { return std::make_unique<Store>(); }

std::string_view name_of(DeliveryStatus status) {
  switch (status) {
    case DeliveryStatus::kPending:
      return "pending";
    case DeliveryStatus::kSending:
      return "sending";
    case DeliveryStatus::kSent:
      return "sent";
    case DeliveryStatus::kFailed:
      return "failed";
    case DeliveryStatus::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace pagewake::storage
