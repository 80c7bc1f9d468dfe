// What a distribution of one vital says to people: percentiles and the shares
// of good, middling and poor visits, by web.dev's thresholds.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "model/vital_histogram.h"
#include "storage/record_store.h"

namespace pagewake::query {

struct Thresholds {
  double good = 0, poor = 0;  // good: value <= good; poor: value > poor
};
inline constexpr Thresholds kLcpMs{2500, 4000}, kInpMs{200, 500}, kCls{0.1, 0.25},
    kFcpMs{1800, 3000}, kTtfbMs{800, 1800};

struct VitalStats {
  double p50 = 0, p75 = 0, p95 = 0;
  double good = 0, needs_improvement = 0, poor = 0;  // shares, 0..1, adding up to 1
  double count = 0;                                  // weighted page views that reported it
};

// One value of T for each vital; empty where nobody reported it.
template <typename T>
struct PerVital {
  std::optional<T> lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms;
};

std::optional<VitalStats> stats_of(const model::VitalHistogram& histogram, Thresholds thresholds);
PerVital<VitalStats> vitals_of(const storage::VitalSummary& summary);
PerVital<double> p75_of(const storage::VitalSummary& summary);
// Share of page views with at least one error, 0..1; 0 where there are none.
double error_rate_of(const storage::VitalSummary& summary);

// Exact quantiles of a few thousand weighted values, by the same rule as
// VitalHistogram::quantile (the smallest value whose share reaches q).
class WeightedSamples {
 public:
  // Values that are not finite and weights that are not positive are ignored.
  void add(double value, double weight);
  std::optional<double> quantile(double q) const;
  double weight() const { return weight_; }
  double mean() const;  // 0 when empty
  std::size_t size() const { return values_.size(); }

 private:
  mutable std::vector<std::pair<double, double>> values_;  // sorted by quantile()
  mutable bool sorted_ = true;
  bool equal_weights_ = true;
  double weight_ = 0;
};

}  // namespace pagewake::query
