#include "app/decode.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "base/ids.h"
#include "core/recorder.h"
#include "wire/beacon.h"
#include "wire/names.h"

namespace pagewake::app {

namespace {

using Json = nlohmann::ordered_json;

Json maybe(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

template <typename T>
Json id_or_null(const T& id) {
  return id.is_zero() ? Json(nullptr) : Json(to_hex(id));
}

Json pairs(const KeyValues& values) {
  Json json = Json::object();
  for (const auto& [key, value] : values) json[key] = value;
  return json;
}

Json crumbs(const std::vector<Breadcrumb>& list) {
  Json json = Json::array();
  for (const auto& c : list) {
    json.push_back({{"index", c.index},
                    {"at_unix_ms", c.at_unix_ms},
                    {"type", c.type},
                    {"category", c.category},
                    {"level", c.level},
                    {"message", c.message},
                    {"data", pairs(c.data)}});
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
  return {{"lcp_ms", maybe(v.lcp_ms)},   {"inp_ms", maybe(v.inp_ms)},
          {"cls", maybe(v.cls)},         {"fcp_ms", maybe(v.fcp_ms)},
          {"ttfb_ms", maybe(v.ttfb_ms)}, {"missing", std::move(missing)}};
}

Json attribution(const Attribution& a) {
  return {{"lcp_target", a.lcp_target},
          {"lcp_url", a.lcp_url},
          {"lcp_time_to_first_byte_ms", maybe(a.lcp_time_to_first_byte_ms)},
          {"lcp_resource_load_delay_ms", maybe(a.lcp_resource_load_delay_ms)},
          {"lcp_resource_load_duration_ms", maybe(a.lcp_resource_load_duration_ms)},
          {"lcp_element_render_delay_ms", maybe(a.lcp_element_render_delay_ms)},
          {"inp_target", a.inp_target},
          {"inp_type", a.inp_type},
          {"inp_time_ms", maybe(a.inp_time_ms)},
          {"inp_input_delay_ms", maybe(a.inp_input_delay_ms)},
          {"inp_processing_duration_ms", maybe(a.inp_processing_duration_ms)},
          {"inp_presentation_delay_ms", maybe(a.inp_presentation_delay_ms)},
          {"inp_load_state", a.inp_load_state},
          {"inp_longest_script_url", a.inp_longest_script_url},
          {"inp_longest_script_function", a.inp_longest_script_function},
          {"inp_longest_script_invoker", a.inp_longest_script_invoker},
          {"inp_longest_script_ms", maybe(a.inp_longest_script_ms)},
          {"cls_largest_shift_target", a.cls_largest_shift_target},
          {"cls_load_state", a.cls_load_state},
          {"cls_largest_shift_time_ms", maybe(a.cls_largest_shift_time_ms)},
          {"cls_largest_shift_value", maybe(a.cls_largest_shift_value)}};
}

Json timing(const std::optional<NavigationTiming>& given) {
  if (!given) return nullptr;
  const auto& t = *given;
  return {{"redirect_start_ms", t.redirect_start_ms},
          {"redirect_end_ms", t.redirect_end_ms},
          {"worker_start_ms", t.worker_start_ms},
          {"fetch_start_ms", t.fetch_start_ms},
          {"domain_lookup_start_ms", t.domain_lookup_start_ms},
          {"domain_lookup_end_ms", t.domain_lookup_end_ms},
          {"connect_start_ms", t.connect_start_ms},
          {"secure_connection_start_ms", t.secure_connection_start_ms},
          {"connect_end_ms", t.connect_end_ms},
          {"request_start_ms", t.request_start_ms},
          {"response_start_ms", t.response_start_ms},
          {"response_end_ms", t.response_end_ms},
          {"dom_interactive_ms", t.dom_interactive_ms},
          {"dom_content_loaded_ms", t.dom_content_loaded_ms},
          {"dom_complete_ms", t.dom_complete_ms},
          {"load_event_end_ms", t.load_event_end_ms},
          {"transfer_bytes", t.transfer_bytes},
          {"encoded_body_bytes", t.encoded_body_bytes},
          {"decoded_body_bytes", t.decoded_body_bytes},
          {"response_status", t.response_status},
          {"redirect_count", t.redirect_count},
          {"next_hop_protocol", t.next_hop_protocol}};
}

Json resource(const Resource& r) {
  return {{"index", r.index},
          {"url", r.url},
          {"initiator_type", r.initiator_type},
          {"next_hop_protocol", r.next_hop_protocol},
          {"start_ms", r.start_ms},
          {"domain_lookup_ms", r.domain_lookup_ms},
          {"connect_ms", r.connect_ms},
          {"tls_ms", r.tls_ms},
          {"request_start_ms", r.request_start_ms},
          {"response_start_ms", r.response_start_ms},
          {"response_end_ms", r.response_end_ms},
          {"transfer_bytes", r.transfer_bytes},
          {"encoded_body_bytes", r.encoded_body_bytes},
          {"decoded_body_bytes", r.decoded_body_bytes},
          {"response_status", r.response_status},
          {"render_blocking", r.render_blocking}};
}

Json long_frame(const LongFrame& f) {
  return {{"index", f.index},
          {"start_ms", f.start_ms},
          {"duration_ms", f.duration_ms},
          {"blocking_ms", f.blocking_ms},
          {"script_url", f.script_url},
          {"script_function", f.script_function},
          {"invoker", f.invoker},
          {"script_ms", f.script_ms}};
}

Json span(const BrowserSpan& s) {
  return {{"span_id", to_hex(s.span_id)},
          {"parent_span_id", id_or_null(s.parent_span_id)},
          {"name", s.name},
          {"op", s.op},
          {"start_ms", s.start_ms},
          {"duration_ms", s.duration_ms},
          {"http_status", s.http_status},
          {"failed", s.failed},
          {"attributes", pairs(s.attributes)}};
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
          {"tags", pairs(e.tags)},
          {"url", e.url},
          {"span_id", id_or_null(e.span_id)}};
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
          {"trace_id", id_or_null(v.trace_id)},
          {"span_id", id_or_null(v.span_id)},
          {"server_span_id", id_or_null(v.server_span_id)},
          {"previous_page_view_id", id_or_null(v.previous_page_view_id)},
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
          {"timing", timing(v.timing)},
          {"resources", list(v.resources, resource)},
          {"long_frames", list(v.long_frames, long_frame)},
          {"breadcrumbs", crumbs(v.breadcrumbs)},
          {"spans", list(v.spans, span)},
          {"events", list(v.events, event)},
          {"tags", pairs(v.tags)},
          {"error_count", v.error_count},
          {"device",
           {{"type", v.device.type},
            {"effective_connection_type", v.device.effective_connection_type},
            {"rtt_ms", v.device.rtt_ms},
            {"downlink_kbps", v.device.downlink_kbps},
            {"save_data", v.device.save_data},
            {"memory_mb", v.device.memory_mb_rounded},
            {"cores", v.device.cores},
            {"viewport_width_px", v.device.viewport_width_px},
            {"viewport_height_px", v.device.viewport_height_px},
            {"screen_width_px", v.device.screen_width_px},
            {"screen_height_px", v.device.screen_height_px},
            {"language", v.device.language}}},
          {"sdk_cost",
           {{"main_thread_ms", v.sdk_cost.main_thread_ms},
            {"core_load_ms", v.sdk_cost.core_load_ms},
            {"sent_bytes", v.sdk_cost.sent_bytes}}}};
}

Json beacon_json(const Beacon& beacon) {
  Json drops = Json::array();
  for (const auto& drop : beacon.drops)
    drops.push_back({{"reason", name_of(drop.reason)}, {"count", drop.count}});
  return {{"beacon_id", id_or_null(beacon.beacon_id)},
          {"session_id", id_or_null(beacon.session_id)},
          {"sdk_version", beacon.sdk_version},
          {"release", beacon.release},
          {"environment", beacon.environment},
          {"user_id", beacon.user_id},
          {"sent_at_unix_ms", beacon.sent_at_unix_ms},
          {"rules_hash", beacon.rules_hash},
          {"replayed", beacon.replayed},
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
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace pagewake::app
