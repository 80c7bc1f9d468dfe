#include "query/second_thread.h"

#include <future>
#include <system_error>
#include <thread>

namespace pagewake::query {

bool has_second_processor() {
  static const bool has = std::thread::hardware_concurrency() > 1;
  return has;
}

Status on_two_threads(const std::function<Status()>& work) {
  std::future<Status> other;  // its end waits for the thread
  if (has_second_processor()) {
    try {
      other = std::async(std::launch::async, work);
    } catch (const std::system_error&) {
      // No thread is to be had: alone, then.
    }
  }
  Status here = work();
  if (!other.valid()) return here;
  Status there = other.get();
  return here.ok() ? there : here;
}

}  // namespace pagewake::query
