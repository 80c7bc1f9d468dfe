// Log lines as rows.
#pragma once

#include <vector>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// False: the line was there already.
bool put_log(Database& database, const model::LogRecord& log);

// The statements behind RecordReader's calls of the same names.
std::vector<model::LogRecord> logs_of_trace(Database& database, ProjectId project,
                                            const TraceId& trace);
Result<Listing<model::LogRecord>> logs(Database& database, ProjectId project, const LogQuery& query,
                                       const Paging& paging);

}  // namespace pagewake::storage::sqlite
