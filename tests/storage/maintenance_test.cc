#include "storage/sqlite/maintenance.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/sqlite/sqlite_store.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

class Maintenance : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("pagewake-maintenance-" + std::to_string(::getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    auto opened = open_sqlite_store({.path = path("data")});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  void add(std::uint64_t n) {
    RecordBatch batch;
    batch.records.page_views = {full_page_view(n)};
    ASSERT_TRUE(store_->append(batch).ok());
  }
  static std::size_t views_in(RecordStore& store) {
    const auto listing = store.page_views(1, {}, {1000, ""});
    EXPECT_TRUE(listing.ok());
    return listing.ok() ? listing->items.size() : 0;
  }

  std::filesystem::path folder_;
  std::unique_ptr<RecordStore> store_;
};

TEST_F(Maintenance, ABackupOfARunningStoreOpensAndHoldsEverything) {
  for (std::uint64_t n = 1; n <= 20; ++n) add(n);
  const auto bytes = backup_sqlite_file(path("data"), path("copy"));
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  EXPECT_EQ(bytes.value(), std::filesystem::file_size(path("copy")));
  struct stat found {};
  ASSERT_EQ(::stat(path("copy").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  auto copy = open_sqlite_store({.path = path("copy")});
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_EQ(views_in(**copy), 20u);
}

TEST_F(Maintenance, ABackupDuringWritesIsOneMoment) {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> written{0};
  std::thread writer([&] {
    for (std::uint64_t n = 1; !stop && n < 900; ++n) {
      RecordBatch batch;
      batch.records.page_views = {full_page_view(n)};
      if (store_->append(batch).ok()) ++written;
    }
  });
  while (written < 10) std::this_thread::yield();
  const auto bytes = backup_sqlite_file(path("data"), path("copy"));
  stop = true;
  writer.join();
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  EXPECT_TRUE(check_sqlite_file(path("copy")).ok());
  auto copy = open_sqlite_store({.path = path("copy")});
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_GE(views_in(**copy), 10u);
}

TEST_F(Maintenance, ABackupNeverOverwrites) {
  std::ofstream(path("copy")) << "mine";
  const auto refused = backup_sqlite_file(path("data"), path("copy"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "backup_exists");
  EXPECT_EQ(std::filesystem::file_size(path("copy")), 4u);
}

TEST_F(Maintenance, AMissingSourceIsNamedAndNothingIsMade) {
  const auto refused = backup_sqlite_file(path("nothing"), path("copy"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "cannot_open");
  EXPECT_NE(refused.error().message.find("nothing"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path("copy")));
  EXPECT_EQ(check_sqlite_file(path("nothing")).error().code, "cannot_open");
}

TEST_F(Maintenance, TheCheckFindsDamage) {
  for (std::uint64_t n = 1; n <= 200; ++n) add(n);
  EXPECT_TRUE(check_sqlite_file(path("data")).ok());
  store_.reset();
  {
    // Past the header and the schema, in the middle of the tables.
    std::fstream file(path("data"), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(path("data"));
    file.seekp(static_cast<std::streamoff>(size / 2 / 8192 * 8192));
    file << std::string(8192, '\xff');
  }
  const auto found = check_sqlite_file(path("data"));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, "damaged");
}

}  // namespace
}  // namespace pagewake::storage
