#include "receive/otlp_answer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pagewake::receive {
namespace {

TEST(OtlpAnswer, EverythingTakenIsAnEmptyMessage) {
  EXPECT_EQ(otlp_accepted(OtlpEncoding::kProto, "rejectedSpans", 0, "").body, "");
  EXPECT_EQ(otlp_accepted(OtlpEncoding::kJson, "rejectedSpans", 0, "").body, "{}");
}

TEST(OtlpAnswer, PartialSuccessInBothEncodings) {
  const auto proto = otlp_accepted(OtlpEncoding::kProto, "rejectedSpans", 300, "why");
  // partial_success (1) { rejected_spans (1): 300, error_message (2): "why" }
  EXPECT_EQ(proto.body, std::string("\x0a\x08\x08\xac\x02\x12\x03why", 10));
  EXPECT_EQ(proto.content_type, "application/x-protobuf");
  const auto json = otlp_accepted(OtlpEncoding::kJson, "rejectedSpans", 300, "why");
  EXPECT_EQ(
      nlohmann::json::parse(json.body),
      nlohmann::json::parse(R"({"partialSuccess":{"rejectedSpans":"300","errorMessage":"why"}})"));
}

TEST(OtlpAnswer, RefusalsCarryTheRpcCode) {
  const struct {
    int status, code;
  } cases[] = {{400, 3}, {401, 16}, {403, 7},  {404, 5}, {413, 8},
               {415, 3}, {429, 8},  {500, 13}, {503, 14}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.status);
    Refusal refusal;
    refusal.status = c.status;
    refusal.code = "x";
    refusal.message = "m";
    const auto json = otlp_refused(OtlpEncoding::kJson, refusal);
    EXPECT_EQ(json.status, c.status);
    EXPECT_EQ(nlohmann::json::parse(json.body)["code"], c.code);
    EXPECT_EQ(otlp_refused(OtlpEncoding::kProto, refusal).body,
              std::string("\x08") + static_cast<char>(c.code) + "\x12\x04x: m");
  }
}

TEST(OtlpAnswer, TheEncodingIsTheContentType) {
  const struct {
    const char* type;
    std::optional<OtlpEncoding> encoding;
  } cases[] = {{"application/x-protobuf", OtlpEncoding::kProto},
               {"Application/JSON; charset=utf-8", OtlpEncoding::kJson},
               {"text/plain", std::nullopt},
               {"", std::nullopt}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.type);
    http::Request request;
    request.headers = {{"content-type", c.type}};
    EXPECT_EQ(otlp_encoding(request), c.encoding);
  }
}

TEST(OtlpAnswer, CountsDataPoints) {
  const char* json = R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
    {"name":"a","gauge":{"dataPoints":[{"asInt":1},{"asInt":2,"attributes":[{"key":"dataPoints"}]}]}},
    {"name":"b","sum":{"dataPoints":[]}},{"name":"c","histogram":{"dataPoints":[{}]}}]}]}]})";
  const auto counted = count_data_points(OtlpEncoding::kJson, json);
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(counted.value(), 3u);
  EXPECT_EQ(count_data_points(OtlpEncoding::kProto, "").value(), 0u);
  EXPECT_FALSE(count_data_points(OtlpEncoding::kProto, "\x0a\x7f").ok());
  EXPECT_FALSE(count_data_points(OtlpEncoding::kJson, "{").ok());
}

}  // namespace
}  // namespace pagewake::receive
