#include "storage/sqlite/sealing_thread.h"

#include <utility>

namespace pagewake::storage::sqlite {

SealingThread::SealingThread(std::function<Status()> seal, Options options)
    : seal_(std::move(seal)), options_(std::move(options)) {}

SealingThread::~SealingThread() { stop(); }

void SealingThread::stop() {
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
      waits_since_ = std::chrono::steady_clock::now();
      seal_at_ = *waits_since_ + *options_.longest_wait;
    }
  }
  changed_.notify_one();
}

bool SealingThread::is_too_early(std::unique_lock<std::mutex>& lock) {
  if (full_ || !options_.is_few) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now >= *waits_since_ + options_.longest_wait_of_few) return false;
  lock.unlock();  // whoever calls wake() may hold what is_few() needs
  const bool few = options_.is_few();
  lock.lock();
  if (full_ || !few) return false;
  seal_at_ = now + *options_.longest_wait;
  return true;
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
    if (!due() || is_too_early(lock)) continue;
    if (stop_) return;
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
