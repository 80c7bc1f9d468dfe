// Spans behind the store, on the way of page views (page_view_store.h):
//
//   put()      asks whether the span is known: memory, then the segments that
//              may hold its trace
//   commit     a row of the journal holds all of the batch: the ack point
//   memory     a generation (span_generation.h), rebuilt from the journal at
//              start
//   seal       on a thread of its own: the full generation becomes segments
//              (span_segment.h), in short transactions that appends pass
//              between
//
// Spans never change, so nothing is masked; what retention hides of a segment
// is what started before a moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/record_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/id_filter.h"
#include "storage/sqlite/journal.h"
#include "storage/sqlite/pace.h"
#include "storage/sqlite/sealing_thread.h"
#include "storage/sqlite/span_generation.h"
#include "storage/sqlite/span_segment.h"
#include "storage/sqlite/write_turns.h"

namespace pagewake::storage::sqlite {

// Where the spans of some traces are, as of one moment.
class SpanSnapshot {
 public:
  // By trace, then start, then id. Needs no lock; failures are the database's.
  std::vector<model::SpanRecord> spans();

 private:
  friend class SpanStore;
  struct InMemory {
    std::size_t trace;  // number in traces_
    const SpanGeneration::Batch* batch;
    std::uint32_t number, offset;
  };
  struct InSegment {
    SpanSegmentInfo info;
    std::vector<std::uint64_t> hashes;  // of traces that it may hold
  };
  SpanSnapshot(Database& database, SpanSegmentReader& reader, ProjectId project)
      : database_(database), reader_(reader), project_(project) {}

  Database& database_;
  SpanSegmentReader& reader_;
  const ProjectId project_;
  std::vector<TraceId> traces_;                                     // ascending, each once
  std::vector<std::shared_ptr<const SpanGeneration>> generations_;  // keep the batches
  std::vector<InMemory> in_memory_;
  std::map<SpanSegmentId, InSegment> in_segments_;
};

class SpanStore {
 public:
  struct Limits {
    std::size_t segment_spans = 262'144;
    bool seal_each_commit = false;                          // for tests: nothing stays in memory
    std::function<void(const Status&)> on_sealing_changed;  // sqlite_store.h
    std::chrono::milliseconds seal_retry{5'000};
  };
  // As PageViewStore's.
  SpanStore(Database& writer, FairMutex& write_mutex, Pace& pace, const Limits& limits);
  ~SpanStore();  // waits for a seal that runs

  // Reads segments and journal, and takes over the rows that an older schema
  // kept; before anything else. Starts sealing.
  Status open();

  // --- The writer's side: inside its transaction, write_mutex held.

  // Stages the span, whose texts must live until commit() or discard(). False:
  // it is known.
  bool put(const model::SpanRecord& span);
  // Writes what was put, lets `commit` end the transaction, and shows it to
  // readers. False, as `commit` gave: nothing was kept.
  bool commit(const std::function<bool()>& commit);
  // The transaction was rolled back.
  void discard();
  // What another process changed is read anew.
  void refresh();

  // --- Without write_mutex.

  // Seals what is in memory now.
  Status seal();
  // Removes spans that started before; gives their number. Segments go when
  // all of them has; until then what is too old in them is hidden.
  Result<std::size_t> prune(std::int64_t before_unix_us);
  // After a commit: seals now, if every commit is to be.
  void after_commit();

  // On a connection inside a read transaction that has not read yet. Null: the
  // file is not as memory knows it (another process wrote); refresh first.
  std::unique_ptr<SpanSnapshot> pin(Database& database, ProjectId project,
                                    const std::vector<TraceId>& traces);

 private:
  // What is known of a trace while a transaction puts spans of it.
  struct Known {
    std::uint32_t fresh = SpanGeneration::kNone, frozen = SpanGeneration::kNone;
    std::uint64_t hash = 0;
    std::vector<SpanId> sealed;  // ascending
    // Segments in which it has many blocks.
    std::vector<std::pair<SpanSegmentId, std::vector<std::uint32_t>>> large;
  };
  struct Segment {
    SpanSegmentInfo info;
    std::vector<std::size_t> filter_places;
  };

  void reload();
  Status take_over_rows();
  // How much of what a generation may hold it holds: from 0 to 1, or more.
  double fullness_of(const SpanGeneration& generation) const;
  bool is_full(const SpanGeneration& generation) const;  // or has waited for long
  Known look_up(const TraceKey& key);
  bool is_known(const TraceKey& key, const Known& known, const SpanId& id);
  std::vector<SpanSegmentId> candidates(std::uint64_t hash) const;
  void add_segment(const SpanSegmentInfo& info, const std::string& id_bits);
  void forget_segment(SpanSegmentId id);

  bool freeze();
  Status seal_with_rests();
  Status seal_in_steps(PacedWork* work);  // null: without rests
  Result<std::size_t> seal_at_once(std::int64_t drop_before_unix_us);
  struct Sealed {
    SpanSegmentInfo info;
    std::string id_bits;
  };
  // The last transaction of a seal: file and memory change over together.
  Status finish_seal(Transaction& transaction, std::vector<Sealed> segments);
  Result<std::size_t> prune_segment(SpanSegmentId id, std::int64_t before_unix_us);
  // Spans of the segment that are not hidden yet and started before.
  Result<std::uint32_t> count_older(const SpanSegmentInfo& info, std::int64_t before_unix_us);

  Database& writer_;
  FairMutex& write_mutex_;
  Pace& pace_;
  WriteTurns turns_;
  const Journal journal_{"span"};
  const Limits limits_;
  SpanSegmentReader reader_;
  std::int64_t data_version_ = 0;
  std::uint64_t seed_ = 0;  // of the file's hashes

  // Of the transaction.
  std::vector<SpanView> staged_;
  SpanSet staged_ids_;
  std::unordered_map<TraceKey, std::uint32_t, TraceKeyHash> known_numbers_;
  std::vector<Known> known_;
  TraceKey last_trace_;
  std::uint32_t last_known_ = 0;
  SpanBatchEncoder encoder_;

  // Guards what follows: readers share it; commits and seals hold it while
  // file and memory change together. Writers need write_mutex_ as well.
  WriterFirstMutex state_mutex_;
  Journal::Epoch epoch_;
  std::int64_t next_seq_ = 1;
  std::shared_ptr<SpanGeneration> fresh_;
  std::shared_ptr<const SpanGeneration> frozen_;
  std::map<SpanSegmentId, Segment> segments_;
  IdFilter filter_;
  std::vector<SpanSegmentId> segment_at_;  // by place in filter_

  std::mutex seal_mutex_;  // one seal or prune at a time; taken before write_mutex_
  SealingThread sealing_;  // last: its end comes first
};

}  // namespace pagewake::storage::sqlite
