#include "receive/daily_quota.h"

#include <gtest/gtest.h>

#include "receive/receive_fixture.h"

namespace pagewake::receive {
namespace {

constexpr std::int64_t kDay = std::int64_t{86'400} * 1'000'000;

TEST(DailyQuota, IsOfEachProjectAndBeginsAnewAtMidnightUtc) {
  DailyQuota quota;
  const std::int64_t noon = 20'000 * kDay + kDay / 2;
  EXPECT_EQ(quota.take(1, 2, noon), std::nullopt);
  EXPECT_EQ(quota.take(1, 2, noon), std::nullopt);
  EXPECT_EQ(quota.take(1, 2, noon), 43'200);
  EXPECT_EQ(quota.take(2, 2, noon), std::nullopt);
  EXPECT_EQ(quota.take(1, 2, noon + kDay / 2 - 1), 1);
  EXPECT_EQ(quota.take(1, 2, noon + kDay / 2), std::nullopt);
  // A clock set back gives no second day.
  EXPECT_EQ(quota.take(1, 2, noon), std::nullopt);
  EXPECT_NE(quota.take(1, 2, noon), std::nullopt);
}

TEST(DailyQuota, AClockThatWasDaysAheadKeepsNobodyOut) {
  DailyQuota quota;
  const std::int64_t noon = 20'000 * kDay + kDay / 2;
  EXPECT_EQ(quota.take(1, 1, noon + 30 * kDay), std::nullopt);
  EXPECT_NE(quota.take(1, 1, noon + 30 * kDay), std::nullopt);
  EXPECT_EQ(quota.take(1, 1, noon), std::nullopt) << "set right";
  EXPECT_NE(quota.take(1, 1, noon), std::nullopt);
  EXPECT_EQ(quota.take(1, 1, noon + kDay), std::nullopt);
}

TEST(DailyQuota, ZeroIsNoLimit) {
  DailyQuota quota;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(quota.take(1, 0, 0), std::nullopt);
  // A limit that is set at noon holds for the morning too.
  EXPECT_NE(quota.take(1, 1000, 0), std::nullopt);
}

TEST(DailyQuota, SaysWhatWasTakenOnTheDay) {
  DailyQuota quota;
  const std::int64_t noon = 20'000 * kDay + kDay / 2;
  EXPECT_EQ(quota.taken(1, noon), 0);
  quota.take(1, 5, noon, 4);
  quota.take(1, 0, noon, 3);
  quota.take(2, 1, noon);
  EXPECT_EQ(quota.take(1, 5, noon), 43'200);  // what is refused is not taken
  EXPECT_EQ(quota.taken(1, noon), 7);
  quota.give_back(1, noon, 2);
  EXPECT_EQ(quota.taken(1, noon), 5);
  EXPECT_EQ(quota.taken(2, noon), 1);
  EXPECT_EQ(quota.taken(1, noon + kDay), 0);
}

TEST(DailyQuota, ALimitThatChangesHoldsForWhatWasTakenBefore) {
  DailyQuota quota;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(quota.take(1, 10, 0), std::nullopt);
  EXPECT_NE(quota.take(1, 5, 0), std::nullopt);
  EXPECT_EQ(quota.take(1, 6, 0), std::nullopt);
}

TEST(DailyQuota, ASenderIsToldWhenToComeBack) {
  testing::ReceiveFixture f({0, 1, 0, 1, {.requests_per_day = 1}});
  const std::string target = "/api/1/logs/?key=" + f.project.public_key;
  EXPECT_EQ(f.post(target, "{}\n").status, 202);
  const auto refused = f.post(target, "{}\n");
  EXPECT_EQ(refused.status, 429);
  EXPECT_GT(std::stoi(testing::header_of(refused, "Retry-After")), 0);
  EXPECT_EQ(f.outcomes()["request/rate_limited"], 1u);
}

}  // namespace
}  // namespace pagewake::receive
