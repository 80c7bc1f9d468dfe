// Every body that a real client sent, against what index.json says is in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/fixtures.h"
#include "protocols/protocols.h"
#include "protocols/time_text.h"

// The parameter's name in the test's, not its bytes; found beside its type.
namespace pagewake::testing {
void PrintTo(const ClientFixture* fixture, std::ostream* out) { *out << fixture->name; }
}  // namespace pagewake::testing

namespace pagewake::protocols {

namespace {

using model::Category;
using nlohmann::json;
using testing::ClientFixture;

constexpr std::int64_t kNow = 1'795'228'400'000'000;

using Counts = std::map<std::pair<Category, DropReason>, std::uint64_t>;

Counts counts_of(const std::vector<model::Drop>& drops) {
  Counts out;
  for (const auto& drop : drops) out[{drop.category, drop.reason}] += drop.count;
  return out;
}

std::string text_or_empty(const json& object, const char* key) {
  const auto at = object.find(key);
  return at == object.end() || at->is_null() ? "" : at->get<std::string>();
}

template <typename T>
std::string hex_or_empty(const T& id) {
  return id.is_zero() ? "" : to_hex(id);
}

std::int64_t unix_us_of(const json& time) {
  if (time.is_number()) return std::llround(time.get<double>() * 1e6);
  return unix_us_from_text(time.get<std::string>()).value_or(-1);
}

void expect_event(const model::EventRecord& event, const json& want) {
  SCOPED_TRACE(to_hex(event.event_id));
  EXPECT_EQ(to_hex(event.event_id), want["event_id"]);
  EXPECT_EQ(event.level, want["level"]);
  EXPECT_EQ(event.platform, want["platform"]);
  EXPECT_EQ(event.occurred_at_unix_us, unix_us_of(want["timestamp"]));
  EXPECT_EQ(event.release, text_or_empty(want, "release"));
  EXPECT_EQ(event.environment, text_or_empty(want, "environment"));
  EXPECT_EQ(event.transaction, text_or_empty(want, "transaction"));
  EXPECT_EQ(event.server_name, text_or_empty(want, "server_name"));
  EXPECT_EQ(event.logger, text_or_empty(want, "logger"));
  EXPECT_EQ(hex_or_empty(event.trace_id), text_or_empty(want, "trace_id"));
  EXPECT_EQ(hex_or_empty(event.span_id), text_or_empty(want, "span_id"));
  EXPECT_EQ(event.breadcrumbs.size(), want["breadcrumbs"].get<std::size_t>());
  const std::string message = text_or_empty(want, "message");
  if (want.contains("message_params") && !want["message_params"].empty()) {
    EXPECT_EQ(event.message_template, message);
    EXPECT_NE(event.message, message);
  } else {
    EXPECT_EQ(event.message, message);
  }
  // The client sends causes first; a message with a stack is no exception.
  std::vector<json> exceptions;
  for (const auto& e : want.value("exceptions", json::array())) {
    if (!e["type"].is_null()) exceptions.insert(exceptions.begin(), e);
  }
  ASSERT_EQ(event.exceptions.size(), exceptions.size());
  bool handled = true;
  for (std::size_t i = 0; i < exceptions.size(); ++i) {
    EXPECT_EQ(event.exceptions[i].type, exceptions[i]["type"]);
    EXPECT_EQ(event.exceptions[i].value, exceptions[i]["value"]);
    EXPECT_EQ(event.exceptions[i].frames.size(), exceptions[i]["frames"].get<std::size_t>());
    if (!exceptions[i]["mechanism"].is_null()) {
      EXPECT_EQ(event.exceptions[i].mechanism, exceptions[i]["mechanism"]["type"]);
    }
    handled = handled && event.exceptions[i].handled;
  }
  if (want["handled"].is_boolean() && !exceptions.empty()) {
    EXPECT_EQ(handled, want["handled"].get<bool>());
  }
  std::map<std::string, std::string> tags(event.tags.begin(), event.tags.end());
  const json want_tags = want.value("tags", json::object());
  for (const auto& [key, value] : want_tags.items()) EXPECT_EQ(tags[key], value);
  EXPECT_EQ(tags.size(), want_tags.size());
  if (want.contains("user")) {
    EXPECT_EQ(json::parse(event.user_json), want["user"]);
    EXPECT_EQ(event.user_id, text_or_empty(want["user"], "id"));
  }
}

void expect_sentry_span(const model::SpanRecord& span, const json& want) {
  SCOPED_TRACE(to_hex(span.span_id));
  EXPECT_EQ(to_hex(span.span_id), want["span_id"]);
  EXPECT_EQ(hex_or_empty(span.parent_span_id), text_or_empty(want, "parent_span_id"));
  if (want.contains("trace_id")) {
    EXPECT_EQ(to_hex(span.trace_id), want["trace_id"]);
  }
  EXPECT_EQ(span.op, want["op"]);
  // A long statement is cut in the name and whole among the attributes.
  const std::string name = want.contains("name") ? want["name"] : want["description"];
  EXPECT_EQ(span.name, cut_utf8(name, limits::kNameBytes));
  if (span.op == "db" && !want.contains("name")) {
    EXPECT_EQ(json::parse(span.attributes_json)["db.query.text"], name);
  }
  EXPECT_NEAR(static_cast<double>(span.duration_us), want["duration_us"].get<double>(), 1);
  if (want.contains("release")) {
    EXPECT_EQ(span.release, want["release"]);
  }
  if (want.contains("environment")) {
    EXPECT_EQ(span.environment, want["environment"]);
  }
  if (want.contains("status")) {
    EXPECT_EQ(span.status,
              want["status"] == "ok" ? model::SpanStatus::kOk : model::SpanStatus::kError);
  }
  EXPECT_GT(span.started_at_unix_us, 1'795'000'000'000'000);
}

void expect_log(const model::LogRecord& log, const json& want, const char* level_key) {
  EXPECT_EQ(log.level, want[level_key]);
  EXPECT_EQ(log.severity_number, want["severity_number"].get<int>());
  EXPECT_EQ(log.message, want["body"]);
  EXPECT_EQ(hex_or_empty(log.trace_id), text_or_empty(want, "trace_id"));
  EXPECT_EQ(hex_or_empty(log.span_id), text_or_empty(want, "span_id"));
  EXPECT_NE(log.log_id, 0u);
}

Category reported_category(const std::string& name) {
  if (name == "error") return Category::kEvent;
  if (name == "session") return Category::kSession;
  return Category::kSpan;
}

void expect_envelope(const ClientFixture& fixture) {
  const auto decoded = decode_sentry_envelope(fixture.body, kNow);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  const model::Records& got = decoded->records;
  std::size_t events = 0, spans = 0, logs = 0;
  Counts drops;
  for (const auto& item : fixture.expect["items"]) {
    const std::string type = item["type"];
    if (type == "event") {
      ASSERT_LT(events, got.events.size());
      expect_event(got.events[events++], item);
    } else if (type == "transaction") {
      ASSERT_LT(spans, got.spans.size());
      const model::SpanRecord& root = got.spans[spans++];
      json want = item;
      want["name"] = item["transaction"];
      expect_sentry_span(root, want);
      EXPECT_EQ(root.kind, model::SpanKind::kServer);
      for (const auto& child : item["spans"]) {
        ASSERT_LT(spans, got.spans.size());
        EXPECT_EQ(got.spans[spans].trace_id, root.trace_id);
        EXPECT_EQ(got.spans[spans].release, item["release"]);
        expect_sentry_span(got.spans[spans++], child);
      }
    } else if (type == "span") {
      for (const auto& span : item["spans"]) {
        ASSERT_LT(spans, got.spans.size());
        expect_sentry_span(got.spans[spans++], span);
      }
    } else if (type == "log") {
      for (const auto& log : item["logs"]) {
        ASSERT_LT(logs, got.logs.size());
        EXPECT_EQ(got.logs[logs].environment, "staging");
        expect_log(got.logs[logs++], log, "level");
      }
    } else if (type == "client_report") {
      for (const auto& discarded : item["payload"]["discarded_events"]) {
        drops[{reported_category(discarded["category"]), DropReason::kReportedByClient}] +=
            discarded["quantity"].get<std::uint64_t>();
      }
    } else if (type == "session") {
      ASSERT_EQ(decoded->sessions.updates.size(), 1u);
      const auto& session = decoded->sessions.updates[0];
      EXPECT_EQ(to_hex(session.sid), item["payload"]["sid"]);
      EXPECT_EQ(session.user, item["payload"]["did"]);
      EXPECT_EQ(session.release, item["payload"]["attrs"]["release"]);
      EXPECT_EQ(session.environment, item["payload"]["attrs"]["environment"]);
      EXPECT_EQ(session.started_at_unix_us,
                unix_us_from_text(item["payload"]["started"].get<std::string>()));
    } else if (type == "sessions") {
      const auto& aggregates = item["payload"]["aggregates"];
      ASSERT_EQ(decoded->sessions.counts.size(), aggregates.size());
      const auto& counts = decoded->sessions.counts[0];
      EXPECT_EQ(counts.exited, aggregates[0]["exited"]);
      EXPECT_EQ(counts.errored, aggregates[0]["errored"]);
      EXPECT_EQ(counts.crashed, aggregates[0]["crashed"]);
    } else {
      drops[{Category::kOther, DropReason::kUnsupported}] += item.value("item_count", 1u);
    }
  }
  EXPECT_EQ(got.events.size(), events);
  EXPECT_EQ(got.spans.size(), spans);
  EXPECT_EQ(got.logs.size(), logs);
  EXPECT_EQ(counts_of(decoded->drops), drops);
  if (fixture.expect["envelope"].contains("event_id")) {
    EXPECT_EQ(decoded->id, fixture.expect["envelope"]["event_id"]);
  }
}

void expect_store(const ClientFixture& fixture) {
  const auto decoded = decode_sentry_store(fixture.body, kNow);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  ASSERT_EQ(decoded->records.size(), 1u);
  expect_event(decoded->records.events.at(0), fixture.expect);
  EXPECT_EQ(decoded->id, fixture.expect["event_id"]);
}

void expect_otlp_traces(const ClientFixture& fixture, const Result<Decoded>& decoded) {
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  const auto& spans = decoded->records.spans;
  const auto& want = fixture.expect["spans"];
  ASSERT_EQ(spans.size(), want.size());
  std::set<std::string> exceptions;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    SCOPED_TRACE(want[i]["span_id"]);
    EXPECT_EQ(to_hex(spans[i].trace_id), want[i]["trace_id"]);
    EXPECT_EQ(to_hex(spans[i].span_id), want[i]["span_id"]);
    EXPECT_EQ(hex_or_empty(spans[i].parent_span_id), text_or_empty(want[i], "parent_span_id"));
    EXPECT_EQ(spans[i].name, want[i]["name"]);
    EXPECT_EQ(static_cast<int>(spans[i].kind), want[i]["kind"].get<int>());
    EXPECT_EQ(static_cast<int>(spans[i].status), want[i]["status"].get<int>());
    EXPECT_EQ(spans[i].duration_us, std::stoll(want[i]["duration_ns"].get<std::string>()) / 1000);
    EXPECT_EQ(spans[i].service, fixture.expect["resource"]["service.name"]);
    EXPECT_EQ(spans[i].release, fixture.expect["resource"]["service.version"]);
    EXPECT_EQ(spans[i].environment, fixture.expect["resource"]["environment"]);
    EXPECT_EQ(json::parse(spans[i].attributes_json)["otel.scope.name"], want[i]["scope"]);
    for (const auto& e : want[i]["exceptions"]) {
      exceptions.insert(want[i]["trace_id"].get<std::string>() + e["type"].get<std::string>() +
                        e["message"].get<std::string>());
      EXPECT_TRUE(json::accept(spans[i].events_json));
    }
  }
  // The same exception passes several spans and is one event.
  ASSERT_EQ(decoded->records.events.size(), exceptions.size());
  for (const auto& event : decoded->records.events) {
    const auto& exception = event.exceptions.at(0);
    EXPECT_TRUE(exceptions.contains(to_hex(event.trace_id) + exception.type + exception.value));
    EXPECT_FALSE(exception.frames.empty());
    EXPECT_EQ(event.release, fixture.expect["resource"]["service.version"]);
  }
  EXPECT_TRUE(decoded->drops.empty());
}

void expect_otlp_logs(const ClientFixture& fixture) {
  const auto decoded = decode_otlp_logs_json(fixture.body, kNow);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  ASSERT_EQ(decoded->records.logs.size(), fixture.expect["logs"].size());
  for (std::size_t i = 0; i < fixture.expect["logs"].size(); ++i) {
    const auto& log = decoded->records.logs[i];
    expect_log(log, fixture.expect["logs"][i], "severity_text");
    EXPECT_EQ(log.logger, fixture.expect["logs"][i]["scope"]);
    EXPECT_EQ(log.service, fixture.expect["resource"]["service.name"]);
  }
}

// Protocols whose routes come later; a new fixture of another kind fails here.
bool is_for_later(const std::string& path) {
  return path.starts_with("/collect/") || path.starts_with("/vitals/") || path == "/v1/metrics";
}

class ClientBody : public ::testing::TestWithParam<const ClientFixture*> {};

TEST_P(ClientBody, IsWhatTheIndexSays) {
  const ClientFixture& fixture = *GetParam();
  const std::string& path = fixture.request_path;
  if (path.ends_with("/envelope/") || path == "/tunnel/") {
    expect_envelope(fixture);
  } else if (path.ends_with("/store/")) {
    expect_store(fixture);
  } else if (path == "/v1/traces") {
    expect_otlp_traces(fixture, fixture.body.starts_with("{")
                                    ? decode_otlp_traces_json(fixture.body, kNow)
                                    : decode_otlp_traces_proto(fixture.body, kNow));
  } else if (path == "/v1/logs") {
    expect_otlp_logs(fixture);
  } else {
    FAIL() << "no decoder for " << path;
  }
}

std::vector<const ClientFixture*> supported() {
  std::vector<const ClientFixture*> out;
  for (const auto& fixture : testing::client_fixtures()) {
    if (!is_for_later(fixture.request_path)) out.push_back(&fixture);
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, ClientBody, ::testing::ValuesIn(supported()), [](const auto& info) {
  std::string name = info.param->name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// The quirks that the index does not spell out.

TEST(ClientQuirks, TunnelEnvelopeNamesItsKey) {
  const auto auth = peek_envelope_auth(testing::client_fixture("web-tunnel-event").body);
  ASSERT_TRUE(auth.ok());
  EXPECT_EQ(auth->public_key, "b0b0b0b0cccc4ddd8eee444455556666");
}

TEST(ClientQuirks, KeyOfTheTracesStartIsNotUsed) {
  const auto auth = peek_envelope_auth(testing::client_fixture("link-django-transaction").body);
  ASSERT_TRUE(auth.ok());
  EXPECT_EQ(auth->public_key, "");
}

TEST(ClientQuirks, NewestFrameFirstWithItsContext) {
  const auto decoded = decode_sentry_store(testing::client_fixture("py-store-handled").body, kNow);
  ASSERT_TRUE(decoded.ok());
  const auto& frames = decoded->records.events.at(0).exceptions.at(0).frames;
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].function, "checkout_total");
  EXPECT_EQ(frames[0].line, 21);
  EXPECT_EQ(frames[0].context.line, "    return order_id / divisor");
  EXPECT_EQ(frames[0].context.pre.size(), 5u);
  EXPECT_EQ(frames[1].function, "handled");
}

TEST(ClientQuirks, ParametersAreFilledIntoTheMessage) {
  const auto decoded = decode_sentry_store(testing::client_fixture("py-store-logentry").body, kNow);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->records.events.at(0).message, "payment provider answered 502 for order-8");
}

TEST(ClientQuirks, StructlogsReprGroupsByItsEventKey) {
  const auto decoded =
      decode_sentry_store(testing::client_fixture("py-store-structlog-repr").body, kNow);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->records.events.at(0).message_template, "checkout_failed");
}

TEST(ClientQuirks, SentAtMeasuresTheClock) {
  const auto decoded =
      decode_sentry_envelope(testing::client_fixture("node-event-unhandled").body, kNow);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->records.events.at(0).clock_skew_us,
            kNow - *unix_us_from_text("2026-11-21T02:28:04.116Z"));
}

TEST(ClientQuirks, BrowserSpanIsTheParentOfTheBackends) {
  const auto browser =
      decode_sentry_envelope(testing::client_fixture("link-otel-browser-spans").body, kNow);
  const auto server =
      decode_otlp_traces_proto(testing::client_fixture("link-otel-server-traces").body, kNow);
  ASSERT_TRUE(browser.ok() && server.ok());
  const auto& request = browser->records.spans.at(1);
  EXPECT_EQ(request.kind, model::SpanKind::kClient);
  EXPECT_THAT(server->records.spans,
              ::testing::Contains(::testing::Truly([&](const model::SpanRecord& span) {
                return span.kind == model::SpanKind::kServer && span.op == "http.server" &&
                       span.trace_id == request.trace_id && span.parent_span_id == request.span_id;
              })));
}

TEST(ClientQuirks, RetriedOtlpExceptionIsTheSameEvent) {
  const std::string& body = testing::client_fixture("otel-proto-gzip-exception").body;
  const auto first = decode_otlp_traces_proto(body, kNow);
  const auto again = decode_otlp_traces_proto(body, kNow + 5'000'000);
  ASSERT_TRUE(first.ok() && again.ok());
  ASSERT_EQ(first->records.events.size(), 1u);
  const auto& event = first->records.events[0];
  EXPECT_EQ(event.event_id, again->records.events.at(0).event_id);
  EXPECT_EQ(event.platform, "node");
  EXPECT_EQ(event.exceptions[0].type, "TypeError");
  EXPECT_TRUE(event.exceptions[0].frames.at(0).in_app);
  EXPECT_TRUE(std::any_of(event.exceptions[0].frames.begin(), event.exceptions[0].frames.end(),
                          [](const model::Frame& frame) { return !frame.in_app; }));
}

TEST(ClientQuirks, OtlpJsonAndProtobufGiveTheSameAttributes) {
  const auto decoded =
      decode_otlp_traces_proto(testing::client_fixture("otel-proto-traces").body, kNow);
  ASSERT_TRUE(decoded.ok());
  for (const auto& span : decoded->records.spans) {
    ASSERT_TRUE(json::accept(span.attributes_json)) << span.attributes_json;
    const json attributes = json::parse(span.attributes_json);
    EXPECT_EQ(attributes["resource.host.name"], "vm");
    EXPECT_FALSE(attributes.contains("resource.process.pid"));
    if (span.name.starts_with("pg.query")) {
      EXPECT_EQ(span.op, "db");
      EXPECT_TRUE(attributes.contains("db.query.text") || attributes.contains("db.statement"))
          << span.attributes_json;
    }
    if (span.links_json.empty()) continue;
    EXPECT_EQ(json::parse(span.links_json)[0]["trace_id"].get<std::string>().size(), 32u);
  }
}

TEST(ClientQuirks, LogLinesOfEveryLibrary) {
  const std::string folder = PAGEWAKE_SOURCE_DIR "/tests/cases/clients/bodies/";
  const auto django = decode_json_logs(testing::read_file(folder + "django-structlog.jsonl"), kNow);
  ASSERT_TRUE(django.ok());
  EXPECT_TRUE(django->drops.empty());
  const auto& failed = django->records.logs.at(0);
  EXPECT_EQ(failed.message, "checkout_failed");
  EXPECT_EQ(failed.logger, "shop.views");
  EXPECT_EQ(failed.level, "error");
  EXPECT_EQ(failed.severity_number, 17);
  EXPECT_EQ(to_hex(failed.trace_id), "1c70a0391ff14a6ba0222f44f91799fa");
  EXPECT_EQ(to_hex(failed.span_id), "b7d0f3ff12bd9353");
  EXPECT_EQ(failed.at_unix_us, *unix_us_from_text("2026-11-21T02:27:10.836872Z"));
  const json attributes = json::parse(failed.attributes_json);
  EXPECT_EQ(attributes["order_id"], 7);
  EXPECT_EQ(attributes["request_id"], "req-1");
  EXPECT_FALSE(attributes.contains("event"));
  EXPECT_TRUE(attributes["exception"].get<std::string>().starts_with("Traceback"));

  const auto node = decode_json_logs(testing::read_file(folder + "node-app-logs.jsonl"), kNow);
  ASSERT_TRUE(node.ok());
  ASSERT_EQ(node->records.logs.size(), 12u);
  const auto& pino = node->records.logs[0];
  EXPECT_EQ(pino.message, "checkout failed");
  EXPECT_EQ(pino.level, "error");
  EXPECT_EQ(pino.logger, "shop");
  EXPECT_EQ(pino.at_unix_us, 1'795'228'082'444'000);
  const auto& winston = node->records.logs[3];
  EXPECT_EQ(winston.message, "checkout failed");
  EXPECT_EQ(winston.at_unix_us, *unix_us_from_text("2026-11-21T02:28:02.446Z"));
  EXPECT_EQ(to_hex(winston.trace_id), to_hex(pino.trace_id));
  std::set<std::uint64_t> ids;
  for (const auto& log : node->records.logs) ids.insert(log.log_id);
  EXPECT_EQ(ids.size(), 12u);
}

}  // namespace
}  // namespace pagewake::protocols
