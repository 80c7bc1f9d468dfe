// What a project may send of one category is used up; everything else goes on.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "receive/receive_fixture.h"

namespace pagewake::receive {
namespace {

using testing::header_of;
using testing::read_case;
using testing::ReceiveFixture;
using Counts = std::map<std::string, std::uint64_t>;

// The fixture's clock shows 02:40 UTC: that long until the day is over.
constexpr const char* kRestOfDay = "76800";

Rates rates(std::int64_t events, std::int64_t spans, std::int64_t logs, std::int64_t sessions) {
  Rates rates{0, 1, 0, 1};
  rates.quotas.events_per_day = events;
  rates.quotas.spans_per_day = spans;
  rates.quotas.logs_per_day = logs;
  rates.quotas.sessions_per_day = sessions;
  return rates;
}

std::string item(const std::string& type, const std::string& payload) {
  return R"({"type":")" + type + "\"}\n" + payload + "\n";
}

const std::string kEvent = item("event", R"({"message":"m"})");
const std::string kTransaction = item(
    "transaction",
    R"({"contexts":{"trace":{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"}},
       "start_timestamp":1795228341,"timestamp":1795228342,"transaction":"GET /"})");
const std::string kLog =
    item("log", R"({"version":2,"items":[{"timestamp":1795228341,"body":"m"}]})");
const std::string kSession = item(
    "session",
    R"({"sid":"0af7651916cd43dd8448eb211c80319c","status":"ok","started":"2026-11-21T00:00:00Z",
       "attrs":{"release":"1"}})");

std::string one_line(std::string text) {
  std::erase(text, ' ');
  for (std::size_t at; (at = text.find(",\n")) != text.npos;) text.erase(at + 1, 1);
  return text;
}

TEST(CategoryQuotas, OnlyTheCategoryThatIsUsedUpIsRefused) {
  const struct {
    const char* name;
    Rates rates;
    std::string used_up;  // one of it is allowed
    const char* categories;
    Counts outcomes;  // of the envelope with all four, after it was used up
  } cases[] = {
      {"events",
       rates(1, 0, 0, 0),
       kEvent,
       "default;error;security;feedback",
       {{"event/rate_limited", 2}, {"span/stored", 1}, {"log/stored", 1}, {"session/stored", 1}}},
      {"spans",
       rates(0, 1, 0, 0),
       kTransaction,
       "transaction;span",
       {{"span/rate_limited", 2}, {"event/stored", 1}, {"log/stored", 1}, {"session/stored", 1}}},
      {"logs",
       rates(0, 0, 1, 0),
       kLog,
       "log_item",
       {{"log/rate_limited", 2}, {"event/stored", 1}, {"span/stored", 1}, {"session/stored", 1}}},
      {"sessions",
       rates(0, 0, 0, 1),
       kSession,
       "session",
       {{"session/rate_limited", 2}, {"event/stored", 1}, {"span/stored", 1}, {"log/stored", 1}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ReceiveFixture f(c.rates);
    const std::string target = "/api/1/envelope/?sentry_key=" + f.project.public_key;
    const std::string header = std::string(kRestOfDay) + ":" + c.categories + ":project";
    const auto taken = f.post(target, "{}\n" + one_line(c.used_up));
    EXPECT_EQ(taken.status, 200) << taken.body;
    EXPECT_EQ(header_of(taken, "X-Sentry-Rate-Limits"), "");
    Counts before = f.outcomes();

    // Alone it is refused, with both headers.
    const auto refused = f.post(target, "{}\n" + one_line(c.used_up));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header_of(refused, "X-Sentry-Rate-Limits"), header);
    EXPECT_EQ(header_of(refused, "Retry-After"), kRestOfDay);
    EXPECT_EQ(nlohmann::json::parse(refused.body)["error"]["code"], "rate_limited");

    // Beside others it is left out, and the answer says so.
    const auto partly = f.post(target, "{}\n" + one_line(kEvent + kTransaction + kLog + kSession));
    EXPECT_EQ(partly.status, 200);
    EXPECT_EQ(header_of(partly, "X-Sentry-Rate-Limits"), header);
    EXPECT_EQ(header_of(partly, "Retry-After"), "");
    EXPECT_NE(header_of(partly, "Access-Control-Expose-Headers").find("X-Sentry-Rate-Limits"),
              std::string::npos);
    Counts grown;
    for (const auto& [name, count] : f.outcomes()) {
      if (count > before[name]) grown[name] = count - before[name];
    }
    EXPECT_EQ(grown, c.outcomes);

    f.now_unix_us += std::int64_t{76'800} * 1'000'000;
    EXPECT_EQ(f.post(target, "{}\n" + one_line(c.used_up)).status, 200);
  }
}

TEST(CategoryQuotas, SeveralAtOnceAreAllNamed) {
  ReceiveFixture f(rates(1, 0, 1, 0));
  const std::string target = "/api/1/envelope/?sentry_key=" + f.project.public_key;
  const std::string body = "{}\n" + one_line(kEvent + kLog);
  EXPECT_EQ(f.post(target, body).status, 200);
  const auto refused = f.post(target, body);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header_of(refused, "X-Sentry-Rate-Limits"),
            "76800:default;error;security;feedback:project, 76800:log_item:project");
  EXPECT_EQ(f.outcomes(), (Counts{{"event/stored", 1},
                                  {"log/stored", 1},
                                  {"event/rate_limited", 1},
                                  {"log/rate_limited", 1}}));
}

TEST(CategoryQuotas, CountWhateverWayARecordComes) {
  ReceiveFixture f(rates(0, 12, 2, 0));
  const http::Headers proto{{"Content-Type", "application/x-protobuf"},
                            {"X-Pagewake-Key", f.project.public_key}};
  const http::Headers json{{"Content-Type", "application/json"},
                           {"X-Pagewake-Key", f.project.public_key}};
  const std::string traces = read_case("clients/bodies/otel-proto-traces.pb");
  EXPECT_EQ(f.post("/v1/traces", traces, proto).status, 200);
  const auto refused = f.post("/v1/traces", traces, proto);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.content_type, "application/x-protobuf");
  EXPECT_EQ(header_of(refused, "Retry-After"), kRestOfDay);
  EXPECT_EQ(f.outcomes(), (Counts{{"span/stored", 12}, {"span/rate_limited", 12}}));

  EXPECT_EQ(f.post("/v1/logs", read_case("clients/bodies/otel-json-logs.json"), json).status, 200);
  const std::string lines = "/api/1/logs/?key=" + f.project.public_key;
  EXPECT_EQ(f.post(lines, "{\"msg\":\"a\"}\n").status, 429);
  const std::string sentry = "/api/1/envelope/?sentry_key=" + f.project.public_key;
  EXPECT_EQ(f.post(sentry, "{}\n" + one_line(kLog)).status, 429);
  EXPECT_EQ(f.post(sentry, "{}\n" + one_line(kEvent)).status, 200);
}

TEST(CategoryQuotas, OfAProjectAndOfTheServerTheSmallerHolds) {
  const struct {
    std::int64_t server, own;
    int taken;
  } cases[] = {{2, 0, 2}, {0, 3, 3}, {2, 3, 2}, {3, 1, 1}};
  for (const auto& c : cases) {
    SCOPED_TRACE(std::to_string(c.server) + " " + std::to_string(c.own));
    ReceiveFixture f(rates(0, 0, c.server, 0));
    f.own_quotas.logs_per_day = c.own;
    const std::string lines = "/api/1/logs/?key=" + f.project.public_key;
    int taken = 0;
    while (taken < 10 && f.post(lines, "{\"msg\":\"a\"}\n").status == 202) ++taken;
    EXPECT_EQ(taken, c.taken);
    // Raised, it goes on at once.
    f.own_quotas.logs_per_day = 0;
    EXPECT_EQ(f.post(lines, "{\"msg\":\"a\"}\n").status, c.server == c.taken ? 429 : 202);
  }
}

std::string session(char sid, const char* status) {
  return item("session", R"({"sid":")" + std::string(32, sid) + R"(","status":")" + status +
                             R"(","started":"2026-11-21T00:00:00Z","attrs":{"release":"1"}})");
}

TEST(CategoryQuotas, ASessionCountsOnceHoweverOftenItIsUpdated) {
  ReceiveFixture f(rates(0, 0, 0, 2));
  const std::string sentry = "/api/1/envelope/?sentry_key=" + f.project.public_key;
  const auto send = [&](const std::string& items) { return f.post(sentry, "{}\n" + items).status; };
  EXPECT_EQ(send(session('a', "ok")), 200);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(session('a', "ok")), 200) << i;
  EXPECT_EQ(f.way_in.used_today(1).sessions_per_day, 1);
  // One that was there and one that was not.
  EXPECT_EQ(send(session('a', "exited") + session('b', "ok")), 200);
  EXPECT_EQ(f.way_in.used_today(1).sessions_per_day, 2);
  EXPECT_EQ(send(session('c', "ok")), 429);
  EXPECT_EQ(f.way_in.used_today(1).sessions_per_day, 2);
  EXPECT_EQ(f.outcomes()["session/stored"], 2u);
  EXPECT_EQ(f.outcomes()["session/rate_limited"], 1u);
}

// A trace is not cut in its middle: while one is left, the whole request is taken.
TEST(CategoryQuotas, AreOfEachProjectAndMayBePassedByOneRequest) {
  ReceiveFixture f(rates(0, 0, 2, 0));
  const auto other = f.projects->create_project("other", {}).value();
  const std::string lines = "{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n{\"msg\":\"c\"}\n";
  EXPECT_EQ(f.post("/api/1/logs/?key=" + f.project.public_key, lines).status, 202);
  EXPECT_EQ(f.outcomes()["log/stored"], 3u);
  EXPECT_EQ(f.post("/api/1/logs/?key=" + f.project.public_key, lines).status, 429);
  EXPECT_EQ(f.post("/api/2/logs/?key=" + other.public_key, lines).status, 202);
}

TEST(CategoryQuotas, SayWhatCameInTodayWithAndWithoutALimit) {
  ReceiveFixture f(rates(0, 0, 2, 0));
  const std::string key = f.project.public_key;
  f.post("/api/1/envelope/?sentry_key=" + key, "{}\n" + one_line(kEvent));
  f.post("/api/1/logs/?key=" + key, "{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n");
  EXPECT_EQ(f.post("/api/1/logs/?key=" + key, "{\"msg\":\"c\"}\n").status, 429);
  f.post("/api/1/logs/?key=wrong", "{\"msg\":\"d\"}\n");
  const model::Quotas expected{.requests_per_day = 3, .events_per_day = 1, .logs_per_day = 2};
  EXPECT_EQ(f.way_in.used_today(1), expected);
  EXPECT_EQ(f.way_in.used_today(2), model::Quotas());
  f.now_unix_us += std::int64_t{86'400} * 1'000'000;
  EXPECT_EQ(f.way_in.used_today(1), model::Quotas());
}

}  // namespace
}  // namespace pagewake::receive
