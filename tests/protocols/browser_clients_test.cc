// Faro, web-vitals and the browser's own reports: what becomes of a real body,
// and the exact answer to a bad one.
#include <gtest/gtest.h>

#include <map>

#include "protocols/fixtures.h"
#include "protocols/protocols.h"

namespace pagewake::protocols {
namespace {

using model::Category;
using nlohmann::json;
using Counts = std::map<std::pair<Category, DropReason>, std::uint64_t>;

constexpr std::int64_t kNow = 1'795'228'400'000'000;

std::string body_of(const std::string& name) {
  const std::string raw =
      testing::read_file(PAGEWAKE_SOURCE_DIR "/tests/cases/clients/bodies/" + name);
  return name.ends_with(".gz") ? testing::gunzip(raw) : raw;
}

Result<Decoded> vitals(std::string_view body, const std::string& visitor = "visitor") {
  return decode_web_vitals(body, {visitor, "https://shop.example/from-referer"}, kNow);
}

Counts counted(const std::vector<model::Drop>& drops) {
  Counts counts;
  for (const auto& drop : drops) counts[{drop.category, drop.reason}] += drop.count;
  return counts;
}

TEST(Faro, APageOfEverything) {
  const auto decoded = decode_faro(body_of("faro-mixed.json"), kNow);
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(decoded->drops.empty());
  ASSERT_EQ(decoded->records.events.size(), 4u);
  const auto& handled = decoded->records.events[0];
  EXPECT_EQ(handled.source, model::Source::kFaro);
  EXPECT_EQ(handled.exceptions[0].type, "checkout");
  EXPECT_EQ(handled.exceptions[0].value, "Cannot read properties of undefined (reading 'reduce')");
  ASSERT_EQ(handled.exceptions[0].frames.size(), 5u);
  EXPECT_EQ(handled.exceptions[0].frames[0].function, "zY");  // newest first, as sent
  EXPECT_EQ(handled.exceptions[0].frames[0].column, 122735);
  EXPECT_FALSE(handled.exceptions[0].frames[4].in_app);
  EXPECT_EQ(handled.release, "3.1.0");
  EXPECT_EQ(handled.environment, "staging");
  EXPECT_EQ(handled.user_id, "42");
  EXPECT_EQ(handled.url, "http://127.0.0.1:18740/faro.html");
  EXPECT_FALSE(handled.session_id.is_zero());
  EXPECT_EQ(json::parse(handled.extra_json)["order"], "7");
  const auto& with_cause = decoded->records.events[1];
  ASSERT_EQ(with_cause.exceptions.size(), 2u);
  EXPECT_EQ(with_cause.exceptions[0].frames[0].function, "");
  EXPECT_EQ(with_cause.exceptions[1].type, "RangeError");
  EXPECT_EQ(with_cause.exceptions[1].value, "currency table empty");

  ASSERT_EQ(decoded->records.logs.size(), 3u);
  const auto& log = decoded->records.logs[0];
  EXPECT_EQ(log.message, "stock is low A-1");
  EXPECT_EQ(log.level, "warning");
  EXPECT_EQ(log.service, "shop-web");
  const auto& event = decoded->records.logs[1];
  EXPECT_EQ(event.message, "item_added");
  EXPECT_EQ(event.logger, "faro.event");
  EXPECT_EQ(json::parse(event.attributes_json)["sku"], "A-1");
  const auto& measurement = decoded->records.logs[2];
  EXPECT_EQ(measurement.logger, "faro.measurement");
  EXPECT_EQ(json::parse(measurement.attributes_json)["total_ms"], 812);
}

TEST(Faro, VitalsOfOneNavigationAreOnePageView) {
  const auto decoded = decode_faro(body_of("faro-gzip.gz"), kNow);
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->records.page_views.size(), 1u);
  const auto& record = decoded->records.page_views[0];
  EXPECT_EQ(record.view.vitals.fcp_ms, 48);  // its navigation was "unknown" yet
  EXPECT_NEAR(*record.view.vitals.ttfb_ms, 4.3, 0.001);
  EXPECT_EQ(record.view.vitals.lcp_ms, std::nullopt);
  EXPECT_EQ(record.view.url, "http://127.0.0.1:18740/faro.html?gzip=1");
  EXPECT_EQ(record.release, "3.1.0");
  EXPECT_EQ(record.sdk_version, "faro-web 2.12.1");
  EXPECT_EQ(record.view.started_at_unix_ms, 1795228327223);  // the navigation event's
  ASSERT_EQ(decoded->records.logs.size(), 1u);
  EXPECT_EQ(decoded->records.logs[0].message, "session_start");
}

TEST(Faro, TracesAreSpansOfFaro) {
  const auto decoded = decode_faro(body_of("faro-traces.json"), kNow);
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->records.spans.size(), 2u);
  const auto& click = decoded->records.spans[0];
  EXPECT_EQ(click.source, model::Source::kFaro);
  EXPECT_EQ(to_hex(click.trace_id), "7fc09fcb2c7273ea32f35707be092367");
  EXPECT_EQ(click.name, "checkout click");
  EXPECT_EQ(click.release, "3.1.0");
  EXPECT_EQ(click.environment, "staging");
  const auto& fetch = decoded->records.spans[1];
  EXPECT_EQ(fetch.parent_span_id, click.span_id);
  EXPECT_EQ(fetch.kind, model::SpanKind::kClient);
}

TEST(Faro, ARetryHasTheSameIds) {
  for (const char* name : {"faro-mixed.json", "faro-gzip.gz", "faro-traces.json"}) {
    SCOPED_TRACE(name);
    const auto once = decode_faro(body_of(name), kNow);
    const auto again = decode_faro(body_of(name), kNow + 5'000'000);
    ASSERT_TRUE(once.ok() && again.ok());
    const auto& a = once->records;
    const auto& b = again->records;
    for (std::size_t i = 0; i < a.events.size(); ++i) {
      EXPECT_EQ(a.events[i].event_id, b.events[i].event_id);
    }
    for (std::size_t i = 0; i < a.logs.size(); ++i) EXPECT_EQ(a.logs[i].log_id, b.logs[i].log_id);
    for (std::size_t i = 0; i < a.page_views.size(); ++i) {
      EXPECT_EQ(a.page_views[i].view.page_view_id, b.page_views[i].view.page_view_id);
    }
  }
}

TEST(Faro, EqualItemsOfABodyAreSeveral) {
  const std::string item = R"({"message":"hi","level":"info","timestamp":"2026-11-21T02:00:00Z"})";
  const auto decoded = decode_faro(R"({"meta":{},"logs":[)" + item + "," + item + "]}", kNow);
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->records.logs.size(), 2u);
  EXPECT_NE(decoded->records.logs[0].log_id, decoded->records.logs[1].log_id);
}

TEST(WebVitals, AQueueIsOnePageView) {
  const auto decoded = vitals(body_of("web-vitals-beacon.json"));
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(decoded->drops.empty());
  ASSERT_EQ(decoded->records.page_views.size(), 1u);
  const auto& record = decoded->records.page_views[0];
  EXPECT_NEAR(*record.view.vitals.ttfb_ms, 8.3, 0.001);
  EXPECT_EQ(record.view.vitals.fcp_ms, 80);
  EXPECT_EQ(record.view.vitals.lcp_ms, 80);
  EXPECT_EQ(record.view.vitals.cls, 0);
  EXPECT_EQ(record.view.vitals.inp_ms, 16);
  EXPECT_EQ(record.view.attribution.lcp_target, "#t");
  EXPECT_EQ(record.view.attribution.inp_target, "#b");
  EXPECT_EQ(record.view.url, "http://127.0.0.1:18740/vitals.html");
  EXPECT_EQ(record.view.started_at_unix_ms, 1795228346674);
}

TEST(WebVitals, MetricsOneByOneAreTheSamePageView) {
  const auto one = [](const char* name, const char* value, const char* at) {
    return std::string(R"({"name":")") + name + R"(","value":)" + value + R"(,"id":"v6-)" + at +
           R"(-77"})";
  };
  const auto lcp = vitals(one("LCP", "2500", "1795228346100"));
  const auto cls = vitals(one("CLS", "0.25", "1795228346108"));
  ASSERT_TRUE(lcp.ok() && cls.ok());
  const auto& a = lcp->records.page_views.at(0).view;
  const auto& b = cls->records.page_views.at(0).view;
  EXPECT_EQ(a.page_view_id, b.page_view_id);
  EXPECT_EQ(a.url, "https://shop.example/from-referer");
  // Another visitor, or the page opened again, is another view.
  const auto other = vitals(one("CLS", "0.25", "1795228346108"), "somebody else");
  EXPECT_NE(other->records.page_views.at(0).view.page_view_id, a.page_view_id);
  const auto later = vitals(one("CLS", "0.25", "1795228356108"));
  EXPECT_NE(later->records.page_views.at(0).view.page_view_id, a.page_view_id);

  PageView both = a;
  merge_page_view(both, b);
  EXPECT_EQ(both.vitals.lcp_ms, 2500);
  EXPECT_EQ(both.vitals.cls, 0.25);
}

TEST(WebVitals, WhatPeopleAddIsUsed) {
  const auto decoded = vitals(R"({"name":"INP","value":120,"id":"v6-1795228346100-1",
    "navigationType":"back-forward-cache","url":"https://shop.example/p/1?x=2",
    "page_view_id":"0af76519-16cd-43dd-8448-eb211c80319c","release":"1.4.2",
    "environment":"staging","trace_id":"0af7651916cd43dd8448eb211c80319c","user_id":"42",
    "attribution":{"interactionTarget":"#buy","interactionType":"pointer","inputDelay":10,
      "processingDuration":90,"presentationDelay":20,"loadState":"complete"}})");
  ASSERT_TRUE(decoded.ok());
  const auto& record = decoded->records.page_views.at(0);
  EXPECT_EQ(to_hex(record.view.page_view_id), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(record.view.navigation_type, NavigationType::kBackForwardCache);
  EXPECT_EQ(record.view.attribution.inp_target, "#buy");
  EXPECT_EQ(record.view.attribution.inp_processing_duration_ms, 90);
  EXPECT_EQ(record.release, "1.4.2");
  EXPECT_EQ(record.environment, "staging");
  EXPECT_EQ(record.user_id, "42");
  EXPECT_EQ(to_hex(record.view.trace_id), "0af7651916cd43dd8448eb211c80319c");
}

const char* const kCspReport = R"({"csp-report":{"document-uri":"https://shop.example/cart",
  "violated-directive":"script-src-elem","effective-directive":"script-src-elem",
  "blocked-uri":"https://cdn.example/a.js?v=1","disposition":"enforce","line-number":3,
  "source-file":"https://shop.example/app.js"}})";

TEST(BrowserReports, ReportUri) {
  const auto decoded = decode_browser_reports(kCspReport, kNow);
  ASSERT_TRUE(decoded.ok());
  const auto& event = decoded->records.events.at(0);
  EXPECT_EQ(event.message, "Content security policy: script-src-elem blocks cdn.example");
  EXPECT_EQ(event.url, "https://shop.example/cart");
  EXPECT_EQ(event.logger, "csp-violation");
  EXPECT_EQ(event.source, model::Source::kBrowserReport);
  EXPECT_EQ(json::parse(event.extra_json)["line"], 3);
  EXPECT_EQ(decoded->id, to_hex(event.event_id));
}

TEST(BrowserReports, ReportingApi) {
  const std::string list = R"([{"type":"csp-violation","age":2000,"url":"https://shop.example/",
     "user_agent":"UA","body":{"documentURL":"https://shop.example/","blockedURL":"inline",
     "effectiveDirective":"style-src-attr","disposition":"report"}},
    {"type":"deprecation","age":10,"url":"https://shop.example/","user_agent":"UA",
     "body":{"id":"UnloadHandler","message":"Unload event listeners are deprecated"}},
    {"type":"crash","age":0,"url":"https://shop.example/","user_agent":"UA",
     "body":{"reason":"oom"}}])";
  const auto decoded = decode_browser_reports(list, kNow);
  ASSERT_TRUE(decoded.ok());
  const auto& events = decoded->records.events;
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].message, "Content security policy: style-src-attr blocks inline");
  EXPECT_EQ(events[0].occurred_at_unix_us, kNow - 2'000'000);
  EXPECT_EQ(events[1].message, "deprecation: Unload event listeners are deprecated");
  EXPECT_EQ(events[2].message, "crash: oom");
  EXPECT_EQ(events[2].level, "fatal");

  // Delivered again three seconds later: the ages have grown.
  std::string again = list;
  again.replace(again.find("\"age\":2000"), 10, "\"age\":5000");
  const auto retried = decode_browser_reports(again, kNow + 3'000'000);
  EXPECT_EQ(retried->records.events[0].event_id, events[0].event_id);
}

struct BadCase {
  const char* name;
  Result<Decoded> (*decode)(std::string_view);
  std::string body;
  std::string code, message;  // of the error; "" taken
  Counts drops;
  std::size_t kept = 0;
};

TEST(BrowserClients, BadInputGetsItsExactAnswer) {
  const auto faro = [](std::string_view b) { return decode_faro(b, kNow); };
  const auto web_vitals = [](std::string_view b) { return vitals(b); };
  const auto reports = [](std::string_view b) { return decode_browser_reports(b, kNow); };
  const std::string deep(70, '[');
  const std::string good_log = R"({"message":"kept","level":"info"})";
  const std::string good_metric = R"({"name":"LCP","value":1,"id":"v6-1795228346100-1"})";
  const std::string good_report = R"({"type":"crash","body":{}})";
  const std::vector<BadCase> cases = {
      {"faro: empty",
       faro,
       "",
       "malformed",
       "the payload is not valid JSON at byte 0: Empty: no JSON found",
       {}},
      {"faro: list", faro, "[]", "malformed", "the payload at byte 0 is no JSON object", {}},
      {"faro: deep", faro, R"({"logs":)" + deep, "nesting_too_deep", "", {}},
      {"faro: logs is no list", faro, R"({"logs":{}})", "malformed", "\"logs\" is not a list", {}},
      {"faro: nothing in it", faro, "{}", "", "", {}},
      {"faro: one log is none",
       faro,
       R"({"logs":[7,)" + good_log + "]}",
       "",
       "",
       {{{Category::kLog, DropReason::kMalformed}, 1}},
       1},
      {"faro: traces are none",
       faro,
       R"({"traces":[],"logs":[)" + good_log + "]}",
       "",
       "",
       {{{Category::kSpan, DropReason::kMalformed}, 1}},
       1},
      {"faro: traces hold no list",
       faro,
       R"({"traces":{"resourceSpans":{}},"logs":[)" + good_log + "]}",
       "",
       "",
       {{{Category::kSpan, DropReason::kMalformed}, 1}},
       1},
      {"faro: a vital that is none",
       faro,
       R"({"measurements":[{"type":"web-vitals","values":{"lcp":-1}}]})",
       "",
       "",
       {{{Category::kPageView, DropReason::kUnsupported}, 1}}},
      {"vitals: empty", web_vitals, "", "malformed", "", {}},
      {"vitals: a number", web_vitals, "7", "malformed", "metric 1 is no JSON object", {}},
      {"vitals: no name",
       web_vitals,
       R"({"value":1})",
       "malformed",
       "metric 1 has no \"name\"",
       {}},
      {"vitals: text for a value",
       web_vitals,
       R"({"name":"LCP","value":"fast"})",
       "malformed",
       "metric 1: \"value\" must be a number from 0, in milliseconds or a layout shift score",
       {}},
      {"vitals: negative",
       web_vitals,
       "[" + good_metric + R"(,{"name":"LCP","value":-3}])",
       "",
       "",
       {{{Category::kPageView, DropReason::kMalformed}, 1}},
       1},
      {"vitals: FID is no more",
       web_vitals,
       R"([{"name":"FID","value":3}])",
       "",
       "",
       {{{Category::kPageView, DropReason::kUnsupported}, 1}}},
      {"vitals: deep", web_vitals, deep, "nesting_too_deep", "", {}},
      {"vitals: an empty list", web_vitals, "[]", "", "", {}},
      {"reports: empty", reports, "", "malformed", "", {}},
      {"reports: something else",
       reports,
       R"({"a":1})",
       "malformed",
       "want {\"csp-report\":{…}} or the Reporting API's list of reports",
       {}},
      {"reports: no body",
       reports,
       R"([{"type":"crash"}])",
       "malformed",
       "report 1 has no \"type\" or no object \"body\"",
       {}},
      {"reports: one is none",
       reports,
       "[1," + good_report + "]",
       "",
       "",
       {{{Category::kEvent, DropReason::kMalformed}, 1}},
       1},
      {"reports: an extension's",
       reports,
       R"({"csp-report":{"blocked-uri":"chrome-extension://abc/x.js"}})",
       "",
       "",
       {{{Category::kEvent, DropReason::kNoise}, 1}}},
      {"reports: deep", reports, deep, "nesting_too_deep", "", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto decoded = c.decode(c.body);
    if (!c.code.empty()) {
      ASSERT_FALSE(decoded.ok());
      EXPECT_EQ(decoded.error().code, c.code);
      if (!c.message.empty()) EXPECT_EQ(decoded.error().message, c.message);
      continue;
    }
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(counted(decoded->drops), c.drops);
    EXPECT_EQ(decoded->records.size(), c.kept);
  }
}

}  // namespace
}  // namespace pagewake::protocols
