#include "app/retention_clock.h"

#include <gtest/gtest.h>

namespace pagewake::app {
namespace {

constexpr std::int64_t kHour = std::int64_t{3600} * 1'000'000, kDay = 24 * kHour;
constexpr std::int64_t kStart = 20'000 * kDay;

// The system's clock, wrong by `error_us`, while real time goes on hour by hour.
struct World {
  explicit World(std::optional<std::int64_t> last = std::nullopt) : clock(last) {}
  std::int64_t after_hours(int hours) {
    std::int64_t now = 0;
    for (int i = 0; i < hours; ++i) {
      steady += std::chrono::hours(1);
      real_us += kHour;
      now = clock.now(real_us + error_us, steady);
    }
    return now;
  }
  RetentionClock clock;
  RetentionClock::Steady steady{};
  std::int64_t real_us = kStart, error_us = 0;
};

TEST(RetentionClock, FollowsAClockThatGoesAsItShould) {
  World world;
  EXPECT_EQ(world.after_hours(1), kStart + kHour);
  EXPECT_EQ(world.after_hours(99), kStart + 100 * kHour);
  world.error_us = 30'000'000;  // corrected by half a minute
  EXPECT_EQ(world.after_hours(1), world.real_us + world.error_us);
  EXPECT_EQ(world.clock.doubted_us(), 0);
}

TEST(RetentionClock, AJumpAheadIsNotBelievedForADay) {
  World world;
  world.after_hours(1);
  world.error_us = 3650 * kDay;
  EXPECT_EQ(world.after_hours(1), world.real_us) << "goes on as before";
  EXPECT_EQ(world.clock.doubted_us(), 3650 * kDay);
  EXPECT_EQ(world.after_hours(23), world.real_us);
  EXPECT_EQ(world.after_hours(1), world.real_us + world.error_us) << "then it is";
  EXPECT_EQ(world.clock.doubted_us(), 0);
}

TEST(RetentionClock, AJumpAheadThatIsSetRightLeavesNothingBehind) {
  World world;
  world.after_hours(1);
  world.error_us = 60 * kDay;
  world.after_hours(10);
  world.error_us = 0;
  EXPECT_EQ(world.after_hours(1), world.real_us);
  EXPECT_EQ(world.clock.doubted_us(), 0);
  world.error_us = 60 * kDay;
  EXPECT_EQ(world.after_hours(23), world.real_us) << "the day begins anew";
}

TEST(RetentionClock, AClockThatIsSetBackIsBelieved) {
  World world;
  world.after_hours(1);
  world.error_us = -400 * kDay;
  EXPECT_EQ(world.after_hours(5), world.real_us + world.error_us);
  world.error_us = 0;
  world.after_hours(23);
  EXPECT_EQ(world.clock.doubted_us(), 400 * kDay);
  EXPECT_EQ(world.after_hours(2), world.real_us) << "right again, a day late";
}

TEST(RetentionClock, AStartInTheWrongYearIsDoubtedToo) {
  World world(kStart - 12 * kHour);
  world.error_us = 3650 * kDay;
  EXPECT_EQ(world.after_hours(1), kStart - 12 * kHour) << "what the last run knew";
  EXPECT_EQ(world.after_hours(10), kStart - 2 * kHour);
  world.error_us = 0;
  EXPECT_EQ(world.after_hours(1), world.real_us);
}

TEST(RetentionClock, ANightOffIsNothingAndAMonthWaitsADay) {
  World night(kStart - 10 * kHour);
  EXPECT_EQ(night.after_hours(1), night.real_us);
  World month(kStart - 30 * kDay);
  EXPECT_LT(month.after_hours(1), month.real_us);
  EXPECT_EQ(month.after_hours(25), month.real_us);
}

}  // namespace
}  // namespace pagewake::app
