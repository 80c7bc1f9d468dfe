#include "storage/sqlite/sealing_thread.h"

#include <utility>

namespace pagewake::storage::sqlite {

SealingThread::SealingThread(std::function<Status()> seal, Options options)
    : seal_(std::move(seal)), options_(std::move(options)) {}

SealingThread::~SealingThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SealingThread::start() {
  thread_ = std::thread([this] { run(); });
}

void SealingThread::wake(bool full) {
  {
    const std::lock_guard lock(mutex_);
    full_ = full_ || full;
    if (options_.longest_wait && !seal_at_) {
      seal_at_ = std::chrono::steady_clock::now() + *options_.longest_wait;
    }
  }
  changed_.notify_one();
}

void SealingThread::run() {
  bool failing = false;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto due = [this] {
      return stop_ || full_ || (seal_at_ && std::chrono::steady_clock::now() >= *seal_at_);
    };
    if (seal_at_ && !due()) {
      changed_.wait_until(lock, *seal_at_, due);
    } else {
      changed_.wait(lock, [&] { return due() || seal_at_; });
    }
    if (stop_) return;
    if (!due()) continue;
    full_ = false;
    seal_at_.reset();
    lock.unlock();
    const Status sealed = seal_();
    if (sealed.ok() == failing && options_.on_changed) options_.on_changed(sealed);
    failing = !sealed.ok();
    lock.lock();
    if (failing) {
      changed_.wait_for(lock, options_.retry, [this] { return stop_; });
      full_ = true;
    }
  }
}

}  // namespace pagewake::storage::sqlite
