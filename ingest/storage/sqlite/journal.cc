#include "storage/sqlite/journal.h"

#include <optional>

namespace pagewake::storage::sqlite {
namespace {

// A row is a commit's: 1 KB where visits come one by one, 100 KB where many are
// on their way. So much takes a millisecond or two.
constexpr std::int64_t kBytesPerTurn = 256 << 10;

}  // namespace

Journal::Journal(const std::string& kind)
    : epoch_("SELECT version, (SELECT coalesce(max(seq), 0) FROM " + kind +
             "_journal WHERE seq > sealed_seq) FROM " + kind + "_state"),
      // Also behind rows that are sealed, deleted or not.
      next_("SELECT max(sealed_seq, (SELECT coalesce(max(seq), 0) FROM " + kind +
            "_journal)) + 1 FROM " + kind + "_state"),
      read_("SELECT seq, data FROM " + kind + "_journal WHERE seq > (SELECT sealed_seq FROM " +
            kind + "_state) ORDER BY seq"),
      append_("INSERT INTO " + kind + "_journal(seq, data) VALUES(?,?)"),
      raise_("UPDATE " + kind + "_state SET version = version + 1"),
      mark_("UPDATE " + kind + "_state SET version = version + 1, sealed_seq = ?"),
      remove_("DELETE FROM " + kind + "_journal WHERE seq <= ?"),
      sealed_("SELECT seq, length(data) FROM " + kind +
              "_journal WHERE seq <= (SELECT sealed_seq FROM " + kind + "_state) ORDER BY seq") {}

Journal::Epoch Journal::epoch(Database& database) const {
  Epoch epoch;
  Query query = database.query(epoch_);
  if (query.row()) {
    epoch.version = query.read_integer();
    epoch.last_seq = query.read_integer();
  }
  return epoch;
}

std::int64_t Journal::next_seq(Database& database) const { return database.integer_of(next_); }

void Journal::read(Database& database,
                   const std::function<bool(std::int64_t seq, std::string_view data)>& each) const {
  Query rows = database.query(read_);
  while (rows.row()) {
    const std::int64_t seq = rows.read_integer();
    if (!each(seq, rows.read_blob())) return;
  }
}

void Journal::append(Database& writer, std::int64_t seq, std::string_view data) const {
  writer.query(append_).integer(seq).blob(data).run();
}

void Journal::raise_version(Database& writer) const { writer.query(raise_).run(); }

void Journal::mark_sealed(Database& writer, std::int64_t last_seq) const {
  writer.query(mark_).integer(last_seq).run();
}

void Journal::remove(Database& writer, std::int64_t last_seq) const {
  const LeaveDeletedBytes in_segments_now(writer);
  writer.query(remove_).integer(last_seq).run();
}

Status Journal::remove_sealed(Database& writer, WriteTurns& turns, PacedWork* work) const {
  Status removed = Done{};
  for (bool more = true; removed && more;) {
    removed = turns.turn([&] {
      std::int64_t bytes = 0;
      std::optional<std::int64_t> last;
      {
        Query rows = writer.query(sealed_);
        while ((more = rows.row()) && bytes < kBytesPerTurn) {
          last = rows.read_integer();
          bytes += rows.read_integer();
        }
      }
      if (last) remove(writer, *last);
    });
    breathe(work);
  }
  return removed;
}

}  // namespace pagewake::storage::sqlite
