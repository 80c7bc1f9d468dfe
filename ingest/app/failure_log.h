// Says in the log that something fails, and later that it works again: not each
// time between, which on a full disk would be as often as requests come.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "base/result.h"

namespace pagewake::app {

// Safe to call from many threads.
class FailureLog {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  // Where a line goes; `failing`: it is bad news.
  using Sink = std::function<void(bool failing, const std::string& line)>;

  // The two lines, the first followed by why, the second by how often it failed.
  // Works again: success so long after the last failure; between them a store
  // with little room refuses one write and takes the next.
  FailureLog(std::string fails, std::string works_again,
             std::chrono::milliseconds calm = std::chrono::milliseconds(0), Sink sink = to_log,
             Now now = std::chrono::steady_clock::now);

  void note(const Status& status);

 private:
  static void to_log(bool failing, const std::string& line);

  const std::string fails_, works_again_;
  const std::chrono::milliseconds calm_;
  const Sink sink_;
  const Now now_;
  std::mutex mutex_;
  std::uint64_t failures_ = 0;  // since it began to fail; 0: it works
  std::chrono::steady_clock::time_point failed_at_;
};

// Lets one line of a kind through in each period and counts the rest.
class LineLimit {
 public:
  explicit LineLimit(std::chrono::milliseconds period,
                     FailureLog::Now now = std::chrono::steady_clock::now);

  // Whether to write this one; `left_out` is then how many were not since the
  // last.
  bool pass(std::uint64_t& left_out);

 private:
  const std::chrono::milliseconds period_;
  const FailureLog::Now now_;
  std::mutex mutex_;
  std::uint64_t left_out_ = 0;
  bool any_ = false;
  std::chrono::steady_clock::time_point passed_at_;
};

}  // namespace pagewake::app
