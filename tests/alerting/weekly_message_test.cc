// Which week is due when, and what its message says.
#include "alerting/weekly_message.h"

#include <gtest/gtest.h>

#include <string>

namespace pagewake::alerting {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000, kDayUs = 24 * kHourUs;
constexpr std::int64_t kMonday = 1'795'392'000'000'000;  // 2026-11-23T00:00:00Z

TEST(WeeklyMessage, WhichWeekIsDue) {
  const struct {
    const char* name;
    std::int64_t now_unix_us;
    const char* week;
  } cases[] = {
      {"Monday at 8, to the microsecond", kMonday + 8 * kHourUs, "2026-11-16"},
      {"just before", kMonday + 8 * kHourUs - 1, "2026-11-09"},
      {"Monday at midnight", kMonday, "2026-11-09"},
      {"the Sunday before", kMonday - 1, "2026-11-09"},
      {"Wednesday: the server was down till then", kMonday + 2 * kDayUs, "2026-11-16"},
      {"the Sunday after", kMonday + 7 * kDayUs - 1, "2026-11-16"},
      {"the next Monday before 8", kMonday + 7 * kDayUs + 8 * kHourUs - 1, "2026-11-16"},
      {"the next Monday", kMonday + 7 * kDayUs + 8 * kHourUs, "2026-11-23"},
      {"over the end of a year", kMonday + 42 * kDayUs + 9 * kHourUs, "2026-12-28"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const query::ReportedTime week = week_due(c.now_unix_us);
    EXPECT_EQ(name_of_week(week), c.week);
    EXPECT_EQ(week.to_unix_us - week.from_unix_us, 7 * kDayUs);
    EXPECT_LE(week.to_unix_us, c.now_unix_us) << "a week that is over";
    EXPECT_EQ((kMonday - week.from_unix_us) % (7 * kDayUs), 0) << "from a Monday on";
  }
}

TEST(WeeklyMessage, SevenDaysToNowAreWholeHours) {
  const query::ReportedTime time = seven_days_to(kMonday + 90 * 60'000'000LL);
  EXPECT_EQ(time.to_unix_us, kMonday + 2 * kHourUs);
  EXPECT_EQ(time.from_unix_us, time.to_unix_us - 7 * kDayUs);
}

query::WeeklyReport report() {
  query::WeeklyReport out;
  out.project = 3;
  out.time = {kMonday - 7 * kDayUs, kMonday};
  return out;
}

std::string cells_of(const MessageRow& row) {
  std::string out = row.title;
  for (const MessageCell& cell : row.cells) {
    out += " | " + cell.text + (cell.rating.empty() ? "" : " [" + cell.rating + "]");
  }
  return out;
}

TEST(WeeklyMessage, SaysTheWeekAgainstTheOneBefore) {
  query::WeeklyReport week = report();
  week.now = {12'345, 0, 0.02, {}};
  week.now.vitals.lcp_ms = {1000, 2600, 5000, 0.7, 0.2, 0.1, 12'000};
  week.now.vitals.cls = {0, 0.05, 0.3, 0.9, 0.05, 0.05, 12'000};
  week.previous = {10'000, 0, 0.025, {}};
  week.previous.vitals.lcp_ms = {1000, 2000, 5000, 0.8, 0.1, 0.1, 10'000};
  week.events = 30;
  query::OverviewPage page;
  page.now.page = "/slow & <broken>";
  page.now.views = 1500;
  page.now.vitals.lcp_ms = {1000, 4500, 9000, 0.1, 0.2, 0.7, 1500};
  page.previous_p75.lcp_ms = 4100;
  week.pages = {page};
  query::ReportedIssue issue;
  issue.issue.issue_id = 7;
  issue.issue.title = "TypeError: x is undefined";
  issue.issue.user_count = 4;
  issue.events = 20;
  week.new_issues = {{issue}, 9};
  week.worst = {{issue}, 1};
  for (const char* release : {"1.4.2", "1.4.1"}) {
    query::ReleaseSide& side = week.releases.emplace_back();
    side.use.release = release;
    side.use.views_share = 0.5;
  }
  week.releases[0].use.health.sessions = 200;
  week.releases[0].use.health.crashed = 1;

  const Message message = weekly_message(week, "shop", "http://h");
  EXPECT_EQ(message.kind, "weekly_report");
  EXPECT_EQ(message.title, "The week of shop, 2026-11-16 to 2026-11-22");
  EXPECT_EQ(message.url, "http://h/p/3/overview");
  std::vector<std::string> titles;
  for (const auto& section : message.sections) titles.push_back(section.title);
  EXPECT_EQ(titles, (std::vector<std::string>{"The week", "Pages that hurt most, p75 (week before)",
                                              "New issues", "Most frequent issues",
                                              "Release 1.4.2 against 1.4.1, both weeks"}));
  std::vector<std::string> rows;
  for (const auto& row : message.sections[0].rows) rows.push_back(cells_of(row));
  EXPECT_EQ(rows, (std::vector<std::string>{
                      "Page views | 12,345 | 10,000 | +23 % | ",
                      "LCP p75 | 2600 ms [needs_improvement] | 2000 ms [good] | +30 % | "
                      "70.0 % / 10.0 %",
                      "CLS p75 | 0.050 [good] | – |  | 90.0 % / 5.0 %",
                      "Views with an error | 2.0 % | 2.5 % | −20 % | ", "Errors | 30 | 0 |  | "}));
  EXPECT_EQ(cells_of(message.sections[1].rows[0]),
            "/slow & <broken> | 1,500 | 4500 ms (4100 ms) [poor] | – | –");
  EXPECT_EQ(message.sections[1].rows[0].url, "http://h/p/3/page?page=%2Fslow%20%26%20%3Cbroken%3E");
  EXPECT_EQ(cells_of(message.sections[2].rows[0]), "TypeError: x is undefined | 20 | 0 | 4");
  EXPECT_EQ(message.sections[2].rows[0].url, "http://h/p/3/issues/7");
  EXPECT_EQ(message.sections[2].more_rows, 8u);
  EXPECT_EQ(cells_of(message.sections[4].rows[5]), "Crash-free sessions | 99.5 % | –");

  // In each form.
  const std::string text = to_text(message);
  EXPECT_NE(text.find("- LCP p75: this week 2600 ms, week before 2000 ms, change +30 %, "
                      "good / poor 70.0 % / 10.0 %\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("and 8 more\n"), std::string::npos);
  const std::string html = to_html(message);
  EXPECT_NE(html.find(">/slow &amp; &lt;broken&gt;</a>"), std::string::npos) << html;
  EXPECT_EQ(html.find("<broken>"), std::string::npos);
  const std::string hook = to_webhook_json(message, 1);
  EXPECT_NE(hook.find("*New issues*"), std::string::npos) << hook;
  EXPECT_NE(hook.find("\"rating\":\"poor\""), std::string::npos);
  const auto again = message_from(to_stored_json(message));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(to_html(*again), html);
}

TEST(WeeklyMessage, AWeekWithoutDataIsToldOnceItHadSome) {
  query::WeeklyReport week = report();
  EXPECT_FALSE(weekly_message(week, "shop", "http://h").tells_something());
  week.previous.views = 1200;
  const Message message = weekly_message(week, "shop", "http://h");
  ASSERT_EQ(message.items.size(), 1u);
  EXPECT_EQ(message.items[0].title, "Nothing arrived in this week");
  EXPECT_EQ(message.items[0].detail.substr(0, 43), "The week before there were 1,200 page views");
}

}  // namespace
}  // namespace pagewake::alerting
