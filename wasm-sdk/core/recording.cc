#include "core/recording.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "base/containers.h"
#include "base/limits.h"
#include "base/out_of_line.h"
#include "base/utf8.h"
#include "core/view.h"
#include "privacy/scrub.h"
#include "stack/stack_parse.h"
#include "wire/names.h"
#include "wire/signal_log.h"

namespace pagewake {
namespace {

constexpr std::size_t kRememberedResources = 500;  // for LCP's sub-parts
// Long frames below this leave half the room to those that may explain an INP.
constexpr double kLongFrameForInpMs = 150;
constexpr std::size_t kKeptViews = 2;  // the current one, and one for late entries
// The breadcrumbs in front of an error; more text than this tells nothing more.
constexpr std::size_t kEventBreadcrumbBytes = 32 << 10;
// A soft navigation begins inside an interaction, which the browser counts
// only once it is over. What it counts this soon belongs to the view before.
constexpr double kSettlingMs = 1000;
constexpr double kClickToFrameMs = 100;
constexpr double kClockStepMs = 0.1;

PAGEWAKE_OUT_OF_LINE std::uint64_t whole_up_to(double value, std::uint64_t most) {
  if (!(value > 0)) return 0;
  // A double holds no larger whole numbers exactly.
  most = std::min(most, std::uint64_t{1} << 53);
  return value < static_cast<double>(most) ? static_cast<std::uint64_t>(value) : most;
}

template <typename T>
T whole(double value) {
  return static_cast<T>(whole_up_to(value, std::numeric_limits<T>::max()));
}

}  // namespace

// Reads a signal's fields one after the other.
class Fields {
 public:
  explicit Fields(const Signal& signal, std::size_t from = 0) : signal_(signal), at_(from) {}
  PAGEWAKE_OUT_OF_LINE double number() { return signal_.number(at_++); }
  PAGEWAKE_OUT_OF_LINE std::string_view text() { return signal_.text(at_++); }
  bool flag() { return number() > 0; }
  // The number of items that follow, no more than there can be.
  std::size_t count(std::size_t limit) { return std::min(whole<std::size_t>(number()), limit); }
  bool at_end() const { return at_ >= signal_.fields.size(); }

 private:
  const Signal& signal_;
  std::size_t at_;
};

namespace {

std::int64_t rounded(double value) {
  if (!(value > -9e15 && value < 9e15)) return 0;
  return static_cast<std::int64_t>(value < 0 ? value - 0.5 : value + 0.5);
}

// Scrubs before it cuts: half a secret is not recognised any more. What is far
// beyond the limit is not even read.
PAGEWAKE_OUT_OF_LINE void set_clean(Text& out, std::string_view text, std::size_t limit) {
  const Text scrubbed = scrub_text(cut_utf8(text, 4 * limit));
  out = cut_utf8(scrubbed, limit);
}

PAGEWAKE_OUT_OF_LINE void set_name(Text& out, std::string_view text) {
  set_clean(out, text, limits::kNameBytes);
}

// For code's own names, which hold no data, and whose long identifiers look
// like secrets.
PAGEWAKE_OUT_OF_LINE void set_code_name(Text& out, std::string_view text) {
  out = cut_utf8(text, limits::kNameBytes);
}

PAGEWAKE_OUT_OF_LINE void set_id(std::span<std::uint8_t> out, std::string_view hex) {
  if (!detail::parse_hex(hex, out.data(), out.size())) std::fill(out.begin(), out.end(), 0);
}

void add_drop(List<ClientDrop>& to, DropReason reason, std::uint32_t count) {
  if (count == 0) return;
  for (ClientDrop& drop : to) {
    if (drop.reason == reason) {
      drop.count += std::min(count, std::numeric_limits<std::uint32_t>::max() - drop.count);
      return;
    }
  }
  to.push_back({reason, count});
}

void read_exception(Fields& in, std::string_view mechanism, bool handled, Exception& exception) {
  set_code_name(exception.mechanism, mechanism);
  exception.handled = handled;
  const std::string_view type = in.text();
  const std::string_view value = in.text();
  const std::string_view stack = in.text();
  const std::string_view filename = in.text();
  const double line = in.number(), column = in.number();
  set_code_name(exception.type, type);
  exception.value = Text(cut_utf8(value, 4 * limits::kMessageBytes));
  exception.frames = parse_stack(stack, type, value);
  // window.onerror knows the place even where there is no stack.
  if (exception.frames.empty() && !filename.empty()) {
    Frame& frame = exception.frames.emplace_back();
    frame.filename = Text(filename);
    frame.line = static_cast<std::int32_t>(whole<std::uint32_t>(line) & 0x7FFFFFFF);
    frame.column = static_cast<std::int32_t>(whole<std::uint32_t>(column) & 0x7FFFFFFF);
  }
}

void end_view(View& view, double t_ms) {
  if (view.ended) return;
  view.touch(t_ms);
  view.ended = true;
}

}  // namespace

const Recording::Kind Recording::kKinds[] = {
    {"init", &Recording::on_init},
    {"view", &Recording::on_view},
    {"device", &Recording::on_device},
    {"nav", &Recording::on_nav},
    {"paint", &Recording::on_paint},
    {"lcp", &Recording::on_lcp},
    {"shift", &Recording::on_shift},
    {"event", &Recording::on_event},
    {"interactions", &Recording::on_interactions},
    {"input", &Recording::on_input},
    {"loaf", &Recording::on_loaf},
    {"resource", &Recording::on_resource},
    {"error", &Recording::on_error},
    {"crumb", &Recording::on_crumb},
    {"span", &Recording::on_span},
    {"page", &Recording::on_page},
    {"user", &Recording::on_user},
    {"tag", &Recording::on_tag},
    {"hidden", &Recording::on_hidden},
    {"visible", &Recording::on_visible},
    {"unsupported", &Recording::on_unsupported},
    {"drop", &Recording::on_drop},
    {"cost", &Recording::on_cost},
    {"end", &Recording::on_end},
};

bool Recording::take(const Signal& signal) {
  if (signal.kind == "log") return false;  // a raw upload's head, which says nothing of the page
  ++signals_taken_;
  for (const Kind& kind : kKinds) {
    if (kind.name != signal.kind) continue;
    (this->*kind.take)(signal);
    return true;
  }
  return false;
}

View* Recording::view_at(double start_ms) {
  for (std::size_t i = views_.size(); i-- > 1;) {
    if (views_[i]->start_ms <= start_ms) return views_[i].get();
  }
  return views_.empty() ? nullptr : views_.front().get();
}

void Recording::touch_all() {
  for (const auto& view : views_) view->dirty = true;
}

std::int64_t Recording::unix_ms(double t_ms) const { return rounded(time_origin_unix_ms_ + t_ms); }
PAGEWAKE_OUT_OF_LINE void Recording::set_url(Text& out, std::string_view url) const {
  out = scrub_url(url, allowed_parameters_);
}

void Recording::drop(DropReason reason, std::uint32_t count) {
  add_drop(drops_, reason, count);
  cost_.dropped += count;
}

KeyValues Recording::pairs(Fields& in) const {
  KeyValues out;
  for (std::size_t n = in.count(limits::kFieldsPerSignal); n > 0 && !in.at_end(); --n) {
    const std::string_view key = in.text();
    const std::string_view value = in.text();
    if (out.size() == limits::kTags) continue;
    auto& pair = out.emplace_back();
    set_name(pair.first, key);
    set_value(pair.second, key, value);
  }
  return out;
}

void Recording::set_value(Text& out, std::string_view key, std::string_view value) const {
  if (is_secret_name(key)) {
    out = "[Filtered]";
  } else if (value.find("://") < 16 || value.substr(0, 1) == "/") {
    set_url(out, value);
  } else {
    set_clean(out, value, limits::kMessageBytes);
  }
}

// Lets go of views that are over, sent, and too old for late entries.
void Recording::forget_old_views() {
  for (std::size_t i = 0; i + kKeptViews < views_.size();) {
    if (views_[i]->has_news() || views_[i]->in_flight) {
      ++i;
    } else {
      views_.erase(views_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  // A page that cannot send for hours must not grow for ever.
  while (views_.size() > limits::kPageViewsPerBeacon) {
    views_.erase(views_.begin());
    drop(DropReason::kQueueFull);
  }
}

// One function for each kind of signal from here.

void Recording::on_init(const Signal& signal) {
  Fields in(signal);
  time_origin_unix_ms_ = signal.t_ms;
  set_id(head_.session_id.bytes, in.text());
  set_code_name(head_.sdk_version, in.text());
  set_code_name(head_.release, in.text());
  set_code_name(head_.environment, in.text());
  set_name(head_.user_id, in.text());
  const double breadcrumbs = in.number();
  if (breadcrumbs >= 0) {
    max_breadcrumbs_ = std::min(whole<std::size_t>(breadcrumbs), limits::kBreadcrumbs);
  }
  std::string_view names = in.text();
  allowed_parameters_.clear();
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    if (comma != 0) allowed_parameters_.emplace_back(names.substr(0, comma));
    names = comma == std::string_view::npos ? std::string_view{} : names.substr(comma + 1);
  }
  head_.webdriver = in.flag();
}

void Recording::on_view(const Signal& signal) {
  Fields in(signal);
  auto owned = std::make_unique<View>();
  View& view = *owned;
  PageView& record = view.record;
  set_id(record.page_view_id.bytes, in.text());
  set_id(record.trace_id.bytes, in.text());
  set_id(record.span_id.bytes, in.text());
  set_id(record.server_span_id.bytes, in.text());
  record.navigation_type = navigation_type_from(in.text()).value_or(NavigationType::kNavigate);
  const std::string_view url = in.text();
  const std::string_view page = in.text();
  set_name(record.title, in.text());
  set_url(record.referrer, in.text());
  record.hidden_at_start = in.flag();
  const double weight = in.number();
  set_id(record.previous_page_view_id.bytes, in.text());
  const double start = in.number();
  record.kept_by_exception = in.flag();
  if (record.page_view_id.is_zero()) return drop(DropReason::kInvalidId);

  set_url(record.url, url);
  set_name(record.page, page);
  record.weight = weight >= 0 ? weight : 1;
  view.start_ms = view.last_seen_ms = start >= 0 ? start : signal.t_ms;
  record.started_at_unix_ms = unix_ms(view.start_ms);
  if (record.hidden_at_start) {
    view.first_hidden_ms = -kNever;
    view.lcp.hidden(-kNever);
    view.hidden_since_ms = view.start_ms;
  }
  view.interactions_before = document_.interactions;
  if (View* before = current()) {
    end_view(*before, view.start_ms);
    before->interactions_at_end = document_.interactions;
    before->record.sdk_cost = cost_;
    if (record.previous_page_view_id.is_zero() && !view.has_document_load()) {
      record.previous_page_view_id = before->record.page_view_id;
    }
  }
  record.device = device_;
  record.sdk_cost = cost_;
  record.tags = tags_;
  views_.push_back(std::move(owned));
  forget_old_views();
}

void Recording::on_device(const Signal& signal) {
  Fields in(signal);
  set_code_name(device_.effective_connection_type, in.text());
  device_.rtt_ms = whole<std::uint32_t>(in.number());
  device_.downlink_kbps = whole<std::uint32_t>(in.number());
  device_.save_data = in.flag();
  device_.memory_mb_rounded = whole<std::uint16_t>(in.number());
  device_.cores = whole<std::uint16_t>(in.number());
  device_.viewport_width_px = whole<std::uint32_t>(in.number());
  device_.viewport_height_px = whole<std::uint32_t>(in.number());
  device_.screen_width_px = whole<std::uint32_t>(in.number());
  device_.screen_height_px = whole<std::uint32_t>(in.number());
  set_code_name(device_.language, in.text());
  if (View* view = current()) {
    view->record.device = device_;
    view->touch(signal.t_ms);
  }
}

void Recording::on_nav(const Signal& signal) {
  View* load = nullptr;
  for (const auto& view : views_) {
    if (view->has_document_load()) load = view.get();
  }
  const double from = load != nullptr ? load->start_ms : 0;
  Fields in(signal);
  NavigationTiming timing;
  double absolute[16];
  std::size_t at = 0;
  for (double* time :
       {&timing.redirect_start_ms, &timing.redirect_end_ms, &timing.worker_start_ms,
        &timing.fetch_start_ms, &timing.domain_lookup_start_ms, &timing.domain_lookup_end_ms,
        &timing.connect_start_ms, &timing.secure_connection_start_ms, &timing.connect_end_ms,
        &timing.request_start_ms, &timing.response_start_ms, &timing.response_end_ms,
        &timing.dom_interactive_ms, &timing.dom_content_loaded_ms, &timing.dom_complete_ms,
        &timing.load_event_end_ms}) {
    absolute[at] = in.number();
    *time = absolute[at] > 0 ? absolute[at] - from : 0;
    ++at;
  }
  timing.transfer_bytes = whole<std::uint64_t>(in.number());
  timing.encoded_body_bytes = whole<std::uint64_t>(in.number());
  timing.decoded_body_bytes = whole<std::uint64_t>(in.number());
  timing.response_status = whole<std::uint16_t>(in.number());
  timing.redirect_count = whole<std::uint16_t>(in.number());
  set_code_name(timing.next_hop_protocol, in.text());
  const double content_loaded_start = in.number();
  set_clean(timing.server_timing, in.text(), limits::kMessageBytes);
  set_name(timing.not_restored_reasons, in.text());

  DocumentTimes& times = document_.times;
  times.response_start_ms = std::max(absolute[10], 0.0);
  times.known = absolute[10] > 0 && absolute[10] < signal.t_ms;
  times.dom_interactive_ms = std::max(absolute[12], 0.0);
  times.dom_content_loaded_start_ms =
      std::max(content_loaded_start > 0 ? content_loaded_start : absolute[13], 0.0);
  times.dom_complete_ms = std::max(absolute[14], 0.0);
  if (load != nullptr) {
    load->record.timing = std::move(timing);
    load->touch(signal.t_ms);
  }
  touch_all();
}

void Recording::on_paint(const Signal& signal) {
  const double start = signal.number(0);
  View* view = view_at(start);
  if (view == nullptr || start < 0) return;
  // A restored page paints what it already has: two frames, whatever the
  // tab's visibility was.
  if (!view->fcp_ms && (view->is_restore() || start < view->first_hidden_ms)) {
    view->fcp_ms = std::max(start - view->start_ms, 0.0);
    document_.painted = true;
    touch_all();
  }
  view->touch(signal.t_ms);
}

void Recording::on_lcp(const Signal& signal) {
  const double start = signal.number(0);
  View* view = view_at(start);
  // A restored page's paint is its LCP; what the browser still reports is
  // about the first load.
  if (view == nullptr || start < 0 || view->is_restore()) return;
  const std::string_view url = signal.text(4);
  LcpCandidate candidate;
  candidate.start_ms = start;
  set_name(candidate.target, signal.text(5));
  set_url(candidate.url, url);
  candidate.url_hash = hash_url(url);
  view->lcp.candidate(std::move(candidate));
  view->touch(signal.t_ms);
}

void Recording::on_shift(const Signal& signal) {
  const double start = signal.number(0);
  View* view = view_at(start);
  const double value = signal.number(1);
  if (view == nullptr || !(value > 0)) return;
  Shift shift;
  shift.start_ms = start;
  shift.value = value;
  set_name(shift.target, signal.text(3));
  view->cls.shift(std::move(shift), signal.number(2) > 0);
  view->touch(signal.t_ms);
}

void Recording::on_event(const Signal& signal) {
  EventEntry entry;
  Fields in(signal);
  entry.start_ms = in.number();
  entry.duration_ms = in.number();
  entry.processing_start_ms = in.number();
  entry.processing_end_ms = in.number();
  entry.interaction_id = in.number();
  set_code_name(entry.name, in.text());
  set_name(entry.target, in.text());
  // A soft navigation begins with the event that led to it, which belongs to
  // the view before.
  View* view = view_at(entry.start_ms - kClockStepMs);
  if (view == nullptr || entry.start_ms < 0 || entry.duration_ms < 0) return;
  if (!counts_interactions_ && entry.interaction_id > 0)
    estimate_interactions(entry.interaction_id);
  view->inp.event(entry);
  view->touch(signal.t_ms);
}

// Browsers number interactions in steps of about seven.
void Recording::estimate_interactions(double id) {
  if (lowest_interaction_id_ == 0 || id < lowest_interaction_id_) lowest_interaction_id_ = id;
  highest_interaction_id_ = std::max(highest_interaction_id_, id);
  document_.interactions = (highest_interaction_id_ - lowest_interaction_id_) / 7 + 1;
}

void Recording::on_interactions(const Signal& signal) {
  const double count = signal.number(0);
  View* view = current();
  if (count < 0 || (counts_interactions_ && count == document_.interactions)) return;
  counts_interactions_ = true;
  document_.interactions = count;
  if (view == nullptr) return;
  if (view->is_soft() && signal.t_ms <= view->start_ms + kSettlingMs) {
    view->interactions_before = count;
  }
  view->touch(signal.t_ms);
}

void Recording::on_input(const Signal& signal) {
  if (View* view = view_at(signal.t_ms - kClockStepMs)) view->lcp.input(signal.t_ms);
}

void Recording::on_loaf(const Signal& signal) {
  const double start = signal.number(0);
  // The click that changes the route belongs to the view it left, and is
  // handled in a frame that begins just after the new one did.
  View* view = view_at(start - kClickToFrameMs);
  if (view == nullptr || start < 0) return;
  take_frame(*view, signal);
  // An interaction of the next view may have waited for this frame.
  View* next = view_at(start + signal.number(1));
  if (next != view) take_frame(*next, signal);
}

void Recording::take_frame(View& view, const Signal& signal) {
  view.touch(signal.t_ms);
  Fields in(signal);
  const double start_ms = in.number() - view.start_ms;
  const double duration_ms = std::max(in.number(), 0.0);
  const std::size_t room = duration_ms < kLongFrameForInpMs ? limits::kLongFramesPerPageView / 2
                                                            : limits::kLongFramesPerPageView;
  if (view.long_frame_count >= room) return drop(DropReason::kTruncated);
  LongFrame& frame = view.long_frames.add();
  frame.index = view.long_frame_count++;
  frame.start_ms = start_ms;
  frame.duration_ms = duration_ms;
  frame.blocking_ms = std::max(in.number(), 0.0);
  const double style_start = in.number();
  if (style_start > 0) frame.style_and_layout_start_ms = style_start - view.start_ms;
  while (!in.at_end() && frame.scripts.size() < limits::kScriptsPerLongFrame) {
    LongFrameScript& script = frame.scripts.emplace_back();
    set_url(script.url, in.text());
    set_code_name(script.function, in.text());
    set_name(script.invoker, in.text());
    script.char_position = whole<std::uint32_t>(in.number());
    script.start_ms = in.number() - view.start_ms;
    script.duration_ms = std::max(in.number(), 0.0);
    script.forced_style_and_layout_ms = std::max(in.number(), 0.0);
  }
}

void Recording::on_resource(const Signal& signal) {
  Fields in(signal);
  const std::string_view url = in.text();
  const std::string_view initiator_type = in.text();
  const std::string_view next_hop_protocol = in.text();
  const double start = in.number();
  View* view = view_at(start);
  if (view == nullptr || start < 0) return;
  const double duration = in.number();
  const double lookup_start = in.number(), lookup_end = in.number();
  const double connect_start = in.number(), secure_start = in.number(), connect_end = in.number();
  const double request_start = in.number(), response_start = in.number();
  double response_end = in.number();
  if (response_end <= 0 && duration > 0) response_end = start + duration;

  LoadedResource loaded;
  loaded.url_hash = hash_url(url);
  loaded.request_or_start_ms = request_start > 0 ? request_start : start;
  loaded.response_end_ms = response_end;
  if (document_.resources.size() >= kRememberedResources) {
    document_.resources.erase(document_.resources.begin());
  }
  document_.resources.push_back(loaded);
  // Its sub-parts may be the LCP's of any view, whose start lies later.
  for (const auto& other : views_) {
    const auto& lcp = other->lcp.value();
    if (lcp && lcp->url_hash == loaded.url_hash) other->dirty = true;
  }
  view->touch(signal.t_ms);
  if (view->resource_count == limits::kResourcesPerPageView) {
    return drop(DropReason::kTruncated);
  }
  const auto since = [&](double t) { return t > 0 ? t - view->start_ms : 0; };
  Resource& resource = view->resources.add();
  set_url(resource.url, url);
  set_code_name(resource.initiator_type, initiator_type);
  set_code_name(resource.next_hop_protocol, next_hop_protocol);
  resource.transfer_bytes = whole<std::uint64_t>(in.number());
  resource.encoded_body_bytes = whole<std::uint64_t>(in.number());
  resource.decoded_body_bytes = whole<std::uint64_t>(in.number());
  resource.response_status = whole<std::uint16_t>(in.number());
  resource.render_blocking = in.flag();
  set_clean(resource.server_timing, in.text(), limits::kMessageBytes);
  resource.start_ms = start - view->start_ms;
  resource.domain_lookup_ms = std::max(lookup_end - lookup_start, 0.0);
  resource.connect_ms = std::max(connect_end - connect_start, 0.0);
  resource.tls_ms = secure_start > 0 ? std::max(connect_end - secure_start, 0.0) : 0;
  resource.request_start_ms = since(request_start);
  resource.response_start_ms = since(response_start);
  resource.response_end_ms = since(response_end);
  resource.index = view->resource_count++;
}

void Recording::on_error(const Signal& signal) {
  View* view = current();
  if (view == nullptr) return drop(DropReason::kInvalidId);
  Fields in(signal);
  BrowserEvent& event = view->events.add();
  set_id(event.event_id.bytes, in.text());
  const std::string_view mechanism = in.text();
  const bool handled = in.flag();
  const std::string_view level = in.text();
  if (!level.empty()) set_code_name(event.level, level);
  set_clean(event.message, in.text(), limits::kMessageBytes);
  set_url(event.url, in.text());
  set_id(event.span_id.bytes, in.text());
  event.occurred_at_unix_ms = unix_ms(signal.t_ms);
  bool noise = false;
  for (std::size_t n = in.count(limits::kFieldsPerSignal); n > 0 && !in.at_end(); --n) {
    Exception& exception = event.exceptions.emplace_back();
    read_exception(in, mechanism, handled, exception);
    noise = noise || (event.exceptions.size() == 1 && is_known_noise(exception));
    if (event.exceptions.size() > limits::kExceptionsPerEvent) {
      event.exceptions.pop_back();
    } else {
      scrub(exception);
    }
  }
  event.tags = pairs(in);
  for (std::size_t n = in.count(limits::kFieldsPerSignal); n > 0 && !in.at_end(); --n) {
    const std::string_view part = in.text();
    if (event.fingerprint.size() < limits::kTags) set_name(event.fingerprint.emplace_back(), part);
  }
  event.debug_ids = pairs(in);
  view->touch(signal.t_ms);
  if (!noise && (!event.exceptions.empty() || event.level == "error" || event.level == "fatal")) {
    ++view->record.error_count;
  }
  DropReason why{};
  if (noise) {
    why = DropReason::kNoise;
  } else if (event.event_id.is_zero()) {
    // One more of those already told: the shim leaves out what it was.
    why = DropReason::kRepeated;
  } else if (view->event_count == limits::kEventsPerPageView) {
    why = DropReason::kTruncated;
  }
  if (why != DropReason{}) {
    view->events.remove_last();
    return drop(why);
  }
  ++view->event_count;
  add_breadcrumbs(event);
}

// After the noise check, which needs file names as they are.
void Recording::scrub(Exception& exception) const {
  set_name(exception.type, exception.type);
  set_clean(exception.value, exception.value, limits::kMessageBytes);
  for (Frame& frame : exception.frames) {
    set_url(frame.filename, frame.filename);
    set_code_name(frame.function, frame.function);
  }
}

void Recording::add_breadcrumbs(BrowserEvent& event) const {
  std::size_t from = recent_.size();
  std::size_t text_bytes = 0;
  while (from > 0) {
    const Breadcrumb& crumb = recent_[from - 1];
    text_bytes += crumb.message.size();
    for (const auto& [key, value] : crumb.data) text_bytes += key.size() + value.size();
    if (text_bytes > kEventBreadcrumbBytes) break;
    --from;
  }
  event.breadcrumbs.assign(recent_.begin() + static_cast<std::ptrdiff_t>(from), recent_.end());
}

void Recording::on_crumb(const Signal& signal) {
  View* view = current();
  if (view == nullptr || max_breadcrumbs_ == 0) return;
  Fields in(signal);
  if (recent_.size() >= max_breadcrumbs_) recent_.erase(recent_.begin());
  Breadcrumb& crumb = recent_.emplace_back();
  crumb.at_unix_ms = unix_ms(signal.t_ms);
  set_code_name(crumb.type, in.text());
  set_code_name(crumb.category, in.text());
  set_code_name(crumb.level, in.text());
  set_clean(crumb.message, in.text(), limits::kMessageBytes);
  crumb.data = pairs(in);
  crumb.index = view->breadcrumb_count++;
  view->breadcrumbs.add() = crumb;
  view->breadcrumbs.keep_latest(max_breadcrumbs_);
  view->touch(signal.t_ms);
}

void Recording::on_span(const Signal& signal) {
  Fields in(signal);
  SpanId span_id;
  set_id(span_id.bytes, in.text());
  const std::string_view parent_span_id = in.text(), name = in.text(), op = in.text();
  const double start = in.number();
  View* view = view_at(start);
  if (view == nullptr) return;
  view->touch(signal.t_ms);
  if (span_id.is_zero()) return drop(DropReason::kInvalidId);
  // Frameworks and tag managers make thousands of marks: they must not crowd
  // out requests.
  const std::size_t room =
      op == "mark" || op == "measure" ? limits::kUserTimingsPerPageView : limits::kSpansPerPageView;
  if (view->span_count >= room) return drop(DropReason::kTruncated);
  ++view->span_count;
  BrowserSpan& span = view->spans.add();
  span.span_id = span_id;
  set_id(span.parent_span_id.bytes, parent_span_id);
  if (span.parent_span_id.is_zero()) span.parent_span_id = view->record.span_id;
  set_name(span.name, name);
  set_code_name(span.op, op);
  span.start_ms = start - view->start_ms;
  span.duration_ms = std::max(in.number(), 0.0);
  span.http_status = whole<std::uint16_t>(in.number());
  span.failed = in.flag();
  span.attributes = pairs(in);
}

void Recording::on_page(const Signal& signal) {
  View* view = current();
  if (view == nullptr || signal.text(0).empty()) return;
  set_name(view->record.page, signal.text(0));
  view->touch(signal.t_ms);
}

void Recording::on_user(const Signal& signal) {
  set_name(head_.user_id, signal.text(0));
  if (View* view = current()) view->touch(signal.t_ms);
}

void Recording::on_tag(const Signal& signal) {
  Text key;
  set_name(key, signal.text(0));
  if (key.empty()) return;
  Text value;
  set_value(value, signal.text(0), signal.text(1));
  const auto known =
      std::find_if(tags_.begin(), tags_.end(), [&](const auto& tag) { return tag.first == key; });
  if (known != tags_.end()) {
    known->second = std::move(value);
  } else if (tags_.size() < limits::kTags) {
    tags_.emplace_back(key, std::move(value));
  } else {
    return drop(DropReason::kTruncated);
  }
  if (View* view = current()) {
    view->record.tags = tags_;
    view->touch(signal.t_ms);
  }
}

void Recording::on_hidden(const Signal& signal) {
  View* view = current();
  if (view == nullptr) return;
  // Told late, by the browser's own list.
  if (signal.t_ms <= view->start_ms) view->record.hidden_at_start = true;
  view->first_hidden_ms = std::min(view->first_hidden_ms, signal.t_ms);
  view->lcp.hidden(signal.t_ms);
  view->touch(signal.t_ms);
  if (!view->hidden_since_ms) view->hidden_since_ms = signal.t_ms;
}

void Recording::on_visible(const Signal&) {
  if (View* view = current()) view->hidden_since_ms.reset();
}

// Who reads the record knows which vitals need which type (wire/explain.h).
void Recording::on_unsupported(const Signal& signal) {
  set_code_name(device_.unsupported_entry_types, signal.text(0));
  for (const auto& view : views_) view->record.device = device_;
  touch_all();
}

void Recording::on_drop(const Signal& signal) {
  const double number = signal.number(0);
  const auto reason = number > 0 && number < 256
                          ? drop_reason_from(static_cast<std::uint8_t>(number))
                          : std::nullopt;
  drop(reason.value_or(DropReason::kReportedByClient), whole<std::uint32_t>(signal.number(1)));
}

void Recording::on_cost(const Signal& signal) {
  // Not news: it would make every flush worth sending.
  cost_.main_thread_ms = std::max(signal.number(0), 0.0);
  cost_.core_load_ms = whole<std::uint32_t>(signal.number(1));
  cost_.sent_bytes = whole<std::uint32_t>(signal.number(2));
}

void Recording::on_end(const Signal& signal) {
  if (View* view = current()) end_view(*view, signal.t_ms);
}

bool Recording::has_news() const {
  if (!drops_.empty()) return true;
  for (const auto& view : views_) {
    if (view->has_news()) return true;
  }
  return false;
}

const Beacon& Recording::flush(const BeaconId& beacon_id, std::int64_t sent_at_unix_ms, bool part) {
  const std::size_t items = part ? limits::kItemsPerPart : SIZE_MAX;
  head_.beacon_id = beacon_id;
  head_.sent_at_unix_ms = sent_at_unix_ms;
  head_.rules_hash = scrub_rules_hash();
  if (View* view = current()) view->record.sdk_cost = cost_;
  for (const auto& held : views_) held->in_flight = held->has_news();
  forget_old_views();
  lent_.clear();
  for (const auto& held : views_) {
    View& view = *held;
    if (!view.in_flight) continue;
    summarise(view, document_);
    // What has heard more is later. The same count on both ways lets the core
    // take over a document whose first upload was a raw log.
    view.record.revision = signals_taken_;
    view.dirty = false;
    view.resources.take(items);
    view.long_frames.take(items);
    view.breadcrumbs.take(items);
    view.spans.take(items);
    view.events.take(part ? limits::kEventsPerPart : SIZE_MAX);
    lent_.push_back(&view.record);
  }
  head_.drops = std::move(drops_);
  drops_.clear();
  return head_;
}

void Recording::unflush() {
  for (const auto& held : views_) {
    View& view = *held;
    if (!view.in_flight) continue;
    view.in_flight = false;
    view.dirty = true;
    view.resources.take_back();
    view.long_frames.take_back();
    view.breadcrumbs.take_back();
    view.breadcrumbs.keep_latest(max_breadcrumbs_);
    view.spans.take_back();
    view.events.take_back();
  }
  for (const ClientDrop& drop : head_.drops) {
    add_drop(drops_, drop.reason, drop.count);
  }
  head_.drops.clear();
}

}  // namespace pagewake
