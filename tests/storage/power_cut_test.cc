// Power cuts: what the disk could hold at random moments of a busy store, each
// opened again. PAGEWAKE_LONG=1: many more moments. PAGEWAKE_SEED=n: these again.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "storage/faulty_disk.h"
#include "storage/sqlite/maintenance.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

struct Run {
  bool full_sync = false;
  bool failing_syncs = false;  // of the log, now and then
  std::size_t moments = 0;
};

std::uint64_t seed_of_run() {
  const char* given = std::getenv("PAGEWAKE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

std::size_t moments_of_run(std::size_t usual) {
  return std::getenv("PAGEWAKE_LONG") != nullptr ? usual * 20 : usual;
}

// What Checkpointer does once the log is long, here much earlier.
void checkpoint(const std::string& path, bool restart) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  sqlite3_wal_checkpoint_v2(handle, nullptr,
                            restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
                            nullptr, nullptr);
  sqlite3_close(handle);
}

// A store at work: appends, seals, checkpoints. The disk's moments on the way.
std::vector<DiskMoment> moments_of(const Run& run, std::mt19937_64& random) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  FaultyDisk disk;
  std::vector<DiskMoment> moments;
  SqliteOptions options{path, run.full_sync};
  options.segment_views = 12;
  options.segment_spans = 7;
  options.seal_retry = std::chrono::milliseconds(1);
  auto store = open_sqlite_store(options);
  EXPECT_TRUE(store.ok()) << store.error().message;
  if (!store) return moments;
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t at = disk.operations(); wanted.size() < run.moments;) {
    wanted.push_back(at += 1 + random() % 300);
  }
  disk.remember_moments(wanted);
  if (run.failing_syncs) {
    auto own = std::make_shared<std::mt19937_64>(random());  // under the disk's lock
    // Of the log only: where the sync of the file itself fails, SQLite may take
    // pages of an earlier, partial checkpoint for written that Linux has given
    // up, and a power cut on top of that (seen once in 300) damages the file.
    disk.set_fault([own](FaultyDisk::Operation operation, const std::string& name) {
      const bool asked = operation == FaultyDisk::Operation::kSync && name.ends_with("-wal");
      return asked && (*own)() % 10 == 0 ? 1 : 0;
    });
  }
  std::uint64_t n = 0;
  while (moments.size() < run.moments) {
    auto written = (*store)->append(batch_of(n));
    // A refused one is sent again.
    if (written) disk.acknowledged = ++n;
    if (random() % 8 == 0) checkpoint(path, random() % 2 == 0);
    for (DiskMoment& moment : disk.take_moments()) moments.push_back(std::move(moment));
  }
  store->reset();
  return moments;
}

// Opens what is left of the moment; gives how many batches are there.
std::uint64_t batches_left(const DiskMoment& moment, std::mt19937_64& random) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  moment.restore(folder.file(""), random);
  std::uint64_t left = 0;
  {
    auto store = open_sqlite_store({path});
    EXPECT_TRUE(store.ok()) << store.error().message;
    if (!store) return 0;
    const auto there = [&](std::uint64_t n) {
      auto found = (*store)->event(1, id_of<EventId>(n + 1));
      EXPECT_TRUE(found.ok()) << found.error().message;
      return found.ok() && found->has_value();
    };
    while (there(left)) ++left;
    // Whole batches from the first on and nothing behind, sums included.
    expect_consistent(**store, left);
    if (left > 0) {
      const std::uint64_t one = random() % left;
      EXPECT_TRUE((*store)->page_view(1, id_of<PageViewId>(10 * one + 3))->has_value()) << one;
      EXPECT_EQ((*store)->spans_of_trace(1, id_of<TraceId>(one + 1))->size(), 1u) << one;
      EXPECT_EQ((*store)->logs_of_trace(1, id_of<TraceId>(one + 1))->size(), 1u) << one;
    }
    auto more = (*store)->append(batch_of(left));
    EXPECT_TRUE(more.ok()) << more.error().message;
    if (more) EXPECT_EQ(more->stored, 6u);
  }
  const Status damage = check_sqlite_file(path);
  EXPECT_TRUE(damage.ok()) << damage.error().message;
  return left;
}

struct Totals {
  std::uint64_t moments = 0, acknowledged = 0, lost = 0;
};

Totals cut_power(const Run& run, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Totals totals;
  while (totals.moments < run.moments) {
    Run part = run;
    part.moments = std::min<std::size_t>(12, run.moments - totals.moments);
    for (const DiskMoment& moment : moments_of(part, random)) {
      SCOPED_TRACE("PAGEWAKE_SEED=" + std::to_string(seed) + " moment " +
                   std::to_string(totals.moments));
      const std::uint64_t left = batches_left(moment, random);
      // One more may have been on its way.
      EXPECT_LE(left, moment.acknowledged + 1);
      ++totals.moments;
      totals.acknowledged += moment.acknowledged;
      totals.lost += moment.acknowledged > left ? moment.acknowledged - left : 0;
      if (::testing::Test::HasFailure()) return totals;
    }
  }
  std::cout << "seed " << seed << ": " << totals.moments << " power cuts, " << totals.acknowledged
            << " acknowledged batches, " << totals.lost << " lost\n";
  return totals;
}

TEST(PowerCut, WithFullSyncNothingAcknowledgedIsLost) {
  EXPECT_EQ(cut_power({true, false, moments_of_run(24)}, seed_of_run()).lost, 0u);
}

TEST(PowerCut, WithFullSyncNothingAcknowledgedIsLostWhereSyncsFailNowAndThen) {
  EXPECT_EQ(cut_power({true, true, moments_of_run(24)}, seed_of_run()).lost, 0u);
}

TEST(PowerCut, WithNormalSyncTheFileIsWholeAndOnlyTheEndIsLost) {
  // That some is lost shows that the disk does lose something.
  EXPECT_GT(cut_power({false, false, moments_of_run(24)}, seed_of_run()).lost, 0u);
}

}  // namespace
}  // namespace pagewake::storage
