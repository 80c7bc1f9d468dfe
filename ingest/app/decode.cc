#include "app/decode.h"

#include <optional>
#include <span>

#include "base/ids.h"
#include "core/recorder.h"
#include "json/page_view_json.h"
#include "wire/beacon.h"
#include "wire/names.h"

namespace pagewake::app {

namespace {

using namespace json;

Json crumbs(const std::vector<Breadcrumb>& list) {
  Json json = Json::array();
  for (const auto& c : list) {
    json.push_back({{"index", c.index},
                    {"at_unix_ms", c.at_unix_ms},
                    {"type", c.type},
                    {"category", c.category},
                    {"level", c.level},
                    {"message", c.message},
                    {"data", key_values_json(c.data)}});
  }
  return json;
}

Json vitals(const Vitals& v) {
  Json missing = Json::object();
  const auto add = [&](const char* name, MissingReason reason) {
    if (reason != MissingReason::kNone) missing[name] = name_of(reason);
  };
  add("lcp_ms", v.lcp_missing);
  add("inp_ms", v.inp_missing);
  add("cls", v.cls_missing);
  add("fcp_ms", v.fcp_missing);
  add("ttfb_ms", v.ttfb_missing);
  return {{"lcp_ms", ms_or_null(v.lcp_ms)},   {"inp_ms", ms_or_null(v.inp_ms)},
          {"cls", score_or_null(v.cls)},      {"fcp_ms", ms_or_null(v.fcp_ms)},
          {"ttfb_ms", ms_or_null(v.ttfb_ms)}, {"missing", std::move(missing)}};
}

Json attribution(const Attribution& a) {
  return {{"lcp_target", a.lcp_target},
          {"lcp_url", a.lcp_url},
          {"lcp_time_to_first_byte_ms", ms_or_null(a.lcp_time_to_first_byte_ms)},
          {"lcp_resource_load_delay_ms", ms_or_null(a.lcp_resource_load_delay_ms)},
          {"lcp_resource_load_duration_ms", ms_or_null(a.lcp_resource_load_duration_ms)},
          {"lcp_element_render_delay_ms", ms_or_null(a.lcp_element_render_delay_ms)},
          {"inp_target", a.inp_target},
          {"inp_type", a.inp_type},
          {"inp_time_ms", ms_or_null(a.inp_time_ms)},
          {"inp_input_delay_ms", ms_or_null(a.inp_input_delay_ms)},
          {"inp_processing_duration_ms", ms_or_null(a.inp_processing_duration_ms)},
          {"inp_presentation_delay_ms", ms_or_null(a.inp_presentation_delay_ms)},
          {"inp_load_state", a.inp_load_state},
          {"inp_longest_script_url", a.inp_longest_script_url},
          {"inp_longest_script_function", a.inp_longest_script_function},
          {"inp_longest_script_invoker", a.inp_longest_script_invoker},
          {"inp_longest_script_ms", ms_or_null(a.inp_longest_script_ms)},
          {"inp_longest_script_char_position", a.inp_longest_script_char_position},
          {"inp_longest_script_subpart", a.inp_longest_script_subpart},
          {"inp_total_script_ms", ms_or_null(a.inp_total_script_ms)},
          {"inp_total_style_and_layout_ms", ms_or_null(a.inp_total_style_and_layout_ms)},
          {"inp_total_paint_ms", ms_or_null(a.inp_total_paint_ms)},
          {"inp_total_unattributed_ms", ms_or_null(a.inp_total_unattributed_ms)},
          {"cls_largest_shift_target", a.cls_largest_shift_target},
          {"cls_load_state", a.cls_load_state},
          {"cls_largest_shift_time_ms", ms_or_null(a.cls_largest_shift_time_ms)},
          {"cls_largest_shift_value", score_or_null(a.cls_largest_shift_value)}};
}

Json span(const BrowserSpan& s) {
  return {{"span_id", to_hex(s.span_id)},
          {"parent_span_id", id_json(s.parent_span_id)},
          {"name", s.name},
          {"op", s.op},
          {"start_ms", s.start_ms},
          {"duration_ms", s.duration_ms},
          {"http_status", s.http_status},
          {"failed", s.failed},
          {"attributes", key_values_json(s.attributes)}};
}

Json event(const BrowserEvent& e) {
  Json exceptions = Json::array();
  for (const auto& x : e.exceptions) {
    Json frames = Json::array();
    for (const auto& f : x.frames) {
      frames.push_back({{"function", f.function},
                        {"filename", f.filename},
                        {"line", f.line},
                        {"column", f.column},
                        {"in_app", f.in_app}});
    }
    exceptions.push_back({{"type", x.type},
                          {"value", x.value},
                          {"mechanism", {{"type", x.mechanism}, {"handled", x.handled}}},
                          {"frames", std::move(frames)}});
  }
  return {{"event_id", to_hex(e.event_id)},
          {"occurred_at_unix_ms", e.occurred_at_unix_ms},
          {"level", e.level},
          {"message", e.message},
          {"exceptions", std::move(exceptions)},
          {"breadcrumbs", crumbs(e.breadcrumbs)},
          {"fingerprint", e.fingerprint},
          {"tags", key_values_json(e.tags)},
          {"url", e.url},
          {"span_id", id_json(e.span_id)}};
}

template <typename T>
Json list(const std::vector<T>& items, Json (*one)(const T&)) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(one(item));
  return json;
}

Json page_view(const PageView& v) {
  return {{"page_view_id", to_hex(v.page_view_id)},
          {"revision", v.revision},
          {"final", v.final},
          {"trace_id", id_json(v.trace_id)},
          {"span_id", id_json(v.span_id)},
          {"server_span_id", id_json(v.server_span_id)},
          {"previous_page_view_id", id_json(v.previous_page_view_id)},
          {"url", v.url},
          {"referrer", v.referrer},
          {"page", v.page},
          {"title", v.title},
          {"navigation_type", name_of(v.navigation_type)},
          {"started_at_unix_ms", v.started_at_unix_ms},
          {"duration_ms", v.duration_ms},
          {"hidden_at_start", v.hidden_at_start},
          {"weight", v.weight},
          {"kept_by_exception", v.kept_by_exception},
          {"vitals", vitals(v.vitals)},
          {"attribution", attribution(v.attribution)},
          {"timing", timing_json(v.timing)},
          {"resources", list(v.resources, resource_json)},
          {"long_frames", list(v.long_frames, long_frame_json)},
          {"breadcrumbs", crumbs(v.breadcrumbs)},
          {"spans", list(v.spans, span)},
          {"events", list(v.events, event)},
          {"tags", key_values_json(v.tags)},
          {"error_count", v.error_count},
          {"device", device_json(v.device)},
          {"sdk_cost", sdk_cost_json(v.sdk_cost)}};
}

Json beacon_json(const Beacon& beacon) {
  Json drops = Json::array();
  for (const auto& drop : beacon.drops)
    drops.push_back({{"reason", name_of(drop.reason)}, {"count", drop.count}});
  return {{"beacon_id", id_json(beacon.beacon_id)},
          {"session_id", id_json(beacon.session_id)},
          {"sdk_version", beacon.sdk_version},
          {"release", beacon.release},
          {"environment", beacon.environment},
          {"user_id", beacon.user_id},
          {"sent_at_unix_ms", beacon.sent_at_unix_ms},
          {"rules_hash", beacon.rules_hash},
          {"replayed", beacon.replayed},
          {"webdriver", beacon.webdriver},
          {"page_views", list(beacon.page_views, page_view)},
          {"drops", std::move(drops)}};
}

}  // namespace

Result<std::string> decode_to_json(std::string_view bytes) {
  Json json;
  if (bytes.starts_with("[")) {
    const auto replayed = replay_signal_log(bytes);
    if (!replayed.ok()) return replayed.error();
    json = beacon_json(replayed.value().beacon);
  } else {
    const auto beacon = decode_beacon(std::as_bytes(std::span(bytes.data(), bytes.size())));
    if (!beacon.ok()) return beacon.error();
    json = beacon_json(beacon.value());
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pagewake::app
