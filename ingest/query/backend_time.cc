#include "query/backend_time.h"

#include <algorithm>

namespace pagewake::query {

std::int64_t covered_us(Intervals& intervals) {
  std::sort(intervals.begin(), intervals.end());
  std::int64_t sum = 0, until = INT64_MIN;
  for (const auto& [from, to] : intervals) {
    if (to <= until) continue;
    sum += to - std::max(from, until);
    until = to;
  }
  return sum;
}

std::unordered_map<PageViewId, double, IdHash> backend_ms_of(const JoinedTrace& trace) {
  const auto ours = [](const JoinedSpan& span) {
    return span.source == model::Source::kPagewake && span.service == kBrowserService;
  };
  std::unordered_map<SpanId, const JoinedSpan*, IdHash> roots;  // of page views
  std::unordered_map<PageViewId, Intervals, IdHash> answers;
  for (const JoinedSpan& span : trace.spans) {  // parents come before children
    if (ours(span)) {
      if (span.parent_span_id.is_zero()) roots[span.span_id] = &span;
      continue;
    }
    if (!roots.contains(span.parent_span_id)) continue;
    answers[span.page_view_id].emplace_back(span.started_at_unix_us,
                                            span.started_at_unix_us + span.duration_us);
  }
  std::unordered_map<PageViewId, double, IdHash> out;
  for (auto& [view, intervals] : answers) out[view] = double(covered_us(intervals)) / 1000;
  return out;
}

}  // namespace pagewake::query
