// Visits of our own SDK as sessions of their release.
#include "app/visit_sessions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace pagewake::app {
namespace {

constexpr std::int64_t kStart = 1'795'262'400'000'000;

struct View {
  std::uint8_t session = 1;
  const char* release = "1.0";
  bool error = false, handled = false;
  bool kept_by_exception = false, tells_errors = true;
  const char* user = "";
};

model::Records records_of(const std::vector<View>& views) {
  model::Records records;
  static std::uint8_t number = 0;
  for (const View& view : views) {
    model::PageViewRecord& record = records.page_views.emplace_back();
    record.project = 1;
    record.session_id.bytes[0] = view.session;
    record.view.page_view_id.bytes[0] = ++number;
    record.view.page_view_id.bytes[1] = 1;
    record.view.started_at_unix_ms = kStart / 1000 + number;
    record.view.kept_by_exception = view.kept_by_exception;
    record.release = view.release;
    record.user_id = view.user;
    record.tells_errors = view.tells_errors;
    if (!view.error) continue;
    record.view.error_count = 1;
    model::EventRecord& event = records.events.emplace_back();
    event.project = 1;
    event.page_view_id = record.view.page_view_id;
    event.exceptions.emplace_back().handled = view.handled;
  }
  return records;
}

TEST(VisitSessions, Table) {
  const struct {
    const char* name;
    std::vector<View> views;
    std::uint64_t sessions, errored, unhandled, users, users_crashed;
  } cases[] = {
      {"a visit", {{1}}, 1, 0, 0, 0, 0},
      {"a visit of three page views", {{1}, {1}, {1}}, 1, 0, 0, 0, 0},
      {"two visits", {{1}, {2}}, 2, 0, 0, 0, 0},
      {"an error that somebody caught", {{1, "1.0", true, true}}, 1, 1, 0, 0, 0},
      {"an error that nobody caught", {{1, "1.0", true}}, 1, 0, 1, 0, 0},
      {"in its second page view", {{1}, {1, "1.0", true}, {1}}, 1, 0, 1, 0, 0},
      {"a deploy during the visit", {{1}, {1, "1.1"}}, 1, 0, 0, 0, 0},
      {"users",
       {{1, "1.0", true, false, false, true, "ann"},
        {2, "1.0", false, false, false, true, "bob"},
        {3, "1.0", false, false, false, true, "ann"}},
       3,
       0,
       1,
       2,
       1},
      {"who logs in on the way",
       {{1}, {1, "1.0", false, false, false, true, "ann"}},
       1,
       0,
       0,
       1,
       0},
      {"a sampled-out visit that broke", {{1, "1.0", true, false, true}}, 0, 0, 0, 0, 0},
      {"a client that tells no errors", {{1, "1.0", false, false, false, false}}, 0, 0, 0, 0, 0},
      {"no session", {{0}}, 0, 0, 0, 0, 0},
  };
  for (const auto& c : cases) {
    // Each in one go, in one request a view, and all of it twice.
    for (const char* way : {"together", "one by one", "again"}) {
      SCOPED_TRACE(std::string(c.name) + ", " + way);
      const auto store = storage::make_memory_release_health_store();
      VisitSessions visits;
      if (way == std::string("one by one")) {
        for (const View& view : c.views) {
          visits.add(records_of({view}));
          ASSERT_TRUE(visits.flush(*store).ok());
        }
      } else {
        const model::Records records = records_of(c.views);
        visits.add(records);
        ASSERT_TRUE(visits.flush(*store).ok());
        if (way == std::string("again")) visits.add(records);
      }
      ASSERT_TRUE(visits.flush(*store).ok());
      const auto health = store->health(1, kStart, INT64_MAX, std::nullopt);
      ASSERT_TRUE(health.ok());
      ASSERT_EQ(health->size(), c.sessions > 0 ? 1u : 0u);
      if (c.sessions == 0) continue;
      const storage::ReleaseHealth& one = health->front();
      EXPECT_EQ(one.release, "1.0");
      EXPECT_EQ(one.sessions, c.sessions);
      EXPECT_EQ(one.errored, c.errored);
      EXPECT_EQ(one.unhandled, c.unhandled);
      EXPECT_EQ(one.users, c.users);
      EXPECT_EQ(one.users_crashed, c.users_crashed);
    }
  }
}

class RefusingStore final : public storage::ReleaseHealthStore {
 public:
  bool refuses = true;
  std::uint64_t stored = 0, largest = 0;
  Result<storage::SessionsWritten> add(model::ProjectId, const model::Sessions& sessions) override {
    if (refuses) return Error{"store_failed", "the disk is full"};
    stored += sessions.size();
    largest = std::max(largest, sessions.size());
    return storage::SessionsWritten{sessions.size(), 0};
  }
  Result<std::vector<storage::ReleaseHealth>> health(model::ProjectId, std::int64_t, std::int64_t,
                                                     const std::optional<std::string>&) override {
    return std::vector<storage::ReleaseHealth>{};
  }
  Result<std::size_t> prune_sessions(std::int64_t) override { return std::size_t{0}; }
};

TEST(VisitSessions, ManyAreWrittenInParts) {
  RefusingStore store;
  store.refuses = false;
  VisitSessions visits;
  model::Records records = records_of({{1}});
  for (std::uint32_t n = 0; n < 2500; ++n) {
    records.page_views[0].session_id.bytes[1] = static_cast<std::uint8_t>(n);
    records.page_views[0].session_id.bytes[2] = static_cast<std::uint8_t>(n >> 8);
    visits.add(records);
  }
  std::vector<double> parts;
  ASSERT_TRUE(visits.flush(store, [&](double done) { parts.push_back(done); }).ok());
  EXPECT_EQ(parts, (std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}));
  EXPECT_EQ(store.stored, 2500u);
  EXPECT_EQ(store.largest, 250u);
}

TEST(VisitSessions, WhatTheStoreRefusesComesTheNextTime) {
  RefusingStore store;
  VisitSessions visits;
  visits.add(records_of({{1}, {2}}));
  EXPECT_FALSE(visits.flush(store).ok());
  visits.add(records_of({{2}, {3}}));
  store.refuses = false;
  EXPECT_TRUE(visits.flush(store).ok());
  EXPECT_EQ(store.stored, 3u);
  EXPECT_TRUE(visits.flush(store).ok());
  EXPECT_EQ(store.stored, 3u);
}

}  // namespace
}  // namespace pagewake::app
