#include "query/release_report.h"

#include <gtest/gtest.h>

#include <map>

#include "query/report_records.h"

namespace pagewake::query {
namespace {

class ReleaseReportTest : public testing::Test {
 protected:
  void visit(const std::string& release, std::size_t count, double lcp_ms, std::size_t failed = 0,
             const std::string& device = "desktop") {
    storage::RecordBatch batch;
    for (std::size_t i = 0; i < count; ++i) {
      auto record = view(++last_, lcp_ms);
      record.release = release;
      record.view.device.type = device;
      record.view.error_count = i < failed ? 1 : 0;
      batch.records.page_views.push_back(std::move(record));
    }
    ASSERT_TRUE(store_->append(batch).ok());
  }
  void fail(const std::string& key, const std::string& release, std::size_t count) {
    storage::RecordBatch batch;
    for (std::size_t i = 0; i < count; ++i) {
      model::EventRecord event;
      event.project = 1;
      event.event_id = id<EventId>(++last_);
      event.grouping_key = event.title = key;
      event.release = release;
      event.occurred_at_unix_us = event.received_at_unix_us = kStart;
      batch.records.events.push_back(std::move(event));
    }
    ASSERT_TRUE(store_->append(batch).ok());
  }
  void session(const std::string& release, std::uint64_t good, std::uint64_t crashed) {
    model::Sessions sessions;
    model::SessionCounts counts;
    counts.release = release;
    counts.environment = "production";
    counts.started_at_unix_us = kStart;
    counts.exited = good;
    counts.crashed = crashed;
    sessions.counts.push_back(counts);
    ASSERT_TRUE(health_->add(1, sessions).ok());
  }
  ReleaseStores stores() { return {*store_, *store_, health_.get()}; }
  std::vector<ReleaseSide> compare(const model::Filter& filter = page_p()) {
    auto found = compare_releases(stores(), 1, filter, {"1.1", "1.0"});
    EXPECT_TRUE(found.ok());
    return std::move(found).value();
  }

  std::unique_ptr<storage::MemoryStore> store_ = storage::make_memory_store();
  std::unique_ptr<storage::ReleaseHealthStore> health_ =
      storage::make_memory_release_health_store();
  std::uint64_t last_ = 0;
};

TEST_F(ReleaseReportTest, UseIsOfViewsAndSessionsWhoeverReportsThem) {
  visit("1.0", 30, 1000);
  visit("1.1", 60, 1000, 15);
  visit("", 10, 1000);
  session("1.1", 9, 1);
  session("backend@7", 30, 0);
  const auto uses = release_uses(stores(), 1, page_p());
  ASSERT_TRUE(uses.ok());
  EXPECT_EQ(uses->views, 100);
  EXPECT_EQ(uses->sessions, 40u);
  ASSERT_EQ(uses->items.size(), 3u) << "what has no release is no release";
  EXPECT_EQ(uses->items[0].release, "1.1");
  EXPECT_EQ(uses->items[0].views_share, 0.6);
  EXPECT_EQ(uses->items[0].error_rate, 0.25);
  EXPECT_EQ(uses->items[0].health.crashed, 1u);
  EXPECT_EQ(uses->items[0].sessions_share, 0.25);
  EXPECT_EQ(uses->items[1].release, "1.0");
  EXPECT_EQ(uses->items[1].health.sessions, 0u);
  EXPECT_EQ(uses->items[2].release, "backend@7");
  EXPECT_EQ(uses->items[2].views, 0);
}

TEST_F(ReleaseReportTest, TwoSideBySide) {
  visit("1.0", 30, 1000);
  visit("1.1", 20, 3000, 5);
  visit("1.1", 20, 800, 0, "mobile");
  fail("old", "1.0", 3);
  fail("old", "1.1", 2);
  fail("new", "1.1", 7);
  fail("new and rare", "1.1", 1);
  session("1.0", 99, 1);
  const auto sides = compare();
  ASSERT_EQ(sides.size(), 2u);
  const ReleaseSide &now = sides[0], &before = sides[1];
  EXPECT_EQ(now.use.views, 40);
  EXPECT_EQ(now.use.error_rate, 0.125);
  ASSERT_TRUE(now.vitals.lcp_ms && before.vitals.lcp_ms);
  EXPECT_NEAR(now.vitals.lcp_ms->p75, 3000, 30);
  EXPECT_EQ(now.vitals.lcp_ms->good, 0.5);
  EXPECT_EQ(now.vitals.lcp_ms->count, 40);
  EXPECT_NEAR(before.vitals.lcp_ms->p75, 1000, 10);
  EXPECT_FALSE(now.vitals.inp_ms) << "nobody reported it";
  EXPECT_EQ(now.errors.events, 10u);
  EXPECT_EQ(now.errors.issues, 3u);
  EXPECT_EQ(now.errors.new_issues, 2u);
  ASSERT_EQ(now.new_issues.size(), 2u);
  EXPECT_EQ(now.new_issues[0].title, "new");
  EXPECT_EQ(before.errors.events, 3u);
  EXPECT_EQ(before.errors.new_issues, 1u);
  EXPECT_EQ(before.use.health.sessions, 100u);
  EXPECT_EQ(now.use.health.sessions, 0u);

  // Filters hold for both sides; a release of the filter for neither.
  model::Filter mobile = page_p();
  mobile.device = "mobile";
  mobile.release = "1.0";
  EXPECT_EQ(compare(mobile)[0].use.views, 20);
  EXPECT_NEAR(compare(mobile)[0].vitals.lcp_ms->p75, 800, 8);
  EXPECT_FALSE(compare(mobile)[1].vitals.lcp_ms);
}

TEST_F(ReleaseReportTest, AnUnknownReleaseIsEmpty) {
  const auto found = compare_releases({*store_, *store_, nullptr}, 1, page_p(), {"1", "1"});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].use.release, "1");
  EXPECT_EQ((*found)[0].use.views, 0);
  EXPECT_EQ((*found)[0].errors.events, 0u);
  EXPECT_TRUE((*found)[0].new_issues.empty());
}

}  // namespace
}  // namespace pagewake::query
