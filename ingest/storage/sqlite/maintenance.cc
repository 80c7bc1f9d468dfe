#include "storage/sqlite/maintenance.h"

#include <sqlite3.h>

#include <filesystem>
#include <system_error>

#include "storage/sqlite/database.h"

namespace pagewake::storage {
namespace {

constexpr int kPagesPerStep = 1024;  // 8 MiB: milliseconds with the file locked
constexpr int kBusyWaitMs = 5000;
constexpr int kFindingsTold = 5;

// Copies page after page; a write of another process in between restarts the
// copy inside SQLite, which is what keeps it consistent.
int copy_pages(sqlite3* from, sqlite3* to) {
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return sqlite3_errcode(to);
  int code = SQLITE_OK;
  do {
    code = sqlite3_backup_step(backup, kPagesPerStep);
  } while (code == SQLITE_OK);
  const int finish = sqlite3_backup_finish(backup);
  return code == SQLITE_DONE ? finish : code;
}

}  // namespace

Result<std::uint64_t> backup_sqlite_file(const std::string& path, const std::string& destination) {
  if (std::filesystem::exists(destination)) {
    return Error{"backup_exists", destination + " is there already; a backup never overwrites"};
  }
  if (!std::filesystem::exists(path)) return Error{"cannot_open", path + " does not exist"};
  auto source = sqlite::Database::open(path, sqlite::Database::Mode::kReadOnly);
  if (!source.ok()) return source.error();
  sqlite3_busy_timeout((*source)->handle(), kBusyWaitMs);
  // A read transaction pins one snapshot: however much the server writes
  // meanwhile, the copy is of this moment and is never started over.
  (*source)->run("BEGIN");
  (void)(*source)->integer_of("SELECT count(*) FROM sqlite_schema");
  int code = SQLITE_ERROR;
  {
    auto copy = sqlite::Database::open(destination, sqlite::Database::Mode::kReadWrite);
    if (!copy.ok()) return copy.error();
    code = copy_pages((*source)->handle(), (*copy)->handle());
    // One file to carry away, without a log beside it.
    if (code == SQLITE_OK) (*copy)->run("PRAGMA journal_mode = DELETE");
  }
  if (code != SQLITE_OK) {
    std::error_code ignored;
    std::filesystem::remove(destination, ignored);
    return Error{"backup_failed", destination + ": " + sqlite3_errstr(code)};
  }
  return static_cast<std::uint64_t>(std::filesystem::file_size(destination));
}

Status check_sqlite_file(const std::string& path) {
  if (!std::filesystem::exists(path)) return Error{"cannot_open", path + " does not exist"};
  auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadOnly);
  if (!database.ok()) return database.error();
  std::string findings;
  {
    auto query =
        (*database)->query("PRAGMA integrity_check(" + std::to_string(kFindingsTold) + ")");
    while (query.row()) {
      const std::string finding = query.read_text();
      if (finding != "ok") findings += (findings.empty() ? "" : "; ") + finding;
    }
  }
  if (!(*database)->ok()) findings = (*database)->message();
  if (!findings.empty()) return Error{"damaged", path + ": " + findings};
  return Done{};
}

}  // namespace pagewake::storage
