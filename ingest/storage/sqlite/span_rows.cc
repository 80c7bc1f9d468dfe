#include "storage/sqlite/span_rows.h"

#include <set>
#include <string>

#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {
namespace {

using model::SpanRecord;

// Traces asked for in one statement.
constexpr std::size_t kTracesAtOnce = 200;

constexpr std::string_view kSpanColumns =
    "project, trace_id, span_id, parent_span_id, source, kind, status, name, op, service, "
    "status_message, release, environment, started_at_unix_us, duration_us, attributes_json, "
    "events_json, links_json, received_at_unix_us";

void bind_span(Query& query, const SpanRecord& span) {
  query.integer(span.project)
      .id(span.trace_id)
      .id(span.span_id)
      .id_or_null(span.parent_span_id)
      .integer(static_cast<std::int64_t>(span.source))
      .integer(static_cast<std::int64_t>(span.kind))
      .integer(static_cast<std::int64_t>(span.status))
      .text(span.name)
      .text(span.op)
      .text(span.service)
      .text(span.status_message)
      .text(span.release)
      .text(span.environment)
      .integer(span.started_at_unix_us)
      .integer(span.duration_us)
      .text(span.attributes_json)
      .text(span.events_json)
      .text(span.links_json)
      .integer(span.received_at_unix_us);
}

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

bool put_span(Database& database, const SpanRecord& span) {
  static const std::string kInsert = insert_sql("spans", kSpanColumns) + " ON CONFLICT DO NOTHING";
  Query insert = database.query(kInsert);
  bind_span(insert, span);
  return insert.run() > 0;
}

std::vector<SpanRecord> spans_of_traces(Database& database, ProjectId project,
                                        const std::vector<TraceId>& traces) {
  const std::set<TraceId> distinct(traces.begin(), traces.end());
  std::vector<SpanRecord> out;
  for (auto at = distinct.begin(); at != distinct.end();) {
    std::vector<TraceId> some;
    for (; at != distinct.end() && some.size() < kTracesAtOnce; ++at) some.push_back(*at);
    Query query = database.query(
        "SELECT " + std::string(kSpanColumns) + " FROM spans WHERE project = ? AND trace_id IN (" +
        marks(some.size()) + ") ORDER BY trace_id, started_at_unix_us, span_id");
    query.integer(project);
    for (const TraceId& trace : some) query.id(trace);
    while (query.row()) out.push_back(read_span(query));
  }
  return out;
}

}  // namespace pagewake::storage::sqlite
