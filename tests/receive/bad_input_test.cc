// The "Bad input": the documented status and code, one outcome counted,
// nothing else lost, the server up.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "receive/receive_fixture.h"

namespace pagewake::receive {
namespace {

using testing::gzipped;
using testing::header_of;
using testing::read_case;
using testing::ReceiveFixture;

const std::string kLine = "{\"event\":\"hello\",\"level\":\"info\"}\n";

TEST(BadInput, GetsItsStatusItsCodeAndOneOutcome) {
  const std::string store_body = read_case("clients/bodies/py-store-handled.gz");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string deep_event = "{\"message\":\"m\",\"extra\":" + deep + "}";
  const std::string large(1'048'577, ' ');
  const http::Headers gzip{{"Content-Encoding", "gzip"}};
  const http::Headers json{{"Content-Type", "application/json"}};
  const struct {
    const char* name;
    std::string path, body;
    http::Headers headers;
    int status;
    const char* code;
  } cases[] = {
      {"beacon: empty", "beacon/", "", {}, 400, "malformed"},
      {"beacon: not one", "beacon/", "hello", {}, 400, "malformed"},
      {"beacon: magic only", "beacon/", "PW", {}, 400, "malformed"},
      {"beacon: newer version",
       "beacon/",
       std::string("PW\x7f") + std::string(40, 'x'),
       {},
       400,
       "unknown_version"},
      {"raw log: not JSON", "beacon/", "[1,", {}, 400, "malformed"},
      {"raw log: nests too deep", "beacon/", deep, {}, 400, "nesting_too_deep"},
      {"store: not JSON", "store/", "hello", {}, 400, "malformed"},
      {"store: an array", "store/", "[]", {}, 400, "malformed"},
      {"store: nests too deep", "store/", deep_event, {}, 400, "nesting_too_deep"},
      {"store: gzip cut short", "store/", store_body.substr(0, store_body.size() / 2), gzip, 400,
       "bad_encoding"},
      {"store: gzip with trailing bytes", "store/", store_body + "x", gzip, 400, "bad_encoding"},
      {"store: not gzip", "store/", "{}", gzip, 400, "bad_encoding"},
      {"store: unknown encoding",
       "store/",
       "{}",
       {{"Content-Encoding", "lzma"}},
       400,
       "bad_encoding"},
      {"store: over 1 MiB", "store/", large, {}, 413, "body_too_large"},
      {"store: bomb", "store/", gzipped(std::string(50 << 20, ' ')), gzip, 413, "body_too_large"},
      {"envelope: no header", "envelope/", "not json\n{}\n", {}, 400, "malformed"},
      {"logs: bomb", "logs/", gzipped(std::string(50 << 20, '\n')), gzip, 413, "body_too_large"},
      {"faro: not JSON", "faro/", "hello", {}, 400, "malformed"},
      {"faro: nests too deep", "faro/", "{\"logs\":" + deep + "}", {}, 400, "nesting_too_deep"},
      {"faro: bomb", "faro/", gzipped(std::string(50 << 20, ' ')), gzip, 413, "body_too_large"},
      {"vitals: not JSON", "vitals/", "hello", {}, 400, "malformed"},
      {"vitals: nests too deep", "vitals/", deep, {}, 400, "nesting_too_deep"},
      {"vitals: over 1 MiB", "vitals/", large, {}, 413, "body_too_large"},
      {"reports: not JSON", "security/", "hello", {}, 400, "malformed"},
      {"reports: nests too deep", "security/", deep, {}, 400, "nesting_too_deep"},
      {"reports: over 1 MiB", "security/", large, {}, 413, "body_too_large"},
      {"OTLP JSON: not JSON", "otlp/v1/traces", "{", json, 400, "malformed"},
      {"OTLP JSON: nests too deep", "otlp/v1/traces", "{\"resourceSpans\":" + deep + "}", json, 400,
       "nesting_too_deep"},
      {"OTLP logs JSON: not JSON", "otlp/v1/logs", "nope", json, 400, "malformed"},
      {"OTLP metrics JSON: not JSON", "otlp/v1/metrics", "nope", json, 400, "malformed"},
      {"OTLP metrics JSON: nests too deep", "otlp/v1/metrics", deep, json, 400, "nesting_too_deep"},
      {"OTLP: no content type", "otlp/v1/traces", "{}", {}, 415, "unsupported_media_type"},
      {"OTLP: another content type",
       "otlp/v1/traces",
       "{}",
       {{"Content-Type", "text/plain"}},
       415,
       "unsupported_media_type"},
  };
  ReceiveFixture f;
  const std::string key = "?key=" + f.project.public_key;
  std::uint64_t refused = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto before = f.outcomes();
    const auto response = f.post("/api/1/" + c.path + key, c.body, c.headers);
    EXPECT_EQ(response.status, c.status) << response.body;
    const auto error = nlohmann::json::parse(response.body)["error"];
    EXPECT_EQ(error["code"], c.code);
    if (c.status == 413) {
      EXPECT_EQ(error["limit_bytes"], 1'048'576);
    }
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "*");

    const auto after = f.outcomes();
    std::uint64_t grown = 0;
    for (const auto& [name, count] : after) {
      const auto old = before.find(name);
      const auto by = count - (old == before.end() ? 0 : old->second);
      if (by > 0) {
        EXPECT_TRUE(name.starts_with("request/")) << name;
      }
      grown += by;
    }
    EXPECT_EQ(grown, 1u);
    ++refused;
  }
  // Still up, and nothing but the refusals was counted.
  EXPECT_EQ(f.post("/api/1/logs/" + key, kLine).status, 202);
  const auto outcomes = f.outcomes();
  std::uint64_t sum = 0;
  for (const auto& [name, count] : outcomes) sum += count;
  EXPECT_EQ(sum, refused + 1);
  EXPECT_EQ(outcomes.at("log/stored"), 1u);
}

TEST(BadInput, AProtobufClientGetsAStatusMessage) {
  ReceiveFixture f;
  const auto response = f.post(
      "/v1/traces", std::string("\x0a\xff\xff\xff\xff\x0f", 6),
      {{"Content-Type", "application/x-protobuf"}, {"X-Pagewake-Key", f.project.public_key}});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/x-protobuf");
  // google.rpc.Status: field 1 is the code, 3 is INVALID_ARGUMENT.
  ASSERT_GE(response.body.size(), 3u);
  EXPECT_EQ(response.body[0], 0x08);
  EXPECT_EQ(response.body[1], 3);
  EXPECT_EQ(response.body[2], 0x12);
  EXPECT_NE(response.body.find("malformed"), std::string::npos);
  EXPECT_EQ(f.outcomes()["request/malformed"], 1u);
}

TEST(BadInput, ABodyThatWasNotReadCountsOnce) {
  ReceiveFixture f;
  http::Request request;
  request.method = "POST";
  request.path = "/api/1/beacon/";
  request.query = {{"key", f.project.public_key}};
  request.path_parameters = {{"project", "1"}};
  const auto& rule = f.router.body_rule("POST", "/api/1/beacon/");
  EXPECT_EQ(rule.max_bytes, limits::kBodyBytes);
  ASSERT_TRUE(rule.too_large);
  const auto response = rule.too_large(request);
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(f.outcomes(), (std::map<std::string, std::uint64_t>{{"request/body_too_large", 1}}));
  EXPECT_EQ(f.router.body_rule("POST", "/v1/traces").max_bytes, limits::kOtlpBodyBytes);
}

TEST(BadInput, AStoppedStoreGives503AndNothingIsLostTwice) {
  ReceiveFixture f;
  const std::string target = "/api/1/logs/?key=" + f.project.public_key;
  f.store->fail_appends(true);
  const auto refused = f.post(target, kLine);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(header_of(refused, "Retry-After"), "5");
  EXPECT_EQ(nlohmann::json::parse(refused.body)["error"]["code"], "store_failed");
  EXPECT_EQ(f.outcomes(), (std::map<std::string, std::uint64_t>{{"log/store_failed", 1}}));
  f.store->fail_appends(false);
  EXPECT_EQ(f.post(target, kLine).status, 202);
  EXPECT_EQ(f.outcomes()["log/stored"], 1u);
}

TEST(BadInput, OtherMethodsAreRefused) {
  ReceiveFixture f;
  for (const char* method : {"GET", "PUT", "DELETE", "PATCH"}) {
    EXPECT_EQ(f.send(method, "/api/1/beacon/", "").status, 405) << method;
  }
}

}  // namespace
}  // namespace pagewake::receive
