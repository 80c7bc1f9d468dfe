// What one beacon says: the records of the browser, as plain values. The core
// fills them, encode/decode carry them, the server stores them. Field names
// are those of the API's JSON, so one search finds the whole path.
//
// Times: `..._ms` are milliseconds since the *page view's* own start (its
// started_at_unix_ms); for a document load that is the navigation start
// (performance.timeOrigin, or activationStart for a prerendered page).
// A std::optional that is empty was not measured or does not apply.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/containers.h"
#include "base/drop_reason.h"
#include "base/ids.h"

namespace pagewake {

using KeyValues = List<std::pair<Text, Text>>;

// How the page view began; names as in the API ("navigation_type").
enum class NavigationType : std::uint8_t {
  kNavigate = 0,          // navigate
  kReload = 1,            // reload
  kBackForward = 2,       // back_forward
  kBackForwardCache = 3,  // back_forward_cache (bfcache restore)
  kPrerender = 4,         // prerender
  kRestore = 5,           // restore (tab discarded by the browser)
  kSoftNavigation = 6,    // soft_navigation (SPA route change)
};

// Why a vital has no value; names as in the API's `missing`.
enum class MissingReason : std::uint8_t {
  kNone = 0,           // it has a value
  kNotYet = 1,         // not_yet: the page view goes on
  kNoInteraction = 2,  // no_interaction (INP)
  kHiddenFirst = 3,    // hidden_first: loaded in the background (FCP, LCP)
  kUnsupported = 4,    // unsupported: this browser does not report it
  kNotApplicable = 5,  // not_applicable: e.g. TTFB of a soft navigation
  kLeftEarly = 6,      // left_early: the visitor left before it happened
};

struct Vitals {
  std::optional<double> lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms;
  MissingReason lcp_missing = MissingReason::kNotYet;
  MissingReason inp_missing = MissingReason::kNotYet;
  MissingReason cls_missing = MissingReason::kNotYet;
  MissingReason fcp_missing = MissingReason::kNotYet;
  MissingReason ttfb_missing = MissingReason::kNotYet;
  friend bool operator==(const Vitals&, const Vitals&) = default;
};

// web-vitals v6's attribution, snake case with units. Only what was measured.
struct Attribution {
  // LCP: the four sub-parts add up to lcp_ms.
  Text lcp_target;  // CSS selector
  Text lcp_url;     // of the image; empty for text
  std::optional<double> lcp_time_to_first_byte_ms, lcp_resource_load_delay_ms,
      lcp_resource_load_duration_ms, lcp_element_render_delay_ms;
  // INP: the three phases add up to inp_ms.
  Text inp_target, inp_type;  // selector; "pointer" or "keyboard"
  std::optional<double> inp_time_ms, inp_input_delay_ms, inp_processing_duration_ms,
      inp_presentation_delay_ms;
  Text inp_load_state;
  // Of the long frames that the interaction touched (wire/explain.h).
  Text inp_longest_script_url, inp_longest_script_function, inp_longest_script_invoker;
  std::optional<double> inp_longest_script_ms;  // after the input only
  // CLS
  Text cls_largest_shift_target, cls_load_state;
  std::optional<double> cls_largest_shift_time_ms, cls_largest_shift_value;
  // INP again. In which of its phases the longest script began: "input-delay",
  // "processing-duration" or "presentation-delay".
  Text inp_longest_script_subpart;
  std::uint32_t inp_longest_script_char_position = 0;  // in its source
  // What was done in those frames; with what nobody knows they add up to INP.
  std::optional<double> inp_total_script_ms, inp_total_style_and_layout_ms, inp_total_paint_ms,
      inp_total_unattributed_ms;
  friend bool operator==(const Attribution&, const Attribution&) = default;
};

// PerformanceNavigationTiming, relative to the page view's start. Absent for
// soft navigations and bfcache restores.
struct NavigationTiming {
  double redirect_start_ms = 0, redirect_end_ms = 0, worker_start_ms = 0, fetch_start_ms = 0,
         domain_lookup_start_ms = 0, domain_lookup_end_ms = 0, connect_start_ms = 0,
         secure_connection_start_ms = 0, connect_end_ms = 0, request_start_ms = 0,
         response_start_ms = 0, response_end_ms = 0, dom_interactive_ms = 0,
         dom_content_loaded_ms = 0, dom_complete_ms = 0, load_event_end_ms = 0;
  std::uint64_t transfer_bytes = 0, encoded_body_bytes = 0, decoded_body_bytes = 0;
  std::uint16_t response_status = 0;
  std::uint16_t redirect_count = 0;
  Text next_hop_protocol;  // "h2"
  // The response's Server-Timing, as that header's text: "db;dur=53.2, cache;desc=hit".
  Text server_timing;
  // Why the back-forward cache had nothing, as the browser names it, by commas.
  Text not_restored_reasons;
  friend bool operator==(const NavigationTiming&, const NavigationTiming&) = default;
};

// Lists of a page view are sent in pieces. `index` is the item's place in the
// page view's whole list (from 0): the server merges by it, so a piece that
// arrives twice or late changes nothing.
struct Resource {
  std::uint32_t index = 0;
  Text url;             // scrubbed
  Text initiator_type;  // "img", "script", "fetch", ...
  Text next_hop_protocol;
  double start_ms = 0;  // startTime
  // 0 where the browser withholds it (cross-origin without Timing-Allow-Origin)
  double domain_lookup_ms = 0, connect_ms = 0, tls_ms = 0;  // durations
  double request_start_ms = 0, response_start_ms = 0, response_end_ms = 0;
  std::uint64_t transfer_bytes = 0, encoded_body_bytes = 0, decoded_body_bytes = 0;
  std::uint16_t response_status = 0;
  bool render_blocking = false;
  Text server_timing;  // as NavigationTiming's
  friend bool operator==(const Resource&, const Resource&) = default;
};

struct LongFrameScript {
  Text url, function, invoker;  // as PerformanceScriptTiming names them
  std::uint32_t char_position = 0;
  double start_ms = 0, duration_ms = 0;
  double forced_style_and_layout_ms = 0;  // of its duration
  friend bool operator==(const LongFrameScript&, const LongFrameScript&) = default;
};

struct LongFrame {  // long animation frame, or long task
  std::uint32_t index = 0;
  double start_ms = 0, duration_ms = 0, blocking_ms = 0;
  // Of its longest script; the reader takes them from `scripts`.
  Text script_url, script_function, invoker;
  double script_ms = 0;
  double style_and_layout_start_ms = 0;  // 0: a task, or nothing was rendered
  List<LongFrameScript> scripts;         // of 5 ms and more, longest first
  friend bool operator==(const LongFrame&, const LongFrame&) = default;
};

struct Breadcrumb {
  std::uint32_t index = 0;
  std::int64_t at_unix_ms = 0;
  Text type;      // "default", "http", "navigation", "user"
  Text category;  // "ui.click", "fetch", "xhr", "console", "navigation"
  Text level;     // "info", "warning", "error", ...
  Text message;
  KeyValues data;
  friend bool operator==(const Breadcrumb&, const Breadcrumb&) = default;
};

// A span that the browser made: an outgoing fetch/XHR or one of startSpan().
// The page load itself is the page view's root span (PageView::span_id).
struct BrowserSpan {
  SpanId span_id, parent_span_id;
  Text name;  // "GET /api/cart"
  Text op;    // "http.client", "ui.action", or the caller's
  double start_ms = 0, duration_ms = 0;
  std::uint16_t http_status = 0;  // 0: none or failed
  bool failed = false;
  KeyValues attributes;  // OpenTelemetry names
  friend bool operator==(const BrowserSpan&, const BrowserSpan&) = default;
};

struct Frame {
  Text function, filename;  // raw, as the browser names them (scrubbed)
  std::int32_t line = 0;    // from 1; 0 unknown
  std::int32_t column = 0;  // as the browser reports it, from 1; 0 unknown
  bool in_app = true;
  friend bool operator==(const Frame&, const Frame&) = default;
};

struct Exception {
  Text type, value;
  Text mechanism;  // "onerror", "onunhandledrejection", "generic", ...
  bool handled = false;
  List<Frame> frames;  // newest call first
  friend bool operator==(const Exception&, const Exception&) = default;
};

struct BrowserEvent {  // one error or message
  EventId event_id;
  std::int64_t occurred_at_unix_ms = 0;
  Text level = "error";
  Text message;                  // of captureMessage; else empty
  List<Exception> exceptions;    // outermost first, then causes
  List<Breadcrumb> breadcrumbs;  // what happened before, oldest first
  List<Text> fingerprint;        // custom; else empty
  KeyValues tags;
  Text url;        // where the page was
  SpanId span_id;  // active span; zero: the page view's
  // Debug ids of the scripts in its stacks, each with the script's URL (scrubbed).
  KeyValues debug_ids;
  friend bool operator==(const BrowserEvent&, const BrowserEvent&) = default;
};

struct Device {
  Text type;                       // "desktop", "mobile", "tablet" (server: from the UA)
  Text effective_connection_type;  // "4g"
  std::uint32_t rtt_ms = 0, downlink_kbps = 0;
  bool save_data = false;
  std::uint16_t memory_mb_rounded = 0;  // deviceMemory * 1024
  std::uint16_t cores = 0;
  std::uint32_t viewport_width_px = 0, viewport_height_px = 0, screen_width_px = 0,
                screen_height_px = 0;
  Text language;
  // Of the performance entry types that we watch, those that this browser does
  // not have, by commas: "layout-shift,long-animation-frame".
  Text unsupported_entry_types;
  friend bool operator==(const Device&, const Device&) = default;
};

struct SdkCost {                   // what we cost the page
  double main_thread_ms = 0;       // spent in our own code
  std::uint32_t core_load_ms = 0;  // fetch + instantiate of the module, 0: never came
  std::uint32_t sent_bytes = 0;
  std::uint32_t dropped = 0;  // signals and records left out so far, for any reason
  friend bool operator==(const SdkCost&, const SdkCost&) = default;
};

// What is read of a page view's bytes.
enum class ViewParts : std::uint8_t {
  kAll,
  kMeasured,  // all but breadcrumbs and events, whose lists stay empty
};

struct PageView {
  PageViewId page_view_id;
  std::uint32_t revision = 0;  // signals heard so far: of two, the higher knows more
  bool final = false;          // nothing but late events will follow
  TraceId trace_id;
  SpanId span_id;                    // root span of this page view
  SpanId server_span_id;             // server's span from traceparent; zero: none
  PageViewId previous_page_view_id;  // soft navigation, bfcache: what came before
  Text url, referrer;                // scrubbed
  Text page;                         // the route, "/product/:id"; the site's, or the reader's
  Text title;
  NavigationType navigation_type = NavigationType::kNavigate;
  std::int64_t started_at_unix_ms = 0;  // browser's clock
  double duration_ms = 0;               // until hidden or replaced, so far
  bool hidden_at_start = false;
  double weight = 1;               // how many visits it stands for
  bool kept_by_exception = false;  // slow or failed only: not in percentiles
  Vitals vitals;
  Attribution attribution;
  std::optional<NavigationTiming> timing;
  List<Resource> resources;      // by index
  List<LongFrame> long_frames;   // by index
  List<Breadcrumb> breadcrumbs;  // by index
  List<BrowserSpan> spans;       // by span_id
  List<BrowserEvent> events;     // by event_id
  KeyValues tags;
  std::uint32_t error_count = 0;  // all errors, also those not sent
  Device device;
  SdkCost sdk_cost;
  friend bool operator==(const PageView&, const PageView&) = default;
};

struct ClientDrop {
  DropReason reason = DropReason::kLostInside;
  std::uint32_t count = 0;
  friend bool operator==(const ClientDrop&, const ClientDrop&) = default;
};

// One upload.
struct Beacon {
  BeaconId beacon_id;
  SessionId session_id;
  Text sdk_version, release, environment, user_id;
  std::int64_t sent_at_unix_ms = 0;  // browser's clock, to measure its skew
  std::uint32_t rules_hash = 0;      // of the scrubber that ran in the page
  bool replayed = false;             // made by the server from a raw signal log
  bool webdriver = false;            // navigator.webdriver: the browser is automated
  List<PageView> page_views;
  List<ClientDrop> drops;  // since the last beacon
  friend bool operator==(const Beacon&, const Beacon&) = default;
};

// Folds `newer` into `into` (same page_view_id): scalars of the higher
// revision win, lists are united by index or id. Commutative and idempotent:
// beacons may arrive in any order and more than once.
void merge_page_view(PageView& into, PageView newer);

}  // namespace pagewake
