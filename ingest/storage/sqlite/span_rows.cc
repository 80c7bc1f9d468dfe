#include "storage/sqlite/span_rows.h"

#include <string>
#include <string_view>

namespace pagewake::storage::sqlite {
namespace {

using model::SpanRecord;

constexpr std::string_view kSpanColumns =
    "project, trace_id, span_id, parent_span_id, source, kind, status, name, op, service, "
    "status_message, release, environment, started_at_unix_us, duration_us, attributes_json, "
    "events_json, links_json, received_at_unix_us";

SpanRecord read_span(Query& query) {
  SpanRecord span;
  span.project = query.read_integer();
  span.trace_id = query.read_id<TraceId>();
  span.span_id = query.read_id<SpanId>();
  span.parent_span_id = query.read_id<SpanId>();
  span.source = static_cast<model::Source>(query.read_integer());
  span.kind = static_cast<model::SpanKind>(query.read_integer());
  span.status = static_cast<model::SpanStatus>(query.read_integer());
  span.name = query.read_text();
  span.op = query.read_text();
  span.service = query.read_text();
  span.status_message = query.read_text();
  span.release = query.read_text();
  span.environment = query.read_text();
  span.started_at_unix_us = query.read_integer();
  span.duration_us = query.read_integer();
  span.attributes_json = query.read_text();
  span.events_json = query.read_text();
  span.links_json = query.read_text();
  span.received_at_unix_us = query.read_integer();
  return span;
}

}  // namespace

bool has_span_rows(Database& database) {
  return database.integer_of(
             "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'spans'") > 0;
}

std::vector<SpanRecord> take_span_rows(Database& database, std::size_t most) {
  std::vector<SpanRecord> rows;
  std::int64_t last_row = 0;
  {
    Query query = database.query("SELECT " + std::string(kSpanColumns) +
                                 ", span_row FROM spans ORDER BY span_row LIMIT ?");
    query.integer(static_cast<std::int64_t>(most));
    while (query.row()) {
      rows.push_back(read_span(query));
      last_row = query.read_integer();
    }
  }
  database.query("DELETE FROM spans WHERE span_row <= ?").integer(last_row).run();
  return rows;
}

void drop_span_rows(Database& database) { database.run("DROP TABLE spans"); }

}  // namespace pagewake::storage::sqlite
