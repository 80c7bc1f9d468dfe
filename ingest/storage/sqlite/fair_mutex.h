// A mutex for who works in turns.
#pragma once

#include <cassert>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace pagewake::storage::sqlite {

// First come, first served. A plain mutex lets a loop that unlocks and locks
// again (prune) starve the appends that wait beside it. Not recursive: who has it
// and asks again would wait for ever, which a build with assertions says.
class FairMutex {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    assert(owner_ != std::this_thread::get_id());
    const std::uint64_t mine = next_++;
    turn_.wait(lock, [&] { return serving_ == mine; });
    owner_ = std::this_thread::get_id();
  }
  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      owner_ = {};
      ++serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0, serving_ = 0;
  std::thread::id owner_;
};

}  // namespace pagewake::storage::sqlite
