// One page's report: how fast it is for real visitors, and why.
//
// The totals, the series and the distribution are sums that the store keeps.
// The why is computed from the newest views themselves, at most
// `kExaminedViews`, each joined with its backend's spans by trace id. Views
// kept only because they were slow or failed are counted but never part of a
// percentile; every view counts with its sampling weight.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "model/filter.h"
#include "query/span_title.h"
#include "query/time_bands.h"
#include "query/vital_stats.h"
#include "storage/record_store.h"

namespace pagewake::query {

inline constexpr std::size_t kExaminedViews = 800;

struct DistributionBin {
  double low = 0, high = 0, count = 0;  // low < value <= high; the last takes what is above
};
using Distribution = std::vector<DistributionBin>;

struct SeriesPoint {
  std::string at;  // RFC 3339 start of the hour or day
  double views = 0, error_rate = 0;
  PerVital<double> p75;
  // p75 of each part; they do not add up to the p75 of the whole. The first is
  // the TTFB of all views, also of those without an LCP.
  LcpParts lcp;
  InpParts inp;
};

// Percentiles of parts do not add up to the percentile of the whole; these do:
// the mean over the views around the 75th percentile (70th to 80th).
struct NearP75 {
  double lcp_ms = 0;
  LcpParts parts;                    // add up to lcp_ms
  std::optional<double> backend_ms;  // within the time to first byte; of those that joined
  std::size_t views = 0;
};

enum class BackendPart : std::uint8_t {
  kNavigation,  // below the page load itself
  kRequest,     // below a fetch, or elsewhere in the trace
};

// Spans with one name: self times (without what they called), summed a view.
struct BackendSpan {
  BackendPart part = BackendPart::kNavigation;
  std::string name, op, service;  // name: the SQL text where there is one, values folded to ?
  double p75_ms = 0;              // over the views that have it
  double share = 0;               // of the self time of all backend spans of this part, 0..1
  std::size_t count = 0;          // spans
};
struct BackendReport {
  double joined_share = 0;         // of the examined views, those with a backend span
  std::optional<double> p75_ms;    // of the time the backend took to answer the navigation
  std::vector<BackendSpan> spans;  // largest share first, navigation before requests
};

struct TargetRow {
  std::string target;
  std::string detail;  // LCP: url; INP: type; shifts: ""
  double views = 0;
  double p75 = 0;  // of lcp_ms, inp_ms, or the shift's own value
};

struct ResourceRow {
  std::string url, initiator_type;  // url: as resource_name() folds it
  double views = 0;
  double p75_duration_ms = 0, median_transfer_bytes = 0;
};

// A script that kept the page busy: the longest of an interaction, or of the
// long animation frames.
struct ScriptRow {
  std::string url, function, invoker;
  double views = 0, p75_ms = 0;  // of its time a view
};

// What another site's host adds to the page, by view.
struct ThirdPartyRow {
  std::string host;
  double views = 0, requests = 0;    // requests: mean of the views that have it
  double median_transfer_bytes = 0;  // of a view's sum; what the host lets be seen
  double p75_duration_ms = 0;        // of a view's longest request
  double p75_script_ms = 0;          // of a view's scripts in long frames
};

// What the numbers mean, in words (query/findings.h).
struct Finding {
  std::string rule;       // stable name, "lcp_image_found_late"
  std::string text;       // a sentence or two; names of code between backticks
  double impact_ms = 0;   // of the visits it concerns; 0 where it is not a time
  double share = 0;       // of the visits it was looked for in, 0..1
  std::size_t views = 0;  // how many those were
};

// A release that page views of the range knew for the first time.
struct ReleaseMark {
  std::string release;
  std::int64_t first_seen_unix_us = 0;
};

struct SliceRow {
  std::string value;  // "" unknown
  double views = 0, error_rate = 0;
  PerVital<double> p75;
};

struct Sample {
  PageViewId page_view_id;
  TraceId trace_id;
  std::int64_t started_at_unix_us = 0;
  PerVital<double> vitals;
  std::string device, browser;
};

struct PageReport {
  double views = 0, views_kept_by_exception = 0, error_rate = 0;
  PerVital<VitalStats> vitals;
  bool hourly = true;               // the series' step: hours up to 3 days, else days
  std::vector<SeriesPoint> series;  // steps with a view, ascending
  Distribution lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms;
  std::size_t examined_views = 0;
  LcpParts lcp;
  InpParts inp;
  std::optional<NearP75> near_p75;
  BackendReport backend;
  std::optional<TimeBand> where_p75, where_p95;                     // around these quantiles of LCP
  std::vector<TargetRow> lcp_elements, inp_targets, shift_sources;  // most views first
  std::vector<ScriptRow> inp_scripts, frame_scripts;                // longest first
  std::vector<ResourceRow> resources, heaviest_resources;           // slowest, heaviest first
  std::vector<ThirdPartyRow> third_parties;  // longest scripts and requests first
  // Most views first; of all views where the rollups know the dimension, else
  // of the examined ones.
  std::vector<SliceRow> device, browser, os, country, connection, release, navigation_type;
  std::vector<Sample> samples;  // slowest LCP first
  std::vector<Finding> findings;
  std::vector<ReleaseMark> releases;  // first seen in the range
};

// Up to three days have hours for steps, longer ranges days.
bool has_hourly_steps(const model::Filter& filter);
// Releases first seen within [from, to). Errors: the store's.
Result<std::vector<ReleaseMark>> release_marks(storage::RecordReader& records,
                                               model::ProjectId project, std::int64_t from_unix_us,
                                               std::int64_t to_unix_us);
// Sums of the steps with a view, ascending. Errors: the store's.
Result<std::vector<storage::SummaryRow>> sums_by_step(
    storage::RecordReader& records, model::ProjectId project, const model::Filter& filter,
    storage::SummaryParts parts = storage::SummaryParts::kAll);
std::vector<SeriesPoint> series_of(std::vector<storage::SummaryRow> steps);

// `filter.page` says which page; without it the report is over all pages.
// A page that nobody visited gives an empty report. Errors: the store's.
Result<PageReport> page_report(storage::RecordReader& records, model::ProjectId project,
                               const model::Filter& filter);

// Linear bins whose edges meet the vital's thresholds, from 0, at most 60.
Distribution bins_of(const model::VitalHistogram& histogram, const std::vector<double>& widths);

}  // namespace pagewake::query
