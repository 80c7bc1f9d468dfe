// Small pieces and rules of the decoders that no captured body shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "protocols/json.h"
#include "protocols/json_write.h"
#include "protocols/levels.h"
#include "protocols/protocols.h"
#include "protocols/stack_text.h"
#include "protocols/time_text.h"
#include "wire/beacon.h"

namespace pagewake::protocols {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

constexpr std::int64_t kNow = 1'795'228'400'000'000;

TEST(TimeText, ReadsWhatClientsWrite) {
  const struct {
    const char* text;
    std::optional<std::int64_t> unix_us;
  } cases[] = {
      {"2026-11-21T02:27:10.833911Z", 1'795'228'030'833'911},
      {"2026-11-21T02:27:10.833Z", 1'795'228'030'833'000},
      {"2026-11-21T02:27:10Z", 1'795'228'030'000'000},
      {"2026-11-21T02:27:10.123456789Z", 1'795'228'030'123'456},
      {"2026-11-21 02:27:10,833", 1'795'228'030'833'000},
      {"2026-11-21T02:27:10.833911", 1'795'228'030'833'911},
      {"2026-11-21T02:27Z", 1'795'228'020'000'000},
      {"2026-11-21T04:27:10+02:00", 1'795'228'030'000'000},
      {"2026-11-20T21:57:10-0430", 1'795'228'030'000'000},
      {"2026-11-21T04:27:10+02", 1'795'228'030'000'000},
      {"2000-02-29T00:00:00Z", 951'782'400'000'000},
      {"1969-12-31T23:59:59Z", std::nullopt},
      {"2026-13-01T00:00:00Z", std::nullopt},
      {"2026-11-21T02:27:10.Z", std::nullopt},
      {"2026-11-21T02:27:10Zjunk", std::nullopt},
      {"2026-11-21T02:27:10+", std::nullopt},
      {"2026-11-21", std::nullopt},
      {"yesterday", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(unix_us_from_text(c.text), c.unix_us);
  }
}

TEST(TimeText, GuessesTheUnitOfALogsTime) {
  const std::int64_t want = 1'795'228'082'000'000;
  EXPECT_EQ(unix_us_from_any_unit(1'795'228'082.0), want);
  EXPECT_EQ(unix_us_from_any_unit(1'795'228'082e3), want);
  EXPECT_EQ(unix_us_from_any_unit(1'795'228'082e6), want);
  EXPECT_EQ(unix_us_from_any_unit(1'795'228'082e9), want);
  for (const double bad : {0.0, -1.0, 1e300, std::nan("")}) {
    EXPECT_EQ(unix_us_from_any_unit(bad), std::nullopt) << bad;
  }
}

TEST(Levels, EverySpelling) {
  EXPECT_EQ(level_from("WARN"), "warning");
  EXPECT_EQ(level_from("CRITICAL"), "fatal");
  EXPECT_EQ(level_from("log"), "info");
  EXPECT_EQ(level_from("loud"), std::nullopt);
  EXPECT_EQ(severity_of("error"), 17);
  EXPECT_EQ(level_of(20), "error");
  EXPECT_EQ(level_of(0), "info");
  EXPECT_EQ(level_from_pino(35), "info");
  EXPECT_EQ(level_from_pino(60), "fatal");
}

TEST(JsonWrite, WritesWhatItRead) {
  const std::string text =
      R"({"a":[1,-2,18446744073709551615,1.5,true,false,null,"q\"\\\n\t\u0001é"],"b":{}})";
  const auto document = Document::parse(text, "text");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(to_json(document->root()), text);
}

TEST(JsonWrite, FirstMemberOfAKeyWins) {
  JsonObject object;
  EXPECT_EQ(JsonObject().take(), "");
  object.text("k", "first");
  object.member("k", "2");
  object.member("l", "[]");
  EXPECT_EQ(object.take(), R"({"k":"first","l":[]})");
}

TEST(JsonWrite, AnObjectBehindOtherText) {
  JsonObject object("[1,");
  EXPECT_TRUE(object.empty());
  object.valid_text("k", "v");
  object.valid_text("k", "w");
  EXPECT_FALSE(object.empty());
  EXPECT_EQ(object.take(), R"([1,{"k":"v"})");
  EXPECT_EQ(JsonObject("[").take(), "[");
}

// Text is looked at in words of several bytes: each special byte at each place
// of texts of each length, with one more behind it.
TEST(JsonWrite, EscapesWhereverItStands) {
  for (std::size_t size = 1; size <= 50; ++size) {
    for (const char* special : {"\n", "\"", "\\", "\x01", "\x1f", "\x7f", "é"}) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, ' ');
        text[(at + 9) % size] = '\t';
        text.replace(at, 1, special);
        std::string out;
        append_valid_json_string(out, text);
        ASSERT_EQ(out, json(text).dump()) << size << ", " << at;
      }
    }
  }
}

TEST(JsonWrite, NumbersThatJsonDoesNotHave) {
  std::string out;
  append_json_number(out, std::nan(""));
  append_json_number(out, -HUGE_VAL);
  EXPECT_EQ(out, "\"NaN\"\"-Infinity\"");
}

TEST(StackText, PythonsLastTracebackNewestFirst) {
  const auto frames =
      frames_from_stack("python",
                        "Traceback (most recent call last):\n"
                        "  File \"shop/db.py\", line 3, in query\n"
                        "    connect()\n"
                        "OSError: refused\n"
                        "\n"
                        "During handling of the above exception, another exception "
                        "occurred:\n\n"
                        "Traceback (most recent call last):\n"
                        "  File \"/usr/lib/python3/dist-packages/django/core.py\", line "
                        "47, in inner\n"
                        "    response = get_response(request)\n"
                        "               ^^^^^^^^^^^^\n"
                        "  File \"shop/urls.py\", line 35, in boom\n"
                        "    1 / 0\n"
                        "    ~~^~~\n"
                        "ZeroDivisionError: division by zero\n",
                        "ZeroDivisionError", "division by zero");
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].filename, "shop/urls.py");
  EXPECT_EQ(frames[0].line, 35);
  EXPECT_EQ(frames[0].function, "boom");
  EXPECT_EQ(frames[0].context.line, "    1 / 0");
  EXPECT_TRUE(frames[0].in_app);
  EXPECT_FALSE(frames[1].in_app);
}

TEST(StackText, HostileTracebackCostsItsLengthOnly) {
  std::string stack;
  for (int i = 0; i < 200'000; ++i) stack += "  File \"a\", line 1, in f\n";
  const auto frames = frames_from_stack("python", stack, "E", "v");
  EXPECT_EQ(frames.size(), 100u);
  EXPECT_TRUE(frames_from_stack("java", "at a.b.C(D.java:1)", "E", "v").empty());
}

model::EventRecord event_of(const std::string& text) {
  const auto decoded = decode_sentry_store(text, kNow);
  EXPECT_TRUE(decoded.ok());
  return decoded->records.events.at(0);
}

TEST(SentryEvent, MessagesWithParameters) {
  const struct {
    const char* entry;
    const char* message;
  } cases[] = {
      {R"({"message":"%s of %d","params":["a",2]})", "a of 2"},
      {R"({"message":"%s of %s","params":["a"]})", "a of %s"},
      {R"({"message":"100%% of %(who)s","params":{"who":"ann"}})", "100% of ann"},
      {R"({"message":"%(who)s %(","params":{"x":1}})", "%(who)s %("},
      {R"({"message":"{} and {}","params":["a","b"]})", "a and b"},
      {R"({"message":"{1} and {0} {7}","params":["a","b"]})", "b and a {7}"},
      {R"({"message":"50% off"})", "50% off"},
      {R"({"message":"raw %s","formatted":"raw x","params":["y"]})", "raw x"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.entry);
    EXPECT_EQ(event_of(std::string(R"({"logentry":)") + c.entry + "}").message, c.message);
  }
}

TEST(SentryEvent, TagsInBothForms) {
  const KeyValues want = {{"a", "x"}, {"b", "2"}, {"c", "true"}};
  EXPECT_EQ(event_of(R"({"tags":{"a":"x","b":2,"c":true,"d":null}})").tags, want);
  EXPECT_EQ(event_of(R"({"tags":[["a","x"],["b",2],["c",true],["d"],7,[]]})").tags, want);
}

TEST(SentryEvent, ExceptionForms) {
  for (const char* form : {R"({"exception":{"values":[{"type":"A","value":"v"}]}})",
                           R"({"exception":[{"type":"A","value":"v"}]})",
                           R"({"exception":{"type":"A","value":"v"}})"}) {
    SCOPED_TRACE(form);
    const auto event = event_of(form);
    ASSERT_EQ(event.exceptions.size(), 1u);
    EXPECT_EQ(event.exceptions[0].type, "A");
    EXPECT_TRUE(event.exceptions[0].handled);
  }
}

TEST(SentryEvent, WithoutIdTheSameContentIsTheSameEvent) {
  const auto a = event_of(R"({"message":"m"})");
  EXPECT_EQ(a.event_id, event_of(R"({ "message" : "m" })").event_id);
  EXPECT_NE(a.event_id, event_of(R"({"message":"n"})").event_id);
}

TEST(SentryEvent, DefaultFingerprintIsNone) {
  EXPECT_TRUE(event_of(R"({"fingerprint":["{{ default }}"]})").custom_fingerprint.empty());
  EXPECT_THAT(event_of(R"({"fingerprint":["{{ default }}","x"]})").custom_fingerprint,
              ElementsAre("{{ default }}", "x"));
}

TEST(SentryEvent, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(event_of("{\"message\":\"caf\xe9!\"}").message, "caf\xef\xbf\xbd!");
}

TEST(SentryEnvelope, SingleSpanOfTheFirstVersion) {
  const auto decoded = decode_sentry_envelope(
      "{}\n{\"type\":\"span\"}\n"
      R"({"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","op":"db",)"
      R"("description":"select 1","start_timestamp":1795228082.5,"timestamp":1795228083.0,)"
      R"("status":"internal_error","data":{"db.system":"sqlite","sentry.release":"r1"}})",
      kNow);
  ASSERT_TRUE(decoded.ok());
  const auto& span = decoded->records.spans.at(0);
  EXPECT_EQ(span.name, "select 1");
  EXPECT_EQ(span.duration_us, 500'000);
  EXPECT_EQ(span.status, model::SpanStatus::kError);
  EXPECT_EQ(span.status_message, "internal_error");
  EXPECT_EQ(span.kind, model::SpanKind::kClient);
  EXPECT_EQ(span.release, "r1");
  EXPECT_EQ(json::parse(span.attributes_json)["db.system"], "sqlite");
}

TEST(OtlpJson, NumbersAsTextAndEnumsByName) {
  const auto decoded = decode_otlp_traces_json(
      R"({"resourceSpans":[{"resource":{"attributes":[
           {"key":"service.name","value":{"stringValue":"shop"}},
           {"key":"deployment.environment","value":{"stringValue":"old"}},
           {"key":"deployment.environment.name","value":{"stringValue":"new"}}]},
         "scopeSpans":[{"spans":[{
           "traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"b7ad6b7169203331",
           "name":"GET","kind":"SPAN_KIND_CLIENT",
           "startTimeUnixNano":1795228332714000000,"endTimeUnixNano":"1795228332767000000",
           "status":{"code":"STATUS_CODE_ERROR","message":"m"},
           "attributes":[
             {"key":"http.request.method","value":{"stringValue":"GET"}},
             {"key":"n","value":{"intValue":"9007199254740993"}},
             {"key":"d","value":{"doubleValue":"NaN"}},
             {"key":"list","value":{"arrayValue":{"values":[{"intValue":1},{"boolValue":true}]}}},
             {"key":"map","value":{"kvlistValue":{"values":[{"key":"a","value":{"stringValue":"b"}}]}}},
             {"key":"none","value":{}}]}]}]}]})",
      kNow);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  const auto& span = decoded->records.spans.at(0);
  EXPECT_EQ(span.kind, model::SpanKind::kClient);
  EXPECT_EQ(span.status, model::SpanStatus::kError);
  EXPECT_EQ(span.op, "http.client");
  EXPECT_EQ(span.environment, "new");
  EXPECT_EQ(span.duration_us, 53'000);
  EXPECT_EQ(
      span.attributes_json,
      R"({"http.request.method":"GET","n":9007199254740993,"d":"NaN","list":[1,true],"map":{"a":"b"},"none":null})");
}

TEST(OtlpJson, EqualLinesOfOneBodyAreSeveralARetryIsNone) {
  const std::string body =
      R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[
        {"timeUnixNano":"1795228332714000000","body":{"stringValue":"tick"}},
        {"timeUnixNano":"1795228332714000000","body":{"stringValue":"tick"}}]}]}]})";
  const auto first = decode_otlp_logs_json(body, kNow),
             again = decode_otlp_logs_json(body, kNow + 1);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_NE(first->records.logs[0].log_id, first->records.logs[1].log_id);
  EXPECT_EQ(first->records.logs[0].log_id, again->records.logs[0].log_id);
  EXPECT_EQ(first->records.logs[1].log_id, again->records.logs[1].log_id);
}

TEST(JsonLogs, SpellingsOfEachField) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c", span = "b7ad6b7169203331";
  const struct {
    const char* name;
    std::string line;
    const char* level;
    const char* message;
    bool has_trace;
  } cases[] = {
      {"structlog",
       R"({"event":"e","level":"warning","trace_id":")" + trace + R"(","span_id":")" + span + "\"}",
       "warning", "e", true},
      {"pino",
       R"({"level":30,"time":1795228332714,"msg":"m","pid":1,"hostname":"h","name":"shop"})",
       "info", "m", false},
      {"zap",
       R"({"level":"dpanic","ts":1795228332.714,"msg":"m","traceId":")" + trace +
           R"(","spanId":")" + span + "\"}",
       "fatal", "m", true},
      {"python-json-logger",
       R"({"levelname":"CRITICAL","asctime":"2026-11-21 02:27:10,833","message":"m"})", "fatal",
       "m", false},
      {"ecs",
       R"({"log.level":"ERROR","@timestamp":"2026-11-21T02:27:10Z","message":"m","trace.id":")" +
           trace + R"(","span.id":")" + span + "\"}",
       "error", "m", true},
      {"otel python",
       R"({"message":"m","otelTraceID":")" + trace + R"(","otelSpanID":")" + span + "\"}", "info",
       "m", true},
      {"datadog decimal", R"({"message":"m","dd.trace_id":"123","dd.span_id":"4"})", "info", "m",
       false},
      {"message beside event", R"({"message":"m","event":"e"})", "info", "m", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto decoded = decode_json_logs(c.line, kNow);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    const auto& log = decoded->records.logs.at(0);
    EXPECT_EQ(log.level, c.level);
    EXPECT_EQ(log.message, c.message);
    EXPECT_EQ(to_hex(log.trace_id) == trace, c.has_trace);
    EXPECT_EQ(to_hex(log.span_id) == span, c.has_trace);
  }
  // What is no trace id of ours stays readable.
  const auto decimal = decode_json_logs(R"({"dd.trace_id":"123","event":{"id":1}})", kNow);
  ASSERT_TRUE(decimal.ok());
  EXPECT_EQ(decimal->records.logs[0].attributes_json, R"({"dd.trace_id":"123","event":{"id":1}})");
}

// pino's clock tells milliseconds, so its lines often share one.
TEST(JsonLogs, LinesOfOneInstantStayInTheirOrder) {
  const std::string first = R"({"time":1795228332714,"msg":"order placed"})";
  const std::string second = R"({"time":1795228332714,"msg":"checkout failed"})";
  const std::string later = R"({"time":1795228332715,"msg":"later"})";
  const auto together = decode_json_logs(first + "\n" + second + "\n" + later, kNow);
  ASSERT_TRUE(together.ok());
  const auto& logs = together->records.logs;
  ASSERT_EQ(logs.size(), 3u);
  EXPECT_EQ(logs[0].at_unix_us, 1'795'228'332'714'000);
  EXPECT_EQ(logs[1].at_unix_us, 1'795'228'332'714'001);
  EXPECT_EQ(logs[2].at_unix_us, 1'795'228'332'715'000);
  // Sent again on its own it is the same line.
  const auto alone = decode_json_logs(second, kNow);
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->records.logs.at(0).log_id, logs[1].log_id);
}

TEST(BeaconBody, PageViewsEventsAndDrops) {
  Beacon beacon;
  beacon.session_id.bytes[0] = 5;
  beacon.release = "web@1";
  beacon.environment = "production";
  beacon.user_id = "42";
  beacon.sdk_version = "0.1.0";
  beacon.sent_at_unix_ms = kNow / 1000 - 30'000;  // a clock that is half a minute slow
  PageView& view = beacon.page_views.emplace_back();
  view.page_view_id.bytes[0] = 1;
  view.trace_id.bytes[0] = 2;
  view.span_id.bytes[0] = 3;
  view.page = "/product/:id";
  view.url = "https://shop.example/product/7";
  view.vitals.lcp_ms = 812;
  BrowserEvent& event = view.events.emplace_back();
  event.event_id.bytes[0] = 9;
  event.occurred_at_unix_ms = kNow / 1000 - 31'000;
  event.breadcrumbs.emplace_back().message = "clicked buy";
  pagewake::Exception& exception = event.exceptions.emplace_back();
  exception.type = "TypeError";
  exception.value = "x is undefined";
  exception.mechanism = "onerror";
  pagewake::Frame& frame = exception.frames.emplace_back();
  frame.function = "buy";
  frame.filename = "https://shop.example/cart.js";
  frame.line = 7;
  frame.column = 3;
  view.events.emplace_back();  // without an id
  beacon.drops.push_back({DropReason::kRepeated, 4});
  beacon.drops.push_back({DropReason::kSampled, 2});

  const auto decoded = decode_beacon_body(encode_beacon(beacon), kNow);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  ASSERT_EQ(decoded->records.page_views.size(), 1u);
  const auto& record = decoded->records.page_views[0];
  EXPECT_EQ(record.view.vitals.lcp_ms, 812);
  EXPECT_EQ(record.session_id, beacon.session_id);
  EXPECT_EQ(record.release, "web@1");
  EXPECT_EQ(record.environment, "production");
  EXPECT_EQ(record.user_id, "42");
  EXPECT_EQ(record.sdk_version, "0.1.0");
  EXPECT_EQ(record.clock_skew_us, 30'000'000);
  EXPECT_FALSE(record.replayed);
  ASSERT_EQ(decoded->records.events.size(), 1u);
  const auto& got = decoded->records.events[0];
  EXPECT_EQ(got.platform, "javascript");
  EXPECT_EQ(got.page, "/product/:id");
  EXPECT_EQ(got.url, "https://shop.example/product/7");
  EXPECT_EQ(got.page_view_id, view.page_view_id);
  EXPECT_EQ(got.session_id, beacon.session_id);
  EXPECT_EQ(got.trace_id, view.trace_id);
  EXPECT_EQ(got.span_id, view.span_id);  // no span of its own: the page view's
  EXPECT_EQ(got.clock_skew_us, 30'000'000);
  EXPECT_FALSE(got.exceptions.at(0).handled);
  EXPECT_EQ(got.exceptions[0].frames.at(0).function, "buy");
  EXPECT_EQ(got.exceptions[0].frames[0].column, 3);
  EXPECT_EQ(got.breadcrumbs.at(0).message, "clicked buy");
  ASSERT_EQ(decoded->drops.size(), 3u);
  EXPECT_EQ(decoded->drops[0].reason, DropReason::kInvalidId);
  EXPECT_EQ(decoded->drops[1].reason, DropReason::kRepeated);
  EXPECT_EQ(decoded->drops[1].category, model::Category::kEvent);
  EXPECT_EQ(decoded->drops[1].count, 4u);
  EXPECT_EQ(decoded->drops[2].category, model::Category::kPageView);
}

TEST(BeaconBody, RawSignalLogIsReplayed) {
  const auto decoded = decode_beacon_body(
      R"([["log",1,"000102030405060708090a0b0c0d0e0f",1795228400000],
          ["init",1795228390000,"0102030405060708090a0b0c0d0e0f10","0.1.0","web@1","production","",100,""],
          ["view",0,"11111111111111111111111111111111","22222222222222222222222222222222",
           "3333333333333333","","navigate","https://shop.example/","/","Shop","",0,1,"",0,0],
          ["lcp",900,812.5,812.5,0,5000,"","img.hero"],
          ["martian",1]])",
      kNow);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  ASSERT_EQ(decoded->records.page_views.size(), 1u);
  const auto& record = decoded->records.page_views[0];
  EXPECT_TRUE(record.replayed);
  EXPECT_EQ(record.release, "web@1");
  EXPECT_EQ(record.view.page, "/");
  EXPECT_EQ(record.clock_skew_us, 0);
  ASSERT_EQ(decoded->drops.size(), 1u);
  EXPECT_EQ(decoded->drops[0].reason, DropReason::kUnsupported);
  EXPECT_EQ(decoded->drops[0].count, 1u);
}

TEST(BeaconBody, SentBytesAreThoseBeforeAndItsOwn) {
  Beacon beacon;
  for (std::uint8_t id : {1, 2}) {
    PageView& view = beacon.page_views.emplace_back();
    view.page_view_id.bytes[0] = id;
    view.sdk_cost.sent_bytes = 1000;
  }
  beacon.page_views[1].sdk_cost.sent_bytes = 0xFFFFFFFF;
  const auto bytes = encode_beacon(beacon);
  const auto decoded = decode_beacon_body(bytes, kNow);
  ASSERT_TRUE(decoded.ok());
  const auto& views = decoded->records.page_views;
  EXPECT_EQ(views.at(0).view.sdk_cost.sent_bytes, 1000 + bytes.size());
  EXPECT_EQ(views.at(1).view.sdk_cost.sent_bytes, 0xFFFFFFFF);

  const std::string log =
      R"([["log",1,"000102030405060708090a0b0c0d0e0f",1795228400000],
          ["init",1795228390000,"0102030405060708090a0b0c0d0e0f10"],
          ["view",0,"11111111111111111111111111111111"],["cost",900,4.5,35,200]])";
  const auto replayed = decode_beacon_body(log, kNow);
  ASSERT_TRUE(replayed.ok());
  const SdkCost& cost = replayed->records.page_views.at(0).view.sdk_cost;
  EXPECT_EQ(cost.sent_bytes, 200 + log.size());
  EXPECT_EQ(cost.main_thread_ms, 4.5);
  EXPECT_EQ(cost.core_load_ms, 35u);
}

}  // namespace
}  // namespace pagewake::protocols
