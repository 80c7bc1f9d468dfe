// The thread that moves what waits in memory into segments: when that is full,
// or when it has waited long enough; where it is few, when it has waited much
// longer. A seal that fails is told once and tried again until one succeeds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"

namespace pagewake::storage::sqlite {

class SealingThread {
 public:
  struct Options {
    std::function<void(const Status&)> on_changed;  // SqliteOptions::on_sealing_changed
    std::chrono::milliseconds retry{5'000};
    std::optional<std::chrono::milliseconds> longest_wait;  // nothing: until full
    // Called on the thread. A segment costs memory whatever it holds, and a
    // start replays few quickly.
    std::function<bool()> is_few;
    std::chrono::milliseconds longest_wait_of_few{0};
  };
  // `seal` is called on the thread.
  SealingThread(std::function<Status()> seal, Options options);
  ~SealingThread();  // stop()

  void start();
  // Waits for a seal that runs; what waits stays. No more is sealed then.
  void stop();
  // Something waits; `full`: it is to be sealed now. Without start() that is
  // only remembered.
  void wake(bool full);

 private:
  void run();
  bool is_too_early(std::unique_lock<std::mutex>& lock);

  const std::function<Status()> seal_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool full_ = false, stop_ = false;
  std::optional<std::chrono::steady_clock::time_point> waits_since_, seal_at_;
  std::thread thread_;  // last: uses all of the above
};

}  // namespace pagewake::storage::sqlite
