// How the two SQLite stores open their connections.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/sqlite/database.h"
#include "storage/sqlite/fair_mutex.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/writer_first_mutex.h"

namespace pagewake::storage::sqlite {

// Read-write, WAL, tables up to date.
Result<std::unique_ptr<Database>> open_writer(const SqliteOptions& options);

// Read-only connections, opened when first needed, at most `kConnections` at
// once; the next reader waits for one to come back.
class ReaderPool {
 public:
  static constexpr int kConnections = 4;
  // `content` names what is stored, in the plural, for the messages.
  ReaderPool(std::string path, std::string content)
      : path_(std::move(path)), content_(std::move(content)) {}

  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Database> database)
        : pool_(&pool), database_(std::move(database)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (database_) pool_->give_back(std::move(database_));
    }
    Database& operator*() { return *database_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Database> database_;
  };
  Result<Lease> lease();
  // One more for who has one, if another is left for the next reader; does not
  // wait. Nothing also where it cannot be opened.
  std::optional<Lease> lease_one_more();

  // What `what` (giving a T or a Result<T>), called once, reads of one moment.
  // Error "store_unavailable", before one of `what`.
  template <typename T, typename What>
  Result<T> read(What what) {
    auto leased = lease();
    if (!leased) return leased.error();
    Database& database = **leased;
    const Transaction snapshot(database, Transaction::Kind::kRead);
    Result<T> answer = what(database);
    if (!database.ok()) {
      return Error{"store_unavailable", content_ + " cannot be read: " + database.message()};
    }
    return answer;
  }

 private:
  Result<Lease> take(std::unique_lock<std::mutex> lock);  // one is idle or may be opened
  void give_back(std::unique_ptr<Database> database);

  const std::string path_;
  const std::string content_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> idle_;
  int open_ = 0;
};

// Moves the log (WAL) into the file on a thread and connection of its own, so that
// no commit pays for it. Told by the writer's connection how long the log is.
//
// The log begins anew only with a commit that finds all of it moved. Behind a
// writer that never rests there is always one commit more, so from time to time
// the last few are moved while writers wait.
class Checkpointer {
 public:
  explicit Checkpointer(std::unique_ptr<Database> database);
  ~Checkpointer();  // stops the thread
  // Called by the writer's connection after each commit; never blocks.
  void wal_is(int pages);

 private:
  void run();
  void move(int pages);

  std::unique_ptr<Database> database_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int wal_pages_ = 0, moved_pages_ = 0;
  bool stop_ = false;
  std::thread thread_;  // last: uses all of the above
};

}  // namespace pagewake::storage::sqlite
