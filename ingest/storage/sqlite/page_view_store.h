// Page views behind the store. The way of one:
//
//   put()      merged with what is known of it, and encoded once
//   commit     one row of the journal holds all of the batch: the ack point
//   memory     a generation (page_view_generation.h), rebuilt from the journal
//              at start
//   seal       on a thread of its own: the full generation becomes a segment
//              (page_view_segment.h) and its sums go into the rollups
//              (view_sums.h), in short transactions that appends pass between
//   day's end  the same thread adds up the days that are over, once; what
//              still comes for such a day is added by its seal
//
// A view that grows after it was sealed is taken back into memory and its old
// row masked. Reports read memory and segments as one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/record_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/id_filter.h"
#include "storage/sqlite/journal.h"
#include "storage/sqlite/pace.h"
#include "storage/sqlite/page_names.h"
#include "storage/sqlite/page_view_generation.h"
#include "storage/sqlite/page_view_segment.h"
#include "storage/sqlite/sealing_thread.h"
#include "storage/sqlite/view_sums.h"
#include "storage/sqlite/write_turns.h"

namespace pagewake::storage::sqlite {

struct Segment {
  SegmentInfo info;
  RowMask mask;  // empty: none
  std::vector<std::size_t> filter_places;
};

// One moment of the page views, as RecordReader's calls see it. The lock that
// keeps memory still is given up after its part of a list or a sum, so one
// snapshot is for one of these, or for any number of page_view().
class PageViewSnapshot {
 public:
  Result<Listing<model::PageViewRecord>> page_views(ProjectId project, const PageViewQuery& query,
                                                    const Paging& paging);
  std::optional<model::PageViewRecord> page_view(ProjectId project, const PageViewId& id);
  // One list a group, as RecordReader::summaries().
  std::vector<std::vector<SummaryRow>> summaries(ProjectId project, const Filter& filter,
                                                 const std::vector<GroupBy>& groups,
                                                 SummaryParts parts);

 private:
  friend class PageViewStore;
  struct Memory {
    std::shared_ptr<const PageViewGeneration> generation;
    const RowMask* mask;  // valid while the lock is held
  };
  PageViewSnapshot(Database& database, SegmentReader& reader,
                   std::shared_lock<WriterFirstMutex> lock)
      : database_(database), reader_(reader), lock_(std::move(lock)) {}

  // A second connection, and what it read first: the same moment.
  struct Helper {
    explicit Helper(ReaderPool::Lease leased)
        : lease(std::move(leased)), moment(*lease, Transaction::Kind::kRead) {}
    ReaderPool::Lease lease;
    Transaction moment;
  };

  Result<Listing<model::PageViewRecord>> by_key(KeyKind kind, std::uint64_t hash, ProjectId project,
                                                const PageViewQuery& query, const Paging& paging);

  // Part of summaries(): one pass over views for all groups that need it.
  struct Scan;
  struct Plan;
  Plan plan_of(ProjectId project, const Filter& filter, GroupBy group_by) const;
  void add_memory(ProjectId project, const std::vector<Plan>& plans, SummaryParts parts,
                  std::vector<GroupedSums>& sums) const;
  // While the lock is held: for a long scan or many sums, and only where there
  // are two processors and connections enough. Null otherwise.
  std::unique_ptr<Helper> helper_for(const std::vector<Plan>& plans) const;
  // Calls `add(database, true, sums)` and, with `helper`, beside it on a thread
  // `add(database of the helper, false, sums of its own)`, which are added.
  using AddSums = std::function<void(Database&, bool first, std::vector<GroupedSums>&)>;
  void add_on_two(Helper* helper, const AddSums& add, std::vector<GroupedSums>& sums);
  // With `helper`, on two threads.
  void add_rollups(const std::vector<Plan>& plans, SummaryParts parts, Helper* helper,
                   std::vector<GroupedSums>& sums);
  void add_segments(ProjectId project, const Scan& scan, SummaryParts parts, Helper* helper,
                    std::vector<GroupedSums>& sums);
  void add_segment(Database& database, ProjectId project, const Scan& scan, const Segment& segment,
                   SummaryParts parts, PageViewColumns& columns,
                   std::vector<GroupedSums>& sums) const;

  Database& database_;
  SegmentReader& reader_;
  std::shared_lock<WriterFirstMutex> lock_;
  std::vector<Memory> memory_;
  std::vector<std::shared_ptr<const Segment>> segments_;
  std::int64_t days_summed_before_unix_us_ = 0;
  std::function<std::unique_ptr<Helper>()> open_helper_;  // while the lock is held
};

class PageViewStore {
 public:
  struct Limits {
    std::size_t segment_views = 32'768, group_views = 2'048;
    bool seal_each_commit = false;                          // for tests: nothing stays in memory
    std::function<void(const Status&)> on_sealing_changed;  // sqlite_store.h
    std::chrono::milliseconds seal_retry{5'000};
  };
  // `writer` is used with `write_mutex` held only; `pace` is that of the sealing
  // thread.
  PageViewStore(Database& writer, FairMutex& write_mutex, Pace& pace, const Limits& limits);
  ~PageViewStore();  // waits for a seal that runs

  // Reads segments and journal; before anything else. Starts sealing.
  Status open();

  // --- The writer's side: inside its transaction, write_mutex held.

  // What another process changed is read anew.
  void refresh();
  // Stages the view; it must live until commit() or discard().
  enum class Put { kNew, kGrew, kSame };
  Put put(const model::PageViewRecord& record);
  // Commits the transaction with what was put, and shows it to readers. False:
  // nothing was kept.
  bool commit(Transaction& transaction);
  // The transaction was rolled back.
  void discard();

  // --- Without write_mutex.

  // Seals what is in memory now.
  Status seal();
  // Removes page views that started before; gives their number.
  Result<std::size_t> prune(std::int64_t before_unix_us);
  // After a commit: seals now, if every commit is to be.
  void after_commit();

  // On a connection inside a read transaction that has not read yet. Null: the
  // file is not as memory knows it (another process wrote); refresh first.
  // `readers` may give a long scan a second connection.
  std::unique_ptr<PageViewSnapshot> pin(Database& database, ReaderPool& readers);

 private:
  struct Old {  // what a staged view replaces
    enum class Where { kNowhere, kMemory, kFrozen, kSegment } where = Where::kNowhere;
    SegmentId segment = 0;
    std::uint32_t row = 0;
    CountedView view;  // of one in a segment
  };
  struct Staged {
    const model::PageViewRecord* record = nullptr;
    std::unique_ptr<model::PageViewRecord> merged;  // where `record` points, if it grew
    std::string entry, rollup_page;
    Old old;
  };

  void reload();
  // How much of what a generation may hold it holds: from 0 to 1, or more.
  double fullness_of(const PageViewGeneration& generation) const;
  bool is_few();
  std::optional<PageViewEntry> find_old(const PageViewKey& key, Old& old);
  void stage(const model::PageViewRecord& record, std::string entry, std::string rollup_page,
             Old old);
  void apply_staged();
  void mask_in_memory(SegmentId segment, const std::vector<std::uint32_t>& rows);
  std::shared_ptr<const Segment> add_segment(const SegmentInfo& info, RowMask mask,
                                             const std::string& id_bits);
  void forget_segment(const Segment& segment);

  bool freeze();
  Status seal_with_rests();
  Status seal_in_steps(PacedWork* work);  // null: without rests
  Result<std::size_t> seal_at_once(std::int64_t drop_before_unix_us);
  // The last transaction of a seal: file and memory change over together.
  Status finish_seal(Transaction& transaction, const SegmentImage& image, SegmentId segment,
                     const std::vector<std::uint32_t>& order, const SumDeltas& sums);
  // What the seal of a generation changes in the rollups; seal_mutex_ held.
  SumDeltas sums_of(const PageViewGeneration& generation, PacedWork* work);
  // page_view_days.cc, seal_mutex_ held. Adds up the days before that are not
  // yet, so that reports over them read no views.
  Status sum_days(std::int64_t before_day_unix_us, PacedWork* work);
  Result<std::set<std::int64_t>> days_to_sum(std::int64_t before_day_unix_us);
  Status sum_day(std::int64_t day_unix_us, PacedWork* work);
  // The hourly rows that were kept before view_sums was; at open.
  void take_over_old_rollups();
  Result<std::size_t> prune_segment(SegmentId id, std::int64_t before_unix_us);

  Database& writer_;
  FairMutex& write_mutex_;
  Pace& pace_;
  WriteTurns turns_;
  const Journal journal_{"view"};
  const Limits limits_;
  SegmentReader reader_;
  PageNames page_names_;
  std::int64_t data_version_ = 0;
  std::vector<Staged> staged_;
  std::unordered_map<PageViewKey, std::size_t, PageViewKeyHash> staged_rows_;

  // Guards what follows: readers share it; commits and seals hold it while
  // file and memory change together. Writers need write_mutex_ as well.
  WriterFirstMutex state_mutex_;
  Journal::Epoch epoch_;
  std::int64_t next_seq_ = 1;
  std::shared_ptr<PageViewGeneration> fresh_;
  std::shared_ptr<const PageViewGeneration> frozen_;
  RowMask frozen_mask_;  // rows of frozen_ that fresh_ replaces
  std::map<SegmentId, std::shared_ptr<const Segment>> segments_;
  // Days before are in the rollups by day; for those from here on, hours and
  // the views themselves answer.
  std::int64_t days_summed_before_unix_us_ = 0;
  std::int64_t newest_sealed_received_unix_us_ = 0;  // guarded by seal_mutex_
  IdFilter filter_;
  std::vector<SegmentId> segment_at_;  // by place in filter_

  std::mutex seal_mutex_;  // one seal or prune at a time; taken before write_mutex_
  SealingThread sealing_;  // last: its end comes first
};

}  // namespace pagewake::storage::sqlite
