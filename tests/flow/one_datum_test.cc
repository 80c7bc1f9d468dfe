// Follows one value, the LCP of one page view, from the bytes of a beacon to
// the percentile of its page's report; and the other records that hang on it.
// Nothing here is a fake: core, wire format, decoders, steps, pipeline, store
// and report are what the server runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "app/default_steps.h"
#include "core/recorder.h"
#include "pipeline/pipeline.h"
#include "protocols/protocols.h"
#include "query/page_report.h"
#include "query/trace_join.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"
#include "wire/beacon.h"

namespace pagewake {
namespace {

constexpr std::int64_t kNowUs = 1'795'228'400'000'000;
constexpr std::int64_t kOriginMs = kNowUs / 1000 - 10'000;
constexpr model::ProjectId kProject = 3;
constexpr const char* kTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char* kServerSpan = "b7ad6b7169203331";
constexpr const char* kPage = "/product/:id";

const pipeline::RequestContext kFromBrowser{
    kProject,
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Safari/537.36",
    kNowUs};
const pipeline::RequestContext kFromBackend{kProject, "OTel-OTLP-Exporter-Python/1.30", kNowUs};

// What the shim would say of one visit, by wasm-sdk/docs/signals.md. The page
// is not named: its route is the server's, or the core's, to find.
std::string signals(const std::string& page_view_id, double lcp_ms, bool with_error) {
  std::string log =
      R"([["init",)" + std::to_string(kOriginMs) +
      R"(,"0102030405060708090a0b0c0d0e0f10","0.1.0","web@1","production","",100,""],
    ["view",0,")" +
      page_view_id + R"(",")" + kTrace + R"(","00f067aa0ba902b7",")" + kServerSpan +
      R"(","navigate","https://shop.example/product/7?token=s3cret","","Product 7","",0,1,"",0,0],
    ["nav",700,0,0,0,5,10,12,12,0,14,15,300,420,500,510,650,700,5000,4800,9000,200,0,"h2"],
    ["paint",430],
    ["lcp",900,)" +
      std::to_string(lcp_ms) + "," + std::to_string(lcp_ms) + R"(,0,5000,"","img.hero"])";
  if (with_error) {
    log += R"json(,["crumb",1000,"user","ui.click","info","button#buy",0],
    ["error",1010,"99999999999999999999999999999999","onerror",0,"error","",
     "https://shop.example/product/7","",1,"TypeError","mail ann@example.org",
     "TypeError: mail ann@example.org\n    at buy (https://shop.example/static/cart.3f2a9c1b.js:7:13)",
     "",0,0,0,0])json";
  }
  return log + R"(,["hidden",1500],["end",1500]])";
}

// The bytes that the page's module hands to the shim.
std::string beacon_bytes(const std::string& page_view_id, double lcp_ms, bool with_error = false) {
  Recorder recorder;
  const auto understood = recorder.feed(signals(page_view_id, lcp_ms, with_error));
  EXPECT_TRUE(understood.ok()) << understood.error().message;
  BeaconId id;
  id.bytes[0] = static_cast<std::uint8_t>(page_view_id[0]);
  return encode_beacon(recorder.flush(id, kNowUs / 1000));
}

// A backend's view of the same request: the view, and the query inside it.
const std::string kBackendTrace =
    std::string(R"({"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
    {"traceId":")") +
    kTrace + R"(","spanId":")" + kServerSpan + R"(","parentSpanId":"",
     "name":"GET /product/<id>","kind":2,"startTimeUnixNano":")" +
    std::to_string((kOriginMs + 20) * 1'000'000) + R"(","endTimeUnixNano":")" +
    std::to_string((kOriginMs + 290) * 1'000'000) +
    R"(","attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}]},
    {"traceId":")" +
    kTrace + R"(","spanId":"1111111111111111","parentSpanId":")" + kServerSpan +
    R"(","name":"SELECT","kind":3,"startTimeUnixNano":")" +
    std::to_string((kOriginMs + 40) * 1'000'000) + R"(","endTimeUnixNano":")" +
    std::to_string((kOriginMs + 240) * 1'000'000) +
    R"(","attributes":[{"key":"db.system","value":{"stringValue":"sqlite"}},
       {"key":"db.statement","value":{"stringValue":"SELECT * FROM product WHERE id = 7"}}]}]}]}]})";

const std::string kBackendLog =
    std::string(R"({"event":"product shown","level":"info","timestamp":)") +
    std::to_string(kOriginMs + 100) + R"(,"trace_id":")" + kTrace + R"(","span_id":")" +
    kServerSpan + "\"}\n";

// The path is the same over every store.
class OneDatum : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == std::string("memory")) {
      store_ = storage::make_memory_store();
      return;
    }
    folder_ = std::filesystem::temp_directory_path() /
              ("pagewake-flow-" + std::to_string(getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    auto opened = storage::open_sqlite_store({.path = (folder_ / "pagewake.db").string()});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }
  void TearDown() override {
    store_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  static void take(pipeline::Pipeline& pipeline, Result<protocols::Decoded> decoded,
                   const pipeline::RequestContext& context, std::size_t stored) {
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    const auto accepted =
        pipeline.submit(std::move(decoded->records), std::move(decoded->drops), context);
    ASSERT_TRUE(accepted.ok()) << accepted.error().message;
    EXPECT_EQ(accepted->stored, stored);
    EXPECT_EQ(accepted->dropped, 0u);
  }

  query::PageReport report() {
    model::Filter filter;
    filter.page = kPage;
    filter.from_unix_us = kNowUs - std::int64_t{3600} * 1'000'000;
    filter.to_unix_us = kNowUs + std::int64_t{3600} * 1'000'000;
    auto report = query::page_report(*store_, kProject, filter);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return *report;
  }

  std::filesystem::path folder_;
  std::unique_ptr<storage::RecordStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, OneDatum, ::testing::Values("memory", "sqlite"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(OneDatum, LcpOfABeaconIsTheReportsP75) {
  pipeline::Pipeline pipeline(*store_, app::default_steps());
  const std::string bytes = beacon_bytes("11111111111111111111111111111111", 812.5);
  take(pipeline, protocols::decode_beacon_body(bytes, kNowUs), kFromBrowser, 1);

  auto got = report();
  ASSERT_TRUE(got.vitals.lcp_ms.has_value());
  EXPECT_NEAR(got.vitals.lcp_ms->p75, 812.5, 812.5 * 0.01);  // the histogram's promise
  EXPECT_EQ(got.vitals.lcp_ms->count, 1);
  EXPECT_EQ(got.vitals.lcp_ms->good, 1);
  ASSERT_EQ(got.samples.size(), 1u);
  EXPECT_EQ(got.samples[0].vitals.lcp_ms, 812.5);  // the raw record, exactly
  EXPECT_EQ(got.samples[0].browser, "Chrome");
  EXPECT_EQ(got.samples[0].device, "desktop");

  // Three slower visits more: the p75 of 812.5, 1200, 3100 and 4200 is the third.
  take(
      pipeline,
      protocols::decode_beacon_body(beacon_bytes("22222222222222222222222222222222", 1200), kNowUs),
      kFromBrowser, 1);
  take(
      pipeline,
      protocols::decode_beacon_body(beacon_bytes("33333333333333333333333333333333", 3100), kNowUs),
      kFromBrowser, 1);
  take(
      pipeline,
      protocols::decode_beacon_body(beacon_bytes("44444444444444444444444444444444", 4200), kNowUs),
      kFromBrowser, 1);
  got = report();
  ASSERT_TRUE(got.vitals.lcp_ms.has_value());
  EXPECT_EQ(got.vitals.lcp_ms->count, 4);
  EXPECT_NEAR(got.vitals.lcp_ms->p75, 3100, 31);
  EXPECT_EQ(got.vitals.lcp_ms->poor, 0.25);
}

TEST_P(OneDatum, RawSignalLogGivesTheSameReport) {
  const std::string page_view_id = "11111111111111111111111111111111";
  pipeline::Pipeline pipeline(*store_, app::default_steps());
  std::string log = signals(page_view_id, 812.5, false);
  log.insert(
      1, R"(["log",1,"000102030405060708090a0b0c0d0e0f",)" + std::to_string(kNowUs / 1000) + "],");
  auto raw = protocols::decode_beacon_body(log, kNowUs);
  auto binary = protocols::decode_beacon_body(beacon_bytes(page_view_id, 812.5), kNowUs);
  ASSERT_TRUE(raw.ok() && binary.ok());
  PageView from_log = raw->records.page_views.at(0).view;
  const PageView& from_beacon = binary->records.page_views[0].view;
  // The log is the longer one, as its view says.
  EXPECT_GT(from_log.sdk_cost.sent_bytes, from_beacon.sdk_cost.sent_bytes);
  from_log.sdk_cost = from_beacon.sdk_cost;
  EXPECT_TRUE(from_log == from_beacon);
  take(pipeline, std::move(raw), kFromBrowser, 1);
  const auto got = report();
  ASSERT_TRUE(got.vitals.lcp_ms.has_value());
  EXPECT_NEAR(got.vitals.lcp_ms->p75, 812.5, 8.2);
}

TEST_P(OneDatum, RepeatedBeaconCountsOnce) {
  pipeline::Pipeline pipeline(*store_, app::default_steps());
  const std::string bytes = beacon_bytes("11111111111111111111111111111111", 812.5, true);
  std::size_t stored = 0, duplicates = 0;
  for (int i = 0; i < 3; ++i) {
    auto decoded = protocols::decode_beacon_body(bytes, kNowUs);
    ASSERT_TRUE(decoded.ok());
    const auto accepted = pipeline.submit(std::move(decoded->records), {}, kFromBrowser);
    ASSERT_TRUE(accepted.ok());
    stored += accepted->stored;
    duplicates += accepted->duplicates;
  }
  EXPECT_EQ(stored + duplicates, 6u);
  EXPECT_GE(duplicates, 2u);  // the event at least
  EXPECT_EQ(report().vitals.lcp_ms->count, 1);
}

TEST_P(OneDatum, ErrorIsScrubbedGroupedAndHangsOnItsPageView) {
  pipeline::Pipeline pipeline(*store_, app::default_steps());
  take(pipeline,
       protocols::decode_beacon_body(beacon_bytes("11111111111111111111111111111111", 812.5, true),
                                     kNowUs),
       kFromBrowser, 2);
  const auto events = store_->events(kProject, {}, {});
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->items.size(), 1u);
  const model::EventRecord& event = events->items[0];
  EXPECT_EQ(to_hex(event.page_view_id), "11111111111111111111111111111111");
  EXPECT_EQ(to_hex(event.trace_id), kTrace);
  EXPECT_EQ(event.page, kPage);
  EXPECT_EQ(event.browser, "Chrome");
  EXPECT_THAT(event.exceptions.at(0).value, ::testing::Not(::testing::HasSubstr("ann@")));
  EXPECT_EQ(event.exceptions[0].frames.at(0).function, "buy");
  EXPECT_EQ(event.breadcrumbs.at(0).message, "button#buy");
  EXPECT_THAT(event.url, ::testing::Not(::testing::HasSubstr("s3cret")));
  EXPECT_FALSE(event.grouping_key.empty());
  EXPECT_THAT(event.title, ::testing::HasSubstr("TypeError"));
  const auto issue = store_->issue(kProject, event.issue_id);
  ASSERT_TRUE(issue.ok());
  ASSERT_TRUE(issue->has_value());
  EXPECT_EQ((*issue)->event_count, 1u);
  EXPECT_EQ((*issue)->title, event.title);
  EXPECT_EQ(report().error_rate, 1);
}

// The join must not care which side arrives first.
class OneTrace : public OneDatum {};
INSTANTIATE_TEST_SUITE_P(Stores, OneTrace, ::testing::Values("memory", "sqlite"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(OneTrace, BrowserAndBackendJoinInEitherOrder) {
  for (const bool backend_first : {true, false}) {
    SCOPED_TRACE(backend_first ? "spans first, then the page view" : "page view first, then spans");
    if (!backend_first) {
      TearDown();
      SetUp();
    }
    pipeline::Pipeline pipeline(*store_, app::default_steps());
    const auto browser = [&] {
      take(pipeline,
           protocols::decode_beacon_body(
               beacon_bytes("11111111111111111111111111111111", 812.5, true), kNowUs),
           kFromBrowser, 2);
    };
    const auto backend = [&] {
      take(pipeline, protocols::decode_otlp_traces_json(kBackendTrace, kNowUs), kFromBackend, 2);
      take(pipeline, protocols::decode_json_logs(kBackendLog, kNowUs), kFromBackend, 1);
    };
    if (backend_first) backend();
    browser();
    if (!backend_first) backend();

    const auto joined = query::load_trace(*store_, kProject, *parse_id<TraceId>(kTrace));
    ASSERT_TRUE(joined.ok()) << joined.error().message;
    ASSERT_TRUE(joined->has_value());
    const query::JoinedTrace& trace = **joined;
    std::map<std::string, const query::JoinedSpan*> spans;
    for (const auto& span : trace.spans) spans[to_hex(span.span_id)] = &span;
    ASSERT_EQ(spans.size(), 3u);
    const query::JoinedSpan& load = *spans.at("00f067aa0ba902b7");
    const query::JoinedSpan& view = *spans.at(kServerSpan);
    const query::JoinedSpan& sql = *spans.at("1111111111111111");
    EXPECT_TRUE(load.parent_span_id.is_zero());
    EXPECT_EQ(view.parent_span_id, load.span_id);
    EXPECT_EQ(sql.parent_span_id, view.span_id);
    EXPECT_EQ(sql.op, "db");
    EXPECT_EQ(sql.duration_us, 200'000);
    EXPECT_EQ(sql.started_at_unix_us - load.started_at_unix_us, 40'000);
    ASSERT_EQ(trace.logs.size(), 1u);
    EXPECT_EQ(trace.logs[0].log.message, "product shown");
    ASSERT_EQ(trace.events.size(), 1u);

    const auto got = report();
    EXPECT_EQ(got.backend.joined_share, 1);
    ASSERT_FALSE(got.backend.spans.empty());
    EXPECT_THAT(got.backend.spans[0].name, ::testing::HasSubstr("FROM product"));
    EXPECT_NEAR(got.backend.spans[0].p75_ms, 200, 2);
  }
}

// Received = stored + dropped, and /metrics says what the store says.
TEST_P(OneDatum, OutcomesAddUp) {
  std::map<std::tuple<model::ProjectId, model::Category, std::optional<DropReason>>, std::uint64_t>
      since_start, in_store;
  {
    pipeline::Options options;
    options.now_unix_us = [] { return kNowUs; };
    pipeline::Pipeline pipeline(*store_, app::default_steps(), options);
    const std::string bytes = beacon_bytes("11111111111111111111111111111111", 812.5, true);
    for (int i = 0; i < 2; ++i) {
      auto decoded = protocols::decode_beacon_body(bytes, kNowUs);
      ASSERT_TRUE(decoded.ok());
      ASSERT_TRUE(
          pipeline.submit(std::move(decoded->records), std::move(decoded->drops), kFromBrowser)
              .ok());
    }
    // Older than the retention, noise of another vendor's SDK, and refused as a whole.
    auto old = protocols::decode_json_logs(R"({"event":"e","timestamp":1600000000})", kNowUs);
    ASSERT_TRUE(old.ok());
    auto accepted = pipeline.submit(std::move(old->records), {}, kFromBackend);
    ASSERT_TRUE(accepted.ok());
    EXPECT_EQ(accepted->dropped, 1u);
    auto noise = protocols::decode_sentry_store(
        R"({"platform":"javascript","exception":{"values":[{"type":"Error","value":"Script error."}]}})",
        kNowUs);
    ASSERT_TRUE(noise.ok());
    accepted = pipeline.submit(std::move(noise->records), {}, kFromBrowser);
    ASSERT_TRUE(accepted.ok());
    EXPECT_EQ(accepted->dropped, 1u);
    pipeline.refuse(0, model::Category::kRequest, DropReason::kBadKey);
    for (const auto& o : pipeline.outcomes_since_start()) {
      since_start[{o.project, o.category, o.drop_reason}] += o.count;
    }
  }
  for (const model::ProjectId project : {model::ProjectId{0}, kProject}) {
    const auto outcomes = store_->outcomes(project, 0, INT64_MAX);
    ASSERT_TRUE(outcomes.ok());
    for (const auto& o : *outcomes) in_store[{o.project, o.category, o.drop_reason}] += o.count;
  }
  EXPECT_EQ(since_start, in_store);
  using Key = std::tuple<model::ProjectId, model::Category, std::optional<DropReason>>;
  EXPECT_EQ(in_store[(Key{kProject, model::Category::kLog, DropReason::kTooOld})], 1u);
  EXPECT_EQ(in_store[(Key{kProject, model::Category::kEvent, DropReason::kNoise})], 1u);
  EXPECT_EQ(in_store[(Key{kProject, model::Category::kEvent, std::nullopt})], 1u);
  EXPECT_EQ(in_store[(Key{kProject, model::Category::kEvent, DropReason::kDuplicate})], 1u);
  EXPECT_EQ(in_store[(Key{0, model::Category::kRequest, DropReason::kBadKey})], 1u);
}

}  // namespace
}  // namespace pagewake
