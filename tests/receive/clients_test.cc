// Requests of real clients, byte for byte, through the router: the answer they
// expect, and what became of what they sent.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

// The capture's own project numbers and keys are replaced by the test's: the
// key wherever the client put it, the project in the path.
TEST_P(Clients, GetTheirAnswerAndOneFateARecord) {
  static const auto index = nlohmann::json::parse(read_case("clients/index.json"));
  const auto found = std::find_if(index.begin(), index.end(),
                                  [](const auto& c) { return c["name"] == GetParam().name; });
  ASSERT_NE(found, index.end());
  const auto& captured = *found;

  ReceiveFixture f;
  std::string target = captured["request"]["line"];
  target = target.substr(target.find(' ') + 1);
  target = target.substr(0, target.find(' '));
  http::Headers headers;
  bool otlp = target.starts_with("/v1/");
  for (const auto& header : captured["request"]["headers"]) {
    std::string name = header[0], value = header[1];
    if (name == "X-Sentry-Auth") {
      const auto at = value.find("sentry_key=") + 11;
      value.replace(at, 32, f.project.public_key);
    }
    if (name == "authorization") value = "Bearer " + f.project.public_key;
    headers.emplace_back(name, value);
  }
  if (otlp) {
    headers.emplace_back("x-pagewake-key", f.project.public_key);
  } else if (target.starts_with("/collect/")) {
    target = "/api/1/faro/?key=" + f.project.public_key;
  } else if (target.starts_with("/vitals/")) {
    target = "/api/1/vitals/?key=" + f.project.public_key;
  } else {
    const auto tail = target.find('/', 5);
    target = "/api/1" + target.substr(tail);
    if (const auto at = target.find("sentry_key="); at != std::string::npos)
      target.replace(at + 11, 32, f.project.public_key);
  }
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
    ::testing::Values(Case{"py-store-handled", {{"event/stored", 1}}},
                      Case{"py-store-structlog-repr", {{"event/stored", 1}}},
                      Case{"py-store-unhandled-pii", {{"event/stored", 1}}},
                      Case{"py-store-logentry", {{"event/stored", 1}}},
                      Case{"node-event-unhandled", {{"event/stored", 1}}},
                      Case{"node-event-message", {{"event/stored", 1}}},
                      Case{"node-event-gzip", {{"event/stored", 1}}},
                      Case{"node-spans", {{"span/stored", 9}}},
                      Case{"node-logs", {{"log/stored", 2}}},
                      Case{"web-event-unhandled", {{"event/stored", 1}}},
                      Case{"otel-proto-traces", {{"span/stored", 12}}},
                      Case{"otel-json-traces", {{"span/stored", 15}}},
                      Case{"otel-proto-gzip-exception", {{"event/stored", 1}, {"span/stored", 7}}},
                      Case{"otel-json-logs", {{"log/stored", 2}}},
                      Case{"link-otel-server-traces", {{"span/stored", 15}}},
                      Case{"web-otel-json-traces", {{"event/stored", 1}, {"span/stored", 3}}},
                      Case{"faro-mixed", {{"event/stored", 4}, {"log/stored", 3}}},
                      Case{"faro-traces", {{"log/stored", 1}, {"span/stored", 2}}},
                      Case{"faro-gzip", {{"log/stored", 1}, {"page_view/stored", 1}}},
                      Case{"web-vitals-beacon", {{"page_view/stored", 1}}}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

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

}  // namespace
}  // namespace pagewake::receive
