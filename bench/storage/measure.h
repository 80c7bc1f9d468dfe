// What the benchmarks of the store share: a clock of the processor, and an end
// with a message where nothing can be measured.
#pragma once

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {

// Of all threads of the process, or of this one, the system's part included,
// since it began.
inline double cpu_us(int whose = RUSAGE_SELF) {
  rusage used{};
  getrusage(whose, &used);
  const auto us = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

[[noreturn]] inline void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

inline std::unique_ptr<RecordStore> open_or_exit(const std::string& path) {
  auto opened = open_sqlite_store({path});
  if (!opened.ok()) fail(opened.error().message);
  return std::move(*opened);
}

}  // namespace pagewake::storage
