#include "core/view.h"

#include <algorithm>
#include <new>

#include "base/out_of_line.h"

namespace pagewake {
namespace {

// Why something that happens at most once has not happened.
MissingReason reason_of_paint(const View& view) {
  if (view.is_soft()) return MissingReason::kNotApplicable;
  if (view.record.hidden_at_start) return MissingReason::kHiddenFirst;
  // Hidden since: what is painted from now on does not count any more.
  return view.ended || view.first_hidden_ms < kNever ? MissingReason::kLeftEarly
                                                     : MissingReason::kNotYet;
}

PAGEWAKE_OUT_OF_LINE void set(std::optional<double>& vital, MissingReason& missing,
                              std::optional<double> value, MissingReason reason) {
  vital = value;
  missing = value ? MissingReason::kNone : reason;
}

// As assigning a new one, without the code of an assignment.
PAGEWAKE_OUT_OF_LINE void clear(Attribution& attribution) {
  attribution.~Attribution();
  ::new (&attribution) Attribution;
}

void summarise_lcp(View& view, const Document& document) {
  Vitals& vitals = view.record.vitals;
  Attribution& why = view.record.attribution;
  const auto& candidate = view.lcp.value();
  std::optional<double> lcp_ms;
  if (candidate) {
    lcp_ms = std::max(candidate->start_ms - view.start_ms, 0.0);
  } else if (view.is_restore()) {
    lcp_ms = view.fcp_ms;
  }
  set(vitals.lcp_ms, vitals.lcp_missing, lcp_ms, reason_of_paint(view));
  if (!lcp_ms) return;
  const LoadedResource* resource =
      candidate ? find_lcp_resource(document.resources, *candidate) : nullptr;
  LcpContext context;
  context.lcp_ms = *lcp_ms;
  context.page_view_start_ms = view.start_ms;
  context.response_start_ms = view.is_soft() ? 0 : document.times.response_start_ms;
  context.has_navigation = view.is_soft() || (document.times.known && !view.is_restore());
  attribute_lcp(context, resource, why);
  if (candidate) {
    why.lcp_target = candidate->target;
    why.lcp_url = candidate->url;
  }
}

void summarise_ttfb(View& view, const Document& document) {
  Vitals& vitals = view.record.vitals;
  std::optional<double> ttfb_ms;
  MissingReason reason = view.ended ? MissingReason::kLeftEarly : MissingReason::kNotYet;
  if (view.is_restore()) {
    ttfb_ms = 0;
  } else if (view.is_soft()) {
    reason = MissingReason::kNotApplicable;
  } else if (document.times.known) {
    ttfb_ms = std::max(document.times.response_start_ms - view.start_ms, 0.0);
  }
  set(vitals.ttfb_ms, vitals.ttfb_missing, ttfb_ms, reason);
}

void summarise_cls(View& view, const Document& document) {
  Vitals& vitals = view.record.vitals;
  // As Chrome's own reports: a page that never painted has no layout to shift.
  const bool counts = document.painted;
  MissingReason reason = vitals.fcp_missing;
  if (reason == MissingReason::kNone) reason = MissingReason::kNotYet;
  set(vitals.cls, vitals.cls_missing,
      counts ? std::optional<double>(view.cls.value()) : std::nullopt, reason);
  if (counts && view.cls.largest() != nullptr) {
    attribute_cls(*view.cls.largest(), view.start_ms, document.times, view.record.attribution);
  }
}

void summarise_inp(View& view, const Document& document) {
  Vitals& vitals = view.record.vitals;
  const double interactions =
      view.interactions_at_end.value_or(document.interactions) - view.interactions_before;
  const bool restarted = view.is_soft() || view.is_restore();
  const auto inp = view.inp.value(interactions, restarted);
  MissingReason reason = view.ended ? MissingReason::kNoInteraction : MissingReason::kNotYet;
  set(vitals.inp_ms, vitals.inp_missing,
      inp ? std::optional<double>(inp->latency_ms) : std::nullopt, reason);
  if (inp) {
    attribute_inp(*inp, view.start_ms, document.times, view.record.attribution);
  }
}

}  // namespace

void summarise(View& view, const Document& document) {
  clear(view.record.attribution);
  set(view.record.vitals.fcp_ms, view.record.vitals.fcp_missing, view.fcp_ms,
      reason_of_paint(view));
  summarise_lcp(view, document);
  summarise_ttfb(view, document);
  summarise_cls(view, document);
  summarise_inp(view, document);
  view.record.final = view.ended;
  view.record.duration_ms =
      std::max(view.hidden_since_ms.value_or(view.last_seen_ms) - view.start_ms, 0.0);
}

}  // namespace pagewake
