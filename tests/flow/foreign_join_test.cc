// A browser's view, a backend's spans, its error and its log line under one
// trace id are one trace: whoever sent each, in every order of arrival, days
// apart, and with a backend whose clock is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>

#include "app/default_steps.h"
#include "core/recorder.h"
#include "pipeline/pipeline.h"
#include "protocols/protocols.h"
#include "query/trace_join.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"
#include "wire/beacon.h"

namespace pagewake {
namespace {

constexpr std::int64_t kDayUs = std::int64_t{86'400} * 1'000'000;
constexpr std::int64_t kStartUs = 1'795'228'300'000'000;  // of the page view
constexpr model::ProjectId kProject = 3;
constexpr const char* kRelease = "shop@1.4.2";
constexpr const char* kEnvironment = "staging";

// The ids of one visit.
struct Visit {
  explicit Visit(std::uint64_t number) {
    trace = hex(0xabcdef0000000000 + number) + hex(number);
    page_view = hex(0x1234000000000000) + hex(number);
    request = hex(0x1000000000000000 + number);
    server = hex(0x2000000000000000 + number);
    statement = hex(0x3000000000000000 + number);
    event = hex(0x4000000000000000) + hex(number);
  }
  static std::string hex(std::uint64_t value) {
    std::ostringstream out;
    out << std::hex;
    out.width(16);
    out.fill('0');
    out << value;
    return out.str();
  }
  std::string trace, page_view, request, server, statement, event;
  std::int64_t backend_clock_us = 0;  // how far its clock is ahead
};

std::string nano(std::int64_t unix_us) { return std::to_string(unix_us) + "000"; }
std::string seconds(std::int64_t unix_us) {
  const std::string digits = std::to_string(unix_us);
  return digits.substr(0, digits.size() - 6) + "." + digits.substr(digits.size() - 6);
}

std::string otlp_resource(const std::string& service, const std::string& language) {
  const auto attribute = [](const std::string& key, const std::string& value) {
    return R"({"key":")" + key + R"(","value":{"stringValue":")" + value + R"("}})";
  };
  return R"("resource":{"attributes":[)" + attribute("service.name", service) + "," +
         attribute("service.version", kRelease) + "," +
         attribute("deployment.environment.name", kEnvironment) + "," +
         attribute("telemetry.sdk.language", language) + "]}";
}
std::string otlp_spans(const std::string& resource, const std::string& spans) {
  return R"({"resourceSpans":[{)" + resource + R"(,"scopeSpans":[{"spans":[)" + spans + "]}]}]}";
}
std::string otlp_span(const Visit& visit, const std::string& id, const std::string& parent,
                      const std::string& name, int kind, std::int64_t from_us, std::int64_t to_us,
                      const std::string& more) {
  return R"({"traceId":")" + visit.trace + R"(","spanId":")" + id + R"(","parentSpanId":")" +
         parent + R"(","name":")" + name + R"(","kind":)" + std::to_string(kind) +
         R"(,"startTimeUnixNano":")" + nano(from_us) + R"(","endTimeUnixNano":")" + nano(to_us) +
         R"(",)" + more + "}";
}

// --- The four parts, each as several clients say it. The browser asks from
// 20 ms to 420 ms; the backend works from 40 ms to 290 ms, its statement from
// 60 ms to 240 ms, by a right clock.

using Decoded = Result<protocols::Decoded>;
using Part = std::function<Decoded(const Visit&, std::int64_t received_at_unix_us)>;
struct Client {
  const char* name;
  Part part;
};

Decoded pagewake_view(const Visit& visit, std::int64_t received) {
  Recorder recorder;
  const std::string log = R"([["init",)" + std::to_string(kStartUs / 1000) +
                          R"(,"0102030405060708090a0b0c0d0e0f10","0.1.0",")" + kRelease + R"(",")" +
                          kEnvironment + R"(","",100,""],["view",0,")" + visit.page_view +
                          R"(",")" + visit.trace + R"(",")" + visit.request + R"(",")" +
                          visit.server +
                          R"(","navigate","https://shop.example/product/7","","Tea","",0,1,"",0,0],
      ["nav",700,0,0,0,5,10,12,12,0,14,15,300,420,500,510,650,700,5000,4800,9000,200,0,"h2"],
      ["hidden",1500],["end",1500]])";
  const auto understood = recorder.feed(log);
  EXPECT_TRUE(understood.ok()) << understood.error().message;
  BeaconId id;
  std::copy_n(visit.page_view.begin(), 16, id.bytes.begin());
  return protocols::decode_beacon_body(encode_beacon(recorder.flush(id, received / 1000)),
                                       received);
}

Decoded sentry_view(const Visit& visit, std::int64_t received) {
  return protocols::decode_sentry_envelope(
      R"({})"
      "\n"
      R"({"type":"span","item_count":1,"content_type":"application/vnd.sentry.items.span.v2+json"})"
      "\n"
      R"({"version":2,"items":[{"trace_id":")" +
          visit.trace + R"(","span_id":")" + visit.request +
          R"(","name":"GET /product/7","status":"ok","start_timestamp":)" +
          seconds(kStartUs + 20'000) + R"(,"end_timestamp":)" + seconds(kStartUs + 420'000) +
          R"(,"attributes":{"sentry.op":{"value":"http.client","type":"string"},)"
          R"("sentry.sdk.name":{"value":"sentry.javascript.browser","type":"string"},)"
          R"("sentry.release":{"value":")" +
          kRelease + R"(","type":"string"},"sentry.environment":{"value":")" + kEnvironment +
          R"(","type":"string"}}}]})"
          "\n",
      received);
}

std::string browser_spans(const Visit& visit) {
  return otlp_spans(otlp_resource("shop-web", "webjs"),
                    otlp_span(visit, visit.request, "", "GET", 3, kStartUs + 20'000,
                              kStartUs + 420'000, R"("attributes":[])"));
}
Decoded faro_view(const Visit& visit, std::int64_t received) {
  return protocols::decode_faro(std::string(R"({"meta":{"app":{"name":"shop-web","version":")") +
                                    kRelease + R"(","environment":")" + kEnvironment +
                                    R"("},"session":{"id":"s1"}},"traces":)" +
                                    browser_spans(visit) + "}",
                                received);
}
Decoded otel_view(const Visit& visit, std::int64_t received) {
  return protocols::decode_otlp_traces_json(browser_spans(visit), received);
}

Decoded otel_backend(const Visit& visit, std::int64_t received) {
  const std::int64_t at = kStartUs + visit.backend_clock_us;
  return protocols::decode_otlp_traces_json(
      otlp_spans(
          otlp_resource("shop", "python"),
          otlp_span(
              visit, visit.server, visit.request, "GET /product/<id>", 2, at + 40'000, at + 290'000,
              R"("attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}])") +
              "," +
              otlp_span(visit, visit.statement, visit.server, "SELECT", 3, at + 60'000,
                        at + 240'000,
                        R"("attributes":[{"key":"db.system","value":{"stringValue":"sqlite"}}])")),
      received);
}
Decoded sentry_backend(const Visit& visit, std::int64_t received) {
  const std::int64_t at = kStartUs + visit.backend_clock_us;
  return protocols::decode_sentry_envelope(
      "{}\n{\"type\":\"transaction\"}\n"
      R"({"transaction":"/product/{id}","platform":"python","release":")" +
          std::string(kRelease) + R"(","environment":")" + kEnvironment +
          R"(","start_timestamp":)" + seconds(at + 40'000) + R"(,"timestamp":)" +
          seconds(at + 290'000) + R"(,"contexts":{"trace":{"trace_id":")" + visit.trace +
          R"(","span_id":")" + visit.server + R"(","parent_span_id":")" + visit.request +
          R"(","op":"http.server"}},"spans":[{"span_id":")" + visit.statement +
          R"(","parent_span_id":")" + visit.server + R"(","trace_id":")" + visit.trace +
          R"(","op":"db","description":"SELECT 1","start_timestamp":)" + seconds(at + 60'000) +
          R"(,"timestamp":)" + seconds(at + 240'000) + "}]}\n",
      received);
}

Decoded sentry_error(const Visit& visit, std::int64_t received) {
  return protocols::decode_sentry_envelope(
      "{}\n{\"type\":\"event\"}\n"
      R"({"event_id":")" +
          visit.event + R"(","platform":"python","release":")" + kRelease + R"(","environment":")" +
          kEnvironment + R"(","timestamp":)" +
          seconds(kStartUs + visit.backend_clock_us + 100'000) +
          R"(,"exception":{"values":[{"type":"OutOfStock","value":"no tea"}]},)"
          R"("contexts":{"trace":{"trace_id":")" +
          visit.trace + R"(","span_id":")" + visit.server + "\"}}}\n",
      received);
}
// On a span of its own inside the server's.
Decoded otel_error(const Visit& visit, std::int64_t received) {
  const std::int64_t at = kStartUs + visit.backend_clock_us;
  return protocols::decode_otlp_traces_json(
      otlp_spans(
          otlp_resource("shop", "python"),
          otlp_span(
              visit,
              Visit::hex(0x5000000000000000 + std::stoull(visit.server.substr(8), nullptr, 16)),
              visit.server, "reserve", 1, at + 90'000, at + 110'000,
              R"("events":[{"name":"exception","timeUnixNano":")" + nano(at + 100'000) +
                  R"(","attributes":[{"key":"exception.type","value":{"stringValue":"OutOfStock"}},)"
                  R"({"key":"exception.message","value":{"stringValue":"no tea"}}]}])")),
      received);
}

Decoded json_line(const Visit& visit, std::int64_t received) {
  return protocols::decode_json_logs(
      R"({"event":"reserving","level":"info","service":"shop","release":")" +
          std::string(kRelease) + R"(","environment":")" + kEnvironment + R"(","timestamp":)" +
          std::to_string((kStartUs + visit.backend_clock_us + 80'000) / 1000) + R"(,"trace_id":")" +
          visit.trace + R"(","span_id":")" + visit.server + "\"}\n",
      received);
}
Decoded otel_log(const Visit& visit, std::int64_t received) {
  return protocols::decode_otlp_logs_json(
      R"({"resourceLogs":[{)" + otlp_resource("shop", "python") +
          R"(,"scopeLogs":[{"logRecords":[{"timeUnixNano":")" +
          nano(kStartUs + visit.backend_clock_us + 80'000) +
          R"(","body":{"stringValue":"reserving"},"traceId":")" + visit.trace + R"(","spanId":")" +
          visit.server + R"("}]}]}]})",
      received);
}
Decoded sentry_log(const Visit& visit, std::int64_t received) {
  return protocols::decode_sentry_envelope(
      "{}\n{\"type\":\"log\"}\n"
      R"({"version":2,"items":[{"timestamp":)" +
          seconds(kStartUs + visit.backend_clock_us + 80'000) +
          R"(,"level":"info","body":"reserving","trace_id":")" + visit.trace + R"(","span_id":")" +
          visit.server + R"(","attributes":{"sentry.release":{"value":")" + kRelease +
          R"(","type":"string"},"sentry.environment":{"value":")" + kEnvironment +
          R"(","type":"string"}}}]})"
          "\n",
      received);
}

const Client kBrowsers[] = {
    {"pagewake", pagewake_view}, {"sentry", sentry_view}, {"faro", faro_view}, {"otel", otel_view}};
const Client kBackends[] = {{"otel", otel_backend}, {"sentry", sentry_backend}};
const Client kErrors[] = {{"sentry", sentry_error}, {"otel", otel_error}};
const Client kLogs[] = {{"json", json_line}, {"otel", otel_log}, {"sentry", sentry_log}};

class ForeignJoin : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    TearDown();
    if (GetParam() == std::string("memory")) {
      store_ = storage::make_memory_store();
    } else {
      folder_ = ::testing::TempDir() + "pagewake-join-" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name();
      std::filesystem::remove_all(folder_);
      std::filesystem::create_directories(folder_);
      auto opened = storage::open_sqlite_store({.path = folder_ + "/pagewake.db"});
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      store_ = std::move(*opened);
    }
    pipeline_ = std::make_unique<pipeline::Pipeline>(*store_, app::default_steps());
  }
  void TearDown() override {
    pipeline_.reset();
    store_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void take(const Part& part, const Visit& visit, std::int64_t received) {
    Decoded decoded = part(visit, received);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_TRUE(decoded->drops.empty());
    const auto accepted =
        pipeline_->submit(std::move(decoded->records), {}, {kProject, "client/1", received});
    ASSERT_TRUE(accepted.ok()) << accepted.error().message;
    EXPECT_GT(accepted->stored, 0u);
    EXPECT_EQ(accepted->dropped, 0u);
  }

  query::JoinedTrace trace_of(const Visit& visit) {
    auto joined = query::load_trace(*store_, kProject, *parse_id<TraceId>(visit.trace));
    EXPECT_TRUE(joined.ok() && joined->has_value());
    return joined.ok() && *joined ? std::move(**joined) : query::JoinedTrace{};
  }

  std::string folder_;
  std::unique_ptr<storage::RecordStore> store_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
};

INSTANTIATE_TEST_SUITE_P(Stores, ForeignJoin, ::testing::Values("memory", "sqlite"),
                         [](const auto& info) { return std::string(info.param); });

// What people see of it, without the ids that differ from visit to visit.
std::string shape_of(const query::JoinedTrace& trace, const Visit& visit) {
  std::map<std::string, std::string> names = {
      {visit.request, "request"}, {visit.server, "server"}, {visit.statement, "statement"}};
  const auto name = [&](const SpanId& id) {
    const std::string text = to_hex(id);
    return names.contains(text) ? names[text] : text == std::string(16, '0') ? "none" : "other";
  };
  std::ostringstream out;
  for (const auto& span : trace.spans) {
    out << name(span.span_id) << " under " << name(span.parent_span_id) << " from "
        << span.started_at_unix_us - kStartUs << " for " << span.duration_us << " shifted "
        << span.shift_us << "\n";
  }
  for (const auto& event : trace.events) {
    out << event.event.title << " at " << event.at_unix_us - kStartUs << "\n";
  }
  for (const auto& log : trace.logs) {
    out << log.log.message << " at " << log.at_unix_us - kStartUs << "\n";
  }
  return out.str();
}

TEST_P(ForeignJoin, EveryClientWithEveryOtherInEveryOrderDaysApart) {
  // All of a kind meet over the memory store. SQLite's writes are durable and
  // slow; there the errors and logs take turns.
  const bool all = GetParam() == std::string("memory");
  std::uint64_t number = 0;
  std::size_t turn = 0;
  for (const std::int64_t clock_us : {std::int64_t{0}, std::int64_t{90'000'000}}) {
    for (const Client& browser : kBrowsers) {
      for (const Client& backend : kBackends) {
        for (std::size_t e = 0; e < std::size(kErrors); ++e) {
          for (std::size_t l = 0; l < std::size(kLogs); ++l) {
            if (!all && (e != turn % std::size(kErrors) || l != turn % std::size(kLogs))) continue;
            const std::array<const Client*, 4> parts = {&browser, &backend, &kErrors[e], &kLogs[l]};
            SCOPED_TRACE(::testing::Message() << browser.name << " browser, " << backend.name
                                              << " backend, " << kErrors[e].name << " error, "
                                              << kLogs[l].name << " log, clock " << clock_us);
            // Anew: the memory store's lists are searched one by one, and of
            // equal errors in one hour a store keeps the first hundred.
            SetUp();
            std::array<std::size_t, 4> order = {0, 1, 2, 3};
            std::string first_shape;
            do {
              Visit visit(++number);
              visit.backend_clock_us = clock_us;
              for (std::size_t day = 0; day < order.size(); ++day) {
                take(parts[order[day]]->part, visit,
                     kStartUs + 60'000'000 + static_cast<std::int64_t>(day) * kDayUs);
              }
              const query::JoinedTrace trace = trace_of(visit);
              const std::string shape = shape_of(trace, visit);
              if (first_shape.empty()) {
                first_shape = shape;
                std::map<std::string, const query::JoinedSpan*> spans;
                for (const auto& span : trace.spans) spans[to_hex(span.span_id)] = &span;
                ASSERT_EQ(spans.size(), e == 0 ? 3u : 4u) << shape;
                const auto& request = *spans.at(visit.request);
                const auto& server = *spans.at(visit.server);
                const auto& statement = *spans.at(visit.statement);
                EXPECT_TRUE(request.parent_span_id.is_zero()) << shape;
                EXPECT_EQ(server.parent_span_id, request.span_id) << shape;
                EXPECT_EQ(statement.parent_span_id, server.span_id) << shape;
                EXPECT_EQ(statement.op, "db");
                // Inside the browser's request, by the browser's clock.
                EXPECT_GE(server.started_at_unix_us, kStartUs + 15'000) << shape;
                EXPECT_LE(server.started_at_unix_us + server.duration_us, kStartUs + 420'000)
                    << shape;
                EXPECT_EQ(server.duration_us, 250'000);
                EXPECT_EQ(statement.started_at_unix_us - server.started_at_unix_us, 20'000);
                EXPECT_EQ(trace.clock.empty(), clock_us == 0) << shape;
                ASSERT_EQ(trace.events.size(), 1u);
                EXPECT_THAT(trace.events[0].event.title, ::testing::HasSubstr("OutOfStock"));
                ASSERT_EQ(trace.logs.size(), 1u);
                EXPECT_EQ(trace.logs[0].log.message, "reserving");
                // The error and the line lie within their span.
                for (const std::int64_t at :
                     {trace.events[0].at_unix_us, trace.logs[0].at_unix_us}) {
                  EXPECT_GE(at, server.started_at_unix_us) << shape;
                  EXPECT_LE(at, server.started_at_unix_us + server.duration_us) << shape;
                }
              }
              EXPECT_EQ(shape, first_shape);
            } while (std::next_permutation(order.begin(), order.end()));
            if (::testing::Test::HasFailure()) return;  // one report is enough
          }
        }
        ++turn;
      }
    }
  }
}

// A failure that both Sentry and OpenTelemetry report is one event of the trace.
TEST_P(ForeignJoin, AFailureToldByTwoClientsIsOneEvent) {
  std::uint64_t number = 0;
  std::array<const Client*, 4> parts = {&kBrowsers[1], &kBackends[0], &kErrors[0], &kErrors[1]};
  std::array<std::size_t, 4> order = {0, 1, 2, 3};
  do {
    const Visit visit(++number);
    std::int64_t received = kStartUs + 60'000'000;
    for (const std::size_t i : order) {
      Decoded decoded = parts[i]->part(visit, received += 1'000'000);
      ASSERT_TRUE(decoded.ok());
      ASSERT_TRUE(
          pipeline_->submit(std::move(decoded->records), {}, {kProject, "client/1", received})
              .ok());
    }
    const auto trace = trace_of(visit);
    ASSERT_EQ(trace.events.size(), 1u);
    EXPECT_EQ(trace.events[0].event.tags.size(), 1u);
    EXPECT_EQ(trace.events[0].event.tags.at(0).first, "also_seen_by");
  } while (std::next_permutation(order.begin(), order.end()));
}

// `release` and `environment` are the same two words for every client.
TEST_P(ForeignJoin, ReleaseAndEnvironmentMeanTheSameForAll) {
  std::uint64_t number = 0;
  const auto check = [&](const Client& client) {
    SCOPED_TRACE(client.name);
    const Visit visit(++number);
    Decoded decoded = client.part(visit, kStartUs + 60'000'000);
    ASSERT_TRUE(decoded.ok());
    const auto& records = decoded->records;
    ASSERT_GT(records.size(), 0u);
    const auto all_say_so = [](const auto& list) {
      for (const auto& record : list) {
        EXPECT_EQ(record.release, kRelease);
        EXPECT_EQ(record.environment, kEnvironment);
      }
    };
    all_say_so(records.page_views);
    all_say_so(records.spans);
    all_say_so(records.logs);
    all_say_so(records.events);
    ASSERT_TRUE(
        pipeline_
            ->submit(std::move(decoded->records), {}, {kProject, "client/1", kStartUs + 60'000'000})
            .ok());
  };
  for (const auto& client : kBrowsers) check(client);
  for (const auto& client : kBackends) check(client);
  for (const auto& client : kErrors) check(client);
  for (const auto& client : kLogs) check(client);

  storage::EventQuery events;
  storage::LogQuery logs;
  storage::PageViewQuery views;
  const struct {
    const char *release, *environment;
    bool found;
  } cases[] = {{kRelease, kEnvironment, true},
               {"shop@1.4.3", kEnvironment, false},
               {kRelease, "production", false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(::testing::Message() << c.release << " " << c.environment);
    events.filter.release = logs.release = views.filter.release = c.release;
    events.filter.environment = logs.environment = views.filter.environment = c.environment;
    EXPECT_EQ(store_->events(kProject, events, {})->items.size(), c.found ? 2u : 0u);
    EXPECT_EQ(store_->logs(kProject, logs, {})->items.size(), c.found ? 3u : 0u);
    EXPECT_EQ(store_->page_views(kProject, views, {})->items.size(), c.found ? 1u : 0u);
  }
}

}  // namespace
}  // namespace pagewake
