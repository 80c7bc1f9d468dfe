#include "core/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "log_builder.h"

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
  return recorder.flush(beacon_id(1), 1'700'000'010'000);
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
  EXPECT_EQ(view.revision, 1u);
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

}  // namespace
}  // namespace pagewake
