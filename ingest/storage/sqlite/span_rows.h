// Backend spans as rows.
#pragma once

#include <vector>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// False: the span was there already.
bool put_span(Database& database, const model::SpanRecord& span);

// By trace, then start.
std::vector<model::SpanRecord> spans_of_traces(Database& database, ProjectId project,
                                               const std::vector<TraceId>& traces);

}  // namespace pagewake::storage::sqlite
