#include "storage/sqlite/sqlite_store.h"

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <utility>

#include "storage/record_rules.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/issue_rows.h"
#include "storage/sqlite/issue_writer.h"
#include "storage/sqlite/log_rows.h"
#include "storage/sqlite/outcome_rows.h"
#include "storage/sqlite/page_view_rows.h"
#include "storage/sqlite/release_rows.h"
#include "storage/sqlite/rollup_rows.h"
#include "storage/sqlite/span_rows.h"

namespace pagewake::storage {
namespace {

using model::EventRecord;
using model::Issue;
using model::LogRecord;
using model::PageViewRecord;
using model::SpanRecord;
using sqlite::Database;
using sqlite::Query;
using sqlite::Transaction;

// Rows that prune() removes in one transaction: some milliseconds of work, so
// that appends pass in between.
constexpr std::int64_t kPruneRows = 2000;

// What one append() changes, on the writer's connection and inside its
// transaction. Lives with the store: what it caches stays from one commit to
// the next.
class Writer {
 public:
  explicit Writer(Database& database)
      : database_(database),
        rollups_(database),
        releases_(database),
        issues_(database),
        page_views_(database, rollups_, releases_) {}

  // At the start of a transaction: what another process changed is read anew.
  void refresh() {
    const std::int64_t version = database_.integer_of("PRAGMA data_version");
    if (version != data_version_) forget();
    data_version_ = version;
  }
  // After a rollback: what is cached may not be what is stored.
  void forget() {
    rollups_.forget();
    releases_.forget();
    issues_.forget();
  }

  // False: nothing new in it.
  bool put(const PageViewRecord& record) { return page_views_.put(record); }
  bool put(const SpanRecord& span) { return sqlite::put_span(database_, span); }
  bool put(const LogRecord& log) { return sqlite::put_log(database_, log); }
  bool put(const EventRecord& event) {
    if (sqlite::has_event(database_, event.project, event.event_id)) return false;
    const IssueId issue_id = event.grouping_key.empty() ? 0 : issues_.count(event);
    sqlite::insert_event(database_, event, issue_id);
    return true;
  }

  // Before COMMIT: issues and rollups that changed, each once however many
  // records of the batch touched it.
  void flush() {
    issues_.flush();
    rollups_.flush();
  }

 private:
  Database& database_;
  std::int64_t data_version_ = 0;
  sqlite::RollupWriter rollups_;
  sqlite::ReleaseWriter releases_;
  sqlite::IssueWriter issues_;
  sqlite::PageViewWriter page_views_;
};

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
      for (const OutcomeCount& outcome : outcomes.take()) {
        sqlite::add_outcome(*database_, outcome);
      }
      writer_.flush();
      if (transaction.commit()) return written;
    }
    writer_.forget();
    return Error{"store_failed", database_->message()};
  }

  Result<Listing<PageViewRecord>> page_views(ProjectId project, const PageViewQuery& query,
                                             const Paging& paging) override {
    return read<Listing<PageViewRecord>>(
        [&](Database& database) { return sqlite::page_views(database, project, query, paging); });
  }

  Result<std::optional<PageViewRecord>> page_view(ProjectId project,
                                                  const PageViewId& id) override {
    return read<std::optional<PageViewRecord>>(
        [&](Database& database) { return sqlite::page_view(database, project, id); });
  }

  Result<std::vector<SummaryRow>> summarize(ProjectId project, const Filter& filter,
                                            GroupBy group_by) override {
    return read<std::vector<SummaryRow>>([&](Database& database) {
      std::map<std::string, VitalSummary> sums;
      if (answered_by_rollups(filter, group_by)) {
        sqlite::sum_rollups(database, project, filter, group_by, sums);
      } else {
        sqlite::scan_page_views(database, project, filter, group_by, sums);
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
    return read<std::vector<SpanRecord>>(
        [&](Database& database) { return sqlite::spans_of_traces(database, project, traces); });
  }

  Result<std::vector<LogRecord>> logs_of_trace(ProjectId project, const TraceId& trace) override {
    return read<std::vector<LogRecord>>(
        [&](Database& database) { return sqlite::logs_of_trace(database, project, trace); });
  }

  Result<Listing<LogRecord>> logs(ProjectId project, const LogQuery& query,
                                  const Paging& paging) override {
    return read<Listing<LogRecord>>(
        [&](Database& database) { return sqlite::logs(database, project, query, paging); });
  }

  Result<Listing<EventRecord>> events(ProjectId project, const EventQuery& query,
                                      const Paging& paging) override {
    return read<Listing<EventRecord>>(
        [&](Database& database) { return sqlite::events(database, project, query, paging); });
  }

  Result<std::optional<EventRecord>> event(ProjectId project, const EventId& id) override {
    return read<std::optional<EventRecord>>(
        [&](Database& database) { return sqlite::event(database, project, id); });
  }

  Result<Listing<Issue>> issues(ProjectId project, const IssueQuery& query,
                                const Paging& paging) override {
    return read<Listing<Issue>>(
        [&](Database& database) { return sqlite::issues(database, project, query, paging); });
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
    return read<std::vector<ReleaseSeen>>(
        [&](Database& database) { return sqlite::releases(database, project); });
  }

  Result<std::vector<OutcomeCount>> outcomes(ProjectId project, std::int64_t from_unix_us,
                                             std::int64_t to_unix_us) override {
    return read<std::vector<OutcomeCount>>([&](Database& database) {
      return sqlite::outcomes(database, project, from_unix_us, to_unix_us);
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
      auto next = read<std::optional<ProjectId>>(
          [&](Database& database) { return sqlite::next_project(database, project); });
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
  // Runs `what` (giving a T or a Result<T>) on a reader's connection, in one snapshot.
  template <typename T, typename What>
  Result<T> read(What what) {
    auto lease = readers_.lease();
    if (!lease) return lease.error();
    Database& database = **lease;
    Transaction snapshot(database, Transaction::Kind::kRead);
    Result<T> answer = what(database);
    if (!database.ok()) return Error{"store_unavailable", database.message()};
    return answer;
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
