// Requests of real clients, byte for byte, through the router: the answer they
// expect, and what became of what they sent.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "receive/captured_requests.h"
#include "receive/receive_fixture.h"

namespace pagewake::receive {
namespace {

using testing::read_case;
using testing::ReceiveFixture;
using Counts = std::map<std::string, std::uint64_t>;

struct Case {
  const char* name;
  Counts outcomes;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Clients : public ::testing::TestWithParam<Case> {};

TEST_P(Clients, GetTheirAnswerAndOneFateARecord) {
  static const auto index = nlohmann::json::parse(read_case("clients/index.json"));
  const auto found = std::find_if(index.begin(), index.end(),
                                  [](const auto& c) { return c["name"] == GetParam().name; });
  ASSERT_NE(found, index.end());
  const auto& captured = *found;

  ReceiveFixture f;
  const auto [target, headers] = testing::addressed(captured, f.project.public_key);
  const std::string body = read_case("clients/" + captured["body"]["file"].get<std::string>());

  const auto response = f.post(target, body, headers);
  const bool own_answer =
      target.find("/faro/") != target.npos || target.find("/vitals/") != target.npos;
  const int status = own_answer ? 202 : 200;
  ASSERT_EQ(response.status, status) << response.body;
  if (captured["expect"].contains("event_id")) {
    EXPECT_EQ(nlohmann::json::parse(response.body)["id"], captured["expect"]["event_id"]);
  }
  EXPECT_EQ(f.outcomes(), GetParam().outcomes);

  // A client that missed the answer sends again: nothing is stored twice.
  const auto again = f.post(target, body, headers);
  EXPECT_EQ(again.status, status);
  for (const auto& [name, count] : f.outcomes()) {
    if (name.ends_with("/stored")) {
      EXPECT_EQ(count, GetParam().outcomes.at(name)) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Captured, Clients,
    ::testing::Values(
        Case{"py-store-handled", {{"event/stored", 1}}},
        Case{"py-store-structlog-repr", {{"event/stored", 1}}},
        Case{"py-store-unhandled-pii", {{"event/stored", 1}}},
        Case{"py-store-logentry", {{"event/stored", 1}}},
        Case{"node-event-unhandled", {{"event/stored", 1}}},
        Case{"node-event-message", {{"event/stored", 1}}},
        Case{"node-event-gzip", {{"event/stored", 1}}}, Case{"node-spans", {{"span/stored", 9}}},
        Case{"node-logs", {{"log/stored", 2}}}, Case{"web-event-unhandled", {{"event/stored", 1}}},
        Case{"otel-proto-traces", {{"span/stored", 12}}},
        Case{"otel-json-traces", {{"span/stored", 15}}},
        Case{"otel-proto-gzip-exception", {{"event/stored", 1}, {"span/stored", 7}}},
        Case{"otel-json-logs", {{"log/stored", 2}}},
        Case{"link-otel-server-traces", {{"span/stored", 15}}},
        Case{"web-otel-json-traces", {{"event/stored", 1}, {"span/stored", 3}}},
        Case{"faro-mixed", {{"event/stored", 4}, {"log/stored", 3}}},
        Case{"faro-traces", {{"log/stored", 1}, {"span/stored", 2}}},
        Case{"faro-gzip", {{"log/stored", 1}, {"page_view/stored", 1}}},

        Case{"web-session", {{"session/stored", 1}}},
        Case{"node-event-attachments", {{"event/stored", 1}, {"other/unsupported", 2}}},
        Case{"py-envelope-event-attachment", {{"event/stored", 1}, {"other/unsupported", 1}}},
        Case{"web-client-report",
             {{"event/dropped_by_client", 3},
              {"session/dropped_by_client", 2},
              {"span/dropped_by_client", 13}}},
        Case{"node-transaction-static", {{"span/stored", 9}}},
        Case{"node-check-in", {{"other/unsupported", 1}}},
        Case{"web-replay", {{"other/unsupported", 2}}},
        Case{"web-vitals-beacon", {{"page_view/stored", 1}}}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(OtherClients, FeedbackIsAnEventOfItsOwnKind) {
  ReceiveFixture f;
  const std::string about = "4c79f60c11214eb38604f4ae0781bfb2";
  const std::string body =
      "{}\n{\"type\":\"user_report\"}\n{\"event_id\":\"" + about +
      "\",\"name\":\"Ada\",\"email\":\"ada@example.org\",\"comments\":\"It broke\"}\n"
      "{\"type\":\"feedback\"}\n{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\",\"timestamp\":"
      "1795228342.5,\"release\":\"1.4.2\",\"contexts\":{\"feedback\":{\"message\":\"Slow today\","
      "\"contact_email\":\"bob@example.org\",\"url\":\"https://shop.example/cart\","
      "\"associated_event_id\":\"" +
      about + "\"}}}\n";
  const std::string target = "/api/1/envelope/?sentry_key=" + f.project.public_key;
  EXPECT_EQ(f.post(target, body).status, 200);
  EXPECT_EQ(f.post(target, body).status, 200);
  EXPECT_EQ(f.outcomes(), (Counts{{"event/stored", 2}, {"event/duplicate", 2}}));
  const auto events = f.store->events(f.project.id, {}, {});
  ASSERT_TRUE(events.ok());
  for (const auto& event : events->items) {
    EXPECT_EQ(event.logger, "feedback");
    EXPECT_EQ(event.level, "info");
    EXPECT_EQ(event.tags, (KeyValues{{"event_id", about}}));
    const bool newer = to_hex(event.event_id) == "9ec79c33ec9942ab8353589fcb2e04dc";
    EXPECT_EQ(event.message, newer ? "Slow today" : "It broke");
    EXPECT_EQ(event.release, newer ? "1.4.2" : "");
  }
}

// Counts have no id: the same body again is another worker's (decision 0012).
TEST(OtherClients, AServersCountsOfSessionsAddUp) {
  ReceiveFixture f;
  const std::string target = "/api/1/envelope/?sentry_key=" + f.project.public_key;
  const auto body = read_case("clients/bodies/py-envelope-sessions.gz");
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(f.post(target, body, {{"Content-Encoding", "gzip"}}).status, 200);
    EXPECT_EQ(f.outcomes(), (Counts{{"session/stored", 18u * static_cast<unsigned>(i)}}));
  }
  const auto health = f.release_health->health(f.project.id, 0, INT64_MAX, "staging");
  ASSERT_TRUE(health.ok());
  EXPECT_EQ(health->at(0).release, "shop@1.4.2");
  EXPECT_EQ(health->at(0).crashed, 14u);
  EXPECT_EQ(health->at(0).errored, 6u);
}

TEST(OtherClients, ASessionThatCrashedIsNotCrashFree) {
  ReceiveFixture f;
  const std::string target = "/api/1/envelope/?sentry_key=" + f.project.public_key;
  const auto update = [](const char* status, int errors) {
    return std::string(
               "{}\n{\"type\":\"session\"}\n{\"sid\":\"0c0ec92db90546feb996a3d05b92d9e9\",") +
           "\"started\":\"2026-11-21T02:30:44.353Z\",\"status\":\"" + status +
           "\",\"errors\":" + std::to_string(errors) +
           ",\"did\":\"42\",\"attrs\":{\"release\":\"web@3.1.0\"}}\n";
  };
  EXPECT_EQ(f.post(target, update("crashed", 1)).status, 200);
  EXPECT_EQ(f.post(target, update("ok", 0)).status, 200);  // late
  EXPECT_EQ(f.outcomes(), (Counts{{"session/stored", 1}, {"session/duplicate", 1}}));
  const auto health = f.release_health->health(f.project.id, 0, INT64_MAX, {});
  ASSERT_TRUE(health.ok());
  ASSERT_EQ(health->size(), 1u);
  EXPECT_EQ(health->at(0).release, "web@3.1.0");
  EXPECT_EQ(health->at(0).crashed, 1u);
  EXPECT_EQ(health->at(0).users_crashed, 1u);

  // What says nothing about a release, or is no session, is one drop.
  const std::string head = "{}\n{\"type\":\"session\"}\n";
  EXPECT_EQ(f.post(target, head + "{\"sid\":\"0c0ec92db90546feb996a3d05b92d9e9\"}\n").status, 200);
  EXPECT_EQ(f.post(target, head + "{\"sid\":\"x\",\"attrs\":{\"release\":\"1\"}}\n").status, 200);
  EXPECT_EQ(f.outcomes()["session/malformed"], 1u);
  EXPECT_EQ(f.outcomes()["session/invalid_id"], 1u);
}

TEST(OtherClients, SentrysPathForOtlpIsOurs) {
  ReceiveFixture f;
  const auto response =
      f.post("/api/1/integration/otlp/v1/traces", read_case("clients/bodies/otel-proto-traces.pb"),
             {{"Content-Type", "application/x-protobuf"},
              {"x-sentry-auth", "sentry sentry_key=" + f.project.public_key}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(f.outcomes(), (Counts{{"span/stored", 12}}));
}

TEST(OtherClients, BrowsersReportWithTheKeyInTheAddress) {
  ReceiveFixture f;
  const std::string target = "/api/1/security/?sentry_key=" + f.project.public_key;
  const auto csp = f.post(target, R"({"csp-report":{"blocked-uri":"inline"}})",
                          {{"Content-Type", "application/csp-report"}});
  EXPECT_EQ(csp.status, 200);
  EXPECT_EQ(nlohmann::json::parse(csp.body)["id"].get<std::string>().size(), 32u);
  EXPECT_EQ(f.post(target, R"([{"type":"crash","age":1,"url":"https://a.example/","body":{}}])",
                   {{"Content-Type", "application/reports+json"}})
                .status,
            200);
  EXPECT_EQ(f.outcomes(), (Counts{{"event/stored", 2}}));
}

TEST(OtherClients, FarosApiKeyIsAKey) {
  ReceiveFixture f;
  const auto body = read_case("clients/bodies/faro-traces.json");
  EXPECT_EQ(f.post("/api/1/faro/", body).status, 401);
  EXPECT_EQ(f.post("/api/1/faro/", body, {{"x-api-key", f.project.public_key}}).status, 202);
}

TEST(OtherClients, ATunnelAuthenticatesByTheEnvelope) {
  ReceiveFixture f;
  std::string body = read_case("clients/bodies/web-tunnel-event.envelope");
  const std::string key = "b0b0b0b0cccc4ddd8eee444455556666";
  EXPECT_EQ(f.post("/api/1/envelope/", body).status, 401);
  // Only the header's dsn: trace.public_key belongs to the start of the trace.
  const auto at = body.find(key);
  ASSERT_LT(at, body.find('\n'));
  body.replace(at, 32, f.project.public_key);
  EXPECT_EQ(f.post("/api/1/envelope/", body).status, 200);
  EXPECT_EQ(f.outcomes()["event/stored"], 1u);
}

TEST(OtherClients, MetricsAreAnsweredAndCounted) {
  for (const bool json : {false, true}) {
    SCOPED_TRACE(json);
    ReceiveFixture f;
    const auto response =
        f.post("/v1/metrics",
               read_case(json ? "clients/bodies/otel-json-metrics.json"
                              : "clients/bodies/otel-proto-metrics.pb"),
               {{"Content-Type", json ? "application/json" : "application/x-protobuf"},
                {"Authorization", "Bearer " + f.project.public_key}});
    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.body.find("keeps no metrics"), std::string::npos);
    EXPECT_GT(f.outcomes()["other/unsupported"],
              25u);  // one a data point; 26 metrics have at least one each
    if (json) {
      const auto rejected =
          nlohmann::json::parse(response.body)["partialSuccess"]["rejectedDataPoints"];
      EXPECT_EQ(rejected, std::to_string(f.outcomes()["other/unsupported"]));
    }
  }
}

TEST(OtherClients, StructlogAndPinoLinesAreKept) {
  ReceiveFixture f;
  for (const char* file :
       {"clients/bodies/django-structlog.jsonl", "clients/bodies/node-app-logs.jsonl"}) {
    const auto body = read_case(file);
    const auto lines = static_cast<std::uint64_t>(std::count(body.begin(), body.end(), '\n'));
    const auto before = f.outcomes()["log/stored"];
    EXPECT_EQ(f.post("/api/1/logs/?key=" + f.project.public_key, body).status, 202);
    EXPECT_EQ(f.outcomes()["log/stored"] - before, lines) << file;
  }
}

// What a browser kept while it was offline has the times it had: the wait is no
// difference of clocks.
TEST(Beacons, TimeThatTheyWaitedIsNoSkew) {
  struct Case {
    const char* query;
    std::int64_t expected_skew_us;
  };
  constexpr std::int64_t kHourUs = std::int64_t{3600} * 1'000'000;
  const Case cases[] = {
      {"", kHourUs},
      {"&waited_ms=3600000", 0},
      {"&waited_ms=3597000", 3'000'000},
      {"&waited_ms=-5", kHourUs},
      {"&waited_ms=9e9", kHourUs},
      {"&waited_ms=99999999999999999999", kHourUs},
  };
  for (const Case& c : cases) {
    ReceiveFixture f;
    const std::int64_t made_at_ms = f.now_unix_us / 1000 - 3'600'000;
    const auto log =
        nlohmann::json::array({{"log", 1, std::string(32, 'b'), made_at_ms, 0},
                               {"init", made_at_ms - 5000, std::string(32, 'a'), "0.1.0"},
                               {"view", 0, std::string(32, 'c'), std::string(32, 'd'),
                                std::string(16, 'e'), "", "navigate", "https://shop.example/"}});
    EXPECT_EQ(f.post("/api/1/beacon/?key=" + f.project.public_key + c.query, log.dump()).status,
              202);
    const auto found =
        f.store->page_view(f.project.id, *parse_id<PageViewId>(std::string(32, 'c')));
    ASSERT_TRUE(found.ok() && found->has_value()) << c.query;
    EXPECT_EQ((*found)->clock_skew_us, c.expected_skew_us) << c.query;
  }
}

}  // namespace
}  // namespace pagewake::receive
