// A store on a disk and the file below it, as another program sees it.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {

// Fails the test, and gives nothing, where it cannot be opened.
inline std::unique_ptr<RecordStore> open_or_fail(const SqliteOptions& options) {
  auto opened = open_sqlite_store(options);
  EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
  return opened.ok() ? std::move(*opened) : nullptr;
}

// Runs statements on a connection of its own.
inline void execute(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

// The first column of the first row; -1: there is none.
inline std::int64_t integer_of(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::int64_t value = -1;
  if (sqlite3_open(path.c_str(), &handle) == SQLITE_OK &&
      sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    value = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return value;
}

// What SqliteOptions::on_sealing_changed was told, in order. Outlives the store.
class SealingLog {
 public:
  std::function<void(const Status&)> listener() {
    return [this](const Status& sealed) {
      const std::lock_guard lock(mutex_);
      states_.push_back(sealed.ok() ? "works" : sealed.error().message);
      told_.notify_all();
    };
  }
  // Waits for the n-th, from 1: "works" or why not.
  std::string nth(std::size_t n) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return states_.size() >= n; });
    return states_[n - 1];
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<std::string> states_;
};

}  // namespace pagewake::storage
