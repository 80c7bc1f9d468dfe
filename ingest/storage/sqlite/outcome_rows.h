// Outcome counters as rows, one an hour, category and reason.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

void add_outcome(Database& database, const OutcomeCount& outcome);

// As RecordReader::outcomes().
std::vector<OutcomeCount> outcomes(Database& database, ProjectId project, std::int64_t from_unix_us,
                                   std::int64_t to_unix_us);

}  // namespace pagewake::storage::sqlite
