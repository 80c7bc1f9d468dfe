// A beacon as a real shop page would send it, for tests of everything that
// carries one. Values are multiples of the format's precision.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "wire/page_view.h"

namespace pagewake::test {

template <typename T>
T id_of(std::uint8_t seed) {
  T id;
  for (std::size_t i = 0; i < T::kBytes; ++i) id.bytes[i] = static_cast<std::uint8_t>(seed + i * 7);
  return id;
}

inline PageView sample_page_view(int resources = 30) {
  PageView v;
  v.page_view_id = id_of<PageViewId>(1);
  v.revision = 3;
  v.final = true;
  v.trace_id = id_of<TraceId>(2);
  v.span_id = id_of<SpanId>(3);
  v.server_span_id = id_of<SpanId>(4);
  v.url = "https://shop.example/product/42";
  v.referrer = "https://shop.example/";
  v.page = "/product/:id";
  v.title = "Red shoe";
  v.navigation_type = NavigationType::kReload;
  v.started_at_unix_ms = 1'700'000'000'000;
  v.duration_ms = 5321.5;
  v.weight = 10;
  v.vitals.lcp_ms = 1812.305;
  v.vitals.inp_ms = 208;
  v.vitals.cls = 0.123456;
  v.vitals.fcp_ms = 640.1;
  v.vitals.ttfb_ms = 120.2;
  v.vitals.lcp_missing = v.vitals.inp_missing = v.vitals.cls_missing = v.vitals.fcp_missing =
      v.vitals.ttfb_missing = MissingReason::kNone;
  v.attribution.lcp_target = "main>img.hero";
  v.attribution.lcp_url = "https://cdn.example/img/hero-1600.webp";
  v.attribution.lcp_time_to_first_byte_ms = 120.2;
  v.attribution.lcp_resource_load_delay_ms = 500.1;
  v.attribution.lcp_resource_load_duration_ms = 1100;
  v.attribution.lcp_element_render_delay_ms = 92.005;
  v.attribution.inp_target = "#buy";
  v.attribution.inp_type = "pointer";
  v.attribution.inp_time_ms = 3000;
  v.attribution.inp_input_delay_ms = 8;
  v.attribution.inp_processing_duration_ms = 180;
  v.attribution.inp_presentation_delay_ms = 20;
  v.attribution.inp_load_state = "complete";
  v.attribution.inp_longest_script_url = "https://shop.example/static/app.js";
  v.attribution.inp_longest_script_function = "onBuy";
  v.attribution.inp_longest_script_invoker = "BUTTON#buy.onclick";
  v.attribution.inp_longest_script_ms = 170.5;
  v.attribution.cls_largest_shift_target = "div.ad";
  v.attribution.cls_load_state = "dom-interactive";
  v.attribution.cls_largest_shift_time_ms = 900.7;
  v.attribution.cls_largest_shift_value = 0.1;
  NavigationTiming t;
  t.fetch_start_ms = 1.2;
  t.domain_lookup_start_ms = t.domain_lookup_end_ms = t.connect_start_ms = 1.2;
  t.connect_end_ms = 20.4;
  t.request_start_ms = 20.5;
  t.response_start_ms = 120.2;
  t.response_end_ms = 130;
  t.dom_interactive_ms = 700;
  t.dom_content_loaded_ms = 710.9;
  t.dom_complete_ms = 2000.3;
  t.load_event_end_ms = 2001;
  t.transfer_bytes = 20'300;
  t.encoded_body_bytes = 20'000;
  t.decoded_body_bytes = 80'000;
  t.response_status = 200;
  t.next_hop_protocol = "h2";
  v.timing = t;
  for (int i = 0; i < resources; ++i) {
    Resource r;
    r.index = static_cast<std::uint32_t>(i);
    r.url =
        i % 3 == 0   ? "https://cdn.example/img/product-" + std::to_string(1000 + i * 37) + ".webp"
        : i % 3 == 1 ? "https://shop.example/static/js/chunk." + std::to_string(i * 7919) + ".js"
                     : "https://cdn.example/css/part-" + std::to_string(i) + ".css";
    r.initiator_type = i % 3 == 0 ? "img" : i % 3 == 1 ? "script" : "link";
    r.next_hop_protocol = "h2";
    r.start_ms = (1400 + i * 173) / 10.0;
    r.request_start_ms = (1425 + i * 173) / 10.0;
    r.response_start_ms = (1801 + i * 183) / 10.0;
    r.response_end_ms = (2005 + i * 203) / 10.0;
    r.transfer_bytes = 5'300 + static_cast<std::uint64_t>(i) * 991;
    r.encoded_body_bytes = r.transfer_bytes - 300;
    r.decoded_body_bytes = i % 3 == 0 ? r.encoded_body_bytes : r.encoded_body_bytes * 3;
    r.response_status = 200;
    r.render_blocking = i % 3 == 2;
    v.resources.push_back(r);
  }
  v.long_frames.push_back({0, 2990, 210.5, 150, "https://shop.example/static/app.js", "onBuy",
                           "BUTTON#buy.onclick", 170.5});
  Breadcrumb click{0, 1'700'000'003'000, "user", "ui.click", "info", "button#buy", {}};
  Breadcrumb fetch{
      1, 1'700'000'003'150, "http", "fetch", "info", "POST /api/cart", {{"status_code", "500"}}};
  v.breadcrumbs = {click, fetch};
  BrowserSpan span;
  span.span_id = id_of<SpanId>(9);
  span.parent_span_id = v.span_id;
  span.name = "POST /api/cart";
  span.op = "http.client";
  span.start_ms = 3010.2;
  span.duration_ms = 130.7;
  span.http_status = 500;
  span.failed = true;
  span.attributes = {{"url.full", "https://shop.example/api/cart"}};
  v.spans.push_back(span);
  BrowserEvent event;
  event.event_id = id_of<EventId>(11);
  event.occurred_at_unix_ms = 1'700'000'003'160;
  Exception exception;
  exception.type = "TypeError";
  exception.value = "Cannot read properties of undefined (reading 'total')";
  exception.mechanism = "onunhandledrejection";
  for (int i = 0; i < 8; ++i) {
    exception.frames.push_back({"handler" + std::to_string(i), "https://shop.example/static/app.js",
                                10 + i, 200 + i * 31, i < 6});
  }
  event.exceptions.push_back(exception);
  event.breadcrumbs = v.breadcrumbs;
  event.tags = {{"area", "cart"}};
  event.url = v.url;
  event.span_id = span.span_id;
  v.events.push_back(event);
  v.tags = {{"ab", "B"}};
  v.error_count = 1;
  v.device = {"mobile", "4g", 50, 10'000, false, 4096, 8, 390, 844, 390, 844, "en-GB"};
  v.sdk_cost = {4.2, 31, 2100};
  return v;
}

inline Beacon sample_beacon(int resources = 30) {
  Beacon b;
  b.beacon_id = id_of<BeaconId>(40);
  b.session_id = id_of<SessionId>(41);
  b.sdk_version = "0.1.0";
  b.release = "shop@1.2.3";
  b.environment = "production";
  b.user_id = "u-17";
  b.sent_at_unix_ms = 1'700'000'005'400;
  b.rules_hash = 0xDEADBEEF;
  b.page_views.push_back(sample_page_view(resources));
  b.drops = {{DropReason::kNoise, 2}, {DropReason::kRepeated, 7}};
  return b;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace pagewake::test
