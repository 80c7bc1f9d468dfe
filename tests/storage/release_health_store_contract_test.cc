// The promises of storage/release_health_store.h, for every store.
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/release_health_store.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using model::SessionCounts;
using model::SessionStatus;
using model::SessionUpdate;

struct Engine {
  const char* name;
  std::unique_ptr<ReleaseHealthStore> (*open)(const TemporaryFolder& folder);
};
void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

constexpr Engine kEngines[] = {
    {"Memory", [](const TemporaryFolder&) { return make_memory_release_health_store(); }},
    {"Sqlite",
     [](const TemporaryFolder& folder) -> std::unique_ptr<ReleaseHealthStore> {
       auto opened = open_sqlite_release_health_store({folder.file("pagewake.sqlite3")});
       if (!opened) ADD_FAILURE() << opened.error().message;
       return opened ? std::move(*opened) : nullptr;
     }},
};

SessionUpdate session(std::uint8_t sid, const std::string& release, SessionStatus status,
                      const std::string& user, std::uint32_t errors = 0) {
  SessionUpdate update;
  update.sid.bytes[0] = sid;
  update.release = release;
  update.environment = "production";
  update.user = user;
  update.status = status;
  update.errors = errors;
  update.started_at_unix_us = kStart + sid;
  return update;
}

class ReleaseHealthContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(folder_);
    ASSERT_NE(store_, nullptr);
  }
  SessionsWritten add(const model::Sessions& sessions, model::ProjectId project = 1) {
    auto written = store_->add(project, sessions);
    if (!written) ADD_FAILURE() << written.error().message;
    return written ? *written : SessionsWritten();
  }
  std::vector<ReleaseHealth> health(std::optional<std::string> environment = {},
                                    model::ProjectId project = 1) {
    auto health = store_->health(project, kStart, kStart + 1'000'000, environment);
    if (!health) ADD_FAILURE() << health.error().message;
    return health ? *health : std::vector<ReleaseHealth>();
  }
  TemporaryFolder folder_;
  std::unique_ptr<ReleaseHealthStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Every, ReleaseHealthContract, testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ReleaseHealthContract, CountsSessionsAndUsersByRelease) {
  const auto written = add(
      {{session(1, "a", SessionStatus::kExited, "ada"),
        session(2, "a", SessionStatus::kCrashed, "ada", 1),
        session(3, "a", SessionStatus::kOk, "bob", 2),
        session(4, "a", SessionStatus::kUnhandled, "eve"),
        session(5, "a", SessionStatus::kAbnormal, ""), session(6, "b", SessionStatus::kOk, "ada")},
       {}});
  EXPECT_EQ(written.stored, 6u);
  const auto releases = health();
  ASSERT_EQ(releases.size(), 2u);
  const auto& a = releases[0];
  EXPECT_EQ(a.release, "a");
  EXPECT_EQ(a.sessions, 5u);
  EXPECT_EQ(a.crashed, 1u);
  EXPECT_EQ(a.unhandled, 1u);
  EXPECT_EQ(a.abnormal, 1u);
  EXPECT_EQ(a.errored, 1u);
  EXPECT_EQ(a.users, 3u);
  EXPECT_EQ(a.users_crashed, 2u);
  EXPECT_EQ(a.first_unix_us, kStart + 1);
  EXPECT_EQ(a.last_unix_us, kStart + 5);
  EXPECT_EQ(releases[1].sessions, 1u);
  EXPECT_TRUE(health({}, 2).empty());
}

TEST_P(ReleaseHealthContract, UpdatesOfASessionComeInAnyOrderAndMoreThanOnce) {
  std::vector<SessionUpdate> updates{session(1, "a", SessionStatus::kOk, ""),
                                     session(1, "a", SessionStatus::kOk, "ada", 1),
                                     session(1, "a", SessionStatus::kCrashed, "ada", 2)};
  for (int i = 0; i < 3; ++i) {
    std::rotate(updates.begin(), updates.begin() + 1, updates.end());
    for (const auto& update : updates) add({{update}, {}});
  }
  const auto releases = health();
  ASSERT_EQ(releases.size(), 1u);
  EXPECT_EQ(releases[0].sessions, 1u);
  EXPECT_EQ(releases[0].crashed, 1u);
  EXPECT_EQ(releases[0].errored, 0u);
  EXPECT_EQ(releases[0].users_crashed, 1u);
}

TEST_P(ReleaseHealthContract, CountsOfServersAddUpBesideSessions) {
  SessionCounts counts{"a", "staging", "", kStart + 10, 8, 3, 0, 0, 7};
  EXPECT_EQ(add({{}, {counts, counts}}).stored, 36u);
  add({{session(1, "a", SessionStatus::kExited, "")}, {}});
  const auto all = health();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].sessions, 37u);
  EXPECT_EQ(all[0].crashed, 14u);
  EXPECT_EQ(all[0].errored, 6u);
  EXPECT_EQ(all[0].users, 0u);
  const auto staging = health("staging");
  ASSERT_EQ(staging.size(), 1u);
  EXPECT_EQ(staging[0].sessions, 36u);
}

TEST_P(ReleaseHealthContract, PrunesByStart) {
  add({{session(1, "a", SessionStatus::kExited, ""), session(9, "b", SessionStatus::kOk, "")},
       {{"a", "", "", kStart + 2, 1, 0, 0, 0, 0}}});
  const auto removed = store_->prune_sessions(kStart + 5);
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(*removed, 2u);
  const auto left = health();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].release, "b");
}

}  // namespace
}  // namespace pagewake::storage
