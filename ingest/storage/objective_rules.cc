#include <cmath>

#include "base/utf8.h"
#include "storage/objective_store.h"

namespace pagewake::storage {

std::string_view name_of(Measure measure) {
  switch (measure) {
    case Measure::kLcpMs:
      return "lcp_ms";
    case Measure::kInpMs:
      return "inp_ms";
    case Measure::kCls:
      return "cls";
    case Measure::kFcpMs:
      return "fcp_ms";
    case Measure::kTtfbMs:
      return "ttfb_ms";
    case Measure::kBackendMs:
      return "backend_ms";
    case Measure::kNoError:
      return "no_error";
  }
  return "lcp_ms";
}

std::optional<Measure> measure_from(std::string_view name) {
  for (int i = 1; i <= 7; ++i) {
    if (name_of(static_cast<Measure>(i)) == name) return static_cast<Measure>(i);
  }
  return std::nullopt;
}

Status check(const Objective& objective) {
  if (objective.name.empty() || objective.name.size() > 100) {
    return Error{"invalid_name", "name: 1 to 100 characters"};
  }
  if (objective.measure != Measure::kNoError &&
      !(std::isfinite(objective.threshold) && objective.threshold > 0 &&
        objective.threshold <= 600'000)) {
    return Error{"invalid_threshold",
                 "threshold: above 0 and at most 600000 (milliseconds, or CLS's score)"};
  }
  if (!(objective.target > 0 && objective.target < 1)) {
    return Error{"invalid_target", "target: a share above 0 and below 1, for example 0.95"};
  }
  if (objective.window_days < 1 || objective.window_days > 90) {
    return Error{"invalid_window", "window_days: 1 to 90"};
  }
  return Done{};
}

}  // namespace pagewake::storage
