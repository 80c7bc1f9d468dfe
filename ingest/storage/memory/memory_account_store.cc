#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "storage/account_rules.h"
#include "storage/memory/memory_store.h"
#include "storage/project_rules.h"

namespace pagewake::storage {
namespace {

std::int64_t now_unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Store final : public AccountStore {
 public:
  Result<User> create_user(const std::string& email, const std::string& name,
                           const std::string& password_hash, bool server_admin) override {
    auto address = canonical_email(email);
    if (!address) return address.error();
    if (Status checked = check_name(name); !checked) return checked.error();
    const std::lock_guard lock(mutex_);
    for (const auto& [id, row] : rows_) {
      if (row.user.email == *address)
        return Error{"user_exists", "there is a user " + *address + " already"};
    }
    User user;
    user.id = next_id_++;
    user.email = std::move(*address);
    user.name = name;
    user.server_admin = server_admin;
    user.created_at_unix_us = user.password_changed_at_unix_us = now_unix_us();
    rows_[user.id] = {user, password_hash};
    return user;
  }

  Result<std::vector<User>> users() override {
    const std::lock_guard lock(mutex_);
    std::vector<User> out;
    for (const auto& [id, row] : rows_) out.push_back(row.user);
    return out;
  }

  Result<std::optional<User>> user(std::int64_t id) override {
    const std::lock_guard lock(mutex_);
    const auto at = rows_.find(id);
    return at == rows_.end() ? std::optional<User>() : at->second.user;
  }

  Result<std::optional<User>> user_by_email(const std::string& email) override {
    const auto address = canonical_email(email);
    if (!address) return std::optional<User>();
    const std::lock_guard lock(mutex_);
    for (const auto& [id, row] : rows_) {
      if (row.user.email == *address) return std::optional(row.user);
    }
    return std::optional<User>();
  }

  Result<std::string> password_hash(std::int64_t user) override {
    const std::lock_guard lock(mutex_);
    const auto at = rows_.find(user);
    return at == rows_.end() ? std::string() : at->second.password_hash;
  }

  Result<bool> set_password_hash(std::int64_t user, const std::string& hash) override {
    const std::lock_guard lock(mutex_);
    const auto at = rows_.find(user);
    if (at == rows_.end()) return false;
    at->second.password_hash = hash;
    at->second.user.password_changed_at_unix_us = now_unix_us();
    end_sessions_of(user);
    return true;
  }

  Result<std::optional<User>> update_user(std::int64_t id, const UserChange& change) override {
    if (change.name) {
      if (Status checked = check_name(*change.name); !checked) return checked.error();
    }
    const std::lock_guard lock(mutex_);
    const auto at = rows_.find(id);
    if (at == rows_.end()) return std::optional<User>();
    User& user = at->second.user;
    if (change.name) user.name = *change.name;
    if (change.server_admin) user.server_admin = *change.server_admin;
    if (change.disabled) {
      user.disabled = *change.disabled;
      end_sessions_of(id);
    }
    return std::optional(user);
  }

  Result<bool> set_role(std::int64_t user, model::ProjectId project,
                        std::optional<Role> role) override {
    const std::lock_guard lock(mutex_);
    const auto at = rows_.find(user);
    if (at == rows_.end()) return false;
    auto& memberships = at->second.user.memberships;
    std::erase_if(memberships, [&](const Membership& m) { return m.project == project; });
    if (role) memberships.push_back({project, *role});
    std::sort(memberships.begin(), memberships.end(),
              [](const Membership& a, const Membership& b) { return a.project < b.project; });
    return true;
  }

  Status save_session(const std::string& sha256, const LoginSession& session,
                      std::int64_t now_unix_us) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_,
                  [&](const auto& s) { return s.second.ends_at_unix_us <= now_unix_us; });
    sessions_[sha256] = session;
    if (sessions_.size() > kSessions) {
      sessions_.erase(
          std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
            return a.second.ends_at_unix_us < b.second.ends_at_unix_us;
          }));
    }
    return Done{};
  }

  Result<std::optional<LoginSession>> session(const std::string& sha256) override {
    const std::lock_guard lock(mutex_);
    const auto at = sessions_.find(sha256);
    return at == sessions_.end() ? std::optional<LoginSession>() : at->second;
  }

  Status end_session(const std::string& sha256) override {
    const std::lock_guard lock(mutex_);
    sessions_.erase(sha256);
    return Done{};
  }

  Status add_audit(const AuditEntry& entry) override {
    const std::lock_guard lock(mutex_);
    AuditEntry kept = entry;
    kept.id = next_entry_++;
    kept.at_unix_us = now_unix_us();
    kept.actor = audit_text(entry.actor);
    kept.target = audit_text(entry.target);
    audit_.push_front(std::move(kept));
    if (audit_.size() > kAuditEntries) audit_.pop_back();
    return Done{};
  }

  Result<std::vector<AuditEntry>> audit(std::size_t limit, std::int64_t before) override {
    const std::lock_guard lock(mutex_);
    std::vector<AuditEntry> out;
    for (const auto& entry : audit_) {
      if (out.size() >= limit) break;
      if (before == 0 || entry.id < before) out.push_back(entry);
    }
    return out;
  }

 private:
  struct Row {
    User user;
    std::string password_hash;
  };

  void end_sessions_of(std::int64_t user) {
    std::erase_if(sessions_, [user](const auto& s) { return s.second.user == user; });
  }

  std::mutex mutex_;
  std::map<std::int64_t, Row> rows_;
  std::map<std::string, LoginSession> sessions_;
  std::deque<AuditEntry> audit_;  // newest first
  std::int64_t next_id_ = 1, next_entry_ = 1;
};

}  // namespace

std::unique_ptr<AccountStore> make_memory_account_store() { return std::make_unique<Store>(); }

}  // namespace pagewake::storage
