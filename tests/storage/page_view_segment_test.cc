// Page views through journal, memory and segments: whatever is sealed when,
// the SQLite store says what the memory store says.
#include "storage/sqlite/page_view_segment.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "storage/record_rules.h"
#include "storage/sqlite/blob.h"
#include "storage/sqlite/column_chunk.h"
#include "storage/sqlite/id_filter.h"
#include "storage/sqlite/page_view_columns.h"
#include "storage/sqlite/page_view_entry.h"
#include "storage/sqlite/view_sums.h"
#include "storage/sqlite_file.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using model::PageViewRecord;

// A beacon of one of a few views, at one of its revisions.
constexpr std::int64_t kTenHours = 10 * kHourLength;
PageViewRecord some_beacon(std::mt19937_64& random, std::int64_t received_at_unix_us = kStart) {
  const std::uint64_t id = 1 + random() % 40;
  // Over three days, of which the first ones are added up meanwhile.
  PageViewRecord record = page_view(id, kStart + static_cast<std::int64_t>(id % 7) * kTenHours);
  record.received_at_unix_us = received_at_unix_us;
  record.project = id % 5 == 0 ? 3 : 1;
  record.session_id = id_of<SessionId>(1 + id / 4);
  record.browser = id % 2 == 0 ? "Chrome" : "Firefox";
  record.country = id % 3 == 0 ? "DE" : "FR";
  PageView& view = record.view;
  view.trace_id = id_of<TraceId>(1 + id / 2);
  view.revision = static_cast<std::uint32_t>(1 + random() % 5);
  view.page = "/p" + std::to_string(id % 6);
  view.weight = static_cast<double>(1 + id % 3);
  // A function of the revision, as it is for a browser.
  view.vitals.lcp_ms = 1000 + 37 * static_cast<double>(id) + 400 * view.revision;
  view.vitals.cls = 0.01 * view.revision;
  if (view.revision > 2) view.vitals.inp_ms = 80 + static_cast<double>(id);
  view.error_count = view.revision / 4;
  view.kept_by_exception = id % 11 == 0;
  return record;
}

// `pruned`: of what is gone, hours of a page and a dimension are not known.
void expect_same_reports(RecordStore& got, RecordStore& wanted, bool pruned = false) {
  for (const std::int64_t project : {1, 3}) {
    for (const auto sort : {PageViewQuery::Sort::kNewest, PageViewQuery::Sort::kSlowestLcp}) {
      PageViewQuery query;
      query.sort = sort;
      Paging paging{7, ""};
      Paging paging_wanted{7, ""};
      do {
        const auto a = got.page_views(project, query, paging);
        const auto b = wanted.page_views(project, query, paging_wanted);
        ASSERT_TRUE(a.ok() && b.ok()) << (a.ok() ? "" : a.error().message);
        ASSERT_EQ(a->items.size(), b->items.size());
        for (std::size_t i = 0; i < a->items.size(); ++i) {
          expect_same(a->items[i], b->items[i]);
        }
        ASSERT_EQ(a->next_cursor, b->next_cursor);
        paging.cursor = a->next_cursor;
        paging_wanted.cursor = b->next_cursor;
      } while (!paging.cursor.empty());
    }
    // Everything, from within a day to within another, and whole days; each
    // alone, of a page, of a browser, of both, and of two dimensions.
    const std::vector<GroupBy> groups = {GroupBy::kPage,          GroupBy::kHour,    GroupBy::kDay,
                                         GroupBy::kBrowser,       GroupBy::kCountry, GroupBy::kOs,
                                         GroupBy::kNavigationType};
    const std::pair<std::int64_t, std::int64_t> ranges[] = {
        {0, INT64_MAX},
        {kStart + 2 * kHourLength + 1, kStart + 45 * kHourLength + 1},
        {day_start_unix_us(kStart), day_start_unix_us(kStart) + 48 * kHourLength}};
    for (const auto& [from, to] : ranges) {
      for (int narrowed = 0; narrowed < 8; ++narrowed) {
        SCOPED_TRACE(testing::Message() << from << " " << narrowed);
        Filter filter;
        filter.from_unix_us = from;
        filter.to_unix_us = to;
        if ((narrowed & 1) != 0) filter.page = "/p2";
        if ((narrowed & 2) != 0) filter.browser = "Chrome";
        if ((narrowed & 4) != 0) filter.country = "FR";
        const auto a = got.summaries(project, filter, groups, SummaryParts::kAll);
        const auto b = wanted.summaries(project, filter, groups, SummaryParts::kAll);
        ASSERT_TRUE(a.ok() && b.ok());
        for (std::size_t group = 0; group < groups.size(); ++group) {
          SCOPED_TRACE(group);
          if (pruned && groups[group] == GroupBy::kHour && filter.page) continue;
          const auto& rows = (*a)[group];
          const auto& wanted_rows = (*b)[group];
          ASSERT_EQ(rows.size(), wanted_rows.size());
          for (std::size_t i = 0; i < rows.size(); ++i) {
            ASSERT_EQ(rows[i].key, wanted_rows[i].key);
            expect_same(rows[i].summary, wanted_rows[i].summary);
          }
        }
      }
    }
    for (std::uint64_t id = 1; id <= 40; ++id) {
      const auto a = got.page_view(project, id_of<PageViewId>(id));
      const auto b = wanted.page_view(project, id_of<PageViewId>(id));
      ASSERT_EQ(a->has_value(), b->has_value()) << id;
      if (a->has_value()) expect_same(**a, **b);
    }
    PageViewQuery of_session;
    of_session.session_id = id_of<SessionId>(3);
    EXPECT_EQ(got.page_views(project, of_session, {})->items.size(),
              wanted.page_views(project, of_session, {})->items.size());
  }
}

// Chunks as they were before columns were packed, and projects in front.
void write_chunks_as_before(const std::string& path) {
  auto opened = sqlite::Database::open(path, sqlite::Database::Mode::kReadWrite);
  ASSERT_TRUE(opened.ok());
  sqlite::Database& database = **opened;
  std::vector<sqlite::SegmentInfo> infos;
  sqlite::load_segments(database, [&](const sqlite::SegmentInfo& info, const sqlite::RowMask&,
                                      const std::string&) { infos.push_back(info); });
  sqlite::SegmentReader reader;
  sqlite::ColumnSet all;
  all.ids = all.lcp_key = true;
  all.sums = SummaryParts::kAll;
  all.dimensions.fill(true);
  for (const sqlite::SegmentInfo& info : infos) {
    for (const sqlite::RowGroup& group : info.groups) {
      auto columns = reader.columns(database, info, group, all);
      ASSERT_TRUE(columns);
      if (columns->projects.size() == 1) columns->projects.resize(group.rows, columns->project(0));
      std::vector<std::uint32_t> order(group.rows);
      for (std::uint32_t row = 0; row < group.rows; ++row) order[row] = row;
      const std::int64_t first = info.segment * (1 << 20) + group.number * 64;
      for (std::uint32_t column = 0; column + 1 < sqlite::kColumns; ++column) {
        database.query("INSERT OR REPLACE INTO view_chunks VALUES(?,?)")
            .integer(first + column)
            .blob(sqlite::compressed(sqlite::encode_column(*columns, order, column)))
            .run();
      }
      database.query("DELETE FROM view_chunks WHERE chunk_id = ?")
          .integer(first + sqlite::kColumns - 1)
          .run();
    }
  }
  ASSERT_TRUE(database.ok()) << database.message();
}

TEST(PageViewSegments, WhateverIsSealedWhenTheReportsAreThoseOfTheMemoryStore) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(seed);
    TemporaryFolder folder;
    SqliteOptions options{folder.file("pagewake.sqlite3")};
    options.group_views = 2 * seed;
    std::mt19937_64 random(seed);
    bool pruned = false;
    const auto wanted = make_memory_store();
    auto store = open_or_fail(options);
    for (int step = 0; step < 40; ++step) {
      if (random() % 4 == 0) {
        // Another start: with it the journal is replayed, and from now on
        // each commit is sealed, or none.
        store.reset();
        if (random() % 3 == 0) write_chunks_as_before(options.path);
        options.seal_each_commit = random() % 2 == 0;
        store = open_or_fail(options);
        ASSERT_NE(store, nullptr);
      }
      RecordBatch batch;
      for (std::uint64_t i = random() % 6; i < 6; ++i) {
        batch.records.page_views.push_back(some_beacon(random, kStart + step * 2 * kHourLength));
      }
      const auto a = store->append(batch);
      const auto b = wanted->append(batch);
      ASSERT_TRUE(a.ok()) << a.error().message;
      ASSERT_EQ(a->stored, b->stored) << step;
      ASSERT_EQ(a->fates, b->fates) << step;
      if (step % 8 == 7) expect_same_reports(*store, *wanted, pruned);
      if (step == 30) {
        const std::int64_t before = kStart + 61 * kMinuteUs;
        EXPECT_EQ(*store->prune(before, 0), *wanted->prune(before, 0));
        pruned = true;
      }
    }
    expect_same_reports(*store, *wanted, pruned);
  }
}

TEST(PageViewSegments, ADayIsAddedUpOnceItIsOverAndWhatComesLateIsCounted) {
  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
  options.seal_each_commit = true;
  auto store = open_or_fail(options);
  const auto views_of_day = [&] {
    Filter page;
    page.page = "/product/:id";
    const auto rows = store->summarize(1, page, GroupBy::kCountry);
    return rows.ok() && rows->size() == 1 ? rows->front().summary.views : -1;
  };
  const char* const days = "SELECT count(*) FROM view_sums WHERE kind = 1 AND dimension > 0";
  const auto send = [&](std::uint64_t id, std::int64_t received_at, std::uint32_t revision) {
    PageViewRecord record = full_page_view(id, kStart);
    record.view.weight = 1;
    record.view.revision = revision;
    record.view.vitals.inp_ms = 100.0 * revision;
    record.received_at_unix_us = received_at;
    RecordBatch batch;
    batch.records.page_views.push_back(record);
    ASSERT_TRUE(store->append(batch).ok());
  };
  const std::int64_t midnight = day_start_unix_us(kStart) + 24 * kHourLength;
  send(1, kStart, 1);
  send(2, midnight + 30 * kMinuteUs, 1);
  EXPECT_EQ(integer_of(options.path, days), 0) << "views still grow";
  EXPECT_EQ(views_of_day(), 2);
  send(3, midnight + 61 * kMinuteUs, 1);
  EXPECT_EQ(integer_of(options.path, days), 8) << "a row a dimension";
  EXPECT_EQ(views_of_day(), 3);
  send(4, midnight + 2 * kHourLength, 1);  // came late
  send(1, midnight + 2 * kHourLength, 2);  // grew late
  EXPECT_EQ(views_of_day(), 4);
  options.seal_each_commit = false;
  store.reset();
  store = open_or_fail(options);
  send(5, midnight + 3 * kHourLength, 1);  // in memory
  send(2, midnight + 3 * kHourLength, 2);  // memory replaces a sealed one
  EXPECT_EQ(views_of_day(), 5);
  Filter page;
  page.page = "/product/:id";
  const VitalSummary sum = (*store->summarize(1, page, GroupBy::kCountry))[0].summary;
  EXPECT_DOUBLE_EQ(sum.inp_ms.count(), 5);
  EXPECT_NEAR(*sum.inp_ms.quantile(1), 200, 2);
  EXPECT_NEAR(*sum.inp_ms.quantile(0.6), 100, 1) << "three of five did not grow";
  // The records go, the day stays.
  ASSERT_TRUE(store->prune(midnight, 0).ok());
  EXPECT_EQ(store->page_views(1, {}, {})->items.size(), 0u);
  EXPECT_EQ(views_of_day(), 5);
}

TEST(PageViewSegments, AClockFarAheadCostsNoNumber) {
  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
  options.seal_each_commit = true;
  const auto store = open_or_fail(options);
  const auto wanted = make_memory_store();
  std::mt19937_64 random(5);
  for (int step = 0; step < 20; ++step) {
    // The server's clock is years ahead for one commit; a visitor's is years behind.
    RecordBatch batch;
    batch.records.page_views.push_back(
        some_beacon(random, kStart + (step == 4 ? 2000 * 24 : step) * kHourLength));
    if (step == 2) {
      batch.records.page_views.push_back(page_view(77, kStart - 20'000 * kTenHours));
      batch.records.page_views.push_back(page_view(78, kStart - 1'000 * kTenHours));
    }
    ASSERT_TRUE(store->append(batch).ok());
    ASSERT_TRUE(wanted->append(batch).ok());
  }
  expect_same_reports(*store, *wanted);
}

TEST(PageViewSegments, OfVeryManyValuesTheLastAreCountedTogether) {
  sqlite::SumValues values;
  VitalSummary one;
  one.add(page_view(1));
  for (int i = 0; i < 1500; ++i) values["v" + std::to_string(i)] = one;
  const std::string bytes = *sqlite::with_added({}, values);
  const std::string more = *sqlite::with_added(bytes, {{"v1", one}, {"new", one}});
  sqlite::SumValues taken_out;
  VitalSummary minus;
  minus.add(page_view(1), -1);
  for (int i = 0; i < 1500; ++i) taken_out["v" + std::to_string(i)] = minus;
  const std::string rest = *sqlite::with_added(more, taken_out);
  EXPECT_LT(bytes.size(), 1500u * 60);
  EXPECT_GT(more.size(), 0u);
  EXPECT_EQ(*sqlite::with_added(rest, {{"v1", minus}, {"(other)", minus}}), "")
      << "nothing is left";
  EXPECT_EQ(sqlite::with_added(bytes.substr(0, bytes.size() - 1), {}).error().code, "malformed");
  EXPECT_EQ(sqlite::with_added("\x09" + bytes.substr(1), {}).error().code, "malformed");
}

TEST(PageViewSegments, SealingGoesOnBesideAppendsAndReaders) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  SqliteOptions options{path};
  options.segment_views = 20;
  options.group_views = 3;
  auto store = open_or_fail(options);
  const auto wanted = make_memory_store();
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    double last = 0;
    while (!stop) {
      // Views only become more, in rollups and in rows.
      const auto rows = store->summarize(1, {}, GroupBy::kDay);
      const double views = rows.ok() && !rows->empty() ? (*rows)[0].summary.views : 0;
      if (!rows.ok() || views < last) ++torn;
      last = views;
    }
  });
  std::mt19937_64 random(9);
  // Until the thread has sealed in the middle of it, and then some.
  for (int step = 0; step < 100 || integer_of(path, "SELECT count(*) FROM view_segments") < 3;
       ++step) {
    RecordBatch batch;
    for (std::uint64_t i = 0; i < 3; ++i) {
      batch.records.page_views.push_back(page_view(static_cast<std::uint64_t>(3 * step) + i + 1));
      PageViewRecord& grown = batch.records.page_views.emplace_back(some_beacon(random));
      grown.project = 2;
    }
    ASSERT_TRUE(store->append(batch).ok());
    ASSERT_TRUE(wanted->append(batch).ok());
  }
  stop = true;
  reader.join();
  EXPECT_EQ(torn, 0);
  for (const std::int64_t project : {1, 2}) {
    const auto a = store->summarize(project, {}, GroupBy::kPage);
    const auto b = wanted->summarize(project, {}, GroupBy::kPage);
    ASSERT_EQ(a->size(), b->size());
    for (std::size_t i = 0; i < a->size(); ++i) {
      expect_same((*a)[i].summary, (*b)[i].summary);
    }
  }
}

TEST(PageViewSegments, ASegmentThatWasBeingWrittenIsRemovedAtTheNextStart) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  open_or_fail({path}).reset();
  execute(path,
          "INSERT INTO view_segments VALUES(5, 0, 9, 0, 0, x'', x'', x'');"
          "INSERT INTO view_columns VALUES(5 * 64 + 1, x'00');"
          "INSERT INTO view_chunks VALUES(5 * 1048576 + 1, x'00');"
          "INSERT INTO view_blocks VALUES(5 * 1048576, x'00');"
          "INSERT INTO view_keys VALUES((7 << 40) + 5, x'00');");
  open_or_fail({path}).reset();
  for (const char* table :
       {"view_segments", "view_columns", "view_chunks", "view_blocks", "view_keys"}) {
    EXPECT_EQ(integer_of(path, ("SELECT count(*) FROM " + std::string(table)).c_str()), 0) << table;
  }
}

using Places = std::vector<std::size_t>;

TEST(PageViewSegments, EveryIdIsACandidateAndHardlyAnyOther) {
  sqlite::IdFilter filter;
  std::mt19937_64 random(4);
  std::vector<std::vector<std::uint64_t>> segments(70);
  // The first are of before: their bits are fewer, and stand in words of their own.
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (int n = 0; n < 2000; ++n) segments[i].push_back(random());
    const auto bits = i < 64 ? sqlite::IdFilter::kOldBits : sqlite::IdFilter::kBits;
    ASSERT_EQ(filter.add(sqlite::IdFilter::bits_of(segments[i], bits)), Places{i});
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto found = filter.candidates(segments[i][7]);
    EXPECT_NE(std::find(found.begin(), found.end(), i), found.end());
  }
  std::size_t wrong = 0;
  for (int n = 0; n < 1000; ++n) wrong += filter.candidates(random()).size();
  EXPECT_LT(wrong, 70u) << "of 70,000";
  filter.remove(Places{66});
  const auto found = filter.candidates(segments[66][7]);
  EXPECT_EQ(std::find(found.begin(), found.end(), 66u), found.end());
  EXPECT_EQ(filter.add(sqlite::IdFilter::bits_of({})), Places{66});
  filter.remove(Places{3});
  EXPECT_EQ(filter.add(sqlite::IdFilter::bits_of({}, sqlite::IdFilter::kOldBits)), Places{3});
}

// A full load seals more at once than a place is for: it would answer for every
// tenth id that it does not hold.
TEST(PageViewSegments, ALargeSegmentTakesMorePlaces) {
  sqlite::IdFilter filter;
  std::mt19937_64 random(5);
  std::vector<std::uint64_t> hashes(3 * sqlite::IdFilter::kIds + 1);
  for (auto& hash : hashes) hash = random();
  const Places places = filter.add(sqlite::IdFilter::bits_of(hashes));
  EXPECT_EQ(places, (Places{0, 1, 2, 3}));
  for (std::size_t i = 0; i < hashes.size(); i += 997) {
    EXPECT_FALSE(filter.candidates(hashes[i]).empty());
  }
  std::size_t wrong = 0;
  for (int n = 0; n < 10'000; ++n) wrong += filter.candidates(random()).size();
  EXPECT_LT(wrong, 30u) << "of 40,000: 0.03 %";
  filter.remove(places);
  for (std::size_t i = 0; i < hashes.size(); i += 997) {
    EXPECT_TRUE(filter.candidates(hashes[i]).empty());
  }
}

TEST(PageViewSegments, AColumnOfOtherBytesIsRefused) {
  sqlite::PageViewColumns columns;
  for (std::size_t row = 0; row < 3; ++row) columns.put(row, full_page_view(row + 1), "/rollup");
  const std::vector<std::uint32_t> order = {2, 0, 1};
  for (std::uint32_t column = 0; column < sqlite::kColumns; ++column) {
    SCOPED_TRACE(column);
    const std::string bytes = sqlite::encode_column(columns, order, column);
    sqlite::PageViewColumns into;
    EXPECT_TRUE(sqlite::decode_column(bytes, 3, column, into));
    const struct {
      const char* name;
      std::string bytes;
    } cases[] = {
        {"nothing", ""},
        {"cut short", bytes.substr(0, bytes.size() - 1)},
        {"a byte too many", bytes + "x"},
        {"a dictionary that promises more", "\xff\xff\xff\xff\x0f" + bytes},
        {"a number that the dictionary lacks", std::string(1, '\0') + std::string(12, '\x01')},
    };
    for (const auto& c : cases) {
      SCOPED_TRACE(c.name);
      sqlite::PageViewColumns other;
      EXPECT_FALSE(sqlite::decode_column(c.bytes, 3, column, other));
    }
  }
}

TEST(PageViewSegments, AnEntryKeepsEveryFieldAndRefusesOtherBytes) {
  const PageViewRecord record = full_page_view(5);
  const std::string bytes = sqlite::encode_page_view_entry(record, "(other)");
  const auto entry = sqlite::decode_page_view_entry(bytes);
  ASSERT_TRUE(entry.ok());
  expect_same(entry->record, record);
  EXPECT_EQ(entry->rollup_page, "(other)");
  EXPECT_EQ(sqlite::decode_page_view_entry(sqlite::encode_page_view_entry(record, record.view.page))
                ->rollup_page,
            record.view.page);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(sqlite::decode_page_view_entry(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_EQ(sqlite::decode_page_view_entry("\x7f" + bytes.substr(1)).error().code,
            "unknown_version");
}

TEST(PageViewSegments, ASealThatFailsIsToldAndTriedAgain) {
  TemporaryFolder folder;
  SealingLog sealing;
  SqliteOptions options;
  options.path = folder.file("pagewake.sqlite3");
  options.segment_views = 4;
  options.group_views = 2;
  options.seal_retry = std::chrono::milliseconds(10);
  options.on_sealing_changed = sealing.listener();
  const auto store = open_or_fail(options);
  execute(options.path,
          "CREATE TRIGGER no_room BEFORE INSERT ON view_segments "
          "BEGIN SELECT RAISE(ABORT, 'no room for a segment'); END");
  RecordBatch batch;
  for (std::uint64_t id = 1; id <= 4; ++id)
    batch.records.page_views.push_back(page_view(id, kStart));
  ASSERT_TRUE(store->append(batch).ok());
  EXPECT_NE(sealing.nth(1).find("no room for a segment"), std::string::npos) << sealing.nth(1);
  // Nothing is lost meanwhile.
  EXPECT_EQ(store->page_views(1, {}, {})->items.size(), 4u);

  execute(options.path, "DROP TRIGGER no_room");
  EXPECT_EQ(sealing.nth(2), "works");
  EXPECT_EQ(store->page_views(1, {}, {})->items.size(), 4u);
  EXPECT_EQ(integer_of(options.path, "SELECT sum(row_count) FROM view_segments"), 4);
}

}  // namespace
}  // namespace pagewake::storage
