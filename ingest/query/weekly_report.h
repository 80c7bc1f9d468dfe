// A project's week against the week before: what the weekly message is made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/overview.h"
#include "query/release_report.h"

namespace pagewake::query {

// Whole hours; the time before is as long and ends where this begins.
struct ReportedTime {
  std::int64_t from_unix_us = 0, to_unix_us = 0;
};

inline constexpr std::size_t kReportedPages = 8, kReportedIssues = 5;
// Issues seen since the time began that are looked at, most events of all time
// first: beyond them nothing is counted.
inline constexpr std::size_t kReportedIssuesLookedAt = 500;

struct ReportedIssue {
  model::Issue issue;
  std::uint64_t events = 0, previous_events = 0;  // of the time, and of the time before
};

struct IssueListOfWeek {
  std::vector<ReportedIssue> items;  // most events first, at most kReportedIssues
  std::size_t count = 0;             // of all
};

struct WeeklyReport {
  model::ProjectId project = 0;
  ReportedTime time;
  Totals now, previous;
  std::vector<OverviewPage> pages;  // with pain, the worst first; at most kReportedPages
  std::uint64_t events = 0, previous_events = 0;
  IssueListOfWeek new_issues;  // first seen in the time
  IssueListOfWeek came_back;   // reopened by an event of the time
  IssueListOfWeek worst;       // of all that happened
  // The newest release of both weeks and the most used of those before it; one
  // where there is no other, none where the newest was not seen in the time.
  std::vector<ReleaseSide> releases;

  bool had_data() const { return now.views > 0 || events > 0; }
  bool had_data_before() const { return previous.views > 0 || previous_events > 0; }
};

// Ignored issues are left out of the lists of issues, and count in `events`.
// Errors: the stores'.
Result<WeeklyReport> weekly_report(const ReleaseStores& stores, model::ProjectId project,
                                   ReportedTime time);

}  // namespace pagewake::query
