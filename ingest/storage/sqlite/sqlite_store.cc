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
#include "storage/sqlite/page_view_store.h"
#include "storage/sqlite/release_rows.h"
#include "storage/sqlite/span_store.h"
#include "storage/sqlite/view_sums.h"

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

constexpr RecordFate fate_of(bool is_new) {
  return is_new ? RecordFate::kStored : RecordFate::kDuplicate;
}
constexpr RecordFate fate_of(RecordFate fate) { return fate; }

// What one append() changes, on the writer's connection and inside its
// transaction. Lives with the store: what it caches stays from one commit to
// the next.
class Writer {
 public:
  Writer(Database& database, sqlite::PageViewStore& page_views, sqlite::SpanStore& spans)
      : database_(database),
        releases_(database),
        issues_(database),
        page_views_(page_views),
        spans_(spans) {}

  // At the start of a transaction: what another process changed is read anew.
  void refresh() {
    const std::int64_t version = database_.integer_of("PRAGMA data_version");
    if (version != data_version_) {
      releases_.forget();
      issues_.forget();
    }
    data_version_ = version;
    page_views_.refresh();
  }
  // After a rollback: what is cached may not be what is stored.
  void forget() {
    releases_.forget();
    issues_.forget();
    page_views_.discard();
    spans_.discard();
  }

  // False: nothing new in it.
  bool put(const PageViewRecord& record) {
    issues_.note_release(record.project, record.release, record.received_at_unix_us);
    const auto put = page_views_.put(record);
    if (put == sqlite::PageViewStore::Put::kNew) releases_.see(record);
    return put != sqlite::PageViewStore::Put::kSame;
  }
  bool put(const SpanRecord& span) { return spans_.put(span); }
  bool put(const LogRecord& log) { return sqlite::put_log(database_, log); }
  RecordFate put(const EventRecord& event) {
    if (sqlite::has_event(database_, event.project, event.event_id)) return RecordFate::kDuplicate;
    if (const auto joined = sqlite::join_same_failure(database_, event)) {
      if (joined->id != joined->old_id) {
        issues_.rename_event(event.project, joined->old_id, joined->id);
      }
      return RecordFate::kDuplicate;
    }
    if (sqlite::was_counted_for_another(database_, event)) return RecordFate::kDuplicate;
    const auto counted =
        event.grouping_key.empty() ? sqlite::IssueWriter::Counted{} : issues_.count(event);
    if (!counted.kept) {
      sqlite::insert_counted_event(database_, event);
      return RecordFate::kCountedOnly;
    }
    sqlite::insert_event(database_, event, counted.issue_id);
    return RecordFate::kStored;
  }

  // Issues that changed, each once however many events of the batch touched
  // it; then COMMIT.
  bool commit(Transaction& transaction) {
    issues_.flush();
    return spans_.commit([&] { return page_views_.commit(transaction); });
  }

 private:
  Database& database_;
  std::int64_t data_version_ = 0;
  sqlite::ReleaseWriter releases_;
  sqlite::IssueWriter issues_;
  sqlite::PageViewStore& page_views_;
  sqlite::SpanStore& spans_;
};

class Store final : public RecordStore {
 public:
  Store(std::unique_ptr<Database> database, std::unique_ptr<Database> for_checkpoints,
        const SqliteOptions& options)
      : database_(std::move(database)),
        checkpointer_(std::move(for_checkpoints)),
        readers_(options.path, "records"),
        pace_(options.pace),
        page_views_(*database_, write_mutex_, pace_,
                    {options.segment_views, options.group_views, options.seal_each_commit,
                     options.on_sealing_changed, options.seal_retry}),
        spans_(*database_, write_mutex_, pace_,
               {options.segment_spans, options.seal_each_commit, options.on_sealing_changed,
                options.seal_retry}),
        writer_(*database_, page_views_, spans_) {
    sqlite3_wal_hook(
        database_->handle(),
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<Store*>(self)->checkpointer_.wal_is(pages);
          return SQLITE_OK;
        },
        this);
  }

  // Before anything else.
  Status open() {
    if (Status opened = page_views_.open(); !opened) return opened;
    return spans_.open();
  }

  Result<Written> append(const RecordBatch& batch) override {
    auto written = append_locked(batch);
    if (written) {
      page_views_.after_commit();
      spans_.after_commit();
    }
    return written;
  }

  Result<Written> append_locked(const RecordBatch& batch) {
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
          const RecordFate fate = fate_of(writer_.put(record));
          outcomes.add_record(record.project, record.received_at_unix_us, category, fate);
          written.add(fate);
        }
      };
      put_all(batch.records.page_views, model::Category::kPageView);
      put_all(batch.records.spans, model::Category::kSpan);
      put_all(batch.records.logs, model::Category::kLog);
      put_all(batch.records.events, model::Category::kEvent);
      for (const OutcomeCount& outcome : outcomes.take()) {
        sqlite::add_outcome(*database_, outcome);
      }
      if (writer_.commit(transaction)) return written;
    }
    writer_.forget();
    return Error{"store_failed", database_->message()};
  }

  Result<Listing<PageViewRecord>> page_views(ProjectId project, const PageViewQuery& query,
                                             const Paging& paging) override {
    return read_views<Listing<PageViewRecord>>([&](Database&, sqlite::PageViewSnapshot& views) {
      return views.page_views(project, query, paging);
    });
  }

  Result<std::optional<PageViewRecord>> page_view(ProjectId project,
                                                  const PageViewId& id) override {
    return read_views<std::optional<PageViewRecord>>(
        [&](Database&, sqlite::PageViewSnapshot& views) { return views.page_view(project, id); });
  }

  Result<std::vector<std::vector<SummaryRow>>> summaries(ProjectId project, const Filter& filter,
                                                         const std::vector<GroupBy>& groups,
                                                         SummaryParts parts) override {
    return read_views<std::vector<std::vector<SummaryRow>>>(
        [&](Database&, sqlite::PageViewSnapshot& views) {
          return views.summaries(project, filter, groups, parts);
        });
  }

  Result<std::vector<SpanRecord>> spans_of_trace(ProjectId project, const TraceId& trace) override {
    return spans_of_traces(project, {trace});
  }

  Result<std::vector<SpanRecord>> spans_of_traces(ProjectId project,
                                                  const std::vector<TraceId>& traces) override {
    return read_pinned<std::vector<SpanRecord>>(
        [&](Database& database) { return spans_.pin(database, project, traces); },
        [](Database&, sqlite::SpanSnapshot& snapshot) { return snapshot.spans(); });
  }

  Result<std::vector<LogRecord>> logs_of_trace(ProjectId project, const TraceId& trace) override {
    return readers_.read<std::vector<LogRecord>>(
        [&](Database& database) { return sqlite::logs_of_trace(database, project, trace); });
  }

  Result<Listing<LogRecord>> logs(ProjectId project, const LogQuery& query,
                                  const Paging& paging) override {
    return readers_.read<Listing<LogRecord>>(
        [&](Database& database) { return sqlite::logs(database, project, query, paging); });
  }

  Result<Listing<EventRecord>> events(ProjectId project, const EventQuery& query,
                                      const Paging& paging) override {
    return read_views<Listing<EventRecord>>(
        [&](Database& database, sqlite::PageViewSnapshot& views) {
          return sqlite::events(database, project, query, paging,
                                [&](const PageViewId& id) { return views.page_view(project, id); });
        });
  }

  Result<std::optional<EventRecord>> event(ProjectId project, const EventId& id) override {
    return readers_.read<std::optional<EventRecord>>(
        [&](Database& database) { return sqlite::event(database, project, id); });
  }

  Result<Listing<Issue>> issues(ProjectId project, const IssueQuery& query,
                                const Paging& paging) override {
    return readers_.read<Listing<Issue>>(
        [&](Database& database) { return sqlite::issues(database, project, query, paging); });
  }

  Result<std::optional<Issue>> issue(ProjectId project, IssueId id) override {
    return readers_.read<std::optional<Issue>>([&](Database& database) {
      std::optional<Issue> found;
      found = sqlite::find_issue(database, project, id);
      return found;
    });
  }

  Result<std::vector<std::pair<std::int64_t, std::uint64_t>>> issue_hours(
      ProjectId project, IssueId id, std::int64_t from_unix_us, std::int64_t to_unix_us) override {
    return readers_.read<std::vector<std::pair<std::int64_t, std::uint64_t>>>(
        [&](Database& database) {
          return sqlite::issue_hours(database, project, id, from_unix_us, to_unix_us);
        });
  }

  Result<std::vector<ReleaseSeen>> releases(ProjectId project) override {
    return readers_.read<std::vector<ReleaseSeen>>(
        [&](Database& database) { return sqlite::releases(database, project); });
  }

  Result<std::vector<OutcomeCount>> outcomes(ProjectId project, std::int64_t from_unix_us,
                                             std::int64_t to_unix_us) override {
    return readers_.read<std::vector<OutcomeCount>>([&](Database& database) {
      return sqlite::outcomes(database, project, from_unix_us, to_unix_us);
    });
  }

  Result<std::size_t> prune(std::int64_t raw_before_unix_us,
                            std::int64_t rollups_before_unix_us) override {
    std::size_t removed = 0;
    auto views = page_views_.prune(raw_before_unix_us);
    if (!views) return views.error();
    removed += *views;
    auto spans = spans_.prune(raw_before_unix_us);
    if (!spans) return spans.error();
    removed += *spans;
    for (const char* sql : {"DELETE FROM logs WHERE log_row IN (SELECT log_row FROM logs "
                            "WHERE at_unix_us < ? LIMIT ?)",
                            "DELETE FROM events WHERE event_row IN (SELECT event_row FROM events "
                            "WHERE occurred_at_unix_us < ? LIMIT ?)"}) {
      auto count = prune_rows(sql, raw_before_unix_us);
      if (!count) return count.error();
      removed += *count;
    }
    if (Status pruned = prune_counted_events(); !pruned) return pruned.error();
    if (Status pruned = prune_sums(hour_start_unix_us(rollups_before_unix_us)); !pruned) {
      return pruned.error();
    }
    return removed;
  }

  Status ping() override {
    auto answer = readers_.read<std::int64_t>(
        [](Database& database) { return database.integer_of("SELECT count(*) FROM projects"); });
    if (!answer) return answer.error();
    return Done{};
  }

 private:
  // As ReaderPool::read(), with what `pin` gives of memory at the same moment.
  template <typename T, typename Pin, typename What>
  Result<T> read_pinned(Pin pin, What what) {
    while (true) {
      {
        auto lease = readers_.lease();
        if (!lease) return lease.error();
        Database& database = **lease;
        Transaction moment(database, Transaction::Kind::kRead);
        if (const auto snapshot = pin(database)) {
          Result<T> answer = what(database, *snapshot);
          if (!database.ok()) return Error{"store_unavailable", database.message()};
          return answer;
        }
        if (!database.ok()) return Error{"store_unavailable", database.message()};
      }
      // Another process wrote.
      const std::lock_guard lock(write_mutex_);
      database_->clear_error();
      const Transaction moment(*database_, Transaction::Kind::kRead);
      page_views_.refresh();
      spans_.refresh();
      if (!database_->ok()) return Error{"store_unavailable", database_->message()};
    }
  }
  template <typename T, typename What>
  Result<T> read_views(What what) {
    return read_pinned<T>([&](Database& database) { return page_views_.pin(database, readers_); },
                          what);
  }

  // Their retries are over a day after the newest; no clock is needed for that.
  Status prune_counted_events() {
    auto newest = readers_.read<std::int64_t>([](Database& database) {
      return database.integer_of("SELECT coalesce(max(hour_unix_us), 0) FROM counted_events");
    });
    if (!newest) return newest.error();
    auto removed = prune_rows(
        "DELETE FROM counted_events WHERE (project, event_id) IN (SELECT project, event_id FROM "
        "counted_events WHERE hour_unix_us < ? LIMIT ?)",
        *newest - kCountedEventUs);
    if (!removed) return removed.error();
    return Done{};
  }

  // Runs the statement (parameters: time, rows) in short transactions until it
  // removes nothing more.
  Result<std::size_t> prune_rows(const char* sql, std::int64_t before_unix_us) {
    std::size_t removed = 0;
    while (true) {
      const std::lock_guard lock(write_mutex_);
      database_->clear_error();
      Transaction transaction(*database_, Transaction::Kind::kWrite);
      const std::int64_t changed =
          database_->query(sql).integer(before_unix_us).integer(kPruneRows).run();
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
    sqlite::prune_sums(*database_, before_hour_unix_us);
    for (const char* sql :
         {"DELETE FROM issue_hours WHERE hour_unix_us < ?",
          "DELETE FROM outcomes WHERE hour_unix_s * 1000000 < ?",
          "DELETE FROM releases WHERE last_seen_unix_us < ?",
          "DELETE FROM issues WHERE last_seen_unix_us < ? AND NOT EXISTS("
          "SELECT 1 FROM events e WHERE e.issue_id = issues.issue_id) AND NOT "
          "EXISTS(SELECT 1 FROM issues p WHERE p.merged_into = issues.issue_id)"}) {
      database_->query(sql).integer(before_hour_unix_us).run();
    }
    for (const char* sql :
         {"DELETE FROM issue_users WHERE issue_id NOT IN (SELECT issue_id FROM issues)",
          "DELETE FROM issue_tags WHERE issue_id NOT IN (SELECT issue_id FROM issues)",
          "DELETE FROM issue_activity WHERE issue_id NOT IN (SELECT issue_id FROM issues)",
          "DELETE FROM issue_hours WHERE issue_id NOT IN (SELECT issue_id FROM issues)",
          "DELETE FROM pages WHERE (project, page) NOT IN "
          "(SELECT project, page FROM view_sums WHERE kind = 0)"}) {
      database_->query(sql).run();
    }
    if (!transaction.commit()) return Error{"store_failed", database_->message()};
    return Done{};
  }

  // Destroyed from the end: the writer's connection closes last, because the
  // last one moves the WAL into the file, and a reader's could not.
  std::unique_ptr<Database> database_;
  sqlite::FairMutex write_mutex_;
  sqlite::Checkpointer checkpointer_;
  sqlite::ReaderPool readers_;
  sqlite::Pace pace_;
  sqlite::PageViewStore page_views_;
  sqlite::SpanStore spans_;
  Writer writer_;
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
  auto store = std::make_unique<Store>(std::move(*writer), std::move(*for_checkpoints), options);
  if (Status opened = store->open(); !opened) {
    return Error{"not_a_store", options.path + " cannot be read as Pagewake's data (" +
                                    opened.error().message + "); move it away or restore a backup"};
  }
  return std::unique_ptr<RecordStore>(std::move(store));
}

}  // namespace pagewake::storage
