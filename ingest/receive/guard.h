// Lets a request in or says why not: project, key, origin, rate, encoding and
// size, in this order, so that the cheap refusals come first.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "http/rate_limiter.h"
#include "receive/daily_quota.h"
#include "receive/protocol.h"
#include "receive/receive.h"
#include "storage/project_store.h"

namespace pagewake::receive {

// The key as the client sent it, wherever it may stand; "" nowhere. In order:
// ?key=, ?sentry_key=, x-pagewake-key, x-api-key, X-Sentry-Auth, Authorization.
std::string public_key_of(const http::Request& request);

struct Admitted {
  model::ProjectId project = 0;
  std::string body;  // plain
  std::int64_t received_at_unix_us = 0;
};

// Safe to call from many threads. Counts nothing: who answers does.
class Guard {
 public:
  Guard(storage::ProjectStore& projects, std::function<std::int64_t()> now_unix_us,
        const Rates& rates, std::function<model::Quotas(model::ProjectId)> quotas_of);

  std::variant<Admitted, Refusal> admit(const http::Request& request, const Protocol& protocol);
  // A request whose body was too long to be read: says whose it was. Refused
  // for its size, unless key or origin already forbid it.
  Refusal too_large(const http::Request& request, const Protocol& protocol);
  // Requests that were let in today.
  std::int64_t requests_today(model::ProjectId project) const {
    return per_project_.taken(project, now_unix_us_());
  }
  // The project was changed: the next request is held against what is stored.
  // A change that another process made is seen within a second.
  void forget(model::ProjectId project);

 private:
  // Nothing where the request may go on; `project` is then set.
  std::optional<Refusal> identify(const http::Request& request, const std::string& key,
                                  storage::Project& project);
  Result<std::optional<storage::Project>> project_by_key(const std::string& key,
                                                         std::int64_t now_us);

  storage::ProjectStore& projects_;
  std::function<std::int64_t()> now_unix_us_;
  http::RateLimiter per_key_, per_address_;
  std::function<model::Quotas(model::ProjectId)> quotas_of_;
  DailyQuota per_project_;
  struct Cached {
    storage::Project project;
    std::int64_t until_unix_us = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> by_key_;
  std::uint64_t forgotten_ = 0;  // how often: what was read before is not kept after
};

}  // namespace pagewake::receive
