// For every protocol, malformed bodies with the exact answer: status, code and
// message. And of a partly bad body, what is kept. (tests/protocols has the
// decoders' own tables; bad_input_test.cc what all routes share.)
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "receive/receive_fixture.h"

namespace pagewake::receive {
namespace {

using testing::read_case;
using testing::ReceiveFixture;
using Counts = std::map<std::string, std::uint64_t>;

const http::Headers kJson{{"Content-Type", "application/json"}};
const http::Headers kProto{{"Content-Type", "application/x-protobuf"}};

struct Refused {
  const char* name;
  std::string path, body;
  http::Headers headers;
  int status;
  std::string code, message;  // ending in ": …": it goes on
};
struct Kept {
  const char* name;
  std::string path, body;
  http::Headers headers;
  Counts outcomes;
};

// The error of an answer: JSON of ours, or google.rpc.Status in the request's encoding.
std::pair<std::string, std::string> error_of(const http::Response& response) {
  std::string text;
  if (response.content_type == "application/x-protobuf") {
    // code (1, varint), message (2, under 128 bytes here)
    EXPECT_EQ(response.body[2], 0x12);
    text = response.body.substr(4);
  } else {
    const auto json = nlohmann::json::parse(response.body);
    if (json.contains("error")) return {json["error"]["code"], json["error"]["message"]};
    text = json["message"];
  }
  const auto colon = text.find(": ");
  return {text.substr(0, colon), text.substr(colon + 2)};
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

const std::string kDeepJson = repeated("[", 65) + repeated("]", 65);

// Field `number` of a protobuf message with these bytes; under 128 of them.
std::string field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}
const std::string kTrace("\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c", 16);
const std::string kSpan("\xb7\xad\x6b\x71\x69\x20\x33\x31", 8);
std::string proto_span(const std::string& trace, const std::string& span) {
  return field(2, field(1, trace) + field(2, span) + field(5, "GET"));
}
std::string proto_spans(const std::string& spans) { return field(1, field(2, spans)); }

std::string json_span(const std::string& ids) { return "{" + ids + R"(,"name":"GET"})"; }
const std::string kIds =
    R"("traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331")";
std::string json_spans(const std::string& spans) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + spans + "]}]}]}";
}
std::string item(const std::string& type, const std::string& payload) {
  return R"({"type":")" + type + "\"}\n" + payload + "\n";
}
const std::string kEvent = item("event", R"({"message":"kept"})");

TEST(BadBodies, GetTheirExactAnswer) {
  const std::vector<Refused> cases = {
      {"beacon: empty",
       "beacon/",
       "",
       {},
       400,
       "malformed",
       "not a beacon: it does not start with \"PW\""},
      {"beacon: text",
       "beacon/",
       "hello",
       {},
       400,
       "malformed",
       "not a beacon: it does not start with \"PW\""},
      {"beacon: an object",
       "beacon/",
       "{}",
       {},
       400,
       "malformed",
       "not a beacon: it does not start with \"PW\""},
      {"beacon: cut short", "beacon/", "PW\x01", {}, 400, "malformed", "byte 3: cut short"},
      {"beacon: of a newer SDK",
       "beacon/",
       "PW\x7f" + std::string(40, 'x'),
       {},
       400,
       "unknown_version",
       "beacon version 127; this server reads 1 to 2"},
      {"beacon: packed, cut short", "beacon/", "PW\x02", {}, 400, "malformed", "byte 3: cut short"},
      {"beacon: packed, not LZ4",
       "beacon/",
       "PW\x02\x08hello",
       {},
       400,
       "malformed",
       "byte 4: not an LZ4 block of 8 bytes"},
      {"beacon: packed, says it is huge",
       "beacon/",
       "PW\x02\xff\xff\xff\xff\x7f" + std::string(40, 'x'),
       {},
       400,
       "malformed",
       "byte 3: would unpack to 34359738367 bytes; at most 10200 are possible"},
      {"signal log: not JSON",
       "beacon/",
       "[1,",
       {},
       400,
       "malformed",
       "byte 1: a signal is a JSON array"},
      {"signal log: without its head",
       "beacon/",
       R"([["lcp",1]])",
       {},
       400,
       "malformed",
       "a raw signal log starts with \"log\""},
      {"signal log: too deep",
       "beacon/",
       kDeepJson,
       {},
       400,
       "nesting_too_deep",
       "byte 64: nests deeper than 64 levels"},
      {"OTLP traces, protobuf: text", "otlp/v1/traces", "hello", kProto, 400, "malformed",
       "not valid protobuf in the message at byte 0: …"},
      {"OTLP traces, protobuf: longer than it is", "otlp/v1/traces", "\x0a\x7f", kProto, 400,
       "malformed", "not valid protobuf in the message at byte 0: …"},
      {"OTLP traces, protobuf: an endless number", "otlp/v1/traces", repeated("\xff", 20), kProto,
       400, "malformed", "not valid protobuf in the message at byte 0: …"},
      {"OTLP traces, protobuf: cut in a span", "otlp/v1/traces",
       proto_spans(proto_span(kTrace, kSpan)).substr(0, 20), kProto, 400, "malformed",
       "not valid protobuf in the message at byte 0: …"},
      {"OTLP logs, protobuf: text", "otlp/v1/logs", "hello", kProto, 400, "malformed",
       "not valid protobuf in the message at byte 0: …"},
      {"OTLP logs, protobuf: longer than it is", "otlp/v1/logs", "\x0a\x7f", kProto, 400,
       "malformed", "not valid protobuf in the message at byte 0: …"},
      {"OTLP metrics, protobuf: longer than it is", "otlp/v1/metrics", "\x0a\x7f", kProto, 400,
       "malformed", "not an ExportMetricsServiceRequest: …"},
      {"OTLP traces, JSON: empty", "otlp/v1/traces", "", kJson, 400, "malformed",
       "the request is not valid JSON at byte 0: …"},
      {"OTLP traces, JSON: cut short", "otlp/v1/traces", R"({"resourceSpans":[)", kJson, 400,
       "malformed", "the request is not valid JSON at byte 18: …"},
      {"OTLP traces, JSON: a list", "otlp/v1/traces", "[]", kJson, 400, "malformed",
       "the request at byte 0 is no JSON object"},
      {"OTLP traces, JSON: spans that are no list", "otlp/v1/traces",
       R"({"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]})", kJson, 400, "malformed",
       "\"spans\" is not a list"},
      {"OTLP traces, JSON: too deep", "otlp/v1/traces", kDeepJson, kJson, 400, "nesting_too_deep",
       "the request nests deeper than 64 levels at byte 64"},
      {"OTLP logs, JSON: text", "otlp/v1/logs", "hello", kJson, 400, "malformed",
       "the request is not valid JSON at byte 0: …"},
      {"OTLP logs, JSON: records that are no list", "otlp/v1/logs",
       R"({"resourceLogs":[{"scopeLogs":[{"logRecords":7}]}]})", kJson, 400, "malformed",
       "\"logRecords\" is not a list"},
      {"OTLP logs, JSON: too deep", "otlp/v1/logs", kDeepJson, kJson, 400, "nesting_too_deep",
       "the request nests deeper than 64 levels at byte 64"},
      {"OTLP metrics, JSON: text", "otlp/v1/metrics", "hello", kJson, 400, "malformed",
       "the body is not JSON"},
      {"OTLP metrics, JSON: too deep", "otlp/v1/metrics", kDeepJson, kJson, 400, "nesting_too_deep",
       "the JSON nests deeper than 64 levels"},
      {"envelope: empty",
       "envelope/",
       "",
       {},
       400,
       "malformed",
       "the envelope's header is not valid JSON at byte 0: …"},
      {"envelope: text",
       "envelope/",
       "hello\n",
       {},
       400,
       "malformed",
       "the envelope's header is not valid JSON at byte 0: …"},
      {"envelope: a list for a header",
       "envelope/",
       "[]\n",
       {},
       400,
       "malformed",
       "the envelope's header at byte 0 is no JSON object"},
      {"envelope: an item header that is none",
       "envelope/",
       "{}\nevent\n{}\n",
       {},
       400,
       "malformed",
       "an item's header is not valid JSON at byte 3: …"},
      {"envelope: shorter than the length",
       "envelope/",
       "{}\n{\"type\":\"event\",\"length\":99}\n{}",
       {},
       400,
       "malformed",
       "the item at byte 32 is not the 99 bytes long that its header says"},
      {"envelope: negative length",
       "envelope/",
       "{}\n{\"type\":\"event\",\"length\":-1}\n{}",
       {},
       400,
       "malformed",
       "the item at byte 32 is not the -1 bytes long that its header says"},
      {"envelope: only a bad event",
       "envelope/",
       "{}\n" + item("event", "{\"a\":}"),
       {},
       400,
       "malformed",
       "the event item is not valid JSON at byte 25: …"},
      {"envelope: only a transaction that is a list",
       "envelope/",
       "{}\n" + item("transaction", "[]"),
       {},
       400,
       "malformed",
       "the transaction item at byte 26 is no JSON object"},
      {"envelope: spans that are no list",
       "envelope/",
       "{}\n" + item("span", R"({"version":2,"items":7})"),
       {},
       400,
       "malformed",
       "the span item at byte 19 has no list \"items\""},
      {"envelope: logs that are no list",
       "envelope/",
       "{}\n" + item("log", R"({"version":2,"items":{}})"),
       {},
       400,
       "malformed",
       "the log item at byte 18 has no list \"items\""},
      {"envelope: only a bad session",
       "envelope/",
       "{}\n" + item("session", "[]"),
       {},
       400,
       "malformed",
       "the session item at byte 22 is no JSON object"},
      {"envelope: only bad counts of sessions",
       "envelope/",
       "{}\n" + item("sessions", "no"),
       {},
       400,
       "malformed",
       "the sessions item is not valid JSON at byte 24: …"},
      {"envelope: only bad feedback",
       "envelope/",
       "{}\n" + item("feedback", "{"),
       {},
       400,
       "malformed",
       "the feedback item is not valid JSON at byte 24: …"},
      {"envelope: only a bad client report",
       "envelope/",
       "{}\n" + item("client_report", "7"),
       {},
       400,
       "malformed",
       "the client_report item at byte 28 is no JSON object"},
      {"envelope: only an event too deep",
       "envelope/",
       "{}\n" + item("event", kDeepJson),
       {},
       400,
       "nesting_too_deep",
       "the event item nests deeper than 64 levels at byte 84"},
      {"store: empty",
       "store/",
       "",
       {},
       400,
       "malformed",
       "the event is not valid JSON at byte 0: …"},
      {"store: text",
       "store/",
       "hello",
       {},
       400,
       "malformed",
       "the event is not valid JSON at byte 0: …"},
      {"store: a list",
       "store/",
       "[]",
       {},
       400,
       "malformed",
       "the event at byte 0 is no JSON object"},
      {"store: cut short",
       "store/",
       R"({"message":"m)",
       {},
       400,
       "malformed",
       "the event is not valid JSON at byte 13: …"},
      {"store: too deep",
       "store/",
       kDeepJson,
       {},
       400,
       "nesting_too_deep",
       "the event nests deeper than 64 levels at byte 64"},
      {"faro: empty",
       "faro/",
       "",
       {},
       400,
       "malformed",
       "the payload is not valid JSON at byte 0: …"},
      {"faro: a list",
       "faro/",
       "[]",
       {},
       400,
       "malformed",
       "the payload at byte 0 is no JSON object"},
      {"faro: logs that are no list",
       "faro/",
       R"({"logs":{}})",
       {},
       400,
       "malformed",
       "\"logs\" is not a list"},
      {"faro: exceptions that are no list",
       "faro/",
       R"({"exceptions":7})",
       {},
       400,
       "malformed",
       "\"exceptions\" is not a list"},
      {"faro: too deep",
       "faro/",
       kDeepJson,
       {},
       400,
       "nesting_too_deep",
       "the payload nests deeper than 64 levels at byte 64"},
      {"vitals: empty",
       "vitals/",
       "",
       {},
       400,
       "malformed",
       "the body is not valid JSON at byte 0: …"},
      {"vitals: a number", "vitals/", "7", {}, 400, "malformed", "metric 1 is no JSON object"},
      {"vitals: without a name",
       "vitals/",
       R"({"value":1})",
       {},
       400,
       "malformed",
       "metric 1 has no \"name\""},
      {"vitals: text for a value",
       "vitals/",
       R"({"name":"LCP","value":"fast"})",
       {},
       400,
       "malformed",
       "metric 1: \"value\" must be a number from 0, in milliseconds or a layout shift score"},
      {"vitals: too deep",
       "vitals/",
       kDeepJson,
       {},
       400,
       "nesting_too_deep",
       "the body nests deeper than 64 levels at byte 64"},
      {"reports: empty",
       "security/",
       "",
       {},
       400,
       "malformed",
       "the report is not valid JSON at byte 0: …"},
      {"reports: something else",
       "security/",
       R"({"a":1})",
       {},
       400,
       "malformed",
       "want {\"csp-report\":{…}} or the Reporting API's list of reports"},
      {"reports: without a body",
       "security/",
       R"([{"type":"crash"}])",
       {},
       400,
       "malformed",
       "report 1 has no \"type\" or no object \"body\""},
      {"reports: too deep",
       "security/",
       kDeepJson,
       {},
       400,
       "nesting_too_deep",
       "the report nests deeper than 64 levels at byte 64"},
      {"lines: empty",
       "logs/",
       "",
       {},
       400,
       "malformed",
       "the body is empty; want one JSON object a line"},
      {"lines: text",
       "logs/",
       "GET / 200\n",
       {},
       400,
       "malformed",
       "the line is not valid JSON at byte 0: …"},
      {"lines: a cut list",
       "logs/",
       R"([{"msg":"a"},)",
       {},
       400,
       "malformed",
       "the list of lines is not valid JSON at byte 13: …"},
      {"lines: a number",
       "logs/",
       "7\n",
       {},
       400,
       "malformed",
       "the line at byte 0 is no JSON object"},
      {"lines: too deep",
       "logs/",
       kDeepJson,
       {},
       400,
       "nesting_too_deep",
       "the list of lines nests deeper than 64 levels at byte 64"},
  };
  ReceiveFixture f;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto response =
        f.post("/api/1/" + c.path + "?key=" + f.project.public_key, c.body, c.headers);
    EXPECT_EQ(response.status, c.status);
    const auto [code, message] = error_of(response);
    EXPECT_EQ(code, c.code);
    // What follows is the JSON or protobuf library's own word for it.
    const bool library = c.message.ends_with(": …");
    EXPECT_EQ(library ? message.substr(0, c.message.size() - 3) + "…" : message, c.message);
    const auto& sent_as =
        c.headers.empty() ? std::string_view("application/json") : c.headers[0].second;
    EXPECT_EQ(response.content_type, sent_as);
  }
  // Each counted once, and nothing of them was kept.
  std::uint64_t sum = 0;
  for (const auto& [name, count] : f.outcomes()) {
    EXPECT_TRUE(name.starts_with("request/")) << name;
    sum += count;
  }
  EXPECT_EQ(sum, cases.size());
}

TEST(BadBodies, WhatIsGoodInAPartlyBadBatchIsKept) {
  const std::string good = json_span(kIds);
  const std::string short_id = json_span(R"("traceId":"0af7","spanId":"b7ad6b7169203331")");
  const std::string zero_id =
      json_span(R"("traceId":"00000000000000000000000000000000","spanId":"b7ad6b7169203331")");
  const auto logs = [](const std::string& records) {
    return R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" + records + "]}]}]}";
  };
  const std::string proto_log = field(2, field(5, field(1, "kept")));
  const std::vector<Kept> cases = {
      {"OTLP traces, JSON: ids of wrong length, of zeros, and a number",
       "otlp/v1/traces",
       json_spans(short_id + "," + good + "," + zero_id + ",7"),
       kJson,
       {{"span/stored", 1}, {"span/invalid_id", 2}, {"span/malformed", 1}}},
      {"OTLP traces, protobuf: ids of wrong length, of zeros, and none",
       "otlp/v1/traces",
       proto_spans(proto_span(kTrace.substr(1), kSpan) + proto_span(kTrace, kSpan) +
                   proto_span(std::string(16, '\0'), kSpan) + field(2, field(5, "GET"))),
       kProto,
       {{"span/stored", 1}, {"span/invalid_id", 3}}},
      {"OTLP logs, JSON: a bad id and a number",
       "otlp/v1/logs",
       logs(R"({"traceId":"12"},{"body":{"stringValue":"kept"}},7)"),
       kJson,
       {{"log/stored", 1}, {"log/invalid_id", 1}, {"log/malformed", 1}}},
      {"OTLP logs, protobuf: a bad id",
       "otlp/v1/logs",
       field(1, field(2, field(2, field(9, "abc")) + proto_log)),
       kProto,
       {{"log/stored", 1}, {"log/invalid_id", 1}}},
      {"OTLP metrics: counted point by point",
       "otlp/v1/metrics",
       R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[{},{}]}}]}]}]})",
       kJson,
       {{"other/unsupported", 2}}},
      {"envelope: a bad event",
       "envelope/",
       "{}\n" + item("event", "{\"a\":}") + kEvent,
       {},
       {{"event/stored", 1}, {"event/malformed", 1}}},
      {"envelope: an event with a bad id",
       "envelope/",
       "{}\n" + item("event", R"({"event_id":"xyz"})") + kEvent,
       {},
       {{"event/stored", 1}, {"event/invalid_id", 1}}},
      {"envelope: a transaction too deep",
       "envelope/",
       "{}\n" + item("transaction", kDeepJson) + kEvent,
       {},
       {{"event/stored", 1}, {"span/nesting_too_deep", 1}}},
      {"envelope: spans without ids",
       "envelope/",
       "{}\n" + item("span", R"({"version":2,"items":[{},{"trace_id":"12"}]})") + kEvent,
       {},
       {{"event/stored", 1}, {"span/invalid_id", 2}}},
      {"envelope: spans of a later version",
       "envelope/",
       "{}\n" + item("span", R"({"version":9,"items":[{}]})") + kEvent,
       {},
       {{"event/stored", 1}, {"span/unknown_version", 1}}},
      {"envelope: a log that is a number",
       "envelope/",
       "{}\n" + item("log", R"({"items":[7,{"body":"kept"}]})"),
       {},
       {{"log/stored", 1}, {"log/malformed", 1}}},
      {"envelope: a session without an id",
       "envelope/",
       "{}\n" + item("session", "{}") + kEvent,
       {},
       {{"event/stored", 1}, {"session/invalid_id", 1}}},
      {"envelope: counts of sessions that are a list",
       "envelope/",
       "{}\n" + item("sessions", "[]") + kEvent,
       {},
       {{"event/stored", 1}, {"session/malformed", 1}}},
      {"envelope: feedback that is text",
       "envelope/",
       "{}\n" + item("feedback", "\"x\"") + kEvent,
       {},
       {{"event/stored", 1}, {"event/malformed", 1}}},
      {"envelope: a client report with odd numbers",
       "envelope/",
       "{}\n" +
           item("client_report",
                R"({"discarded_events":[{"category":"error","quantity":-3},)"
                R"({"category":"span","quantity":1e300},{"category":"error","quantity":2}]})") +
           kEvent,
       {},
       {{"event/stored", 1}, {"event/dropped_by_client", 2}}},
      {"envelope: an unknown item and an attachment",
       "envelope/",
       "{}\n" + item("hologram", "x") + "{\"type\":\"attachment\",\"length\":3}\n\n\n\n\n" + kEvent,
       {},
       {{"event/stored", 1}, {"other/unsupported", 2}}},
      {"store: every field of the wrong type",
       "store/",
       R"({"exception":7,"breadcrumbs":"x","tags":3,"contexts":[],"user":"a","timestamp":{},)"
       R"("level":9,"message":[1],"request":true,"extra":null,"release":{},"fingerprint":"f"})",
       {},
       {{"event/stored", 1}}},
      {"faro: a log that is a number, traces that are none",
       "faro/",
       R"({"logs":[7,{"message":"kept"}],"traces":[]})",
       {},
       {{"log/stored", 1}, {"log/malformed", 1}, {"span/malformed", 1}}},
      {"faro: a span with a bad id",
       "faro/",
       R"({"traces":)" + json_spans(short_id + "," + good) + "}",
       {},
       {{"span/stored", 1}, {"span/invalid_id", 1}}},
      {"vitals: a negative one",
       "vitals/",
       R"([{"name":"LCP","value":1,"page_view_id":"11111111111111111111111111111111"},)"
       R"({"name":"FCP","value":-3}])",
       {},
       {{"page_view/stored", 1}, {"page_view/malformed", 1}}},
      {"reports: one is a number",
       "security/",
       R"([1,{"type":"crash","body":{}}])",
       {},
       {{"event/stored", 1}, {"event/malformed", 1}}},
      {"lines: text among them, the last one cut",
       "logs/",
       "{\"msg\":\"a\"}\nTraceback\n\n{\"msg\":",
       {},
       {{"log/stored", 1}, {"log/malformed", 2}}},
      {"lines: one too deep",
       "logs/",
       "{}\n" + kDeepJson + "\n",
       {},
       {{"log/stored", 1}, {"log/nesting_too_deep", 1}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ReceiveFixture f;
    const auto response =
        f.post("/api/1/" + c.path + "?key=" + f.project.public_key, c.body, c.headers);
    EXPECT_LT(response.status, 300) << response.body;
    EXPECT_EQ(f.outcomes(), c.outcomes);
  }
}

// OTLP's clients are told how many were refused, and why.
TEST(BadBodies, OtlpAnswersAPartialSuccess) {
  ReceiveFixture f;
  const auto response =
      f.post("/api/1/otlp/v1/traces?key=" + f.project.public_key,
             json_spans(json_span(kIds) + "," + json_span("\"a\":1") + ",7"), kJson);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(
      nlohmann::json::parse(response.body),
      nlohmann::json::parse(
          R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"not kept: 1 invalid_id, 1 malformed"}})"));
}

}  // namespace
}  // namespace pagewake::receive
