// What a record is, whoever sent it. Decoders (protocols/) make these, the
// pipeline completes them, stores keep them, queries read them back.
//
// Server-side times are microseconds since the Unix epoch, UTC (`..._unix_us`):
// int64 has room until the year 294,000 and SQLite compares it as an integer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "wire/page_view.h"

namespace pagewake::model {

using ProjectId = std::int64_t;
using IssueId = std::int64_t;

// Who told us; shown to people and used to place a span in the waterfall.
enum class Source : std::uint8_t {
  kPagewake = 1,  // our own SDK
  kOtlp = 2,
  kSentry = 3,
  kJsonLog = 4,
  kFaro = 5,
  kWebVitals = 6,
  kBrowserReport = 7,  // CSP and the Reporting API: the browser itself
};
std::string_view name_of(Source source);  // "pagewake", "otlp", "sentry", ...

// Names of the page view's enums in the API, in filters and in the store.
std::string_view name_of(pagewake::NavigationType type);  // "navigate", "back_forward_cache", ...
std::optional<pagewake::NavigationType> navigation_type_from(std::string_view name);
std::string_view name_of(pagewake::MissingReason reason);  // "no_interaction", ...; "" for kNone

// A page view as stored. `view` is what the browser said (already scrubbed
// again by the server); the rest is what the server knows.
struct PageViewRecord {
  ProjectId project = 0;
  pagewake::PageView view;
  SessionId session_id;
  std::string release, environment, user_id, sdk_version;
  std::string browser, browser_version, os, country;  // enrich: from the User-Agent; "" unknown
  std::int64_t received_at_unix_us = 0;               // of the latest beacon
  std::int64_t clock_skew_us = 0;  // server minus browser, measured at the first beacon;
                                   // added to the browser's times to get the server's. From
                                   // the decoder with the way's delay, cleaned by a step
  bool replayed = false;           // came as a raw signal log
  bool webdriver = false;          // navigator.webdriver; for the filters, not stored
  bool tells_errors = false;       // the client sends the errors of its page views along
                                   // with them; for release health, not stored
  // What `view` was read from (wire/beacon.h, decode_lone_page_view), so that a
  // store need not write it anew; empty: nothing that would read as this view.
  // It stays true while no more of `view` is changed than its page, its device's
  // type and its sdk_cost.sent_bytes: whoever changes anything else clears it.
  std::string as_sent;

  std::int64_t started_at_unix_us() const { return view.started_at_unix_ms * 1000 + clock_skew_us; }
};

enum class SpanKind : std::uint8_t {
  kUnspecified = 0,
  kInternal,
  kServer,
  kClient,
  kProducer,
  kConsumer
};
enum class SpanStatus : std::uint8_t { kUnset = 0, kOk = 1, kError = 2 };

// One span of a backend, or of another vendor's browser SDK. Spans of our own
// SDK live inside their page view; query/trace_join lays both on one axis.
struct SpanRecord {
  ProjectId project = 0;
  TraceId trace_id;
  SpanId span_id, parent_span_id;
  Source source = Source::kOtlp;
  SpanKind kind = SpanKind::kUnspecified;
  SpanStatus status = SpanStatus::kUnset;
  std::string name, op, service, status_message;  // op: Sentry's, or derived ("db", "http.server")
  std::string release, environment;
  std::int64_t started_at_unix_us = 0, duration_us = 0;
  std::string attributes_json;  // one flat JSON object, OpenTelemetry names, scrubbed; "" none
  std::string events_json;      // JSON array of {name, at_unix_us, attributes}; "" none
  std::string links_json;       // JSON array of {trace_id, span_id}; "" none
  std::int64_t received_at_unix_us = 0;
};

struct LogRecord {
  ProjectId project = 0;
  // Hash of the content (project, time, trace, body, ordinal in the batch):
  // the same line sent twice in a retry is stored once.
  std::uint64_t log_id = 0;
  TraceId trace_id;
  SpanId span_id;
  Source source = Source::kJsonLog;
  std::int64_t at_unix_us = 0;
  std::uint8_t severity_number = 9;  // OpenTelemetry: 1..24, 9 info, 13 warn, 17 error
  std::string level, message, logger, service, release, environment;
  std::string attributes_json;
  std::int64_t received_at_unix_us = 0;
};

struct FrameContext {
  std::vector<std::string> pre, post;
  std::string line;
  bool empty() const { return pre.empty() && post.empty() && line.empty(); }
};

// A position in the sources, found through a source map.
struct OriginalPosition {
  std::string source, name;
  std::int32_t line = 0, column = 0;  // lines from 1, columns from 0
};

struct Frame {
  std::string function, filename, module, abs_path;
  std::int32_t line = 0, column = 0;  // as reported, from 1; 0 unknown
  bool in_app = true;
  FrameContext context;
  std::optional<OriginalPosition> original;
  std::string unresolved_reason;  // why `original` is empty; "" not a minified frame
  std::string debug_id;           // of the generated file, lower case with dashes; "" none
};

struct Exception {
  std::string type, value, module, mechanism;
  bool handled = true;
  std::vector<Frame> frames;  // newest call first
};

// One error or message, from the page or a backend.
struct EventRecord {
  ProjectId project = 0;
  EventId event_id;
  IssueId issue_id = 0;  // set by the store from `grouping_key`
  Source source = Source::kPagewake;
  std::string platform;  // "javascript", "python", "node", ...
  std::string level = "error", message, message_template, logger, transaction, server_name;
  std::vector<Exception> exceptions;              // outermost first
  std::vector<pagewake::Breadcrumb> breadcrumbs;  // oldest first
  KeyValues tags;
  std::string contexts_json, user_json, request_json, extra_json;  // JSON objects; "" none
  std::string user_id;
  std::string release, environment, browser, os, country, device_type;
  std::string page, url;
  PageViewId page_view_id;
  SessionId session_id;
  TraceId trace_id;
  SpanId span_id;
  std::vector<std::string> custom_fingerprint;  // as the client gave it
  // Set by grouping/
  int grouping_version = 0;
  std::string grouping_key;          // hex hash: events with the same key are one issue
  std::string grouping_explanation;  // "grouped by: in-app frames ..."
  std::string title, culprit;        // "TypeError: x is undefined", "checkout in cart.js"
  std::int64_t occurred_at_unix_us = 0, received_at_unix_us = 0;
  // Server minus sender, where the sender said when it sent; 0 unknown. The
  // decoder measures it, a step adds what of it is real to occurred_at.
  std::int64_t clock_skew_us = 0;
  bool webdriver = false;  // as PageViewRecord's
};

// What one request holds after decoding; also what the store appends.
struct Records {
  std::vector<PageViewRecord> page_views;
  std::vector<SpanRecord> spans;
  std::vector<LogRecord> logs;
  std::vector<EventRecord> events;

  std::size_t size() const {
    return page_views.size() + spans.size() + logs.size() + events.size();
  }
};

// What a record is for counting: outcomes are kept by category.
enum class Category : std::uint8_t {
  kPageView = 1,
  kEvent = 2,
  kSpan = 3,
  kLog = 4,
  kRequest = 5,
  kSession = 6,
  kOther = 7
};
std::string_view name_of(Category category);  // "page_view", "event", "span", "log", "request", ...

enum class IssueStatus : std::uint8_t {
  kUnresolved = 0,
  kResolved = 1,
  kResolvedInNextRelease = 2,
  kIgnored = 3
};
std::string_view name_of(IssueStatus status);
std::optional<IssueStatus> issue_status_from(std::string_view name);

struct Issue {
  ProjectId project = 0;
  IssueId issue_id = 0;
  std::string grouping_key, grouping_explanation;
  std::string title, culprit, type, level, platform;
  IssueStatus status = IssueStatus::kUnresolved;
  std::int64_t first_seen_unix_us = 0, last_seen_unix_us = 0;
  std::string first_release, last_release;
  std::uint64_t event_count = 0, user_count = 0;
  EventId latest_event_id;
  std::string assignee;          // as people type it; "" nobody
  std::string resolved_release;  // kResolvedInNextRelease: the newest one when it was resolved
  std::int64_t resolved_at_unix_us = 0;
  // kIgnored: comes back when event_count reaches it (0: never), or at a spike.
  std::uint64_t ignored_until_event_count = 0;
  bool ignored_until_spike = false;
  IssueId merged_into = 0;  // a part of that issue, which counts for it; 0: stands for itself
};

}  // namespace pagewake::model
