// One page view while it is being recorded: its trackers, and the lists of
// which part has been sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/containers.h"
#include "core/attribution.h"
#include "core/vital_tracker.h"
#include "wire/page_view.h"

namespace pagewake {

// A list of a page view that is sent piece by piece. Items of the last beacon
// stay until the next flush, because that beacon may have to be taken back.
template <typename T>
class Outbox {
 public:
  explicit Outbox(List<T>& items) : items_(items) {}
  // A new one, to be filled where it is.
  T& add() { return items_.emplace_back(); }
  // The one just added does not count.
  void remove_last() { items_.pop_back(); }
  std::size_t waiting() const { return items_.size() - in_flight_; }
  // Lets the last beacon's items go; the first `most` others are the next one's.
  void take(std::size_t most) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
    in_flight_ = items_.size() < most ? items_.size() : most;
  }
  void take_back() { in_flight_ = 0; }
  // Drops the oldest that wait until at most n do.
  void keep_latest(std::size_t n) {
    if (waiting() <= n) return;
    const auto first = items_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
    items_.erase(first, first + static_cast<std::ptrdiff_t>(waiting() - n));
  }

 private:
  List<T>& items_;
  std::size_t in_flight_ = 0;
};

// What all page views of one document share.
struct Document {
  DocumentTimes times;
  bool painted = false;     // first-contentful-paint was seen: CLS counts
  double interactions = 0;  // performance.interactionCount, or an estimate
  List<LoadedResource> resources;
};

struct View {
  View() = default;
  View(const View&) = delete;  // its boxes point into it

  PageView record;         // as it is sent; its lists through the boxes below
  double start_ms = 0;     // since the time origin, as all times here
  bool ended = false;      // replaced, or the document went away
  bool dirty = true;       // a scalar changed since the last flush
  bool in_flight = false;  // was part of the last beacon
  double first_hidden_ms = kNever;
  std::optional<double> hidden_since_ms;
  double last_seen_ms = 0;

  LcpTracker lcp;
  ClsTracker cls;
  InpTracker inp;
  std::optional<double> fcp_ms;    // since start_ms
  double interactions_before = 0;  // of the document, when this view began
  std::optional<double> interactions_at_end;

  Outbox<Resource> resources{record.resources};
  Outbox<LongFrame> long_frames{record.long_frames};
  Outbox<Breadcrumb> breadcrumbs{record.breadcrumbs};
  Outbox<BrowserSpan> spans{record.spans};
  Outbox<BrowserEvent> events{record.events};
  std::uint32_t resource_count = 0, long_frame_count = 0, breadcrumb_count = 0, span_count = 0,
                event_count = 0;

  bool is_soft() const { return record.navigation_type == NavigationType::kSoftNavigation; }
  bool is_restore() const { return record.navigation_type == NavigationType::kBackForwardCache; }
  bool has_document_load() const { return !is_soft() && !is_restore(); }

  void touch(double t_ms) {
    dirty = true;
    if (!ended && t_ms > last_seen_ms) last_seen_ms = t_ms;
  }
  bool has_news() const {
    return dirty || resources.waiting() + long_frames.waiting() + breadcrumbs.waiting() +
                            spans.waiting() + events.waiting() >
                        0;
  }
};

// Vitals with their missing reasons, attribution and duration as of now, into
// view.record.
void summarise(View& view, const Document& document);

}  // namespace pagewake
