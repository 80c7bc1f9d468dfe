// Two threads that take from one list do each of its items once, and what goes
// wrong on either comes out.
#include "query/second_thread.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

namespace pagewake::query {
namespace {

TEST(OnTwoThreads, EachItemIsDoneOnce) {
  std::array<std::atomic<int>, 1000> done{};
  std::atomic<std::size_t> next = 0;
  const Status all = on_two_threads([&]() -> Status {
    for (std::size_t i = next++; i < done.size(); i = next++) ++done[i];
    return Done{};
  });
  EXPECT_TRUE(all.ok());
  for (const auto& times : done) EXPECT_EQ(times, 1);
}

TEST(OnTwoThreads, AnErrorOfEitherComesOut) {
  const auto here = std::this_thread::get_id();
  for (const bool fails_here : {true, false}) {
    if (!fails_here && !has_second_processor()) continue;
    const Status all = on_two_threads([&]() -> Status {
      if ((std::this_thread::get_id() == here) == fails_here) return Error{"failed", "it did"};
      return Done{};
    });
    ASSERT_FALSE(all.ok()) << fails_here;
    EXPECT_EQ(all.error().code, "failed");
  }
}

TEST(OnTwoThreads, AnExceptionOfEitherComesOutWhenBothHaveEnded) {
  const auto here = std::this_thread::get_id();
  for (const bool throws_here : {true, false}) {
    if (!throws_here && !has_second_processor()) continue;
    std::atomic<int> ended = 0;
    const auto work = [&]() -> Status {
      ++ended;
      if ((std::this_thread::get_id() == here) == throws_here) throw std::runtime_error("it threw");
      return Done{};
    };
    EXPECT_THROW((void)on_two_threads(work), std::runtime_error) << throws_here;
    EXPECT_EQ(ended, has_second_processor() ? 2 : 1);
  }
}

}  // namespace
}  // namespace pagewake::query
