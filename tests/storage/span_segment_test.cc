// Spans through journal, memory and segments: whatever is sealed when, the
// SQLite store says what the memory store says.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "storage/sqlite/span_batch.h"
#include "storage/sqlite/span_generation.h"
#include "storage/sqlite_file.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using model::SpanRecord;

constexpr const char* kSegments = "SELECT count(*) FROM span_segments";

Written append(RecordStore& store, std::vector<SpanRecord> spans) {
  RecordBatch batch;
  batch.records.spans = std::move(spans);
  auto written = store.append(batch);
  EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
  return written.ok() ? *written : Written{};
}

// A span of one of a few traces; its start is a function of its ids.
SpanRecord some_span(std::mt19937_64& random) {
  const std::uint64_t trace = 1 + random() % 12;
  // One trace is far larger than the others: it has blocks of its own.
  const std::uint64_t id = 1 + (trace == 1 ? random() % 600 : random() % 15);
  SpanRecord record = span(trace, id, kStart + static_cast<std::int64_t>(id % 90) * kMinuteUs);
  record.project = trace % 4 == 0 ? 3 : 1;
  record.name = "GET /p" + std::to_string(trace % 3);
  record.op = id % 2 == 0 ? "" : "db";
  record.attributes_json = R"({"server.port":)" + std::to_string(id % 5) + "}";
  record.events_json = id % 3 == 0 ? "[{}]" : "";
  record.links_json = "";
  if (id % 4 == 0) record.parent_span_id = {};
  return record;
}

void expect_same_spans(RecordStore& got, RecordStore& wanted) {
  for (const std::int64_t project : {1, 3}) {
    std::vector<TraceId> traces;
    for (std::uint64_t trace = 0; trace <= 13; ++trace) {
      traces.push_back(id_of<TraceId>(trace));
      const auto a = got.spans_of_trace(project, traces.back());
      const auto b = wanted.spans_of_trace(project, traces.back());
      ASSERT_TRUE(a.ok() && b.ok());
      ASSERT_EQ(a->size(), b->size()) << trace;
      for (std::size_t i = 0; i < a->size(); ++i) expect_same((*a)[i], (*b)[i]);
    }
    const auto a = got.spans_of_traces(project, traces);
    const auto b = wanted.spans_of_traces(project, traces);
    ASSERT_EQ(a->size(), b->size());
    for (std::size_t i = 0; i < a->size(); ++i) expect_same((*a)[i], (*b)[i]);
  }
}

TEST(SpanSegments, WhateverIsSealedWhenTheSpansAreThoseOfTheMemoryStore) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(seed);
    TemporaryFolder folder;
    SqliteOptions options{folder.file("pagewake.sqlite3")};
    std::mt19937_64 random(seed);
    const auto wanted = make_memory_store();
    auto store = open_or_fail(options);
    for (int step = 0; step < 60; ++step) {
      if (random() % 4 == 0) {
        // Another start: with it the journal is replayed, and from now on
        // each commit is sealed, or none.
        store.reset();
        options.seal_each_commit = random() % 2 == 0;
        store = open_or_fail(options);
        ASSERT_NE(store, nullptr);
      }
      std::vector<SpanRecord> spans;
      const std::size_t most = step % 10 == 5 ? 400 : 30;
      for (std::size_t i = random() % most; i < most; ++i) spans.push_back(some_span(random));
      const Written a = append(*store, spans);
      const Written b = append(*wanted, spans);
      ASSERT_EQ(a.stored, b.stored) << step;
      ASSERT_EQ(a.fates, b.fates) << step;
      if (step % 12 == 11) expect_same_spans(*store, *wanted);
      // What was pruned may come again, and goes with the next prune.
      if (step % 20 == 19) {
        const std::int64_t before = kStart + (10 + step % 31) * kMinuteUs;
        ASSERT_EQ(*store->prune(before, 0), *wanted->prune(before, 0));
        expect_same_spans(*store, *wanted);
      }
    }
    expect_same_spans(*store, *wanted);
  }
}

TEST(SpanSegments, ATraceIsOneHoweverManySegmentsHoldIt) {
  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
  options.seal_each_commit = true;
  auto store = open_or_fail(options);
  for (std::uint64_t id = 1; id <= 5; ++id) {
    EXPECT_EQ(append(*store, {span(1, id, kStart - static_cast<std::int64_t>(id))}).stored, 1u);
  }
  EXPECT_EQ(integer_of(options.path, kSegments), 5);
  store.reset();
  options.seal_each_commit = false;
  store = open_or_fail(options);
  EXPECT_EQ(append(*store, {span(1, 6), span(1, 3), span(2, 3)}).stored, 2u) << "one is sealed";
  const auto spans = store->spans_of_trace(1, id_of<TraceId>(1));
  ASSERT_EQ(spans->size(), 6u);
  for (std::size_t i = 0; i + 1 < 5; ++i) {
    EXPECT_LT((*spans)[i].started_at_unix_us, (*spans)[i + 1].started_at_unix_us);
  }
  EXPECT_EQ(append(*store, {span(1, 1), span(1, 6)}).duplicates, 2u);
}

TEST(SpanSegments, ASpanOfAHugeTraceIsKnownWithoutReadingAllOfIt) {
  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
  options.seal_each_commit = true;
  const auto store = open_or_fail(options);
  for (std::uint64_t part = 0; part < 3; ++part) {
    std::vector<SpanRecord> spans;
    for (std::uint64_t i = 0; i < 1000; ++i) spans.push_back(span(1, 1 + part + 3 * i));
    EXPECT_EQ(append(*store, spans).stored, 1000u) << "their ids stand between each other";
  }
  std::vector<SpanRecord> again;
  for (std::uint64_t id = 1; id <= 3001; ++id) again.push_back(span(1, id));
  const Written written = append(*store, again);
  EXPECT_EQ(written.duplicates, 3000u);
  EXPECT_EQ(written.fates.back(), RecordFate::kStored);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 3001u);
}

TEST(SpanSegments, MoreTracesThanASegmentsBitsAreForMakeSeveral) {
  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
  options.seal_each_commit = true;
  auto store = open_or_fail(options);
  std::vector<SpanRecord> spans;
  for (std::uint64_t trace = 1; trace <= 33'000; ++trace) spans.push_back(span(trace, 1));
  EXPECT_EQ(append(*store, spans).stored, 33'000u);
  EXPECT_EQ(integer_of(options.path, kSegments), 2);
  EXPECT_EQ(integer_of(options.path, "SELECT sum(span_count) FROM span_segments"), 33'000);
  EXPECT_EQ(integer_of(options.path, "SELECT count(*) FROM span_journal"), 0);
  store.reset();
  store = open_or_fail(options);
  std::vector<TraceId> traces;
  for (std::uint64_t trace = 1; trace <= 33'000; trace += 100) {
    traces.push_back(id_of<TraceId>(trace));
  }
  EXPECT_EQ(store->spans_of_traces(1, traces)->size(), traces.size());
  EXPECT_EQ(append(*store, {span(1, 1), span(33'000, 1)}).duplicates, 2u);
}

TEST(SpanSegments, SealingGoesOnBesideAppendsAndReaders) {
  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
  options.segment_spans = 20;
  const auto store = open_or_fail(options);
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    std::size_t last = 0;
    while (!stop) {
      // Spans only become more, three at a time.
      const auto spans = store->spans_of_trace(1, id_of<TraceId>(1));
      const std::size_t found = spans.ok() ? spans->size() : 0;
      if (!spans.ok() || found < last || found % 3 != 0) ++torn;
      last = found;
    }
  });
  std::uint64_t id = 0;
  // Until the thread has sealed in the middle of it, and then some.
  for (int step = 0; step < 100 || integer_of(options.path, kSegments) < 3; ++step) {
    ASSERT_EQ(append(*store, {span(1, id + 1), span(1, id + 2), span(1, id + 3)}).stored, 3u);
    id += 3;
    ASSERT_EQ(append(*store, {span(1, 1 + id / 2)}).duplicates, 1u);
  }
  stop = true;
  reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), id);
}

TEST(SpanSegments, RetentionHidesWhatIsOldAndDropsSegmentsWhole) {
  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
  options.seal_each_commit = true;
  auto store = open_or_fail(options);
  append(*store, {span(1, 1, kStart), span(1, 2, kStart + 10), span(1, 3, kStart + 20)});
  append(*store, {span(2, 1, kStart + 30)});
  EXPECT_EQ(store->prune(kStart + 11, 0).value(), 2u);
  EXPECT_EQ(integer_of(options.path, kSegments), 2);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 1u);
  store.reset();
  store = open_or_fail(options);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 1u) << "after a start, too";
  EXPECT_EQ(store->prune(kStart + 11, 0).value(), 0u);
  // What was hidden is as new; what was not is known.
  EXPECT_EQ(append(*store, {span(1, 1, kStart + 40), span(1, 3, kStart + 20)}).stored, 1u);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 2u);

  EXPECT_EQ(store->prune(kStart + 21, 0).value(), 1u);
  EXPECT_EQ(integer_of(options.path, kSegments), 2) << "the first is gone, one came";
  EXPECT_EQ(store->prune(kStart + 100, 0).value(), 2u);
  for (const char* table : {"span_segments", "span_blocks", "span_keys", "span_journal"}) {
    EXPECT_EQ(integer_of(options.path, "SELECT count(*) FROM " + std::string(table)), 0) << table;
  }
}

TEST(SpanSegments, RetentionReachesWhatIsInMemory) {
  TemporaryFolder folder;
  const SqliteOptions options{folder.file("pagewake.sqlite3")};
  const auto store = open_or_fail(options);
  append(*store, {span(1, 1, kStart), span(1, 2, kStart + 10)});
  EXPECT_EQ(store->prune(kStart, 0).value(), 0u);
  EXPECT_EQ(integer_of(options.path, kSegments), 0) << "nothing old: nothing is sealed for it";
  EXPECT_EQ(store->prune(kStart + 1, 0).value(), 1u);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 1u);
  append(*store, {span(1, 3, kStart)});
  EXPECT_EQ(store->prune(kStart + 100, 0).value(), 2u);
  EXPECT_TRUE(store->spans_of_trace(1, id_of<TraceId>(1))->empty());
  EXPECT_EQ(integer_of(options.path, kSegments), 0);
}

TEST(SpanSegments, ADayOfAQuietSiteBecomesASegment) {
  TemporaryFolder folder;
  const SqliteOptions options{folder.file("pagewake.sqlite3")};
  const auto store = open_or_fail(options);
  append(*store, {span(1, 1, kStart)});
  append(*store, {span(1, 2, kStart + 23 * kHourLength)});
  EXPECT_EQ(integer_of(options.path, kSegments), 0);
  append(*store, {span(1, 3, kStart + 24 * kHourLength)});
  // Sealing says nothing when it is done; the journal is empty then.
  while (integer_of(options.path, "SELECT count(*) FROM span_journal") != 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(integer_of(options.path, "SELECT span_count FROM span_segments"), 3);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 3u);
}

TEST(SpanSegments, ASegmentThatWasBeingWrittenIsRemovedAtTheNextStart) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  open_or_fail({path}).reset();
  execute(path,
          "INSERT INTO span_segments VALUES(5, 0, 9, 0, 0, 0, 0, x'');"
          "INSERT INTO span_blocks VALUES(5 * 1048576 + 7, x'00');"
          "INSERT INTO span_keys VALUES(5 * 64 + 3, x'00');");
  open_or_fail({path}).reset();
  for (const char* table : {"span_segments", "span_blocks", "span_keys"}) {
    EXPECT_EQ(integer_of(path, "SELECT count(*) FROM " + std::string(table)), 0) << table;
  }
}

TEST(SpanSegments, ASealThatFailsIsToldAndTriedAgain) {
  TemporaryFolder folder;
  SealingLog sealing;
  SqliteOptions options;
  options.path = folder.file("pagewake.sqlite3");
  options.segment_spans = 2;
  options.seal_retry = std::chrono::milliseconds(10);
  options.on_sealing_changed = sealing.listener();
  const auto store = open_or_fail(options);
  // In the middle of it: the segment's row was written by then.
  execute(options.path,
          "CREATE TRIGGER no_room BEFORE INSERT ON span_keys "
          "BEGIN SELECT RAISE(ABORT, 'no room for a segment'); END");
  append(*store, {span(1, 1), span(1, 2)});
  EXPECT_NE(sealing.nth(1).find("no room for a segment"), std::string::npos) << sealing.nth(1);
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 2u) << "nothing is lost";
  EXPECT_EQ(append(*store, {span(1, 1), span(1, 3)}).duplicates, 1u);

  execute(options.path, "DROP TRIGGER no_room");
  EXPECT_EQ(sealing.nth(2), "works");
  EXPECT_EQ(store->spans_of_trace(1, id_of<TraceId>(1))->size(), 3u);
  EXPECT_EQ(integer_of(options.path, "SELECT sum(span_count) FROM span_segments"), 2);
  EXPECT_EQ(integer_of(options.path, kSegments), 1) << "no half of one is left";
}

TEST(SpanSegments, ADamagedJournalOrSegmentIsAnErrorAndNeverOtherSpans) {
  const struct {
    const char* name;
    bool sealed;
    const char* damage;
    bool opens;
  } cases[] = {
      {"a row of the journal is cut short", false,
       "UPDATE span_journal SET data = substr(data, 1, length(data) - 1)", false},
      {"a row of the journal is of a later version", false,
       "UPDATE span_journal SET data = x'7f' || substr(data, 2)", false},
      {"a row of the journal is empty", false, "UPDATE span_journal SET data = x''", false},
      {"bits of a segment are no zstd", true, "UPDATE span_segments SET id_bits = x'0102'", false},
      {"a block is no zstd", true,
       "UPDATE span_blocks SET data = x'0102' WHERE block_id % 1048576 = 0", true},
      {"the common texts are no zstd", true,
       "UPDATE span_blocks SET data = x'0102' WHERE block_id % 1048576 = 1048575", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TemporaryFolder folder;
    SqliteOptions options{folder.file("pagewake.sqlite3")};
    options.seal_each_commit = c.sealed;
    {
      const auto store = open_or_fail(options);
      append(*store, {span(1, 1), span(2, 2)});
    }
    execute(options.path, c.damage);
    auto opened = open_sqlite_store(options);
    ASSERT_EQ(opened.ok(), c.opens);
    if (!c.opens) {
      EXPECT_EQ(opened.error().code, "not_a_store");
      EXPECT_NE(opened.error().message.find("spans"), std::string::npos) << opened.error().message;
      continue;
    }
    EXPECT_EQ((*opened)->spans_of_trace(1, id_of<TraceId>(1)).error().code, "store_unavailable");
    RecordBatch batch;
    batch.records.spans = {span(1, 9)};
    EXPECT_EQ((*opened)->append(batch).error().code, "store_failed") << "it may be known";
    batch.records.spans = {span(77, 9)};
    EXPECT_TRUE((*opened)->append(batch).ok()) << "the rest goes on";
  }
}

// Five spans a trace, as the table `spans` had them.
void insert_rows(const std::string& path, std::uint64_t rows) {
  sqlite3* handle = nullptr;
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "BEGIN", nullptr, nullptr, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_prepare_v2(
                handle,
                "INSERT INTO spans VALUES(?1, 1, ?2, ?3, ?4, 2, 2, 2, 'GET /cart', 'http.server', "
                "'shop', 'boom', '1.4.2', 'production', ?5, 1500, '{\"http.route\":\"/cart\"}', "
                "'[]', '[{\"trace_id\":\"00\"}]', ?5 + 1000000)",
                -1, &statement, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(handle);
  for (std::uint64_t i = 1; i <= rows; ++i) {
    const auto trace = id_of<TraceId>((i + 4) / 5);
    const auto id = id_of<SpanId>(i), parent = id_of<SpanId>(i + 1);
    sqlite3_bind_int64(statement, 1, static_cast<std::int64_t>(i));
    sqlite3_bind_blob(statement, 2, trace.bytes.data(), 16, SQLITE_TRANSIENT);
    sqlite3_bind_blob(statement, 3, id.bytes.data(), 8, SQLITE_TRANSIENT);
    sqlite3_bind_blob(statement, 4, i % 5 == 0 ? nullptr : parent.bytes.data(), 8,
                      SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 5, kStart + static_cast<std::int64_t>(i));
    ASSERT_EQ(sqlite3_step(statement), SQLITE_DONE) << sqlite3_errmsg(handle);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  ASSERT_EQ(sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

TEST(SpanSegments, AFileWithRowsOfSpansIsTakenOverWithAllOfThem) {
  TemporaryFolder folder;
  const std::string path = folder.file("pagewake.sqlite3");
  open_or_fail({path}).reset();
  // As the schema before left it, and as a kill in the middle of it does: some
  // rows are moved, the rest is there.
  execute(path, R"sql(
    CREATE TABLE spans(
      span_row INTEGER PRIMARY KEY, project INTEGER NOT NULL,
      trace_id BLOB NOT NULL, span_id BLOB NOT NULL, parent_span_id BLOB,
      source INTEGER NOT NULL, kind INTEGER NOT NULL, status INTEGER NOT NULL,
      name TEXT NOT NULL, op TEXT NOT NULL, service TEXT NOT NULL, status_message TEXT NOT NULL,
      release TEXT NOT NULL, environment TEXT NOT NULL,
      started_at_unix_us INTEGER NOT NULL, duration_us INTEGER NOT NULL,
      attributes_json TEXT NOT NULL, events_json TEXT NOT NULL, links_json TEXT NOT NULL,
      received_at_unix_us INTEGER NOT NULL);
  )sql");
  insert_rows(path, 5000);
  {
    SqliteOptions options{path};
    options.segment_spans = 1000;
    const auto store = open_or_fail(options);
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(integer_of(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'spans'"), 0);
    EXPECT_GT(integer_of(path, kSegments), 0) << "not all of it waits in memory";
  }
  const auto store = open_or_fail({path});
  std::vector<TraceId> traces;
  for (std::uint64_t trace = 1; trace <= 1000; ++trace) traces.push_back(id_of<TraceId>(trace));
  const auto spans = store->spans_of_traces(1, traces);
  ASSERT_EQ(spans->size(), 5000u);
  for (std::uint64_t id : {1u, 2501u, 4998u}) {
    expect_same((*spans)[id - 1], span((id + 4) / 5, id, kStart + static_cast<std::int64_t>(id)));
  }
  EXPECT_TRUE((*spans)[4].parent_span_id.is_zero());
  EXPECT_EQ(append(*store, {span(1, 3), span(1000, 5000), span(1000, 5001)}).duplicates, 2u);
}

// --- span_batch.h

TEST(SpanBatch, KeepsEveryFieldAndRefusesOtherBytes) {
  std::vector<SpanRecord> records = {span(5, 6), span(5, 7, INT64_MIN), span(6, 7), SpanRecord()};
  records[2].started_at_unix_us = INT64_MAX;
  records[1].parent_span_id = records[0].span_id;
  records[2].project = -3;
  records[2].duration_us = INT64_MIN;
  records[2].attributes_json = std::string(70'000, 'a') + std::string("\0b", 2);
  std::vector<sqlite::SpanView> views;
  for (const auto& record : records) views.push_back(sqlite::view_of(record));
  const sqlite::SharedTexts shared({"shop", "not used", R"({"http.route":"/cart"})"});
  for (const sqlite::SharedTexts* texts :
       {static_cast<const sqlite::SharedTexts*>(nullptr), &shared}) {
    sqlite::SpanBatchEncoder encoder(texts);
    const std::string first = encoder.encode(views);
    ASSERT_EQ(encoder.encode(views), first) << "one batch leaves nothing for the next";
    const auto reader = sqlite::SpanBatchReader::open(first, texts);
    ASSERT_TRUE(reader.has_value());
    ASSERT_EQ(reader->size(), records.size());
    std::size_t read = 0;
    EXPECT_TRUE(reader->for_each([&](std::uint32_t number, std::uint32_t offset, std::uint32_t) {
      const auto view = reader->span(number, offset);
      ASSERT_TRUE(view.has_value());
      expect_same(sqlite::record_of(*view), records[number]);
      EXPECT_EQ(view->project, records[number].project);
      EXPECT_EQ(view->received_at_unix_us, records[number].received_at_unix_us);
      ++read;
    }));
    EXPECT_EQ(read, records.size());
  }
  sqlite::SpanBatchEncoder encoder;
  views.resize(2);
  const std::string bytes = encoder.encode(views);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    sqlite::SpanGeneration generation;
    EXPECT_FALSE(generation.add(bytes.substr(0, size))) << size;
    EXPECT_TRUE(generation.empty());
  }
  // Any other byte: read as something, or refused; never outside of it.
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char other : {'\0', '\x7f', '\xff'}) {
      std::string changed = bytes;
      changed[at] = other;
      sqlite::SpanGeneration generation;
      if (!generation.add(changed)) EXPECT_TRUE(generation.empty());
    }
  }
}

TEST(SpanBatch, ASetOfSpansKnowsExactlyWhatWasPutIn) {
  sqlite::SpanSet set;
  std::mt19937_64 random(5);
  std::set<std::pair<std::uint32_t, std::uint64_t>> wanted;
  for (int i = 0; i < 20'000; ++i) {
    const auto trace = static_cast<std::uint32_t>(random() % 50);
    const std::uint64_t id = random() % 200;
    EXPECT_EQ(set.insert(trace, id_of<SpanId>(id)), wanted.emplace(trace, id).second);
  }
  EXPECT_EQ(set.size(), wanted.size());
  for (std::uint32_t trace = 0; trace < 51; ++trace) {
    for (std::uint64_t id = 0; id < 201; ++id) {
      ASSERT_EQ(set.contains(trace, id_of<SpanId>(id)), wanted.contains({trace, id}));
    }
  }
  set.clear();
  EXPECT_FALSE(set.contains(wanted.begin()->first, id_of<SpanId>(wanted.begin()->second)));
}

}  // namespace
}  // namespace pagewake::storage
