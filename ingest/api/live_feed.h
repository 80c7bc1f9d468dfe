// Live tail: what was just stored, to whoever listens (server-sent events).
// Costs the writer one look at a counter while nobody does. A listener's queue
// and a project's rate are bounded; what does not fit is left out, counted, and
// the listener is told how much.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/stream.h"
#include "model/records.h"

namespace pagewake::api {

struct LiveLimits {
  std::size_t listeners = 64, listeners_of_project = 16;
  std::size_t queued_bytes = 256 << 10;  // of one listener
  // Of one kind (visits, events, logs) in one project: more is not read by people.
  double items_per_second = 50, burst = 100;
  // A listener that comes back within this time misses nothing of the last so
  // many items.
  std::size_t kept_items = 256;
  std::int64_t kept_us = 60'000'000;
};

// Safe to call from many threads. Listeners may outlive it.
class LiveFeed {
 public:
  explicit LiveFeed(std::function<std::int64_t()> now_unix_us, LiveLimits limits = {});
  ~LiveFeed();

  // What the store has taken. `duplicates` as storage::Written has them: in the
  // order page views, spans, logs, events; may be shorter.
  void publish(const model::Records& records, const std::vector<bool>& duplicates);

  // A listener from now on, or from behind `last_event_id` where that is known;
  // else the event `gap` comes first. `allowed` is asked with every heartbeat,
  // on the server's stream thread; false ends the stream. Errors:
  // "too_many_listeners".
  Result<std::shared_ptr<http::StreamSource>> listen(model::ProjectId project,
                                                     std::string_view last_event_id,
                                                     std::function<bool()> allowed);

  std::size_t listeners() const;
  std::uint64_t dropped_total() const;  // items a listener did not get

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pagewake::api
