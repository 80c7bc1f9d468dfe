#include "query/trace_join.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace pagewake::query {
namespace {

constexpr std::int64_t kStart = 1'790'000'000'000'000;  // microseconds, 2026
constexpr std::int64_t kMs = 1000;

SpanId span_id(std::uint64_t n) {
  SpanId id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[7 - i] = std::uint8_t(n >> (8 * i));
  return id;
}
TraceId trace_id() {
  TraceId id;
  id.bytes[15] = 1;
  return id;
}
PageViewId page_view_id(std::uint8_t n) {
  PageViewId id;
  id.bytes[15] = n;
  return id;
}

model::SpanRecord backend(std::uint64_t id, std::uint64_t parent, std::int64_t start_us,
                          std::int64_t duration_us, const std::string& service = "shop",
                          model::SpanKind kind = model::SpanKind::kServer) {
  model::SpanRecord span;
  span.trace_id = trace_id();
  span.span_id = span_id(id);
  span.parent_span_id = span_id(parent);
  span.started_at_unix_us = kStart + start_us;
  span.duration_us = duration_us;
  span.service = service;
  span.kind = kind;
  span.name = "span " + std::to_string(id);
  return span;
}

BrowserSpan fetch(std::uint64_t id, std::uint64_t parent, double start_ms, double duration_ms) {
  BrowserSpan span;
  span.span_id = span_id(id);
  span.parent_span_id = span_id(parent);
  span.name = "GET /api/cart";
  span.op = "http.client";
  span.start_ms = start_ms;
  span.duration_ms = duration_ms;
  span.http_status = 200;
  return span;
}

// Span 100, a document load whose request lasts from 10 ms to 200 ms.
model::PageViewRecord load(std::uint64_t server_span) {
  model::PageViewRecord record;
  record.view.page_view_id = page_view_id(1);
  record.view.trace_id = trace_id();
  record.view.span_id = span_id(100);
  record.view.server_span_id = span_id(server_span);
  record.view.page = "/product/:id";
  record.view.url = "https://shop/product/7";
  record.view.started_at_unix_ms = kStart / 1000;
  record.view.duration_ms = 60'000;
  record.view.vitals.lcp_ms = 700;
  NavigationTiming timing;
  timing.request_start_ms = 10;
  timing.response_end_ms = 200;
  timing.load_event_end_ms = 900;
  timing.response_status = 200;
  record.view.timing = timing;
  return record;
}

const JoinedSpan* find(const JoinedTrace& trace, std::uint64_t id) {
  for (const JoinedSpan& span : trace.spans) {
    if (span.span_id == span_id(id)) return &span;
  }
  return nullptr;
}

TEST(TraceJoin, EmptyInputIsAnEmptyTrace) {
  const JoinedTrace trace = join_trace(trace_id(), {});
  EXPECT_TRUE(trace.spans.empty());
  EXPECT_EQ(trace.duration_us, 0);
  EXPECT_FALSE(trace.truncated);
}

TEST(TraceJoin, NavigationFetchAndBackendOnOneAxis) {
  TraceInput input;
  auto view = load(1);
  view.view.spans = {fetch(200, 100, 400, 100)};
  input.page_views = {view};
  input.spans = {backend(1, 0, 20 * kMs, 150 * kMs),                                    //
                 backend(2, 1, 30 * kMs, 100 * kMs, "shop", model::SpanKind::kClient),  //
                 backend(3, 200, 410 * kMs, 60 * kMs)};
  const JoinedTrace trace = join_trace(trace_id(), input);

  ASSERT_EQ(trace.spans.size(), 5u);
  const std::uint64_t order[] = {100, 1, 2, 200, 3};
  const std::uint32_t depths[] = {0, 1, 2, 1, 2};
  for (std::size_t i = 0; i < 5; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(trace.spans[i].span_id, span_id(order[i]));
    EXPECT_EQ(trace.spans[i].depth, depths[i]);
    EXPECT_EQ(trace.spans[i].page_view_id, page_view_id(1));
  }
  EXPECT_EQ(trace.spans[0].op, "pageload");
  EXPECT_EQ(trace.spans[0].duration_us,
            900 * kMs);  // the load, not the minute until the visitor left
  EXPECT_EQ(find(trace, 1)->parent_span_id, span_id(100));
  EXPECT_TRUE(find(trace, 1)->reported_parent_span_id.is_zero());
  EXPECT_EQ(find(trace, 3)->parent_span_id, span_id(200));
  EXPECT_TRUE(trace.clock.empty());
  EXPECT_EQ(trace.started_at_unix_us, kStart);
  EXPECT_EQ(trace.duration_us, 900 * kMs);
  EXPECT_EQ(trace.page_view_ids, std::vector{page_view_id(1)});
}

TEST(TraceJoin, WhereTheNavigationsServerSpanHangs) {
  struct Case {
    const char* name;
    std::uint64_t server_span;
    std::vector<model::SpanRecord> spans;
    std::uint64_t asked;   // this span
    std::uint64_t parent;  // hangs here; 0: a root
  };
  const Case cases[] = {
      {"the page view names it", 1, {backend(1, 0, 20'000, 9'000)}, 1, 100},
      {"the page view names a child of it",
       2,
       {backend(1, 0, 20'000, 9'000), backend(2, 1, 21'000, 5'000)},
       1,
       100},
      {"the named span keeps its own parent",
       2,
       {backend(1, 0, 20'000, 9'000), backend(2, 1, 21'000, 5'000)},
       2,
       1},
      {"a proxy in front of it was not exported", 1, {backend(1, 77, 20'000, 9'000)}, 1, 100},
      {"the named span never came, its child did", 9, {backend(2, 9, 20'000, 9'000)}, 2, 100},
      {"nothing named, one server span beside one load", 0, {backend(1, 0, 20'000, 9'000)}, 1, 100},
      {"nothing named, two server spans: a guess would be a lie",
       0,
       {backend(1, 0, 20'000, 9'000), backend(2, 0, 20'000, 9'000)},
       1,
       0},
      {"a job of the backend is no navigation",
       0,
       {backend(1, 0, 20'000, 9'000, "worker", model::SpanKind::kInternal)},
       1,
       0},
      {"its parent, a fetch, has not arrived",
       1,
       {backend(1, 0, 20'000, 9'000), backend(2, 55, 400'000, 9'000)},
       2,
       0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    TraceInput input;
    input.page_views = {load(c.server_span)};
    input.spans = c.spans;
    const JoinedTrace trace = join_trace(trace_id(), input);
    EXPECT_EQ(trace.spans.size(), c.spans.size() + 1);
    const JoinedSpan* span = find(trace, c.asked);
    ASSERT_NE(span, nullptr);
    EXPECT_EQ(span->parent_span_id, span_id(c.parent));
  }
}

TEST(TraceJoin, BackendOfASecondPageViewHangsUnderThatOne) {
  TraceInput input;
  auto first = load(1);
  auto second = load(2);
  second.view.page_view_id = page_view_id(2);
  second.view.span_id = span_id(101);
  second.view.started_at_unix_ms += 5000;
  input.page_views = {second, first};
  input.spans = {backend(2, 0, 5'020 * kMs, 50 * kMs), backend(1, 0, 20 * kMs, 50 * kMs)};
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_EQ(find(trace, 1)->parent_span_id, span_id(100));
  EXPECT_EQ(find(trace, 2)->parent_span_id, span_id(101));
  EXPECT_EQ(find(trace, 2)->page_view_id, page_view_id(2));
  EXPECT_EQ(trace.page_view_ids, (std::vector{page_view_id(1), page_view_id(2)}));
}

TEST(TraceJoin, MovesAServiceByTheSmallestShiftThatPlacesItInside) {
  struct Case {
    const char* name;
    std::int64_t start_us, duration_us;  // of the span below a fetch from 400 to 500 ms
    std::int64_t shift_us;
  };
  const Case cases[] = {
      {"inside already", 410'000, 60'000, 0},
      {"on both edges", 400'000, 100'000, 0},
      {"began before", 387'600, 60'000, 12'400},
      {"ended after", 460'000, 60'000, -20'000},
      {"an hour fast", 3'600'000'000, 60'000, 440'000 - 3'600'000'000},
      {"an hour slow", -3'600'000'000, 60'000, 400'000 + 3'600'000'000},
      {"longer than the request, begins inside", 410'000, 300'000, 0},
      {"longer than the request, begins before", 390'000, 300'000, 10'000},
      {"longer than the request, begins after", 510'000, 300'000, -10'000},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    TraceInput input;
    auto view = load(0);
    view.view.timing.reset();
    view.view.spans = {fetch(200, 100, 400, 100)};
    input.page_views = {view};
    input.spans = {backend(3, 200, c.start_us, c.duration_us),
                   backend(4, 3, c.start_us + 1000, 1000)};
    model::LogRecord log;
    log.span_id = span_id(4);
    log.service = "shop";
    log.at_unix_us = kStart + c.start_us + 1500;
    model::LogRecord unplaced = log;
    unplaced.span_id = {};
    input.logs = {log, unplaced};
    model::EventRecord event;
    event.span_id = span_id(3);
    event.occurred_at_unix_us = kStart + c.start_us + 1600;
    input.events = {event};

    const JoinedTrace trace = join_trace(trace_id(), input);
    for (std::uint64_t id : {3, 4}) EXPECT_EQ(find(trace, id)->shift_us, c.shift_us);
    EXPECT_EQ(find(trace, 3)->started_at_unix_us, kStart + c.start_us + c.shift_us);
    EXPECT_EQ(trace.logs[0].at_unix_us, kStart + c.start_us + 1500 + c.shift_us);
    EXPECT_EQ(trace.logs[1].at_unix_us, kStart + c.start_us + 1500 + c.shift_us);
    EXPECT_EQ(trace.events[0].at_unix_us, kStart + c.start_us + 1600 + c.shift_us);
    if (c.shift_us == 0) {
      EXPECT_TRUE(trace.clock.empty());
    } else {
      ASSERT_EQ(trace.clock.size(), 1u);
      EXPECT_EQ(trace.clock[0].service, "shop");
      EXPECT_EQ(trace.clock[0].shift_us, c.shift_us);
      EXPECT_EQ(trace.clock[0].requests, 1u);
      EXPECT_FALSE(trace.clock[0].varies);
      EXPECT_EQ(trace.clock[0].reason, c.shift_us > 0
                                           ? "server span began before the browser's request span"
                                           : "server span ended after the browser's request span");
    }
  }
}

TEST(TraceJoin, OneShiftThatFitsAllRequestsIsTakenForAll) {
  TraceInput input;
  auto view = load(0);
  view.view.timing.reset();
  view.view.spans = {fetch(200, 100, 100, 100), fetch(201, 100, 300, 100),
                     fetch(202, 100, 500, 100)};
  input.page_views = {view};
  // 30 ms slow: only the second, the tightest, shows it.
  input.spans = {backend(1, 200, 110'000, 20'000), backend(2, 201, 271'000, 95'000),
                 backend(3, 202, 510'000, 20'000)};
  const JoinedTrace trace = join_trace(trace_id(), input);
  ASSERT_EQ(trace.clock.size(), 1u);
  EXPECT_EQ(trace.clock[0].shift_us, 29'000);
  EXPECT_EQ(trace.clock[0].requests, 3u);
  for (std::uint64_t id : {1, 2, 3}) EXPECT_EQ(find(trace, id)->shift_us, 29'000);
}

TEST(TraceJoin, HostsOfOneServiceWithDifferentClocksAreMovedRequestByRequest) {
  TraceInput input;
  auto view = load(0);
  view.view.timing.reset();
  view.view.spans = {fetch(200, 100, 100, 100), fetch(201, 100, 300, 100),
                     fetch(202, 100, 500, 100)};
  input.page_views = {view};
  input.spans = {backend(1, 200, 50'000, 80'000), backend(2, 201, 350'000, 80'000),
                 backend(3, 202, 470'000, 80'000)};
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_EQ(find(trace, 1)->shift_us, 50'000);
  EXPECT_EQ(find(trace, 2)->shift_us, -30'000);
  EXPECT_EQ(find(trace, 3)->shift_us, 30'000);
  ASSERT_EQ(trace.clock.size(), 1u);
  EXPECT_TRUE(trace.clock[0].varies);
  EXPECT_EQ(trace.clock[0].shift_us, 30'000);
}

TEST(TraceJoin, AChainOfServicesIsCorrectedFromTheBrowserInwards) {
  TraceInput input;
  auto view = load(0);
  view.view.timing.reset();
  view.view.spans = {fetch(200, 100, 400, 100)};
  input.page_views = {view};
  // shop is 1 s fast, stock another 2 s fast.
  input.spans = {backend(1, 200, 1'410'000, 80'000, "shop"),
                 backend(2, 1, 1'420'000, 50'000, "shop", model::SpanKind::kClient),
                 backend(3, 2, 3'425'000, 30'000, "stock")};
  const JoinedTrace trace = join_trace(trace_id(), input);
  ASSERT_EQ(trace.clock.size(), 2u);
  EXPECT_EQ(trace.clock[0].service, "shop");
  EXPECT_EQ(trace.clock[0].shift_us, -990'000);
  EXPECT_EQ(trace.clock[1].service, "stock");
  EXPECT_EQ(trace.clock[1].reason, "server span ended after the request span of shop");
  const JoinedSpan* client = find(trace, 2);
  const JoinedSpan* stock = find(trace, 3);
  EXPECT_GE(stock->started_at_unix_us, client->started_at_unix_us);
  EXPECT_LE(stock->started_at_unix_us + stock->duration_us,
            client->started_at_unix_us + client->duration_us);
}

TEST(TraceJoin, WorkOnAMessageMayEndAfterItsProducer) {
  TraceInput input;
  input.spans = {backend(1, 0, 0, 10'000, "shop", model::SpanKind::kProducer),
                 backend(2, 1, 500'000, 90'000, "mailer", model::SpanKind::kConsumer)};
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_TRUE(trace.clock.empty());
  EXPECT_EQ(trace.duration_us, 590'000);
}

TEST(TraceJoin, CyclesAreCutAtTheirEarliestSpan) {
  TraceInput input;
  auto view = load(0);
  view.view.timing.reset();
  view.view.spans = {fetch(200, 201, 10, 5), fetch(201, 200, 20, 5)};
  input.page_views = {view};
  input.spans = {backend(1, 3, 20'000, 10), backend(2, 1, 10'000, 10), backend(3, 2, 30'000, 10),
                 backend(4, 4, 40'000, 10), backend(5, 2, 50'000, 10)};
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_EQ(trace.spans.size(), 8u);
  EXPECT_TRUE(find(trace, 2)->parent_span_id.is_zero());
  EXPECT_EQ(find(trace, 2)->reported_parent_span_id, span_id(1));
  EXPECT_EQ(find(trace, 3)->parent_span_id, span_id(2));
  EXPECT_EQ(find(trace, 1)->parent_span_id, span_id(3));
  EXPECT_TRUE(find(trace, 4)->parent_span_id.is_zero());
  EXPECT_EQ(find(trace, 5)->parent_span_id, span_id(2));
  EXPECT_EQ(find(trace, 200)->parent_span_id, span_id(100));  // a browser's span never gets lost
  EXPECT_EQ(find(trace, 201)->parent_span_id, span_id(200));
}

TEST(TraceJoin, TheSameSpanTwiceIsKeptOnce) {
  TraceInput input;
  auto view = load(0);
  view.view.spans = {fetch(200, 100, 400, 100)};
  input.page_views = {view};
  input.spans = {backend(200, 0, 0, 10), backend(7, 0, 5, 10), backend(7, 0, 3, 10)};
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_EQ(trace.spans.size(), 3u);
  EXPECT_EQ(find(trace, 200)->service, kBrowserService);
  EXPECT_EQ(find(trace, 7)->started_at_unix_us - find(trace, 7)->shift_us, kStart + 3);
}

TEST(TraceJoin, OpNamesTheKindOfPageView) {
  const struct {
    NavigationType type;
    const char* op;
  } cases[] = {{NavigationType::kNavigate, "pageload"},
               {NavigationType::kReload, "pageload"},
               {NavigationType::kPrerender, "pageload"},
               {NavigationType::kRestore, "pageload"},
               {NavigationType::kBackForward, "pageload"},
               {NavigationType::kBackForwardCache, "bfcache"},
               {NavigationType::kSoftNavigation, "navigation"}};
  for (const auto& c : cases) {
    TraceInput input;
    input.page_views = {load(0)};
    input.page_views[0].view.navigation_type = c.type;
    EXPECT_EQ(join_trace(trace_id(), input).spans.at(0).op, c.op);
  }
}

TEST(TraceJoin, ClockSkewOfTheBrowserIsApplied) {
  TraceInput input;
  input.page_views = {load(1)};
  input.page_views[0].clock_skew_us = -7'000'000;
  input.spans = {backend(1, 0, -7'000'000 + 20'000, 100'000)};
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_EQ(trace.started_at_unix_us, kStart - 7'000'000);
  EXPECT_TRUE(trace.clock.empty());
}

TEST(TraceJoin, BeyondTheLimitTheDeepestAreLeftOutAndItSaysSo) {
  TraceInput input;
  for (std::uint64_t i = 1; i <= 100; ++i)
    input.spans.push_back(backend(i, i - 1, std::int64_t(i), 1000));
  TraceLimits limits;
  limits.spans = 10;
  const JoinedTrace trace = join_trace(trace_id(), input, limits);
  EXPECT_TRUE(trace.truncated);
  ASSERT_EQ(trace.spans.size(), 10u);
  for (std::uint64_t i = 1; i <= 10; ++i) EXPECT_NE(find(trace, i), nullptr);
}

TEST(TraceJoin, AChainAsDeepAsTheLimitNeedsNoStack) {
  TraceInput input;
  for (std::uint64_t i = 1; i <= 5'000; ++i) input.spans.push_back(backend(i, i - 1, 0, 1000));
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_FALSE(trace.truncated);
  ASSERT_EQ(trace.spans.size(), 5'000u);
  EXPECT_EQ(trace.spans.back().depth, 4'999u);
}

TEST(TraceJoin, AbsurdTimesOverflowNothing) {
  TraceInput input;
  auto view = load(1);
  view.view.started_at_unix_ms = INT64_MAX;
  view.clock_skew_us = INT64_MIN;
  view.view.timing->response_end_ms = 1e308;
  view.view.spans = {fetch(200, 100, 1e300, -1e300)};
  input.page_views = {view};
  input.spans = {backend(1, 0, 0, INT64_MAX), backend(2, 200, 0, INT64_MIN)};
  input.spans[0].started_at_unix_us = INT64_MIN;
  input.spans[1].started_at_unix_us = INT64_MAX;
  const JoinedTrace trace = join_trace(trace_id(), input);
  EXPECT_EQ(trace.spans.size(), 4u);
  EXPECT_GE(trace.duration_us, 0);
}

// A trace as it could be: true times nested properly, then one clock offset a
// service, and some of the parents lost on the way.
struct Generated {
  TraceInput input;
  std::set<SpanId> ids;
  bool lost_parents = false;
};

Generated generate(std::mt19937& random, bool with_loss) {
  const auto upto = [&](std::int64_t n) { return std::int64_t(random() % std::uint64_t(n)); };
  Generated out;
  struct Open {
    std::uint64_t id;
    std::int64_t start, end;
    std::string service;
    model::SpanKind kind;
  };
  std::map<std::string, std::int64_t> offset;
  for (const char* name : {"shop", "stock", "mail"}) offset[name] = upto(20'000'000) - 10'000'000;
  auto view = load(1);
  std::vector<Open> open;
  open.push_back(
      {1, 10'000 + upto(20'000), 150'000 + upto(50'000), "shop", model::SpanKind::kServer});
  for (std::uint64_t i = 0; i < 1 + random() % 4; ++i) {
    const std::int64_t start = 300'000 + upto(500'000), length = 20'000 + upto(100'000);
    view.view.spans.push_back(fetch(200 + i, 100, double(start) / 1000, double(length) / 1000));
    const std::int64_t inner = upto(length / 4);
    open.push_back({10 + i, start + inner, start + length - upto(length / 4), "shop",
                    model::SpanKind::kServer});
  }
  std::uint64_t next = 1000;
  std::map<std::uint64_t, std::uint64_t> parents;
  for (std::size_t i = 0; i < open.size() && open.size() < 60; ++i) {
    const Open parent = open[i];
    const std::uint64_t children = random() % 4;
    for (std::uint64_t c = 0; c < children; ++c) {
      const std::int64_t room = parent.end - parent.start;
      if (room < 100) break;
      const std::int64_t start = parent.start + upto(room / 2);
      const std::int64_t end = start + upto(parent.end - start) + 1;
      std::string service = parent.service;
      model::SpanKind kind = random() % 2 ? model::SpanKind::kClient : model::SpanKind::kInternal;
      if (parent.kind == model::SpanKind::kClient) {
        service = random() % 2 ? "stock" : "mail";
        kind = model::SpanKind::kServer;
      }
      parents[next] = parent.id;
      open.push_back({next++, start, std::min(end, parent.end), service, kind});
    }
  }
  for (const Open& span : open) {
    std::uint64_t parent = parents.count(span.id) ? parents[span.id] : 0;
    if (span.id >= 10 && span.id < 100) parent = 190 + span.id;
    if (with_loss && random() % 8 == 0) parent = random() % 2 ? 99'999 : 1000 + random() % 60;
    out.input.spans.push_back(backend(span.id, parent, span.start + offset[span.service],
                                      span.end - span.start, span.service, span.kind));
  }
  out.input.page_views = {view};
  out.ids.insert(span_id(100));
  for (const auto& span : view.view.spans) out.ids.insert(span.span_id);
  for (const auto& span : out.input.spans) out.ids.insert(span.span_id);
  for (int i = 0; i < 10; ++i) {
    model::LogRecord log;
    log.log_id = std::uint64_t(i);
    log.at_unix_us = kStart + upto(1'000'000);
    log.span_id = out.input.spans[std::size_t(upto(std::int64_t(out.input.spans.size())))].span_id;
    out.input.logs.push_back(log);
    model::EventRecord event;
    event.event_id.bytes[0] = std::uint8_t(i + 1);
    event.occurred_at_unix_us = kStart + upto(1'000'000);
    event.span_id = log.span_id;
    out.input.events.push_back(event);
  }
  return out;
}

std::vector<std::string> lines_of(const JoinedTrace& trace) {
  std::vector<std::string> out;
  for (const auto& s : trace.spans) {
    out.push_back(to_hex(s.span_id) + " under " + to_hex(s.parent_span_id) + " depth " +
                  std::to_string(s.depth) + " at " + std::to_string(s.started_at_unix_us) +
                  " for " + std::to_string(s.duration_us) + " of " + to_hex(s.page_view_id));
  }
  for (const auto& c : trace.clock)
    out.push_back(c.service + " " + std::to_string(c.shift_us) + c.reason);
  for (const auto& l : trace.logs)
    out.push_back(std::to_string(l.log.log_id) + " " + std::to_string(l.at_unix_us));
  for (const auto& e : trace.events)
    out.push_back(to_hex(e.event.event_id) + " " + std::to_string(e.at_unix_us));
  return out;
}

TEST(TraceJoinProperty, OrderOfTheInputDoesNotMatter) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    Generated trace = generate(random, true);
    const auto expected = lines_of(join_trace(trace_id(), trace.input));
    std::shuffle(trace.input.spans.begin(), trace.input.spans.end(), random);
    std::shuffle(trace.input.logs.begin(), trace.input.logs.end(), random);
    std::shuffle(trace.input.events.begin(), trace.input.events.end(), random);
    std::shuffle(trace.input.page_views[0].view.spans.begin(),
                 trace.input.page_views[0].view.spans.end(), random);
    ASSERT_EQ(lines_of(join_trace(trace_id(), trace.input)), expected);
  }
}

TEST(TraceJoinProperty, EverySpanExactlyOnceAndParentsFirst) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    const Generated trace = generate(random, true);
    const JoinedTrace joined = join_trace(trace_id(), trace.input);
    std::map<SpanId, std::uint32_t> seen;
    for (const JoinedSpan& span : joined.spans) {
      ASSERT_TRUE(seen.emplace(span.span_id, span.depth).second);
      if (span.parent_span_id.is_zero()) {
        ASSERT_EQ(span.depth, 0u);
      } else {
        ASSERT_TRUE(seen.count(span.parent_span_id));
        ASSERT_EQ(span.depth, seen[span.parent_span_id] + 1);
      }
      ASSERT_GE(span.started_at_unix_us, joined.started_at_unix_us);
      ASSERT_LE(span.started_at_unix_us + span.duration_us,
                joined.started_at_unix_us + joined.duration_us);
    }
    ASSERT_EQ(seen.size(), trace.ids.size());
    ASSERT_EQ(joined.logs.size(), trace.input.logs.size());
    ASSERT_EQ(joined.events.size(), trace.input.events.size());
  }
}

TEST(TraceJoinProperty, NoChildBeginsBeforeItsParentAfterCorrection) {
  std::mt19937 random(3);
  std::size_t corrected = 0;
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    const JoinedTrace joined = join_trace(trace_id(), generate(random, false).input);
    std::map<SpanId, const JoinedSpan*> by_id;
    for (const JoinedSpan& span : joined.spans) {
      by_id[span.span_id] = &span;
      if (span.parent_span_id.is_zero()) continue;
      const JoinedSpan& parent = *by_id.at(span.parent_span_id);
      ASSERT_GE(span.started_at_unix_us, parent.started_at_unix_us)
          << span.name << " under " << parent.name;
      if (parent.service != span.service && parent.kind == model::SpanKind::kClient) {
        ASSERT_LE(span.started_at_unix_us + span.duration_us,
                  parent.started_at_unix_us + parent.duration_us)
            << span.name << " under " << parent.name;
      }
    }
    corrected += joined.clock.size();
  }
  EXPECT_GT(corrected, 500u);  // the generator does make clocks that disagree
}

TEST(TraceJoinProperty, AnyParentGraphEnds) {
  std::mt19937 random(4);
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    TraceInput input;
    auto view = load(1 + random() % 20);
    for (std::uint64_t i = 0; i < 5; ++i) {
      view.view.spans.push_back(
          fetch(200 + i, 198 + random() % 8, double(random() % 500), double(random() % 500)));
    }
    input.page_views = {view};
    for (std::uint64_t i = 1; i <= 20; ++i) {
      const std::uint64_t parent = random() % 5 == 0 ? 200 + random() % 5 : random() % 22;
      input.spans.push_back(backend(i, parent, std::int64_t(random() % 1'000'000),
                                    std::int64_t(random() % 300'000), random() % 2 ? "a" : "b",
                                    model::SpanKind(random() % 6)));
    }
    ASSERT_EQ(join_trace(trace_id(), input).spans.size(), 26u);
  }
}

}  // namespace
}  // namespace pagewake::query
