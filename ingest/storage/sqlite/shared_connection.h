// What the stores of few rows stand on: one read-write connection whose users
// take turns. A look-up takes microseconds, and asking the file each time means
// that what another process changes (`pagewake project create` beside a running
// server) holds at once.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// A private base of such a store. `what` of the functions below is called once,
// with the turn, and uses `database_`; it returns T, Result<T> or nothing.
// Errors: those of `what`, and as each function says; a failure of the
// connection comes before an error of `what`, which may be its consequence.
class SharedConnection {
 protected:
  // `content` names what is stored, in the plural, for the messages.
  SharedConnection(std::unique_ptr<Database> database, std::string content)
      : database_(std::move(database)), content_(std::move(content)) {}

  // One statement, or several that need not see the same moment.
  // Error "store_unavailable".
  template <typename T, typename What>
  Result<T> read(What what) {
    const std::lock_guard turn(mutex_);
    database_->clear_error();
    return checked<T>(what());
  }

  // All of it sees the store as of one moment. Error "store_unavailable".
  template <typename T, typename What>
  Result<T> read_snapshot(What what) {
    const std::lock_guard turn(mutex_);
    database_->clear_error();
    const Transaction snapshot(*database_, Transaction::Kind::kRead);
    return checked<T>(what());
  }

  // All of it or, after an error, nothing. Error "store_failed".
  template <typename T = Done, typename What>
  Result<T> write(What what) {
    const std::lock_guard turn(mutex_);
    database_->clear_error();
    Transaction transaction(*database_, Transaction::Kind::kWrite);
    if (!database_->ok()) return write_error();
    if constexpr (std::is_void_v<std::invoke_result_t<What>>) {
      what();
      if (!transaction.commit()) return write_error();
      return Done{};
    } else {
      Result<T> answer = what();
      if (!database_->ok()) return write_error();
      if (answer && !transaction.commit()) return write_error();
      return answer;
    }
  }

  std::unique_ptr<Database> database_;  // whose turn it is

 private:
  template <typename T>
  Result<T> checked(Result<T> answer) {
    if (!database_->ok()) {
      return Error{"store_unavailable", content_ + " cannot be read: " + database_->message()};
    }
    return answer;
  }
  Error write_error() const {
    return {"store_failed", content_ + " were not written: " + database_->message()};
  }

  std::mutex mutex_;
  const std::string content_;
};

// A Store, which takes the connection, as the interface it is of. Errors as
// open_sqlite_store().
template <typename Interface, typename Store>
Result<std::unique_ptr<Interface>> open_shared(const SqliteOptions& options) {
  auto opened = open_writer(options);
  if (!opened) return opened.error();
  return std::unique_ptr<Interface>(std::make_unique<Store>(std::move(*opened)));
}

}  // namespace pagewake::storage::sqlite
