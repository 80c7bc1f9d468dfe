// The bytes of sealed page views: what was written is read again, of this
// layout and of the one before, and bytes that something else wrote give an
// error or a value.
#include "storage/sqlite/view_blocks.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <map>
#include <numeric>
#include <random>

#include "base/byte_writer.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/view_keys.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage::sqlite {
namespace {

using Rows = std::vector<std::pair<std::int64_t, std::string>>;

// A file with the rows of segment 3.
class Blocks {
 public:
  Blocks() {
    const std::string path = folder_.file("blocks.sqlite3");
    auto opened = Database::open(path, Database::Mode::kReadWrite);
    EXPECT_TRUE(opened.ok() && migrate(**opened, path).ok());
    database_ = std::move(*opened);
  }
  void write(const Rows& rows) {
    database_->run("DELETE FROM view_blocks");
    for (const auto& [row, data] : rows) {
      database_->query("INSERT INTO view_blocks(block_id, data) VALUES(?,?)")
          .integer(3 * kBlockRowsPerSegment + row)
          .blob(data)
          .run();
    }
  }
  // By row; those that could be read before the first failure.
  std::map<std::uint32_t, PageViewEntry> read(const std::vector<std::uint32_t>& rows) {
    std::map<std::uint32_t, PageViewEntry> out;
    database_->clear_error();
    ViewBlockReader reader;
    std::size_t at = 0;
    complete_ = reader.entries(*database_, 3, rows,
                               [&](PageViewEntry& entry) { out[rows[at++]] = std::move(entry); });
    return out;
  }
  bool complete() const { return complete_; }
  std::string error() const { return database_->ok() ? "" : database_->message(); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
  bool complete_ = false;
};

std::vector<std::string> entries_of(const std::vector<model::PageViewRecord>& records) {
  std::vector<std::string> out;
  for (const auto& record : records) out.push_back(encode_page_view_entry(record, "/rollup"));
  return out;
}

std::vector<model::PageViewRecord> some_records(std::size_t n) {
  std::mt19937_64 random(5);
  std::vector<model::PageViewRecord> out;
  for (std::uint64_t id = 1; id <= n; ++id) {
    out.push_back(id % 3 == 0 ? full_page_view(id) : page_view(id));
    // Something that does not become smaller, so that there are many rows.
    for (std::uint64_t i = 0; i < random() % 40; ++i) {
      out.back().view.title += std::to_string(random());
    }
  }
  return out;
}

std::vector<std::uint32_t> all_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

TEST(ViewBlocks, WhatWasWrittenIsReadInAnyChoiceOfRows) {
  std::mt19937_64 random(7);
  for (const std::size_t n : {1u, 15u, 16u, 17u, 300u}) {
    SCOPED_TRACE(n);
    const auto records = some_records(n);
    std::vector<std::uint32_t> order = all_rows(n);
    std::shuffle(order.begin(), order.end(), random);
    Blocks blocks;
    blocks.write(make_view_blocks(entries_of(records), order));
    for (const std::size_t step : {1u, 7u, 16u, 50u}) {
      std::vector<std::uint32_t> rows;
      for (std::size_t row = step / 2; row < n; row += step) {
        rows.push_back(static_cast<std::uint32_t>(row));
      }
      const auto read = blocks.read(rows);
      EXPECT_TRUE(blocks.complete()) << blocks.error();
      ASSERT_EQ(read.size(), rows.size());
      for (const auto& [row, entry] : read) {
        expect_same(entry.record, records[order[row]]);
        EXPECT_EQ(entry.rollup_page, "/rollup");
      }
    }
    blocks.read({static_cast<std::uint32_t>(n + 16)});
    EXPECT_FALSE(blocks.complete());
    EXPECT_NE(blocks.error(), "") << "no such row";
  }
}

TEST(ViewBlocks, ABlockARowAsBeforeIsRead) {
  const auto records = some_records(40);
  const auto entries = entries_of(records);
  const std::string dictionary = entries[2] + entries[5];
  BlockCompressor compressor(dictionary);
  Rows rows = {{kBlockRowsPerSegment - 1, compressed(dictionary)}};
  for (std::size_t first = 0; first < 40; first += 16) {
    ByteWriter raw;
    for (std::size_t i = first; i < std::min<std::size_t>(first + 16, 40); ++i) {
      raw.block(entries[i]);
    }
    rows.emplace_back(first / 16, compressor.compressed(raw.view()));
  }
  Blocks blocks;
  blocks.write(rows);
  const auto read = blocks.read(all_rows(40));
  EXPECT_TRUE(blocks.complete()) << blocks.error();
  ASSERT_EQ(read.size(), 40u);
  for (const auto& [row, entry] : read) expect_same(entry.record, records[row]);
}

TEST(ViewBlocks, RowsThatArePrunedAreMissedWithoutAnError) {
  const auto records = some_records(300);
  Rows rows = make_view_blocks(entries_of(records), all_rows(300));
  ASSERT_GT(rows.size(), 4u);
  Blocks blocks;
  for (const std::size_t without : {std::size_t{0}, std::size_t{1}, rows.size() - 1}) {
    Rows rest = rows;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(without));
    blocks.write(rest);
    blocks.read(all_rows(300));
    EXPECT_FALSE(blocks.complete()) << without;
    EXPECT_EQ(blocks.error(), "") << without;
  }
}

TEST(ViewBlocks, ChangedBytesGiveAnErrorOrAValue) {
  const std::size_t n = 60;
  const Rows rows = make_view_blocks(entries_of(some_records(n)), all_rows(n));
  std::mt19937_64 random(11);
  Blocks blocks;
  int failed = 0;
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    Rows changed = rows;
    std::string& data = changed[random() % changed.size()].second;
    switch (random() % 4) {
      case 0:
        data.resize(random() % data.size());
        break;
      case 1:
        data.insert(random() % data.size(), 1 + random() % 9, static_cast<char>(random()));
        break;
      default:
        for (std::uint64_t i = 1 + random() % 4; i > 0; --i) {
          data[random() % data.size()] = static_cast<char>(random());
        }
    }
    blocks.write(changed);
    const auto read = blocks.read(all_rows(n));
    EXPECT_EQ(blocks.complete(), read.size() == n);
    failed += blocks.complete() ? 0 : 1;
  }
  EXPECT_GT(failed, 100);
}

TEST(ViewKeys, RowsAreFoundByTheirHashInShortAndLongBuckets) {
  std::mt19937_64 random(3);
  for (const std::size_t rows : {std::size_t{300}, std::size_t{65'536}, std::size_t{70'000}}) {
    std::vector<RowKey> keys;
    for (int i = 0; i < 200; ++i) {
      keys.push_back({random() >> 8, static_cast<std::uint32_t>(rows - 1 - i)});
    }
    keys.push_back({keys[5].hash, 0});
    const std::string bucket = encode_bucket(keys, rows);
    EXPECT_EQ(bucket.size(), rows <= 65'536 ? 201u * 4 + 1 : 201u * 8);
    std::vector<std::uint32_t> found;
    append_rows(bucket, keys[5].hash, found);
    EXPECT_EQ(found, (std::vector<std::uint32_t>{static_cast<std::uint32_t>(rows - 6), 0}));
    found.clear();
    append_rows(bucket, random() >> 8, found);
    EXPECT_LE(found.size(), 1u);
    for (std::size_t size = 0; size < 9; ++size) append_rows(bucket.substr(0, size), 1, found);
  }
}

}  // namespace
}  // namespace pagewake::storage::sqlite
