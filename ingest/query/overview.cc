#include "query/overview.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "query/second_thread.h"
#include "storage/record_rules.h"
#include "storage/summary_sum.h"

namespace pagewake::query {
namespace {

using storage::GroupBy;
using storage::SummaryParts;

double pain_of(const std::optional<VitalStats>& stats, Thresholds thresholds) {
  return stats ? stats->count * std::max(0.0, stats->p75 / thresholds.good - 1) : 0;
}

Totals totals_of(const std::vector<storage::SummaryRow>& rows) {
  storage::SummarySum all;
  for (const auto& row : rows) all.add(row.summary);
  const storage::VitalSummary sum = all.take();
  return {sum.views, sum.views_kept_by_exception, error_rate_of(sum), vitals_of(sum)};
}

}  // namespace

Pain pain_of(const PerVital<VitalStats>& vitals) {
  return {pain_of(vitals.lcp_ms, kLcpMs), pain_of(vitals.inp_ms, kInpMs),
          pain_of(vitals.cls, kCls)};
}

Result<Overview> overview(storage::RecordReader& records, model::ProjectId project,
                          const model::Filter& filter, std::int64_t shown_to_unix_us) {
  Overview out;
  auto rows = records.summarize(project, filter, GroupBy::kPage, SummaryParts::kVitals);
  if (!rows) return rows.error();
  out.now = totals_of(*rows);
  out.page_count = rows->size();

  // Rollups count whole hours: the period before ends where the first of them
  // begins, so that no visit is in both.
  model::Filter before = filter;
  out.previous_to_unix_us = before.to_unix_us = storage::hour_start_unix_us(filter.from_unix_us);
  out.previous_from_unix_us = before.from_unix_us =
      before.to_unix_us - std::max<std::int64_t>(0, shown_to_unix_us - filter.from_unix_us);
  auto old_rows = records.summarize(project, before, GroupBy::kPage, SummaryParts::kVitals);
  if (!old_rows) return old_rows.error();
  out.previous = totals_of(*old_rows);
  std::map<std::string_view, const storage::VitalSummary*> old_of;
  for (const auto& row : *old_rows) old_of[row.key] = &row.summary;

  out.hourly = has_hourly_steps(filter);
  auto steps = sums_by_step(records, project, filter);
  if (!steps) return steps.error();
  out.series = series_of(std::move(*steps));
  auto marks = release_marks(records, project, filter.from_unix_us, filter.to_unix_us);
  if (!marks) return marks.error();
  out.releases = std::move(*marks);

  for (auto& row : *rows) {
    OverviewPage page;
    page.now.views = row.summary.views;
    page.now.error_rate = error_rate_of(row.summary);
    page.now.vitals = vitals_of(row.summary);
    page.pain = pain_of(page.now.vitals);
    if (const auto old = old_of.find(row.key); old != old_of.end()) {
      page.previous_views = old->second->views;
      page.previous_error_rate = error_rate_of(*old->second);
      page.previous_p75 = p75_of(*old->second);
    }
    page.now.page = std::move(row.key);
    out.pages.push_back(std::move(page));
  }
  std::stable_sort(out.pages.begin(), out.pages.end(), [](const auto& a, const auto& b) {
    if (a.pain.sum() != b.pain.sum()) return a.pain.sum() > b.pain.sum();
    return a.now.views > b.now.views;
  });
  if (out.pages.size() > kOverviewPages) out.pages.resize(kOverviewPages);
  if (!filter.only_page_and_time()) return out;

  // The small lines, many look-ups of a row each: the next one for whoever is free.
  const std::size_t lines = std::min(out.pages.size(), kSparklines);
  std::atomic<std::size_t> next = 0;
  const Status drawn = on_two_threads([&]() -> Status {
    model::Filter of_page = filter;
    for (std::size_t i = next++; i < lines; i = next++) {
      of_page.page = out.pages[i].now.page;
      auto line = sums_by_step(records, project, of_page, SummaryParts::kVitals);
      if (!line) return line.error();
      out.pages[i].sparkline = series_of(std::move(*line));
    }
    return Done{};
  });
  if (!drawn) return drawn.error();
  return out;
}

}  // namespace pagewake::query
