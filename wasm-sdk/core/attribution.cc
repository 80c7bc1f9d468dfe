#include "core/attribution.h"

#include <algorithm>

#include "base/containers.h"

namespace pagewake {
std::string_view load_state(const DocumentTimes& document, double t_ms) {
  if (document.known) {
    if (t_ms < document.dom_interactive_ms || document.dom_interactive_ms == 0) return "loading";
    if (document.dom_content_loaded_start_ms == 0 || t_ms < document.dom_content_loaded_start_ms) {
      return "dom-interactive";
    }
    if (document.dom_complete_ms == 0 || t_ms < document.dom_complete_ms) {
      return "dom-content-loaded";
    }
  }
  return "complete";
}

std::uint64_t hash_url(std::string_view url) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char c : url) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

const LoadedResource* find_lcp_resource(const List<LoadedResource>& resources,
                                        const LcpCandidate& lcp) {
  if (lcp.url.empty()) return nullptr;
  for (std::size_t i = resources.size(); i-- > 0;) {
    const LoadedResource& resource = resources[i];
    if (resource.url_hash == lcp.url_hash && resource.request_or_start_ms <= lcp.start_ms)
      return &resource;
  }
  return nullptr;
}

void attribute_lcp(const LcpContext& context, const LoadedResource* resource, Attribution& out) {
  const double start = context.page_view_start_ms;
  double ttfb = 0, request_start = 0, response_end = 0;
  if (context.has_navigation) {
    ttfb = std::max(0.0, context.response_start_ms - start);
    request_start =
        std::max(ttfb, resource != nullptr ? resource->request_or_start_ms - start : 0.0);
    // A video goes on downloading after it painted.
    response_end = std::min(
        context.lcp_ms,
        std::max(request_start, resource != nullptr ? resource->response_end_ms - start : 0.0));
  }
  out.lcp_time_to_first_byte_ms = ttfb;
  out.lcp_resource_load_delay_ms = request_start - ttfb;
  out.lcp_resource_load_duration_ms = response_end - request_start;
  out.lcp_element_render_delay_ms = context.lcp_ms - response_end;
}

void attribute_inp(const InpCandidate& inp, double page_view_start_ms,
                   const DocumentTimes& document, Attribution& out) {
  if (!inp.has_entry) {
    out.inp_input_delay_ms = 0;
    out.inp_processing_duration_ms = 0;
    out.inp_presentation_delay_ms = inp.latency_ms;
    out.inp_load_state = load_state(document, page_view_start_ms);
    return;
  }
  // Another event of the same frame may have begun before this interaction.
  const double processing_start = std::max(inp.frame_processing_start_ms, inp.start_ms);
  // Durations are rounded, so the paint may seem to come before the processing.
  const double next_paint = std::max(inp.start_ms + inp.duration_ms, processing_start);
  // With alert() processing outlasts the event's duration.
  const double processing_end = std::min(inp.frame_processing_end_ms, next_paint);
  out.inp_target = *inp.target;
  out.inp_type = std::string_view(*inp.name).starts_with("key") ? "keyboard" : "pointer";
  out.inp_time_ms = inp.start_ms - page_view_start_ms;
  out.inp_input_delay_ms = processing_start - inp.start_ms;
  out.inp_processing_duration_ms = processing_end - processing_start;
  out.inp_presentation_delay_ms = next_paint - processing_end;
  out.inp_load_state = load_state(document, inp.start_ms);
}

void attribute_cls(const Shift& largest, double page_view_start_ms, const DocumentTimes& document,
                   Attribution& out) {
  out.cls_largest_shift_target = largest.target;
  out.cls_largest_shift_time_ms = largest.start_ms - page_view_start_ms;
  out.cls_largest_shift_value = largest.value;
  out.cls_load_state = load_state(document, largest.start_ms);
}

}  // namespace pagewake
