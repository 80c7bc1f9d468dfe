// The same error in a loop must not fill a page view: the first few are kept,
// the rest is counted. In the page the shim's late part sees to that, for the
// whole session; this is for raw logs of visitors who left before it came.
#pragma once

#include <cstdint>
#include <vector>

#include "wire/signal_log.h"

namespace pagewake {

class ErrorLimiter {
 public:
  // `error` is a signal of that kind. True for the first
  // limits::kSameErrorPerPageView of one error: same message, types, values and
  // places.
  bool keep(const Signal& error);

 private:
  struct Seen {
    std::uint64_t hash;
    std::uint32_t count;
  };
  std::vector<Seen> seen_;
};

}  // namespace pagewake
