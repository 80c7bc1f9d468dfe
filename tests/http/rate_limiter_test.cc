#include "http/rate_limiter.h"

#include <gtest/gtest.h>

namespace pagewake::http {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

TEST(RateLimiter, GivesTheBurstAndThenTheRate) {
  RateLimiter limiter(2, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", 0), std::nullopt);
  EXPECT_EQ(limiter.take("a", 0), 1);
  EXPECT_EQ(limiter.take("b", 0), std::nullopt);  // of its own
  EXPECT_EQ(limiter.take("a", kSecond / 2), std::nullopt);
  EXPECT_EQ(limiter.take("a", kSecond / 2), 1);
  // A long pause fills the bucket, not more.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", 100 * kSecond), std::nullopt);
  EXPECT_EQ(limiter.take("a", 100 * kSecond), 1);
}

TEST(RateLimiter, WhatIsGivenBackCanBeTakenAgain) {
  RateLimiter limiter(0.1, 2);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(limiter.take("a", 0), std::nullopt);
    limiter.give_back("a");
  }
  limiter.give_back("a");  // never more than the burst
  limiter.give_back("nobody");
  EXPECT_EQ(limiter.take("a", 0), std::nullopt);
  EXPECT_EQ(limiter.take("a", 0), std::nullopt);
  EXPECT_EQ(limiter.take("a", 0), 10);
}

TEST(RateLimiter, SaysHowLongToWait) {
  RateLimiter limiter(0.1, 1);
  EXPECT_EQ(limiter.take("a", 0), std::nullopt);
  EXPECT_EQ(limiter.take("a", 0), 10);
  EXPECT_EQ(limiter.take("a", 9 * kSecond), 1);
  EXPECT_EQ(limiter.take("a", 10 * kSecond), std::nullopt);
}

TEST(RateLimiter, ZeroIsNoLimit) {
  RateLimiter limiter(0, 1);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(limiter.take("a", 0), std::nullopt);
  EXPECT_EQ(limiter.buckets(), 0u);
}

TEST(RateLimiter, AClockSetBackTakesNothingAway) {
  RateLimiter limiter(1, 2);
  EXPECT_EQ(limiter.take("a", 100 * kSecond), std::nullopt);
  EXPECT_EQ(limiter.take("a", 0), std::nullopt);
  EXPECT_EQ(limiter.take("a", 0), 1);
}

TEST(RateLimiter, ForgetsWhoNoLongerSends) {
  RateLimiter limiter(1, 1);
  for (int i = 0; i < 50'000; ++i) limiter.take(std::to_string(i), i * kSecond);
  EXPECT_LT(limiter.buckets(), 11'000u);
}

}  // namespace
}  // namespace pagewake::http
