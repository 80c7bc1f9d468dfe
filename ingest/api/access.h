// Who asks, and may they. Two ways in: a token in the Authorization header
// (scripts, CI) and a session cookie that a token was exchanged for
// (dashboard). Sessions live in memory: after a restart people log in again,
// and nothing on disk can be stolen and replayed.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "http/http.h"
#include "storage/project_store.h"

namespace pagewake::api {

struct Identity {
  storage::Scope scope = storage::Scope::kRead;
  std::string name;
};

// Safe to call from many threads.
class Access {
 public:
  // `secure`: the server is reached by https, so the cookie is for https only.
  Access(storage::ProjectStore& projects, std::function<std::int64_t()> now_unix_us, bool secure);

  // Who sent it, if they have at least `needed`; else the answer to give: 401
  // "unauthorized", 403 "insufficient_scope", 403 "csrf_header_missing" (the
  // cookie without X-Pagewake-Csrf on a request that changes something), 503.
  std::variant<Identity, http::Response> check(const http::Request& request, storage::Scope needed);

  // POST /api/v1/login and /logout
  http::Response login(const http::Request& request);
  http::Response logout(const http::Request& request);

 private:
  struct Session {
    Identity identity;
    std::int64_t ends_at_unix_us = 0;
  };
  std::optional<Identity> session_of(const std::string& secret);
  std::string cookie(const std::string& value, std::int64_t seconds) const;

  storage::ProjectStore& projects_;
  std::function<std::int64_t()> now_unix_us_;
  bool secure_;
  std::mutex mutex_;
  std::unordered_map<std::string, Session> sessions_;  // by SHA-256 of the cookie's value
};

}  // namespace pagewake::api
