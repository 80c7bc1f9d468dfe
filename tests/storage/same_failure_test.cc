// One failure that two clients report is one occurrence, over every store and
// in every order of arrival.
#include "storage/same_failure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using model::EventRecord;
using model::Source;

// What a Sentry SDK says of a failure: frames with their source, breadcrumbs.
EventRecord from_sentry(std::uint64_t id, std::int64_t at = kStart) {
  EventRecord event = storage::event(id, at);
  event.source = Source::kSentry;
  event.trace_id = id_of<TraceId>(7);
  event.grouping_key = "sentry key";
  event.title = "OutOfStock: no tea";
  event.tags = {{"shelf", "3"}};
  event.exceptions.resize(1);
  event.exceptions[0].type = "OutOfStock";
  event.exceptions[0].module = "shop.errors";
  event.exceptions[0].value = "no tea";
  event.exceptions[0].frames.resize(2);
  event.exceptions[0].frames[0].context.pre = {"if shelf.empty():"};
  event.exceptions[0].frames[0].context.line = "raise OutOfStock('no tea')";
  return event;
}

// What OpenTelemetry's exception event says of the same one.
EventRecord from_otlp(std::uint64_t id, std::int64_t at = kStart) {
  EventRecord event = from_sentry(id, at);
  event.source = Source::kOtlp;
  event.grouping_key = "otlp key";
  event.tags.clear();
  event.exceptions[0].type = "shop.errors.OutOfStock";
  // Every middleware's frame, each with its line and nothing around it.
  event.exceptions[0].frames.resize(9);
  event.exceptions[0].frames[0].context.pre.clear();
  event.breadcrumbs.clear();
  event.contexts_json.clear();
  return event;
}

struct Engine {
  const char* name;
  std::unique_ptr<RecordStore> (*open)(const TemporaryFolder& folder);
};
void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

class SameFailure : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(folder_);
    ASSERT_NE(store_, nullptr);
  }
  // Each event in a batch of its own, or all in one.
  Written append(const std::vector<EventRecord>& events, bool one_batch = false) {
    Written sum;
    for (std::size_t i = 0; i < events.size(); i = one_batch ? events.size() : i + 1) {
      RecordBatch batch;
      batch.records.events = one_batch ? events : std::vector{events[i]};
      const auto written = store_->append(batch);
      EXPECT_TRUE(written.ok());
      sum.stored += written->stored;
      sum.duplicates += written->duplicates;
    }
    return sum;
  }
  std::vector<EventRecord> events() { return store_->events(1, {}, {1000, ""})->items; }
  std::vector<model::Issue> issues() { return store_->issues(1, {}, {1000, ""})->items; }

  TemporaryFolder folder_;
  std::unique_ptr<RecordStore> store_;
};

INSTANTIATE_TEST_SUITE_P(
    Every, SameFailure,
    testing::Values(Engine{"Memory",
                           [](const TemporaryFolder&) -> std::unique_ptr<RecordStore> {
                             return make_memory_store();
                           }},
                    Engine{"Sqlite",
                           [](const TemporaryFolder& folder) -> std::unique_ptr<RecordStore> {
                             auto opened = open_sqlite_store({folder.file("pagewake.sqlite3")});
                             EXPECT_TRUE(opened.ok());
                             return opened.ok() ? std::move(*opened) : nullptr;
                           }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(SameFailure, IsOneOccurrenceWhoeverComesFirst) {
  std::int64_t at = kStart;
  std::size_t expected_events = 0;
  for (const bool one_batch : {false, true}) {
    for (const bool sentry_first : {true, false}) {
      SCOPED_TRACE(testing::Message()
                   << "one batch " << one_batch << ", Sentry first " << sentry_first);
      at += kHourLength;
      const std::uint64_t n = 10 * ++expected_events;
      EventRecord sentry = from_sentry(n, at), otlp = from_otlp(n + 1, at + 3000);
      sentry.trace_id = otlp.trace_id = id_of<TraceId>(n);
      sentry.grouping_key = "sentry " + std::to_string(n);
      otlp.grouping_key = "otlp " + std::to_string(n);
      std::vector<EventRecord> both = {sentry, otlp};
      if (!sentry_first) std::swap(both[0], both[1]);
      const Written written = append(both, one_batch);
      EXPECT_EQ(written.stored, 1u);
      EXPECT_EQ(written.duplicates, 1u);

      EventQuery of_trace;
      of_trace.trace_id = sentry.trace_id;
      const auto kept = store_->events(1, of_trace, {})->items;
      ASSERT_EQ(kept.size(), 1u);
      // The richer one's content and id …
      EXPECT_EQ(kept[0].event_id, sentry.event_id);
      EXPECT_EQ(kept[0].source, Source::kSentry);
      EXPECT_EQ(kept[0].exceptions[0].frames[0].context.line, "raise OutOfStock('no tea')");
      EXPECT_EQ(kept[0].tags, (KeyValues{{"shelf", "3"}, {"also_seen_by", "otlp"}}));
      // … in the issue of the first.
      const auto all = issues();
      ASSERT_EQ(all.size(), expected_events);
      EXPECT_EQ(all[0].event_count, 1u);
      EXPECT_EQ(all[0].issue_id, kept[0].issue_id);
      EXPECT_EQ(all[0].grouping_key, both[0].grouping_key);
      EXPECT_EQ(all[0].latest_event_id, sentry.event_id);
      EXPECT_TRUE(store_->event(1, sentry.event_id)->has_value());

      // Either client's retry stores nothing.
      const Written again = append(both, one_batch);
      EXPECT_EQ(again.stored, 0u);
      EXPECT_EQ(again.duplicates, 2u);
      EXPECT_EQ(events().size(), expected_events);
      EXPECT_EQ(store_->events(1, of_trace, {})->items[0].tags, kept[0].tags);
    }
  }
}

TEST_P(SameFailure, OfThreeClientsIsOneToo) {
  EventRecord faro = from_otlp(3);
  faro.source = Source::kFaro;
  std::vector<EventRecord> order = {from_sentry(1), from_otlp(2), faro};
  const auto less = [](const auto& a, const auto& b) { return a.event_id < b.event_id; };
  std::uint64_t trace = 100;
  do {
    ++trace;
    std::vector<EventRecord> sent = order;
    for (auto& one : sent) {
      one.trace_id = id_of<TraceId>(trace);
      one.event_id = id_of<EventId>(trace * 10 + one.event_id.bytes.back());
    }
    EXPECT_EQ(append(sent).stored, 1u);
    EventQuery of_trace;
    of_trace.trace_id = id_of<TraceId>(trace);
    const auto kept = store_->events(1, of_trace, {})->items;
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].source, Source::kSentry);
    EXPECT_EQ(kept[0].tags, (KeyValues{{"shelf", "3"}, {"also_seen_by", "faro, otlp"}}));
    EXPECT_EQ(append(sent).stored, 0u);
  } while (std::next_permutation(order.begin(), order.end(), less));
}

TEST_P(SameFailure, OthersStayApart) {
  const struct {
    const char* name;
    void (*change)(EventRecord&);
  } cases[] = {
      {"the same client twice", [](EventRecord& e) { e.source = Source::kSentry; }},
      {"another trace", [](EventRecord& e) { e.trace_id = id_of<TraceId>(8); }},
      {"no trace", [](EventRecord& e) { e.trace_id = {}; }},
      {"another type", [](EventRecord& e) { e.exceptions[0].type = "shop.errors.Sold"; }},
      {"another text", [](EventRecord& e) { e.exceptions[0].value = "no coffee"; }},
      {"a message", [](EventRecord& e) { e.exceptions.clear(); }},
      {"another moment", [](EventRecord& e) { e.occurred_at_unix_us += kSameFailureUs + 1; }},
      {"another project", [](EventRecord& e) { e.project = 2; }},
  };
  std::uint64_t n = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    n += 10;
    const std::int64_t at = kStart + static_cast<std::int64_t>(n) * kHourLength;
    EventRecord other = from_otlp(n + 1, at);
    c.change(other);
    EXPECT_EQ(append({from_sentry(n, at), other}).stored, 2u);
  }
}

TEST_P(SameFailure, TheEventOfAPageViewStays) {
  EventRecord ours = from_otlp(1);
  ours.source = Source::kPagewake;
  ours.page_view_id = id_of<PageViewId>(5);
  EXPECT_EQ(append({ours, from_sentry(2)}).stored, 1u);
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events()[0].event_id, ours.event_id);
  EXPECT_EQ(events()[0].tags, (KeyValues{{"also_seen_by", "sentry"}}));
}

// Of a flood most reports are only counted; the other client's are known all
// the same, and each failure counts once, whoever comes first.
TEST_P(SameFailure, OfAFloodCountsOnceToo) {
  for (const bool sentry_first : {true, false}) {
    SCOPED_TRACE(sentry_first);
    const std::uint64_t base = sentry_first ? 10'000 : 20'000;
    const std::int64_t at = kStart + static_cast<std::int64_t>(base) * kHourLength;
    std::vector<EventRecord> first, second;
    for (std::uint64_t n = base; n < base + 300; ++n) {
      for (const bool sentry : {true, false}) {
        EventRecord one = sentry ? from_sentry(2 * n, at) : from_otlp(2 * n + 1, at + 9'000'000);
        one.trace_id = id_of<TraceId>(n);
        one.grouping_key += sentry_first ? " a" : " b";
        (sentry == sentry_first ? first : second).push_back(one);
      }
    }
    EXPECT_EQ(append(first, true).stored, 120u);  // is_kept_of_hour()
    const Written told_again = append(second, true);
    EXPECT_EQ(told_again.stored, 0u);
    EXPECT_EQ(told_again.duplicates, 300u);
    EXPECT_EQ(append(second, true).duplicates, 300u) << "a retry";
    // The same client's next failure in the trace is another one.
    EventRecord next = first[298];  // only counted
    next.event_id = id_of<EventId>(base * 10);
    EXPECT_EQ(append({next}).duplicates, 0u);
    IssueQuery newest;
    const auto all = store_->issues(1, newest, {1000, ""})->items;
    ASSERT_EQ(all.size(), sentry_first ? 1u : 2u);
    EXPECT_EQ(all.front().event_count, 301u);
  }
}

// A hostile trace costs a bounded look each; what lies beyond is stored.
TEST_P(SameFailure, ATraceOfManyEventsIsNotSearchedWhole) {
  std::vector<EventRecord> many;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    many.push_back(from_sentry(i));
    many.back().exceptions[0].value = many.back().grouping_key = "no tea " + std::to_string(i);
  }
  EXPECT_EQ(append(many, true).stored, 300u);
  EXPECT_LE(append({from_otlp(999)}).stored, 1u);
}

}  // namespace
}  // namespace pagewake::storage
