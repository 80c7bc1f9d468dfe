#include <mutex>
#include <utility>

#include "storage/project_rules.h"
#include "storage/release_health_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using sqlite::Database;
using sqlite::Query;
using sqlite::Transaction;

// A user is asked for only by "the same one again".
std::string user_hash(model::ProjectId project, const std::string& user) {
  if (user.empty()) return {};
  return sha256_hex(std::to_string(project) + "\n" + user).substr(0, 32);
}

// One connection writes, behind a mutex; readers have their own.
class Store final : public ReleaseHealthStore {
 public:
  Store(std::unique_ptr<Database> database, const std::string& path)
      : database_(std::move(database)), readers_(path) {}

  Result<SessionsWritten> add(model::ProjectId project, const model::Sessions& sessions) override {
    SessionsWritten written;
    const Status status = write([&](Database& database) {
      for (const auto& update : sessions.updates) add_update(database, project, update, written);
      for (const auto& counts : sessions.counts) {
        database
            .query(
                "INSERT INTO session_counts(project, release, environment, user, "
                "started_at_unix_us, exited, errored, abnormal, unhandled, crashed) "
                "VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                "exited = exited + excluded.exited, errored = errored + excluded.errored, "
                "abnormal = abnormal + excluded.abnormal, "
                "unhandled = unhandled + excluded.unhandled, "
                "crashed = crashed + excluded.crashed")
            .integer(project)
            .text(counts.release)
            .text(counts.environment)
            .text(user_hash(project, counts.user))
            .integer(counts.started_at_unix_us)
            .integer(static_cast<std::int64_t>(counts.exited))
            .integer(static_cast<std::int64_t>(counts.errored))
            .integer(static_cast<std::int64_t>(counts.abnormal))
            .integer(static_cast<std::int64_t>(counts.unhandled))
            .integer(static_cast<std::int64_t>(counts.crashed))
            .run();
        written.stored += counts.total();
      }
    });
    if (!status) return status.error();
    return written;
  }

  Result<std::vector<ReleaseHealth>> health(
      model::ProjectId project, std::int64_t from_unix_us, std::int64_t to_unix_us,
      const std::optional<std::string>& environment) override {
    auto lease = readers_.lease();
    if (!lease) return lease.error();
    Database& database = **lease;
    std::vector<ReleaseHealth> out;
    {
      // Status as in model::SessionStatus: 2 abnormal, 3 unhandled, 4 crashed.
      Query query = database.query(
          "WITH one AS ("
          "SELECT release, user, started_at_unix_us AS at, 1 AS sessions, "
          "status < 2 AND errors > 0 AS errored, status = 2 AS abnormal, "
          "status = 3 AS unhandled, status = 4 AS crashed FROM health_sessions "
          "WHERE project = ?1 AND started_at_unix_us >= ?2 AND started_at_unix_us < ?3 "
          "AND (?4 OR environment = ?5) UNION ALL "
          "SELECT release, user, started_at_unix_us, "
          "exited + errored + abnormal + unhandled + crashed, errored, abnormal, unhandled, "
          "crashed FROM session_counts "
          "WHERE project = ?1 AND started_at_unix_us >= ?2 AND started_at_unix_us < ?3 "
          "AND (?4 OR environment = ?5)) "
          "SELECT release, sum(sessions), sum(errored), sum(abnormal), sum(unhandled), "
          "sum(crashed), count(DISTINCT nullif(user, '')), "
          "count(DISTINCT CASE WHEN unhandled + crashed > 0 THEN nullif(user, '') END), "
          "min(at), max(at) FROM one GROUP BY release ORDER BY 2 DESC, 1");
      query.integer(project).integer(from_unix_us).integer(to_unix_us);
      query.integer(environment ? 0 : 1).text(environment.value_or(""));
      while (query.row()) {
        ReleaseHealth health;
        const auto count = [&] { return static_cast<std::uint64_t>(query.read_integer()); };
        health.release = query.read_text();
        health.sessions = count();
        health.errored = count();
        health.abnormal = count();
        health.unhandled = count();
        health.crashed = count();
        health.users = count();
        health.users_crashed = count();
        health.first_unix_us = query.read_integer();
        health.last_unix_us = query.read_integer();
        out.push_back(std::move(health));
      }
    }
    if (!database.ok()) {
      return Error{"store_unavailable", "sessions cannot be read: " + database.message()};
    }
    return out;
  }

  Result<std::size_t> prune_sessions(std::int64_t before_unix_us) override {
    std::int64_t removed = 0;
    const Status status = write([&](Database& database) {
      for (const char* sql : {"DELETE FROM health_sessions WHERE started_at_unix_us < ?",
                              "DELETE FROM session_counts WHERE started_at_unix_us < ?"}) {
        removed += database.query(sql).integer(before_unix_us).run();
      }
    });
    if (!status) return status.error();
    return static_cast<std::size_t>(removed);
  }

 private:
  static void add_update(Database& database, model::ProjectId project,
                         const model::SessionUpdate& update, SessionsWritten& written) {
    const bool fresh = database
                           .query(
                               "INSERT INTO health_sessions(project, sid, release, environment, "
                               "user, status, errors, started_at_unix_us) VALUES(?,?,?,?,?,?,?,?) "
                               "ON CONFLICT DO NOTHING")
                           .integer(project)
                           .id(update.sid)
                           .text(update.release)
                           .text(update.environment)
                           .text(user_hash(project, update.user))
                           .integer(static_cast<std::int64_t>(update.status))
                           .integer(update.errors)
                           .integer(update.started_at_unix_us)
                           .run() > 0;
    ++(fresh ? written.stored : written.duplicates);
    if (fresh) return;
    database
        .query(
            "UPDATE health_sessions SET status = max(status, ?), errors = max(errors, ?), "
            "started_at_unix_us = min(started_at_unix_us, ?), "
            "user = CASE WHEN user = '' THEN ? ELSE user END WHERE project = ? AND sid = ?")
        .integer(static_cast<std::int64_t>(update.status))
        .integer(update.errors)
        .integer(update.started_at_unix_us)
        .text(user_hash(project, update.user))
        .integer(project)
        .id(update.sid)
        .run();
  }

  template <typename F>
  Status write(F f) {
    const std::lock_guard lock(mutex_);
    database_->clear_error();
    Transaction transaction(*database_, Transaction::Kind::kWrite);
    if (database_->ok()) f(*database_);
    if (!database_->ok() || !transaction.commit()) {
      return Error{"store_failed", "sessions were not written: " + database_->message()};
    }
    return Done{};
  }

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
  sqlite::ReaderPool readers_;
};

}  // namespace

Result<std::unique_ptr<ReleaseHealthStore>> open_sqlite_release_health_store(
    const SqliteOptions& options) {
  auto database = sqlite::open_writer(options);
  if (!database) return database.error();
  return std::unique_ptr<ReleaseHealthStore>(
      std::make_unique<Store>(std::move(*database), options.path));
}

}  // namespace pagewake::storage
