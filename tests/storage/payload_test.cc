#include "storage/sqlite/payload.h"

#include <gtest/gtest.h>

#include <random>

#include "storage/store_fixtures.h"

namespace pagewake::storage::sqlite {
namespace {

VitalSummary some_summary() {
  VitalSummary summary;
  for (std::uint64_t i = 1; i < 50; ++i) {
    model::PageViewRecord record = full_page_view(i);
    record.view.weight = 1 / 0.3;
    record.view.vitals.lcp_ms = 100.0 * static_cast<double>(i);
    record.view.kept_by_exception = i % 10 == 0;
    summary.add(record);
  }
  return summary;
}

TEST(Payload, AnEventComesBackWithEveryField) {
  const auto back = decode_event(encode_event(full_event(7)));
  ASSERT_TRUE(back.ok());
  expect_same(back.value(), full_event(7));
  const auto bare = decode_event(encode_event(event(7)));
  ASSERT_TRUE(bare.ok());
  expect_same(bare.value(), event(7));
}

TEST(Payload, ASummaryComesBackCellForCell) {
  const auto back = decode_summary(encode_summary(some_summary()));
  ASSERT_TRUE(back.ok());
  expect_same(back.value(), some_summary());
  EXPECT_TRUE(decode_summary(encode_summary({})).ok());
  EXPECT_LT(encode_summary({}).size(), 20u);
}

// Blobs come from our own file, but a damaged disk must not bring us down.
TEST(Payload, DamagedBytesAreErrorsAndNothingWorse) {
  const std::string good_event = encode_event(full_event(7));
  const std::string good_summary = encode_summary(some_summary());
  for (std::size_t n = 0; n < good_event.size(); ++n) {
    EXPECT_FALSE(decode_event(good_event.substr(0, n)).ok()) << n;
  }
  for (std::size_t n = 0; n < good_summary.size(); ++n) {
    EXPECT_FALSE(decode_summary(good_summary.substr(0, n)).ok()) << n;
  }
  EXPECT_FALSE(decode_event(good_event + "x").ok());
  EXPECT_FALSE(decode_summary(good_summary + "x").ok());
  EXPECT_EQ(decode_event("\x09rest").error().code, "unknown_version");
  EXPECT_EQ(decode_summary("\x09rest").error().code, "unknown_version");
  std::mt19937_64 random(23);
  int read_anyway = 0;
  for (int i = 0; i < 5000; ++i) {
    for (const std::string& good : {good_event, good_summary}) {
      std::string bytes = good;
      bytes[random() % bytes.size()] = static_cast<char>(random());
      read_anyway += decode_event(bytes).ok() ? 1 : 0;
      if (const auto summary = decode_summary(bytes); summary.ok()) {
        (void)summary.value().lcp_ms.quantile(0.75);
        ++read_anyway;
      }
    }
  }
  EXPECT_GT(read_anyway, 0) << "some flips only change a letter";
}

}  // namespace
}  // namespace pagewake::storage::sqlite
