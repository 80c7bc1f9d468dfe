#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "storage/release_health_store.h"

namespace pagewake::storage {
namespace {

using model::SessionStatus;

class Store final : public ReleaseHealthStore {
 public:
  Result<SessionsWritten> add(model::ProjectId project, const model::Sessions& sessions) override {
    const std::lock_guard lock(mutex_);
    SessionsWritten written;
    for (const auto& update : sessions.updates) {
      auto [at, fresh] = sessions_.try_emplace({project, update.sid}, update);
      ++(fresh ? written.stored : written.duplicates);
      auto& known = at->second;
      known.status = std::max(known.status, update.status);
      known.errors = std::max(known.errors, update.errors);
      known.started_at_unix_us = std::min(known.started_at_unix_us, update.started_at_unix_us);
      if (known.user.empty()) known.user = update.user;
    }
    for (const auto& counts : sessions.counts) {
      counts_.emplace_back(project, counts);
      written.stored += counts.total();
    }
    return written;
  }

  Result<std::vector<ReleaseHealth>> health(
      model::ProjectId project, std::int64_t from_unix_us, std::int64_t to_unix_us,
      const std::optional<std::string>& environment) override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, ReleaseHealth> releases;
    std::set<std::pair<std::string, std::string>> users, users_crashed;
    const auto take = [&](const auto& item) -> ReleaseHealth* {
      const auto at = item.started_at_unix_us;
      if (at < from_unix_us || at >= to_unix_us) return nullptr;
      if (environment && item.environment != *environment) return nullptr;
      ReleaseHealth& health = releases[item.release];
      health.release = item.release;
      health.first_unix_us = health.sessions == 0 ? at : std::min(health.first_unix_us, at);
      health.last_unix_us = std::max(health.last_unix_us, at);
      return &health;
    };
    const auto count_user = [&](const auto& item, bool crashed, ReleaseHealth& health) {
      if (item.user.empty()) return;
      const std::pair user{item.release, item.user};
      if (users.insert(user).second) ++health.users;
      if (crashed && users_crashed.insert(user).second) ++health.users_crashed;
    };
    for (const auto& [key, session] : sessions_) {
      ReleaseHealth* health = key.first == project ? take(session) : nullptr;
      if (health == nullptr) continue;
      ++health->sessions;
      const bool ended = session.status >= SessionStatus::kUnhandled;
      if (session.status == SessionStatus::kCrashed) ++health->crashed;
      if (session.status == SessionStatus::kUnhandled) ++health->unhandled;
      if (session.status == SessionStatus::kAbnormal) ++health->abnormal;
      if (session.status < SessionStatus::kAbnormal && session.errors > 0) ++health->errored;
      count_user(session, ended, *health);
    }
    for (const auto& [owner, counts] : counts_) {
      ReleaseHealth* health = owner == project ? take(counts) : nullptr;
      if (health == nullptr) continue;
      health->sessions += counts.total();
      health->errored += counts.errored;
      health->abnormal += counts.abnormal;
      health->unhandled += counts.unhandled;
      health->crashed += counts.crashed;
      count_user(counts, counts.crashed + counts.unhandled > 0, *health);
    }
    std::vector<ReleaseHealth> out;
    for (auto& [name, health] : releases) out.push_back(std::move(health));
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.sessions > b.sessions; });
    return out;
  }

  Result<std::size_t> prune_sessions(std::int64_t before_unix_us) override {
    const std::lock_guard lock(mutex_);
    std::size_t removed = std::erase_if(sessions_, [&](const auto& entry) {
      return entry.second.started_at_unix_us < before_unix_us;
    });
    removed += std::erase_if(counts_, [&](const auto& entry) {
      return entry.second.started_at_unix_us < before_unix_us;
    });
    return removed;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<model::ProjectId, EventId>, model::SessionUpdate> sessions_;
  std::vector<std::pair<model::ProjectId, model::SessionCounts>> counts_;
};

}  // namespace

std::unique_ptr<ReleaseHealthStore> make_memory_release_health_store() {
  return std::make_unique<Store>();
}

}  // namespace pagewake::storage
