// Seals that rest: how long, when not, and what they leave.
#include "storage/sqlite/pace.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "storage/sqlite_file.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using sqlite::breathe;
using sqlite::Pace;
using sqlite::PacedWork;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Nobody lives to see the end of such a rest.
constexpr double kForEver = 1e9;

// Processor time moved by hand; tells when it is looked at for the n-th time.
class Clock {
 public:
  explicit Clock(milliseconds each_look = {}) : each_look_(each_look) {}
  Pace::Options options(double rest) {
    return {milliseconds(1), rest, [this]() -> nanoseconds {
              const nanoseconds now = now_;
              now_ = now + each_look_;
              if (++looks_ == 2) looked_.set_value();
              return now;
            }};
  }
  void work(milliseconds worked) { now_ = now_.load() + worked; }
  // The second look is that of the first breathe().
  void wait_for_a_breath() { looked_.get_future().wait(); }

 private:
  const nanoseconds each_look_;
  std::atomic<nanoseconds> now_{nanoseconds(0)};
  std::atomic<int> looks_{0};
  std::promise<void> looked_;
};

TEST(Pace, ARestIsAsLongAsTheWorkAllowsAndMemoryDoes) {
  const Pace pace({milliseconds(1), 3, {}});
  const struct {
    const char* name;
    int worked_ms, seals;
    double full;
    int rest_us;
  } cases[] = {
      {"a quarter of a core", 2, 1, 0, 6000},
      {"half full", 2, 1, 0.5, 6000},
      {"three quarters: two fifths of a core", 2, 1, 0.75, 3000},
      {"nine tenths", 10, 1, 0.9, 6000},
      {"full", 2, 1, 1, 0},
      {"fuller than full", 2, 1, 1.7, 0},
      {"two seals have it together", 2, 2, 0, 12000},
      {"two, one of them full", 2, 2, 1, 0},
      {"a long step is made up for", 13, 1, 0, 39000},
      {"nothing done", 0, 1, 0, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto rest = pace.rest_after(milliseconds(c.worked_ms), c.seals, c.full);
    EXPECT_NEAR(static_cast<double>(rest.count()), c.rest_us * 1e3, 10);
  }
}

TEST(Pace, WorkIsDoneInPieces) {
  Clock clock;
  Pace pace(clock.options(0));
  int asked = 0;
  PacedWork work(pace, [&] {
    ++asked;
    return 0.0;
  });
  work.breathe();
  EXPECT_EQ(asked, 0) << "no piece is done";
  clock.work(milliseconds(1));
  work.breathe();
  EXPECT_EQ(asked, 1);
  work.breathe();
  EXPECT_EQ(asked, 1) << "another piece began";
  clock.work(milliseconds(7));
  work.breathe();
  EXPECT_EQ(asked, 2);
  breathe(nullptr);
}

TEST(Pace, WhereMemoryIsFullNobodyRests) {
  Clock clock(milliseconds(5));
  Pace pace(clock.options(kForEver));
  PacedWork work(pace, [] { return 1.0; });
  for (int i = 0; i < 100; ++i) work.breathe();
}

TEST(Pace, WhoWaitsEndsARestAndThereIsNoOther) {
  Clock clock(milliseconds(5));
  Pace pace(clock.options(kForEver));
  std::promise<void> rests;
  std::thread seals([&] {
    bool first = true;
    PacedWork work(pace, [&] {
      if (std::exchange(first, false)) rests.set_value();
      return 0.0;
    });
    for (int i = 0; i < 100; ++i) work.breathe();
  });
  rests.get_future().wait();
  const Pace::Hurry hurry(pace);
  const Pace::Hurry of_another(pace);
  seals.join();
}

class PaceOf : public ::testing::TestWithParam<const char*> {
 protected:
  bool of_views() const { return GetParam() == std::string("view"); }
  SqliteOptions options(const std::string& path, std::size_t records) const {
    SqliteOptions options{path};
    (of_views() ? options.segment_views : options.segment_spans) = records;
    options.group_views = 16;
    return options;
  }
  // `count` records that a store of options() takes for a full generation.
  void append(RecordStore& store, std::uint64_t first, std::uint64_t count) const {
    RecordBatch batch;
    for (std::uint64_t i = first; i < first + count; ++i) {
      if (of_views()) {
        batch.records.page_views.push_back(full_page_view(i));
      } else {
        batch.records.spans.push_back(span(i, 1));
      }
    }
    const auto written = store.append(batch);
    ASSERT_TRUE(written.ok()) << written.error().message;
    ASSERT_EQ(written->stored, count);
  }
  std::int64_t segments(const std::string& path) const {
    return integer_of(
        path, "SELECT count(*) FROM " + std::string(GetParam()) + "_segments WHERE published = 1");
  }
  void expect_there(RecordStore& store, std::uint64_t count) const {
    for (std::uint64_t i = 1; i <= count; ++i) {
      SCOPED_TRACE(i);
      if (of_views()) {
        const auto view = store.page_view(1, full_page_view(i).view.page_view_id);
        ASSERT_TRUE(view.ok() && view->has_value());
      } else {
        const auto spans = store.spans_of_trace(1, span(i, 1).trace_id);
        ASSERT_TRUE(spans.ok());
        ASSERT_EQ(spans->size(), 1u);
      }
    }
  }

  TemporaryFolder folder;
};

INSTANTIATE_TEST_SUITE_P(Kinds, PaceOf, ::testing::Values("view", "span"));

TEST_P(PaceOf, AStopEndsTheRestOfASealAndNotTheSeal) {
  Clock clock(milliseconds(5));
  SqliteOptions paced = options(folder.file("paced.sqlite3"), 100);
  paced.pace = clock.options(kForEver);
  auto store = open_or_fail(paced);
  append(*store, 1, 100);
  clock.wait_for_a_breath();
  expect_there(*store, 100);
  store.reset();
  EXPECT_EQ(segments(paced.path), 1);
  EXPECT_EQ(integer_of(paced.path, "SELECT count(*) FROM " + std::string(GetParam()) + "_journal"),
            0);
  paced.pace = {};
  expect_there(*open_or_fail(paced), 100);
}

TEST_P(PaceOf, APruneDoesNotWaitForARest) {
  Clock clock(milliseconds(5));
  SqliteOptions paced = options(folder.file("paced.sqlite3"), 100);
  paced.pace = clock.options(kForEver);
  const auto store = open_or_fail(paced);
  append(*store, 1, 100);
  clock.wait_for_a_breath();
  EXPECT_TRUE(store->prune(0, 0).ok());
  EXPECT_EQ(segments(paced.path), 1);
  expect_there(*store, 100);
}

TEST_P(PaceOf, AFullGenerationIsNotKeptWaiting) {
  SqliteOptions paced = options(folder.file("paced.sqlite3"), 100);
  // Looks of the sealing thread: at its start, then with its first breath,
  // which waits here until the next generation is full, too.
  std::promise<void> breathes, filled;
  std::shared_future<void> is_filled = filled.get_future().share();
  std::atomic<int> looks{0};
  paced.pace = {milliseconds(1), kForEver, [&]() -> nanoseconds {
                  const int look = ++looks;
                  if (look == 2) {
                    breathes.set_value();
                    is_filled.wait();
                  }
                  return milliseconds(5 * look);
                }};
  const auto store = open_or_fail(paced);
  append(*store, 1, 100);
  breathes.get_future().wait();
  append(*store, 101, 100);
  filled.set_value();
  while (segments(paced.path) < 1) std::this_thread::yield();
  expect_there(*store, 200);
}

TEST_P(PaceOf, ASealThatRestsMakesTheSameSegment) {
  SqliteOptions at_once = options(folder.file("at_once.sqlite3"), 100);
  SqliteOptions paced = options(folder.file("paced.sqlite3"), 100);
  at_once.pace.rest = 0;
  paced.pace.piece = nanoseconds(1);  // at each step
  paced.pace.rest = 0.01;
  for (const SqliteOptions* of : {&at_once, &paced}) {
    const auto store = open_or_fail(*of);
    append(*store, 1, 100);
    while (segments(of->path) < 1) std::this_thread::yield();
  }
  for (const std::string table : {"view_blocks", "view_chunks", "view_keys", "view_sums",
                                  "view_segments", "span_blocks", "span_segments"}) {
    SCOPED_TRACE(table);
    // Keys of spans and the numbers of their segments' bits are of a seed that each file has.
    const std::string columns = table == "span_segments" ? "span_count, min_started_unix_us" : "*";
    const auto rows_not_in = [&](const std::string& path, const std::string& other) {
      sqlite3* handle = nullptr;
      sqlite3_stmt* statement = nullptr;
      EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
      EXPECT_EQ(sqlite3_exec(handle, ("ATTACH '" + other + "' AS other").c_str(), nullptr, nullptr,
                             nullptr),
                SQLITE_OK);
      const std::string sql = "SELECT count(*) FROM (SELECT " + columns + " FROM main." + table +
                              " EXCEPT SELECT " + columns + " FROM other." + table + ")";
      EXPECT_EQ(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
          << sqlite3_errmsg(handle);
      EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
      const std::int64_t rows = sqlite3_column_int64(statement, 0);
      sqlite3_finalize(statement);
      sqlite3_close(handle);
      return rows;
    };
    EXPECT_EQ(rows_not_in(at_once.path, paced.path), 0);
    EXPECT_EQ(rows_not_in(paced.path, at_once.path), 0);
  }
}

}  // namespace
}  // namespace pagewake::storage
