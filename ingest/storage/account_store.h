// People who use the dashboard, what they may do in which project, and who did
// what: small tables that change by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/records.h"
#include "storage/project_store.h"

namespace pagewake::storage {

// In one project. Each includes the lower ones: a viewer reads, a member also
// works on issues, an admin also changes the project and who is in it.
enum class Role : std::uint8_t { kViewer = 1, kMember = 2, kAdmin = 3 };
std::string_view name_of(Role role);
std::optional<Role> role_from(std::string_view name);
Scope scope_of(Role role);

struct Membership {
  model::ProjectId project = 0;
  Role role = Role::kViewer;
};

struct User {
  std::int64_t id = 0;
  std::string email;  // lower case; what they log in with
  std::string name;
  bool server_admin = false;  // everything in every project, users, tokens, audit log
  bool disabled = false;      // may not log in; open sessions end
  std::int64_t created_at_unix_us = 0;
  std::int64_t password_changed_at_unix_us = 0;  // sessions from before are over
  std::vector<Membership> memberships;           // by project number

  std::optional<Role> role_in(model::ProjectId project) const;
};

// What an administrator may change; absent: stays.
struct UserChange {
  std::optional<std::string> name;
  std::optional<bool> server_admin, disabled;
};

// Of somebody who logged in to the dashboard.
struct LoginSession {
  std::int64_t user = 0, token = 0;              // one of them
  std::int64_t password_changed_at_unix_us = 0;  // of the user, as it was at log-in
  std::int64_t ends_at_unix_us = 0;
  friend bool operator==(const LoginSession&, const LoginSession&) = default;
};

struct AuditEntry {
  std::int64_t id = 0;
  std::int64_t at_unix_us = 0;
  std::string actor;             // "ann@example.com", "token ci", "command line", "" unknown
  std::string action;            // "login_failed", "token_created", …
  std::string target;            // whom or what: "bob@example.com", "project 3"
  model::ProjectId project = 0;  // 0: the server
};

// Safe to call from many threads. Passwords arrive hashed (password.h).
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Errors: "invalid_email", "invalid_name", "user_exists".
  virtual Result<User> create_user(const std::string& email, const std::string& name,
                                   const std::string& password_hash, bool server_admin) = 0;
  virtual Result<std::vector<User>> users() = 0;  // by id
  virtual Result<std::optional<User>> user(std::int64_t id) = 0;
  virtual Result<std::optional<User>> user_by_email(const std::string& email) = 0;
  // "" where there is no such user.
  virtual Result<std::string> password_hash(std::int64_t user) = 0;
  // Ends the user's sessions in the same step.
  virtual Result<bool> set_password_hash(std::int64_t user, const std::string& hash) = 0;
  // Where it says `disabled`, to either side, the user's sessions end with it:
  // who is let in again has to log in.
  virtual Result<std::optional<User>> update_user(std::int64_t id, const UserChange& change) = 0;
  // No role: out of the project. False where there is no such user.
  virtual Result<bool> set_role(std::int64_t user, model::ProjectId project,
                                std::optional<Role> role) = 0;

  // By the SHA-256 of the cookie's value: what is kept cannot be replayed. The
  // first also removes those that ended before `now_unix_us`, and beyond
  // kSessions those that end first.
  static constexpr std::size_t kSessions = 10'000;
  virtual Status save_session(const std::string& sha256, const LoginSession& session,
                              std::int64_t now_unix_us) = 0;
  virtual Result<std::optional<LoginSession>> session(const std::string& sha256) = 0;
  virtual Status end_session(const std::string& sha256) = 0;

  // `id` and `at_unix_us` are given by the store. The newest 100,000 are kept.
  virtual Status add_audit(const AuditEntry& entry) = 0;
  // Newest first, those with an id under `before` (0: from the newest).
  virtual Result<std::vector<AuditEntry>> audit(std::size_t limit, std::int64_t before) = 0;
};

}  // namespace pagewake::storage
