#include "storage/store_fixtures.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>

namespace pagewake::storage {

model::PageViewRecord page_view(std::uint64_t id, std::int64_t started_at_unix_us) {
  model::PageViewRecord record;
  record.project = 1;
  record.view.page_view_id = id_of<PageViewId>(id);
  record.view.revision = 1;
  record.view.page = "/";
  record.view.started_at_unix_ms = started_at_unix_us / 1000;
  record.received_at_unix_us = started_at_unix_us + kSecondUs;
  return record;
}

model::PageViewRecord full_page_view(std::uint64_t id, std::int64_t started_at_unix_us) {
  model::PageViewRecord record = page_view(id, started_at_unix_us);
  record.session_id = id_of<SessionId>(id + 1000);
  record.release = "1.4.2";
  record.environment = "production";
  record.user_id = "u7";
  record.sdk_version = "0.1.0";
  record.browser = "Chrome";
  record.browser_version = "156";
  record.os = "Linux";
  record.country = "DE";
  record.clock_skew_us = 12'345;
  record.view.started_at_unix_ms = (started_at_unix_us - record.clock_skew_us) / 1000;
  record.replayed = true;
  PageView& view = record.view;
  view.final = true;
  view.trace_id = id_of<TraceId>(id + 2000);
  view.span_id = id_of<SpanId>(id + 3000);
  view.server_span_id = id_of<SpanId>(id + 4000);
  view.url = "https://shop.example/product/7";
  view.referrer = "https://shop.example/";
  view.page = "/product/:id";
  view.title = "Lamp — größer";
  view.navigation_type = NavigationType::kReload;
  view.duration_ms = 8123.4;
  view.weight = 4;
  view.vitals = {2310.1, 180.5, 0.0012, 810.2, 320.5};
  view.vitals.lcp_missing = view.vitals.inp_missing = view.vitals.cls_missing =
      view.vitals.fcp_missing = view.vitals.ttfb_missing = MissingReason::kNone;
  view.attribution.lcp_target = "main>img.hero";
  view.attribution.lcp_time_to_first_byte_ms = 320.5;
  view.attribution.lcp_resource_load_delay_ms = 700;
  view.attribution.lcp_resource_load_duration_ms = 900;
  view.attribution.lcp_element_render_delay_ms = 389.6;
  view.attribution.inp_input_delay_ms = 12;
  view.attribution.inp_processing_duration_ms = 138.5;
  view.attribution.inp_presentation_delay_ms = 30;
  NavigationTiming& timing = view.timing.emplace();
  timing.response_start_ms = 320.5;
  timing.response_status = 200;
  timing.next_hop_protocol = "h2";
  for (std::uint32_t i = 0; i < 3; ++i) {
    Resource& resource = view.resources.emplace_back();
    resource.index = i;
    resource.url = "https://shop.example/static/" + std::to_string(i) + ".js";
    resource.initiator_type = "script";
    resource.start_ms = 10 * i;
    resource.response_end_ms = 10 * i + 5;
    resource.transfer_bytes = 1000 + i;
  }
  view.tags = {{"plan", "pro"}};
  view.error_count = 2;
  view.device.type = "mobile";
  view.device.effective_connection_type = "4g";
  view.device.language = "de-DE";
  view.sdk_cost.sent_bytes = 2210;
  return record;
}

model::SpanRecord span(std::uint64_t trace, std::uint64_t id, std::int64_t started_at_unix_us) {
  model::SpanRecord span;
  span.project = 1;
  span.trace_id = id_of<TraceId>(trace);
  span.span_id = id_of<SpanId>(id);
  span.parent_span_id = id_of<SpanId>(id + 1);
  span.kind = model::SpanKind::kServer;
  span.status = model::SpanStatus::kError;
  span.name = "GET /cart";
  span.op = "http.server";
  span.service = "shop";
  span.status_message = "boom";
  span.release = "1.4.2";
  span.environment = "production";
  span.started_at_unix_us = started_at_unix_us;
  span.duration_us = 1500;
  span.attributes_json = R"({"http.route":"/cart"})";
  span.events_json = "[]";
  span.links_json = R"([{"trace_id":"00"}])";
  span.received_at_unix_us = started_at_unix_us + kSecondUs;
  return span;
}

model::LogRecord log(std::uint64_t trace, std::uint64_t id, std::int64_t at_unix_us) {
  model::LogRecord log;
  log.project = 1;
  log.log_id = id;
  log.trace_id = id_of<TraceId>(trace);
  log.span_id = id_of<SpanId>(trace + 1);
  log.at_unix_us = at_unix_us;
  log.severity_number = 13;
  log.level = "warning";
  log.message = "order_placed";
  log.logger = "shop.cart";
  log.service = "shop";
  log.release = "1.4.2";
  log.environment = "production";
  log.attributes_json = R"({"order":7})";
  log.received_at_unix_us = at_unix_us + kSecondUs;
  return log;
}

model::EventRecord event(std::uint64_t id, std::int64_t occurred_at_unix_us) {
  model::EventRecord event;
  event.project = 1;
  event.event_id = id_of<EventId>(id);
  event.grouping_version = 1;
  event.grouping_key = "k1";
  event.title = "TypeError: x is undefined";
  event.culprit = "checkout in cart.js";
  event.occurred_at_unix_us = occurred_at_unix_us;
  event.received_at_unix_us = occurred_at_unix_us + kSecondUs;
  return event;
}

model::EventRecord full_event(std::uint64_t id, std::int64_t occurred_at_unix_us) {
  model::EventRecord event = storage::event(id, occurred_at_unix_us);
  event.source = model::Source::kSentry;
  event.platform = "python";
  event.level = "fatal";
  event.message = "it failed";
  event.message_template = "it %s";
  event.logger = "shop";
  event.transaction = "POST /checkout";
  event.server_name = "web-1";
  model::Exception& exception = event.exceptions.emplace_back();
  exception.type = "ZeroDivisionError";
  exception.value = "division by zero";
  exception.module = "builtins";
  exception.mechanism = "django";
  exception.handled = false;
  model::Frame& frame = exception.frames.emplace_back();
  frame.function = "checkout";
  frame.filename = "shop/views.py";
  frame.module = "shop.views";
  frame.abs_path = "/srv/shop/views.py";
  frame.line = 42;
  frame.column = 7;
  frame.in_app = false;
  frame.context.pre = {"a", "b"};
  frame.context.line = "1/0";
  frame.context.post = {"c"};
  frame.original = model::OriginalPosition{"src/cart.ts", "buy", 10, 3};
  frame.unresolved_reason = "no_source_map";
  Breadcrumb& crumb = event.breadcrumbs.emplace_back();
  crumb.index = 4;
  crumb.at_unix_ms = occurred_at_unix_us / 1000 - 5;
  crumb.type = "user";
  crumb.category = "ui.click";
  crumb.level = "info";
  crumb.message = "button#buy";
  crumb.data = {{"x", "1"}};
  event.tags = {{"plan", "pro"}, {"plan", "twice"}};
  event.contexts_json = R"({"a":1})";
  event.user_json = R"({"id":"u7"})";
  event.request_json = R"({"method":"POST"})";
  event.extra_json = R"({"b":2})";
  event.user_id = "u7";
  event.release = "1.4.2";
  event.environment = "staging";
  event.browser = "Firefox";
  event.os = "Windows";
  event.country = "FR";
  event.device_type = "desktop";
  event.page = "/checkout";
  event.url = "https://shop.example/checkout";
  event.page_view_id = id_of<PageViewId>(id + 1);
  event.session_id = id_of<SessionId>(id + 2);
  event.trace_id = id_of<TraceId>(id + 3);
  event.span_id = id_of<SpanId>(id + 4);
  event.custom_fingerprint = {"{{ default }}", "x"};
  event.grouping_explanation = "grouped by: in-app frames";
  event.clock_skew_us = -77;
  return event;
}

#define EXPECT_FIELD(field) EXPECT_EQ(got.field, wanted.field) << #field

void expect_same(const model::PageViewRecord& got, const model::PageViewRecord& wanted) {
  EXPECT_FIELD(project);
  EXPECT_TRUE(got.view == wanted.view) << "view";
  EXPECT_FIELD(session_id);
  EXPECT_FIELD(release);
  EXPECT_FIELD(environment);
  EXPECT_FIELD(user_id);
  EXPECT_FIELD(sdk_version);
  EXPECT_FIELD(browser);
  EXPECT_FIELD(browser_version);
  EXPECT_FIELD(os);
  EXPECT_FIELD(country);
  EXPECT_FIELD(clock_skew_us);
  EXPECT_FIELD(replayed);
}

void expect_same(const model::EventRecord& got, const model::EventRecord& wanted) {
  EXPECT_FIELD(project);
  EXPECT_FIELD(event_id);
  EXPECT_FIELD(source);
  EXPECT_FIELD(platform);
  EXPECT_FIELD(level);
  EXPECT_FIELD(message);
  EXPECT_FIELD(message_template);
  EXPECT_FIELD(logger);
  EXPECT_FIELD(transaction);
  EXPECT_FIELD(server_name);
  ASSERT_EQ(got.exceptions.size(), wanted.exceptions.size());
  for (std::size_t i = 0; i < got.exceptions.size(); ++i) {
    const model::Exception& a = got.exceptions[i];
    const model::Exception& b = wanted.exceptions[i];
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.module, b.module);
    EXPECT_EQ(a.mechanism, b.mechanism);
    EXPECT_EQ(a.handled, b.handled);
    ASSERT_EQ(a.frames.size(), b.frames.size());
    for (std::size_t j = 0; j < a.frames.size(); ++j) {
      const model::Frame& f = a.frames[j];
      const model::Frame& g = b.frames[j];
      EXPECT_EQ(f.function, g.function);
      EXPECT_EQ(f.filename, g.filename);
      EXPECT_EQ(f.module, g.module);
      EXPECT_EQ(f.abs_path, g.abs_path);
      EXPECT_EQ(f.line, g.line);
      EXPECT_EQ(f.column, g.column);
      EXPECT_EQ(f.in_app, g.in_app);
      EXPECT_EQ(f.context.pre, g.context.pre);
      EXPECT_EQ(f.context.line, g.context.line);
      EXPECT_EQ(f.context.post, g.context.post);
      ASSERT_EQ(f.original.has_value(), g.original.has_value());
      if (f.original) {
        EXPECT_EQ(f.original->source, g.original->source);
        EXPECT_EQ(f.original->name, g.original->name);
        EXPECT_EQ(f.original->line, g.original->line);
        EXPECT_EQ(f.original->column, g.original->column);
      }
      EXPECT_EQ(f.unresolved_reason, g.unresolved_reason);
    }
  }
  EXPECT_TRUE(got.breadcrumbs == wanted.breadcrumbs) << "breadcrumbs";
  EXPECT_FIELD(tags);
  EXPECT_FIELD(contexts_json);
  EXPECT_FIELD(user_json);
  EXPECT_FIELD(request_json);
  EXPECT_FIELD(extra_json);
  EXPECT_FIELD(user_id);
  EXPECT_FIELD(release);
  EXPECT_FIELD(environment);
  EXPECT_FIELD(browser);
  EXPECT_FIELD(os);
  EXPECT_FIELD(country);
  EXPECT_FIELD(device_type);
  EXPECT_FIELD(page);
  EXPECT_FIELD(url);
  EXPECT_FIELD(page_view_id);
  EXPECT_FIELD(session_id);
  EXPECT_FIELD(trace_id);
  EXPECT_FIELD(span_id);
  EXPECT_FIELD(custom_fingerprint);
  EXPECT_FIELD(grouping_version);
  EXPECT_FIELD(grouping_key);
  EXPECT_FIELD(grouping_explanation);
  EXPECT_FIELD(title);
  EXPECT_FIELD(culprit);
  EXPECT_FIELD(occurred_at_unix_us);
  EXPECT_FIELD(received_at_unix_us);
  EXPECT_FIELD(clock_skew_us);
}

void expect_same(const model::SpanRecord& got, const model::SpanRecord& wanted) {
  EXPECT_FIELD(project);
  EXPECT_FIELD(trace_id);
  EXPECT_FIELD(span_id);
  EXPECT_FIELD(parent_span_id);
  EXPECT_FIELD(source);
  EXPECT_FIELD(kind);
  EXPECT_FIELD(status);
  EXPECT_FIELD(name);
  EXPECT_FIELD(op);
  EXPECT_FIELD(service);
  EXPECT_FIELD(status_message);
  EXPECT_FIELD(release);
  EXPECT_FIELD(environment);
  EXPECT_FIELD(started_at_unix_us);
  EXPECT_FIELD(duration_us);
  EXPECT_FIELD(attributes_json);
  EXPECT_FIELD(events_json);
  EXPECT_FIELD(links_json);
  EXPECT_FIELD(received_at_unix_us);
}

void expect_same(const model::LogRecord& got, const model::LogRecord& wanted) {
  EXPECT_FIELD(project);
  EXPECT_FIELD(log_id);
  EXPECT_FIELD(trace_id);
  EXPECT_FIELD(span_id);
  EXPECT_FIELD(source);
  EXPECT_FIELD(at_unix_us);
  EXPECT_FIELD(severity_number);
  EXPECT_FIELD(level);
  EXPECT_FIELD(message);
  EXPECT_FIELD(logger);
  EXPECT_FIELD(service);
  EXPECT_FIELD(release);
  EXPECT_FIELD(environment);
  EXPECT_FIELD(attributes_json);
  EXPECT_FIELD(received_at_unix_us);
}

void expect_same(const VitalSummary& got, const VitalSummary& wanted) {
  EXPECT_NEAR(got.views, wanted.views, 1e-6);
  EXPECT_NEAR(got.views_kept_by_exception, wanted.views_kept_by_exception, 1e-6);
  EXPECT_NEAR(got.views_with_error, wanted.views_with_error, 1e-6);
#define EXPECT_HISTOGRAM(field) EXPECT_TRUE(got.field == wanted.field) << #field
  EXPECT_HISTOGRAM(lcp_ms);
  EXPECT_HISTOGRAM(inp_ms);
  EXPECT_HISTOGRAM(cls);
  EXPECT_HISTOGRAM(fcp_ms);
  EXPECT_HISTOGRAM(ttfb_ms);
  EXPECT_HISTOGRAM(lcp_resource_load_delay_ms);
  EXPECT_HISTOGRAM(lcp_resource_load_duration_ms);
  EXPECT_HISTOGRAM(lcp_element_render_delay_ms);
  EXPECT_HISTOGRAM(inp_input_delay_ms);
  EXPECT_HISTOGRAM(inp_processing_duration_ms);
  EXPECT_HISTOGRAM(inp_presentation_delay_ms);
#undef EXPECT_HISTOGRAM
}

#undef EXPECT_FIELD

RecordBatch batch_of(std::uint64_t n) {
  RecordBatch batch;
  for (std::uint64_t i = 0; i < 3; ++i) {
    batch.records.page_views.push_back(full_page_view(10 * n + i + 1));
    batch.records.page_views.back().view.weight = 1;
  }
  batch.records.spans = {span(n + 1, 1)};
  batch.records.logs = {log(n + 1, n + 1)};
  // Of one issue, and never so many in an hour that some are only counted.
  const auto hours = static_cast<std::int64_t>(n / 50);
  batch.records.events = {full_event(n + 1, kStart - hours * kHourLength)};
  return batch;
}

void expect_consistent(RecordStore& store, std::uint64_t batches) {
  std::uint64_t views = 0;
  Paging paging{1000, ""};
  do {
    auto listing = store.page_views(1, {}, paging);
    ASSERT_TRUE(listing.ok()) << listing.error().message;
    views += listing->items.size();
    paging.cursor = listing->next_cursor;
  } while (!paging.cursor.empty());
  EXPECT_EQ(views, 3 * batches) << "whole batches only";
  const auto rows = store.summarize(1, {}, GroupBy::kPage);
  ASSERT_TRUE(rows.ok());
  double counted = 0;
  for (const auto& row : rows.value()) counted += row.summary.views;
  EXPECT_DOUBLE_EQ(counted, static_cast<double>(views)) << "rollups agree with the records";
  const auto issues = store.issues(1, {}, {});
  ASSERT_TRUE(issues.ok());
  EXPECT_EQ(issues.value().items.empty() ? 0 : issues.value().items[0].event_count, batches);
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "pagewake-store-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace pagewake::storage
