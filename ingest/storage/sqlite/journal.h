// The journal of one kind of record: what is acknowledged and in no segment
// yet, one row or a few for each commit. The transaction that publishes a
// segment marks its rows as sealed; they are deleted behind it, in short
// transactions that appends pass between, because to delete thousands of pages
// at once takes a tenth of a second. A row that is marked is not there for
// anybody: a crash before it was deleted leaves only room that the next seal
// frees.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "storage/sqlite/database.h"
#include "storage/sqlite/pace.h"
#include "storage/sqlite/write_turns.h"

namespace pagewake::storage::sqlite {

class Journal {
 public:
  // What the file holds, as far as memory has to follow it: `version` is raised
  // by whoever changes more than the journal.
  struct Epoch {
    std::int64_t version = 0, last_seq = 0;  // 0: nothing but sealed rows
    friend bool operator==(const Epoch&, const Epoch&) = default;
  };

  // `kind`: "view" or "span", of the tables ..._journal and ..._state.
  explicit Journal(const std::string& kind);

  // In a transaction that `database` is in.
  Epoch epoch(Database& database) const;
  std::int64_t next_seq(Database& database) const;
  // The rows that are not sealed, in their order; `each` gives false to stop.
  void read(Database& database,
            const std::function<bool(std::int64_t seq, std::string_view data)>& each) const;

  // In the writer's transaction.
  void append(Database& writer, std::int64_t seq, std::string_view data) const;
  void raise_version(Database& writer) const;
  // Raises the version too.
  void mark_sealed(Database& writer, std::int64_t last_seq) const;
  // At once, for who needs the room: also what is not marked yet.
  void remove(Database& writer, std::int64_t last_seq) const;

  // In transactions of its own, with rests between them. Error: what is left
  // waits for the next time.
  Status remove_sealed(Database& writer, WriteTurns& turns, PacedWork* work = nullptr) const;

 private:
  const std::string epoch_, next_, read_, append_, raise_, mark_, remove_, sealed_;
};

}  // namespace pagewake::storage::sqlite
