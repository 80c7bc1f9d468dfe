#include <gtest/gtest.h>

#include "enrich/enrich.h"

namespace pagewake::enrich {
namespace {

TEST(ClockSkew, CorrectsOnlyWhatTheWayCannotExplain) {
  const std::int64_t received = 1'800'000'000'000'000;
  const struct {
    const char* name;
    std::int64_t sent, skew;
  } cases[] = {
      {"the way took 300 ms", received - 300'000, 0},
      {"just below two seconds", received - 1'999'999, 0},
      {"five minutes slow", received - 300'000'000, 300'000'000},
      {"an hour fast", received + 3'600'000'000, -3'600'000'000},
      {"the sender gave no time", 0, 0},
      {"nonsense", -5, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(clock_skew_us(c.sent, received), c.skew);
  }
}

}  // namespace
}  // namespace pagewake::enrich
