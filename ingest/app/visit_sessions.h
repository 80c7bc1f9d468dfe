// Release health of our own SDK: its visits, as the sessions that Sentry's
// SDKs send. Taken from what is stored, so that filters, quotas and sampling
// hold for them as well, and written beside it, once a second and not with
// every page view (docs/decisions/0016).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "model/records.h"
#include "model/session_health.h"
#include "storage/release_health_store.h"

namespace pagewake::app {

// Safe to call from many threads.
class VisitSessions {
 public:
  // More than that wait only where the store does not answer; the rest is let go.
  static constexpr std::size_t kMostWaiting = 100'000;

  // Remembers the visits of these records. A visit is unhandled where a page
  // view came with an error that nobody caught. Page views that were kept for
  // an exception stand for no visit: of a sampled site they would be the
  // broken ones only.
  void add(const model::Records& records);

  // Writes what was remembered since, some hundred visits at a time; what the
  // store refuses waits for the next time. Adding a visit again changes nothing
  // but for the worse. `between` two writes is told which part is done, from 0
  // to 1, and may take its time.
  Status flush(storage::ReleaseHealthStore& store,
               const std::function<void(double done)>& between = {});

 private:
  using Key = std::pair<model::ProjectId, SessionId>;
  using Waiting = std::map<Key, model::SessionUpdate>;
  static void merge(Waiting& into, const Key& key, const model::SessionUpdate& update);

  std::mutex mutex_;
  Waiting waiting_;
};

}  // namespace pagewake::app
