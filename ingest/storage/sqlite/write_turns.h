// Long writes as short transactions that appends pass between.
#pragma once

#include <cstddef>
#include <functional>

#include "storage/record_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/pace.h"

namespace pagewake::storage::sqlite {

class WriteTurns {
 public:
  // `writer` is used with `write_mutex` held only.
  WriteTurns(Database& writer, FairMutex& write_mutex)
      : writer_(writer), write_mutex_(write_mutex) {}

  // "store_failed" with what the connection says.
  Error error() const { return {"store_failed", writer_.message()}; }
  // One transaction. Error: nothing of it was kept.
  Status turn(const std::function<void()>& work);
  // As many as the items need, with rests between them; `write` writes one and
  // gives its bytes. `first` begins each transaction and may fail it
  // (Database::fail). Error: the transactions before it are kept.
  template <typename Items, typename Write>
  Status turns(const Items& items, const Write& write, PacedWork* work,
               const std::function<void()>& first = {}) {
    constexpr std::size_t kBytes = 256 << 10;  // a millisecond or two
    Status written = Done{};
    for (auto at = items.begin(); written && at != items.end();) {
      written = turn([&] {
        if (first) first();
        for (std::size_t bytes = 0; at != items.end() && bytes < kBytes; ++at) {
          bytes += write(*at) + kRowBytes;
        }
      });
      breathe(work);
    }
    return written;
  }

 private:
  static constexpr std::size_t kRowBytes = 64;  // what a row costs beside its blob

  Database& writer_;
  FairMutex& write_mutex_;
};

}  // namespace pagewake::storage::sqlite
