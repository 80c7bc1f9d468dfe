// Spans as rows of the table `spans`, as schemas before segments of spans kept
// them: read once, when such a file is opened.
#pragma once

#include <cstddef>
#include <vector>

#include "model/records.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

bool has_span_rows(Database& database);
// Removes the oldest rows, at most so many, and gives them.
std::vector<model::SpanRecord> take_span_rows(Database& database, std::size_t most);
// The empty table.
void drop_span_rows(Database& database);

}  // namespace pagewake::storage::sqlite
