// What is wrong with a body, and the exact answer. A case is one entry.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/limits.h"
#include "protocols/fixtures.h"
#include "protocols/protocols.h"
#include "wire/beacon.h"

namespace pagewake::protocols {
namespace {

using model::Category;
using Decode = Result<Decoded> (*)(std::string_view, std::int64_t);
using Counts = std::map<std::pair<Category, DropReason>, std::uint64_t>;

constexpr std::int64_t kNow = 1'795'228'400'000'000;

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

// {"a":{"a":...1...}} with `depth` braces.
std::string nested_objects(std::size_t depth) {
  return repeated(R"({"a":)", depth) + "1" + repeated("}", depth);
}

// An AnyValue (protobuf) of `depth` arrays in each other.
std::string nested_any(int depth) {
  std::string any = "\x10\x01";  // bool_value
  const auto wrapped = [](char tag, const std::string& inner) {
    std::string out(1, tag);
    for (std::size_t n = inner.size(); true; n >>= 7) {
      out += static_cast<char>(n < 0x80 ? n : (n & 0x7f) | 0x80);
      if (n < 0x80) break;
    }
    return out + inner;
  };
  for (int i = 0; i < depth; ++i) any = wrapped('\x2a', wrapped('\x0a', any));
  // request.resource_spans.resource.attributes = {key "k", value any}
  const std::string pair = "\x0a\x01k" + wrapped('\x12', any);
  return wrapped('\x0a', wrapped('\x0a', wrapped('\x0a', pair)));
}

const std::string kSpanIds =
    R"("traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331")";

std::string otlp_span(const std::string& fields) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[{)" + fields + "}]}]}]}";
}

std::string envelope(const std::string& items) { return "{}\n" + items; }

struct Case {
  const char* name;
  Decode decode;
  std::string body;
  std::string error;  // code; "" where the body is taken
  std::string where;  // contained in the error's message
  Counts drops = {};
  std::size_t records = 0;
};

const std::string kEvent = R"({"event_id":"5e17a90777454a558e4a9561546d189b","message":"m"})";

std::vector<Case> cases() {
  const auto beacon = [] {
    Beacon one;
    one.sent_at_unix_ms = kNow / 1000;
    one.page_views.emplace_back().page_view_id.bytes[0] = 1;
    return encode_beacon(one);
  }();
  std::string newer = beacon;
  newer[2] = 99;
  const std::string pb = testing::client_fixture("otel-proto-traces").body;
  return {
      // Beacon
      {"beacon: empty", decode_beacon_body, "", "malformed", ""},
      {"beacon: no magic", decode_beacon_body, "hello", "malformed", ""},
      {"beacon: JSON object", decode_beacon_body, "{}", "malformed", ""},
      {"beacon: cut short", decode_beacon_body, beacon.substr(0, beacon.size() - 1), "malformed",
       ""},
      {"beacon: newer version", decode_beacon_body, newer, "unknown_version", ""},
      {"beacon: whole", decode_beacon_body, beacon, "", "", {}, 1},
      {"log: cut short", decode_beacon_body, R"([["log",1,"00)", "malformed", ""},
      {"log: no head", decode_beacon_body, R"([["lcp",1]])", "malformed", ""},
      {"log: newer version", decode_beacon_body,
       R"([["log",9,"000102030405060708090a0b0c0d0e0f",1795228400000]])", "unknown_version", ""},
      {"log: bomb", decode_beacon_body, repeated("[", 100'000), "nesting_too_deep", ""},

      // Sentry envelope
      {"envelope: empty", decode_sentry_envelope, "", "malformed", "byte 0"},
      {"envelope: only a header", decode_sentry_envelope, "{}", "", ""},
      {"envelope: header is a list", decode_sentry_envelope, "[]\n", "malformed", "byte 0"},
      {"envelope: header is cut", decode_sentry_envelope, "{\"event_id\":", "malformed", "byte 1"},
      {"envelope: header is a bomb", decode_sentry_envelope, nested_objects(65), "nesting_too_deep",
       "byte 320"},
      {"envelope: item header is cut", decode_sentry_envelope, envelope("{\"type\""), "malformed",
       "item's header"},
      {"envelope: length beyond the end", decode_sentry_envelope,
       envelope("{\"type\":\"event\",\"length\":99}\n{}"), "malformed", "byte 32"},
      {"envelope: negative length", decode_sentry_envelope,
       envelope("{\"type\":\"event\",\"length\":-1}\n{}"), "malformed", "-1"},
      {"envelope: length inside the payload", decode_sentry_envelope,
       envelope("{\"type\":\"event\",\"length\":1}\n{}\n"), "malformed", "1 bytes"},
      {"envelope: item without type",
       decode_sentry_envelope,
       envelope("{}\n{}\n"),
       "",
       "",
       {{{Category::kOther, DropReason::kUnsupported}, 1}}},
      {"envelope: unknown item beside an event",
       decode_sentry_envelope,
       envelope("{\"type\":\"hologram\",\"length\":3}\n\n\n\n\n{\"type\":\"event\"}\n" + kEvent),
       "",
       "",
       {{{Category::kOther, DropReason::kUnsupported}, 1}},
       1},
      {"envelope: bad event alone", decode_sentry_envelope,
       envelope("{\"type\":\"event\"}\n{\"event_id\":}\n"), "malformed", "event item"},
      {"envelope: bad event beside a good one",
       decode_sentry_envelope,
       envelope("{\"type\":\"event\"}\n{\"event_id\":}\n{\"type\":\"event\"}\n" + kEvent + "\n\n"),
       "",
       "",
       {{{Category::kEvent, DropReason::kMalformed}, 1}},
       1},
      {"envelope: bomb alone", decode_sentry_envelope,
       envelope("{\"type\":\"event\"}\n" + nested_objects(10'000)), "nesting_too_deep",
       "event item"},
      {"envelope: bomb beside an event",
       decode_sentry_envelope,
       envelope("{\"type\":\"transaction\"}\n" + nested_objects(10'000) +
                "\n{\"type\":\"event\"}\n" + kEvent),
       "",
       "",
       {{{Category::kSpan, DropReason::kTooDeep}, 1}},
       1},
      {"envelope: event is a list", decode_sentry_envelope, envelope("{\"type\":\"event\"}\n[]\n"),
       "malformed", "byte 20"},
      {"envelope: event with a bad id",
       decode_sentry_envelope,
       envelope("{\"type\":\"event\"}\n{\"event_id\":\"xyz\"}\n"),
       "",
       "",
       {{{Category::kEvent, DropReason::kInvalidId}, 1}}},
      {"envelope: every field of the wrong type",
       decode_sentry_envelope,
       envelope("{\"type\":\"event\"}\n"
                R"({"event_id":"5e17a90777454a558e4a9561546d189b","exception":7,"breadcrumbs":"x",)"
                R"("tags":3,"contexts":[],"user":"ann","timestamp":{},"level":9,"message":[1],)"
                R"("request":true,"extra":null,"release":{"a":1},"fingerprint":"f","platform":0})"),
       "",
       "",
       {},
       1},
      {"envelope: transaction without ids",
       decode_sentry_envelope,
       envelope("{\"type\":\"transaction\"}\n{\"spans\":[{},1,{\"span_id\":\"00\"}]}\n"),
       "",
       "",
       {{{Category::kSpan, DropReason::kInvalidId}, 4}}},
      {"envelope: span container of a later version",
       decode_sentry_envelope,
       envelope("{\"type\":\"span\",\"item_count\":4}\n{\"version\":3,\"items\":[{}]}\n"),
       "",
       "",
       {{{Category::kSpan, DropReason::kUnknownVersion}, 4}}},
      {"envelope: container's items are no list", decode_sentry_envelope,
       envelope("{\"type\":\"log\"}\n{\"items\":7}\n"), "malformed", "items"},
      {"envelope: log item is a number",
       decode_sentry_envelope,
       envelope("{\"type\":\"log\"}\n{\"items\":[7]}\n"),
       "",
       "",
       {{{Category::kLog, DropReason::kMalformed}, 1}}},
      {"envelope: client report with odd numbers",
       decode_sentry_envelope,
       envelope(
           "{\"type\":\"client_report\"}\n{\"discarded_events\":[{\"category\":\"error\","
           "\"quantity\":-3},{\"quantity\":1e300},{\"category\":\"span\",\"quantity\":\"2\"}]}\n"),
       "",
       "",
       {{{Category::kSpan, DropReason::kReportedByClient}, 2}}},

      // Sentry store
      {"store: empty", decode_sentry_store, "", "malformed", "byte 0"},
      {"store: text", decode_sentry_store, "\"x\"", "malformed", "no JSON object"},
      {"store: cut short", decode_sentry_store, kEvent.substr(0, 30), "malformed", "byte 30"},
      {"store: bomb", decode_sentry_store, nested_objects(100'000), "nesting_too_deep", "byte 320"},
      {"store: at the limit",
       decode_sentry_store,
       nested_objects(limits::kJsonDepth),
       "",
       "",
       {},
       1},
      {"store: brackets in a string",
       decode_sentry_store,
       R"({"message":"\")" + repeated("[", 500) + R"("})",
       "",
       "",
       {},
       1},
      {"store: not UTF-8", decode_sentry_store, "{\"message\":\"caf\xe9\"}", "", "", {}, 1},
      {"store: no id", decode_sentry_store, "{}", "", "", {}, 1},
      {"store: id of zeros",
       decode_sentry_store,
       R"({"event_id":"00000000000000000000000000000000"})",
       "",
       "",
       {{{Category::kEvent, DropReason::kInvalidId}, 1}}},

      // OTLP, JSON
      {"otlp json: empty", decode_otlp_traces_json, "", "malformed", "byte 0"},
      {"otlp json: list", decode_otlp_traces_json, "[]", "malformed", "no JSON object"},
      {"otlp json: nothing in it", decode_otlp_traces_json, "{}", "", ""},
      {"otlp json: cut short", decode_otlp_traces_json, R"({"resourceSpans":[{)", "malformed",
       "byte"},
      {"otlp json: spans of another type", decode_otlp_traces_json,
       R"({"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]})", "malformed", "spans"},
      {"otlp json: resource spans of another type", decode_otlp_traces_json,
       R"({"resourceSpans":1})", "malformed", "resourceSpans"},
      {"otlp json: span is a number",
       decode_otlp_traces_json,
       R"({"resourceSpans":[{"scopeSpans":[{"spans":[1,2]}]}]})",
       "",
       "",
       {{{Category::kSpan, DropReason::kMalformed}, 2}}},
      {"otlp json: no ids",
       decode_otlp_traces_json,
       otlp_span(R"("name":"x")"),
       "",
       "",
       {{{Category::kSpan, DropReason::kInvalidId}, 1}}},
      {"otlp json: trace id of zeros",
       decode_otlp_traces_json,
       otlp_span(R"("traceId":"00000000000000000000000000000000","spanId":"b7ad6b7169203331")"),
       "",
       "",
       {{{Category::kSpan, DropReason::kInvalidId}, 1}}},
      {"otlp json: short parent",
       decode_otlp_traces_json,
       otlp_span(kSpanIds + R"(,"parentSpanId":"abc")"),
       "",
       "",
       {{{Category::kSpan, DropReason::kInvalidId}, 1}}},
      {"otlp json: empty parent",
       decode_otlp_traces_json,
       otlp_span(kSpanIds + R"(,"parentSpanId":"")"),
       "",
       "",
       {},
       1},
      {"otlp json: times out of range",
       decode_otlp_traces_json,
       otlp_span(kSpanIds + R"(,"startTimeUnixNano":"99999999999999999999","endTimeUnixNano":-5)"),
       "",
       "",
       {},
       1},
      {"otlp json: end before start",
       decode_otlp_traces_json,
       otlp_span(kSpanIds + R"(,"startTimeUnixNano":"5000000","endTimeUnixNano":"4000000")"),
       "",
       "",
       {},
       1},
      {"otlp json: bomb", decode_otlp_traces_json, nested_objects(65), "nesting_too_deep",
       "byte 320"},
      {"otlp json: logs with a bad id",
       decode_otlp_logs_json,
       R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"12"},{"traceId":""},{}]}]}]})",
       "",
       "",
       {{{Category::kLog, DropReason::kInvalidId}, 1}},
       2},
      {"otlp json: traces sent as logs", decode_otlp_logs_json, otlp_span(kSpanIds), "", ""},

      // OTLP, protobuf
      {"otlp proto: empty", decode_otlp_traces_proto, "", "", ""},
      {"otlp proto: JSON", decode_otlp_traces_proto, "{}", "malformed", "byte 0"},
      {"otlp proto: cut short", decode_otlp_traces_proto, pb.substr(0, pb.size() - 3), "malformed",
       "byte"},
      {"otlp proto: length beyond the end", decode_otlp_traces_proto, "\x0a\x7f", "malformed",
       "byte 0"},
      {"otlp proto: endless varint", decode_otlp_traces_proto, repeated("\xff", 20), "malformed",
       "byte 0"},
      {"otlp proto: unknown fields", decode_otlp_traces_proto, std::string("\x1a\x02hi\x20\x05", 6),
       "", ""},
      {"otlp proto: wrong wire type of the list", decode_otlp_traces_proto,
       std::string("\x08\x01", 2), "", ""},
      {"otlp proto: span without ids",
       decode_otlp_traces_proto,
       std::string("\x0a\x07\x12\x05\x12\x03\x2a\x01x", 9),
       "",
       "",
       {{{Category::kSpan, DropReason::kInvalidId}, 1}}},
      {"otlp proto: bomb", decode_otlp_traces_proto, nested_any(5'000), "nesting_too_deep", "byte"},
      {"otlp proto: deep but allowed", decode_otlp_traces_proto, nested_any(limits::kJsonDepth - 1),
       "", ""},
      {"otlp proto: traces sent as logs", decode_otlp_logs_proto, pb, "malformed", "byte"},

      // JSON lines
      {"lines: empty", decode_json_logs, "", "malformed", "empty"},
      {"lines: blank", decode_json_logs, " \n\r\n\t", "malformed", "empty"},
      {"lines: plain text only", decode_json_logs, "GET / 200\n", "malformed", "byte 0"},
      {"lines: one of three is text",
       decode_json_logs,
       "{\"msg\":\"a\"}\nTraceback\n\n{\"msg\":\"b\"}\n",
       "",
       "",
       {{{Category::kLog, DropReason::kMalformed}, 1}},
       2},
      {"lines: last is cut",
       decode_json_logs,
       "{\"msg\":\"a\"}\n{\"msg\":",
       "",
       "",
       {{{Category::kLog, DropReason::kMalformed}, 1}},
       1},
      {"lines: scalars",
       decode_json_logs,
       "1\n\"x\"\nnull\n{}",
       "",
       "",
       {{{Category::kLog, DropReason::kMalformed}, 3}},
       1},
      {"lines: bomb alone", decode_json_logs, nested_objects(100'000), "nesting_too_deep",
       "byte 320"},
      {"lines: bomb beside a line",
       decode_json_logs,
       "{}\n" + nested_objects(65),
       "",
       "",
       {{{Category::kLog, DropReason::kTooDeep}, 1}},
       1},
      {"lines: as one list",
       decode_json_logs,
       R"([{"msg":"a"},{"msg":"b"},3])",
       "",
       "",
       {{{Category::kLog, DropReason::kMalformed}, 1}},
       2},
      {"lines: every field of the wrong type",
       decode_json_logs,
       R"({"time":{},"level":[],"message":7,"logger":1,"trace_id":12,"span_id":null,"service":{}})",
       "",
       "",
       {},
       1},
      {"lines: not UTF-8", decode_json_logs, "{\"msg\":\"\xff\xfe\"}", "", "", {}, 1},
  };
}

TEST(Malformed, EachBodyHasItsAnswer) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto decoded = c.decode(c.body, kNow);
    EXPECT_EQ(decoded.ok() ? "" : decoded.error().code, c.error)
        << (decoded.ok() ? "" : decoded.error().message);
    if (!decoded.ok()) {
      EXPECT_NE(decoded.error().message.find(c.where), std::string::npos)
          << decoded.error().message;
      continue;
    }
    Counts drops;
    for (const auto& drop : decoded->drops) drops[{drop.category, drop.reason}] += drop.count;
    EXPECT_EQ(drops, c.drops);
    EXPECT_EQ(decoded->records.size(), c.records);
  }
}

// Cut at every byte, nothing but an error or fewer records may come out.
TEST(Malformed, FixturesCutAtEveryByte) {
  const struct {
    const char* fixture;
    Decode decode;
  } bodies[] = {{"otel-proto-traces", decode_otlp_traces_proto},
                {"web-otel-json-traces", decode_otlp_traces_json},
                {"otel-json-logs", decode_otlp_logs_json},
                {"web-event-unhandled", decode_sentry_envelope},
                {"py-store-logentry", decode_sentry_store}};
  for (const auto& b : bodies) {
    SCOPED_TRACE(b.fixture);
    const std::string& body = testing::client_fixture(b.fixture).body;
    const auto whole = b.decode(body, kNow);
    ASSERT_TRUE(whole.ok());
    std::size_t errors = 0;
    for (std::size_t size = 0; size < body.size(); ++size) {
      const auto part = b.decode(std::string_view(body).substr(0, size), kNow);
      if (!part.ok()) {
        EXPECT_EQ(part.error().code, "malformed");
        ++errors;
        continue;
      }
      EXPECT_LE(part->records.size(), whole->records.size());
    }
    EXPECT_GT(errors, body.size() / 2);
  }
}

// A resource is kept with each of its records: what it may weigh is bounded,
// and so is their number.
TEST(Malformed, HugeResourceIsNotMultiplied) {
  const std::string big(1'000'000, 'x');
  std::string body =
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"big","value":{"stringValue":")" +
      big + R"("}},{"key":"host.name","value":{"stringValue":"vm"}}]},"scopeSpans":[{"spans":[)";
  for (std::size_t i = 0; i < limits::kRecordsPerRequest + 10; ++i) {
    body += i == 0 ? "{" : ",{";
    body += kSpanIds + "}";
  }
  body += "]}]}]}";
  const auto decoded = decode_otlp_traces_json(body, kNow);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->records.spans.size(), limits::kRecordsPerRequest);
  ASSERT_EQ(decoded->drops.size(), 1u);
  EXPECT_EQ(decoded->drops[0].reason, DropReason::kTruncated);
  EXPECT_EQ(decoded->drops[0].count, 10u);
  EXPECT_EQ(decoded->records.spans[0].attributes_json, R"({"resource.host.name":"vm"})");
}

}  // namespace
}  // namespace pagewake::protocols
