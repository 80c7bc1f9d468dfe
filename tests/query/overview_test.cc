#include "query/overview.h"

#include <gtest/gtest.h>

#include "query/report_records.h"

namespace pagewake::query {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;

class OverviewTest : public testing::Test {
 protected:
  // `count` visits of a page at an hour before kStart.
  void visit(const std::string& page, std::size_t count, double lcp_ms, int hours_before = 0,
             const std::string& release = "", bool error = false) {
    for (std::size_t i = 0; i < count; ++i) {
      auto record = view(++last_, lcp_ms);
      record.view.page = page;
      record.view.started_at_unix_ms = (kStart - hours_before * kHourUs) / 1000;
      record.release = release;
      record.view.error_count = error ? 1 : 0;
      batch_.records.page_views.push_back(std::move(record));
    }
  }
  Overview look(std::int64_t hours = 24) {
    auto store = storage::make_memory_store();
    EXPECT_TRUE(store->append(batch_).ok());
    model::Filter filter;
    filter.from_unix_us = kStart - hours * kHourUs;
    filter.to_unix_us = kStart + kHourUs;
    auto found = overview(*store, 1, filter, kStart);
    EXPECT_TRUE(found.ok());
    return std::move(found).value();
  }

  storage::RecordBatch batch_;
  std::uint64_t last_ = 0;
};

TEST_F(OverviewTest, MostPainFirstThenMostViews) {
  visit("/fast", 500, 1000);
  visit("/busy and late", 100, 5000);  // 100 visits at twice the threshold: 100
  visit("/very late", 40, 10'000);     // 40 at four times: 120
  visit("/quiet", 3, 900);
  const Overview found = look();
  ASSERT_EQ(found.pages.size(), 4u);
  EXPECT_EQ(found.pages[0].now.page, "/very late");
  EXPECT_NEAR(found.pages[0].pain.lcp_ms, 120, 120 * 0.03);
  EXPECT_EQ(found.pages[1].now.page, "/busy and late");
  EXPECT_NEAR(found.pages[1].pain.sum(), 100, 100 * 0.03);
  EXPECT_EQ(found.pages[2].now.page, "/fast");
  EXPECT_EQ(found.pages[2].pain.sum(), 0);
  EXPECT_EQ(found.pages[3].now.page, "/quiet");
  EXPECT_EQ(found.page_count, 4u);
  EXPECT_EQ(found.now.views, 643);
}

TEST_F(OverviewTest, PainIsOfTheThreeCoreVitals) {
  PerVital<VitalStats> vitals;
  vitals.inp_ms = VitalStats{.p75 = 300, .count = 10};
  vitals.cls = VitalStats{.p75 = 0.2, .count = 10};
  vitals.ttfb_ms = VitalStats{.p75 = 9000, .count = 10};
  const Pain pain = pain_of(vitals);
  EXPECT_DOUBLE_EQ(pain.inp_ms, 5);
  EXPECT_DOUBLE_EQ(pain.cls, 10);
  EXPECT_DOUBLE_EQ(pain.sum(), 15);
}

TEST_F(OverviewTest, ThePeriodBeforeIsAsLongAndSharesNoVisit) {
  visit("/a", 4, 2000);
  visit("/a", 2, 4000, 30, "", true);
  visit("/gone", 1, 1000, 30);
  visit("/a", 7, 9000, 60);  // before both
  const Overview found = look();
  EXPECT_EQ(found.now.views, 4);
  EXPECT_EQ(found.now.error_rate, 0);
  EXPECT_EQ(found.previous.views, 3);
  EXPECT_NEAR(found.previous.error_rate, 2.0 / 3, 1e-9);
  EXPECT_EQ(found.previous_to_unix_us - found.previous_from_unix_us, 24 * kHourUs);
  EXPECT_LE(found.previous_to_unix_us, kStart - 24 * kHourUs);
  ASSERT_EQ(found.pages.size(), 1u);
  EXPECT_EQ(found.pages[0].previous_views, 2);
  EXPECT_NEAR(*found.pages[0].previous_p75.lcp_ms, 4000, 40);
  EXPECT_EQ(found.pages[0].previous_error_rate, 1);
}

TEST_F(OverviewTest, SparklinesAndReleaseMarks) {
  visit("/a", 2, 2000, 0, "1.1");
  visit("/a", 2, 3000, 5, "1.1");
  visit("/a", 2, 3000, 40, "1.0");
  const Overview found = look();
  ASSERT_EQ(found.releases.size(), 1u) << "1.0 was there before";
  EXPECT_EQ(found.releases[0].release, "1.1");
  EXPECT_EQ(found.releases[0].first_seen_unix_us, kStart - 5 * kHourUs);
  ASSERT_EQ(found.pages[0].sparkline.size(), 2u);
  EXPECT_NEAR(*found.pages[0].sparkline[0].p75.lcp_ms, 3000, 30);
  EXPECT_TRUE(found.hourly);
  ASSERT_EQ(found.series.size(), 2u);
  EXPECT_NEAR(*found.series[1].lcp.resource_load_delay_ms, 500, 5);
  EXPECT_FALSE(look(24 * 5).hourly);
}

TEST_F(OverviewTest, AnEmptyProjectIsEmpty) {
  const Overview found = look();
  EXPECT_EQ(found.now.views, 0);
  EXPECT_TRUE(found.pages.empty());
  EXPECT_TRUE(found.series.empty());
}

}  // namespace
}  // namespace pagewake::query
