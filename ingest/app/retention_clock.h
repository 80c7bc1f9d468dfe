// The time that retention goes by. A clock that jumps ahead (a machine that
// starts in the wrong year, a bad time server) would have everything removed
// that it was set to keep, so what it is ahead by counts only once it has been
// so for a day. A clock that is set back is believed at once: that removes less.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace pagewake::app {

// Not safe from two threads at once.
class RetentionClock {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  static constexpr std::int64_t kBelievedUs = std::int64_t{48} * 3600 * 1'000'000;  // at once
  static constexpr std::chrono::hours kDoubted{24};

  // `last_unix_us`: what now() gave last in an earlier run, nothing where there
  // was none. A server that was off for long waits that day too.
  explicit RetentionClock(std::optional<std::int64_t> last_unix_us) : last_unix_us_(last_unix_us) {}

  std::int64_t now(std::int64_t system_unix_us, Steady steady);
  // By how much the system's clock was ahead at the last now(); 0: believed.
  std::int64_t doubted_us() const { return doubted_us_; }

 private:
  std::optional<std::int64_t> last_unix_us_;
  std::optional<Steady> last_at_;
  std::optional<Steady> doubted_since_;
  std::int64_t doubted_us_ = 0;
};

}  // namespace pagewake::app
