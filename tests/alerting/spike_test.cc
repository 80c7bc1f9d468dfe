#include "alerting/spike.h"

#include <gtest/gtest.h>

#include <string>

namespace pagewake::alerting {
namespace {

constexpr std::int64_t kHourS = 3600, kDayS = 24 * kHourS;
// 2026-11-21T12:20:00Z
constexpr std::int64_t kNowS = 1'795'263'600;

TEST(Spike, Table) {
  const struct {
    const char* name;
    std::vector<std::uint64_t> same_hour_of_past_days;  // yesterday first
    std::uint64_t now;
    bool spike;
  } cases[] = {
      {"nothing, as always", {0, 0, 0}, 0, false},
      {"one instead of none", {0, 0, 0, 0, 0, 0, 0}, 1, false},
      {"nine instead of none: too few to tell", {0, 0, 0, 0, 0, 0, 0}, 9, false},
      {"ten instead of none", {0, 0, 0, 0, 0, 0, 0}, 10, true},
      {"four instead of one", {1, 1, 2, 1, 0, 1, 1}, 4, false},
      {"a busy hour that is busy every day", {900, 1000, 950, 1100, 1000, 980, 1010}, 1200, false},
      {"a busy hour, three times as busy", {900, 1000, 950, 1100, 1000, 980, 1010}, 3100, true},
      {"one bad day does not raise the bar", {900, 2, 3, 2, 1, 2, 3}, 60, true},
      {"one good day does not lower it", {0, 40, 41, 39, 42, 40, 38}, 60, false},
      {"a day of history is enough", {2}, 40, true},
      {"no history", {}, 1000, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::int64_t hour = kNowS - kNowS % kHourS;
    std::vector<std::pair<std::int64_t, std::uint64_t>> hours;
    for (std::size_t i = c.same_hour_of_past_days.size(); i > 0; --i) {
      const std::int64_t at = hour - static_cast<std::int64_t>(i) * kDayS;
      if (c.same_hour_of_past_days[i - 1] > 0) {
        hours.emplace_back(at, c.same_hour_of_past_days[i - 1]);
      }
      hours.emplace_back(at + kHourS, 100'000);  // another hour says nothing
    }
    hours.emplace_back(hour, c.now);
    const std::int64_t days = static_cast<std::int64_t>(c.same_hour_of_past_days.size());
    const std::int64_t first_seen_us = (hour - days * kDayS + 60) * 1'000'000;
    EXPECT_EQ(find_spike(hours, first_seen_us, kNowS * 1'000'000, 10).has_value(), c.spike);
  }
}

}  // namespace
}  // namespace pagewake::alerting
