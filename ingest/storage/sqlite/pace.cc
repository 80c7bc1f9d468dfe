#include "storage/sqlite/pace.h"

#include <time.h>

#include <algorithm>
#include <utility>

namespace pagewake::storage::sqlite {
namespace {

std::chrono::nanoseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Pace::Pace(Options options)
    : options_([&] {
        if (!options.worked) options.worked = processor_time;
        return std::move(options);
      }()) {}

Pace::Hurry::Hurry(Pace& pace) : pace_(pace) {
  {
    const std::lock_guard lock(pace_.mutex_);
    ++pace_.hurries_;
  }
  pace_.changed_.notify_all();
}

Pace::Hurry::~Hurry() {
  const std::lock_guard lock(pace_.mutex_);
  --pace_.hurries_;
}

std::chrono::nanoseconds Pace::rest_after(std::chrono::nanoseconds worked, int seals,
                                          double full) const {
  const double room = std::clamp(2 * (1 - full), 0.0, 1.0);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(worked *
                                                              (options_.rest * seals * room));
}

void Pace::rest(std::chrono::nanoseconds worked, double full) {
  std::unique_lock lock(mutex_);
  const auto rest = rest_after(worked, seals_, full);
  if (rest > rest.zero()) changed_.wait_for(lock, rest, [this] { return hurries_ > 0; });
}

PacedWork::PacedWork(Pace& pace, std::function<double()> full)
    : pace_(pace), full_(std::move(full)), began_(pace.options_.worked()) {
  const std::lock_guard lock(pace_.mutex_);
  ++pace_.seals_;
}

PacedWork::~PacedWork() {
  const std::lock_guard lock(pace_.mutex_);
  --pace_.seals_;
}

void PacedWork::breathe() {
  const auto worked = pace_.options_.worked() - began_;
  if (worked < pace_.options_.piece) return;
  pace_.rest(worked, full_());
  began_ = pace_.options_.worked();
}

}  // namespace pagewake::storage::sqlite
