// Which page hurts whom, over a whole project: the first thing a person sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/filter.h"
#include "query/page_list.h"
#include "query/page_report.h"
#include "query/vital_stats.h"
#include "storage/record_store.h"

namespace pagewake::query {

inline constexpr std::size_t kOverviewPages = 50, kSparklines = 20;

struct Totals {
  double views = 0, views_kept_by_exception = 0, error_rate = 0;
  PerVital<VitalStats> vitals;
};

// The Core Web Vitals' pain: visits times how far the p75 lies beyond "good",
// in multiples of it; 0 for a good one. "100 visits at twice the threshold"
// hurt as "50 at three times".
struct Pain {
  double lcp_ms = 0, inp_ms = 0, cls = 0;
  double sum() const { return lcp_ms + inp_ms + cls; }
};
Pain pain_of(const PerVital<VitalStats>& vitals);

struct OverviewPage {
  PageRow now;
  Pain pain;
  double previous_views = 0, previous_error_rate = 0;
  PerVital<double> previous_p75;  // empty: nobody reported it before
  // Of the first kSparklines pages; without the vitals' sub-parts.
  std::vector<SeriesPoint> sparkline;
};

struct Overview {
  Totals now, previous;
  std::int64_t previous_from_unix_us = 0, previous_to_unix_us = 0;
  bool hourly = true;  // the series' step, as in a page report
  std::vector<SeriesPoint> series;
  std::vector<ReleaseMark> releases;
  std::vector<OverviewPage> pages;  // most pain first, then most views; at most kOverviewPages
  std::size_t page_count = 0;
};

// `shown_to_unix_us`: the end of the range that the period before is as long
// as. Sparklines need the rollups: under a filter on more than page and time
// there are none. Errors: the store's.
Result<Overview> overview(storage::RecordReader& records, model::ProjectId project,
                          const model::Filter& filter, std::int64_t shown_to_unix_us);

}  // namespace pagewake::query
