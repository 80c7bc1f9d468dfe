#include "query/weekly_report.h"

#include <algorithm>
#include <utility>

namespace pagewake::query {
namespace {

constexpr std::size_t kActivityLookedAt = 100;  // of an issue, newest first

void keep_worst(IssueListOfWeek& list) {
  list.count = list.items.size();
  std::stable_sort(list.items.begin(), list.items.end(),
                   [](const auto& a, const auto& b) { return a.events > b.events; });
  if (list.items.size() > kReportedIssues) list.items.resize(kReportedIssues);
}

Result<bool> came_back(storage::IssueStore& issues, const model::Issue& issue, ReportedTime time) {
  const auto activity = issues.issue_activity(issue.project, issue.issue_id, kActivityLookedAt);
  if (!activity) return activity.error();
  return std::any_of(activity->begin(), activity->end(), [&](const storage::Activity& one) {
    return one.kind == storage::ActivityKind::kRegressed && one.at_unix_us >= time.from_unix_us &&
           one.at_unix_us < time.to_unix_us;
  });
}

Status add_issues(const ReleaseStores& stores, std::int64_t before_unix_us, WeeklyReport& report) {
  const auto [from, to] = report.time;
  storage::IssueQuery query;
  query.seen_from_unix_us = before_unix_us;
  query.sort = storage::IssueQuery::Sort::kEvents;
  const auto issues = stores.records.issues(report.project, query, {kReportedIssuesLookedAt, ""});
  if (!issues) return issues.error();
  for (const model::Issue& issue : issues->items) {
    const auto hours =
        stores.records.issue_hours(report.project, issue.issue_id, before_unix_us, to);
    if (!hours) return hours.error();
    ReportedIssue one{issue};
    for (const auto& [hour_unix_s, count] : *hours) {
      (hour_unix_s * 1'000'000 < from ? one.previous_events : one.events) += count;
    }
    report.events += one.events;
    report.previous_events += one.previous_events;
    if (one.events == 0 || issue.status == model::IssueStatus::kIgnored) continue;
    if (issue.first_seen_unix_us >= from) {
      report.new_issues.items.push_back(one);
    } else {
      const auto again = came_back(stores.issues, issue, report.time);
      if (!again) return again.error();
      if (*again) report.came_back.items.push_back(one);
    }
    report.worst.items.push_back(std::move(one));
  }
  for (auto* list : {&report.new_issues, &report.came_back, &report.worst}) keep_worst(*list);
  return Done{};
}

// {newest, base}, {newest} or {}.
Result<std::vector<std::string>> releases_to_compare(const ReleaseStores& stores,
                                                     const model::Filter& both_weeks,
                                                     const WeeklyReport& report) {
  const auto seen = stores.records.releases(report.project);
  if (!seen) return seen.error();
  const auto uses = release_uses(stores, report.project, both_weeks);
  if (!uses) return uses.error();
  const ReleaseUse* newest = nullptr;
  const ReleaseUse* base = nullptr;
  // By first sight, so the last one that is still used is the newest.
  for (const storage::ReleaseSeen& one : *seen) {
    if (one.first_seen_unix_us >= report.time.to_unix_us) continue;
    const auto use = std::find_if(uses->items.begin(), uses->items.end(),
                                  [&](const ReleaseUse& u) { return u.release == one.release; });
    if (use == uses->items.end() || use->views <= 0) continue;
    if (newest != nullptr && (base == nullptr || newest->views >= base->views)) base = newest;
    newest = &*use;
  }
  std::vector<std::string> names;
  if (newest == nullptr) return names;
  const auto last = std::find_if(seen->begin(), seen->end(), [&](const storage::ReleaseSeen& one) {
    return one.release == newest->release;
  });
  if (last->last_seen_unix_us < report.time.from_unix_us) return names;
  names.push_back(newest->release);
  if (base != nullptr) names.push_back(base->release);
  return names;
}

}  // namespace

Result<WeeklyReport> weekly_report(const ReleaseStores& stores, model::ProjectId project,
                                   ReportedTime time) {
  WeeklyReport report;
  report.project = project;
  report.time = time;
  model::Filter filter;
  filter.from_unix_us = time.from_unix_us;
  filter.to_unix_us = time.to_unix_us;
  auto shown = overview(stores.records, project, filter, time.to_unix_us);
  if (!shown) return shown.error();
  report.now = std::move(shown->now);
  report.previous = std::move(shown->previous);
  for (OverviewPage& page : shown->pages) {
    if (report.pages.size() == kReportedPages || page.pain.sum() <= 0) break;
    report.pages.push_back(std::move(page));
  }
  if (const Status added = add_issues(stores, shown->previous_from_unix_us, report); !added.ok()) {
    return added.error();
  }
  filter.from_unix_us = shown->previous_from_unix_us;
  const auto names = releases_to_compare(stores, filter, report);
  if (!names) return names.error();
  if (names->empty()) return report;
  auto sides = compare_releases(stores, project, filter, *names);
  if (!sides) return sides.error();
  report.releases = std::move(*sides);
  return report;
}

}  // namespace pagewake::query
