// The weekly report from stored records to sent messages, the clock moved by hand.
#include "engine_world.h"

namespace pagewake::alerting {
namespace {

constexpr std::int64_t kDayUs = 24 * kHourUs;
// 2026-11-23T08:00:00Z, a Monday: the report of 16 to 22 November is due.
constexpr std::int64_t kReportTime = 1'795'392'000 * kSecondUs + 8 * kHourUs;

class WeeklyReportTest : public EngineWorld {
 protected:
  WeeklyReportTest() {
    now_ = kReportTime - 5 * kDayUs;  // Wednesday
    channel_ = save(kMail);
  }
  // A message's row, its cells joined: "LCP p75: 2000 ms, ..."; "" none.
  static std::string row(const Message& message, const std::string& section,
                         const std::string& title) {
    for (const MessageSection& one : message.sections) {
      if (one.title != section) continue;
      for (const MessageRow& row : one.rows) {
        if (row.title != title) continue;
        std::string out;
        for (const MessageCell& cell : row.cells) out += (out.empty() ? "" : ", ") + cell.text;
        return out;
      }
    }
    return {};
  }
  static constexpr char kMail[] =
      R"({"kind":"email","addresses":["ann@shop.example"],"weekly_report":true})";
};

TEST_F(WeeklyReportTest, ComesOnMondayAtEightAndOnlyOnce) {
  views("/", 10, 900);
  tick(kReportTime - now_ - 1);
  EXPECT_TRUE(sent_.empty());
  tick(1);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].kind, "weekly_report");
  EXPECT_EQ(sent_[0].title, "The week of shop, 2026-11-16 to 2026-11-22");
  EXPECT_EQ(sent_[0].at_unix_us, kReportTime);
  tick();
  restart();
  tick();
  tick(6 * kDayUs);
  EXPECT_EQ(sent_.size(), 1u);
  views("/", 10, 900);
  tick(kReportTime + 7 * kDayUs - now_);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].title, "The week of shop, 2026-11-23 to 2026-11-29");
}

TEST_F(WeeklyReportTest, AServerThatWasDownSendsItWhenItIsBackAndOnlyTheLast) {
  views("/", 10, 900);
  restart();
  tick(kReportTime + 2 * kDayUs - now_);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "The week of shop, 2026-11-16 to 2026-11-22");
  now_ += 5 * kDayUs;  // Monday
  views("/", 10, 900);
  tick(3 * 7 * kDayUs);
  views("/", 10, 900);
  now_ += 7 * kDayUs;
  tick();
  EXPECT_EQ(sent_.size(), 2u) << "the weeks before nobody asked for any more";
  EXPECT_EQ(sent_[1].title, "The week of shop, 2026-12-21 to 2026-12-27");
}

TEST_F(WeeklyReportTest, AClockThatWasWeeksAheadHoldsNoReportBack) {
  views("/", 10, 900);
  tick(kReportTime - now_);
  ASSERT_EQ(sent_.size(), 1u);
  tick(10 * 7 * kDayUs);
  now_ -= 10 * 7 * kDayUs;  // set right
  tick();
  EXPECT_EQ(sent_.size(), 1u) << "the week that was sent is not sent again";
  views("/", 10, 900);
  tick(kReportTime + 7 * kDayUs - now_);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].title, "The week of shop, 2026-11-23 to 2026-11-29");
}

TEST_F(WeeklyReportTest, AStopRightAfterItWasCommittedNeitherLosesNorRepeatsIt) {
  views("/", 10, 900);
  refuse_ = 1;  // committed, not yet told
  tick(kReportTime - now_);
  EXPECT_TRUE(sent_.empty());
  restart();
  tick(29 * kSecondUs);
  EXPECT_TRUE(sent_.empty());
  tick(kSecondUs);
  EXPECT_EQ(sent_.size(), 1u) << "tried again as any message is";
  restart();
  tick(kHourUs);
  EXPECT_EQ(sent_.size(), 1u);
  const auto log = alerts_->deliveries(1, 10);
  ASSERT_EQ(log->size(), 1u);
  EXPECT_EQ(log->front().attempts, 2);
  EXPECT_EQ(log->front().rule_id, 0);
}

TEST_F(WeeklyReportTest, GoesToEachChannelThatAsksForIt) {
  const std::int64_t chat =
      save(R"({"kind":"webhook","name":"b","url":"https://chat.example/","weekly_report":true})");
  save(R"({"kind":"webhook","name":"c","url":"https://chat.example/"})");
  views("/", 10, 900);
  refuse_ = 1;
  tick(kReportTime - now_);
  tick();
  EXPECT_EQ(sent_to_, (std::vector<std::int64_t>{chat, channel_}))
      << "one that failed does not hold up the other";
}

TEST_F(WeeklyReportTest, AChannelThatBeginsToAskWaitsForTheNextOne) {
  views("/", 10, 900);
  tick(kReportTime - now_);
  tick(kDayUs);
  const std::int64_t late = save(kMail);
  const std::int64_t changed = save(R"({"kind":"email","addresses":["bob@shop.example"]})");
  save(kMail, changed);
  tick();
  EXPECT_EQ(sent_.size(), 1u);
  // Saved again without a change in what it asks for it goes on.
  save(kMail, channel_);
  views("/", 10, 900);
  tick(kReportTime + 7 * kDayUs - now_);
  EXPECT_EQ(sent_to_, (std::vector<std::int64_t>{channel_, channel_, late, changed}));
}

TEST_F(WeeklyReportTest, AProjectThatSleepsIsToldOnce) {
  tick(kReportTime - now_);
  EXPECT_TRUE(sent_.empty()) << "nothing ever came";
  views("/", 10, 900);
  tick(7 * kDayUs);
  ASSERT_EQ(sent_.size(), 1u);
  tick(7 * kDayUs);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].items[0].title, "Nothing arrived in this week");
  tick(7 * kDayUs);
  tick(7 * kDayUs);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(WeeklyReportTest, HoldsTheWeekAgainstTheWeekBefore) {
  now_ = kReportTime - 10 * kDayUs;  // Friday of the week before
  views("/", 40, 2000, 4, "1.0");
  views("/old", 10, 1000, 0, "1.0");
  events("old", 3, "1.0");
  events("fixed", 1, "1.0");
  events("noise", 1, "1.0");
  set("fixed", model::IssueStatus::kResolved);
  set("noise", model::IssueStatus::kIgnored);
  now_ = kReportTime - 4 * kDayUs;
  views("/", 100, 3000, 20, "1.1");
  events("old", 5, "1.1");
  events("fixed", 2, "1.1");
  events("new", 7, "1.1");
  events("noise", 50, "1.1");
  now_ = kReportTime - 3600 * kSecondUs;  // Monday: of the next week
  views("/", 500, 100);
  events("too late", 100);
  tick(3600 * kSecondUs);
  ASSERT_EQ(sent_.size(), 1u);
  const Message& report = sent_[0];
  EXPECT_EQ(row(report, "The week", "Page views"), "100, 50, +100 %, ");
  EXPECT_EQ(row(report, "The week", "Views with an error"), "20.0 %, 8.0 %, +150 %, ");
  EXPECT_EQ(row(report, "The week", "Errors"), "64, 5, +1,180 %, ");
  const std::string lcp = row(report, "The week", "LCP p75");
  EXPECT_NE(lcp.find(", 0.0 % / 0.0 %"), std::string::npos) << lcp;
  EXPECT_NE(row(report, "Pages that hurt most, p75 (week before)", "/"), "");
  EXPECT_EQ(row(report, "Pages that hurt most, p75 (week before)", "/old"), "");
  EXPECT_EQ(row(report, "New issues", "Title new"), "7, 0, 0");
  EXPECT_EQ(row(report, "New issues", "Title too late"), "");
  EXPECT_EQ(row(report, "Issues that came back", "Title fixed"), "2, 1, 0");
  EXPECT_EQ(row(report, "Most frequent issues", "Title old"), "5, 3, 0");
  EXPECT_EQ(row(report, "Most frequent issues", "Title noise"), "") << "ignored";
  const std::string releases = "Release 1.1 against 1.0, both weeks";
  EXPECT_EQ(row(report, releases, "Share of page views"), "66.7 %, 33.3 %");
  EXPECT_EQ(row(report, releases, "Views with an error"), "20.0 %, 8.0 %");
  EXPECT_EQ(row(report, releases, "New issues"), "1, 3");
}

TEST_F(WeeklyReportTest, SentByHandItIsAboutTheSevenDaysUpToNow) {
  views("/", 10, 900);
  const auto sent = engine_->send_report(1, channel_, now_);
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(sent->status, storage::DeliveryStatus::kSent);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(row(sent_[0], "The week", "Page views"), "10, 0, , ");
  tick(kReportTime - now_);
  EXPECT_EQ(sent_.size(), 2u) << "the week's own comes all the same";
  EXPECT_EQ(engine_->send_report(1, 99, now_).error().code, "not_found");
}

}  // namespace
}  // namespace pagewake::alerting
