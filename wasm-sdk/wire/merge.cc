#include <algorithm>
#include <tuple>
#include <utility>

#include "base/limits.h"
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

}  // namespace

void merge_page_view(PageView& into, PageView newer) {
  if (newer.revision > into.revision) std::swap(into, newer);
  PageView& winner = into;
  PageView& loser = newer;

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
}

}  // namespace pagewake
