#include "app/failure_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pagewake::app {
namespace {

using namespace std::chrono_literals;

const Status kFull = Error{"store_failed", "database or disk is full"};
const Status kFine = Done{};

struct World {
  std::vector<std::string> lines;
  std::chrono::steady_clock::time_point now{};
  FailureLog::Sink sink = [this](bool failing, const std::string& line) {
    lines.push_back((failing ? "bad: " : "good: ") + line);
  };
  FailureLog::Now clock = [this] { return now; };
};

TEST(FailureLog, SaysTheBeginningAndTheEndOnce) {
  World world;
  FailureLog log("refuses", "takes again", 0ms, world.sink, world.clock);
  log.note(kFine);
  EXPECT_TRUE(world.lines.empty());
  for (int i = 0; i < 1000; ++i) log.note(kFull);
  EXPECT_EQ(world.lines, std::vector<std::string>{"bad: refuses: database or disk is full"});
  log.note(kFine);
  log.note(kFine);
  ASSERT_EQ(world.lines.size(), 2u);
  EXPECT_EQ(world.lines[1], "good: takes again; it failed 1000 times meanwhile");
  log.note(kFull);
  EXPECT_EQ(world.lines.size(), 3u) << "the next one is news again";
}

TEST(FailureLog, WhatFailsNowAndThenHasNotRecovered) {
  World world;
  FailureLog log("refuses", "takes again", 10s, world.sink, world.clock);
  for (int i = 0; i < 100; ++i) {
    log.note(kFull);
    world.now += 9s;
    log.note(kFine);
  }
  EXPECT_EQ(world.lines.size(), 1u);
  world.now += 1s;
  log.note(kFine);
  EXPECT_EQ(world.lines.size(), 2u);
}

TEST(LineLimit, LetsOneThroughAPeriodAndCountsTheRest) {
  World world;
  LineLimit limit(10s, world.clock);
  std::uint64_t left_out = 99;
  EXPECT_TRUE(limit.pass(left_out));
  EXPECT_EQ(left_out, 0u);
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(limit.pass(left_out));
  world.now += 10s;
  EXPECT_TRUE(limit.pass(left_out));
  EXPECT_EQ(left_out, 500u);
  world.now += 60s;
  EXPECT_TRUE(limit.pass(left_out));
  EXPECT_EQ(left_out, 0u);
}

}  // namespace
}  // namespace pagewake::app
