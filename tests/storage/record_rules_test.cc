#include "storage/record_rules.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

TEST(RecordRules, Rfc3339) {
  const struct {
    std::int64_t unix_us;
    const char* text;
  } cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {kStart + 123'456, "2026-11-21T04:00:00.123Z"},
      {951'782'400'000'000, "2000-02-29T00:00:00.000Z"},
      {4'107'542'399'999'999, "2100-02-28T23:59:59.999Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {INT64_MAX, "9999-12-31T23:59:59.999Z"},
      {INT64_MIN, "0000-01-01T00:00:00.000Z"},
  };
  for (const auto& c : cases) EXPECT_EQ(rfc3339(c.unix_us), c.text);
}

TEST(RecordRules, HoursAndDaysBeginBelowAlsoBefore1970) {
  EXPECT_EQ(hour_start_unix_us(kStart), kStart);
  EXPECT_EQ(hour_start_unix_us(kStart + kHourLength - 1), kStart);
  EXPECT_EQ(hour_start_unix_us(-1), -kHourLength);
  EXPECT_EQ(day_start_unix_us(-1), -24 * kHourLength);
  EXPECT_EQ(day_start_unix_us(kStart), kStart - 4 * kHourLength);
  EXPECT_EQ(hour_start_unix_us(INT64_MIN), INT64_MIN);
}

TEST(RecordRules, WholeHours) {
  const HourRange exact = whole_hours(kStart, kStart + kHourLength);
  EXPECT_EQ(exact.from_hour_unix_us, kStart);
  EXPECT_EQ(exact.to_hour_unix_us, kStart + kHourLength);
  const HourRange touched = whole_hours(kStart + 1, kStart + kHourLength + 1);
  EXPECT_EQ(touched.from_hour_unix_us, kStart);
  EXPECT_EQ(touched.to_hour_unix_us, kStart + 2 * kHourLength);
  EXPECT_EQ(whole_hours(0, INT64_MAX).to_hour_unix_us, INT64_MAX);
}

TEST(RecordRules, SortableKeysOrderAsTheirDoubles) {
  const double ordered[] = {-HUGE_VAL, -2, -1, -0.0, 0, 1e-300, 0.5, 1, 2500.5, 1e12, HUGE_VAL};
  for (std::size_t i = 0; i < std::size(ordered); ++i) {
    EXPECT_EQ(from_sortable(sortable(ordered[i])), ordered[i]);
    if (i > 0) {
      EXPECT_LT(sortable(ordered[i - 1]), sortable(ordered[i]));
    }
  }
}

TEST(RecordRules, CursorsComeBackAndKeepToTheirList) {
  const Cursor cursor{'n', -12345, std::string("\0\xff\x10", 3)};
  const auto back = decode_cursor(encode_cursor(cursor), 'n', 3);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back.value().key, cursor.key);
  EXPECT_EQ(back.value().id, cursor.id);
  EXPECT_EQ(decode_cursor(encode_cursor(cursor), 'e', 3).error().code, "invalid_cursor");
  EXPECT_EQ(decode_cursor(encode_cursor(cursor), 'n', 16).error().code, "invalid_cursor");
  EXPECT_EQ(id_from_bytes(id_bytes_of(INT64_MAX)), INT64_MAX);
}

TEST(RecordRules, AnOlderBeaconThatSaysNothingNewIsADuplicate) {
  model::PageViewRecord stored = full_page_view(1);
  stored.view.revision = 5;
  model::PageViewRecord older = full_page_view(1);
  older.view.revision = 2;
  older.view.vitals.lcp_ms = 1;
  older.release = "wrong";
  stored.as_sent = "bytes";
  EXPECT_FALSE(merge_record(stored, older));
  EXPECT_EQ(stored.as_sent, "bytes");
  EXPECT_EQ(stored.view.vitals.lcp_ms, 2310.1);
  EXPECT_EQ(stored.release, "1.4.2");
  older.view.resources.emplace_back().index = 77;  // a piece that came late
  EXPECT_TRUE(merge_record(stored, older));
  EXPECT_EQ(stored.view.resources.size(), 4u);
  EXPECT_TRUE(stored.as_sent.empty());
  EXPECT_EQ(stored.view.vitals.lcp_ms, 2310.1);
  EXPECT_EQ(stored.release, "1.4.2");
}

}  // namespace
}  // namespace pagewake::storage
