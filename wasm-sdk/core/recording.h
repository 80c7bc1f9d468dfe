// Everything behind Recorder: what a session's signals have said so far. Also
// fed directly by replay.cc, which needs to see every signal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/containers.h"
#include "base/limits.h"
#include "core/view.h"
#include "wire/page_view.h"
#include "wire/signal_log.h"

namespace pagewake {

class Fields;

class Recording {
 public:
  // True if the kind is known.
  bool take(const Signal& signal);

  bool has_news() const;
  // The next beacon's head, and the page views to go with it: both stay here
  // and are good until the next call of anything. `part`: what encode_beacon()
  // leaves out of a part stays news.
  const Beacon& flush(const BeaconId& beacon_id, std::int64_t sent_at_unix_ms, bool part = false);
  std::span<const PageView* const> lent() const { return {lent_.data(), lent_.size()}; }
  void unflush();

  void drop(DropReason reason, std::uint32_t count = 1);
  // Drops that an earlier upload of the same log has reported.
  void forget_drops() { drops_.clear(); }

 private:
  using Taker = void (Recording::*)(const Signal&);
  struct Kind {
    std::string_view name;
    Taker take;
  };
  static const Kind kKinds[];

  void on_init(const Signal& signal);
  void on_view(const Signal& signal);
  void on_device(const Signal& signal);
  void on_nav(const Signal& signal);
  void on_paint(const Signal& signal);
  void on_lcp(const Signal& signal);
  void on_shift(const Signal& signal);
  void on_event(const Signal& signal);
  void on_interactions(const Signal& signal);
  void on_input(const Signal& signal);
  void on_loaf(const Signal& signal);
  void on_resource(const Signal& signal);
  void on_error(const Signal& signal);
  void on_crumb(const Signal& signal);
  void on_span(const Signal& signal);
  void on_page(const Signal& signal);
  void on_user(const Signal& signal);
  void on_tag(const Signal& signal);
  void on_hidden(const Signal& signal);
  void on_visible(const Signal& signal);
  void on_unsupported(const Signal& signal);
  void on_drop(const Signal& signal);
  void on_cost(const Signal& signal);
  void on_end(const Signal& signal);

  View* current() { return views_.empty() ? nullptr : views_.back().get(); }
  // The view that was on when something began. Null only before the first.
  View* view_at(double start_ms);
  void touch_all();
  void forget_old_views();
  void take_frame(View& view, const Signal& signal);
  void estimate_interactions(double id);
  std::int64_t unix_ms(double t_ms) const;
  void set_url(Text& out, std::string_view url) const;
  void set_value(Text& out, std::string_view key, std::string_view value) const;
  KeyValues pairs(Fields& in) const;
  void scrub(Exception& exception) const;
  void add_breadcrumbs(BrowserEvent& event) const;

  // The session and the document.
  Beacon head_;  // its page views stay empty; its drops are those in flight
  List<const PageView*> lent_;
  double time_origin_unix_ms_ = 0;
  std::size_t max_breadcrumbs_ = limits::kBreadcrumbs;
  List<Text> allowed_parameters_;
  Document document_;
  Device device_;
  SdkCost cost_;
  KeyValues tags_;
  bool counts_interactions_ = false;  // the browser does; otherwise we estimate
  double lowest_interaction_id_ = 0, highest_interaction_id_ = 0;

  List<std::unique_ptr<View>> views_;  // oldest first; the last is the current one
  List<Breadcrumb> recent_;            // of the whole session, for errors
  List<ClientDrop> drops_;
  std::uint32_t signals_taken_ = 0;
};

}  // namespace pagewake
