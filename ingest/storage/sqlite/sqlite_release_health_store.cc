#include <utility>

#include "storage/project_rules.h"
#include "storage/release_health_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/shared_connection.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using sqlite::Database;
using sqlite::Query;

// A user is asked for only by "the same one again".
std::string user_hash(model::ProjectId project, const std::string& user) {
  if (user.empty()) return {};
  return sha256_hex(std::to_string(project) + "\n" + user).substr(0, 32);
}

// Readers have connections of their own.
class Store final : public ReleaseHealthStore, private sqlite::SharedConnection {
 public:
  Store(std::unique_ptr<Database> database, const std::string& path)
      : SharedConnection(std::move(database), "sessions"), readers_(path, "sessions") {}

  Result<SessionsWritten> add(model::ProjectId project, const model::Sessions& sessions) override {
    return write<SessionsWritten>([&] {
      SessionsWritten written;
      for (const auto& update : sessions.updates) add_update(*database_, project, update, written);
      for (const auto& counts : sessions.counts) {
        database_
            ->query(
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
      return written;
    });
  }

  Result<std::vector<ReleaseHealth>> health(
      model::ProjectId project, std::int64_t from_unix_us, std::int64_t to_unix_us,
      const std::optional<std::string>& environment) override {
    return readers_.read<std::vector<ReleaseHealth>>([&](Database& database) {
      std::vector<ReleaseHealth> out;
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
      return out;
    });
  }

  Result<std::size_t> prune_sessions(std::int64_t before_unix_us) override {
    return write<std::size_t>([&] {
      std::int64_t removed = 0;
      for (const char* sql : {"DELETE FROM health_sessions WHERE started_at_unix_us < ?",
                              "DELETE FROM session_counts WHERE started_at_unix_us < ?"}) {
        removed += database_->query(sql).integer(before_unix_us).run();
      }
      return static_cast<std::size_t>(removed);
    });
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
