// Service level objectives: how much of the error budget is left, and how fast
// it burns (the multi-window alerts of Google's SRE workbook, chapter 5).
//
// Good and counted views come from the rollups where those know the measure
// (vitals, errors): by whole hours, every view with its sampling weight. The
// backend's time, and the last minutes, come from the views themselves, the
// newest `kViewsOfAWindow` of the window.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "storage/objective_store.h"
#include "storage/record_store.h"

namespace pagewake::query {

inline constexpr std::size_t kViewsOfAWindow = 2'000;
// A burn rate of fewer views alerts nobody.
inline constexpr double kFewestViewsToAlert = 20;

struct SloCount {
  double good = 0, counted = 0;  // weighted views
  bool examined = false;         // from the newest views of the window, not from all
};

// Burn rate 1 uses the budget up exactly at the window's end.
struct BurnRate {
  std::int64_t window_s = 0;
  double rate = 0;
  double views = 0;
};

enum class SloState : std::uint8_t {
  kNoData = 0,
  kOk = 1,
  kSlowBurn = 2,  // look at it today: rate over 1 in 3 days and in 6 hours
  kFastBurn = 3,  // wake someone: over 14.4 in 1 hour and 5 minutes, or 6 in 6 hours and 30 minutes
  kExhausted = 4,  // the budget is used up and nothing burns faster than allowed
};
std::string_view name_of(SloState state);  // "no_data", "ok", "slow_burn", "fast_burn", "exhausted"

struct SloReport {
  storage::Objective objective;
  SloCount window;                    // of the whole window
  std::optional<double> attained;     // share of good views; nothing without views
  std::optional<double> budget_left;  // 1: untouched, 0: used up, below: overdrawn
  std::vector<BurnRate> burn_rates;   // 5 min, 30 min, 1 h, 6 h, 3 d
  SloState state = SloState::kNoData;
};

// Errors: the store's.
Result<SloReport> slo_report(storage::RecordReader& records, const storage::Objective& objective,
                             std::int64_t now_unix_us);

// Two windows that both burn faster than `factor`: the long one says that it
// matters, the short one that it still goes on.
struct BurnWindows {
  std::int64_t long_s = 0, short_s = 0;
  double factor = 0;
};
// The most urgent pair that burns; nothing where none does.
std::optional<BurnWindows> burning_windows(const std::vector<BurnRate>& rates);

// The alert that the rates ask for; `budget_left` as in the report.
SloState state_of(const std::vector<BurnRate>& rates, std::optional<double> budget_left);

}  // namespace pagewake::query
