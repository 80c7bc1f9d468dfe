// What only a store on a disk must hold: kills, full disks, foreign files.
#include "storage/sqlite/sqlite_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "storage/sqlite/database.h"
#include "storage/sqlite_file.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

std::string integrity_of(const std::string& path) {
  sqlite3* handle = nullptr;
  std::string answer;
  if (sqlite3_open(path.c_str(), &handle) == SQLITE_OK) {
    sqlite3_exec(
        handle, "PRAGMA integrity_check",
        [](void* out, int, char** values, char**) {
          *static_cast<std::string*>(out) += values[0];
          return 0;
        },
        &answer, nullptr);
  }
  sqlite3_close(handle);
  return answer;
}

// The child of the test below: appends for ever, tells each number that
// append() acknowledged.
[[noreturn]] void append_and_tell(const SqliteOptions& options, std::uint64_t first, int pipe_end) {
  auto opened = open_sqlite_store(options);
  if (!opened.ok()) _exit(3);
  for (std::uint64_t n = first;; ++n) {
    if (!opened.value()->append(batch_of(n)).ok()) _exit(4);
    if (write(pipe_end, &n, sizeof n) != sizeof n) _exit(5);
  }
}

TEST(SqliteStore, NothingAcknowledgedIsLostByKillMinusNine) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  std::uint64_t next = 0;  // also: how many batches must be there
  for (int round = 0; round < 6; ++round) {
    SCOPED_TRACE(round);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      SqliteOptions options{path, round % 2 == 1};
      options.segment_views = round % 3 == 0 ? 4 : 32'768;  // dies while it seals, too
      options.segment_spans = round % 2 == 0 ? 3 : 1000;
      append_and_tell(options, next, ends[1]);
    }
    close(ends[1]);
    std::uint64_t acknowledged = 0, last = 0;
    while (read(ends[0], &last, sizeof last) == sizeof last) {
      // In the middle of whatever it does after this many.
      if (++acknowledged == 10 + 7 * static_cast<std::uint64_t>(round)) kill(child, SIGKILL);
    }
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    ASSERT_GT(acknowledged, 0u);

    auto store = open_or_fail({path});
    ASSERT_NE(store, nullptr);
    for (std::uint64_t n = 0; n <= last; ++n) {
      ASSERT_TRUE(store->event(1, id_of<EventId>(n + 1))->has_value()) << n;
      ASSERT_TRUE(store->page_view(1, id_of<PageViewId>(10 * n + 3))->has_value()) << n;
      ASSERT_EQ(store->spans_of_trace(1, id_of<TraceId>(n + 1))->size(), 1u) << n;
      ASSERT_EQ(store->logs_of_trace(1, id_of<TraceId>(n + 1))->size(), 1u) << n;
    }
    // The commit after the last acknowledged one may have been done too.
    next = last + 1;
    if (store->event(1, id_of<EventId>(next + 1))->has_value()) ++next;
    expect_consistent(*store, next);
  }
  EXPECT_EQ(integrity_of(path), "ok");
}

TEST(SqliteStore, AFullFileRefusesWholeBatchesAndServesReads) {
  TemporaryFolder folder;
  auto store = open_or_fail({folder.file("pagewake.sqlite3"), false, 1 << 20});
  ASSERT_NE(store, nullptr);
  std::uint64_t n = 0;
  while (n < 5000) {
    auto written = store->append(batch_of(n));
    if (!written.ok()) {
      EXPECT_EQ(written.error().code, "store_failed");
      EXPECT_NE(written.error().message.find("full"), std::string::npos) << written.error().message;
      break;
    }
    ++n;
  }
  ASSERT_GT(n, 10u);
  ASSERT_LT(n, 5000u);
  expect_consistent(*store, n);
  EXPECT_TRUE(store->ping().ok());
  EXPECT_EQ(store->append(batch_of(n)).error().code, "store_failed") << "still full";
  expect_consistent(*store, n);
  // Retention makes room, and the same batch goes in: nothing of it was there.
  ASSERT_TRUE(store->prune(kStart + kHourLength, 0).ok());
  auto written = store->append(batch_of(n));
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->stored, 6u);
}

TEST(SqliteStore, AFullDiskIsAFailureAndNotACrash) {
  TemporaryFolder folder;
  auto store = open_or_fail({folder.file("pagewake.sqlite3")});
  ASSERT_NE(store, nullptr);
  ASSERT_TRUE(store->append(batch_of(0)).ok());
  // The system refuses to let any file of ours grow: write() fails as on a
  // full disk, in the middle of a commit.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{768 << 10, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::uint64_t n = 1;
  std::string code;
  while (n < 5000) {
    auto written = store->append(batch_of(n));
    if (!written.ok()) {
      code = written.error().code;
      break;
    }
    ++n;
  }
  const std::string again = store->append(batch_of(n)).ok() ? "" : "failed";
  expect_consistent(*store, n);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, ignored);
  EXPECT_EQ(code, "store_failed");
  EXPECT_EQ(again, "failed");
  // Room again: it goes on by itself.
  auto written = store->append(batch_of(n));
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->stored, 6u);
  expect_consistent(*store, n + 1);
  store.reset();
  EXPECT_EQ(integrity_of(folder.file("pagewake.sqlite3")), "ok");
}

TEST(SqliteStore, EverythingIsThereAfterAReopen) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  {
    auto store = open_or_fail({path});
    for (std::uint64_t n = 0; n < 5; ++n) ASSERT_TRUE(store->append(batch_of(n)).ok());
    expect_consistent(*store, 5);
  }
  EXPECT_FALSE(std::filesystem::exists(path + "-wal")) << "a clean stop leaves one file";
  auto store = open_or_fail({path});
  expect_consistent(*store, 5);
  EXPECT_EQ(store->append(batch_of(3))->duplicates, 6u);
  // A view grows after the restart: what it counted before is taken out.
  model::PageViewRecord grown = full_page_view(1);
  grown.view.weight = 1;
  grown.view.revision = 9;
  grown.view.vitals.lcp_ms = 9999;
  RecordBatch batch;
  batch.records.page_views = {grown};
  ASSERT_EQ(store->append(batch)->stored, 1u);
  expect_consistent(*store, 5);
}

TEST(SqliteStore, TwoProcessesMayWriteOneFile) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  auto server = open_or_fail({path});
  auto command = open_or_fail({path});  // `pagewake prune` beside a server
  auto projects = open_sqlite_project_store({path});
  ASSERT_TRUE(projects.ok());
  for (std::uint64_t n = 0; n < 10; ++n) {
    ASSERT_TRUE((n % 2 == 0 ? server : command)->append(batch_of(n)).ok());
  }
  ASSERT_TRUE((*projects)->create_project("shop", {}).ok());
  expect_consistent(*server, 10);
  expect_consistent(*command, 10);
  for (auto* store : {server.get(), command.get()}) {
    for (std::uint64_t n = 0; n < 10; ++n) {
      EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(n + 1))->size(), 1u) << n;
    }
    EXPECT_EQ(store->append(batch_of(4))->duplicates, 6u);
    EXPECT_EQ(store->append(batch_of(5))->duplicates, 6u);
  }
  // The rollups of a day go when all of it lies before.
  ASSERT_TRUE(command->prune(kStart + kHourLength, kStart + 24 * kHourLength).ok());
  ASSERT_TRUE(server->append(batch_of(20)).ok());
  const auto rows = server->summarize(1, {}, GroupBy::kPage);
  ASSERT_EQ(rows.value().size(), 1u);
  EXPECT_DOUBLE_EQ(rows.value()[0].summary.views, 3) << "not what the server had in memory";
  EXPECT_TRUE(server->spans_of_trace(1, id_of<TraceId>(3))->empty());
  EXPECT_EQ(server->append(batch_of(2))->stored, 6u) << "its span was pruned, too";
  EXPECT_EQ(command->spans_of_trace(1, id_of<TraceId>(3))->size(), 1u);
}

// Lines of 8 KB, to fill a file with.
class LargeLogs {
 public:
  const RecordBatch& next() {
    batch_.records.logs.resize(64);
    for (auto& line : batch_.records.logs) {
      line = log(1 + lines_ / 64, lines_ + 1);
      line.message = std::string(kBytes, 'x');
      ++lines_;
    }
    return batch_;
  }
  std::uint64_t bytes() const { return lines_ * kBytes; }

 private:
  static constexpr std::size_t kBytes = 8192;
  RecordBatch batch_;
  std::uint64_t lines_ = 0;
};

TEST(SqliteStore, CheckpointsMoveTheLogIntoTheFileWhileItIsOpen) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  auto store = open_or_fail({path});
  LargeLogs logs;
  // The file itself grows by checkpoints alone; appends go on meanwhile.
  while (std::filesystem::file_size(path) < (8u << 20) && logs.bytes() < (2u << 30)) {
    ASSERT_TRUE(store->append(logs.next()).ok());
  }
  EXPECT_GE(std::filesystem::file_size(path), 8u << 20);
}

TEST(SqliteStore, TheLogBeginsAnewBehindAWriterThatNeverRests) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  auto store = open_or_fail({path});
  LargeLogs logs;
  const auto log_bytes = [&] { return std::filesystem::file_size(path + "-wal"); };
  do {
    ASSERT_TRUE(store->append(logs.next()).ok());
  } while (logs.bytes() < log_bytes() + (32u << 20) && logs.bytes() < (2u << 30));
  EXPECT_GE(logs.bytes(), log_bytes() + (32u << 20));
}

// SQLite itself would say at once that the file is busy.
TEST(SqliteStore, WritersOfOneFileTakeTurns) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  auto first = open_or_fail({path});
  const auto open = [&](const std::string& of) {
    auto opened = sqlite::Database::open(of, sqlite::Database::Mode::kReadWrite);
    EXPECT_TRUE(opened.ok());
    sqlite3_busy_timeout((*opened)->handle(), 0);
    return std::move(*opened);
  };
  const auto one = open(path);
  const auto other = open(folder.file("./pagewake.sqlite3"));  // the same by another name
  std::promise<void> about_to;
  std::thread waiting;
  {
    sqlite::Transaction transaction(*one, sqlite::Transaction::Kind::kWrite);
    waiting = std::thread([&] {
      about_to.set_value();
      sqlite::Transaction later(*other, sqlite::Transaction::Kind::kWrite);
      EXPECT_TRUE(other->ok()) << other->message();
      EXPECT_TRUE(later.commit());
    });
    about_to.get_future().wait();
    for (int i = 0; i < 500; ++i) one->query("DELETE FROM logs").run();
    EXPECT_TRUE(transaction.commit());
  }
  waiting.join();
  // Of one that was rolled back, too.
  { const sqlite::Transaction dropped(*one, sqlite::Transaction::Kind::kWrite); }
  sqlite::Transaction last(*other, sqlite::Transaction::Kind::kWrite);
  EXPECT_TRUE(last.commit());
}

TEST(SqliteStore, ANewFileIsForItsOwnerOnly) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  auto store = open_or_fail({path});
  ASSERT_TRUE(store->append(batch_of(0)).ok());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat found {};
    ASSERT_EQ(stat((path + suffix).c_str(), &found), 0) << suffix;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << suffix;
  }
}

TEST(SqliteStore, AFileOfANewerPagewakeIsRefused) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  open_or_fail({path}).reset();
  execute(path, "PRAGMA user_version = 1000");
  const auto opened = open_sqlite_store({path});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "newer_schema");
  EXPECT_NE(opened.error().message.find(path), std::string::npos);
  EXPECT_NE(opened.error().message.find("1000"), std::string::npos);
  EXPECT_EQ(open_sqlite_project_store({path}).error().code, "newer_schema");
}

TEST(SqliteStore, AFileOfAnotherProgramIsRefusedAndLeftAlone) {
  TemporaryFolder folder;
  const std::string path = folder.file("other.sqlite3");
  execute(path, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
  const auto read_all = [&] {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = read_all();
  const auto opened = open_sqlite_store({path});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "not_a_store");
  EXPECT_EQ(read_all(), before);
}

TEST(SqliteStore, WhatIsNoDatabaseIsRefusedWithAClearText) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  std::ofstream(path) << std::string(20'000, 'x');
  const auto opened = open_sqlite_store({path});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "not_a_store");
  EXPECT_NE(opened.error().message.find(path), std::string::npos);
  EXPECT_NE(opened.error().message.find("restore a backup"), std::string::npos);
}

TEST(SqliteStore, ADamagedFileGivesErrorsAndNeverWrongRowsOrACrash) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  {
    auto store = open_or_fail({path});
    for (std::uint64_t n = 0; n < 50; ++n) ASSERT_TRUE(store->append(batch_of(n)).ok());
  }
  {
    // The first page, with the header and the schema's root, stays.
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(0, std::ios::end);
    const auto size = static_cast<std::size_t>(file.tellp());
    ASSERT_GT(size, 100'000u);
    file.seekp(8192);
    file << std::string(size - 8192, '\xa5');
  }
  auto opened = open_sqlite_store({path});
  if (!opened.ok()) {
    EXPECT_EQ(opened.error().code, "not_a_store");
    return;
  }
  EXPECT_EQ((*opened)->page_views(1, {}, {}).error().code, "store_unavailable");
  EXPECT_EQ((*opened)->append(batch_of(99)).error().code, "store_failed");
}

TEST(SqliteStore, AMissingFolderIsNamed) {
  TemporaryFolder folder;
  const auto opened = open_sqlite_store({folder.file("missing/pagewake.sqlite3")});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "cannot_open");
  EXPECT_NE(opened.error().message.find("missing/pagewake.sqlite3"), std::string::npos);
}

TEST(SqliteStore, AppendsPassBetweenTheStepsOfAPrune) {
  TemporaryFolder folder;
  auto store = open_or_fail({folder.file("pagewake.sqlite3")});
  RecordBatch batch;
  for (std::uint64_t i = 0; i < 9000; ++i) batch.records.logs.push_back(log(i + 1, i + 1));
  ASSERT_TRUE(store->append(batch).ok());
  std::uint64_t appended = 0;
  std::atomic<bool> done = false;
  std::thread pruning([&] {
    EXPECT_EQ(store->prune(kStart + kHourLength, 0).value(), 9000u);
    done = true;
  });
  std::uint64_t n = 0;
  do {  // at least one, also if the other thread was quicker
    RecordBatch later;
    later.records.logs = {log(1, 100'000 + n, kStart + 2 * kHourLength)};
    appended += store->append(later)->stored;
    ++n;
  } while (!done);
  pruning.join();
  EXPECT_EQ(appended, n);
  EXPECT_EQ(store->logs_of_trace(1, id_of<TraceId>(1))->size(), n);
}

}  // namespace
}  // namespace pagewake::storage
