// A mutex for who works in turns.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace pagewake::storage::sqlite {

// First come, first served. A plain mutex lets a loop that unlocks and locks
// again (prune) starve the appends that wait beside it.
class FairMutex {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = next_++;
    turn_.wait(lock, [&] { return serving_ == mine; });
  }
  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      ++serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0, serving_ = 0;
};

}  // namespace pagewake::storage::sqlite
