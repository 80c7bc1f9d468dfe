#include <chrono>
#include <utility>

#include "storage/account_rules.h"
#include "storage/project_rules.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/shared_connection.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using sqlite::Database;
using sqlite::Query;

constexpr const char* kColumns =
    "SELECT user, email, name, server_admin, disabled, created_at_unix_us, "
    "password_changed_at_unix_us FROM users ";

std::int64_t now_unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

User read_user(Query& query) {
  User user;
  user.id = query.read_integer();
  user.email = query.read_text();
  user.name = query.read_text();
  user.server_admin = query.read_integer() != 0;
  user.disabled = query.read_integer() != 0;
  user.created_at_unix_us = query.read_integer();
  user.password_changed_at_unix_us = query.read_integer();
  return user;
}

class Store final : public AccountStore, private sqlite::SharedConnection {
 public:
  explicit Store(std::unique_ptr<Database> database)
      : SharedConnection(std::move(database), "accounts") {}

  Result<User> create_user(const std::string& email, const std::string& name,
                           const std::string& password_hash, bool server_admin) override {
    auto address = canonical_email(email);
    if (!address) return address.error();
    if (Status checked = check_name(name); !checked) return checked.error();
    User user;
    user.email = std::move(*address);
    user.name = name;
    user.server_admin = server_admin;
    user.created_at_unix_us = user.password_changed_at_unix_us = now_unix_us();
    return write<User>([&]() -> Result<User> {
      const auto added = database_
                             ->query(
                                 "INSERT INTO users(email, name, password_hash, server_admin, "
                                 "disabled, created_at_unix_us, password_changed_at_unix_us) "
                                 "VALUES(?,?,?,?,0,?,?) ON CONFLICT(email) DO NOTHING")
                             .text(user.email)
                             .text(user.name)
                             .text(password_hash)
                             .integer(server_admin ? 1 : 0)
                             .integer(user.created_at_unix_us)
                             .integer(user.password_changed_at_unix_us)
                             .run();
      if (added == 0) return Error{"user_exists", "there is a user " + user.email + " already"};
      user.id = database_->last_insert_id();
      return user;
    });
  }

  Result<std::vector<User>> users() override {
    return read_snapshot<std::vector<User>>([&] {
      std::vector<User> out;
      {
        Query query = database_->query(std::string(kColumns) + "ORDER BY user");
        while (query.row()) out.push_back(read_user(query));
      }
      for (auto& user : out) read_memberships(user);
      return out;
    });
  }

  Result<std::optional<User>> user(std::int64_t id) override {
    return read_snapshot<std::optional<User>>([&] { return find(id); });
  }

  Result<std::optional<User>> user_by_email(const std::string& email) override {
    const auto address = canonical_email(email);
    if (!address) return std::optional<User>();
    return read_snapshot<std::optional<User>>([&] {
      std::optional<User> found;
      {
        Query query = database_->query(std::string(kColumns) + "WHERE email = ?");
        if (query.text(*address).row()) found = read_user(query);
      }
      if (found) read_memberships(*found);
      return found;
    });
  }

  Result<std::string> password_hash(std::int64_t user) override {
    return read<std::string>([&] {
      std::string hash;
      Query query = database_->query("SELECT password_hash FROM users WHERE user = ?");
      if (query.integer(user).row()) hash = query.read_text();
      return hash;
    });
  }

  Result<bool> set_password_hash(std::int64_t user, const std::string& hash) override {
    return write<bool>([&] {
      const auto changed =
          database_
              ->query(
                  "UPDATE users SET password_hash = ?, password_changed_at_unix_us "
                  "= ? WHERE user = ?")
              .text(hash)
              .integer(now_unix_us())
              .integer(user)
              .run();
      end_sessions_of(user);
      return changed > 0;
    });
  }

  Result<std::optional<User>> update_user(std::int64_t id, const UserChange& change) override {
    if (change.name) {
      if (Status checked = check_name(*change.name); !checked) return checked.error();
    }
    return write<std::optional<User>>([&]() -> Result<std::optional<User>> {
      auto found = find(id);
      if (!found) return found;
      User& user = *found;
      if (change.name) user.name = *change.name;
      if (change.server_admin) user.server_admin = *change.server_admin;
      if (change.disabled) user.disabled = *change.disabled;
      database_->query("UPDATE users SET name = ?, server_admin = ?, disabled = ? WHERE user = ?")
          .text(user.name)
          .integer(user.server_admin ? 1 : 0)
          .integer(user.disabled ? 1 : 0)
          .integer(id)
          .run();
      if (change.disabled) end_sessions_of(id);
      return found;
    });
  }

  Result<bool> set_role(std::int64_t user, model::ProjectId project,
                        std::optional<Role> role) override {
    return write<bool>([&]() -> Result<bool> {
      if (!find(user)) return false;
      database_->query("DELETE FROM memberships WHERE user = ? AND project = ?")
          .integer(user)
          .integer(project)
          .run();
      if (role) {
        database_->query("INSERT INTO memberships(user, project, role) VALUES(?,?,?)")
            .integer(user)
            .integer(project)
            .integer(static_cast<std::int64_t>(*role))
            .run();
      }
      return true;
    });
  }

  Status save_session(const std::string& sha256, const LoginSession& session,
                      std::int64_t now_unix_us) override {
    return write([&] {
      database_->query("DELETE FROM login_sessions WHERE ends_at_unix_us <= ?")
          .integer(now_unix_us)
          .run();
      database_
          ->query(
              "INSERT INTO login_sessions(sha256, user, token, password_changed_at_unix_us, "
              "ends_at_unix_us) VALUES(?,?,?,?,?)")
          .blob(sha256)
          .integer(session.user)
          .integer(session.token)
          .integer(session.password_changed_at_unix_us)
          .integer(session.ends_at_unix_us)
          .run();
      database_
          ->query(
              "DELETE FROM login_sessions WHERE sha256 IN (SELECT sha256 FROM login_sessions "
              "ORDER BY ends_at_unix_us DESC LIMIT -1 OFFSET ?)")
          .integer(static_cast<std::int64_t>(kSessions))
          .run();
    });
  }

  Result<std::optional<LoginSession>> session(const std::string& sha256) override {
    return read<std::optional<LoginSession>>([&] {
      std::optional<LoginSession> found;
      Query query = database_->query(
          "SELECT user, token, password_changed_at_unix_us, ends_at_unix_us FROM login_sessions "
          "WHERE sha256 = ?");
      if (query.blob(sha256).row()) {
        found.emplace();
        found->user = query.read_integer();
        found->token = query.read_integer();
        found->password_changed_at_unix_us = query.read_integer();
        found->ends_at_unix_us = query.read_integer();
      }
      return found;
    });
  }

  Status end_session(const std::string& sha256) override {
    return write([&] {
      database_->query("DELETE FROM login_sessions WHERE sha256 = ?").blob(sha256).run();
    });
  }

  Status add_audit(const AuditEntry& entry) override {
    return write([&] {
      database_
          ->query(
              "INSERT INTO audit_log(at_unix_us, actor, action, target, project) VALUES(?,?,?,?,?)")
          .integer(now_unix_us())
          .text(audit_text(entry.actor))
          .text(entry.action)
          .text(audit_text(entry.target))
          .integer(entry.project)
          .run();
      database_->query("DELETE FROM audit_log WHERE entry <= ?")
          .integer(database_->last_insert_id() - static_cast<std::int64_t>(kAuditEntries))
          .run();
    });
  }

  Result<std::vector<AuditEntry>> audit(std::size_t limit, std::int64_t before) override {
    return read<std::vector<AuditEntry>>([&] {
      std::vector<AuditEntry> out;
      Query query = database_->query(
          "SELECT entry, at_unix_us, actor, action, target, project FROM audit_log "
          "WHERE entry < ? ORDER BY entry DESC LIMIT ?");
      query.integer(before == 0 ? INT64_MAX : before).integer(static_cast<std::int64_t>(limit));
      while (query.row()) {
        AuditEntry& entry = out.emplace_back();
        entry.id = query.read_integer();
        entry.at_unix_us = query.read_integer();
        entry.actor = query.read_text();
        entry.action = query.read_text();
        entry.target = query.read_text();
        entry.project = query.read_integer();
      }
      return out;
    });
  }

 private:
  void end_sessions_of(std::int64_t user) {
    database_->query("DELETE FROM login_sessions WHERE user = ?").integer(user).run();
  }

  void read_memberships(User& user) {
    Query query =
        database_->query("SELECT project, role FROM memberships WHERE user = ? ORDER BY project");
    query.integer(user.id);
    while (query.row()) {
      Membership& membership = user.memberships.emplace_back();
      membership.project = query.read_integer();
      membership.role = static_cast<Role>(query.read_integer());
    }
  }

  std::optional<User> find(std::int64_t id) {
    std::optional<User> found;
    {
      Query query = database_->query(std::string(kColumns) + "WHERE user = ?");
      if (query.integer(id).row()) found = read_user(query);
    }
    if (found) read_memberships(*found);
    return found;
  }
};

}  // namespace

Result<std::unique_ptr<AccountStore>> open_sqlite_account_store(const SqliteOptions& options) {
  SqliteOptions own = options;
  // These rows are few; the limit is for records.
  own.max_file_bytes = 0;
  return sqlite::open_shared<AccountStore, Store>(own);
}

}  // namespace pagewake::storage
