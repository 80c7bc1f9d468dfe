// Twenty thousand equal errors through what the server runs: guard, quota,
// decoder, steps, pipeline and store. One issue, the right count, little kept,
// and nobody else's errors lost for it.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "app/default_steps.h"
#include "http/http.h"
#include "pipeline/pipeline.h"
#include "receive/receive.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/store_fixtures.h"

namespace pagewake {
namespace {

constexpr std::int64_t kNowUs = 1'795'228'400'000'000;
// A hundred thousand are in tests/storage: there it takes no decoding.
constexpr std::uint64_t kEnvelopes = 20, kEqualEach = 1'000, kFlood = kEnvelopes * kEqualEach;
constexpr std::uint64_t kKept = 290;  // is_kept_of_hour(): 100 + 90 + 90 + 10
// Above what is kept, far below what arrives.
constexpr std::int64_t kEventsPerDay = 2'000;

std::string item(std::uint64_t id, const std::string& function) {
  char hex[33];
  std::snprintf(hex, sizeof hex, "%032llx", static_cast<unsigned long long>(id));
  return "{\"type\":\"event\"}\n{\"event_id\":\"" + std::string(hex) +
         R"(","platform":"javascript","timestamp":1795228399,"exception":{"values":[{"type":"TypeError",)"
         R"("value":"x is not a function","stacktrace":{"frames":[{"filename":"https://shop.example/cart.js",)"
         R"("function":")" +
         function + "\",\"lineno\":7,\"in_app\":true}]}}]}}\n";
}

// The ids begin with 1.
std::string flood_envelope(std::uint64_t first) {
  std::string body = "{}\n";
  for (std::uint64_t id = first; id < first + kEqualEach; ++id) body += item(id, "buy");
  return body + item(kFlood + first, "search");
}

class Flood : public ::testing::TestWithParam<const char*> {
 protected:
  Flood() {
    if (GetParam() == std::string("memory")) {
      store_ = storage::make_memory_store();
    } else {
      auto opened = storage::open_sqlite_store({.path = folder_.file("pagewake.db")});
      EXPECT_TRUE(opened.ok()) << opened.error().message;
      store_ = std::move(*opened);
    }
    pipeline_ = std::make_unique<pipeline::Pipeline>(*store_, app::default_steps());
    key_ = projects_->create_project("shop", {})->public_key;
    receive::Rates rates{0, 1, 0, 1};
    rates.quotas.events_per_day = kEventsPerDay;
    receive::add_routes(router_,
                        {*pipeline_, *projects_, [] { return kNowUs; }, rates, nullptr, {}});
  }

  int post(const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.path = "/api/1/envelope/";
    request.query = {{"sentry_key", key_}};
    request.body = body;
    request.remote_address = "192.0.2.7";
    return http::wait_for(router_.route(request)).status;
  }

  std::uint64_t outcome(std::optional<DropReason> reason) {
    std::uint64_t sum = 0;
    for (const auto& one : *store_->outcomes(1, 0, INT64_MAX)) {
      if (one.category == model::Category::kEvent && one.drop_reason == reason) sum += one.count;
    }
    return sum;
  }

  storage::TemporaryFolder folder_;
  std::unique_ptr<storage::RecordStore> store_;
  std::unique_ptr<storage::ProjectStore> projects_ = storage::make_memory_project_store();
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::string key_;
  http::Router router_;
};

INSTANTIATE_TEST_SUITE_P(Stores, Flood, ::testing::Values("memory", "sqlite"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Flood, IsOneIssueWithTheRightCountAndLittleToKeep) {
  for (std::uint64_t i = 0; i < kEnvelopes; ++i) {
    ASSERT_EQ(post(flood_envelope(1 + i * kEqualEach)), 200) << "envelope " << i;
  }
  const auto issues = store_->issues(1, {}, {10, ""});
  ASSERT_TRUE(issues.ok());
  ASSERT_EQ(issues->items.size(), 2u);
  const bool first = issues->items[0].culprit.find("buy") != std::string::npos;
  const model::Issue& flood = issues->items[first ? 0 : 1];
  const model::Issue& other = issues->items[first ? 1 : 0];
  EXPECT_EQ(flood.event_count, kFlood);
  EXPECT_EQ(other.event_count, kEnvelopes);
  std::uint64_t in_hours = 0;
  for (const auto& [hour, count] : *store_->issue_hours(1, flood.issue_id, 0, INT64_MAX)) {
    in_hours += count;
  }
  EXPECT_EQ(in_hours, kFlood);

  const auto kept = [&](model::IssueId id) {
    storage::EventQuery query;
    query.issue_id = id;
    return store_->events(1, query, {1'000, ""})->items.size();
  };
  EXPECT_EQ(kept(flood.issue_id), kKept);
  EXPECT_EQ(kept(other.issue_id), kEnvelopes) << "the flood pushed others out";
  EXPECT_EQ(outcome(std::nullopt), kKept + kEnvelopes);
  EXPECT_EQ(outcome(DropReason::kCountedOnly), kFlood - kKept);
  EXPECT_EQ(outcome(DropReason::kRateLimited), 0u) << "the flood used up the day of all others";

  // A client that saw no answer sends again: nothing counts twice.
  ASSERT_EQ(post(flood_envelope(1 + (kEnvelopes - 1) * kEqualEach)), 200);
  EXPECT_EQ((*store_->issue(1, flood.issue_id))->event_count, kFlood);
  EXPECT_EQ(outcome(DropReason::kDuplicate), kEqualEach + 1);
}

}  // namespace
}  // namespace pagewake
