// Which release is suspected of an issue, and what lies behind it.
#include "query/issue_report.h"

#include <gtest/gtest.h>

#include "query/report_records.h"

namespace pagewake::query {
namespace {

class IssueReportTest : public testing::Test {
 protected:
  // One event, `minute` minutes after the start, when its release arrives too.
  void fail(const std::string& key, const std::string& release, std::int64_t minute) {
    storage::RecordBatch batch;
    model::EventRecord& event = batch.records.events.emplace_back();
    event.project = 1;
    event.event_id = id<EventId>(++last_);
    event.grouping_key = event.title = key;
    event.release = release;
    event.page = "/checkout";
    event.page_view_id = view_;
    event.trace_id = trace_;
    event.occurred_at_unix_us = event.received_at_unix_us = kStart + minute * 60'000'000;
    ASSERT_TRUE(store_->append(batch).ok());
  }
  model::IssueId issue_of(const std::string& key) {
    const auto all = store_->issues(1, {}, {100, ""});
    for (const model::Issue& one : all->items) {
      if (one.grouping_key == key) return one.issue_id;
    }
    return 0;
  }
  IssueReport report(model::IssueId issue) {
    auto found = issue_report(*store_, *store_, 1, issue, 0, INT64_MAX);
    EXPECT_TRUE(found.ok() && found->has_value());
    return std::move(**found);
  }
  void resolve(model::IssueId issue, std::int64_t minute) {
    storage::IssueChange change;
    change.status = model::IssueStatus::kResolved;
    ASSERT_TRUE(
        store_->change_issues(1, {issue}, change, "ann", kStart + minute * 60'000'000).ok());
  }

  PageViewId view_;
  TraceId trace_;
  std::unique_ptr<storage::MemoryStore> store_ = storage::make_memory_store();
  std::uint64_t last_ = 0;
};

TEST_F(IssueReportTest, TheSuspectIsTheReleaseThatBroughtItOrBroughtItBack) {
  fail("of the first release", "1.0", 0);
  EXPECT_FALSE(report(issue_of("of the first release")).suspect_release)
      << "with nothing before it, nothing says that the release brought it";
  fail("without a release", "", 1);
  fail("new in 1.1", "1.1", 2);
  fail("new in 1.1", "1.1", 3);
  fail("of the first release", "1.1", 3);
  fail("came back", "1.0", 4);
  resolve(issue_of("came back"), 5);
  fail("came back", "1.2", 6);

  const struct {
    const char *key, *release, *reason;  // release "": no suspect
  } cases[] = {
      {"of the first release", "", ""},
      {"without a release", "", ""},
      {"new in 1.1", "1.1", "first seen in this release and not in 1.0 before it"},
      {"came back", "1.2", "came back in this release after it was resolved"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.key);
    const auto suspect = report(issue_of(c.key)).suspect_release;
    ASSERT_EQ(suspect.has_value(), *c.release != '\0');
    if (!suspect) continue;
    EXPECT_EQ(suspect->release, c.release);
    EXPECT_EQ(suspect->reason, c.reason);
    EXPECT_EQ(suspect->first_seen_unix_us,
              kStart + (c.release == std::string("1.1") ? 2 : 6) * std::int64_t{60'000'000});
  }
}

TEST_F(IssueReportTest, APartShowsTheIssueItWasMergedInto) {
  fail("a", "1.0", 0);
  fail("b", "1.0", 61);
  const auto part = issue_of("a");
  const auto merged = store_->merge_issues(1, {part, issue_of("b")}, "ann", kStart);
  ASSERT_TRUE(merged.ok());
  const IssueReport shown = report(part);
  EXPECT_EQ(shown.issue.issue_id, merged->issue_id);
  EXPECT_EQ(shown.issue.event_count, 2u);
  EXPECT_EQ(shown.parts.size(), 2u);
  EXPECT_EQ(shown.hours.size(), 2u);
}

TEST_F(IssueReportTest, PageViewsAndTracesBehindItNewestFirstEachOnce) {
  for (const std::uint64_t n : {1, 2, 2, 3}) {
    view_ = id<PageViewId>(n);
    trace_ = id<TraceId>(n == 3 ? 0 : 10 + n);
    fail("a", "1.0", static_cast<std::int64_t>(n));
  }
  const auto related = issue_related(*store_, 1, issue_of("a"));
  ASSERT_TRUE(related.ok());
  EXPECT_EQ(related->examined_events, 4u);
  std::vector<PageViewId> views;
  for (const auto& one : related->page_views) views.push_back(one.page_view_id);
  EXPECT_EQ(views, (std::vector{id<PageViewId>(3), id<PageViewId>(2), id<PageViewId>(1)}));
  ASSERT_EQ(related->traces.size(), 2u) << "an event without a trace names none";
  EXPECT_EQ(related->traces[0].trace_id, id<TraceId>(12));
  EXPECT_EQ(related->traces[0].name, "/checkout");
}

}  // namespace
}  // namespace pagewake::query
