#include "query/time_bands.h"

#include <algorithm>
#include <map>

#include "query/vital_stats.h"

namespace pagewake::query {
namespace {

constexpr std::size_t kSpansOfABand = 6;

double between(double from, double to) { return std::max(0.0, to - from); }

}  // namespace

std::optional<LoadPhases> load_phases(const PageView& view) {
  const Attribution& why = view.attribution;
  if (!view.timing || !view.vitals.lcp_ms || !why.lcp_time_to_first_byte_ms ||
      !why.lcp_resource_load_delay_ms || !why.lcp_resource_load_duration_ms ||
      !why.lcp_element_render_delay_ms) {
    return std::nullopt;
  }
  const NavigationTiming& timing = *view.timing;
  LoadPhases phases;
  double left = std::max(0.0, *why.lcp_time_to_first_byte_ms);
  const auto take = [&left](double ms) {
    const double taken = std::clamp(ms, 0.0, left);
    left -= taken;
    return taken;
  };
  // The request first: it is what the backend is compared with. A withheld
  // request start (0) leaves everything to the stall.
  if (timing.request_start_ms > 0) {
    phases.request_ms = take(between(timing.request_start_ms, *why.lcp_time_to_first_byte_ms));
  }
  phases.connect_ms = take(between(timing.connect_start_ms, timing.connect_end_ms));
  phases.dns_ms = take(between(timing.domain_lookup_start_ms, timing.domain_lookup_end_ms));
  phases.redirect_ms = take(between(timing.redirect_start_ms, timing.redirect_end_ms));
  phases.stall_ms = left;
  phases.resource_load_delay_ms = *why.lcp_resource_load_delay_ms;
  phases.resource_load_duration_ms = *why.lcp_resource_load_duration_ms;
  phases.element_render_delay_ms = *why.lcp_element_render_delay_ms;
  return phases;
}

std::optional<TimeBand> time_band(const std::vector<ExaminedView>& views,
                                  const std::vector<SpanName>& names, double low_quantile,
                                  double high_quantile) {
  WeightedSamples all;
  for (const auto& view : views) {
    if (view.lcp_ms && view.phases) all.add(*view.lcp_ms, view.weight);
  }
  const auto low = all.quantile(low_quantile), high = all.quantile(high_quantile);
  if (!low || !high) return std::nullopt;

  TimeBand band;
  double weight = 0, joined_weight = 0, backend_ms = 0, joined_request_ms = 0, self_ms = 0;
  std::map<std::size_t, double> self_ms_of;
  for (const auto& view : views) {
    if (!view.lcp_ms || !view.phases || !(view.weight > 0) || *view.lcp_ms < *low ||
        *view.lcp_ms > *high) {
      continue;
    }
    const LoadPhases& one = *view.phases;
    LoadPhases& sum = band.phases;
    const double w = view.weight;
    weight += w;
    ++band.views;
    band.lcp_ms += *view.lcp_ms * w;
    sum.redirect_ms += one.redirect_ms * w;
    sum.stall_ms += one.stall_ms * w;
    sum.dns_ms += one.dns_ms * w;
    sum.connect_ms += one.connect_ms * w;
    sum.request_ms += one.request_ms * w;
    sum.resource_load_delay_ms += one.resource_load_delay_ms * w;
    sum.resource_load_duration_ms += one.resource_load_duration_ms * w;
    sum.element_render_delay_ms += one.element_render_delay_ms * w;
    if (!view.backend_ms) continue;
    joined_weight += w;
    joined_request_ms += one.request_ms * w;
    backend_ms += std::min(*view.backend_ms, one.request_ms) * w;
    for (const SpanTime& time : view.backend_spans) {
      self_ms_of[time.span] += time.self_ms * w;
      self_ms += time.self_ms * w;
    }
  }
  if (!(weight > 0)) return std::nullopt;
  band.lcp_ms /= weight;
  for (double* phase :
       {&band.phases.redirect_ms, &band.phases.stall_ms, &band.phases.dns_ms,
        &band.phases.connect_ms, &band.phases.request_ms, &band.phases.resource_load_delay_ms,
        &band.phases.resource_load_duration_ms, &band.phases.element_render_delay_ms}) {
    *phase /= weight;
  }
  band.joined_share = joined_weight / weight;
  if (joined_weight > 0) {
    // Visits without a trace are taken to have waited for the backend as the others did.
    band.backend_ms =
        joined_request_ms > 0 ? backend_ms / joined_request_ms * band.phases.request_ms : 0;
  }
  for (const auto& [span, ms] : self_ms_of) {
    if (!(self_ms > 0) || !(ms > 0)) continue;
    band.backend_spans.push_back({names[span], ms / self_ms * *band.backend_ms, ms / self_ms});
  }
  std::stable_sort(band.backend_spans.begin(), band.backend_spans.end(),
                   [](const auto& a, const auto& b) { return a.share > b.share; });
  if (band.backend_spans.size() > kSpansOfABand) band.backend_spans.resize(kSpansOfABand);
  return band;
}

}  // namespace pagewake::query
