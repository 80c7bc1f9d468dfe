// The same error in a loop must not fill a page view: the first few are kept,
// the rest is counted.
#pragma once

#include <cstdint>

#include "base/containers.h"
#include "wire/page_view.h"

namespace pagewake {

class ErrorLimiter {
 public:
  // True for the first limits::kSameErrorPerPageView of one error: same type,
  // value and place.
  bool keep(const BrowserEvent& event);

 private:
  struct Seen {
    std::uint64_t hash;
    std::uint32_t count;
  };
  List<Seen> seen_;
};

}  // namespace pagewake
