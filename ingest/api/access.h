// Who asks, and what may they do. Two ways in: a token in the Authorization
// header (scripts, CI) and a session cookie that a token or an e-mail address
// and a password were exchanged for (dashboard). Sessions are stored under the
// hash of the cookie's value, so that nobody is logged out by an upgrade and
// nothing on disk can be stolen and replayed. What a session may do is looked up for each request,
// so a revoked token, a disabled user and a changed role hold at once.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "http/http.h"
#include "http/rate_limiter.h"
#include "storage/account_store.h"
#include "storage/project_store.h"

namespace pagewake::api {

struct Identity {
  storage::Scope scope = storage::Scope::kRead;  // the largest it has anywhere
  std::string name;
  std::int64_t token_id = 0;
  std::optional<storage::User> user;  // of a session with a password
  model::ProjectId project = 0;       // of a token that is for one project only

  // Nothing: the project does not exist for them.
  std::optional<storage::Scope> scope_in(model::ProjectId project) const;
  // Every project and the server's own routes, within `scope`.
  bool is_for_all() const;
  std::string actor() const;  // for the audit log
};

// Safe to call from many threads.
class Access {
 public:
  // `secure`: the server is reached by https, so the cookie is for https only.
  Access(storage::ProjectStore& projects, storage::AccountStore& accounts,
         std::function<std::int64_t()> now_unix_us, bool secure);

  // Who sent it; else the answer to give: 401 "unauthorized", 403
  // "csrf_header_missing" or "cross_site" (the cookie on a request that changes
  // something, sent by a foreign page), 503.
  std::variant<Identity, http::Response> check(const http::Request& request);

  // POST /api/v1/login and /logout. 429 "rate_limited" after 10 failures of an
  // account or 30 of an address; then one more each 10 or 3 s.
  http::Response login(const http::Request& request);
  http::Response logout(const http::Request& request);
  // Ends those of a user's sessions that the store does not know of.
  void end_unsaved_sessions_of(std::int64_t user);

 private:
  using Session = storage::LoginSession;
  void remember_unsaved(const std::string& hash, const Session& session);  // under mutex_
  Result<std::optional<Session>> session_of(const std::string& secret);
  Result<std::optional<Identity>> identity_of(const Session& session);
  // The session to begin; nothing where token or password are wrong.
  Result<std::optional<Session>> tried(const std::string& token, const std::string& email,
                                       const std::string& password);
  std::string begin(Session session);
  std::string cookie(const std::string& value, std::int64_t seconds, bool secure) const;
  void audit(const std::string& actor, const char* action);

  storage::ProjectStore& projects_;
  storage::AccountStore& accounts_;
  std::function<std::int64_t()> now_unix_us_;
  bool secure_;
  http::RateLimiter failures_of_account_{0.1, 10}, failures_of_address_{0.33, 30};
  // What could not be stored (a full disk): who logged in, so that people get in
  // to see why, and who logged out (a session that is over). Forgotten with the
  // process. By SHA-256 of the cookie's value; goes before what is stored.
  std::mutex mutex_;
  std::unordered_map<std::string, Session> unsaved_;
};

}  // namespace pagewake::api
