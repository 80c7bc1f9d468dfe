// Service level objectives: small tables that people change by hand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/records.h"

namespace pagewake::storage {

// What a page view must do to count as good.
enum class Measure : std::uint8_t {
  kLcpMs = 1,  // at most the threshold; views that did not report it do not count
  kInpMs = 2,
  kCls = 3,
  kFcpMs = 4,
  kTtfbMs = 5,
  kBackendMs = 6,  // the joined backend's time to answer the navigation
  kNoError = 7,    // no error on the page; the threshold is unused
};
std::string_view name_of(Measure measure);  // "lcp_ms", "no_error"
std::optional<Measure> measure_from(std::string_view name);

// "`target` of the views of `page` within `window_days` are good."
struct Objective {
  std::int64_t id = 0;
  model::ProjectId project = 0;
  std::string name;
  std::string page;  // "": all pages of the project
  Measure measure = Measure::kLcpMs;
  double threshold = 2500;  // milliseconds, or CLS's score
  double target = 0.75;     // share of views, above 0 and below 1
  std::int64_t window_days = 28;
  std::int64_t created_at_unix_us = 0;
};

inline constexpr std::size_t kObjectivesPerProject = 100;

// Errors: "invalid_name" (1..100 characters), "invalid_threshold",
// "invalid_target", "invalid_window" (1..90 days), each saying what is allowed.
Status check(const Objective& objective);

// Safe to call from many threads.
class ObjectiveStore {
 public:
  virtual ~ObjectiveStore() = default;
  // Gives it with its id. Errors: check()'s, "invalid_count" (too many), and
  // "store_failed".
  virtual Result<Objective> create(Objective objective) = 0;
  virtual Result<std::vector<Objective>> objectives(model::ProjectId) = 0;  // oldest first
  // False where the project has no such objective.
  virtual Result<bool> remove(model::ProjectId, std::int64_t id) = 0;
};

std::unique_ptr<ObjectiveStore> make_memory_objective_store();

}  // namespace pagewake::storage
