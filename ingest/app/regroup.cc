#include "app/regroup.h"

#include <string>
#include <vector>

namespace pagewake::app {
namespace {

// The issue that is shown for `id`: itself, or what it was merged into.
Result<model::IssueId> whole_of(const Regrouper& with, model::ProjectId project,
                                model::IssueId id) {
  const auto issue = with.records.issue(project, id);
  if (!issue) return issue.error();
  return *issue && (*issue)->merged_into != 0 ? (*issue)->merged_into : id;
}

// What a person took apart is not put together again behind their back.
Result<bool> was_unmerged(const Regrouper& with, model::ProjectId project, model::IssueId id) {
  const auto activity = with.issues.issue_activity(project, id, 1000);
  if (!activity) return activity.error();
  for (const storage::Activity& one : *activity) {
    if (one.kind == storage::ActivityKind::kUnmerged) return true;
  }
  return false;
}

// False: they are one already, or stay apart.
Result<bool> merge(const Regrouper& with, model::ProjectId project, model::IssueId id,
                   model::IssueId other) {
  const auto into = whole_of(with, project, other);
  if (!into) return into.error();
  if (*into == id) return false;
  const auto apart = was_unmerged(with, project, id);
  if (!apart) return apart.error();
  if (*apart) return false;
  const auto merged = with.issues.merge_issues(project, {id, *into}, "", with.now_unix_us());
  if (!merged) return merged.error();
  return true;
}

}  // namespace

Result<std::size_t> regroup(const Regrouper& with, const storage::RegroupTask& task) {
  // All ids first: what changes would move under the list's cursor.
  std::vector<model::IssueId> ids;
  storage::IssueQuery query;
  if (!task.release.empty()) query.release = task.release;
  model::Paging paging{1000, ""};
  do {
    const auto issues = with.records.issues(task.project, query, paging);
    if (!issues) return issues.error();
    for (const auto& issue : issues->items) ids.push_back(issue.issue_id);
    paging.cursor = issues->next_cursor;
  } while (!paging.cursor.empty());

  std::size_t changed = 0;
  for (const model::IssueId id : ids) {
    const auto issue = with.records.issue(task.project, id);
    if (!issue) return issue.error();
    if (!*issue) continue;
    storage::EventQuery newest;
    newest.issue_id = id;
    if (!task.release.empty()) newest.filter.release = task.release;
    auto events = with.records.events(task.project, newest, {1, ""});
    if (!events) return events.error();
    if (events->items.empty()) continue;
    model::EventRecord& event = events->items[0];
    // An issue that has another key than its event was regrouped or merged.
    if (event.grouping_key != (*issue)->grouping_key) continue;
    if (with.symbolicator.symbolicate(event) == 0) continue;
    with.group(event);
    if (event.grouping_key == (*issue)->grouping_key) continue;
    const auto has_it = with.issues.rekey_issue(task.project, id, event);
    if (!has_it) return has_it.error();
    if (*has_it == id) {
      ++changed;
    } else if (*has_it != 0) {
      const auto merged = merge(with, task.project, id, *has_it);
      if (!merged) return merged.error();
      changed += *merged ? 1 : 0;
    }
  }
  return changed;
}

}  // namespace pagewake::app
