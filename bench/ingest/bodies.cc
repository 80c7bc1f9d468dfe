#include "bodies.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>
#include <span>

#include "visits.h"
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

// The first from that seed on whose ids all stand in its beacon as they are: what
// packs it may take the first byte of one for the end of something seen before.
Beacon make_visit(std::size_t number, std::size_t errors_every, std::int64_t now_unix_ms) {
  constexpr std::size_t kNextSeed = 1'000;
  const bool failed = errors_every > 0 && number % errors_every == 0;
  for (std::size_t seed = number;; seed += kNextSeed) {
    Beacon visit = VisitMaker(seed).next(now_unix_ms * 1'000, failed).beacon;
    const std::string packed = pack_beacon(encode_beacon(visit));
    const auto ids = ids_of(visit);
    if (std::all_of(ids.begin(), ids.end(),
                    [&](const std::string& id) { return packed.find(id) != std::string::npos; })) {
      return visit;
    }
  }
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
