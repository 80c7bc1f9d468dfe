// A disk that refuses: what was acknowledged stays readable, what comes is
// refused whole, and when the disk is well again so is the store.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/faulty_disk.h"
#include "storage/sqlite/maintenance.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using Operation = FaultyDisk::Operation;

struct Fault {
  const char* name;
  Operation operation;
  int code;
  const char* says;  // the refusal's message holds it
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

FaultyDisk::Fault in_file(std::string ending, Operation operation, int code) {
  return [=](Operation asked, const std::string& name) {
    return asked == operation && name.ends_with(ending) ? code : 0;
  };
}

class DiskFaults : public ::testing::TestWithParam<Fault> {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = folder_.file("pagewake.sqlite3");
  FaultyDisk disk_;
};

TEST_P(DiskFaults, AppendsAreRefusedReadsGoOnAndItRecovers) {
  constexpr std::uint64_t kBefore = 5;
  {
    auto store = open_sqlite_store({path_, true});
    ASSERT_TRUE(store.ok()) << store.error().message;
    auto projects = open_sqlite_project_store({path_, true});
    ASSERT_TRUE(projects.ok());
    const auto project = (*projects)->create_project("shop", {});
    ASSERT_TRUE(project.ok());
    for (std::uint64_t n = 0; n < kBefore; ++n) ASSERT_TRUE((*store)->append(batch_of(n)).ok());

    disk_.set_fault(in_file("-wal", GetParam().operation, GetParam().code));
    for (int again = 0; again < 3; ++again) {
      const auto refused = (*store)->append(batch_of(kBefore));
      ASSERT_FALSE(refused.ok());
      EXPECT_EQ(refused.error().code, "store_failed");
      EXPECT_NE(refused.error().message.find(GetParam().says), std::string::npos)
          << refused.error().message;
      expect_consistent(**store, kBefore);
      EXPECT_TRUE((*store)->ping().ok());
    }
    EXPECT_EQ((*projects)->create_project("blog", {}).error().code, "store_failed");
    EXPECT_TRUE((*projects)->project_by_key(project->public_key)->has_value());

    disk_.set_fault(nullptr);
    // The client sends it again. That a sync failed is told to every connection
    // once, so the first one after may still be refused.
    auto taken = (*store)->append(batch_of(kBefore));
    if (GetParam().operation == Operation::kSync && !taken) {
      taken = (*store)->append(batch_of(kBefore));
    }
    ASSERT_TRUE(taken.ok()) << taken.error().message;
    EXPECT_EQ(taken->stored, 6u);
    EXPECT_TRUE((*projects)->create_project("blog", {}).ok());
    expect_consistent(**store, kBefore + 1);
  }
  auto store = open_sqlite_store({path_});
  ASSERT_TRUE(store.ok()) << store.error().message;
  expect_consistent(**store, kBefore + 1);
  store->reset();
  EXPECT_TRUE(check_sqlite_file(path_).ok());
}

INSTANTIATE_TEST_SUITE_P(
    All, DiskFaults,
    ::testing::Values(Fault{"full", Operation::kWrite, SQLITE_FULL, "full"},
                      Fault{"write_error", Operation::kWrite, SQLITE_IOERR_WRITE, "I/O error"},
                      Fault{"sync_error", Operation::kSync, SQLITE_IOERR_FSYNC, "I/O error"}),
    [](const auto& info) { return info.param.name; });

class DiskFaultsElsewhere : public DiskFaults {};

TEST_P(DiskFaultsElsewhere, InTheFileThatTheLogIsMovedIntoKeepNothingOut) {
  auto store = open_sqlite_store({path_, true});
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->append(batch_of(0)).ok());
  disk_.set_fault(in_file(".sqlite3", GetParam().operation, GetParam().code));
  const auto checkpoint = [&] {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
    sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
    const int code =
        sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
    sqlite3_close(handle);
    return code;
  };
  for (std::uint64_t n = 1; n < 5; ++n) {
    EXPECT_NE(checkpoint(), SQLITE_OK);
    ASSERT_TRUE((*store)->append(batch_of(n)).ok());
    expect_consistent(**store, n + 1);
  }
  disk_.set_fault(nullptr);
  EXPECT_EQ(checkpoint(), SQLITE_OK);
  ASSERT_TRUE((*store)->append(batch_of(5)).ok());
  expect_consistent(**store, 6);
  store->reset();
  EXPECT_TRUE(check_sqlite_file(path_).ok());
}

INSTANTIATE_TEST_SUITE_P(All, DiskFaultsElsewhere,
                         ::testing::Values(Fault{"full", Operation::kWrite, SQLITE_FULL, ""},
                                           Fault{"sync_error", Operation::kSync, SQLITE_IOERR_FSYNC,
                                                 ""}),
                         [](const auto& info) { return info.param.name; });

TEST(DiskFaultsWhileSealing, AreToldOnceAndTheSegmentIsMadeAfterwards) {
  TemporaryFolder folder;
  FaultyDisk disk;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<bool> told;
  SqliteOptions options{folder.file("pagewake.sqlite3"), true};
  options.segment_views = 12;
  options.seal_retry = std::chrono::milliseconds(1);
  options.on_sealing_changed = [&](const Status& sealed) {
    const std::lock_guard lock(mutex);
    told.push_back(sealed.ok());
    changed.notify_all();
  };
  // Before the store: its last writes still ask the disk.
  std::atomic<bool> failing = false;
  std::atomic<std::uint64_t> refusals = 0;
  auto store = open_sqlite_store(options);
  ASSERT_TRUE(store.ok());
  disk.set_fault([&](Operation operation, const std::string& name) {
    if (!failing || operation != Operation::kWrite || !name.ends_with("-wal")) return 0;
    ++refusals;
    return SQLITE_FULL;
  });
  for (std::uint64_t n = 0; n < 3; ++n) ASSERT_TRUE((*store)->append(batch_of(n)).ok());
  // The fourth fills the segment; the disk fills up right behind its commit, or
  // in the middle of the seal.
  ASSERT_TRUE((*store)->append(batch_of(3)).ok());
  failing = true;
  std::uint64_t n = 4;
  {
    std::unique_lock lock(mutex);
    // Until the seal met the fault; where it was quicker, the next one does.
    while (told.empty()) {
      lock.unlock();
      failing = false;
      ASSERT_TRUE((*store)->append(batch_of(n++)).ok());
      failing = true;
      lock.lock();
      changed.wait_for(lock, std::chrono::milliseconds(20), [&] { return !told.empty(); });
    }
  }
  // It tries again and again and does not say so each time.
  const std::uint64_t before = refusals;
  while (refusals < before + 20) std::this_thread::yield();
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(told, std::vector<bool>{false});
  }
  expect_consistent(**store, n);
  failing = false;
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return told.size() > 1; }));
    EXPECT_EQ(told, (std::vector<bool>{false, true}));
  }
  expect_consistent(**store, n);
}

}  // namespace
}  // namespace pagewake::storage
