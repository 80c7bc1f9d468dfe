#include "json/page_view_json.h"

#include <algorithm>
#include <cmath>

#include "json/server_timing.h"

namespace pagewake::json {
namespace {

Json rounded(double value, double steps) {
  if (!std::isfinite(value)) return nullptr;
  const double scaled = value * steps;
  // Beyond 2^53 a double has no places to round.
  if (std::abs(scaled) > 9e15) return value;
  const double result = std::round(scaled) / steps;
  if (result == std::trunc(result)) return std::int64_t(result);
  return result;
}

// Names by commas, as the browser lists them.
Json names_json(std::string_view names) {
  Json json = Json::array();
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    if (comma > 0) json.push_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return json;
}

Json server_timing_json(std::string_view text) {
  Json json = Json::array();
  for (const ServerTiming& entry : parse_server_timing(text)) {
    json.push_back({{"name", entry.name},
                    {"duration_ms", ms_json(entry.duration_ms)},
                    {"description", entry.description}});
  }
  return json;
}

Json script_json(const LongFrameScript& s) {
  return {{"url", s.url},
          {"function", s.function},
          {"invoker", s.invoker},
          {"char_position", s.char_position},
          {"start_ms", ms_json(s.start_ms)},
          {"duration_ms", ms_json(s.duration_ms)},
          {"forced_style_and_layout_ms", ms_json(s.forced_style_and_layout_ms)}};
}

}  // namespace

Json ms_json(double ms) { return rounded(ms, 1e3); }
Json score_json(double value) { return rounded(value, 1e6); }
Json ms_or_null(const std::optional<double>& ms) { return ms ? ms_json(*ms) : Json(nullptr); }
Json score_or_null(const std::optional<double>& v) { return v ? score_json(*v) : Json(nullptr); }

bool left_before_load(const PageView& view) {
  return view.final && view.timing && view.timing->load_event_end_ms == 0;
}

Json key_values_json(const KeyValues& values) {
  Json json = Json::object();
  for (const auto& [key, value] : values) json[key] = value;
  return json;
}

Json timing_json(const std::optional<NavigationTiming>& timing) {
  if (!timing) return nullptr;
  const NavigationTiming& t = *timing;
  return {{"redirect_start_ms", ms_json(t.redirect_start_ms)},
          {"redirect_end_ms", ms_json(t.redirect_end_ms)},
          {"worker_start_ms", ms_json(t.worker_start_ms)},
          {"fetch_start_ms", ms_json(t.fetch_start_ms)},
          {"domain_lookup_start_ms", ms_json(t.domain_lookup_start_ms)},
          {"domain_lookup_end_ms", ms_json(t.domain_lookup_end_ms)},
          {"connect_start_ms", ms_json(t.connect_start_ms)},
          {"secure_connection_start_ms", ms_json(t.secure_connection_start_ms)},
          {"connect_end_ms", ms_json(t.connect_end_ms)},
          {"request_start_ms", ms_json(t.request_start_ms)},
          {"response_start_ms", ms_json(t.response_start_ms)},
          {"response_end_ms", ms_json(t.response_end_ms)},
          {"dom_interactive_ms", ms_json(t.dom_interactive_ms)},
          {"dom_content_loaded_ms", ms_json(t.dom_content_loaded_ms)},
          {"dom_complete_ms", ms_json(t.dom_complete_ms)},
          {"load_event_end_ms", ms_json(t.load_event_end_ms)},
          {"transfer_bytes", t.transfer_bytes},
          {"encoded_body_bytes", t.encoded_body_bytes},
          {"decoded_body_bytes", t.decoded_body_bytes},
          {"response_status", t.response_status},
          {"redirect_count", t.redirect_count},
          {"next_hop_protocol", t.next_hop_protocol},
          {"server_timing", server_timing_json(t.server_timing)},
          {"not_restored_reasons", names_json(t.not_restored_reasons)}};
}

Json resource_json(const Resource& r) {
  return {{"index", r.index},
          {"url", r.url},
          {"initiator_type", r.initiator_type},
          {"next_hop_protocol", r.next_hop_protocol},
          {"start_ms", ms_json(r.start_ms)},
          {"domain_lookup_ms", ms_json(r.domain_lookup_ms)},
          {"connect_ms", ms_json(r.connect_ms)},
          {"tls_ms", ms_json(r.tls_ms)},
          {"request_start_ms", ms_json(r.request_start_ms)},
          {"response_start_ms", ms_json(r.response_start_ms)},
          {"response_end_ms", ms_json(r.response_end_ms)},
          {"transfer_bytes", r.transfer_bytes},
          {"encoded_body_bytes", r.encoded_body_bytes},
          {"decoded_body_bytes", r.decoded_body_bytes},
          {"response_status", r.response_status},
          {"render_blocking", r.render_blocking},
          {"server_timing", server_timing_json(r.server_timing)}};
}

Json long_frame_json(const LongFrame& f) {
  Json scripts = Json::array();
  for (const LongFrameScript& script : f.scripts) scripts.push_back(script_json(script));
  return {{"index", f.index},
          {"start_ms", ms_json(f.start_ms)},
          {"duration_ms", ms_json(f.duration_ms)},
          {"blocking_ms", ms_json(f.blocking_ms)},
          {"script_url", f.script_url},
          {"script_function", f.script_function},
          {"invoker", f.invoker},
          {"script_ms", ms_json(f.script_ms)},
          {"style_and_layout_start_ms", ms_json(f.style_and_layout_start_ms)},
          {"scripts", std::move(scripts)}};
}

Json device_json(const Device& d) {
  return {{"type", d.type},
          {"effective_connection_type", d.effective_connection_type},
          {"rtt_ms", d.rtt_ms},
          {"downlink_kbps", d.downlink_kbps},
          {"save_data", d.save_data},
          {"memory_mb", d.memory_mb_rounded},
          {"cores", d.cores},
          {"viewport_width_px", d.viewport_width_px},
          {"viewport_height_px", d.viewport_height_px},
          {"screen_width_px", d.screen_width_px},
          {"screen_height_px", d.screen_height_px},
          {"language", d.language},
          {"unsupported_entry_types", names_json(d.unsupported_entry_types)}};
}

Json sdk_cost_json(const SdkCost& cost) {
  return {{"main_thread_ms", ms_json(cost.main_thread_ms)},
          {"core_load_ms", cost.core_load_ms},
          {"sent_bytes", cost.sent_bytes},
          {"dropped", cost.dropped}};
}

}  // namespace pagewake::json
