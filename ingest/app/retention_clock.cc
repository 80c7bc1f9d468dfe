#include "app/retention_clock.h"

namespace pagewake::app {

std::int64_t RetentionClock::now(std::int64_t system_unix_us, Steady steady) {
  std::int64_t expected = last_unix_us_.value_or(system_unix_us);
  if (last_at_) {
    expected += std::chrono::duration_cast<std::chrono::microseconds>(steady - *last_at_).count();
  }
  last_at_ = steady;
  doubted_us_ = 0;
  if (system_unix_us - expected > kBelievedUs) {
    if (!doubted_since_) doubted_since_ = steady;
    if (steady - *doubted_since_ < kDoubted) {
      doubted_us_ = system_unix_us - expected;
      last_unix_us_ = expected;
      return expected;
    }
  }
  doubted_since_.reset();
  last_unix_us_ = system_unix_us;
  return system_unix_us;
}

}  // namespace pagewake::app
