#include "storage/sqlite/sqlite_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <variant>

#include "base/limits.h"
#include "storage/record_rules.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/issue_rows.h"
#include "storage/sqlite/issue_writer.h"
#include "storage/sqlite/payload.h"
#include "storage/sqlite/sql.h"
#include "wire/page_view_codec.h"

namespace pagewake::storage {
namespace {

using model::EventRecord;
using model::Issue;
using model::LogRecord;
using model::PageViewRecord;
using model::SpanRecord;
using sqlite::continue_after;
using sqlite::Database;
using sqlite::insert_sql;
using sqlite::marks;
using sqlite::Query;
using sqlite::raw;
using sqlite::read_page;
using sqlite::Transaction;
using sqlite::update_sql;
using sqlite::Where;

// Decoded rollups kept between commits: the current hour's pages.
constexpr std::size_t kCachedRollups = 4096;
// Rows that prune() removes in one transaction: some milliseconds of work, so
// that appends pass in between.
constexpr std::int64_t kPruneRows = 2000;
// Traces asked for in one statement.
constexpr std::size_t kTracesAtOnce = 200;

// --- Rows and records

constexpr std::string_view kViewColumns =
    "project, page_view_id, started_at_unix_us, page, rollup_page, trace_id, session_id, lcp_key, "
    "lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms, lcp_resource_load_delay_ms, "
    "lcp_resource_load_duration_ms, lcp_element_render_delay_ms, inp_input_delay_ms, "
    "inp_processing_duration_ms, inp_presentation_delay_ms, weight, kept_by_exception, "
    "error_count, device, connection, navigation_type, browser, browser_version, os, country, "
    "release, environment, user_id, sdk_version, received_at_unix_us, clock_skew_us, replayed";

void bind_view(Query& query, const PageViewRecord& record, const std::string& rollup_page) {
  const pagewake::PageView& view = record.view;
  const Attribution& parts = view.attribution;
  query.integer(record.project)
      .id(view.page_view_id)
      .integer(record.started_at_unix_us())
      .text(view.page)
      .text(rollup_page)
      .id_or_null(view.trace_id)
      .id_or_null(record.session_id)
      .integer(lcp_sort_key(record))
      .real(view.vitals.lcp_ms)
      .real(view.vitals.inp_ms)
      .real(view.vitals.cls)
      .real(view.vitals.fcp_ms)
      .real(view.vitals.ttfb_ms)
      .real(parts.lcp_resource_load_delay_ms)
      .real(parts.lcp_resource_load_duration_ms)
      .real(parts.lcp_element_render_delay_ms)
      .real(parts.inp_input_delay_ms)
      .real(parts.inp_processing_duration_ms)
      .real(parts.inp_presentation_delay_ms)
      .real(model::VitalHistogram::usable_weight(view.weight))
      .integer(view.kept_by_exception ? 1 : 0)
      .integer(view.error_count)
      .text(view.device.type)
      .text(view.device.effective_connection_type)
      .integer(static_cast<std::int64_t>(view.navigation_type))
      .text(record.browser)
      .text(record.browser_version)
      .text(record.os)
      .text(record.country)
      .text(record.release)
      .text(record.environment)
      .text(record.user_id)
      .text(record.sdk_version)
      .integer(record.received_at_unix_us)
      .integer(record.clock_skew_us)
      .integer(record.replayed ? 1 : 0);
}

// What the body does not say, then the body.
constexpr std::string_view kViewRead =
    "v.project, v.session_id, v.browser, v.browser_version, v.os, v.country, v.release, "
    "v.environment, v.user_id, v.sdk_version, v.received_at_unix_us, v.clock_skew_us, "
    "v.replayed, b.body";

PageViewRecord read_view(Database& database, Query& query) {
  PageViewRecord record;
  record.project = query.read_integer();
  record.session_id = query.read_id<SessionId>();
  record.browser = query.read_text();
  record.browser_version = query.read_text();
  record.os = query.read_text();
  record.country = query.read_text();
  record.release = query.read_text();
  record.environment = query.read_text();
  record.user_id = query.read_text();
  record.sdk_version = query.read_text();
  record.received_at_unix_us = query.read_integer();
  record.clock_skew_us = query.read_integer();
  record.replayed = query.read_integer() != 0;
  const std::string_view body = query.read_blob();
  auto view = decode_page_view(std::as_bytes(std::span(body)));
  if (view) {
    record.view = std::move(*view);
  } else {
    database.fail("a stored page view cannot be read: " + view.error().message);
  }
  return record;
}

// The part of a record that VitalSummary and group_key() look at.
constexpr std::string_view kSummaryRead =
    "started_at_unix_us, page, lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms, lcp_resource_load_delay_ms, "
    "lcp_resource_load_duration_ms, lcp_element_render_delay_ms, inp_input_delay_ms, "
    "inp_processing_duration_ms, inp_presentation_delay_ms, weight, kept_by_exception, "
    "error_count, device, connection, navigation_type, browser, os, country, release, environment";

void read_for_summary(Query& query, PageViewRecord& record) {
  pagewake::PageView& view = record.view;
  // Only the sum is asked for: skew and start as one number.
  record.clock_skew_us = query.read_integer();
  view.started_at_unix_ms = 0;
  view.page = query.read_text();
  view.vitals.lcp_ms = query.read_optional_real();
  view.vitals.inp_ms = query.read_optional_real();
  view.vitals.cls = query.read_optional_real();
  view.vitals.fcp_ms = query.read_optional_real();
  view.vitals.ttfb_ms = query.read_optional_real();
  view.attribution.lcp_resource_load_delay_ms = query.read_optional_real();
  view.attribution.lcp_resource_load_duration_ms = query.read_optional_real();
  view.attribution.lcp_element_render_delay_ms = query.read_optional_real();
  view.attribution.inp_input_delay_ms = query.read_optional_real();
  view.attribution.inp_processing_duration_ms = query.read_optional_real();
  view.attribution.inp_presentation_delay_ms = query.read_optional_real();
  view.weight = query.read_real();
  view.kept_by_exception = query.read_integer() != 0;
  view.error_count = static_cast<std::uint32_t>(query.read_integer());
  view.device.type = query.read_text();
  view.device.effective_connection_type = query.read_text();
  view.navigation_type = static_cast<NavigationType>(query.read_integer());
  record.browser = query.read_text();
  record.os = query.read_text();
  record.country = query.read_text();
  record.release = query.read_text();
  record.environment = query.read_text();
}

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

constexpr std::string_view kEventColumns =
    "project, event_id, issue_id, occurred_at_unix_us, page_view_id, session_id, trace_id, page, "
    "device, browser, os, country, release, environment, body";

void bind_event(Query& query, const EventRecord& event, IssueId issue_id) {
  query.integer(event.project)
      .id(event.event_id)
      .integer(issue_id)
      .integer(event.occurred_at_unix_us)
      .id_or_null(event.page_view_id)
      .id_or_null(event.session_id)
      .id_or_null(event.trace_id)
      .text(event.page)
      .text(event.device_type)
      .text(event.browser)
      .text(event.os)
      .text(event.country)
      .text(event.release)
      .text(event.environment)
      .blob(sqlite::encode_event(event));
}

EventRecord read_event(Database& database, Query& query) {
  const IssueId issue_id = query.read_integer();
  auto event = sqlite::decode_event(query.read_blob());
  if (!event) {
    database.fail("a stored event cannot be read: " + event.error().message);
    return {};
  }
  event->issue_id = issue_id;
  return std::move(*event);
}

// The filter on page_views, whose columns are found under `prefix` ("v.").
void filter_views(Where& where, ProjectId project, const Filter& filter) {
  where.add("project = ?", project)
      .add("started_at_unix_us >= ?", filter.from_unix_us)
      .add("started_at_unix_us < ?", filter.to_unix_us);
  where.equals("page", filter.page);
  where.equals("device", filter.device);
  where.equals("browser", filter.browser);
  where.equals("os", filter.os);
  where.equals("country", filter.country);
  where.equals("connection", filter.connection);
  where.equals("release", filter.release);
  where.equals("environment", filter.environment);
  if (filter.navigation_type) {
    const auto type = model::navigation_type_from(*filter.navigation_type);
    where.add("navigation_type = ?", type ? static_cast<std::int64_t>(*type) : std::int64_t{-1});
  }
}

void filter_events(Where& where, ProjectId project, const Filter& filter) {
  where.add("project = ?", project)
      .add("occurred_at_unix_us >= ?", filter.from_unix_us)
      .add("occurred_at_unix_us < ?", filter.to_unix_us);
  where.equals("page", filter.page);
  where.equals("device", filter.device);
  where.equals("browser", filter.browser);
  where.equals("os", filter.os);
  where.equals("country", filter.country);
  where.equals("release", filter.release);
  where.equals("environment", filter.environment);
  constexpr std::string_view kItsView =
      "EXISTS(SELECT 1 FROM page_views v WHERE v.project = events.project AND "
      "v.page_view_id = events.page_view_id AND v.";
  if (filter.connection) where.add(std::string(kItsView) + "connection = ?)", *filter.connection);
  if (filter.navigation_type) {
    const auto type = model::navigation_type_from(*filter.navigation_type);
    where.add(std::string(kItsView) + "navigation_type = ?)",
              type ? static_cast<std::int64_t>(*type) : std::int64_t{-1});
  }
}

// --- Writing

// What one append() changes, on the writer's connection and inside its
// transaction. Lives with the store: decoded rollups and known page names stay
// from one commit to the next.
class Writer {
 public:
  explicit Writer(Database& database) : database_(database), issues_(database) {}

  // At the start of a transaction: what another process changed is read anew.
  void refresh() {
    const std::int64_t version = database_.integer_of("PRAGMA data_version");
    if (version != data_version_) forget();
    data_version_ = version;
  }
  // After a rollback: what is cached may not be what is stored.
  void forget() {
    rollups_.clear();
    dirty_rollups_.clear();
    pages_.clear();
    releases_.clear();
    issues_.forget();
  }

  bool put(const PageViewRecord& record) {
    std::int64_t view_row = 0;
    std::string rollup_page;
    std::optional<PageViewRecord> stored;
    {
      Query query = database_.query(kFindView);
      query.integer(record.project).id(record.view.page_view_id);
      if (query.row()) {
        view_row = query.read_integer();
        rollup_page = query.read_text();
        stored = read_view(database_, query);
      }
    }
    if (!database_.ok()) return false;
    if (!stored) {
      rollup_page = count_in_rollup(record);
      see_release(record);
      Query insert = database_.query(kInsertView);
      bind_view(insert, record, rollup_page);
      insert.run();
      database_.query("INSERT INTO page_view_bodies(view_row, body) VALUES(?,?)")
          .integer(database_.last_insert_id())
          .blob(encode_page_view(record.view))
          .run();
      return true;
    }
    PageViewRecord merged = *stored;
    if (!merge_record(merged, record)) return false;
    rollup(*stored, rollup_page).add(*stored, -1);
    rollup_page = count_in_rollup(merged);
    Query update = database_.query(kUpdateView);
    bind_view(update, merged, rollup_page);
    update.integer(view_row).run();
    database_.query("UPDATE page_view_bodies SET body = ? WHERE view_row = ?")
        .blob(encode_page_view(merged.view))
        .integer(view_row)
        .run();
    return true;
  }

  bool put(const SpanRecord& span) {
    Query insert = database_.query(kInsertSpan);
    bind_span(insert, span);
    return insert.run() > 0;
  }

  bool put(const LogRecord& log) {
    Query insert = database_.query(kInsertLog);
    bind_log(insert, log);
    return insert.run() > 0;
  }

  bool put(const EventRecord& event) {
    {
      Query known = database_.query("SELECT 1 FROM events WHERE project = ? AND event_id = ?");
      if (known.integer(event.project).id(event.event_id).row()) return false;
    }
    IssueId issue_id = 0;
    if (!event.grouping_key.empty()) {
      issue_id = issues_.count(event);
    }
    Query insert = database_.query(kInsertEvent);
    bind_event(insert, event, issue_id);
    insert.run();
    return true;
  }

  void put(const OutcomeCount& outcome) {
    database_
        .query(
            "INSERT INTO outcomes(project, hour_unix_s, category, drop_reason, count) "
            "VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count")
        .integer(outcome.project)
        .integer(outcome.hour_unix_s)
        .integer(static_cast<std::int64_t>(outcome.category))
        .integer(outcome.drop_reason ? static_cast<std::int64_t>(*outcome.drop_reason) : -1)
        .integer(static_cast<std::int64_t>(outcome.count))
        .run();
  }

  // Before COMMIT: issues and rollups that changed, each once however many
  // records of the batch touched it.
  void flush() {
    issues_.flush();
    for (const RollupKey& key : dirty_rollups_) {
      const auto& [project, hour, page] = key;
      const VitalSummary& summary = rollups_[key];
      if (is_empty(summary)) {
        database_.query("DELETE FROM rollups WHERE project = ? AND hour_unix_us = ? AND page = ?")
            .integer(project)
            .integer(hour)
            .text(page)
            .run();
        rollups_.erase(key);
      } else {
        database_
            .query(
                "INSERT INTO rollups(project, hour_unix_us, page, summary) VALUES(?,?,?,?) "
                "ON CONFLICT DO UPDATE SET summary = excluded.summary")
            .integer(project)
            .integer(hour)
            .text(page)
            .blob(sqlite::encode_summary(summary))
            .run();
      }
    }
    dirty_rollups_.clear();
    if (rollups_.size() > kCachedRollups) rollups_.clear();
  }

 private:
  using RollupKey = std::tuple<ProjectId, std::int64_t, std::string>;

  static inline const std::string kFindView =
      "SELECT v.view_row, v.rollup_page, " + std::string(kViewRead) +
      " FROM page_views v JOIN page_view_bodies b USING(view_row)"
      " WHERE v.project = ? AND v.page_view_id = ?";
  static inline const std::string kInsertView = insert_sql("page_views", kViewColumns);
  static inline const std::string kUpdateView = update_sql("page_views", kViewColumns, "view_row");
  static inline const std::string kInsertSpan =
      insert_sql("spans", kSpanColumns) + " ON CONFLICT DO NOTHING";
  static inline const std::string kInsertLog =
      insert_sql("logs", kLogColumns) + " ON CONFLICT DO NOTHING";
  static inline const std::string kInsertEvent = insert_sql("events", kEventColumns);

  std::unordered_set<std::string>& pages_of(ProjectId project) {
    const auto [at, missing] = pages_.try_emplace(project);
    if (missing) {
      Query query = database_.query("SELECT page FROM pages WHERE project = ?");
      query.integer(project);
      while (query.row()) at->second.insert(query.read_text());
    }
    return at->second;
  }

  // Counts the view in its hour; gives the page name it counts under.
  std::string count_in_rollup(const PageViewRecord& record) {
    std::string page = record.view.page;
    auto& pages = pages_of(record.project);
    if (!pages.contains(page)) {
      if (pages.size() < limits::kPagesPerProject) {
        pages.insert(page);
        database_.query("INSERT INTO pages(project, page) VALUES(?,?) ON CONFLICT DO NOTHING")
            .integer(record.project)
            .text(page)
            .run();
      } else {
        page = kOtherPage;
      }
    }
    rollup(record, page).add(record);
    return page;
  }

  // Written when it changes by an hour or more, not for every page view.
  void see_release(const PageViewRecord& record) {
    if (record.release.empty()) return;
    const std::int64_t at = record.started_at_unix_us();
    const auto [seen, fresh] = releases_.try_emplace({record.project, record.release}, at, at);
    auto& [first, last] = seen->second;
    if (!fresh && at >= first && hour_start_unix_us(at) <= last) return;
    first = std::min(first, at);
    last = std::max(last, at);
    database_
        .query(
            "INSERT INTO releases(project, release, first_seen_unix_us, last_seen_unix_us) "
            "VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET "
            "first_seen_unix_us = min(first_seen_unix_us, excluded.first_seen_unix_us), "
            "last_seen_unix_us = max(last_seen_unix_us, excluded.last_seen_unix_us)")
        .integer(record.project)
        .text(record.release)
        .integer(at)
        .integer(at)
        .run();
  }

  VitalSummary& rollup(const PageViewRecord& record, const std::string& page) {
    const RollupKey key{record.project, hour_start_unix_us(record.started_at_unix_us()), page};
    dirty_rollups_.insert(key);
    const auto [at, missing] = rollups_.try_emplace(key);
    if (missing) {
      Query query = database_.query(
          "SELECT summary FROM rollups WHERE project = ? AND hour_unix_us = ? AND page = ?");
      query.integer(record.project).integer(std::get<1>(key)).text(page);
      if (query.row()) {
        auto summary = sqlite::decode_summary(query.read_blob());
        if (summary) {
          at->second = std::move(*summary);
        } else {
          database_.fail("a stored rollup cannot be read: " + summary.error().message);
        }
      }
    }
    return at->second;
  }

  Database& database_;
  std::int64_t data_version_ = 0;
  std::map<RollupKey, VitalSummary> rollups_;
  std::set<RollupKey> dirty_rollups_;
  std::map<ProjectId, std::unordered_set<std::string>> pages_;
  // What of each release is known to be stored: first and last.
  std::map<std::pair<ProjectId, std::string>, std::pair<std::int64_t, std::int64_t>> releases_;
  sqlite::IssueWriter issues_;
};

// --- The store

class Store final : public RecordStore {
 public:
  Store(std::unique_ptr<Database> database, std::unique_ptr<Database> for_checkpoints,
        const std::string& path)
      : database_(std::move(database)),
        writer_(*database_),
        checkpointer_(std::move(for_checkpoints)),
        readers_(path) {
    sqlite3_wal_hook(
        database_->handle(),
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<Store*>(self)->checkpointer_.wal_is(pages);
          return SQLITE_OK;
        },
        this);
  }

  Result<Written> append(const RecordBatch& batch) override {
    const std::lock_guard lock(write_mutex_);
    database_->clear_error();
    Written written;
    {
      Transaction transaction(*database_, Transaction::Kind::kWrite);
      writer_.refresh();
      OutcomeSums outcomes;
      for (const OutcomeCount& outcome : batch.outcomes) outcomes.add(outcome);
      const auto put_all = [&](const auto& records, model::Category category) {
        for (const auto& record : records) {
          if (!database_->ok()) return;
          const bool stored = writer_.put(record);
          outcomes.add_record(record.project, record.received_at_unix_us, category, !stored);
          written.duplicate_flags.push_back(!stored);
          ++(stored ? written.stored : written.duplicates);
        }
      };
      put_all(batch.records.page_views, model::Category::kPageView);
      put_all(batch.records.spans, model::Category::kSpan);
      put_all(batch.records.logs, model::Category::kLog);
      put_all(batch.records.events, model::Category::kEvent);
      for (const OutcomeCount& outcome : outcomes.take()) writer_.put(outcome);
      writer_.flush();
      if (transaction.commit()) return written;
    }
    writer_.forget();
    return Error{"store_failed", database_->message()};
  }

  Result<Listing<PageViewRecord>> page_views(ProjectId project, const PageViewQuery& query,
                                             const Paging& paging) override {
    const bool slowest = query.sort == PageViewQuery::Sort::kSlowestLcp;
    Where where;
    filter_views(where, project, query.filter);
    // The planner cannot know that an id selects a handful of rows.
    const char* index = "";
    if (query.session_id) {
      where.add("session_id = ?", raw(*query.session_id));
      index = " INDEXED BY page_views_by_session";
    }
    if (query.trace_id) {
      where.add("trace_id = ?", raw(*query.trace_id));
      index = " INDEXED BY page_views_by_trace";
    }
    const std::string order =
        slowest ? "v.lcp_key, v.page_view_id" : "v.started_at_unix_us, v.page_view_id";
    if (Status checked = continue_after(where, paging, slowest ? kCursorSlowest : kCursorNewest,
                                        PageViewId::kBytes, order, false);
        !checked) {
      return checked.error();
    }
    // The rows of the page are chosen from the narrow table alone; bodies are
    // read only for them.
    const std::string column = order.substr(0, order.find(','));
    const std::string sql = "SELECT " + std::string(kViewRead) +
                            " FROM (SELECT v.* FROM page_views v" + index + where.sql() +
                            " ORDER BY " + column + " DESC, v.page_view_id DESC LIMIT ?) v" +
                            " JOIN page_view_bodies b USING(view_row) ORDER BY " + column +
                            " DESC, v.page_view_id DESC";
    const std::size_t limit = clamped_limit(paging);
    return read<Listing<PageViewRecord>>([&](Database& database) {
      Query rows = database.query(sql);
      where.bind(rows);
      rows.integer(static_cast<std::int64_t>(limit) + 1);
      return read_page<PageViewRecord>(
          rows, limit, [&](Query& row) { return read_view(database, row); },
          [&](const PageViewRecord& last) {
            return Cursor{slowest ? kCursorSlowest : kCursorNewest,
                          slowest ? lcp_sort_key(last) : last.started_at_unix_us(),
                          raw(last.view.page_view_id).bytes};
          });
    });
  }

  Result<std::optional<PageViewRecord>> page_view(ProjectId project,
                                                  const PageViewId& id) override {
    return read<std::optional<PageViewRecord>>([&](Database& database) {
      std::optional<PageViewRecord> found;
      Query query = database.query("SELECT " + std::string(kViewRead) +
                                   " FROM page_views v JOIN page_view_bodies b USING(view_row)"
                                   " WHERE v.project = ? AND v.page_view_id = ?");
      if (query.integer(project).id(id).row()) found = read_view(database, query);
      return found;
    });
  }

  Result<std::vector<SummaryRow>> summarize(ProjectId project, const Filter& filter,
                                            GroupBy group_by) override {
    return read<std::vector<SummaryRow>>([&](Database& database) {
      std::map<std::string, VitalSummary> sums;
      if (answered_by_rollups(filter, group_by)) {
        sum_rollups(database, project, filter, group_by, sums);
      } else {
        scan(database, project, filter, group_by, sums);
      }
      std::vector<SummaryRow> rows;
      rows.reserve(sums.size());
      for (auto& [key, summary] : sums) rows.push_back({key, std::move(summary)});
      return rows;
    });
  }

  Result<std::vector<SpanRecord>> spans_of_trace(ProjectId project, const TraceId& trace) override {
    return spans_of_traces(project, {trace});
  }

  Result<std::vector<SpanRecord>> spans_of_traces(ProjectId project,
                                                  const std::vector<TraceId>& traces) override {
    const std::set<TraceId> distinct(traces.begin(), traces.end());
    return read<std::vector<SpanRecord>>([&](Database& database) {
      std::vector<SpanRecord> out;
      for (auto at = distinct.begin(); at != distinct.end();) {
        std::vector<TraceId> some;
        for (; at != distinct.end() && some.size() < kTracesAtOnce; ++at) some.push_back(*at);
        Query query =
            database.query("SELECT " + std::string(kSpanColumns) +
                           " FROM spans WHERE project = ? AND trace_id IN (" + marks(some.size()) +
                           ") ORDER BY trace_id, started_at_unix_us, span_id");
        query.integer(project);
        for (const TraceId& trace : some) query.id(trace);
        while (query.row()) out.push_back(read_span(query));
      }
      return out;
    });
  }

  Result<std::vector<LogRecord>> logs_of_trace(ProjectId project, const TraceId& trace) override {
    return read<std::vector<LogRecord>>([&](Database& database) {
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
    });
  }

  Result<Listing<LogRecord>> logs(ProjectId project, const LogQuery& query,
                                  const Paging& paging) override {
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
    return read<Listing<LogRecord>>([&](Database& database) {
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
    });
  }

  Result<Listing<EventRecord>> events(ProjectId project, const EventQuery& query,
                                      const Paging& paging) override {
    Where where;
    filter_events(where, project, query.filter);
    const char* index = "";
    if (query.issue_id) {
      where.add("issue_id = ?", *query.issue_id);
      index = " INDEXED BY events_by_issue";
    }
    if (query.session_id) {
      where.add("session_id = ?", raw(*query.session_id));
      index = " INDEXED BY events_by_session";
    }
    if (query.page_view_id) {
      where.add("page_view_id = ?", raw(*query.page_view_id));
      index = " INDEXED BY events_by_page_view";
    }
    if (query.trace_id) {
      where.add("trace_id = ?", raw(*query.trace_id));
      index = " INDEXED BY events_by_trace";
    }
    if (Status checked = continue_after(where, paging, kCursorEvents, EventId::kBytes,
                                        "occurred_at_unix_us, event_id", false);
        !checked) {
      return checked.error();
    }
    const std::size_t limit = clamped_limit(paging);
    return read<Listing<EventRecord>>([&](Database& database) {
      Query rows =
          database.query("SELECT issue_id, body FROM events" + std::string(index) + where.sql() +
                         " ORDER BY occurred_at_unix_us DESC, event_id DESC LIMIT ?");
      where.bind(rows);
      rows.integer(static_cast<std::int64_t>(limit) + 1);
      return read_page<EventRecord>(
          rows, limit, [&](Query& row) { return read_event(database, row); },
          [](const EventRecord& last) {
            return Cursor{kCursorEvents, last.occurred_at_unix_us, raw(last.event_id).bytes};
          });
    });
  }

  Result<std::optional<EventRecord>> event(ProjectId project, const EventId& id) override {
    return read<std::optional<EventRecord>>([&](Database& database) {
      std::optional<EventRecord> found;
      Query query =
          database.query("SELECT issue_id, body FROM events WHERE project = ? AND event_id = ?");
      if (query.integer(project).id(id).row()) found = read_event(database, query);
      return found;
    });
  }

  Result<Listing<Issue>> issues(ProjectId project, const IssueQuery& query,
                                const Paging& paging) override {
    std::optional<Error> refused;
    auto listing = read<Listing<Issue>>([&](Database& database) {
      auto found = sqlite::issues(database, project, query, paging);
      if (found) return std::move(*found);
      refused = found.error();
      return Listing<Issue>();
    });
    if (refused) return *refused;
    return listing;
  }

  Result<std::optional<Issue>> issue(ProjectId project, IssueId id) override {
    return read<std::optional<Issue>>([&](Database& database) {
      std::optional<Issue> found;
      if (auto state = sqlite::find_issue(database, project, id)) found = std::move(state->issue);
      return found;
    });
  }

  Result<std::vector<std::pair<std::int64_t, std::uint64_t>>> issue_hours(
      ProjectId project, IssueId id, std::int64_t from_unix_us, std::int64_t to_unix_us) override {
    return read<std::vector<std::pair<std::int64_t, std::uint64_t>>>([&](Database& database) {
      return sqlite::issue_hours(database, project, id, from_unix_us, to_unix_us);
    });
  }

  Result<std::vector<ReleaseSeen>> releases(ProjectId project) override {
    return read<std::vector<ReleaseSeen>>([&](Database& database) {
      std::vector<ReleaseSeen> out;
      Query query = database.query(
          "SELECT release, first_seen_unix_us, last_seen_unix_us FROM releases WHERE project = ?");
      query.integer(project);
      while (query.row()) {
        ReleaseSeen seen;
        seen.release = query.read_text();
        seen.first_seen_unix_us = query.read_integer();
        seen.last_seen_unix_us = query.read_integer();
        out.push_back(std::move(seen));
      }
      sort_releases(out);
      return out;
    });
  }

  Result<std::vector<OutcomeCount>> outcomes(ProjectId project, std::int64_t from_unix_us,
                                             std::int64_t to_unix_us) override {
    return read<std::vector<OutcomeCount>>([&](Database& database) {
      std::vector<OutcomeCount> out;
      const HourRange range = whole_hours(from_unix_us, to_unix_us);
      Query query = database.query(
          "SELECT category, drop_reason, sum(count) FROM outcomes WHERE project = ? AND "
          "hour_unix_s >= ? AND hour_unix_s < ? GROUP BY category, drop_reason "
          "ORDER BY category, drop_reason");
      query.integer(project)
          .integer(range.from_hour_unix_us / 1'000'000)
          .integer(range.to_hour_unix_us / 1'000'000);
      while (query.row()) {
        OutcomeCount outcome;
        outcome.project = project;
        outcome.category = static_cast<model::Category>(query.read_integer());
        const std::int64_t reason = query.read_integer();
        if (reason >= 0) outcome.drop_reason = static_cast<DropReason>(reason);
        outcome.count = static_cast<std::uint64_t>(query.read_integer());
        out.push_back(outcome);
      }
      return out;
    });
  }

  Result<std::optional<Issue>> set_issue_status(ProjectId project, IssueId id,
                                                model::IssueStatus status) override {
    const std::lock_guard lock(write_mutex_);
    database_->clear_error();
    Transaction transaction(*database_, Transaction::Kind::kWrite);
    auto state = sqlite::find_issue(*database_, project, id);
    if (state) {
      set_status(*state, status);
      database_->query("UPDATE issues SET status = ?, resolved_release = ? WHERE issue_id = ?")
          .integer(static_cast<std::int64_t>(state->issue.status))
          .text(state->resolved_release)
          .integer(id)
          .run();
    }
    if (!transaction.commit()) return Error{"store_failed", database_->message()};
    if (!state) return std::optional<Issue>();
    return std::optional(std::move(state->issue));
  }

  Result<std::size_t> prune(std::int64_t raw_before_unix_us,
                            std::int64_t rollups_before_unix_us) override {
    std::size_t removed = 0;
    // Page views have no index on time alone: project by project.
    std::int64_t project = INT64_MIN;
    while (true) {
      auto next = next_project(project);
      if (!next) return next.error();
      if (!*next) break;
      project = **next;
      auto count = prune_rows(
          {"DELETE FROM page_view_bodies WHERE view_row IN (SELECT view_row FROM page_views WHERE "
           "project = ? AND started_at_unix_us < ? ORDER BY started_at_unix_us, view_row LIMIT ?)",
           "DELETE FROM page_views WHERE view_row IN (SELECT view_row FROM page_views WHERE "
           "project = ? AND started_at_unix_us < ? ORDER BY started_at_unix_us, view_row LIMIT ?)"},
          project, raw_before_unix_us);
      if (!count) return count.error();
      removed += *count;
    }
    for (const char* sql : {"DELETE FROM spans WHERE span_row IN (SELECT span_row FROM spans "
                            "WHERE started_at_unix_us < ? LIMIT ?)",
                            "DELETE FROM logs WHERE log_row IN (SELECT log_row FROM logs "
                            "WHERE at_unix_us < ? LIMIT ?)",
                            "DELETE FROM events WHERE event_row IN (SELECT event_row FROM events "
                            "WHERE occurred_at_unix_us < ? LIMIT ?)"}) {
      auto count = prune_rows({sql}, std::nullopt, raw_before_unix_us);
      if (!count) return count.error();
      removed += *count;
    }
    if (Status pruned = prune_sums(hour_start_unix_us(rollups_before_unix_us)); !pruned) {
      return pruned.error();
    }
    return removed;
  }

  Status ping() override {
    auto answer = read<std::int64_t>(
        [](Database& database) { return database.integer_of("SELECT count(*) FROM projects"); });
    if (!answer) return answer.error();
    return Done{};
  }

 private:
  // Runs `what` on a reader's connection, in one snapshot.
  template <typename T, typename What>
  Result<T> read(What what) {
    auto lease = readers_.lease();
    if (!lease) return lease.error();
    Database& database = **lease;
    Transaction snapshot(database, Transaction::Kind::kRead);
    T answer = what(database);
    if (!database.ok()) return Error{"store_unavailable", database.message()};
    return answer;
  }

  static void sum_rollups(Database& database, ProjectId project, const Filter& filter,
                          GroupBy group_by, std::map<std::string, VitalSummary>& sums) {
    const HourRange range = whole_hours(filter.from_unix_us, filter.to_unix_us);
    Where where;
    where.add("project = ?", project)
        .add("hour_unix_us >= ?", range.from_hour_unix_us)
        .add("hour_unix_us < ?", range.to_hour_unix_us);
    where.equals("page", filter.page);
    Query rows = database.query("SELECT hour_unix_us, page, summary FROM rollups" + where.sql());
    where.bind(rows);
    while (rows.row()) {
      const std::int64_t hour = rows.read_integer();
      std::string page = rows.read_text();
      auto summary = sqlite::decode_summary(rows.read_blob());
      if (!summary) {
        database.fail("a stored rollup cannot be read: " + summary.error().message);
        return;
      }
      const std::string key = group_by == GroupBy::kPage   ? std::move(page)
                              : group_by == GroupBy::kHour ? rfc3339(hour)
                                                           : rfc3339(day_start_unix_us(hour));
      sums[key].merge(*summary);
    }
  }

  static void scan(Database& database, ProjectId project, const Filter& filter, GroupBy group_by,
                   std::map<std::string, VitalSummary>& sums) {
    Where where;
    filter_views(where, project, filter);
    Query rows =
        database.query("SELECT " + std::string(kSummaryRead) + " FROM page_views" + where.sql());
    where.bind(rows);
    PageViewRecord record;
    while (rows.row()) {
      read_for_summary(rows, record);
      sums[group_key(group_by, record)].add(record);
    }
  }

  // The smallest project above `after` that has page views: one index step.
  Result<std::optional<ProjectId>> next_project(ProjectId after) {
    return read<std::optional<ProjectId>>([&](Database& database) {
      std::optional<ProjectId> found;
      Query query = database.query(
          "SELECT project FROM page_views INDEXED BY page_views_by_time WHERE project > ? "
          "ORDER BY project LIMIT 1");
      if (query.integer(after).row()) found = query.read_integer();
      return found;
    });
  }

  // Runs the statements (parameters: project if given, time, rows) together in
  // short transactions until the last of them removes nothing more.
  Result<std::size_t> prune_rows(const std::vector<std::string>& statements,
                                 std::optional<ProjectId> project, std::int64_t before_unix_us) {
    std::size_t removed = 0;
    while (true) {
      const std::lock_guard lock(write_mutex_);
      database_->clear_error();
      Transaction transaction(*database_, Transaction::Kind::kWrite);
      std::int64_t changed = 0;
      for (const std::string& sql : statements) {
        Query query = database_->query(sql);
        if (project) query.integer(*project);
        changed = query.integer(before_unix_us).integer(kPruneRows).run();
      }
      if (!transaction.commit()) return Error{"store_failed", database_->message()};
      removed += static_cast<std::size_t>(changed);
      if (changed < kPruneRows) return removed;
    }
  }

  Status prune_sums(std::int64_t before_hour_unix_us) {
    const std::lock_guard lock(write_mutex_);
    database_->clear_error();
    writer_.forget();
    Transaction transaction(*database_, Transaction::Kind::kWrite);
    for (const char* sql : {"DELETE FROM rollups WHERE hour_unix_us < ?",
                            "DELETE FROM issue_hours WHERE hour_unix_us < ?",
                            "DELETE FROM outcomes WHERE hour_unix_s * 1000000 < ?",
                            "DELETE FROM releases WHERE last_seen_unix_us < ?",
                            "DELETE FROM issues WHERE last_seen_unix_us < ? AND NOT EXISTS("
                            "SELECT 1 FROM events e WHERE e.issue_id = issues.issue_id)"}) {
      database_->query(sql).integer(before_hour_unix_us).run();
    }
    for (const char* sql :
         {"DELETE FROM issue_users WHERE issue_id NOT IN (SELECT issue_id FROM issues)",
          "DELETE FROM issue_facets WHERE issue_id NOT IN (SELECT issue_id FROM issues)",
          "DELETE FROM issue_hours WHERE issue_id NOT IN (SELECT issue_id FROM issues)",
          "DELETE FROM pages WHERE (project, page) NOT IN (SELECT project, page FROM rollups)"}) {
      database_->query(sql).run();
    }
    if (!transaction.commit()) return Error{"store_failed", database_->message()};
    return Done{};
  }

  // Destroyed from the end: the writer's connection closes last, because the
  // last one moves the WAL into the file, and a reader's could not.
  std::unique_ptr<Database> database_;
  Writer writer_;
  sqlite::FairMutex write_mutex_;
  sqlite::Checkpointer checkpointer_;
  sqlite::ReaderPool readers_;
};

}  // namespace

Result<std::unique_ptr<RecordStore>> open_sqlite_store(const SqliteOptions& options) {
  auto writer = sqlite::open_writer(options);
  if (!writer) return writer.error();
  auto for_checkpoints = Database::open(options.path, Database::Mode::kReadWrite);
  if (!for_checkpoints) return for_checkpoints.error();
  // A connection learns at its first read that the file has a WAL; before
  // that, a checkpoint silently does nothing.
  (*for_checkpoints)->integer_of("SELECT count(*) FROM sqlite_schema");
  return std::unique_ptr<RecordStore>(
      std::make_unique<Store>(std::move(*writer), std::move(*for_checkpoints), options.path));
}

}  // namespace pagewake::storage
