#include "query/issue_report.h"

namespace pagewake::query {

Result<std::optional<IssueReport>> issue_report(storage::RecordReader& records,
                                                model::ProjectId project, model::IssueId issue,
                                                std::int64_t from_unix_us,
                                                std::int64_t to_unix_us) {
  auto found = records.issue(project, issue);
  if (!found) return found.error();
  if (!found->has_value()) return std::optional<IssueReport>();
  auto hours = records.issue_hours(project, issue, from_unix_us, to_unix_us);
  if (!hours) return hours.error();
  return std::optional<IssueReport>(IssueReport{std::move(**found), std::move(*hours)});
}

}  // namespace pagewake::query
