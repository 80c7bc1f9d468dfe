// Issues as rows: what the writer of events and the side that changes issues by
// hand have in common.
#pragma once

#include <optional>

#include "storage/record_rules.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// The columns of bind_issue(), in order.
extern const std::string_view kIssueColumns;
// "SELECT … FROM issues", as read_issue() reads it.
extern const char* const kIssueRead;

void bind_issue(Query& query, const model::Issue& issue);
model::Issue read_issue(Query& query);
std::optional<model::Issue> find_issue(Database& database, ProjectId project, IssueId id);

// How issue_users keeps a user_key(): never the name.
std::string user_hash(const std::string& user);

// RecordStore::rekey_issue(), inside a transaction.
IssueId rekey_issue(Database& database, ProjectId project, IssueId id,
                    const model::EventRecord& event);

// The statements behind RecordReader's calls of the same names.
Result<Listing<model::Issue>> issues(Database& database, ProjectId project, const IssueQuery& query,
                                     const Paging& paging);
std::vector<std::pair<std::int64_t, std::uint64_t>> issue_hours(Database& database,
                                                                ProjectId project, IssueId id,
                                                                std::int64_t from_unix_us,
                                                                std::int64_t to_unix_us);

}  // namespace pagewake::storage::sqlite
