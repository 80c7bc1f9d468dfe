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
#include "query/vital_stats.h"
#include "storage/record_store.h"

namespace pagewake::query {

inline constexpr std::size_t kExaminedViews = 2'000;

struct SeriesPoint {
  std::string at;  // RFC 3339 start of the hour or day
  double views = 0, error_rate = 0;
  PerVital<double> p75;
};

struct DistributionBin {
  double low = 0, high = 0, count = 0;  // low < value <= high; the last takes what is above
};
using Distribution = std::vector<DistributionBin>;

// Parts of LCP and INP. Percentiles of parts do not add up to the percentile
// of the whole; `near_p75` does: it is the mean over the views around the 75th
// percentile (70th to 80th).
struct LcpParts {
  std::optional<double> time_to_first_byte_ms, resource_load_delay_ms, resource_load_duration_ms,
      element_render_delay_ms;
};
struct InpParts {
  std::optional<double> input_delay_ms, processing_duration_ms, presentation_delay_ms;
};
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
  std::string url, initiator_type;
  double views = 0;
  double p75_duration_ms = 0, median_transfer_bytes = 0;
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
  std::vector<TargetRow> lcp_elements, inp_targets, shift_sources;      // most views first
  std::vector<ResourceRow> resources;                                   // slowest first
  std::vector<SliceRow> device, browser, country, connection, release;  // most views first
  std::vector<Sample> samples;                                          // slowest LCP first
};

// `filter.page` says which page; without it the report is over all pages.
// A page that nobody visited gives an empty report. Errors: the store's.
Result<PageReport> page_report(storage::RecordReader& records, model::ProjectId project,
                               const model::Filter& filter);

// Linear bins whose edges meet the vital's thresholds, from 0, at most 60.
Distribution bins_of(const model::VitalHistogram& histogram, const std::vector<double>& widths);

// What a span did, the same for every run of it: its SQL text (attribute
// db.query.text or db.statement) or else its name. Literals and lists of
// placeholders of SQL are folded. At most 300 bytes.
std::string span_title(const std::string& name, const std::string& op,
                       const std::string& attributes_json);

}  // namespace pagewake::query
