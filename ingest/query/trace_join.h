// One trace, browser and backend, on one time axis. The heart of the joined
// answer: which part of a visitor's wait was whose.
//
// How spans hang together:
//  - a page view is a root; spans of our own SDK hang under it or each other;
//  - a backend span hangs under the parent it reported, if that is here (a
//    browser's fetch span, or another backend span);
//  - the backend's spans that answered the navigation itself began before any
//    script ran, so they cannot name the page view. The page view names them:
//    the topmost ancestor of its server_span_id hangs under it. Where that
//    span never came, a span that reports it as parent does, or else the only
//    parentless server span beside the only document load of the trace;
//  - whatever is left is a root of its own (an orphan). A cycle is cut at its
//    earliest span.
//
// How clocks are corrected: a request span (browser fetch, navigation, a
// backend's client span) lasts longer than the work on the other side. A
// service whose spans do not fit into the requests that called them has
// another clock; all its spans are moved by the smallest shift that places
// each of them inside. Where no single shift does (several hosts), it is the
// median, and a request's spans that still lie outside move by themselves. Page
// views carry the skew that the server measured and are the reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "model/records.h"
#include "storage/record_store.h"

namespace pagewake::query {

struct TraceInput {
  std::vector<model::PageViewRecord> page_views;
  std::vector<model::SpanRecord> spans;
  std::vector<model::LogRecord> logs;
  std::vector<model::EventRecord> events;
};

struct TraceLimits {
  // Beyond these the deepest and latest spans, and the latest logs and events,
  // are left out and `truncated` says so.
  std::size_t spans = 5'000, logs = 5'000, events = 1'000;
};

inline constexpr char kBrowserService[] = "browser";

struct JoinedSpan {
  SpanId span_id;
  SpanId parent_span_id;           // where it hangs; zero: a root
  SpanId reported_parent_span_id;  // what the client said; zero: nothing
  std::string name, op, service, status_message;
  model::SpanKind kind = model::SpanKind::kUnspecified;
  model::SpanStatus status = model::SpanStatus::kUnset;
  model::Source source = model::Source::kPagewake;
  std::int64_t started_at_unix_us = 0, duration_us = 0;  // after clock correction
  std::int64_t shift_us = 0;                             // the correction that was added
  std::uint32_t depth = 0;
  PageViewId page_view_id;                   // of the page view it hangs under; zero: none
  KeyValues attributes;                      // a browser's
  std::string attributes_json, events_json;  // a backend's, as stored
};

// How one service's clock was corrected; only services that were moved.
struct ClockCorrection {
  std::string service;
  std::int64_t shift_us = 0;  // added to its times; the median if `varies`
  std::size_t requests = 0;   // how many request spans it was derived from
  bool varies = false;        // no single shift fits: some requests moved further
  std::string reason;
};

struct JoinedLog {
  model::LogRecord log;
  std::int64_t at_unix_us = 0;  // after clock correction
};

struct JoinedEvent {
  model::EventRecord event;
  std::int64_t at_unix_us = 0;  // after clock correction
};

struct JoinedTrace {
  TraceId trace_id;
  std::int64_t started_at_unix_us = 0, duration_us = 0;
  std::vector<PageViewId> page_view_ids;  // by start
  std::vector<ClockCorrection> clock;     // by service
  std::vector<JoinedSpan> spans;          // parents before children, siblings by start
  std::vector<JoinedEvent> events;        // by time
  std::vector<JoinedLog> logs;            // by time
  bool truncated = false;
};

// Pure; the order within `input` does not matter. Records of other traces must
// not be in it. Of several spans with one id the browser's own is kept, then
// the earliest. Linear in the input but for sorting.
JoinedTrace join_trace(const TraceId& trace_id, TraceInput input, TraceLimits limits = {});

// Reads the trace and joins it. Nothing where the project has no record of it.
// Errors: the store's.
Result<std::optional<JoinedTrace>> load_trace(storage::RecordReader& records,
                                              model::ProjectId project, const TraceId& trace_id);

}  // namespace pagewake::query
