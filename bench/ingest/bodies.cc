#include "bodies.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>
#include <span>

#include "wire/beacon.h"

namespace pagewake::bench {

namespace {

using nlohmann::json;
using protozero::pbf_writer;

template <typename T>
T random_id(std::mt19937_64& random) {
  T id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
  return id;
}

template <typename T>
std::string raw(const T& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// Every id of the visit but those of nobody, once each.
std::vector<std::string> ids_of(const Beacon& visit) {
  const PageView& view = visit.page_views.front();
  std::vector<std::string> ids = {raw(visit.beacon_id), raw(visit.session_id),
                                  raw(view.page_view_id), raw(view.trace_id), raw(view.span_id)};
  for (const BrowserSpan& span : view.spans) ids.push_back(raw(span.span_id));
  for (const BrowserEvent& event : view.events) ids.push_back(raw(event.event_id));
  return ids;
}

void add_error(PageView& view, std::mt19937_64& random) {
  constexpr const char* kMessages[] = {"Cannot read properties of undefined (reading 'price')",
                                       "cart is null", "Failed to fetch",
                                       "x.map is not a function"};
  const std::size_t which = random() % 4;
  BrowserEvent& event = view.events.emplace_back();
  event.event_id = random_id<EventId>(random);
  event.occurred_at_unix_ms = view.started_at_unix_ms + 3'000;
  event.url = view.url;
  Exception& exception = event.exceptions.emplace_back();
  exception.type = which == 2 ? "FetchError" : "TypeError";
  exception.value = kMessages[which];
  exception.mechanism = "onerror";
  for (int i = 0; i < 8; ++i) {
    Frame& frame = exception.frames.emplace_back();
    frame.function = "handler" + std::to_string(which) + "_" + std::to_string(i);
    frame.filename = "https://shop.example/static/app.3f2a9c1b.js";
    frame.line = 1;
    frame.column = static_cast<std::int32_t>(1'000 + 211 * i);
  }
  event.breadcrumbs = view.breadcrumbs;
  view.error_count = 1;
}

std::string attribute(std::string_view key, std::string_view value) {
  std::string any, pair;
  pbf_writer(any).add_string(1, value.data(), value.size());
  pbf_writer to(pair);
  to.add_string(1, key.data(), key.size());
  to.add_message(2, any);
  return pair;
}

std::string attribute(std::string_view key, std::int64_t value) {
  std::string any, pair;
  pbf_writer(any).add_int64(3, value);
  pbf_writer to(pair);
  to.add_string(1, key.data(), key.size());
  to.add_message(2, any);
  return pair;
}

// What Django's instrumentation writes: a server span, its SQL, a call outside.
std::string otlp_export(std::vector<std::string>& ids, std::int64_t now_unix_ms,
                        std::mt19937_64& random) {
  constexpr std::size_t kSpansPerTrace = 12;
  std::string resource, scope, scope_spans, resource_spans, body;
  {
    pbf_writer to(resource);
    to.add_message(1, attribute("service.name", "shop"));
    to.add_message(1, attribute("service.version", "1.4.2"));
    to.add_message(1, attribute("deployment.environment", "production"));
    to.add_message(1, attribute("telemetry.sdk.name", "opentelemetry"));
    to.add_message(1, attribute("telemetry.sdk.language", "python"));
    to.add_message(1, attribute("telemetry.sdk.version", "1.29.0"));
  }
  pbf_writer(scope).add_string(1, "opentelemetry.instrumentation.django");
  pbf_writer spans(scope_spans);
  spans.add_message(1, scope);
  for (std::size_t i = 0; i < kSpansPerExport; ++i) {
    const std::size_t in_trace = i % kSpansPerTrace;
    if (in_trace == 0) ids.push_back(raw(random_id<TraceId>(random)));
    const std::size_t root = i - in_trace;
    const std::string trace = ids[root + root / kSpansPerTrace];
    const std::string span_id = raw(random_id<SpanId>(random));
    ids.push_back(span_id);
    std::string span;
    pbf_writer to(span);
    to.add_bytes(1, trace);
    to.add_bytes(2, span_id);
    if (in_trace > 0) to.add_bytes(4, ids[root + root / kSpansPerTrace + 1]);
    const auto start_ns =
        static_cast<std::uint64_t>(now_unix_ms - 900 + 20 * static_cast<int>(in_trace)) * 1'000'000;
    const std::string product = std::to_string(random() % 500);
    to.add_string(5, in_trace == 0   ? "GET product/<int:pk>"
                     : in_trace < 11 ? "SELECT shop_product"
                                     : "GET");
    to.add_int32(6, in_trace == 0 ? 2 : 3);
    to.add_fixed64(7, start_ns);
    to.add_fixed64(8, start_ns + (in_trace == 0 ? 350'000'000 : 4'000'000 + random() % 9'000'000));
    if (in_trace == 0) {
      to.add_message(9, attribute("http.request.method", "GET"));
      to.add_message(9, attribute("url.path", "/product/" + product));
      to.add_message(9, attribute("http.route", "product/<int:pk>"));
      to.add_message(9, attribute("server.address", "shop.example"));
      to.add_message(9, attribute("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)"));
      to.add_message(9, attribute("http.response.status_code", 200));
    } else if (in_trace < 11) {
      to.add_message(9, attribute("db.system", "postgresql"));
      to.add_message(9, attribute("db.name", "shop"));
      to.add_message(9, attribute("db.statement",
                                  "SELECT id, name, price FROM shop_product WHERE category_id = %s "
                                  "ORDER BY rank LIMIT 20"));
      to.add_message(9, attribute("server.address", "10.0.0.5"));
      to.add_message(9, attribute("server.port", 5432));
    } else {
      to.add_message(9, attribute("http.request.method", "GET"));
      to.add_message(9, attribute("url.full", "https://stock.example/items/" + product));
      to.add_message(9, attribute("http.response.status_code", 200));
    }
    to.add_message(15, std::string());
    spans.add_message(2, span);
  }
  {
    pbf_writer to(resource_spans);
    to.add_message(1, resource);
    to.add_message(2, scope_spans);
  }
  pbf_writer(body).add_message(1, resource_spans);
  return body;
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<std::uint8_t>(c) >> 4];
    out += "0123456789abcdef"[static_cast<std::uint8_t>(c) & 15];
  }
  return out;
}

}  // namespace

Beacon make_visit(std::size_t number, std::size_t errors_every, std::int64_t now_unix_ms) {
  std::mt19937_64 random(number);
  std::lognormal_distribution<double> lcp(7.5, 0.6), duration(3.5, 0.8);
  Beacon beacon;
  beacon.beacon_id = random_id<BeaconId>(random);
  beacon.session_id = random_id<SessionId>(random);
  beacon.sdk_version = "0.1.0";
  beacon.release = "1.4.2";
  beacon.environment = "production";
  beacon.sent_at_unix_ms = now_unix_ms;
  PageView& view = beacon.page_views.emplace_back();
  view.page_view_id = random_id<PageViewId>(random);
  view.revision = 40;
  view.final = true;
  view.trace_id = random_id<TraceId>(random);
  view.span_id = random_id<SpanId>(random);
  view.url = "https://shop.example/product/" + std::to_string(100 + random() % 900);
  view.referrer = "https://shop.example/";
  view.title = "A product of the shop";
  view.duration_ms = 8'000 + static_cast<double>(random() % 60'000);
  view.started_at_unix_ms = now_unix_ms - static_cast<std::int64_t>(view.duration_ms);
  Vitals& vitals = view.vitals;
  vitals.lcp_ms = lcp(random);
  vitals.fcp_ms = *vitals.lcp_ms * 0.6;
  vitals.ttfb_ms = *vitals.lcp_ms * 0.2;
  vitals.cls = 0.0013 * static_cast<double>(random() % 200);
  vitals.inp_ms = 40 + static_cast<double>(random() % 300);
  vitals.lcp_missing = vitals.fcp_missing = vitals.ttfb_missing = vitals.cls_missing =
      vitals.inp_missing = MissingReason::kNone;
  Attribution& why = view.attribution;
  why.lcp_target = "main>div.product>img.hero";
  why.lcp_url = "https://shop.example/media/hero-" + std::to_string(random() % 40) + ".jpg";
  why.lcp_time_to_first_byte_ms = vitals.ttfb_ms;
  why.lcp_resource_load_delay_ms = *vitals.lcp_ms * 0.3;
  why.lcp_resource_load_duration_ms = *vitals.lcp_ms * 0.4;
  why.lcp_element_render_delay_ms = *vitals.lcp_ms * 0.1;
  why.inp_target = "button.add-to-cart";
  why.inp_type = "pointer";
  why.inp_time_ms = 5'000;
  why.inp_input_delay_ms = *vitals.inp_ms * 0.2;
  why.inp_processing_duration_ms = *vitals.inp_ms * 0.5;
  why.inp_presentation_delay_ms = *vitals.inp_ms * 0.3;
  why.cls_largest_shift_target = "div.banner";
  NavigationTiming& timing = view.timing.emplace();
  timing.fetch_start_ms = 1.2;
  timing.domain_lookup_start_ms = timing.domain_lookup_end_ms = 3.1;
  timing.connect_start_ms = 3.1;
  timing.secure_connection_start_ms = 20.4;
  timing.connect_end_ms = 45.9;
  timing.request_start_ms = 46.2;
  timing.response_start_ms = *vitals.ttfb_ms;
  timing.response_end_ms = timing.response_start_ms + 20.3;
  timing.dom_interactive_ms = *vitals.fcp_ms;
  timing.dom_content_loaded_ms = *vitals.fcp_ms + 30;
  timing.dom_complete_ms = timing.load_event_end_ms = *vitals.lcp_ms + 400;
  timing.transfer_bytes = 14'312;
  timing.encoded_body_bytes = 14'012;
  timing.decoded_body_bytes = 61'440;
  timing.response_status = 200;
  timing.next_hop_protocol = "h2";
  constexpr const char* kTypes[] = {"script", "img", "img", "link", "fetch"};
  constexpr const char* kEnds[] = {".js", ".jpg", ".webp", ".css", ""};
  for (std::uint32_t i = 0; i < 30; ++i) {
    Resource& resource = view.resources.emplace_back();
    const std::size_t type = i % 5;
    resource.index = i;
    resource.url = type == 4 ? "https://shop.example/api/items/" + std::to_string(random() % 500)
                             : "https://shop.example/static/" +
                                   std::string(type == 0 ? "js/chunk" : "asset") + "-" +
                                   std::to_string(i) + ".3f2a9c1b" + kEnds[type];
    resource.initiator_type = kTypes[type];
    resource.next_hop_protocol = "h2";
    resource.start_ms = *vitals.ttfb_ms + 12.5 * i + 0.1 * static_cast<double>(random() % 100);
    resource.request_start_ms = resource.start_ms + 1.3;
    resource.response_start_ms = resource.start_ms + duration(random);
    resource.response_end_ms = resource.response_start_ms + duration(random);
    resource.transfer_bytes = 1'000 + random() % 90'000;
    resource.encoded_body_bytes = resource.transfer_bytes - 300;
    resource.decoded_body_bytes = resource.encoded_body_bytes * (type == 0 ? 3 : 1);
    resource.response_status = 200;
    resource.render_blocking = i < 2;
  }
  const struct {
    const char *type, *category, *message;
  } crumbs[] = {{"navigation", "navigation", "/ to /product"},
                {"user", "ui.click", "button.add-to-cart"},
                {"http", "fetch", "POST /api/cart"}};
  for (std::uint32_t i = 0; i < 3; ++i) {
    Breadcrumb& crumb = view.breadcrumbs.emplace_back();
    crumb.index = i;
    crumb.at_unix_ms = view.started_at_unix_ms + 1'000 * (i + 1);
    crumb.type = crumbs[i].type;
    crumb.category = crumbs[i].category;
    crumb.level = "info";
    crumb.message = crumbs[i].message;
  }
  BrowserSpan& span = view.spans.emplace_back();
  span.span_id = random_id<SpanId>(random);
  span.parent_span_id = view.span_id;
  span.name = "POST /api/cart";
  span.op = "http.client";
  span.start_ms = 3'000;
  span.duration_ms = 87.5;
  span.http_status = 200;
  view.device = {.type = "mobile",
                 .effective_connection_type = "4g",
                 .rtt_ms = 50,
                 .downlink_kbps = 10'000,
                 .memory_mb_rounded = 8192,
                 .cores = 8,
                 .viewport_width_px = 412,
                 .viewport_height_px = 915,
                 .screen_width_px = 412,
                 .screen_height_px = 915,
                 .language = "en-GB"};
  view.sdk_cost = {.main_thread_ms = 14.5, .core_load_ms = 120};
  if (errors_every > 0 && number % errors_every == 0) add_error(view, random);
  return beacon;
}

std::string visit_json(const Beacon& visit) {
  const PageView& view = visit.page_views.front();
  const Attribution& why = view.attribution;
  json out = {{"beacon_id", to_hex(visit.beacon_id)},
              {"session_id", to_hex(visit.session_id)},
              {"release", visit.release},
              {"environment", visit.environment},
              {"sent_at", visit.sent_at_unix_ms},
              {"page_view_id", to_hex(view.page_view_id)},
              {"trace_id", to_hex(view.trace_id)},
              {"span_id", to_hex(view.span_id)},
              {"url", view.url},
              {"referrer", view.referrer},
              {"title", view.title},
              {"started_at", view.started_at_unix_ms},
              {"duration", view.duration_ms},
              {"lcp", *view.vitals.lcp_ms},
              {"inp", *view.vitals.inp_ms},
              {"cls", *view.vitals.cls},
              {"fcp", *view.vitals.fcp_ms},
              {"ttfb", *view.vitals.ttfb_ms},
              {"attribution",
               {{"lcp_target", why.lcp_target},
                {"lcp_url", why.lcp_url},
                {"lcp",
                 {*why.lcp_time_to_first_byte_ms, *why.lcp_resource_load_delay_ms,
                  *why.lcp_resource_load_duration_ms, *why.lcp_element_render_delay_ms}},
                {"inp_target", why.inp_target},
                {"inp",
                 {*why.inp_time_ms, *why.inp_input_delay_ms, *why.inp_processing_duration_ms,
                  *why.inp_presentation_delay_ms}},
                {"cls_target", why.cls_largest_shift_target}}},
              {"device",
               {{"type", view.device.type},
                {"connection", view.device.effective_connection_type},
                {"viewport", {view.device.viewport_width_px, view.device.viewport_height_px}},
                {"language", view.device.language}}}};
  const NavigationTiming& t = *view.timing;
  out["timing"] = {t.fetch_start_ms,     t.connect_start_ms,   t.connect_end_ms,
                   t.request_start_ms,   t.response_start_ms,  t.response_end_ms,
                   t.dom_interactive_ms, t.dom_complete_ms,    t.load_event_end_ms,
                   t.transfer_bytes,     t.encoded_body_bytes, t.response_status};
  // A tenth of a millisecond, as the beacon has it.
  const auto tenth = [](double ms) {
    return static_cast<double>(static_cast<std::int64_t>(ms * 10)) / 10;
  };
  for (const Resource& r : view.resources) {
    out["resources"].push_back({r.url, r.initiator_type, tenth(r.start_ms),
                                tenth(r.request_start_ms), tenth(r.response_start_ms),
                                tenth(r.response_end_ms), r.transfer_bytes, r.decoded_body_bytes,
                                r.response_status});
  }
  for (const Breadcrumb& b : view.breadcrumbs) {
    out["breadcrumbs"].push_back({b.at_unix_ms, b.category, b.message});
  }
  for (const BrowserSpan& s : view.spans) {
    out["spans"].push_back({to_hex(s.span_id), s.name, s.start_ms, s.duration_ms, s.http_status});
  }
  for (const BrowserEvent& event : view.events) {
    json frames = json::array();
    for (const Frame& f : event.exceptions.front().frames) {
      frames.push_back({f.function, f.filename, f.line, f.column});
    }
    out["errors"].push_back({{"event_id", to_hex(event.event_id)},
                             {"at", event.occurred_at_unix_ms},
                             {"type", event.exceptions.front().type},
                             {"value", event.exceptions.front().value},
                             {"frames", frames}});
  }
  return out.dump();
}

Body::Body(Kind kind, std::size_t number, std::size_t errors_every, std::int64_t now_unix_ms)
    : made_at_unix_ms_(now_unix_ms), hex_(kind == Kind::kJson) {
  std::vector<std::string> ids;
  if (kind == Kind::kOtlp) {
    std::mt19937_64 random(number);
    bytes_ = otlp_export(ids, now_unix_ms, random);
  } else {
    const Beacon visit = make_visit(number, errors_every, now_unix_ms);
    ids = ids_of(visit);
    // As the SDK sends it: packed where that is shorter.
    bytes_ = hex_ ? visit_json(visit) : pack_beacon(encode_beacon(visit));
  }
  if (hex_) {
    for (std::string& id : ids) id = hex_of(id);
  }
  find_places(ids);
}

void Body::find_places(const std::vector<std::string>& ids) {
  ids_ = ids.size();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::size_t before = places_.size();
    for (auto at = bytes_.find(ids[i]); at != std::string::npos; at = bytes_.find(ids[i], at + 1)) {
      places_.push_back({at, i, ids[i].size()});
    }
    // A JSON peer has no use for some of them; in our bodies each must be new.
    if (places_.size() == before && !hex_) {
      std::fprintf(stderr, "bodies: an id is not to be found in the body\n");
      std::exit(1);
    }
  }
}

std::string_view Body::next(std::mt19937_64& random) {
  std::vector<std::array<std::uint64_t, 4>> fresh(ids_);
  for (auto& id : fresh) {
    const std::uint64_t low = random(), high = random();
    id = {low, high, low, high};
    if (!hex_) continue;
    const std::string text = hex_of({reinterpret_cast<const char*>(id.data()), 2 * sizeof id[0]});
    std::memcpy(id.data(), text.data(), sizeof id);
  }
  for (const Place& place : places_) {
    std::memcpy(bytes_.data() + place.offset, fresh[place.id].data(), place.bytes);
  }
  return bytes_;
}

}  // namespace pagewake::bench
