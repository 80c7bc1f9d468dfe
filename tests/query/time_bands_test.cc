#include "query/time_bands.h"

#include <gtest/gtest.h>

namespace pagewake::query {
namespace {

PageView load(double lcp_ms) {
  PageView view;
  view.vitals.lcp_ms = lcp_ms;
  NavigationTiming timing;
  timing.redirect_start_ms = 0;
  timing.redirect_end_ms = 100;
  timing.fetch_start_ms = 130;
  timing.domain_lookup_start_ms = 130;
  timing.domain_lookup_end_ms = 150;
  timing.connect_start_ms = 150;
  timing.connect_end_ms = 220;
  timing.request_start_ms = 230;
  view.timing = timing;
  view.attribution.lcp_time_to_first_byte_ms = 600;
  view.attribution.lcp_resource_load_delay_ms = 100;
  view.attribution.lcp_resource_load_duration_ms = 100;
  view.attribution.lcp_element_render_delay_ms = lcp_ms - 800;
  return view;
}

double sum(const LoadPhases& p) {
  return p.redirect_ms + p.stall_ms + p.dns_ms + p.connect_ms + p.request_ms +
         p.resource_load_delay_ms + p.resource_load_duration_ms + p.element_render_delay_ms;
}

TEST(TimeBands, PhasesOfALoadAddUpToItsLcp) {
  const auto phases = load_phases(load(1500));
  ASSERT_TRUE(phases.has_value());
  EXPECT_EQ(phases->redirect_ms, 100);
  EXPECT_EQ(phases->dns_ms, 20);
  EXPECT_EQ(phases->connect_ms, 70);
  EXPECT_EQ(phases->request_ms, 370);
  EXPECT_EQ(phases->stall_ms, 40);  // 30 before the look-up, 10 before the request
  EXPECT_DOUBLE_EQ(sum(*phases), 1500);
}

TEST(TimeBands, HostileTimesNeverExceedTheWhole) {
  PageView view = load(1500);
  view.timing->redirect_end_ms = 1e9;
  view.timing->connect_start_ms = 900;  // ends before it starts
  EXPECT_DOUBLE_EQ(sum(*load_phases(view)), 1500);
  view.timing->request_start_ms = 0;  // withheld
  EXPECT_EQ(load_phases(view)->request_ms, 0);
  EXPECT_DOUBLE_EQ(sum(*load_phases(view)), 1500);
}

TEST(TimeBands, ViewsWithoutADocumentHaveNone) {
  PageView view = load(1500);
  view.timing.reset();
  EXPECT_FALSE(load_phases(view).has_value());
  view = load(1500);
  view.attribution.lcp_resource_load_delay_ms.reset();
  EXPECT_FALSE(load_phases(view).has_value());
}

ExaminedView examined(double lcp_ms, double weight = 1) {
  ExaminedView view;
  view.weight = weight;
  view.lcp_ms = lcp_ms;
  view.phases = load_phases(load(lcp_ms));
  return view;
}

TEST(TimeBands, TheBandsMeanAddsUpAndOpensTheBackendOfThoseThatJoined) {
  std::vector<ExaminedView> views;
  for (int n = 1; n <= 100; ++n) {
    views.push_back(examined(n * 100 + 1000));
    if (n % 2 == 0) continue;
    views.back().backend_ms = 185;  // half of the request's 370 ms
    views.back().backend_spans = {{0, 150, 3}, {1, 50, 1}};
  }
  const std::vector<SpanName> names = {{"SELECT ?", "db", "shop"},
                                       {"GET /p", "http.server", "shop"}};
  const auto band = time_band(views, names, 0.7, 0.8);
  ASSERT_TRUE(band.has_value());
  EXPECT_EQ(band->views, 11u);  // 70 to 80, both ends
  EXPECT_NEAR(band->lcp_ms, 8500, 1e-6);
  EXPECT_NEAR(sum(band->phases), band->lcp_ms, 1e-6);
  EXPECT_NEAR(band->joined_share, 5.0 / 11, 1e-9);
  EXPECT_NEAR(*band->backend_ms, 185, 1e-6);
  ASSERT_EQ(band->backend_spans.size(), 2u);
  EXPECT_EQ(band->backend_spans[0].span.name, "SELECT ?");
  EXPECT_NEAR(band->backend_spans[0].share, 0.75, 1e-9);
  EXPECT_NEAR(band->backend_spans[0].ms + band->backend_spans[1].ms, 185, 1e-6);
}

TEST(TimeBands, WeightsCountAndExceptionsDoNot) {
  std::vector<ExaminedView> views = {examined(2000, 9), examined(9000, 1), examined(50'000, 0)};
  EXPECT_NEAR(time_band(views, {}, 0.7, 0.8)->lcp_ms, 2000, 1e-6);
  EXPECT_FALSE(time_band(views, {}, 0.7, 0.8)->backend_ms.has_value());
  EXPECT_FALSE(time_band({}, {}, 0.7, 0.8).has_value());
}

TEST(TimeBands, ABackendThatAnsweredLongerThanTheBrowserWaitedIsCut) {
  std::vector<ExaminedView> views = {examined(2000)};
  views[0].backend_ms = 5000;
  EXPECT_NEAR(*time_band(views, {}, 0.7, 0.8)->backend_ms, 370, 1e-6);
}

}  // namespace
}  // namespace pagewake::query
