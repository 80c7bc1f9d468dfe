#include "storage/sqlite/log_rows.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {
namespace {

using model::LogRecord;

constexpr std::string_view kLogColumns =
    "project, log_id, trace_id, span_id, source, at_unix_us, severity_number, level, message, "
    "logger, service, release, environment, attributes_json, received_at_unix_us";

void bind_log(Query& query, const LogRecord& log) {
  query.integer(log.project)
      .integer(static_cast<std::int64_t>(log.log_id))
      .id_or_null(log.trace_id)
      .id_or_null(log.span_id)
      .integer(static_cast<std::int64_t>(log.source))
      .integer(log.at_unix_us)
      .integer(log.severity_number)
      .text(log.level)
      .text(log.message)
      .text(log.logger)
      .text(log.service)
      .text(log.release)
      .text(log.environment)
      .text(log.attributes_json)
      .integer(log.received_at_unix_us);
}

LogRecord read_log(Query& query) {
  LogRecord log;
  log.project = query.read_integer();
  log.log_id = static_cast<std::uint64_t>(query.read_integer());
  log.trace_id = query.read_id<TraceId>();
  log.span_id = query.read_id<SpanId>();
  log.source = static_cast<model::Source>(query.read_integer());
  log.at_unix_us = query.read_integer();
  log.severity_number = static_cast<std::uint8_t>(query.read_integer());
  log.level = query.read_text();
  log.message = query.read_text();
  log.logger = query.read_text();
  log.service = query.read_text();
  log.release = query.read_text();
  log.environment = query.read_text();
  log.attributes_json = query.read_text();
  log.received_at_unix_us = query.read_integer();
  return log;
}

}  // namespace

bool put_log(Database& database, const LogRecord& log) {
  static const std::string kInsert = insert_sql("logs", kLogColumns) + " ON CONFLICT DO NOTHING";
  Query insert = database.query(kInsert);
  bind_log(insert, log);
  return insert.run() > 0;
}

std::vector<LogRecord> logs_of_trace(Database& database, ProjectId project, const TraceId& trace) {
  std::vector<LogRecord> out;
  Query query = database.query("SELECT " + std::string(kLogColumns) +
                               " FROM logs INDEXED BY logs_by_trace WHERE trace_id = ? AND "
                               "project = ? ORDER BY at_unix_us");
  query.id(trace).integer(project);
  while (query.row()) out.push_back(read_log(query));
  // The id is unsigned and SQLite's integers are not.
  std::sort(out.begin(), out.end(), [](const LogRecord& a, const LogRecord& b) {
    return std::tie(a.at_unix_us, a.log_id) < std::tie(b.at_unix_us, b.log_id);
  });
  return out;
}

Result<Listing<LogRecord>> logs(Database& database, ProjectId project, const LogQuery& query,
                                const Paging& paging) {
  Where where;
  where.add("project = ?", project)
      .add("at_unix_us >= ?", query.from_unix_us)
      .add("at_unix_us < ?", query.to_unix_us)
      .add("severity_number >= ?", std::int64_t{query.min_severity_number});
  where.equals("service", query.service);
  where.equals("logger", query.logger);
  where.equals("release", query.release);
  where.equals("environment", query.environment);
  const char* index = " INDEXED BY logs_by_time";
  if (query.trace_id) {
    where.add("trace_id = ?", raw(*query.trace_id));
    index = " INDEXED BY logs_by_trace";
  }
  if (Status checked = continue_after(where, paging, kCursorLogs, 8, "at_unix_us, log_id", true);
      !checked) {
    return checked.error();
  }
  const std::size_t limit = clamped_limit(paging);
  Query rows = database.query("SELECT " + std::string(kLogColumns) + " FROM logs" + index +
                              where.sql() + " ORDER BY at_unix_us DESC, log_id DESC");
  where.bind(rows);
  Listing<LogRecord> listing;
  while (rows.row()) {
    LogRecord log = read_log(rows);
    if (!matches(query, log)) continue;
    if (listing.items.size() == limit) {
      const LogRecord& last = listing.items.back();
      listing.next_cursor = encode_cursor(
          {kCursorLogs, last.at_unix_us, id_bytes_of(static_cast<std::int64_t>(last.log_id))});
      break;
    }
    listing.items.push_back(std::move(log));
  }
  return listing;
}

}  // namespace pagewake::storage::sqlite
