// Sessions of an application, the ground of release health: as Sentry's SDKs
// count them, and the visits of our own SDK (app/visit_sessions).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"

namespace pagewake::model {

// How a session ended, the worse the higher: of two updates the worse counts.
enum class SessionStatus : std::uint8_t {
  kOk = 0,  // goes on
  kExited = 1,
  kAbnormal = 2,   // cut off: power, the system
  kUnhandled = 3,  // an unhandled error (newer browser SDKs); older ones say crashed
  kCrashed = 4,
};

// One session; it is sent at its start and again whenever it got worse.
struct SessionUpdate {
  EventId sid;
  std::string release, environment;
  std::string user;  // the client's `did`; "" unknown
  SessionStatus status = SessionStatus::kOk;
  std::uint32_t errors = 0;
  std::int64_t started_at_unix_us = 0;
};

// Many sessions of a server, counted by itself for the interval that began then.
struct SessionCounts {
  std::string release, environment;
  std::string user;  // "" unknown
  std::int64_t started_at_unix_us = 0;
  std::uint64_t exited = 0, errored = 0, abnormal = 0, unhandled = 0, crashed = 0;
  std::uint64_t total() const { return exited + errored + abnormal + unhandled + crashed; }
};

struct Sessions {
  std::vector<SessionUpdate> updates;
  std::vector<SessionCounts> counts;
  bool empty() const { return updates.empty() && counts.empty(); }
  // Sessions, where a server's counts stand for many.
  std::uint64_t size() const {
    std::uint64_t sum = updates.size();
    for (const SessionCounts& one : counts) sum += one.total();
    return sum;
  }
};

}  // namespace pagewake::model
