#include "pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "pipeline/fake_store.h"
#include "pipeline/fate.h"

namespace pagewake::pipeline {
namespace {

using model::Category;
using model::Records;
using storage::FakeStore;
using Counted = std::map<FakeStore::OutcomeKey, std::uint64_t>;

constexpr std::int64_t kNow = 1'795'228'332'000'000;
const RequestContext kContext{7, "test", kNow};

model::SpanRecord span(std::uint32_t number, const std::string& name = "span") {
  model::SpanRecord record;
  record.trace_id.bytes[0] = 1;
  for (int i = 0; i < 4; ++i) {
    record.span_id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(number >> 8 * i);
  }
  record.name = name;
  return record;
}

Records spans(std::uint32_t first, std::uint32_t count) {
  Records records;
  for (std::uint32_t i = 0; i < count; ++i) records.spans.push_back(span(first + i));
  return records;
}

Counted totals(const Pipeline& pipeline) {
  Counted out;
  for (const auto& o : pipeline.outcomes_since_start()) {
    out[{o.project, o.category, o.drop_reason}] += o.count;
  }
  return out;
}

std::optional<Error> disk_full(const storage::RecordBatch&) {
  return Error{"store_failed", "disk full"};
}

// A step over spans: drops by name, throws by name, leaves the rest.
Step judge() {
  Step step{"judge", {}, {}, {}, {}};
  step.span = [](model::SpanRecord& record, const RequestContext&) -> std::optional<DropReason> {
    if (record.name == "old") return DropReason::kTooOld;
    if (record.name == "throw") throw std::runtime_error("a step failed");
    record.service = "seen";
    return std::nullopt;
  };
  return step;
}

TEST(Fate, ForgottenBranchCountsAsLostInside) {
  OutcomeCounter outcomes;
  { const Fate forgotten(outcomes, 7, 3600, Category::kEvent); }
  const auto counted = outcomes.take_pending();
  ASSERT_EQ(counted.size(), 1u);
  EXPECT_EQ(counted[0].drop_reason, DropReason::kLostInside);
  EXPECT_EQ(counted[0].count, 1u);
  EXPECT_EQ(counted[0].hour_unix_s, 3600);
}

TEST(Fate, IsCountedOnceHoweverItEnds) {
  OutcomeCounter outcomes;
  {
    Fate dropped(outcomes, 7, 0, Category::kEvent);
    std::move(dropped).drop(DropReason::kTooOld);
    Fate first(outcomes, 7, 0, Category::kEvent);
    Fate moved(std::move(first));
    std::move(moved).stored();
    std::move(moved).drop(DropReason::kMalformed);  // too late: it has one
  }
  std::uint64_t sum = 0;
  for (const auto& o : outcomes.since_start()) sum += o.count;
  EXPECT_EQ(sum, 2u);
  EXPECT_EQ(outcomes.take_pending().size(), 1u);  // the store counts stored ones itself
}

TEST(HourOf, FloorsOnBothSidesOf1970) {
  EXPECT_EQ(hour_of(3'600'000'000 * 5 + 1), 5 * 3600);
  EXPECT_EQ(hour_of(0), 0);
  EXPECT_EQ(hour_of(-1), -3600);
}

TEST(Pipeline, RunsStepsAndFillsInProjectAndTime) {
  FakeStore store;
  Pipeline pipeline(store, {judge()});
  Records records;
  records.spans = {span(1), span(2, "old"), span(3)};
  records.page_views.emplace_back();
  records.logs.emplace_back();
  records.events.emplace_back();
  const auto accepted = pipeline.submit(
      std::move(records), {{Category::kSession, DropReason::kUnsupported, 3}}, kContext);
  ASSERT_TRUE(accepted.ok());
  EXPECT_EQ(accepted->stored, 5u);
  EXPECT_EQ(accepted->dropped, 4u);
  EXPECT_EQ(accepted->duplicates, 0u);
  ASSERT_EQ(store.records.spans.size(), 2u);
  EXPECT_EQ(store.records.spans[0].service, "seen");
  EXPECT_EQ(store.records.spans[0].project, 7);
  EXPECT_EQ(store.records.events[0].project, 7);
  EXPECT_EQ(store.records.page_views[0].received_at_unix_us, kNow);
  const Counted expected = {{{7, Category::kPageView, std::nullopt}, 1},
                            {{7, Category::kEvent, std::nullopt}, 1},
                            {{7, Category::kSpan, std::nullopt}, 2},
                            {{7, Category::kLog, std::nullopt}, 1},
                            {{7, Category::kSpan, DropReason::kTooOld}, 1},
                            {{7, Category::kSession, DropReason::kUnsupported}, 3}};
  EXPECT_EQ(store.counted(), expected);
  EXPECT_EQ(totals(pipeline), expected);
  EXPECT_EQ(store.hours, (std::set<std::int64_t>{hour_of(kNow)}));
}

TEST(Pipeline, TellsWhatIsDurableAndWhatWasThereBefore) {
  FakeStore store;
  std::vector<std::pair<std::string, bool>> told;  // name, duplicate
  Options options;
  options.on_stored = [&](const Records& records, const std::vector<bool>& duplicates) {
    for (std::size_t i = 0; i < records.spans.size(); ++i) {
      told.emplace_back(records.spans[i].name, i < duplicates.size() && duplicates[i]);
    }
  };
  {
    Pipeline pipeline(store, {judge()}, options);
    Records records;
    records.spans = {span(1, "new"), span(2, "old")};
    ASSERT_TRUE(pipeline.submit(std::move(records), {}, kContext).ok());
    records.spans = {span(1, "again"), span(3, "next")};
    ASSERT_TRUE(pipeline.submit(std::move(records), {}, kContext).ok());
    store.fail = disk_full;
    ASSERT_FALSE(pipeline.submit(spans(4, 1), {}, kContext).ok());
  }
  EXPECT_EQ(told, (std::vector<std::pair<std::string, bool>>{
                      {"new", false}, {"again", true}, {"next", false}}));
}

TEST(Pipeline, StepThatThrowsLeavesNoRecordUncounted) {
  FakeStore store;
  {
    Pipeline pipeline(store, {judge()});
    Records records;
    records.spans = {span(1), span(2, "throw"), span(3)};
    EXPECT_THROW((void)pipeline.submit(std::move(records), {}, kContext), std::runtime_error);
  }
  EXPECT_EQ(store.counted(), (Counted{{{7, Category::kSpan, DropReason::kLostInside}, 3}}));
}

TEST(Pipeline, DuplicatesGoToTheSenderWhoRepeated) {
  FakeStore store;
  Pipeline pipeline(store, {});
  ASSERT_TRUE(pipeline.submit(spans(0, 3), {}, kContext).ok());
  store.close_gate();
  std::thread holder([&] { EXPECT_TRUE(pipeline.submit(spans(50, 1), {}, kContext).ok()); });
  store.wait_until_at_gate();
  Result<Accepted> fresh = Accepted{}, repeated = Accepted{};
  std::thread a([&] { fresh = pipeline.submit(spans(100, 4), {}, kContext); });
  std::thread b([&] { repeated = pipeline.submit(spans(1, 5), {}, kContext); });
  while (pipeline.waiting_records() < 10) std::this_thread::yield();
  store.open_gate();
  holder.join();
  a.join();
  b.join();
  ASSERT_TRUE(fresh.ok() && repeated.ok());
  EXPECT_EQ(fresh->stored, 4u);
  EXPECT_EQ(fresh->duplicates, 0u);
  EXPECT_EQ(repeated->stored, 3u);
  EXPECT_EQ(repeated->duplicates, 2u);
  EXPECT_EQ(totals(pipeline), store.counted());
}

// Ten submitters wait behind a slow commit: one append takes all of them.
TEST(Pipeline, CommitsWhatWaitsAsOneGroup) {
  FakeStore store;
  std::vector<std::thread> threads;
  {
    Pipeline pipeline(store, {});
    store.close_gate();
    threads.emplace_back([&] { EXPECT_TRUE(pipeline.submit(spans(0, 1), {}, kContext).ok()); });
    store.wait_until_at_gate();
    for (std::uint32_t i = 1; i <= 10; ++i) {
      threads.emplace_back(
          [&, i] { EXPECT_TRUE(pipeline.submit(spans(i * 10, 2), {}, kContext).ok()); });
    }
    while (pipeline.waiting_records() < 21) std::this_thread::yield();
    store.open_gate();
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(store.group_sizes, (std::vector<std::size_t>{1, 20}));
}

TEST(Pipeline, OneBadSubmissionDoesNotFailItsNeighbours) {
  FakeStore store;
  store.fail = [](const storage::RecordBatch& batch) -> std::optional<Error> {
    for (const auto& record : batch.records.spans) {
      if (record.name == "poison") return Error{"store_failed", "constraint"};
    }
    return std::nullopt;
  };
  {
    Pipeline pipeline(store, {});
    store.close_gate();
    std::thread holder([&] { EXPECT_TRUE(pipeline.submit(spans(0, 1), {}, kContext).ok()); });
    store.wait_until_at_gate();
    std::atomic<int> good = 0, bad = 0;
    std::vector<std::thread> threads;
    for (std::uint32_t i = 1; i <= 8; ++i) {
      threads.emplace_back([&, i] {
        Records records = spans(i * 10, 3);
        if (i == 4) records.spans[1].name = "poison";
        const auto accepted = pipeline.submit(std::move(records), {}, kContext);
        if (accepted.ok()) {
          EXPECT_EQ(accepted->stored, 3u);
          ++good;
        } else {
          EXPECT_EQ(accepted.error().code, "store_failed");
          EXPECT_EQ(accepted.error().message, "constraint");
          ++bad;
        }
      });
    }
    while (pipeline.waiting_records() < 25) std::this_thread::yield();
    store.open_gate();
    holder.join();
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, 7);
    EXPECT_EQ(bad, 1);
  }
  EXPECT_EQ(store.counted(), (Counted{{{7, Category::kSpan, std::nullopt}, 22},
                                      {{7, Category::kSpan, DropReason::kStoreFailed}, 3}}));
  EXPECT_EQ(store.records.spans.size(), 22u);
}

TEST(Pipeline, StoreThatThrowsIsAFailureOfThatBatchOnly) {
  FakeStore store;
  bool thrown = false;
  store.fail = [&](const storage::RecordBatch&) -> std::optional<Error> {
    if (std::exchange(thrown, true)) return std::nullopt;
    throw std::bad_alloc();
  };
  Pipeline pipeline(store, {});
  const auto first = pipeline.submit(spans(0, 1), {}, kContext);
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(first.error().code, "store_failed");
  EXPECT_TRUE(pipeline.submit(spans(0, 1), {}, kContext).ok());
}

TEST(Pipeline, QueueBoundRefusesAndCounts) {
  const struct {
    const char* name;
    std::size_t records, bytes;
  } bounds[] = {{"by records", 5, std::size_t{1} << 30}, {"by bytes", 1000, 2000}};
  for (const auto& bound : bounds) {
    SCOPED_TRACE(bound.name);
    FakeStore store;
    Options options;
    options.waiting_records = bound.records;
    options.waiting_bytes = bound.bytes;
    {
      Pipeline pipeline(store, {}, options);
      store.close_gate();
      // Larger than the bound, but alone: taken.
      std::thread holder([&] { EXPECT_TRUE(pipeline.submit(spans(0, 8), {}, kContext).ok()); });
      store.wait_until_at_gate();
      const auto refused = pipeline.submit(spans(10, 2), {}, kContext);
      ASSERT_FALSE(refused.ok());
      EXPECT_EQ(refused.error().code, "queue_full");
      store.open_gate();
      holder.join();
    }
    EXPECT_EQ(store.counted(), (Counted{{{7, Category::kSpan, std::nullopt}, 8},
                                        {{7, Category::kSpan, DropReason::kQueueFull}, 2}}));
  }
}

TEST(Pipeline, RefusedRequestsRideOnTheNextCommit) {
  FakeStore store;
  Options options;
  options.now_unix_us = [] { return kNow; };
  options.idle_flush = std::chrono::hours(1);
  Pipeline pipeline(store, {}, options);
  pipeline.refuse(0, Category::kRequest, DropReason::kBadKey);
  pipeline.refuse(0, Category::kRequest, DropReason::kBadKey, 2);
  EXPECT_TRUE(store.counted().empty());
  ASSERT_TRUE(pipeline.submit(spans(0, 1), {}, kContext).ok());
  EXPECT_EQ(store.counted(), (Counted{{{0, Category::kRequest, DropReason::kBadKey}, 3},
                                      {{7, Category::kSpan, std::nullopt}, 1}}));
}

TEST(Pipeline, RefusedRequestsAreWrittenWhenNothingElseComes) {
  FakeStore store;
  Options options;
  options.idle_flush = std::chrono::milliseconds(20);
  Pipeline pipeline(store, {}, options);
  pipeline.refuse(0, Category::kRequest, DropReason::kTooLarge);
  store.wait_for_appends(1);
  pipeline.refuse(0, Category::kRequest, DropReason::kTooLarge);
  store.wait_for_appends(2);
  EXPECT_EQ(store.group_sizes, (std::vector<std::size_t>{0, 0}));
}

TEST(Pipeline, RefusedRequestsSurviveAFailingFlush) {
  FakeStore store;
  std::atomic<int> failures = 0;
  store.fail = [&](const storage::RecordBatch& batch) -> std::optional<Error> {
    return failures++ < 2 ? disk_full(batch) : std::nullopt;
  };
  Options options;
  options.idle_flush = std::chrono::milliseconds(20);
  {
    Pipeline pipeline(store, {}, options);
    pipeline.refuse(3, Category::kRequest, DropReason::kMalformed, 5);
    store.wait_for_appends(3);
  }
  EXPECT_EQ(store.counted(), (Counted{{{3, Category::kRequest, DropReason::kMalformed}, 5}}));
}

TEST(Pipeline, NothingToStoreAnswersWithoutTheStore) {
  FakeStore store;
  {
    Options options;
    options.idle_flush = std::chrono::hours(1);
    Pipeline pipeline(store, {}, options);
    store.close_gate();
    const auto accepted =
        pipeline.submit({}, {{Category::kOther, DropReason::kUnsupported, 2}}, kContext);
    ASSERT_TRUE(accepted.ok());
    EXPECT_EQ(accepted->dropped, 2u);
    store.open_gate();
  }
  EXPECT_EQ(store.counted(), (Counted{{{7, Category::kOther, DropReason::kUnsupported}, 2}}));
}

// Received = stored + dropped, with many submitters and a store that fails at
// every fifth append; and /metrics says what the store says.
TEST(Pipeline, ReceivedIsStoredPlusDropped) {
  constexpr std::uint32_t kThreads = 8, kRounds = 60, kSpansEach = 4;
  FakeStore store;
  std::atomic<std::uint64_t> appends = 0;
  store.fail = [&](const storage::RecordBatch& batch) -> std::optional<Error> {
    return ++appends % 5 == 0 ? disk_full(batch) : std::nullopt;
  };
  std::atomic<std::uint64_t> stored = 0, failed = 0, duplicates = 0, dropped = 0;
  Counted since_start;
  {
    Options options;
    options.idle_flush = std::chrono::milliseconds(5);
    Pipeline pipeline(store, {judge()}, options);
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint32_t round = 0; round < kRounds; ++round) {
          // Every third round repeats the ids of the round before.
          const std::uint32_t first = (t * kRounds + round - (round % 3 == 2 ? 1 : 0)) * kSpansEach;
          Records records = spans(first, kSpansEach);
          records.spans.push_back(span(first, "old"));
          records.logs.emplace_back().log_id = std::uint64_t{t} << 32 | round;
          const auto accepted =
              pipeline.submit(std::move(records), {{Category::kEvent, DropReason::kInvalidId, 1}},
                              {t % 2 + 1, "", kNow});
          pipeline.refuse(0, Category::kRequest, DropReason::kRateLimited);
          if (accepted.ok()) {
            stored += accepted->stored;
            duplicates += accepted->duplicates;
            dropped += accepted->dropped;
            EXPECT_EQ(accepted->stored + accepted->duplicates + accepted->dropped, kSpansEach + 3u);
          } else {
            EXPECT_EQ(accepted.error().code, "store_failed");
            failed += kSpansEach + 1;
            dropped += 2;
          }
        }
      });
    }
    for (auto& thread : threads) thread.join();
    since_start = totals(pipeline);
    store.fail = nullptr;
  }
  const std::uint64_t received = kThreads * kRounds * (kSpansEach + 3);
  EXPECT_EQ(stored + duplicates + dropped + failed, received);
  EXPECT_GT(failed, 0u);
  EXPECT_GT(duplicates, 0u);
  const Counted counted = store.counted();
  EXPECT_EQ(since_start, counted);
  std::uint64_t in_store = 0, refused = 0, lost = 0;
  for (const auto& [key, count] : counted) {
    const auto& [project, category, reason] = key;
    if (category == Category::kRequest) {
      refused += count;
    } else {
      in_store += count;
    }
    if (reason == DropReason::kLostInside) lost += count;
  }
  EXPECT_EQ(in_store, received);
  EXPECT_EQ(refused, kThreads * kRounds);
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(store.records.spans.size() + store.records.logs.size(), stored + duplicates);
}

// The destructor writes what was pushed: nobody who waits is left without an answer.
TEST(Pipeline, DestructionDrains) {
  FakeStore store;
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  {
    Pipeline pipeline(store, {});
    store.close_gate();
    threads.emplace_back([&] { answered += pipeline.submit(spans(0, 1), {}, kContext).ok(); });
    store.wait_until_at_gate();
    threads.emplace_back([&] { store.open_gate(); });
    threads[0].join();
    pipeline.refuse(0, Category::kRequest, DropReason::kBadKey);
  }
  threads[1].join();
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(store.counted(), (Counted{{{7, Category::kSpan, std::nullopt}, 1},
                                      {{0, Category::kRequest, DropReason::kBadKey}, 1}}));
}

}  // namespace
}  // namespace pagewake::pipeline
