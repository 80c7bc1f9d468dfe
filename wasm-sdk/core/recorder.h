// The one class the page talks to (through bindings/embind.cc), and the one
// the server replays raw signal logs through. Signals in, beacons out. Reads
// no clock and no random numbers: both come with the signals, so the same log
// gives the same beacon anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/containers.h"
#include "base/ids.h"
#include "base/result.h"
#include "wire/page_view.h"

namespace pagewake {

class Recorder {
 public:
  Recorder();
  ~Recorder();
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;

  // Takes a signal log; gives how many signals were understood. Errors as
  // parse_signal_log; what came before the error is kept.
  Result<std::size_t> feed(std::string_view signal_log_json);

  // The same of a block (wire/signal_block.h) that begins with `numbers` doubles.
  std::size_t feed_block(std::string_view block, std::size_t numbers);

  // True when there is something that the last flush did not carry.
  bool has_news() const;

  // What is new since the last flush: scalars of the page views that changed,
  // list items that were not sent. All text is scrubbed.
  Beacon flush(const BeaconId& beacon_id, std::int64_t sent_at_unix_ms);

  // The same, encoded, without a copy of the records. `part`: vitals and the
  // first of each list only (limits.h); the rest stays news for the next part.
  Text flush_bytes(const BeaconId& beacon_id, std::int64_t sent_at_unix_ms, bool part = false);

  // The last flushed beacon was not delivered: its news counts as unsent.
  void unflush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct ReplayedLog {
  Beacon beacon;
  std::size_t skipped = 0;  // signals of unknown kinds
};

// The server's side of a raw upload: reads its "log" head, feeds the rest to a
// fresh Recorder and flushes once. Errors: "malformed", "unknown_version",
// "nesting_too_deep".
Result<ReplayedLog> replay_signal_log(std::string_view json);

}  // namespace pagewake
