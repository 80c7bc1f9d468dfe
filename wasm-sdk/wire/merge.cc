#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "wire/explain.h"
#include "wire/page_view.h"

namespace pagewake {
namespace {

// Unites two lists in the order of `less`, which depends on the items alone
// and never on who came first. Of two items with the same key the winner's
// stays. `same` compares keys.
template <typename T, typename Less, typename Same>
void unite(std::vector<T>& winner, std::vector<T>&& loser, Less less, Same same) {
  if (loser.empty()) {
    // A beacon's own list may come in any order; a sort that finds it sorted
    // costs one pass.
    std::stable_sort(winner.begin(), winner.end(), less);
    return;
  }
  std::vector<T> merged;
  merged.reserve(winner.size() + loser.size());
  for (std::vector<T>* list : {&winner, &loser}) {
    std::stable_sort(list->begin(), list->end(), less);
  }
  auto a = winner.begin();
  auto b = loser.begin();
  const auto add = [&](T& item) {
    if (merged.empty() || !same(merged.back(), item)) merged.push_back(std::move(item));
  };
  while (a != winner.end() || b != loser.end()) {
    if (b == loser.end() || (a != winner.end() && !less(*b, *a))) {
      add(*a++);
    } else {
      add(*b++);
    }
  }
  winner = std::move(merged);
}

template <typename T>
void unite_by_index(std::vector<T>& winner, std::vector<T>&& loser) {
  unite(
      winner, std::move(loser), [](const T& a, const T& b) { return a.index < b.index; },
      [](const T& a, const T& b) { return a.index == b.index; });
}

// Limits hold for the whole page view too, however many beacons it came in.
// Which items stay depends on their order alone, so a cut list merges the same
// in any order.
template <typename T>
void keep_first(std::vector<T>& items, std::size_t n) {
  if (items.size() > n) items.erase(items.begin() + static_cast<std::ptrdiff_t>(n), items.end());
}

// Senders that report one vital at a time (web-vitals, Faro) make a record of
// each, all of revision 0: what is not there yet comes from the other record,
// and of two values the greater wins, since vitals only grow. True: `loser`
// was taken, and with it goes what explains it.
bool unite_vital(std::optional<double>& winner, MissingReason& missing,
                 const std::optional<double>& loser, bool same_revision) {
  if (!loser) return false;
  const bool fills = !winner && missing == MissingReason::kNotYet;
  const bool grows = winner && same_revision && *loser > *winner;
  if (!fills && !grows) return false;
  winner = loser;
  missing = MissingReason::kNone;
  return true;
}

void unite_vitals(PageView& winner, const PageView& loser) {
  const bool same = winner.revision == loser.revision;
  Vitals& v = winner.vitals;
  const Vitals& other = loser.vitals;
  Attribution& a = winner.attribution;
  const Attribution& b = loser.attribution;
  if (unite_vital(v.lcp_ms, v.lcp_missing, other.lcp_ms, same)) {
    a.lcp_target = b.lcp_target;
    a.lcp_url = b.lcp_url;
    a.lcp_time_to_first_byte_ms = b.lcp_time_to_first_byte_ms;
    a.lcp_resource_load_delay_ms = b.lcp_resource_load_delay_ms;
    a.lcp_resource_load_duration_ms = b.lcp_resource_load_duration_ms;
    a.lcp_element_render_delay_ms = b.lcp_element_render_delay_ms;
  }
  if (unite_vital(v.inp_ms, v.inp_missing, other.inp_ms, same)) {
    a.inp_target = b.inp_target;
    a.inp_type = b.inp_type;
    a.inp_time_ms = b.inp_time_ms;
    a.inp_input_delay_ms = b.inp_input_delay_ms;
    a.inp_processing_duration_ms = b.inp_processing_duration_ms;
    a.inp_presentation_delay_ms = b.inp_presentation_delay_ms;
    a.inp_load_state = b.inp_load_state;
    a.inp_longest_script_url = b.inp_longest_script_url;
    a.inp_longest_script_function = b.inp_longest_script_function;
    a.inp_longest_script_invoker = b.inp_longest_script_invoker;
    a.inp_longest_script_ms = b.inp_longest_script_ms;
    a.inp_longest_script_subpart = b.inp_longest_script_subpart;
    a.inp_longest_script_char_position = b.inp_longest_script_char_position;
    a.inp_total_script_ms = b.inp_total_script_ms;
    a.inp_total_style_and_layout_ms = b.inp_total_style_and_layout_ms;
    a.inp_total_paint_ms = b.inp_total_paint_ms;
    a.inp_total_unattributed_ms = b.inp_total_unattributed_ms;
  }
  if (unite_vital(v.cls, v.cls_missing, other.cls, same)) {
    a.cls_largest_shift_target = b.cls_largest_shift_target;
    a.cls_load_state = b.cls_load_state;
    a.cls_largest_shift_time_ms = b.cls_largest_shift_time_ms;
    a.cls_largest_shift_value = b.cls_largest_shift_value;
  }
  unite_vital(v.fcp_ms, v.fcp_missing, other.fcp_ms, same);
  unite_vital(v.ttfb_ms, v.ttfb_missing, other.ttfb_ms, same);
}

}  // namespace

void merge_page_view(PageView& into, PageView newer) {
  if (newer.revision > into.revision) std::swap(into, newer);
  PageView& winner = into;
  PageView& loser = newer;

  unite_vitals(winner, loser);
  winner.final = winner.final || loser.final;
  if (!winner.timing) winner.timing = std::move(loser.timing);
  unite_by_index(winner.resources, std::move(loser.resources));
  unite_by_index(winner.long_frames, std::move(loser.long_frames));
  unite_by_index(winner.breadcrumbs, std::move(loser.breadcrumbs));
  unite(
      winner.spans, std::move(loser.spans),
      [](const BrowserSpan& a, const BrowserSpan& b) {
        return std::tie(a.start_ms, a.span_id) < std::tie(b.start_ms, b.span_id);
      },
      [](const BrowserSpan& a, const BrowserSpan& b) { return a.span_id == b.span_id; });
  unite(
      winner.events, std::move(loser.events),
      [](const BrowserEvent& a, const BrowserEvent& b) {
        return std::tie(a.occurred_at_unix_ms, a.event_id) <
               std::tie(b.occurred_at_unix_ms, b.event_id);
      },
      [](const BrowserEvent& a, const BrowserEvent& b) { return a.event_id == b.event_id; });
  keep_first(winner.resources, limits::kResourcesPerPageView);
  keep_first(winner.long_frames, limits::kLongFramesPerPageView);
  keep_first(winner.spans, limits::kSpansPerPageView);
  keep_first(winner.events, limits::kEventsPerPageView);
  // Of breadcrumbs the latest tell most.
  if (winner.breadcrumbs.size() > limits::kBreadcrumbs) {
    winner.breadcrumbs.erase(winner.breadcrumbs.begin(),
                             winner.breadcrumbs.end() - limits::kBreadcrumbs);
  }
  explain(winner);
}

}  // namespace pagewake
