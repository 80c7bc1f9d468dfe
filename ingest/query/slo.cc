#include "query/slo.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "query/backend_time.h"
#include "query/trace_join.h"
#include "storage/summary_sum.h"

namespace pagewake::query {
namespace {

using storage::Measure;
using storage::Objective;

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 86'400;
constexpr std::int64_t kWindows[] = {5 * kMinute, 30 * kMinute, kHour, 6 * kHour, 3 * kDay};
// Rollups know whole hours: what is shorter is counted from the views.
constexpr std::int64_t kShortestRolledUp = kHour;
constexpr double kFastFactor = 14.4, kSlowFactor = 1;
constexpr std::size_t kViewsAtOnce = 200;
// A browser's clock may be a little ahead of ours.
constexpr std::int64_t kAheadUs = 60 * kSecondUs;

const model::VitalHistogram* histogram_of(const storage::VitalSummary& sum, Measure measure) {
  switch (measure) {
    case Measure::kLcpMs:
      return &sum.lcp_ms;
    case Measure::kInpMs:
      return &sum.inp_ms;
    case Measure::kCls:
      return &sum.cls;
    case Measure::kFcpMs:
      return &sum.fcp_ms;
    case Measure::kTtfbMs:
      return &sum.ttfb_ms;
    case Measure::kBackendMs:
    case Measure::kNoError:
      return nullptr;
  }
  return nullptr;
}

std::optional<double> value_of(const PageView& view, Measure measure) {
  switch (measure) {
    case Measure::kLcpMs:
      return view.vitals.lcp_ms;
    case Measure::kInpMs:
      return view.vitals.inp_ms;
    case Measure::kCls:
      return view.vitals.cls;
    case Measure::kFcpMs:
      return view.vitals.fcp_ms;
    case Measure::kTtfbMs:
      return view.vitals.ttfb_ms;
    case Measure::kBackendMs:
    case Measure::kNoError:
      return std::nullopt;
  }
  return std::nullopt;
}

model::Filter filter_of(const Objective& objective, std::int64_t window_s,
                        std::int64_t now_unix_us) {
  model::Filter filter;
  filter.from_unix_us = now_unix_us - window_s * kSecondUs;
  filter.to_unix_us = now_unix_us + kAheadUs;
  if (!objective.page.empty()) filter.page = objective.page;
  return filter;
}

Result<SloCount> count_rollups(storage::RecordReader& records, const Objective& objective,
                               const model::Filter& filter) {
  auto rows = records.summarize(objective.project, filter, storage::GroupBy::kDay,
                                storage::SummaryParts::kVitals);
  if (!rows) return rows.error();
  storage::SummarySum all;
  for (const auto& row : *rows) all.add(row.summary);
  const storage::VitalSummary sum = all.take();
  if (const auto* histogram = histogram_of(sum, objective.measure)) {
    const double counted = histogram->count();
    return SloCount{counted > 0 ? histogram->share_at_most(objective.threshold) * counted : 0,
                    counted, false};
  }
  return SloCount{std::max(0.0, sum.views - sum.views_with_error), sum.views, false};
}

// The backend's time of each view, by its place in `views`.
Result<std::unordered_map<PageViewId, double, IdHash>> backend_times(
    storage::RecordReader& records, model::ProjectId project,
    const std::vector<model::PageViewRecord>& views) {
  std::unordered_map<TraceId, TraceInput, IdHash> traces;
  std::vector<TraceId> ids;
  for (const auto& record : views) {
    if (record.view.trace_id.is_zero()) continue;
    auto& input = traces[record.view.trace_id];
    if (input.page_views.empty()) ids.push_back(record.view.trace_id);
    input.page_views.push_back(record);
  }
  std::unordered_map<PageViewId, double, IdHash> out;
  if (ids.empty()) return out;
  auto spans = records.spans_of_traces(project, ids);
  if (!spans) return spans.error();
  for (auto& span : *spans) traces[span.trace_id].spans.push_back(std::move(span));
  for (auto& [id, input] : traces) {
    if (input.spans.empty()) continue;
    for (const auto& [view, ms] : backend_ms_of(join_trace(id, std::move(input)))) out[view] = ms;
  }
  return out;
}

Result<SloCount> count_views(storage::RecordReader& records, const Objective& objective,
                             const model::Filter& filter) {
  SloCount count;
  count.examined = true;
  storage::PageViewQuery query;
  query.filter = filter;
  std::string cursor;
  for (std::size_t examined = 0; examined < kViewsOfAWindow;) {
    auto views = records.page_views(objective.project, query, {kViewsAtOnce, cursor});
    if (!views) return views.error();
    std::unordered_map<PageViewId, double, IdHash> backend_ms;
    if (objective.measure == Measure::kBackendMs) {
      auto times = backend_times(records, objective.project, views->items);
      if (!times) return times.error();
      backend_ms = std::move(*times);
    }
    for (const auto& record : views->items) {
      const PageView& view = record.view;
      if (view.kept_by_exception) continue;
      const double weight = model::VitalHistogram::usable_weight(view.weight);
      if (objective.measure == Measure::kNoError) {
        count.counted += weight;
        if (view.error_count == 0) count.good += weight;
        continue;
      }
      std::optional<double> value = value_of(view, objective.measure);
      if (const auto found = backend_ms.find(view.page_view_id); found != backend_ms.end()) {
        value = found->second;
      }
      if (!value) continue;
      count.counted += weight;
      if (*value <= objective.threshold) count.good += weight;
    }
    examined += views->items.size();
    cursor = std::move(views->next_cursor);
    if (cursor.empty() || views->items.empty()) break;
  }
  return count;
}

Result<SloCount> count(storage::RecordReader& records, const Objective& objective,
                       std::int64_t window_s, std::int64_t now_unix_us) {
  const model::Filter filter = filter_of(objective, window_s, now_unix_us);
  const bool rolled_up = window_s >= kShortestRolledUp && objective.measure != Measure::kBackendMs;
  return rolled_up ? count_rollups(records, objective, filter)
                   : count_views(records, objective, filter);
}

double bad_share(const SloCount& count) {
  return count.counted > 0 ? std::clamp(1 - count.good / count.counted, 0.0, 1.0) : 0;
}

}  // namespace

std::string_view name_of(SloState state) {
  switch (state) {
    case SloState::kNoData:
      return "no_data";
    case SloState::kOk:
      return "ok";
    case SloState::kSlowBurn:
      return "slow_burn";
    case SloState::kFastBurn:
      return "fast_burn";
    case SloState::kExhausted:
      return "exhausted";
  }
  return "no_data";
}

std::optional<BurnWindows> burning_windows(const std::vector<BurnRate>& rates) {
  static constexpr BurnWindows kPairs[] = {{kHour, 5 * kMinute, kFastFactor},
                                           {6 * kHour, 30 * kMinute, 6},
                                           {3 * kDay, 6 * kHour, kSlowFactor}};
  for (const BurnWindows& pair : kPairs) {
    const auto burns = [&](std::int64_t window_s, double fewest) {
      return std::any_of(rates.begin(), rates.end(), [&](const BurnRate& rate) {
        return rate.window_s == window_s && rate.rate > pair.factor && rate.views >= fewest;
      });
    };
    // The short window may be of a few views.
    if (burns(pair.long_s, kFewestViewsToAlert) && burns(pair.short_s, 1)) return pair;
  }
  return std::nullopt;
}

SloState state_of(const std::vector<BurnRate>& rates, std::optional<double> budget_left) {
  if (!budget_left) return SloState::kNoData;
  if (const auto burning = burning_windows(rates)) {
    return burning->factor > kSlowFactor ? SloState::kFastBurn : SloState::kSlowBurn;
  }
  return *budget_left <= 0 ? SloState::kExhausted : SloState::kOk;
}

Result<SloReport> slo_report(storage::RecordReader& records, const Objective& objective,
                             std::int64_t now_unix_us) {
  SloReport report;
  report.objective = objective;
  const double budget = 1 - objective.target;
  auto window = count(records, objective, objective.window_days * kDay, now_unix_us);
  if (!window) return window.error();
  report.window = *window;
  if (window->counted > 0) {
    report.attained = window->good / window->counted;
    report.budget_left = 1 - bad_share(*window) / budget;
  }
  for (const std::int64_t window_s : kWindows) {
    auto counted = count(records, objective, window_s, now_unix_us);
    if (!counted) return counted.error();
    report.burn_rates.push_back({window_s, bad_share(*counted) / budget, counted->counted});
  }
  report.state = state_of(report.burn_rates, report.budget_left);
  return report;
}

}  // namespace pagewake::query
