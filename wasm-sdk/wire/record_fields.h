// The fields of every record, in order: the one description of the format that
// both RecordWriter and RecordReader go through, so that they cannot disagree.
// docs/beacon-format.md says what the bytes mean. Append fields to the end of
// a record only.
//
// `Io` is RecordWriter (its records are const) or RecordReader. A call that
// returns a number gives the value as it travels (tenths of a millisecond), so
// that the next field can be a difference to it.
#pragma once

#include <cstdint>

#include "base/limits.h"
#include "wire/page_view.h"

namespace pagewake::wire {

inline constexpr int kTenths = 10;
inline constexpr int kMicros = 1000;
inline constexpr int kMillionths = 1'000'000;

// The page has nothing to say in fields that the reader fills (wire/explain.h),
// and trailing zeros are not written: it needs no code for them.
#ifdef __EMSCRIPTEN__
inline constexpr bool kInPage = true;
#else
inline constexpr bool kInPage = false;
#endif

// const R for the writer, R for the reader.
template <typename Io, typename R>
using Of = typename Io::template Access<R>;

// What a list carries from one item to the next.
struct Running {
  std::uint32_t next_index = 0;
  std::int64_t last = 0;  // tenths of a millisecond, or Unix ms
};

template <typename Io>
void fields(Io& io, Of<Io, Vitals>& v) {
  io.optional(v.lcp_ms, kMicros);
  io.optional(v.inp_ms, kMicros);
  io.optional(v.cls, kMillionths);
  io.optional(v.fcp_ms, kMicros);
  io.optional(v.ttfb_ms, kMicros);
  io.choice(v.lcp_missing, MissingReason::kLeftEarly);
  io.choice(v.inp_missing, MissingReason::kLeftEarly);
  io.choice(v.cls_missing, MissingReason::kLeftEarly);
  io.choice(v.fcp_missing, MissingReason::kLeftEarly);
  io.choice(v.ttfb_missing, MissingReason::kLeftEarly);
}

template <typename Io>
void fields(Io& io, Of<Io, Attribution>& a) {
  io.text(a.lcp_target);
  io.url(a.lcp_url);
  io.optional(a.lcp_time_to_first_byte_ms, kMicros);
  io.optional(a.lcp_resource_load_delay_ms, kMicros);
  io.optional(a.lcp_resource_load_duration_ms, kMicros);
  io.optional(a.lcp_element_render_delay_ms, kMicros);
  io.text(a.inp_target);
  io.text(a.inp_type);
  io.optional(a.inp_time_ms, kMicros);
  io.optional(a.inp_input_delay_ms, kMicros);
  io.optional(a.inp_processing_duration_ms, kMicros);
  io.optional(a.inp_presentation_delay_ms, kMicros);
  io.text(a.inp_load_state);
  io.url(a.inp_longest_script_url);
  io.text(a.inp_longest_script_function);
  io.text(a.inp_longest_script_invoker);
  io.optional(a.inp_longest_script_ms, kMicros);
  io.text(a.cls_largest_shift_target);
  io.text(a.cls_load_state);
  io.optional(a.cls_largest_shift_time_ms, kMicros);
  io.optional(a.cls_largest_shift_value, kMillionths);
  if constexpr (kInPage) return;
  io.text(a.inp_longest_script_subpart);
  io.number(a.inp_longest_script_char_position);
  io.optional(a.inp_total_script_ms, kMicros);
  io.optional(a.inp_total_style_and_layout_ms, kMicros);
  io.optional(a.inp_total_paint_ms, kMicros);
  io.optional(a.inp_total_unattributed_ms, kMicros);
}

template <typename Io>
void fields(Io& io, Of<Io, NavigationTiming>& t) {
  std::int64_t from = 0;
  for (auto* time :
       {&t.redirect_start_ms, &t.redirect_end_ms, &t.worker_start_ms, &t.fetch_start_ms,
        &t.domain_lookup_start_ms, &t.domain_lookup_end_ms, &t.connect_start_ms,
        &t.secure_connection_start_ms, &t.connect_end_ms, &t.request_start_ms, &t.response_start_ms,
        &t.response_end_ms, &t.dom_interactive_ms, &t.dom_content_loaded_ms, &t.dom_complete_ms,
        &t.load_event_end_ms}) {
    const std::int64_t tenths = io.tenths_or_zero(*time, from);
    if (tenths != 0) from = tenths;
  }
  io.number(t.transfer_bytes);
  io.number(t.encoded_body_bytes);
  io.number(t.decoded_body_bytes);
  io.number(t.response_status);
  io.number(t.redirect_count);
  io.text(t.next_hop_protocol);
  io.text(t.server_timing);
  io.text(t.not_restored_reasons);
}

template <typename Io>
void fields(Io& io, Of<Io, Resource>& r, Running& running) {
  io.index(r.index, running.next_index);
  io.url(r.url);
  io.text(r.initiator_type);
  io.text(r.next_hop_protocol);
  const std::int64_t start = io.tenths(r.start_ms, running.last);
  running.last = start;
  io.tenths_or_zero(r.response_end_ms, start);
  io.tenths_or_zero(r.request_start_ms, start);
  io.tenths_or_zero(r.response_start_ms, start);
  io.number(r.transfer_bytes);
  io.number_near(r.encoded_body_bytes, r.transfer_bytes);
  io.number_near(r.decoded_body_bytes, r.encoded_body_bytes);
  io.number(r.response_status);
  io.flags(r.render_blocking);
  io.tenths(r.domain_lookup_ms, 0);
  io.tenths(r.connect_ms, 0);
  io.tenths(r.tls_ms, 0);
  io.text(r.server_timing);
}

template <typename Io>
void fields(Io& io, Of<Io, LongFrameScript>& s, Running& running) {
  io.url(s.url);
  io.text(s.function);
  io.text(s.invoker);
  io.number(s.char_position);
  running.last = io.tenths(s.start_ms, running.last);
  io.tenths(s.duration_ms, 0);
  io.tenths(s.forced_style_and_layout_ms, 0);
}

template <typename Io>
void fields(Io& io, Of<Io, LongFrame>& f, Running& running) {
  io.index(f.index, running.next_index);
  running.last = io.tenths(f.start_ms, running.last);
  io.tenths(f.duration_ms, 0);
  io.tenths(f.blocking_ms, 0);
  io.url(f.script_url);
  io.text(f.script_function);
  io.text(f.invoker);
  io.tenths(f.script_ms, 0);
  io.tenths_or_zero(f.style_and_layout_start_ms, running.last);
  io.list(f.scripts, limits::kScriptsPerLongFrame, running.last);
}

template <typename Io>
void fields(Io& io, Of<Io, Breadcrumb>& b, Running& running) {
  io.index(b.index, running.next_index);
  io.integer_from(b.at_unix_ms, running.last);
  running.last = b.at_unix_ms;
  io.text(b.type);
  io.text(b.category);
  io.text(b.level);
  io.text(b.message);
  io.pairs(b.data);
}

template <typename Io>
void fields(Io& io, Of<Io, BrowserSpan>& s, Running& running) {
  io.id(s.span_id);
  io.id(s.parent_span_id);
  io.text(s.name);
  io.text(s.op);
  running.last = io.tenths(s.start_ms, running.last);
  io.tenths(s.duration_ms, 0);
  io.number(s.http_status);
  io.flags(s.failed);
  io.pairs(s.attributes);
}

template <typename Io>
void fields(Io& io, Of<Io, Frame>& f, Running&) {
  io.text(f.function);
  io.url(f.filename);
  io.integer(f.line);
  io.integer(f.column);
  io.inverted_flag(f.in_app);
}

template <typename Io>
void fields(Io& io, Of<Io, Exception>& e, Running&) {
  io.text(e.type);
  io.text(e.value);
  io.text(e.mechanism);
  io.flags(e.handled);
  io.list(e.frames, limits::kFramesPerException);
}

template <typename Io>
void fields(Io& io, Of<Io, BrowserEvent>& e, Running& page_view_start) {
  io.id(e.event_id);
  io.integer_from(e.occurred_at_unix_ms, page_view_start.last);
  io.text(e.level);
  io.text(e.message);
  io.list(e.exceptions, limits::kExceptionsPerEvent);
  io.list(e.breadcrumbs, limits::kBreadcrumbs, e.occurred_at_unix_ms);
  io.texts(e.fingerprint);
  io.pairs(e.tags);
  io.url(e.url);
  io.id(e.span_id);
  io.pairs(e.debug_ids);
}

template <typename Io>
void fields(Io& io, Of<Io, Device>& d) {
  io.text(d.type);
  io.text(d.effective_connection_type);
  io.number(d.rtt_ms);
  io.number(d.downlink_kbps);
  io.flags(d.save_data);
  io.number(d.memory_mb_rounded);
  io.number(d.cores);
  io.number(d.viewport_width_px);
  io.number(d.viewport_height_px);
  io.number(d.screen_width_px);
  io.number(d.screen_height_px);
  io.text(d.language);
  io.text(d.unsupported_entry_types);
}

template <typename Io>
void fields(Io& io, Of<Io, SdkCost>& c) {
  io.tenths(c.main_thread_ms, 0);
  io.number(c.core_load_ms);
  io.number(c.sent_bytes);
  io.number(c.dropped);
}

// `from.last` is the Unix ms that started_at is a difference to: the beacon's
// sent_at, or 0 for a page view on its own.
template <typename Io>
void fields(Io& io, Of<Io, PageView>& v, Running& from) {
  io.id(v.page_view_id);
  io.number(v.revision);
  bool has_timing = v.timing.has_value();
  io.flags(v.final, v.hidden_at_start, v.kept_by_exception, has_timing);
  io.id(v.trace_id);
  io.id(v.span_id);
  io.id(v.server_span_id);
  io.id(v.previous_page_view_id);
  io.url(v.url);
  io.url(v.referrer);
  io.text(v.page);
  io.text(v.title);
  io.choice(v.navigation_type, NavigationType::kSoftNavigation);
  io.integer_from(v.started_at_unix_ms, from.last);
  io.tenths(v.duration_ms, 0);
  io.above_one(v.weight, kMillionths);
  io.record(v.vitals);
  io.record(v.attribution);
  io.optional_record(v.timing, has_timing);
  io.list(v.resources, limits::kResourcesPerPageView);
  io.list(v.long_frames, limits::kLongFramesPerPageView);
  io.list(v.breadcrumbs, limits::kBreadcrumbs, v.started_at_unix_ms);
  io.list(v.spans, limits::kSpansPerPageView);
  io.list_from(v.events, limits::kEventsPerPageView, v.started_at_unix_ms);
  io.pairs(v.tags);
  io.number(v.error_count);
  io.record(v.device);
  io.record(v.sdk_cost);
}

template <typename Io>
void fields(Io& io, Of<Io, ClientDrop>& d, Running&) {
  io.drop_reason(d.reason);
  io.number(d.count);
}

template <typename Io>
void fields(Io& io, Of<Io, Beacon>& b) {
  io.id(b.beacon_id);
  io.id(b.session_id);
  io.text(b.sdk_version);
  io.text(b.release);
  io.text(b.environment);
  io.text(b.user_id);
  io.integer(b.sent_at_unix_ms);
  io.number(b.rules_hash);
  io.flags(b.replayed, b.webdriver);
  io.page_views(b.page_views, b.sent_at_unix_ms);
  io.list(b.drops, 256);
}

}  // namespace pagewake::wire
