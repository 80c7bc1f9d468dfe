#include "api/world.h"

#include <gtest/gtest.h>

namespace pagewake::api {
namespace {

template <typename T>
T id(std::uint8_t n) {
  T out;
  out.bytes.fill(n);
  return out;
}

constexpr std::int64_t kMs = 1000;
constexpr std::int64_t kLoad = kNow - 1'800 * 1'000'000;  // 04:30:00

model::PageViewRecord product_view() {
  model::PageViewRecord record;
  record.project = 1;
  record.session_id = id<SessionId>(0x5e);
  record.release = "1.4.2";
  record.environment = "production";
  record.user_id = "u1";
  record.sdk_version = "0.1.0";
  record.browser = "Chrome";
  record.browser_version = "156";
  record.os = "Linux";
  record.country = "DE";
  record.received_at_unix_us = kLoad + 9'000 * kMs;
  record.clock_skew_us = -12'500;
  PageView& view = record.view;
  view.page_view_id = id<PageViewId>(0xa1);
  view.revision = 3;
  view.final = true;
  view.trace_id = id<TraceId>(0x71);
  view.span_id = id<SpanId>(0xb1);
  view.server_span_id = id<SpanId>(0xc1);
  view.url = "https://shop/product/7";
  view.referrer = "https://shop/";
  view.page = "/product/:id";
  view.title = "A lamp";
  view.started_at_unix_ms = kLoad / 1000 + 12;  // with the skew: 0.5 ms before 04:30
  view.duration_ms = 8123.4;
  view.vitals.lcp_ms = 2310.1;
  view.vitals.inp_missing = MissingReason::kNoInteraction;
  view.vitals.cls = 0.0012;
  view.vitals.fcp_ms = 810.2;
  view.vitals.ttfb_ms = 320.5;
  view.attribution.lcp_target = "main>img.hero";
  view.attribution.lcp_url = "https://shop/hero.jpg";
  view.attribution.lcp_time_to_first_byte_ms = 320.5;
  view.attribution.lcp_resource_load_delay_ms = 700;
  view.attribution.lcp_resource_load_duration_ms = 900;
  view.attribution.lcp_element_render_delay_ms = 389.6;
  view.attribution.cls_largest_shift_target = "div.banner";
  view.attribution.cls_largest_shift_time_ms = 900.1;
  view.attribution.cls_largest_shift_value = 0.0012;
  view.attribution.cls_load_state = "complete";
  NavigationTiming timing;
  timing.fetch_start_ms = 1.2;
  timing.request_start_ms = 20;
  timing.response_start_ms = 320.5;
  timing.response_end_ms = 340;
  timing.dom_interactive_ms = 700;
  timing.dom_content_loaded_ms = 710;
  timing.dom_complete_ms = 2400;
  timing.load_event_end_ms = 2405.25;
  timing.transfer_bytes = 5300;
  timing.encoded_body_bytes = 5000;
  timing.decoded_body_bytes = 21000;
  timing.response_status = 200;
  timing.next_hop_protocol = "h2";
  view.timing = timing;
  Resource hero;
  hero.url = "https://shop/hero.jpg";
  hero.initiator_type = "img";
  hero.next_hop_protocol = "h2";
  hero.start_ms = 1020.5;
  hero.request_start_ms = 1030;
  hero.response_start_ms = 1100;
  hero.response_end_ms = 1920.5;
  hero.transfer_bytes = 812'300;
  hero.encoded_body_bytes = hero.decoded_body_bytes = 812'000;
  hero.response_status = 200;
  view.resources = {hero};
  LongFrame frame;
  frame.start_ms = 600;
  frame.duration_ms = 120;
  frame.blocking_ms = 70;
  frame.script_url = "https://shop/app.js";
  frame.script_function = "hydrate";
  frame.invoker = "DOMContentLoaded";
  frame.script_ms = 100;
  frame.style_and_layout_start_ms = 700;
  frame.scripts = {{"https://shop/app.js", "hydrate", "DOMContentLoaded", 1204, 601, 100, 2.5}};
  view.long_frames = {frame};
  Breadcrumb click;
  click.at_unix_ms = kLoad / 1000 + 3012;
  click.type = "user";
  click.category = "ui.click";
  click.level = "info";
  click.message = "button#buy";
  view.breadcrumbs = {click};
  BrowserSpan buy;
  buy.span_id = id<SpanId>(0xb2);
  buy.parent_span_id = view.span_id;
  buy.name = "POST /api/cart";
  buy.op = "http.client";
  buy.start_ms = 3000;
  buy.duration_ms = 200;
  buy.http_status = 500;
  buy.attributes = {{"url.full", "https://shop/api/cart"}};
  view.spans = {buy};
  view.tags = {{"plan", "free"}};
  view.error_count = 1;
  view.device.type = "desktop";
  view.device.effective_connection_type = "4g";
  view.device.rtt_ms = 50;
  view.device.downlink_kbps = 10000;
  view.device.memory_mb_rounded = 8192;
  view.device.cores = 2;
  view.device.viewport_width_px = 1280;
  view.device.viewport_height_px = 720;
  view.device.screen_width_px = 1280;
  view.device.screen_height_px = 720;
  view.device.language = "en-US";
  view.sdk_cost = {4.1, 35, 2210};
  return record;
}

model::PageViewRecord slower_view() {
  model::PageViewRecord record = product_view();
  record.session_id = id<SessionId>(0x5f);
  record.browser = "Firefox";
  record.country = "";
  record.release = "1.4.1";
  record.clock_skew_us = 0;
  PageView& view = record.view;
  view.page_view_id = id<PageViewId>(0xa2);
  view.trace_id = id<TraceId>(0x72);
  view.span_id = id<SpanId>(0xb3);
  view.server_span_id = {};
  view.started_at_unix_ms = kLoad / 1000 - 7'200'000;  // 02:30
  view.vitals.lcp_ms = 5100;
  view.vitals.inp_ms = 260;
  view.vitals.inp_missing = MissingReason::kNone;
  view.vitals.cls = 0.21;
  view.attribution.lcp_element_render_delay_ms = 3179.5;
  view.attribution.inp_target = "button#buy";
  view.attribution.inp_type = "pointer";
  view.attribution.inp_input_delay_ms = 12;
  view.attribution.inp_processing_duration_ms = 218;
  view.attribution.inp_presentation_delay_ms = 30;
  view.attribution.cls_largest_shift_value = 0.2;
  view.resources[0].response_end_ms = 2520.5;
  view.spans.clear();
  view.error_count = 0;
  view.device.type = "mobile";
  view.device.effective_connection_type = "3g";
  return record;
}

model::PageViewRecord kept_view() {
  model::PageViewRecord record = slower_view();
  record.session_id = id<SessionId>(0x60);
  record.view.page_view_id = id<PageViewId>(0xa3);
  record.view.trace_id = id<TraceId>(0x73);
  record.view.kept_by_exception = true;
  record.view.vitals.lcp_ms = 9000;
  record.view.started_at_unix_ms += 60'000;
  return record;
}

model::PageViewRecord home_view() {
  model::PageViewRecord record;
  record.project = 1;
  record.session_id = id<SessionId>(0x5e);
  record.received_at_unix_us = kLoad - 50'000 * kMs;
  record.view.page_view_id = id<PageViewId>(0xa4);
  record.view.trace_id = id<TraceId>(0x74);
  record.view.span_id = id<SpanId>(0xb4);
  record.view.page = "/";
  record.view.url = "https://shop/";
  record.view.navigation_type = NavigationType::kSoftNavigation;
  record.view.started_at_unix_ms = kLoad / 1000 - 60'000;
  record.view.weight = 10;
  record.view.vitals.ttfb_missing = MissingReason::kNotApplicable;
  return record;
}

model::SpanRecord backend(std::uint8_t span, std::uint8_t parent, std::int64_t from_ms,
                          std::int64_t for_ms, const char* name, const char* op,
                          const char* service, model::SpanKind kind) {
  model::SpanRecord record;
  record.project = 1;
  record.trace_id = id<TraceId>(0x71);
  record.span_id = id<SpanId>(span);
  if (parent != 0) record.parent_span_id = id<SpanId>(parent);
  record.kind = kind;
  record.name = name;
  record.op = op;
  record.service = service;
  record.started_at_unix_us = kLoad + from_ms * kMs;
  record.duration_us = for_ms * kMs;
  record.received_at_unix_us = kLoad + 10'000 * kMs;
  return record;
}

storage::RecordBatch seed() {
  using model::SpanKind;
  storage::RecordBatch batch;
  auto& records = batch.records;
  records.page_views = {product_view(), slower_view(), kept_view(), home_view()};
  // The navigation, then the click: the cart's clock is 50 ms slow.
  records.spans = {
      backend(0xc1, 0, 30, 280, "GET /product/<int:id>", "http.server", "shop", SpanKind::kServer),
      backend(0xc2, 0xc1, 50, 200, "SELECT", "db", "shop", SpanKind::kClient),
      backend(0xc3, 0xb2, 2960, 100, "POST /api/cart", "http.server", "cart", SpanKind::kServer)};
  records.spans[0].status = model::SpanStatus::kOk;
  records.spans[1].attributes_json =
      R"({"db.system":"sqlite","db.statement":"SELECT * FROM products\n WHERE id IN (1, 2, 3) AND name = 'x'"})";
  records.spans[2].status = model::SpanStatus::kError;
  records.spans[2].status_message = "ZeroDivisionError";
  records.spans[2].events_json = R"([{"name":"exception","at_unix_us":)" +
                                 std::to_string(kLoad + 3000 * kMs) +
                                 R"(,"attributes":{"exception.type":"ZeroDivisionError"}}])";

  model::LogRecord log;
  log.project = 1;
  log.log_id = 1;
  log.trace_id = id<TraceId>(0x71);
  log.span_id = id<SpanId>(0xc3);
  log.at_unix_us = kLoad + 2970 * kMs;
  log.level = "info";
  log.message = "order_placed";
  log.logger = "shop";
  log.service = "cart";
  log.attributes_json = R"({"order":7})";
  log.received_at_unix_us = kLoad + 10'000 * kMs;
  records.logs = {log};

  model::EventRecord python;
  python.project = 1;
  python.event_id = id<EventId>(0xe1);
  python.source = model::Source::kSentry;
  python.platform = "python";
  python.trace_id = id<TraceId>(0x71);
  python.span_id = id<SpanId>(0xc3);
  python.title = "ZeroDivisionError: division by zero";
  python.culprit = "cart in shop/views.py";
  python.grouping_version = 1;
  python.grouping_key = "aa01";
  python.grouping_explanation = "grouped by: in-app frames cart (shop/views.py)";
  python.server_name = "web-1";
  python.transaction = "/api/cart";
  python.release = "1.4.2";
  python.environment = "production";
  model::Exception division;
  division.type = "ZeroDivisionError";
  division.value = "division by zero";
  division.mechanism = "django";
  division.handled = false;
  model::Frame frame;
  frame.function = "cart";
  frame.filename = "shop/views.py";
  frame.module = "shop.views";
  frame.line = 42;
  frame.context = {{"def cart(request):"}, {"    return x"}, "    x = 1/0"};
  division.frames = {frame};
  python.exceptions = {division};
  python.contexts_json = R"({"runtime":{"name":"CPython"}})";
  python.occurred_at_unix_us = kLoad + 2990 * kMs;
  python.received_at_unix_us = kLoad + 3500 * kMs;

  model::EventRecord browser;
  browser.project = 1;
  browser.event_id = id<EventId>(0xe2);
  browser.platform = "javascript";
  browser.trace_id = id<TraceId>(0x71);
  browser.span_id = id<SpanId>(0xb1);
  browser.page_view_id = id<PageViewId>(0xa1);
  browser.session_id = id<SessionId>(0x5e);
  browser.page = "/product/:id";
  browser.url = "https://shop/product/7";
  browser.title = "TypeError: x is undefined";
  browser.culprit = "checkout in cart.js";
  browser.grouping_version = 1;
  browser.grouping_key = "bb02";
  browser.grouping_explanation = "grouped by: in-app frames checkout (/static/cart.js)";
  browser.release = "1.4.2";
  browser.environment = "production";
  browser.browser = "Chrome";
  browser.os = "Linux";
  browser.country = "DE";
  browser.device_type = "desktop";
  browser.user_id = "u1";
  browser.user_json = R"({"id":"u1"})";
  browser.tags = {{"plan", "free"}};
  browser.custom_fingerprint = {"checkout"};
  model::Exception type_error;
  type_error.type = "TypeError";
  type_error.value = "x is undefined";
  type_error.mechanism = "onerror";
  type_error.handled = false;
  model::Frame minified;
  minified.function = "checkout";
  minified.filename = "https://shop/static/cart.js";
  minified.line = 10;
  minified.column = 5;
  minified.original = model::OriginalPosition{"src/cart.ts", "checkout", 3, 2};
  model::Frame unresolved = minified;
  unresolved.function = "onclick";
  unresolved.line = 0;
  unresolved.column = 0;
  unresolved.original.reset();
  unresolved.unresolved_reason = "no_source_map";
  type_error.frames = {minified, unresolved};
  browser.exceptions = {type_error};
  browser.breadcrumbs = product_view().view.breadcrumbs;
  browser.occurred_at_unix_us = kLoad + 3300 * kMs;
  browser.received_at_unix_us = kLoad + 3600 * kMs;
  records.events = {python, browser};

  storage::OutcomeCount dropped;
  dropped.project = 1;
  dropped.hour_unix_s = kNow / 1'000'000 - 3600;
  dropped.category = model::Category::kEvent;
  dropped.drop_reason = DropReason::kNoise;
  dropped.count = 3;
  batch.outcomes = {dropped};
  return batch;
}

// Ten sessions of 1.4.2 that a server counted, two of a browser; one of 1.4.1.
model::Sessions sessions() {
  const auto one = [](std::uint8_t sid, const char* release, model::SessionStatus status) {
    model::SessionUpdate update;
    update.sid.bytes[0] = sid;
    update.release = release;
    update.environment = "production";
    update.user = "ada";
    update.status = status;
    update.started_at_unix_us = kNow - 3'600'000'000;
    return update;
  };
  return {{one(1, "1.4.2", model::SessionStatus::kExited),
           one(2, "1.4.2", model::SessionStatus::kUnhandled),
           one(3, "1.4.1", model::SessionStatus::kOk)},
          {{"1.4.2", "production", "", kNow - 1'800'000'000, 7, 2, 0, 0, 1}}};
}

}  // namespace

World::World(const std::string& raw_retention_fixed_by)
    : records(storage::make_memory_store()),
      projects(storage::make_memory_project_store()),
      accounts(storage::make_memory_account_store()),
      objectives(storage::make_memory_objective_store()),
      alerts(storage::make_memory_alert_store()) {
  engine = std::make_unique<alerting::AlertEngine>(
      alerting::EngineStores{*records, *records, *projects, *alerts, release_health.get()},
      [](const alerting::Channel& channel, const alerting::Message&, std::int64_t) -> Status {
        if (channel.url.ends_with("/refuse")) return Error{"send_failed", "HTTP 500: no"};
        return Done{};
      },
      "http://127.0.0.1:8790");
  const auto project = projects->create_project("shop", {});
  EXPECT_TRUE(project.ok());
  EXPECT_EQ(project->id, 1);
  public_key = project->public_key;
  EXPECT_TRUE(projects->ensure_token("read-secret", "reader", storage::Scope::kRead).ok());
  EXPECT_TRUE(projects->ensure_token("write-secret", "writer", storage::Scope::kWrite).ok());
  EXPECT_TRUE(projects->ensure_token("admin-secret", "admin", storage::Scope::kAdmin).ok());
  EXPECT_TRUE(records->append(seed()).ok());
  EXPECT_TRUE(release_health->add(1, sessions()).ok());
  add_routes(router,
             {.records = *records,
              .projects = *projects,
              .accounts = *accounts,
              .objectives = *objectives,
              .issues = *records,
              .alerts = *alerts,
              .now_unix_us = [this] { return now_unix_us; },
              .public_url = "http://127.0.0.1:8790",
              .release_health = release_health.get(),
              .send_test_alert =
                  [this](model::ProjectId project, std::int64_t channel_id) {
                    return engine->send_test(project, channel_id, now_unix_us);
                  },
              .send_weekly_report =
                  [this](model::ProjectId project, std::int64_t channel_id) {
                    return engine->send_report(project, channel_id, now_unix_us);
                  },
              .settings_changed = [this](model::ProjectId project) { changed.push_back(project); },
              .artifacts = artifacts.get(),
              .symbolicator = &symbolicator,
              .server_quotas = {.events_per_day = 5000},
              .used_today = [](model::ProjectId) { return model::Quotas{.events_per_day = 12}; },
              .retention = {{}, raw_retention_fixed_by, ""},
              .live = &live});
}

http::Response World::send(const std::string& method, const std::string& target,
                           const std::string& body) {
  return send(method, target, body, kRead);
}

http::Response World::send(const std::string& method, const std::string& target,
                           const std::string& body, http::Headers headers) {
  http::Request request;
  request.method = method;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  std::string rest = question == std::string::npos ? "" : target.substr(question + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string pair = rest.substr(0, end);
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
    const auto equals = pair.find('=');
    request.query.emplace_back(pair.substr(0, equals),
                               equals == std::string::npos ? "" : pair.substr(equals + 1));
  }
  request.headers = std::move(headers);
  request.body = body;
  return http::wait_for(router.route(request));
}

}  // namespace pagewake::api
