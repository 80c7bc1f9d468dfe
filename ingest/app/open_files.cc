#include "app/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace pagewake::app {
namespace {

// Of the process itself: databases with their logs and readers, threads' wakers,
// webhooks. With 48 clients that write and ask at once 39 were counted.
constexpr std::size_t kOwnFiles = 128;

}  // namespace

std::size_t raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t connections_within(std::size_t open_files, std::size_t wanted) {
  // Where there is little, half of it.
  const std::size_t own = std::min(kOwnFiles, open_files / 2);
  return std::min(wanted, std::max<std::size_t>(1, open_files - own));
}

}  // namespace pagewake::app
