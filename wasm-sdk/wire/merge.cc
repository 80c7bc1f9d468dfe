#include <algorithm>
#include <tuple>

#include "wire/page_view.h"

namespace pagewake {
namespace {

// Unites two lists by key, keeping `into`'s order and appending what is new.
template <typename T, typename Key>
void unite(std::vector<T>& into, std::vector<T>&& newer, Key key) {
  if (into.empty()) {
    into = std::move(newer);
    return;
  }
  for (T& item : newer) {
    const bool known = std::any_of(into.begin(), into.end(),
                                   [&](const T& have) { return key(have) == key(item); });
    if (!known) into.push_back(std::move(item));
  }
}

// The same for lists ordered by `index`: linear.
template <typename T>
void unite_by_index(std::vector<T>& into, std::vector<T>&& newer) {
  std::vector<T> merged;
  merged.reserve(into.size() + newer.size());
  auto a = into.begin();
  auto b = newer.begin();
  while (a != into.end() || b != newer.end()) {
    if (b == newer.end() || (a != into.end() && a->index <= b->index)) {
      if (b != newer.end() && b->index == a->index) ++b;
      merged.push_back(std::move(*a++));
    } else {
      merged.push_back(std::move(*b++));
    }
  }
  into = std::move(merged);
}

}  // namespace

void merge_page_view(PageView& into, PageView newer) {
  unite_by_index(newer.resources, std::move(into.resources));
  unite_by_index(newer.long_frames, std::move(into.long_frames));
  unite_by_index(newer.breadcrumbs, std::move(into.breadcrumbs));
  const auto by_span = [](const BrowserSpan& span) { return span.span_id; };
  const auto by_event = [](const BrowserEvent& event) { return event.event_id; };
  const bool newer_wins = newer.revision > into.revision;
  PageView& winner = newer_wins ? newer : into;
  PageView& loser = newer_wins ? into : newer;
  auto resources = std::move(newer.resources);
  auto long_frames = std::move(newer.long_frames);
  auto breadcrumbs = std::move(newer.breadcrumbs);
  auto spans = std::move(into.spans);
  unite(spans, std::move(newer.spans), by_span);
  auto events = std::move(into.events);
  unite(events, std::move(newer.events), by_event);
  // Union makes the order depend on arrival; time and id do not.
  std::sort(spans.begin(), spans.end(), [](const BrowserSpan& a, const BrowserSpan& b) {
    return std::tie(a.start_ms, a.span_id) < std::tie(b.start_ms, b.span_id);
  });
  std::sort(events.begin(), events.end(), [](const BrowserEvent& a, const BrowserEvent& b) {
    return std::tie(a.occurred_at_unix_ms, a.event_id) < std::tie(b.occurred_at_unix_ms, b.event_id);
  });
  winner.final = winner.final || loser.final;
  if (!winner.timing) winner.timing = loser.timing;
  winner.resources = std::move(resources);
  winner.long_frames = std::move(long_frames);
  winner.breadcrumbs = std::move(breadcrumbs);
  winner.spans = std::move(spans);
  winner.events = std::move(events);
  if (newer_wins) into = std::move(newer);
}

}  // namespace pagewake
