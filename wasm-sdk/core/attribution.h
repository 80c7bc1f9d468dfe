// Why a vital is what it is, as web-vitals v6's attribution build explains it.
// Times are ms since the document's time origin unless said otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/containers.h"
#include "core/vital_tracker.h"
#include "wire/page_view.h"

namespace pagewake {

// What a document's PerformanceNavigationTiming said last. Times of 0 have not
// happened (yet).
struct DocumentTimes {
  // False until a believable responseStart is known: some browsers give 0 or
  // a time in the future, and web-vitals then goes without the entry.
  bool known = false;
  double response_start_ms = 0, dom_interactive_ms = 0, dom_content_loaded_start_ms = 0,
         dom_complete_ms = 0;
};

// "loading", "dom-interactive", "dom-content-loaded" or "complete" at t_ms.
std::string_view load_state(const DocumentTimes& document, double t_ms);

// A resource as far as LCP's sub-parts need it.
struct LoadedResource {
  std::uint64_t url_hash = 0;
  double request_or_start_ms = 0;  // requestStart, or startTime where it is withheld
  double response_end_ms = 0;
};
std::uint64_t hash_url(std::string_view url);

// The page view's start and the two answers that its LCP depends on.
struct LcpContext {
  double lcp_ms = 0;  // since the page view's start
  double page_view_start_ms = 0;
  double response_start_ms = 0;  // 0 for a soft navigation
  // False after a bfcache restore or without a navigation entry: then all of
  // LCP counts as render delay.
  bool has_navigation = false;
};
void attribute_lcp(const LcpContext& context, const LoadedResource* resource, Attribution& out);

// The resource that painted the LCP element: the latest of its URL that was
// asked for no later than the paint. Null if there is none.
const LoadedResource* find_lcp_resource(const List<LoadedResource>& resources,
                                        const LcpCandidate& lcp);

// The three phases; times in `out` are since the page view's start. Scripts are
// named by who reads the record (wire/explain.h).
void attribute_inp(const InpCandidate& inp, double page_view_start_ms,
                   const DocumentTimes& document, Attribution& out);

void attribute_cls(const Shift& largest, double page_view_start_ms, const DocumentTimes& document,
                   Attribution& out);

}  // namespace pagewake
