// Statements on the tables beside an issue, for both who write them: the
// writer of events and the store of what people do.
#pragma once

#include <string>

#include "storage/issue_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// activity_id is given by the table; returned.
std::int64_t add_activity(Database& database, const Activity& activity);
// Beyond kTagValuesKept of a key a new value is counted as "(other)".
void add_issue_tag(Database& database, IssueId issue_id, const std::string& key,
                   const std::string& value, std::uint64_t event_count);

}  // namespace pagewake::storage::sqlite
