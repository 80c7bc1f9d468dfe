// How healthy releases are: sessions as Sentry's SDKs report them, and visits. Memory and
// SQLite sit behind it and pass one contract test suite.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/records.h"
#include "model/session_health.h"

namespace pagewake::storage {

// The sessions of one release that began within the asked time. Each session
// counts in `sessions` and in at most one of the others, the worst.
struct ReleaseHealth {
  std::string release;
  std::uint64_t sessions = 0, errored = 0, abnormal = 0, unhandled = 0, crashed = 0;
  std::uint64_t users = 0, users_crashed = 0;  // known ones; crashed or unhandled
  std::int64_t first_unix_us = 0, last_unix_us = 0;
};

struct SessionsWritten {
  std::uint64_t stored = 0;      // sessions that were not there, or not counted yet
  std::uint64_t duplicates = 0;  // known sessions: updated or repeated
};

// Safe to call from many threads. Users are kept as a hash only.
class ReleaseHealthStore {
 public:
  virtual ~ReleaseHealthStore() = default;

  // All of it or nothing, durably. A session is known by its sid: updates may
  // come in any order and more than once. Counts have no id and add up (see
  // docs/decisions/0012). Error "store_failed".
  virtual Result<SessionsWritten> add(model::ProjectId project,
                                      const model::Sessions& sessions) = 0;

  // Sessions that began in [from, to), most sessions first. Error "store_unavailable".
  virtual Result<std::vector<ReleaseHealth>> health(
      model::ProjectId project, std::int64_t from_unix_us, std::int64_t to_unix_us,
      const std::optional<std::string>& environment) = 0;

  // Removes sessions that began before; gives their number.
  virtual Result<std::size_t> prune_sessions(std::int64_t before_unix_us) = 0;
};

std::unique_ptr<ReleaseHealthStore> make_memory_release_health_store();

}  // namespace pagewake::storage
