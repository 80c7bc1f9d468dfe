// A thin, typed layer over sqlite3: connections, cached statements, and
// errors that stick, so that a writer checks once a transaction and not once
// a call (as ByteReader does). The only header that knows of sqlite3's types.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/sqlite/fair_mutex.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pagewake::storage::sqlite {

class Database;

// A statement in use. Parameters are given in order, then row() steps; columns
// are read in order too. Text and blobs are copied in and out. Once its
// Database has failed, every call does nothing and row() is false.
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& integer(std::int64_t value);
  Query& real(double value);
  Query& real(const std::optional<double>& value);
  Query& text(std::string_view value);
  Query& blob(std::string_view value);
  Query& null();
  // Raw bytes; `or_null`: an all-zero id becomes NULL and stays out of indexes.
  template <typename Tag, std::size_t N>
  Query& id(const Id<Tag, N>& value) {
    return blob({reinterpret_cast<const char*>(value.bytes.data()), N});
  }
  template <typename Tag, std::size_t N>
  Query& id_or_null(const Id<Tag, N>& value) {
    return value.is_zero() ? null() : id(value);
  }

  bool row();  // false: no more, or failed
  // To the end; gives the number of rows changed. Then new parameters may be
  // given and it may run again.
  std::int64_t run();
  // Ends it where it is; new parameters may be given.
  void again();

  std::int64_t read_integer();
  double read_real();
  std::optional<double> read_optional_real();
  std::string read_text();
  std::string_view read_blob();  // until the next row() or run()
  template <typename T>
  T read_id() {  // NULL and foreign sizes read as zero
    T value;
    const std::string_view bytes = read_blob();
    if (bytes.size() == T::kBytes) {
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        value.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
      }
    }
    return value;
  }

 private:
  friend class Database;
  Query(Database* database, sqlite3_stmt* statement, bool* in_use)
      : database_(database), statement_(statement), in_use_(in_use) {}
  void check_bind(int code);

  Database* database_;
  sqlite3_stmt* statement_;  // null after a failure to prepare
  bool* in_use_;             // null: not cached, finalized at the end
  int parameter_ = 0, column_ = 0;
};

// One connection. Not safe from two threads at once.
class Database {
 public:
  enum class Mode { kReadWrite, kReadOnly };
  // kReadWrite makes the file, readable by its owner only. Error
  // "cannot_open" with the path and the reason.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `sql` with one statement; the prepared form is kept for the next time.
  Query query(std::string_view sql);
  // Any number of statements without parameters; nothing is kept.
  void run(const char* sql);
  // First column of the first row; 0 when there is none.
  std::int64_t integer_of(std::string_view sql);

  bool ok() const { return message_.empty(); }
  // What went wrong first since clear_error().
  const std::string& message() const { return message_; }
  bool is_corrupt() const;  // the engine found the file damaged or foreign
  void clear_error();
  // For a value that the engine gave and that we cannot read.
  void fail(std::string message);

  std::int64_t last_insert_id() const;
  bool in_transaction() const;
  sqlite3* handle() { return handle_; }
  // Whose turn it is among all connections of this process that write the file;
  // null for readers. See Transaction.
  FairMutex* writers_turn() { return writers_turn_.get(); }

 private:
  friend class Query;
  struct Cached {
    sqlite3_stmt* statement = nullptr;
    bool in_use = false;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  void fail_with(int code);

  sqlite3* handle_;
  std::shared_ptr<FairMutex> writers_turn_;
  std::string message_;
  int code_ = 0;
  // unique_ptr: a Query in use points to its flag while others are added.
  std::unordered_map<std::string, std::unique_ptr<Cached>> cache_;
};

// Rolls back unless committed. Works on a failed connection too.
//
// Who writes first waits for the file's other writers in this process, in turn:
// SQLite would sleep between two looks, up to 100 ms, and not in turn. Those of
// other processes are waited for in its way. One thread has at most one kWrite
// on a file.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  Transaction(Database& database, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  // False: nothing of it was kept; the connection's message says why.
  bool commit();

 private:
  Database& database_;
  std::unique_lock<FairMutex> turn_;
};

// While it lives, the bytes of rows that are deleted stay in the file until their
// pages are used again; otherwise they are wiped, which writes each page once
// more. For rows whose content goes on to stand elsewhere in the file.
class LeaveDeletedBytes {
 public:
  explicit LeaveDeletedBytes(Database& database) : database_(database) {
    database_.run("PRAGMA secure_delete = OFF");
  }
  ~LeaveDeletedBytes();
  LeaveDeletedBytes(const LeaveDeletedBytes&) = delete;
  LeaveDeletedBytes& operator=(const LeaveDeletedBytes&) = delete;

 private:
  Database& database_;
};

}  // namespace pagewake::storage::sqlite
