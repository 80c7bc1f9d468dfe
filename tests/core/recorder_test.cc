#include "core/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "log_builder.h"
#include "privacy/scrub.h"
#include "wire/beacon.h"
#include "wire/explain.h"

namespace pagewake {
namespace {

using test::Log;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

BeaconId beacon_id(std::uint8_t n) {
  BeaconId id;
  id.bytes[0] = n;
  return id;
}

Beacon recorded(const Log& log) {
  Recorder recorder;
  const auto fed = recorder.feed(log.text());
  EXPECT_TRUE(fed.ok()) << (fed.ok() ? "" : fed.error().message);
  Beacon beacon = recorder.flush(beacon_id(1), 1'700'000'010'000);
  for (PageView& view : beacon.page_views) explain(view);  // as who decodes it does
  return beacon;
}

PageView only_view(const Log& log) {
  const Beacon beacon = recorded(log);
  EXPECT_EQ(beacon.page_views.size(), 1u);
  return beacon.page_views.empty() ? PageView{} : beacon.page_views[0];
}

TEST(Recorder, CarriesTheSessionAndThePageView) {
  Log log;
  log.add("init", 1'700'000'000'000.4, test::kSession, "0.1.0", "shop@1", "staging", "u-1", 50, "q")
      .add("view", 0.1, Log::hex(1, 16), Log::hex(2, 16), Log::hex(3, 8), Log::hex(4, 8), "reload",
           "https://shop.example/product/42?token=abc&q=shoe#top", "", "Red shoe",
           "https://shop.example/?from=1", 0, 4, Log::hex(5, 16), 0, 1)
      .add("device", 1, "4g", 50, 10000, 1, 4096, 8, 390, 844, 1170, 2532, "en-GB");
  const Beacon beacon = recorded(log);
  EXPECT_EQ(beacon.beacon_id, beacon_id(1));
  EXPECT_EQ(to_hex(beacon.session_id), test::kSession);
  EXPECT_EQ(beacon.sdk_version, "0.1.0");
  EXPECT_EQ(beacon.rules_hash, scrub_rules_hash());
  EXPECT_EQ(beacon.release, "shop@1");
  EXPECT_EQ(beacon.environment, "staging");
  EXPECT_EQ(beacon.user_id, "u-1");
  EXPECT_EQ(beacon.sent_at_unix_ms, 1'700'000'010'000);
  ASSERT_EQ(beacon.page_views.size(), 1u);
  const PageView& view = beacon.page_views[0];
  EXPECT_EQ(to_hex(view.page_view_id), Log::hex(1, 16));
  EXPECT_EQ(to_hex(view.trace_id), Log::hex(2, 16));
  EXPECT_EQ(to_hex(view.span_id), Log::hex(3, 8));
  EXPECT_EQ(to_hex(view.server_span_id), Log::hex(4, 8));
  EXPECT_EQ(to_hex(view.previous_page_view_id), Log::hex(5, 16));
  EXPECT_EQ(view.navigation_type, NavigationType::kReload);
  EXPECT_EQ(view.url, "https://shop.example/product/42?q=shoe");
  EXPECT_EQ(view.referrer, "https://shop.example/");
  EXPECT_EQ(view.page, "/product/:id");
  EXPECT_EQ(view.title, "Red shoe");
  EXPECT_EQ(view.weight, 4);
  EXPECT_TRUE(view.kept_by_exception);
  EXPECT_EQ(view.started_at_unix_ms, 1'700'000'000'000);
  EXPECT_GT(view.revision, 0u);
  EXPECT_FALSE(view.final);
  EXPECT_EQ(view.device.effective_connection_type, "4g");
  EXPECT_TRUE(view.device.save_data);
  EXPECT_EQ(view.device.memory_mb_rounded, 4096);
  EXPECT_EQ(view.device.screen_height_px, 2532u);
  EXPECT_EQ(view.device.language, "en-GB");
}

TEST(Recorder, MeasuresADocumentLoad) {
  Log log;
  log.init().view(1).paint(640).lcp(812.3, "https://cdn.example/hero.webp").nav();
  log.resource("https://cdn.example/hero.webp", 300, 700).shift(900, 0.05);
  log.event(3000, 200, 3010, 3150, 7)
      .add("interactions", 3300, 1)
      .add("hidden", 5000)
      .add("end", 5001);
  const PageView view = only_view(log);
  EXPECT_THAT(view.vitals.fcp_ms, Optional(640));
  EXPECT_THAT(view.vitals.lcp_ms, Optional(812.3));
  EXPECT_THAT(view.vitals.ttfb_ms, Optional(100));
  EXPECT_THAT(view.vitals.cls, Optional(0.05));
  EXPECT_THAT(view.vitals.inp_ms, Optional(200));
  EXPECT_EQ(view.vitals.lcp_missing, MissingReason::kNone);
  EXPECT_THAT(view.attribution.lcp_time_to_first_byte_ms, Optional(100));
  EXPECT_THAT(view.attribution.lcp_resource_load_delay_ms, Optional(202));
  EXPECT_THAT(view.attribution.lcp_resource_load_duration_ms, Optional(398));
  EXPECT_THAT(view.attribution.lcp_element_render_delay_ms,
              Optional(testing::DoubleNear(112.3, 1e-9)));
  EXPECT_EQ(view.attribution.lcp_target, "img.hero");
  EXPECT_EQ(view.attribution.lcp_url, "https://cdn.example/hero.webp");
  EXPECT_EQ(view.attribution.inp_load_state, "complete");
  EXPECT_EQ(view.attribution.cls_load_state, "dom-content-loaded");
  ASSERT_TRUE(view.timing.has_value());
  EXPECT_EQ(view.timing->response_start_ms, 100);
  EXPECT_EQ(view.timing->next_hop_protocol, "h2");
  EXPECT_TRUE(view.final);
  EXPECT_EQ(view.duration_ms, 5000);
}

TEST(Recorder, MeasuresFromTheActivationOfAPrerenderedPage) {
  Log log;
  log.init().view(1, "prerender", 500).paint(300).lcp(900).nav().add("end", 3000);
  const PageView view = only_view(log);
  EXPECT_THAT(view.vitals.fcp_ms, Optional(0));  // painted before anyone looked
  EXPECT_THAT(view.vitals.lcp_ms, Optional(400));
  EXPECT_THAT(view.vitals.ttfb_ms, Optional(0));
  EXPECT_EQ(view.started_at_unix_ms, 1'700'000'000'500);
  EXPECT_EQ(view.timing->response_start_ms, -400);
  EXPECT_EQ(view.duration_ms, 2500);
}

TEST(Recorder, SaysWhyAVitalIsMissing) {
  using R = MissingReason;
  struct Expected {
    R lcp, fcp, ttfb, cls, inp;
  };
  const struct {
    const char* name;
    Log log;
    Expected missing;
  } cases[] = {
      {"just begun",
       Log().init().view(1),
       {R::kNotYet, R::kNotYet, R::kNotYet, R::kNotYet, R::kNotYet}},
      {"left at once",
       Log().init().view(1).add("end", 50),
       {R::kLeftEarly, R::kLeftEarly, R::kLeftEarly, R::kLeftEarly, R::kNoInteraction}},
      {"hidden before it painted",
       Log().init().view(1).add("hidden", 50).paint(60).lcp(60),
       {R::kLeftEarly, R::kLeftEarly, R::kNotYet, R::kLeftEarly, R::kNotYet}},
      {"loaded in the background",
       Log().init().view(1, "navigate", 0, true).paint(700).lcp(800).nav().add("end", 2000),
       {R::kHiddenFirst, R::kHiddenFirst, R::kNone, R::kHiddenFirst, R::kNoInteraction}},
      {"a browser that reports little",
       Log()
           .init()
           .view(1)
           .add("unsupported", 1, "largest-contentful-paint,layout-shift,event")
           .paint(600)
           .nav()
           .add("end", 2000),
       {R::kUnsupported, R::kNone, R::kNone, R::kUnsupported, R::kUnsupported}},
      {"a browser without any",
       Log()
           .init()
           .view(1)
           .add("unsupported", 1, "largest-contentful-paint,layout-shift,event,paint,navigation")
           .add("end", 2000),
       {R::kUnsupported, R::kUnsupported, R::kUnsupported, R::kUnsupported, R::kUnsupported}},
      {"nobody clicked",
       Log().init().view(1).paint(600).lcp(700).nav().add("end", 2000),
       {R::kNone, R::kNone, R::kNone, R::kNone, R::kNoInteraction}},
      {"a first byte in the future is not believed",
       Log().init().view(1).paint(600).nav(1100, 5000).add("end", 2000),
       {R::kLeftEarly, R::kNone, R::kLeftEarly, R::kNone, R::kNoInteraction}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Vitals vitals = only_view(c.log).vitals;
    EXPECT_EQ(vitals.lcp_missing, c.missing.lcp);
    EXPECT_EQ(vitals.fcp_missing, c.missing.fcp);
    EXPECT_EQ(vitals.ttfb_missing, c.missing.ttfb);
    EXPECT_EQ(vitals.cls_missing, c.missing.cls);
    EXPECT_EQ(vitals.inp_missing, c.missing.inp);
    EXPECT_EQ(vitals.lcp_ms.has_value(), c.missing.lcp == R::kNone);
    EXPECT_EQ(vitals.fcp_ms.has_value(), c.missing.fcp == R::kNone);
    EXPECT_EQ(vitals.ttfb_ms.has_value(), c.missing.ttfb == R::kNone);
    EXPECT_EQ(vitals.cls.has_value(), c.missing.cls == R::kNone);
    EXPECT_EQ(vitals.inp_ms.has_value(), c.missing.inp == R::kNone);
  }
}

// A soft navigation begins at the very time of the click that led to it.
TEST(Recorder, TheClickThatChangesTheRouteCountsForTheRouteItLeft) {
  Log log;
  log.init().view(1).paint(640).lcp(800).nav();
  log.view(2, "soft_navigation", 10'000);
  log.event(9'900, 120, 9'901, 9'905, 7, "pointerdown");
  log.event(10'000, 80, 10'002, 10'070, 7, "click");
  log.add("interactions", 10'200, 1)
      .add("input", 10'000)
      .lcp(10'350, "https://cdn.example/new.webp");
  log.add("end", 12'000);
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  const PageView& first = beacon.page_views[0];
  const PageView& second = beacon.page_views[1];
  EXPECT_THAT(first.vitals.inp_ms, Optional(120));
  EXPECT_EQ(second.vitals.inp_ms, std::nullopt);
  EXPECT_THAT(second.vitals.lcp_ms, Optional(350));
}

TEST(Recorder, BeginsAViewOfItsOwnForARouteChange) {
  Log log;
  log.init().view(1).paint(640).lcp(800).nav().shift(900, 0.25);
  log.view(2, "soft_navigation", 10'000);
  log.event(9990, 160, 9995, 10'050, 7);  // the click that changed the route, reported late
  log.add("interactions", 10'200, 1);
  log.shift(10'300, 0.125).resource("https://cdn.example/late.webp", 9'000, 10'400);
  log.resource("https://cdn.example/new.webp", 10'100, 10'500);
  log.add("page", 10'600, "/checkout").add("end", 12'000);
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  const PageView& first = beacon.page_views[0];
  const PageView& second = beacon.page_views[1];
  EXPECT_TRUE(first.final);
  EXPECT_EQ(first.duration_ms, 10'000);
  EXPECT_THAT(first.vitals.cls, Optional(0.25));
  EXPECT_THAT(first.vitals.inp_ms, Optional(160));
  ASSERT_EQ(first.resources.size(), 1u);
  EXPECT_EQ(first.resources[0].url, "https://cdn.example/late.webp");
  EXPECT_EQ(first.page, "/p/:id");

  EXPECT_TRUE(second.final);
  EXPECT_EQ(second.previous_page_view_id, first.page_view_id);
  EXPECT_EQ(second.navigation_type, NavigationType::kSoftNavigation);
  EXPECT_EQ(second.page, "/checkout");
  EXPECT_EQ(second.duration_ms, 2000);
  EXPECT_EQ(second.vitals.ttfb_missing, MissingReason::kNotApplicable);
  EXPECT_EQ(second.vitals.fcp_missing, MissingReason::kNotApplicable);
  EXPECT_EQ(second.vitals.lcp_missing, MissingReason::kNotApplicable);
  EXPECT_EQ(second.vitals.inp_missing, MissingReason::kNoInteraction);
  EXPECT_THAT(second.vitals.cls, Optional(0.125));
  EXPECT_FALSE(second.timing.has_value());
  ASSERT_EQ(second.resources.size(), 1u);
  EXPECT_EQ(second.resources[0].index, 0u);
  EXPECT_EQ(second.resources[0].start_ms, 100);
}

TEST(Recorder, CountsInteractionsOfARouteByThemselves) {
  Log log;
  log.init().view(1).paint(640).nav();
  for (int i = 0; i < 3; ++i)
    log.event(2000 + i * 500, 100 + i * 100, 2001 + i * 500, 2050 + i * 500, 7 * (i + 1));
  log.add("interactions", 5000, 60)
      .view(2, "soft_navigation", 10'000)
      .add("interactions", 10'500, 61);
  log.add("interactions", 20'000, 62).add("end", 21'000);
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  EXPECT_THAT(beacon.page_views[0].vitals.inp_ms, Optional(200));  // second longest of 60
  EXPECT_THAT(beacon.page_views[1].vitals.inp_ms, Optional(8));    // one, too short to report
  EXPECT_THAT(beacon.page_views[1].attribution.inp_presentation_delay_ms, Optional(8));
}

TEST(Recorder, EstimatesInteractionsWhereTheBrowserDoesNotCountThem) {
  Log log;
  log.init().view(1).paint(640).nav();
  log.event(2000, 300, 2001, 2050, 1000).event(3000, 200, 3001, 3050, 1000 + 7 * 49);
  EXPECT_THAT(only_view(log).vitals.inp_ms, Optional(200));  // 50 interactions: the second longest
}

TEST(Recorder, TakesThePaintOfARestoredPageAsFcpAndLcp) {
  Log log;
  log.init().view(1).paint(640).lcp(800).nav().add("hidden", 4000).add("end", 4001);
  log.view(2, "back_forward_cache", 60'000).add("visible", 60'001).paint(60'040).lcp(60'050);
  log.shift(60'100, 0.125).add("end", 62'000);
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  const PageView& restored = beacon.page_views[1];
  EXPECT_EQ(restored.previous_page_view_id, beacon.page_views[0].page_view_id);
  EXPECT_THAT(restored.vitals.fcp_ms, Optional(40));
  EXPECT_THAT(restored.vitals.lcp_ms, Optional(40));
  EXPECT_THAT(restored.vitals.ttfb_ms, Optional(0));
  EXPECT_THAT(restored.vitals.cls, Optional(0.125));
  EXPECT_THAT(restored.attribution.lcp_element_render_delay_ms, Optional(40));
  EXPECT_THAT(restored.attribution.lcp_time_to_first_byte_ms, Optional(0));
  EXPECT_FALSE(restored.timing.has_value());
  EXPECT_EQ(beacon.page_views[0].duration_ms, 4000);
}

TEST(Recorder, StopsTheClockWhileHidden) {
  Log log;
  log.init().view(1).paint(640).add("hidden", 3000).crumb(4000, "in the background");
  EXPECT_EQ(only_view(log).duration_ms, 3000);
  log.add("visible", 8000).crumb(9000, "back");
  EXPECT_EQ(only_view(log).duration_ms, 9000);
}

TEST(Recorder, DescribesResources) {
  Log log;
  log.init().view(1);
  log.add("resource", 500, "https://cdn.example/a.js?v=1", "script", "h3", 100, 90, 101, 111, 111,
          115, 131, 132, 160, 190, 5300, 5000, 15000, 200, 1);
  log.add("resource", 600, "https://other.example/b.png", "img", "", 200, 50, 0, 0, 0, 0, 0, 0, 0,
          250, 0, 0, 0, 0, 0);
  const PageView view = only_view(log);
  ASSERT_EQ(view.resources.size(), 2u);
  const Resource& a = view.resources[0];
  EXPECT_EQ(a.url, "https://cdn.example/a.js");
  EXPECT_EQ(a.initiator_type, "script");
  EXPECT_EQ(a.next_hop_protocol, "h3");
  EXPECT_EQ(a.start_ms, 100);
  EXPECT_EQ(a.domain_lookup_ms, 10);
  EXPECT_EQ(a.connect_ms, 20);
  EXPECT_EQ(a.tls_ms, 16);
  EXPECT_EQ(a.request_start_ms, 132);
  EXPECT_EQ(a.response_start_ms, 160);
  EXPECT_EQ(a.response_end_ms, 190);
  EXPECT_EQ(a.decoded_body_bytes, 15000u);
  EXPECT_EQ(a.response_status, 200);
  EXPECT_TRUE(a.render_blocking);
  const Resource& b = view.resources[1];  // cross-origin: the browser withholds
  EXPECT_EQ(b.index, 1u);
  EXPECT_EQ(b.request_start_ms, 0);
  EXPECT_EQ(b.response_end_ms, 250);
}

TEST(Recorder, KeepsEveryScriptOfALongFrame) {
  Log log;
  log.init().view(1, "prerender", 1000);
  log.add("loaf", 3300, 2990, 210, 150, 3180, "https://a.example/app.js?x=1", "onBuy",
          "BUTTON#buy.onclick", 1204, 3015, 130, 12.5, "https://a.example/short.js", "", "timer",
          -1, 2995, 20, 0);
  const PageView view = only_view(log);
  ASSERT_EQ(view.long_frames.size(), 1u);
  const LongFrame& frame = view.long_frames[0];
  EXPECT_EQ(frame.start_ms, 1990);
  EXPECT_EQ(frame.blocking_ms, 150);
  EXPECT_EQ(frame.style_and_layout_start_ms, 2180);
  const LongFrameScript on_buy{
      "https://a.example/app.js", "onBuy", "BUTTON#buy.onclick", 1204, 2015, 130, 12.5};
  const LongFrameScript timer{"https://a.example/short.js", "", "timer", 0, 1995, 20, 0};
  EXPECT_THAT(frame.scripts, ElementsAre(on_buy, timer));
}

TEST(Recorder, LongFramesLeaveRoomForThoseThatExplainInp) {
  Log log;
  log.init().view(1);
  for (int i = 0; i < 60; ++i) log.add("loaf", 100 * i, 100 * i, 60, 10);
  for (int i = 60; i < 120; ++i) log.add("loaf", 1000 * i, 1000 * i, 150, 100);
  const Beacon beacon = recorded(log);
  const auto& frames = beacon.page_views[0].long_frames;
  ASSERT_EQ(frames.size(), limits::kLongFramesPerPageView);
  EXPECT_EQ(frames[49].duration_ms, 60);
  EXPECT_EQ(frames[50].duration_ms, 150);
  ASSERT_EQ(beacon.drops.size(), 1u);
  EXPECT_EQ(beacon.drops[0].count, 20u);
  EXPECT_EQ(beacon.page_views[0].sdk_cost.dropped, 20u);
}

TEST(Recorder, AFrameAcrossARouteChangeIsInBothViews) {
  Log log;
  log.init().view(1).view(2, "soft_navigation", 3000).add("loaf", 3300, 2900, 300, 250);
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  ASSERT_EQ(beacon.page_views[0].long_frames.size(), 1u);
  EXPECT_EQ(beacon.page_views[0].long_frames[0].start_ms, 2900);
  ASSERT_EQ(beacon.page_views[1].long_frames.size(), 1u);
  EXPECT_EQ(beacon.page_views[1].long_frames[0].start_ms, -100);
}

TEST(Recorder, TheFrameOfTheClickThatChangedTheRouteIsInBothViews) {
  Log log;
  log.init().view(1).view(2, "soft_navigation", 3000).add("loaf", 3300, 3008, 100, 50);
  log.add("loaf", 3500, 3200, 100, 50);
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  EXPECT_EQ(beacon.page_views[0].long_frames.size(), 1u);
  EXPECT_EQ(beacon.page_views[1].long_frames.size(), 2u);
}

TEST(Recorder, KeepsServerTimingAndWhyThePageWasNotRestored) {
  Log log;
  log.init().view(1);
  log.add("nav", 1100, 0, 0, 0, 1, 2, 3, 3, 4, 20, 21, 100, 130, 500, 520, 1000, 1001, 20300, 20000,
          80000, 200, 0, "h2", 510, "db;dur=53.2;desc=\"jo@example.com\"", "unload-listener");
  log.add("resource", 201, "https://a.example/a.js", "script", "h2", 100, 50, 0, 0, 0, 0, 0, 102,
          110, 150, 1300, 1000, 1000, 200, 0, "cdn-cache;desc=\"HIT\"");
  const PageView view = only_view(log);
  EXPECT_EQ(view.timing->server_timing, "db;dur=53.2;desc=\"[Filtered]\"");
  EXPECT_EQ(view.timing->not_restored_reasons, "unload-listener");
  ASSERT_EQ(view.resources.size(), 1u);
  EXPECT_EQ(view.resources[0].server_timing, "cdn-cache;desc=\"HIT\"");
}

TEST(Recorder, SaysWhichEntryTypesTheBrowserLacks) {
  Log log;
  log.init().view(1).view(2, "soft_navigation", 500);
  log.add("unsupported", 600, "layout-shift,long-animation-frame");
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  for (const PageView& view : beacon.page_views) {
    EXPECT_EQ(view.device.unsupported_entry_types, "layout-shift,long-animation-frame");
    EXPECT_EQ(view.vitals.cls_missing, MissingReason::kUnsupported);
  }
}

TEST(Recorder, DescribesAnErrorWithWhatHappenedBefore) {
  Log log;
  log.init().view(1).crumb(100, "button#buy");
  log.add("error", 200, Log::hex(9, 16), "onunhandledrejection", 0, "", "",
          "https://shop.example/cart?id=1", Log::hex(8, 8), 2, "CartError",
          "mail to jo@example.com failed", "", "https://shop.example/a.js", 3, 4, "TypeError",
          "x is null", "", "", -1, -1, 1, "area", "cart", 2, "cart", "total");
  const PageView view = only_view(log);
  EXPECT_EQ(view.error_count, 1u);
  ASSERT_EQ(view.events.size(), 1u);
  const BrowserEvent& event = view.events[0];
  EXPECT_EQ(to_hex(event.event_id), Log::hex(9, 16));
  EXPECT_EQ(event.occurred_at_unix_ms, 1'700'000'000'200);
  EXPECT_EQ(event.level, "error");
  EXPECT_EQ(event.url, "https://shop.example/cart");
  EXPECT_EQ(to_hex(event.span_id), Log::hex(8, 8));
  ASSERT_EQ(event.exceptions.size(), 2u);
  EXPECT_EQ(event.exceptions[0].type, "CartError");
  EXPECT_EQ(event.exceptions[0].value.find("jo@example.com"), std::string::npos);
  EXPECT_NE(event.exceptions[0].value.find("[Filtered]"), std::string::npos);
  EXPECT_EQ(event.exceptions[0].mechanism, "onunhandledrejection");
  EXPECT_FALSE(event.exceptions[0].handled);
  ASSERT_EQ(event.exceptions[0].frames.size(), 1u);
  EXPECT_EQ(event.exceptions[0].frames[0].line, 3);
  EXPECT_EQ(event.exceptions[1].value, "x is null");
  EXPECT_THAT(event.tags, ElementsAre(std::pair<std::string, std::string>("area", "cart")));
  EXPECT_THAT(event.fingerprint, ElementsAre("cart", "total"));
  ASSERT_EQ(event.breadcrumbs.size(), 1u);
  EXPECT_EQ(event.breadcrumbs[0].message, "button#buy");
  EXPECT_EQ(event.breadcrumbs[0].at_unix_ms, 1'700'000'000'100);
}

TEST(Recorder, AnErrorWithoutAnIdIsOneMoreOfThoseAlreadyTold) {
  Log log;
  log.init().view(1).error(1, 100);
  for (int i = 0; i < 15; ++i) log.add("error", 101 + i, "", "onerror", 0, "error");
  log.add("error", 150, "", "resource", 0, "warning");  // no error, it only did not load
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 1u);
  EXPECT_EQ(beacon.page_views[0].events.size(), 1u);
  EXPECT_EQ(beacon.page_views[0].error_count, 16u);
  EXPECT_THAT(beacon.drops, ElementsAre(ClientDrop{DropReason::kRepeated, 16}));
}

TEST(Recorder, CountsNoiseAndKeepsNoneOfIt) {
  Log log;
  log.init().view(1).add("error", 100, Log::hex(9, 16), "onerror", 0, "error", "", "", "", 1, "",
                         "Script error.", "", "", 0, 0);
  const Beacon beacon = recorded(log);
  EXPECT_TRUE(beacon.page_views[0].events.empty());
  EXPECT_EQ(beacon.page_views[0].error_count, 0u);
  EXPECT_THAT(beacon.drops, ElementsAre(ClientDrop{DropReason::kNoise, 1}));
}

TEST(Recorder, LosesNothingWithoutCountingIt) {
  Log log;
  log.init().view(1);
  for (std::size_t i = 0; i < limits::kResourcesPerPageView + 3; ++i)
    log.resource("https://a.example/x", 10, 20);
  for (std::size_t i = 0; i < limits::kLongFramesPerPageView + 2; ++i)
    log.add("loaf", 50, 40, 60, 10);
  for (int i = 0; i < 60; ++i) log.error(i + 1, 100, "E", std::to_string(i).c_str());
  log.error(0, 300, "E", "no id").add("span", 400, "", "", "work", "", 10, 5, 0, 0, 0);
  log.add("drop", 500, 15, 4).add("drop", 500, 99, 1);
  const Beacon beacon = recorded(log);
  std::uint32_t truncated = 0, invalid = 0, repeated = 0, ignored = 0, unknown = 0;
  for (const ClientDrop& drop : beacon.drops) {
    if (drop.reason == DropReason::kTruncated) truncated = drop.count;
    if (drop.reason == DropReason::kInvalidId) invalid = drop.count;
    if (drop.reason == DropReason::kRepeated) repeated = drop.count;
    if (drop.reason == DropReason::kIgnored) ignored = drop.count;
    if (drop.reason == DropReason::kReportedByClient) unknown = drop.count;
  }
  EXPECT_EQ(truncated, 3u + limits::kLongFramesPerPageView / 2 + 2u + 10u);
  EXPECT_EQ(invalid, 1u);
  EXPECT_EQ(repeated, 1u);
  EXPECT_EQ(ignored, 4u);
  EXPECT_EQ(unknown, 1u);
}

TEST(Recorder, ScrubsEverythingItTakes) {
  const std::string secret = "jo.doe@example.com";
  Log log;
  log.add("init", 1.7e12, test::kSession, "0.1.0", "shop@1", "production", secret, 100, "");
  log.add("view", 0, Log::hex(1, 16), "", "", "", "navigate", "https://a.example/u/" + secret,
          "/u/" + secret, secret, "https://a.example/?m=" + secret, 0, 1, "", 0);
  log.add("lcp", 10, 9, 9, 9, 10, "https://a.example/" + secret, "#" + secret);
  log.add("shift", 10, 9, 0.1, 0, "#" + secret);
  log.add("event", 200, 100, 80, 110, 120, 7, "click", "#" + secret);
  log.add("resource", 20, "https://a.example/r?m=" + secret, "img", "h2", 10, 5);
  log.add("loaf", 90, 20, 60, 10, 70, "https://a.example/" + secret, "f", secret, 1, 20, 50, 0);
  log.add("crumb", 100, "user", "ui.click", "info", secret, 2, "to", "/x?m=" + secret, "password",
          "hunter2");
  log.add("span", 100, Log::hex(2, 8), "", "GET /" + secret, "http.client", 50, 5, 200, 0, 1,
          "url.full", "https://a.example/?m=" + secret);
  log.add("error", 120, Log::hex(3, 16), "onerror", 0, "error", secret,
          "https://a.example/?m=" + secret, "", 1, "E", secret, "",
          "https://a.example/x.js?m=" + secret, 1, 2, 1, "mail", secret, 1, secret);
  log.add("tag", 130, "mail", secret).add("tag", 131, "api_key", "hunter2");
  const std::string bytes = encode_beacon(recorded(log));
  EXPECT_EQ(bytes.find("example.com"), std::string::npos);
  EXPECT_EQ(bytes.find("jo.doe"), std::string::npos);
  EXPECT_EQ(bytes.find("hunter2"), std::string::npos);
  EXPECT_NE(bytes.find("[Filtered]"), std::string::npos);
}

TEST(Recorder, HasNewsOnlyWhenThereIsSomethingToSend) {
  Recorder recorder;
  EXPECT_FALSE(recorder.has_news());
  ASSERT_TRUE(recorder.feed(Log().init().view(1).text()).ok());
  EXPECT_TRUE(recorder.has_news());
  const Beacon before = recorder.flush(beacon_id(1), 1);
  EXPECT_FALSE(recorder.has_news());
  EXPECT_TRUE(recorder.flush(beacon_id(2), 2).page_views.empty());
  ASSERT_TRUE(recorder.feed(Log().add("cost", 10, 1.5, 20, 300).add("visible", 11).text()).ok());
  EXPECT_FALSE(recorder.has_news());  // no beacon for our own bookkeeping
  ASSERT_TRUE(recorder.feed(Log().crumb(12, "click").text()).ok());
  EXPECT_TRUE(recorder.has_news());
  const Beacon beacon = recorder.flush(beacon_id(3), 3);
  ASSERT_EQ(beacon.page_views.size(), 1u);
  EXPECT_GT(beacon.page_views[0].revision, before.page_views.at(0).revision);
  EXPECT_EQ(beacon.page_views[0].breadcrumbs.size(), 1u);
  EXPECT_EQ(beacon.page_views[0].sdk_cost.sent_bytes, 300u);
}

TEST(Recorder, EachViewOfABeaconHasTheCostUntilItsEnd) {
  Log log;
  log.init().view(1).add("cost", 10, 1.5, 20, 300);
  log.view(2, "soft_navigation", 2000).add("cost", 2500, 4, 20, 300);
  const Beacon beacon = recorded(log);
  ASSERT_EQ(beacon.page_views.size(), 2u);
  EXPECT_EQ(beacon.page_views[0].sdk_cost.main_thread_ms, 1.5);
  EXPECT_EQ(beacon.page_views[1].sdk_cost.main_thread_ms, 4);
}

TEST(Recorder, TakesBackABeaconThatWasNotDelivered) {
  Recorder recorder;
  ASSERT_TRUE(recorder.feed(Log().init().view(1).crumb(1, "a").add("drop", 1, 15, 2).text()).ok());
  const Beacon first = recorder.flush(beacon_id(1), 1);
  ASSERT_TRUE(recorder.feed(Log().crumb(2, "b").add("drop", 2, 15, 1).text()).ok());
  recorder.unflush();
  recorder.unflush();  // twice is once
  EXPECT_TRUE(recorder.has_news());
  const Beacon second = recorder.flush(beacon_id(2), 2);
  ASSERT_EQ(second.page_views.size(), 1u);
  EXPECT_EQ(second.page_views[0].breadcrumbs.size(), 2u);
  EXPECT_GT(second.page_views[0].revision, first.page_views.at(0).revision);
  EXPECT_THAT(second.drops, ElementsAre(ClientDrop{DropReason::kIgnored, 3}));
  // What the beacon before the last one carried is not sent again.
  ASSERT_TRUE(recorder.feed(Log().crumb(3, "c").text()).ok());
  recorder.flush(beacon_id(3), 3);
  recorder.unflush();
  const Beacon fourth = recorder.flush(beacon_id(4), 4);
  ASSERT_EQ(fourth.page_views[0].breadcrumbs.size(), 1u);
  EXPECT_EQ(fourth.page_views[0].breadcrumbs[0].message, "c");
  EXPECT_EQ(fourth.page_views[0].breadcrumbs[0].index, 2u);
}

TEST(Recorder, KeepsWhatCameBeforeAMalformedSignal) {
  Recorder recorder;
  const std::string good = Log().init().view(1).text();
  const auto fed = recorder.feed(good.substr(0, good.size() - 1) + ",[oops");
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().code, "malformed");
  EXPECT_EQ(recorder.flush(beacon_id(1), 1).page_views.size(), 1u);
}

TEST(Recorder, CountsUnderstoodSignalsAndSkipsUnknownKinds) {
  Recorder recorder;
  const auto fed = recorder.feed(Log().init().view(1).add("telepathy", 1, 2, "x").text());
  ASSERT_TRUE(fed.ok());
  EXPECT_EQ(*fed, 2u);
}

TEST(Recorder, IgnoresSignalsBeforeAnyView) {
  Log log;
  log.paint(1)
      .lcp(1)
      .nav()
      .shift(1, 1)
      .event(1, 1, 1, 1, 1)
      .resource("u", 1, 2)
      .error(1, 1)
      .crumb(1, "x");
  log.add("hidden", 1)
      .add("visible", 1)
      .add("end", 1)
      .add("input", 1)
      .add("loaf", 1, 1, 1, 1)
      .add("page", 1, "p");
  log.add("span", 1, Log::hex(1, 8), "", "n", "", 1, 1)
      .add("tag", 1, "a", "b")
      .add("interactions", 1, 1);
  log.add("view", 1, "not an id");
  const Beacon beacon = recorded(log);
  EXPECT_TRUE(beacon.page_views.empty());
  EXPECT_THAT(beacon.drops, ElementsAre(ClientDrop{DropReason::kInvalidId, 2}));
}

TEST(Recorder, LetsGoOfViewsThatWereSent) {
  Recorder recorder;
  ASSERT_TRUE(recorder.feed(Log().init().text()).ok());
  std::size_t sent = 0;
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(recorder.feed(Log().view(i, "soft_navigation", 1000.0 * i).text()).ok());
    sent += recorder.flush(beacon_id(1), i).page_views.size();
  }
  EXPECT_EQ(sent, 399u);  // each as begun, all but the last again as final
  // And of the oldest ones where nothing can be sent for long.
  Recorder offline;
  ASSERT_TRUE(offline.feed(Log().init().text()).ok());
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(offline.feed(Log().view(i, "soft_navigation", 1000.0 * i).text()).ok());
  }
  const Beacon beacon = offline.flush(beacon_id(1), 1);
  EXPECT_EQ(beacon.page_views.size(), limits::kPageViewsPerBeacon);
  EXPECT_THAT(beacon.drops, ElementsAre(ClientDrop{DropReason::kQueueFull, 36}));
}

// What the browser takes at unload is 64 KiB for the whole page, all scripts
// together: a full page view must leave room for the others.
TEST(Recorder, AFullPageViewFitsSixteenKilobytes) {
  Log log;
  log.init().view(1).nav().paint(300).lcp(800, "https://shop.example/img/hero.jpg");
  for (int i = 0; i < 200; ++i) {
    const std::string url = "https://" + std::string(i % 3 == 0 ? "cdn" : "shop") +
                            ".example/static/" + (i % 2 == 0 ? "js/chunk-" : "img/product-") +
                            std::to_string(i * 7919 % 100000) + (i % 2 == 0 ? ".js" : ".webp");
    log.resource(url.c_str(), 20.3 * i, 20.3 * i + 30 + i * 37 % 200);
  }
  for (int i = 0; i < 100; ++i) {
    log.crumb(50.0 * i, ("button#buy-" + std::to_string(i * 31 % 17) + ".primary").c_str());
  }
  std::string stack = "TypeError: x is null\n";
  for (int i = 0; i < 20; ++i) {
    stack += "    at handler" + std::to_string(i) +
             " (https://shop.example/static/app.js:" + std::to_string(100 + i * 13) + ":" +
             std::to_string(i * 7 + 3) + ")\n";
  }
  for (int i = 1; i <= 5; ++i) {
    log.error(i, 5000 + i, "TypeError", ("x is null " + std::to_string(i)).c_str(), stack.c_str());
  }
  Recorder recorder;
  ASSERT_TRUE(recorder.feed(log.text()).ok());
  const std::string bytes = recorder.flush_bytes(beacon_id(1), 1'700'000'010'000);
  const auto decoded =
      decode_beacon({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->page_views.size(), 1u);
  EXPECT_EQ(decoded->page_views[0].resources.size(), 200u);
  EXPECT_EQ(decoded->page_views[0].breadcrumbs.size(), 100u);
  EXPECT_EQ(decoded->page_views[0].events.size(), 5u);
  EXPECT_LE(bytes.size(), 16u * 1024);
  RecordProperty("bytes", static_cast<int>(bytes.size()));
}

// Everything once, the vitals and the first errors in front.
TEST(Recorder, WritesPartsUntilNothingIsLeft) {
  Log log;
  log.init().view(1).nav().paint(300).lcp(400);
  for (int i = 1; i <= 250; ++i) {
    const std::string url = "https://shop.example/i/" + std::to_string(i) + ".png";
    log.resource(url.c_str(), 200 + i, 300 + i);
  }
  for (int i = 1; i <= 20; ++i) {
    log.error(i, 600 + i, "TypeError",
              ("x is " + std::string(1, static_cast<char>('a' + i))).c_str());
  }
  Recorder recorder;
  ASSERT_TRUE(recorder.feed(log.text()).ok());
  std::vector<std::size_t> resources, events;
  std::set<std::uint32_t> indexes;
  while (recorder.has_news()) {
    ASSERT_LT(resources.size(), 10u);
    const Text bytes = recorder.flush_bytes(beacon_id(1), 1'700'000'010'000, true);
    const auto part = decode_beacon(std::as_bytes(std::span(bytes.data(), bytes.size())));
    ASSERT_TRUE(part.ok()) << part.error().message;
    ASSERT_EQ(part->page_views.size(), 1u);
    const PageView& view = part->page_views[0];
    EXPECT_EQ(view.vitals.lcp_ms, 400);
    for (const Resource& resource : view.resources) indexes.insert(resource.index);
    resources.push_back(view.resources.size());
    events.push_back(view.events.size());
  }
  EXPECT_THAT(resources, ElementsAre(100, 100, 50));
  EXPECT_THAT(events, ElementsAre(12, 8, 0));
  EXPECT_EQ(indexes.size(), 250u);
}

TEST(Recorder, APartTakenBackGoesAgain) {
  Log log;
  log.init().view(1);
  for (int i = 1; i <= 150; ++i) log.resource("https://shop.example/a.png", 200 + i, 300 + i);
  Recorder recorder;
  ASSERT_TRUE(recorder.feed(log.text()).ok());
  const Text first = recorder.flush_bytes(beacon_id(1), 1'700'000'010'000, true);
  recorder.unflush();
  EXPECT_EQ(recorder.flush_bytes(beacon_id(1), 1'700'000'010'000, true), first);
  const Beacon rest = recorder.flush(beacon_id(2), 1'700'000'010'000);
  ASSERT_EQ(rest.page_views.size(), 1u);
  EXPECT_EQ(rest.page_views[0].resources.size(), 50u);
}

// The shim says `init` again where the clocks have come apart.
TEST(Recorder, CountsWhatComesLaterFromANewOrigin) {
  Log log;
  log.init().view(1).error(1, 1000);
  log.add("init", 1'700'003'600'000.0, test::kSession, "0.1.0", "shop@1", "production", "", 100,
          "");
  log.error(2, 2000, "RangeError");
  const PageView view = only_view(log);
  EXPECT_EQ(view.started_at_unix_ms, 1'700'000'000'000);
  ASSERT_EQ(view.events.size(), 2u);
  EXPECT_EQ(view.events[0].occurred_at_unix_ms, 1'700'000'001'000);
  EXPECT_EQ(view.events[1].occurred_at_unix_ms, 1'700'003'602'000);
}

}  // namespace
}  // namespace pagewake
