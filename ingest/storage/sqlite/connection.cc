#include "storage/sqlite/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "storage/sqlite/schema.h"

namespace pagewake::storage::sqlite {
namespace {

constexpr int kPageBytes = 8192;
// So much new in the log is moved into the file: 32 MB.
constexpr int kCheckpointPages = 4096;
// At 128 MB the log is made to begin anew; at 256 MB readers are waited for, too
// (briefly): what they still read is in their way.
constexpr int kRestartPages = 16'384;
constexpr int kLongWalPages = 32'768;
// So many are moved in a millisecond, but for the disk.
constexpr int kFewPages = 256;
constexpr int kMostRounds = 5;
constexpr int kCheckpointBusyMs = 200;

}  // namespace

Result<std::unique_ptr<Database>> open_writer(const SqliteOptions& options) {
  auto opened = Database::open(options.path, Database::Mode::kReadWrite);
  if (!opened) return opened.error();
  Database& database = **opened;
  // An empty file is ours to shape: the page size holds only before WAL. Any
  // other is left alone until migrate() has seen that it is ours.
  if (database.integer_of("PRAGMA page_count") == 0) {
    database.run(("PRAGMA page_size = " + std::to_string(kPageBytes)).c_str());
    database.run("PRAGMA journal_mode = WAL");
  }
  if (Status migrated = migrate(database, options.path); !migrated) return migrated.error();
  database.run("PRAGMA journal_mode = WAL");
  database.run(options.full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  database.run("PRAGMA wal_autocheckpoint = 0");
  database.run("PRAGMA cache_size = -65536");
  database.run("PRAGMA temp_store = MEMORY");
  database.run("PRAGMA secure_delete = ON");  // what is pruned is gone; see LeaveDeletedBytes
  if (options.max_file_bytes > 0) {
    const std::int64_t bytes = std::max<std::int64_t>(database.integer_of("PRAGMA page_size"), 1);
    const std::int64_t pages = std::max<std::int64_t>(options.max_file_bytes / bytes, 1);
    database.run(("PRAGMA max_page_count = " + std::to_string(pages)).c_str());
  }
  if (!database.ok()) {
    return Error{"cannot_open", "cannot open " + options.path + ": " + database.message()};
  }
  return std::move(*opened);
}

Result<ReaderPool::Lease> ReaderPool::lease() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !idle_.empty() || open_ < kConnections; });
  return take(std::move(lock));
}

std::optional<ReaderPool::Lease> ReaderPool::lease_one_more() {
  std::unique_lock lock(mutex_);
  if (static_cast<int>(idle_.size()) + kConnections - open_ < 2) return std::nullopt;
  auto leased = take(std::move(lock));
  if (!leased) return std::nullopt;
  return std::move(*leased);
}

Result<ReaderPool::Lease> ReaderPool::take(std::unique_lock<std::mutex> lock) {
  if (!idle_.empty()) {
    std::unique_ptr<Database> database = std::move(idle_.back());
    idle_.pop_back();
    lock.unlock();
    database->clear_error();
    return Lease(*this, std::move(database));
  }
  ++open_;
  lock.unlock();
  auto opened = Database::open(path_, Database::Mode::kReadOnly);
  if (!opened) {
    lock.lock();
    --open_;
    lock.unlock();
    returned_.notify_one();
    return Error{"store_unavailable", opened.error().message};
  }
  (*opened)->run("PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;");
  return Lease(*this, std::move(*opened));
}

void ReaderPool::give_back(std::unique_ptr<Database> database) {
  {
    const std::lock_guard lock(mutex_);
    // A connection that failed may keep what made it fail (a file that was
    // replaced, a lost mapping): the next reader opens a new one.
    if (database->ok()) {
      idle_.push_back(std::move(database));
    } else {
      --open_;
    }
  }
  returned_.notify_one();
}

Checkpointer::Checkpointer(std::unique_ptr<Database> database) : database_(std::move(database)) {
  sqlite3_busy_timeout(database_->handle(), kCheckpointBusyMs);
  thread_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::wal_is(int pages) {
  {
    const std::lock_guard lock(mutex_);
    if (pages < moved_pages_) moved_pages_ = 0;  // it began anew
    wal_pages_ = pages;
    if (pages - moved_pages_ < kCheckpointPages) return;
  }
  changed_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || wal_pages_ - moved_pages_ >= kCheckpointPages; });
    if (stop_) return;
    // Also where it fails (disk full, readers in the way), which loses nothing:
    // the log keeps the commits, and the next time moves them, too.
    const int pages = moved_pages_ = wal_pages_;
    lock.unlock();
    move(pages);
    lock.lock();
  }
}

void Checkpointer::move(int pages) {
  const auto checkpoint = [this](int mode) {
    sqlite3_wal_checkpoint_v2(database_->handle(), nullptr, mode, nullptr, nullptr);
  };
  const auto committed = [this] {
    const std::lock_guard lock(mutex_);
    return wal_pages_;
  };
  checkpoint(SQLITE_CHECKPOINT_PASSIVE);
  if (pages < kRestartPages) return;
  for (int round = 0; round < kMostRounds; ++round) {
    // What was committed meanwhile, until that is little: writers wait for the rest.
    const int before = committed();
    checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    if (committed() - before > kFewPages) continue;
    const std::lock_guard turn(*database_->writers_turn());
    checkpoint(pages >= kLongWalPages ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE);
    return;
  }
}

}  // namespace pagewake::storage::sqlite
