#include "storage/sqlite/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace pagewake::storage::sqlite {
namespace {

constexpr int kBusyMs = 5000;
// Filters make many different statements; beyond this they are not kept.
constexpr std::size_t kCachedStatements = 200;

// Of the file, for as long as somebody has it open.
std::shared_ptr<FairMutex> writers_turn_of(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<FairMutex>> turns;
  std::error_code failed;
  auto file = std::filesystem::canonical(path, failed).string();
  if (failed) file = path;
  const std::lock_guard lock(mutex);
  std::erase_if(turns, [](const auto& turn) { return turn.second.expired(); });
  auto turn = turns[file].lock();
  if (turn == nullptr) turns[file] = turn = std::make_shared<FairMutex>();
  return turn;
}

}  // namespace

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      in_use_(std::exchange(other.in_use_, nullptr)),
      parameter_(other.parameter_),
      column_(other.column_) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  if (in_use_ == nullptr) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  *in_use_ = false;
}

void Query::check_bind(int code) {
  if (code != SQLITE_OK) database_->fail_with(code);
}

Query& Query::integer(std::int64_t value) {
  if (database_->ok()) check_bind(sqlite3_bind_int64(statement_, ++parameter_, value));
  return *this;
}

Query& Query::real(double value) {
  if (database_->ok()) check_bind(sqlite3_bind_double(statement_, ++parameter_, value));
  return *this;
}

Query& Query::real(const std::optional<double>& value) { return value ? real(*value) : null(); }

Query& Query::text(std::string_view value) {
  if (database_->ok()) {
    check_bind(sqlite3_bind_text64(statement_, ++parameter_, value.empty() ? "" : value.data(),
                                   value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  return *this;
}

Query& Query::blob(std::string_view value) {
  if (database_->ok()) {
    check_bind(sqlite3_bind_blob64(statement_, ++parameter_, value.empty() ? "" : value.data(),
                                   value.size(), SQLITE_TRANSIENT));
  }
  return *this;
}

Query& Query::null() {
  if (database_->ok()) check_bind(sqlite3_bind_null(statement_, ++parameter_));
  return *this;
}

bool Query::row() {
  if (!database_->ok()) return false;
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->fail_with(code);
  return false;
}

std::int64_t Query::run() {
  while (row()) {
  }
  if (!database_->ok()) return 0;
  const std::int64_t changed = sqlite3_changes64(database_->handle_);
  again();
  return changed;
}

void Query::again() {
  sqlite3_reset(statement_);
  parameter_ = column_ = 0;
}

std::int64_t Query::read_integer() {
  return database_->ok() ? sqlite3_column_int64(statement_, column_++) : 0;
}

double Query::read_real() {
  return database_->ok() ? sqlite3_column_double(statement_, column_++) : 0;
}

std::optional<double> Query::read_optional_real() {
  if (!database_->ok()) return std::nullopt;
  if (sqlite3_column_type(statement_, column_) == SQLITE_NULL) {
    ++column_;
    return std::nullopt;
  }
  return read_real();
}

std::string Query::read_text() { return std::string(read_blob()); }

std::string_view Query::read_blob() {
  if (!database_->ok()) return {};
  const int column = column_++;
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode) {
  if (mode == Mode::kReadWrite) {
    // SQLite would take the umask's mode; the file holds people's data and the
    // hashes of tokens. Its -wal and -shm files follow the mode of this one.
    // Never a file that exists: closing any descriptor of it would drop every
    // lock that this process holds on it (fcntl(2)), and another process would
    // then take the write-ahead log away from under us.
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno != EEXIST) {
      return Error{"cannot_open", "cannot open " + path + ": " + std::strerror(errno)};
    }
    if (file >= 0) ::close(file);
  }
  sqlite3* handle = nullptr;
  // NOMUTEX: every connection here is used by one thread at a time.
  const int flags = (mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  if (code != SQLITE_OK) {
    const std::string reason = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    sqlite3_close(handle);
    return Error{"cannot_open", "cannot open " + path + ": " + reason};
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  std::unique_ptr<Database> database(new Database(handle));
  if (mode == Mode::kReadWrite) database->writers_turn_ = writers_turn_of(path);
  return database;
}

Database::~Database() {
  for (auto& [sql, cached] : cache_) sqlite3_finalize(cached->statement);
  sqlite3_close(handle_);
}

Query Database::query(std::string_view sql) {
  if (!ok()) return Query(this, nullptr, nullptr);
  std::string key(sql);
  const auto at = cache_.find(key);
  if (at != cache_.end() && !at->second->in_use) {
    at->second->in_use = true;
    return Query(this, at->second->statement, &at->second->in_use);
  }
  const bool keep = at == cache_.end() && cache_.size() < kCachedStatements;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      keep ? SQLITE_PREPARE_PERSISTENT : 0, &statement, nullptr);
  if (code != SQLITE_OK) {
    fail_with(code);
    return Query(this, nullptr, nullptr);
  }
  if (!keep) return Query(this, statement, nullptr);
  auto cached = std::make_unique<Cached>(Cached{statement, true});
  bool* in_use = &cached->in_use;
  cache_.emplace(std::move(key), std::move(cached));
  return Query(this, statement, in_use);
}

void Database::run(const char* sql) {
  if (!ok()) return;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail_with(code);
}

std::int64_t Database::integer_of(std::string_view sql) {
  Query found = query(sql);
  return found.row() ? found.read_integer() : 0;
}

bool Database::is_corrupt() const {
  const int primary = code_ & 0xff;
  return primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT;
}

void Database::clear_error() {
  message_.clear();
  code_ = 0;
}

void Database::fail(std::string message) {
  if (ok()) message_ = std::move(message);
}

void Database::fail_with(int code) {
  if (!ok()) return;
  code_ = code;
  message_ = sqlite3_errmsg(handle_);
  const int system = sqlite3_system_errno(handle_);
  const int primary = code & 0xff;
  if (system != 0 &&
      (primary == SQLITE_IOERR || primary == SQLITE_FULL || primary == SQLITE_CANTOPEN)) {
    message_ += std::string(" (") + std::strerror(system) + ")";
  }
  if (message_.empty()) message_ = "sqlite error " + std::to_string(code);
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  if (kind == Kind::kWrite && database_.writers_turn() != nullptr) {
    turn_ = std::unique_lock(*database_.writers_turn());
  }
  // IMMEDIATE: a writer that had to upgrade later could fail as busy halfway.
  database_.query(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Transaction::~Transaction() {
  // Straight to the engine: the connection may have failed, and after some
  // errors (disk full) SQLite has rolled back by itself.
  if (database_.in_transaction()) {
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

bool Transaction::commit() {
  database_.query("COMMIT").run();
  if (!database_.ok()) return false;
  if (turn_.owns_lock()) turn_.unlock();
  return true;
}

LeaveDeletedBytes::~LeaveDeletedBytes() {
  // Straight to the engine, as above: also where the deletion failed.
  sqlite3_exec(database_.handle(), "PRAGMA secure_delete = ON", nullptr, nullptr, nullptr);
}

}  // namespace pagewake::storage::sqlite
