#include "query/vital_stats.h"

#include <algorithm>
#include <cmath>

namespace pagewake::query {

std::optional<VitalStats> stats_of(const model::VitalHistogram& histogram, Thresholds thresholds) {
  if (histogram.empty()) return std::nullopt;
  VitalStats stats;
  stats.p50 = histogram.quantile(0.5).value_or(0);
  stats.p75 = histogram.quantile(0.75).value_or(0);
  stats.p95 = histogram.quantile(0.95).value_or(0);
  stats.good = histogram.share_at_most(thresholds.good);
  stats.poor = 1 - histogram.share_at_most(thresholds.poor);
  stats.needs_improvement = std::max(0.0, 1 - stats.good - stats.poor);
  stats.count = histogram.count();
  return stats;
}

PerVital<VitalStats> vitals_of(const storage::VitalSummary& summary) {
  return {stats_of(summary.lcp_ms, kLcpMs), stats_of(summary.inp_ms, kInpMs),
          stats_of(summary.cls, kCls), stats_of(summary.fcp_ms, kFcpMs),
          stats_of(summary.ttfb_ms, kTtfbMs)};
}

PerVital<double> p75_of(const storage::VitalSummary& summary) {
  return {summary.lcp_ms.quantile(0.75), summary.inp_ms.quantile(0.75), summary.cls.quantile(0.75),
          summary.fcp_ms.quantile(0.75), summary.ttfb_ms.quantile(0.75)};
}

double error_rate_of(const storage::VitalSummary& summary) {
  if (!(summary.views > 0)) return 0;
  return std::clamp(summary.views_with_error / summary.views, 0.0, 1.0);
}

void WeightedSamples::add(double value, double weight) {
  if (!std::isfinite(value) || !std::isfinite(weight) || !(weight > 0)) return;
  equal_weights_ = equal_weights_ && (values_.empty() || weight == values_.front().second);
  values_.emplace_back(value, weight);
  weight_ += weight;
  sorted_ = false;
}

double WeightedSamples::mean() const {
  double sum = 0;
  for (const auto& [value, weight] : values_) sum += value * weight;
  return weight_ > 0 ? sum / weight_ : 0;
}

std::optional<double> WeightedSamples::quantile(double q) const {
  if (values_.empty()) return std::nullopt;
  // The tolerance keeps "75 % of four" on the third value despite rounding.
  const double rank = std::clamp(q, 0.0, 1.0) * weight_ - 1e-9 * weight_;
  if (equal_weights_) {  // as where nothing is sampled: no need to sort
    const double place = std::ceil(rank / values_.front().second) - 1;
    const auto last = static_cast<double>(values_.size() - 1);
    const auto at = values_.begin() + static_cast<std::ptrdiff_t>(std::clamp(place, 0.0, last));
    if (!sorted_) std::nth_element(values_.begin(), at, values_.end());
    return at->first;
  }
  if (!sorted_) {
    std::sort(values_.begin(), values_.end());
    sorted_ = true;
  }
  double seen = 0;
  for (const auto& [value, weight] : values_) {
    seen += weight;
    if (seen >= rank) return value;
  }
  return values_.back().first;
}

}  // namespace pagewake::query
