// Where the time goes: what the visits around the 75th and the 95th percentile
// of LCP waited for, from the start of the navigation to the main content, in
// phases that add up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/page_view.h"

namespace pagewake::query {

// One load's phases, in their order; they add up to its LCP.
struct LoadPhases {
  double redirect_ms = 0;  // redirects within the origin
  double stall_ms = 0;     // unloading, service worker, redirects of other origins, queueing
  double dns_ms = 0, connect_ms = 0;
  double request_ms = 0;  // request sent to first byte: network and server
  double resource_load_delay_ms = 0, resource_load_duration_ms = 0, element_render_delay_ms = 0;
};
// Nothing for a view without a document's timing or without an LCP in its parts.
std::optional<LoadPhases> load_phases(const PageView& view);

// A backend span's own time in one view; `span` is an index into names.
struct SpanTime {
  std::size_t span = 0;
  double self_ms = 0;
  std::uint32_t count = 0;
};

// Parts of LCP as web-vitals cuts it, and of INP.
struct LcpParts {
  std::optional<double> time_to_first_byte_ms, resource_load_delay_ms, resource_load_duration_ms,
      element_render_delay_ms;
};
struct InpParts {
  std::optional<double> input_delay_ms, processing_duration_ms, presentation_delay_ms;
};

// What the report keeps of a view it looked at.
struct ExaminedView {
  double weight = 0;  // 0: kept by exception, in no percentile
  std::optional<double> lcp_ms;
  LcpParts parts;
  std::optional<LoadPhases> phases;
  std::optional<double> backend_ms;         // to answer the navigation
  bool joined = false;                      // with any backend span
  std::vector<SpanTime> backend_spans;      // that answered the navigation
  std::string lcp_resource, lcp_initiator;  // of the LCP's image, where it is among the resources
  std::uint64_t lcp_bytes = 0;
  std::string late_blocker;  // render-blocking file that came after the LCP's image
};

struct SpanName {
  std::string name, op, service;
  friend auto operator<=>(const SpanName&, const SpanName&) = default;
};

struct SpanShare {
  SpanName span;
  double ms = 0;     // of the band's backend_ms
  double share = 0;  // of it, 0..1
};

// The mean of the views in a band of LCP quantiles.
struct TimeBand {
  double lcp_ms = 0;
  std::size_t views = 0;
  LoadPhases phases;                 // add up to lcp_ms; request_ms includes the backend
  double joined_share = 0;           // of the views, by weight: those with a joined backend trace
  std::optional<double> backend_ms;  // of request_ms; by the joined views' share of it
  std::vector<SpanShare> backend_spans;  // largest first, at most 6; the rest is not there
};
std::optional<TimeBand> time_band(const std::vector<ExaminedView>& views,
                                  const std::vector<SpanName>& names, double low_quantile,
                                  double high_quantile);

}  // namespace pagewake::query
