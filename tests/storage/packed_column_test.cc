// Columns packed and unpacked: every value comes back, wherever it stands, and
// other bytes are refused.
#include "storage/sqlite/packed_column.h"

#include <gtest/gtest.h>

#include <random>

#include "storage/sqlite/blob.h"
#include "storage/sqlite/column_chunk.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage::sqlite {
namespace {

TEST(PackedColumn, IntegersComeBack) {
  constexpr std::int64_t kMany = std::int64_t{1} << 55;
  const struct {
    const char* name;
    std::vector<std::int64_t> values;
    std::size_t bytes;  // 0: too far apart
  } cases[] = {
      {"none", {}, 2},
      {"one", {7}, 2},
      {"all the same", {-300, -300, -300}, 3},
      {"two bits", {5, 6, 8, 5}, 2 + 1 + 7},
      {"zero far from the others", {0, 1000, 1001, 0, 1002}, 3 + 2 + 7},
      {"zero near the others", {0, 1, 2, 3}, 2 + 1 + 7},
      {"all zero", {0, 0}, 2},
      {"thousands", {1'000, 9'000, 5'000}, 3 + 2 + 7},
      {"zero and thousands", {0, 7'000'001, 7'001'001}, 5 + 1 + 7},
      {"less than nothing", {-5, 0, 5}, 2 + 2 + 7},
      {"as far apart as may be", {0, kMany, 2 * kMany - 1}, 2 + 21 + 7},
      {"farther", {0, 1, 2 * kMany}, 0},
      {"farthest", {INT64_MIN, INT64_MAX}, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto bytes = pack_integers(c.values);
    ASSERT_EQ(bytes.has_value(), c.bytes > 0);
    if (!bytes) continue;
    EXPECT_EQ(bytes->size(), c.bytes);
    const auto packed = PackedIntegers::of(*bytes, c.values.size());
    ASSERT_TRUE(packed);
    for (std::size_t i = 0; i < c.values.size(); ++i) EXPECT_EQ(packed->at(i), c.values[i]) << i;
    EXPECT_FALSE(PackedIntegers::of(bytes->substr(0, bytes->size() - 1), c.values.size()));
    EXPECT_FALSE(PackedIntegers::of(*bytes + "x", c.values.size()));
  }
}

TEST(PackedColumn, IntegersOfEveryWidthComeBack) {
  std::mt19937_64 random(1);
  for (unsigned bits = 0; bits <= 56; ++bits) {
    for (const bool with_zero : {false, true}) {
      SCOPED_TRACE(testing::Message() << bits << (with_zero ? " with zero" : ""));
      const auto base = static_cast<std::int64_t>(random() >> 8) * (with_zero ? 1 : -1);
      std::vector<std::int64_t> values(1 + random() % 100);
      for (auto& value : values) {
        value = base + static_cast<std::int64_t>(random() & ((std::uint64_t{1} << bits) - 1));
        if (with_zero && random() % 4 == 0) value = 0;
      }
      const auto bytes = pack_integers(values);
      ASSERT_TRUE(bytes);
      const auto packed = PackedIntegers::of(*bytes, values.size());
      ASSERT_TRUE(packed);
      for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(packed->at(i), values[i]) << i;
    }
  }
}

TEST(PackedColumn, NumbersOfEveryWidthComeBack) {
  std::mt19937_64 random(2);
  for (const std::uint64_t count : {1, 2, 3, 4, 5, 16, 17, 256, 257, 65'536, 65'537, 1'000'000}) {
    for (const std::size_t rows : {0u, 1u, 2u, 7u, 8u, 9u, 2'047u, 2'048u}) {
      SCOPED_TRACE(testing::Message() << count << " in " << rows);
      std::vector<std::uint32_t> values(rows);
      for (auto& value : values) value = static_cast<std::uint32_t>(random() % count);
      const std::string bytes = pack_numbers(values, count);
      Numbers all, some;
      ASSERT_TRUE(unpack_numbers(bytes, rows, count, nullptr, all));
      for (std::size_t row = 0; row < rows; ++row) ASSERT_EQ(all[row], values[row]) << row;
      std::vector<std::uint32_t> only;
      for (std::uint32_t row = 0; row < rows; ++row) {
        if (random() % 5 == 0) only.push_back(row);
      }
      ASSERT_TRUE(unpack_numbers(bytes, rows, count, &only, some));
      for (const std::uint32_t row : only) ASSERT_EQ(some[row], values[row]) << row;
      EXPECT_FALSE(unpack_numbers(bytes + "x", rows, count, nullptr, all));
      if (!bytes.empty()) {
        EXPECT_FALSE(unpack_numbers(bytes.substr(0, bytes.size() - 1), rows, count, nullptr, all));
      }
    }
  }
  Numbers numbers;
  EXPECT_FALSE(unpack_numbers("\xff", 4, 3, nullptr, numbers)) << "3 of 3 texts";
  EXPECT_FALSE(unpack_numbers("", 1, 0, nullptr, numbers)) << "a row without a text";
}

// A made column of each kind, of many rows and of few.
PageViewColumns columns_of(std::size_t rows, std::mt19937_64& random) {
  PageViewColumns columns;
  for (std::size_t row = 0; row < rows; ++row) {
    model::PageViewRecord record =
        page_view(row + 1, kStart + static_cast<std::int64_t>(random() % 100'000) * 1000);
    record.project = random() % 50 == 0 ? 3 : 1;
    record.country = std::string(1, static_cast<char>('A' + random() % 20));
    record.browser = random() % 100 == 0 ? "Firefox" : "Chrome";
    record.view.vitals.lcp_ms = 100 + static_cast<double>(random() % 5000);
    if (random() % 4 == 0) record.view.vitals.inp_ms = static_cast<double>(random() % 500);
    record.view.weight = static_cast<double>(1 + random() % 3);
    record.view.error_count = random() % 9 == 0 ? 1 : 0;
    columns.put(row, record, "/p" + std::to_string(random() % 300));
  }
  return columns;
}

TEST(PackedColumn, AChunkIsTheColumnAsItWas) {
  std::mt19937_64 random(3);
  for (const std::size_t rows : {1u, 2u, 3u, 40u, 2'000u}) {
    SCOPED_TRACE(rows);
    const PageViewColumns columns = columns_of(rows, random);
    std::vector<std::uint32_t> order(rows), some;
    for (std::uint32_t row = 0; row < rows; ++row) {
      order[row] = row;
      if (random() % 3 == 0) some.push_back(row);
    }
    // New chunks, and those of before, which know nothing of packing.
    for (const bool old : {false, true}) {
      for (const auto* only : {static_cast<const std::vector<std::uint32_t>*>(nullptr),
                               static_cast<const std::vector<std::uint32_t>*>(&some)}) {
        PageViewColumns read;
        for (std::uint32_t column = 0; column < kColumns; ++column) {
          if (!old && !is_written(column)) continue;
          const std::string bytes = old ? compressed(encode_column(columns, order, column))
                                        : encode_chunk(columns, order, column);
          // The first, which says which project a row is of, is never partial.
          const bool whole = column + 1 == kColumns || column == 0;
          ASSERT_TRUE(decode_chunk(bytes, rows, column, read, whole ? nullptr : only)) << column;
          ASSERT_TRUE(has_column(read, column)) << column;
        }
        ASSERT_EQ(read.rows(), rows);
        for (const std::uint32_t row : only != nullptr ? some : order) {
          ASSERT_EQ(read.project(row), columns.project(row));
          ASSERT_EQ(read.started_at_unix_us[row], columns.started_at_unix_us[row]);
          ASSERT_EQ(read.ids[row], columns.ids[row]);
          ASSERT_EQ(read.lcp_keys[row], columns.lcp_keys[row]);
          const CodedView got = read.coded(row), wanted = columns.coded(row);
          ASSERT_EQ(got.codes, wanted.codes);
          ASSERT_EQ(got.thousandths, wanted.thousandths);
          ASSERT_EQ(got.has_error, wanted.has_error);
          for (std::size_t i = 0; i < kDimensions; ++i) {
            const auto dimension = static_cast<Dimension>(i);
            ASSERT_EQ(read.text(dimension, row), columns.text(dimension, row));
          }
        }
      }
    }
  }
}

TEST(PackedColumn, AChunkOfOtherBytesIsRefused) {
  std::mt19937_64 random(4);
  const PageViewColumns columns = columns_of(100, random);
  std::vector<std::uint32_t> order(100);
  for (std::uint32_t row = 0; row < 100; ++row) order[row] = row;
  for (std::uint32_t column = 0; column < kColumns; ++column) {
    SCOPED_TRACE(column);
    const std::string bytes = encode_chunk(columns, order, column);
    const struct {
      const char* name;
      std::string bytes;
      std::size_t rows;
    } cases[] = {
        {"nothing", "", 100},
        {"cut short", bytes.substr(0, bytes.size() - 1), 100},
        {"a byte too many", bytes + "x", 100},
        {"of another kind", "\x02" + bytes.substr(1), 100},
        {"packed, and nothing else", "\x01", 100},
        {"more bits than there may be", std::string("\x01\x3f\x00", 3), 100},
    };
    for (const auto& c : cases) {
      SCOPED_TRACE(c.name);
      PageViewColumns into;
      EXPECT_FALSE(decode_chunk(c.bytes, c.rows, column, into));
    }
  }
}

}  // namespace
}  // namespace pagewake::storage::sqlite
