#include "alerting/weekly_message.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <optional>
#include <utility>

#include "alerting/words.h"
#include "storage/record_rules.h"

namespace pagewake::alerting {
namespace {

using query::PerVital;
using query::VitalStats;

constexpr std::int64_t kHourUs = 3'600'000'000, kDayUs = 24 * kHourUs, kWeekUs = 7 * kDayUs;
constexpr std::int64_t kFirstMondayUs = 4 * kDayUs;  // 1970-01-05

std::string day_of(std::int64_t unix_us) { return storage::rfc3339(unix_us).substr(0, 10); }

std::string percent(double share) { return shown(share * 100, 1) + " %"; }

// "+12 %", "−3 %", "±0 %"; "" where there was nothing before.
std::string change_of(double now, double before) {
  if (!(before > 0)) return "";
  const double percents = std::round((now / before - 1) * 100);
  const char* sign = percents > 0 ? "+" : percents < 0 ? "−" : "±";
  return sign + shown_count(std::abs(percents)) + " %";
}

struct Vital {
  const char* name;
  query::Thresholds thresholds;
};
constexpr std::array<Vital, 5> kVitals = {{{"lcp_ms", query::kLcpMs},
                                           {"inp_ms", query::kInpMs},
                                           {"cls", query::kCls},
                                           {"fcp_ms", query::kFcpMs},
                                           {"ttfb_ms", query::kTtfbMs}}};
constexpr std::size_t kCoreVitals = 3;  // the first of them

template <typename T>
const std::optional<T>& of(const PerVital<T>& all, std::size_t vital) {
  const std::array<const std::optional<T>*, 5> fields = {&all.lcp_ms, &all.inp_ms, &all.cls,
                                                         &all.fcp_ms, &all.ttfb_ms};
  return *fields[vital];
}

const char* rating_of(const Vital& vital, double p75) {
  return p75 <= vital.thresholds.good   ? "good"
         : p75 <= vital.thresholds.poor ? "needs_improvement"
                                        : "poor";
}

MessageCell p75_cell(const Vital& vital, const std::optional<VitalStats>& stats) {
  if (!stats) return {"–", ""};
  return {shown_vital(vital.name, stats->p75), rating_of(vital, stats->p75)};
}

MessageSection summary_of(const query::WeeklyReport& report) {
  MessageSection section;
  section.title = "The week";
  section.columns = {"this week", "week before", "change", "good / poor"};
  const auto counted = [&](const char* title, double now, double before) {
    section.rows.push_back(
        {title,
         "",
         {{shown_count(now), ""}, {shown_count(before), ""}, {change_of(now, before), ""}, {}}});
  };
  counted("Page views", report.now.views, report.previous.views);
  for (std::size_t i = 0; i < kVitals.size(); ++i) {
    const auto& now = of(report.now.vitals, i);
    const auto& before = of(report.previous.vitals, i);
    if (!now && !before) continue;
    section.rows.push_back({short_vital(kVitals[i].name) + " p75",
                            "",
                            {p75_cell(kVitals[i], now),
                             p75_cell(kVitals[i], before),
                             {now && before ? change_of(now->p75, before->p75) : "", ""},
                             {now ? percent(now->good) + " / " + percent(now->poor) : "", ""}}});
  }
  section.rows.push_back({"Views with an error",
                          "",
                          {{percent(report.now.error_rate), ""},
                           {percent(report.previous.error_rate), ""},
                           {change_of(report.now.error_rate, report.previous.error_rate), ""},
                           {}}});
  counted("Errors", static_cast<double>(report.events),
          static_cast<double>(report.previous_events));
  return section;
}

MessageSection pages_of(const query::WeeklyReport& report, const std::string& public_url) {
  MessageSection section;
  section.title = "Pages that hurt most, p75 (week before)";
  section.columns = {"views"};
  for (std::size_t i = 0; i < kCoreVitals; ++i) {
    section.columns.push_back(short_vital(kVitals[i].name));
  }
  for (const query::OverviewPage& page : report.pages) {
    MessageRow row{page.now.page, page_url(public_url, report.project, page.now.page), {}};
    row.cells.push_back({shown_count(page.now.views), ""});
    for (std::size_t i = 0; i < kCoreVitals; ++i) {
      MessageCell cell = p75_cell(kVitals[i], of(page.now.vitals, i));
      if (const auto& before = of(page.previous_p75, i)) {
        cell.text += " (" + shown_vital(kVitals[i].name, *before) + ")";
      }
      row.cells.push_back(std::move(cell));
    }
    section.rows.push_back(std::move(row));
  }
  return section;
}

MessageSection issues_of(std::string title, const query::IssueListOfWeek& list,
                         const query::WeeklyReport& report, const std::string& public_url) {
  MessageSection section;
  section.title = std::move(title);
  section.columns = {"events", "week before", "users so far"};
  for (const query::ReportedIssue& one : list.items) {
    section.rows.push_back({one.issue.title,
                            issue_url(public_url, report.project, one.issue.issue_id),
                            {{shown_count(static_cast<double>(one.events)), ""},
                             {shown_count(static_cast<double>(one.previous_events)), ""},
                             {shown_count(static_cast<double>(one.issue.user_count)), ""}}});
  }
  section.more_rows = list.count - list.items.size();
  return section;
}

MessageCell crash_free(std::uint64_t crashed, std::uint64_t all) {
  if (all == 0) return {"–", ""};
  return {percent(1 - static_cast<double>(crashed) / static_cast<double>(all)), ""};
}

MessageSection releases_of(const query::WeeklyReport& report) {
  MessageSection section;
  const auto& sides = report.releases;
  section.title = "Release " + sides[0].use.release +
                  (sides.size() > 1 ? " against " + sides[1].use.release : "") + ", both weeks";
  for (const auto& side : sides) section.columns.push_back(side.use.release);
  const auto row = [&](std::string title, const auto& cell_of) {
    MessageRow& made = section.rows.emplace_back();
    made.title = std::move(title);
    for (const auto& side : sides) made.cells.push_back(cell_of(side));
  };
  using Side = query::ReleaseSide;
  row("Share of page views", [](const Side& side) {
    return MessageCell{percent(side.use.views_share), ""};
  });
  for (std::size_t i = 0; i < kCoreVitals; ++i) {
    row(short_vital(kVitals[i].name) + " p75",
        [&](const Side& side) { return p75_cell(kVitals[i], of(side.vitals, i)); });
  }
  row("Views with an error", [](const Side& side) {
    return MessageCell{percent(side.use.error_rate), ""};
  });
  const bool has_sessions = std::any_of(
      sides.begin(), sides.end(), [](const Side& side) { return side.use.health.sessions > 0; });
  if (has_sessions) {
    row("Crash-free sessions", [](const Side& side) {
      const auto& health = side.use.health;
      return crash_free(health.crashed + health.unhandled, health.sessions);
    });
    row("Crash-free users", [](const Side& side) {
      return crash_free(side.use.health.users_crashed, side.use.health.users);
    });
  }
  row("New issues", [](const Side& side) {
    return MessageCell{shown_count(static_cast<double>(side.errors.new_issues)), ""};
  });
  return section;
}

}  // namespace

query::ReportedTime week_due(std::int64_t now_unix_us) {
  const std::int64_t since = now_unix_us - kReportHourUtc * kHourUs - kFirstMondayUs;
  const std::int64_t to = kFirstMondayUs + since / kWeekUs * kWeekUs;
  return {to - kWeekUs, to};
}

query::ReportedTime seven_days_to(std::int64_t now_unix_us) {
  const std::int64_t to = storage::hour_start_unix_us(now_unix_us) + kHourUs;
  return {to - kWeekUs, to};
}

std::string name_of_week(query::ReportedTime week) { return day_of(week.from_unix_us); }

std::string reported_week_name(std::int64_t channel_id) {
  return "channel:" + std::to_string(channel_id) + ":reported_week";
}

Message weekly_message(const query::WeeklyReport& report, const std::string& project_name,
                       const std::string& public_url) {
  const std::string home = public_url + "/p/" + std::to_string(report.project);
  Message message;
  message.kind = "weekly_report";
  message.project = project_name;
  message.title = "The week of " + project_name + ", " + day_of(report.time.from_unix_us) + " to " +
                  day_of(report.time.to_unix_us - 1);
  message.url = home + "/overview";
  if (!report.had_data()) {
    if (report.had_data_before()) {
      message.items.push_back({"Nothing arrived in this week",
                               "The week before there were " + shown_count(report.previous.views) +
                                   " page views and " +
                                   shown_count(static_cast<double>(report.previous_events)) +
                                   " errors. Is the site up, and the script on its pages?",
                               home + "/outcomes"});
    }
    return message;
  }
  message.sections.push_back(summary_of(report));
  if (!report.pages.empty()) message.sections.push_back(pages_of(report, public_url));
  const struct {
    const char* title;
    const query::IssueListOfWeek& list;
  } lists[] = {{"New issues", report.new_issues},
               {"Issues that came back", report.came_back},
               {"Most frequent issues", report.worst}};
  for (const auto& [title, list] : lists) {
    if (list.count > 0) message.sections.push_back(issues_of(title, list, report, public_url));
  }
  if (!report.releases.empty()) message.sections.push_back(releases_of(report));
  return message;
}

}  // namespace pagewake::alerting
