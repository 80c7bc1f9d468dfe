#pragma once

#include <mutex>
#include <shared_mutex>

namespace pagewake::storage {

// A std::shared_mutex that a stream of readers cannot keep a writer from: who
// reads passes the gate that a waiting writer holds. Not for a thread that
// already reads.
class WriterFirstMutex {
 public:
  void lock() {
    gate_.lock();
    mutex_.lock();
    gate_.unlock();
  }
  void unlock() { mutex_.unlock(); }
  void lock_shared() {
    const std::lock_guard gate(gate_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::mutex gate_;
  std::shared_mutex mutex_;
};

}  // namespace pagewake::storage
