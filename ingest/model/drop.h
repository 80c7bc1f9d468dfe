// A record that was left out before the store, for the outcome counters.
#pragma once

#include <cstdint>

#include "base/drop_reason.h"
#include "model/records.h"

namespace pagewake::model {

struct Drop {
  Category category = Category::kOther;
  DropReason reason = DropReason::kMalformed;
  std::uint64_t count = 1;
};

}  // namespace pagewake::model
