// The promises of storage/record_store.h. One suite; every store passes it.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <random>
#include <set>
#include <thread>

#include "base/limits.h"
#include "storage/record_rules.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using model::EventRecord;
using model::IssueStatus;
using model::PageViewRecord;

struct Engine {
  const char* name;
  std::unique_ptr<RecordStore> (*open)(const TemporaryFolder& folder);
};

void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

constexpr Engine kEngines[] = {
    {"Memory",
     [](const TemporaryFolder&) -> std::unique_ptr<RecordStore> { return make_memory_store(); }},
    {"Sqlite",
     [](const TemporaryFolder& folder) -> std::unique_ptr<RecordStore> {
       auto opened = open_sqlite_store({folder.file("pagewake.sqlite3")});
       if (!opened) {
         ADD_FAILURE() << opened.error().message;
         return nullptr;
       }
       return std::move(*opened);
     }},
    // The same file, with every page view in a segment at once.
    {"SqliteSealed",
     [](const TemporaryFolder& folder) -> std::unique_ptr<RecordStore> {
       SqliteOptions options{folder.file("pagewake.sqlite3")};
       options.seal_each_commit = true;
       auto opened = open_sqlite_store(options);
       if (!opened) {
         ADD_FAILURE() << opened.error().message;
         return nullptr;
       }
       return std::move(*opened);
     }},
};

class RecordStoreContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(folder_);
    ASSERT_NE(store_, nullptr);
  }

  // Appends or fails the test.
  Written append(const RecordBatch& batch) {
    auto written = store_->append(batch);
    EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
    return written.ok() ? *written : Written{};
  }
  Written append(std::vector<PageViewRecord> views) {
    RecordBatch batch;
    batch.records.page_views = std::move(views);
    return append(batch);
  }
  Written append(std::vector<EventRecord> events) {
    RecordBatch batch;
    batch.records.events = std::move(events);
    return append(batch);
  }
  std::vector<PageViewRecord> views(const PageViewQuery& query = {}, std::int64_t project = 1) {
    auto listing = store_->page_views(project, query, {1000, ""});
    EXPECT_TRUE(listing.ok()) << (listing.ok() ? "" : listing.error().message);
    return listing.ok() ? listing->items : std::vector<PageViewRecord>();
  }
  std::vector<EventRecord> events(const EventQuery& query = {}) {
    auto listing = store_->events(1, query, {1000, ""});
    EXPECT_TRUE(listing.ok()) << (listing.ok() ? "" : listing.error().message);
    return listing.ok() ? listing->items : std::vector<EventRecord>();
  }
  std::vector<model::Issue> issues(const IssueQuery& query = {}) {
    auto listing = store_->issues(1, query, {1000, ""});
    EXPECT_TRUE(listing.ok()) << (listing.ok() ? "" : listing.error().message);
    return listing.ok() ? listing->items : std::vector<model::Issue>();
  }
  std::vector<SummaryRow> summarize(const Filter& filter, GroupBy group_by) {
    auto rows = store_->summarize(1, filter, group_by);
    EXPECT_TRUE(rows.ok()) << (rows.ok() ? "" : rows.error().message);
    return rows.ok() ? *rows : std::vector<SummaryRow>();
  }
  std::uint64_t outcome(model::Category category, std::optional<DropReason> reason,
                        std::int64_t project = 1, std::int64_t from = 0,
                        std::int64_t to = INT64_MAX) {
    auto outcomes = store_->outcomes(project, from, to);
    EXPECT_TRUE(outcomes.ok());
    std::uint64_t sum = 0;
    for (const OutcomeCount& count : *outcomes) {
      if (count.category == category && count.drop_reason == reason) sum += count.count;
    }
    return sum;
  }

  TemporaryFolder folder_;
  std::unique_ptr<RecordStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Every, RecordStoreContract, testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(info.param.name); });

std::vector<std::uint64_t> ids(const std::vector<PageViewRecord>& views) {
  std::vector<std::uint64_t> out;
  for (const auto& view : views) out.push_back(view.view.page_view_id.bytes.back());
  return out;
}
std::vector<std::uint64_t> ids(const std::vector<EventRecord>& events) {
  std::vector<std::uint64_t> out;
  for (const auto& event : events) out.push_back(event.event_id.bytes.back());
  return out;
}
using Ids = std::vector<std::uint64_t>;

// --- Records come back as they went in

TEST_P(RecordStoreContract, GivesBackEveryFieldOfEveryKindOfRecord) {
  RecordBatch batch;
  batch.records.page_views = {full_page_view(1)};
  batch.records.spans = {span(5, 6)};
  batch.records.logs = {log(5, ~std::uint64_t{0})};
  batch.records.events = {full_event(9)};
  const Written written = append(batch);
  EXPECT_EQ(written.stored, 4u);
  EXPECT_EQ(written.duplicates, 0u);

  auto view = store_->page_view(1, id_of<PageViewId>(1));
  ASSERT_TRUE(view.ok() && view->has_value());
  expect_same(**view, batch.records.page_views[0]);
  EXPECT_EQ((*view)->received_at_unix_us, batch.records.page_views[0].received_at_unix_us);
  auto spans = store_->spans_of_trace(1, id_of<TraceId>(5));
  ASSERT_TRUE(spans.ok());
  ASSERT_EQ(spans->size(), 1u);
  expect_same((*spans)[0], batch.records.spans[0]);
  auto logs = store_->logs_of_trace(1, id_of<TraceId>(5));
  ASSERT_TRUE(logs.ok());
  ASSERT_EQ(logs->size(), 1u);
  expect_same((*logs)[0], batch.records.logs[0]);
  auto event = store_->event(1, id_of<EventId>(9));
  ASSERT_TRUE(event.ok() && event->has_value());
  expect_same(**event, batch.records.events[0]);
  EXPECT_GT((*event)->issue_id, 0);
}

TEST_P(RecordStoreContract, KeepsTextThatLooksLikeSqlOrHoldsZeroBytes) {
  PageViewRecord record = page_view(1);
  record.view.page = "'); DROP TABLE page_views; --";
  record.browser = std::string("a\0b", 3);
  append(std::vector{record});
  ASSERT_EQ(views().size(), 1u);
  EXPECT_EQ(views()[0].view.page, record.view.page);
  EXPECT_EQ(views()[0].browser, record.browser);
  PageViewQuery query;
  query.filter.page = record.view.page;
  query.filter.browser = record.browser;
  EXPECT_EQ(views(query).size(), 1u);
}

TEST_P(RecordStoreContract, WhatIsNotThereIsNothingAndNotAnError) {
  EXPECT_FALSE(store_->page_view(1, id_of<PageViewId>(1))->has_value());
  EXPECT_FALSE(store_->event(1, id_of<EventId>(1))->has_value());
  EXPECT_FALSE(store_->issue(1, 77)->has_value());
  EXPECT_TRUE(store_->issue_hours(1, 77, 0, INT64_MAX)->empty());
  EXPECT_TRUE(store_->spans_of_trace(1, id_of<TraceId>(1))->empty());
  EXPECT_TRUE(store_->spans_of_traces(1, {})->empty());
  EXPECT_TRUE(store_->logs_of_trace(1, TraceId{})->empty());
  EXPECT_TRUE(views().empty());
  EXPECT_TRUE(summarize({}, GroupBy::kPage).empty());
  EXPECT_TRUE(summarize({}, GroupBy::kBrowser).empty());
  EXPECT_TRUE(store_->outcomes(1, 0, INT64_MAX)->empty());
  EXPECT_EQ(append(RecordBatch{}).stored, 0u);
  EXPECT_TRUE(store_->ping().ok());
}

TEST_P(RecordStoreContract, ProjectsDoNotSeeEachOther) {
  RecordBatch batch;
  for (std::int64_t project : {1, 2}) {
    auto view = full_page_view(1);
    auto one_span = span(5, 6);
    auto one_log = log(5, 1);
    auto one_event = event(9);
    view.project = one_span.project = one_log.project = one_event.project = project;
    view.view.title = "of project " + std::to_string(project);
    batch.records.page_views.push_back(view);
    batch.records.spans.push_back(one_span);
    batch.records.logs.push_back(one_log);
    batch.records.events.push_back(one_event);
  }
  EXPECT_EQ(append(batch).stored, 8u);
  for (std::int64_t project : {1, 2}) {
    SCOPED_TRACE(project);
    ASSERT_EQ(views({}, project).size(), 1u);
    EXPECT_EQ(views({}, project)[0].view.title, "of project " + std::to_string(project));
    EXPECT_EQ(store_->spans_of_trace(project, id_of<TraceId>(5))->size(), 1u);
    EXPECT_EQ(store_->logs_of_trace(project, id_of<TraceId>(5))->size(), 1u);
    EXPECT_EQ(store_->issues(project, {}, {})->items.size(), 1u);
    EXPECT_EQ(store_->summarize(project, {}, GroupBy::kPage)->size(), 1u);
    EXPECT_EQ(outcome(model::Category::kSpan, std::nullopt, project), 1u);
  }
  const IssueId of_two = store_->issues(2, {}, {})->items[0].issue_id;
  EXPECT_FALSE(store_->issue(1, of_two)->has_value());
  EXPECT_TRUE(store_->issue_hours(1, of_two, 0, INT64_MAX)->empty());
}

// --- Once, however often it is sent

std::vector<bool> duplicates_of(const Written& written) {
  std::vector<bool> flags;
  for (const RecordFate fate : written.fates) flags.push_back(fate == RecordFate::kDuplicate);
  return flags;
}

TEST_P(RecordStoreContract, ARepeatedBatchWritesNothingAndSaysWhichWereDuplicates) {
  RecordBatch batch;
  batch.records.page_views = {full_page_view(1), full_page_view(2)};
  batch.records.spans = {span(5, 6)};
  batch.records.logs = {log(5, 1)};
  batch.records.events = {event(9)};
  append(batch);
  batch.records.spans.push_back(span(5, 7));  // the only one that is new
  const Written again = append(batch);
  EXPECT_EQ(again.stored, 1u);
  EXPECT_EQ(again.duplicates, 5u);
  EXPECT_EQ(duplicates_of(again), (std::vector<bool>{true, true, true, false, true, true}));
  EXPECT_EQ(views().size(), 2u);
  EXPECT_EQ(events().size(), 1u);
  EXPECT_EQ(issues()[0].event_count, 1u);
  EXPECT_EQ(store_->spans_of_trace(1, id_of<TraceId>(5))->size(), 2u);
  EXPECT_EQ(store_->logs_of_trace(1, id_of<TraceId>(5))->size(), 1u);
  EXPECT_DOUBLE_EQ(summarize({}, GroupBy::kPage)[0].summary.views, 8);
}

TEST_P(RecordStoreContract, DuplicatesWithinOneBatchAreFoundToo) {
  RecordBatch batch;
  batch.records.page_views = {page_view(1), page_view(1)};
  batch.records.spans = {span(5, 6), span(5, 6)};
  batch.records.logs = {log(5, 1), log(5, 1)};
  batch.records.events = {event(9), event(9)};
  const Written written = append(batch);
  EXPECT_EQ(written.stored, 4u);
  EXPECT_EQ(written.duplicates, 4u);
  EXPECT_EQ(duplicates_of(written),
            (std::vector<bool>{false, true, false, true, false, true, false, true}));
  EXPECT_EQ(issues()[0].event_count, 1u);
}

TEST_P(RecordStoreContract, TheFirstCopyOfASpanOrEventStays) {
  RecordBatch batch;
  batch.records.spans = {span(5, 6)};
  batch.records.events = {event(9)};
  append(batch);
  batch.records.spans[0].name = "other";
  batch.records.events[0].title = "other";
  append(batch);
  EXPECT_EQ((*store_->spans_of_trace(1, id_of<TraceId>(5)))[0].name, "GET /cart");
  EXPECT_EQ(events()[0].title, "TypeError: x is undefined");
}

// --- Page views grow

// Three beacons of one page view: what is known grows from one to the next.
std::vector<PageViewRecord> three_beacons() {
  PageViewRecord first = full_page_view(1);
  first.view.revision = 1;
  first.view.final = false;
  first.view.vitals = {};
  first.view.vitals.ttfb_ms = 320.5;
  first.view.error_count = 0;
  PageViewRecord second = full_page_view(1);
  second.view.revision = 2;
  second.view.final = false;
  second.view.vitals.lcp_ms = 1500;
  second.view.page = "/named-later";
  second.user_id = "";
  second.received_at_unix_us += 5 * kSecondUs;
  second.view.resources = {second.view.resources[2]};
  second.view.resources[0].index = 5;
  PageViewRecord third = full_page_view(1);
  third.view.revision = 3;
  third.view.vitals.lcp_ms = 2500;
  third.view.page = "/named-later";
  third.received_at_unix_us += 9 * kSecondUs;
  third.view.kept_by_exception = false;
  return {first, second, third};
}

TEST_P(RecordStoreContract, PageViewsMergeToTheSameInEveryOrderAndGrouping) {
  const std::vector<PageViewRecord> beacons = three_beacons();
  std::vector<std::size_t> order = {0, 1, 2};
  std::int64_t project = 10;
  std::optional<PageViewRecord> wanted;
  std::optional<VitalSummary> wanted_sum;
  do {
    for (bool one_batch : {false, true}) {
      SCOPED_TRACE(testing::Message() << order[0] << order[1] << order[2] << one_batch);
      ++project;
      std::vector<PageViewRecord> sent;
      for (std::size_t i : order) {
        sent.push_back(beacons[i]);
        sent.back().project = project;
        if (!one_batch) append(std::vector{sent.back()});
      }
      // Sent again at the end: a retry must not change anything.
      append(sent);
      auto got = views({}, project);
      ASSERT_EQ(got.size(), 1u);
      got[0].project = 1;
      if (!wanted) wanted = got[0];
      expect_same(got[0], *wanted);
      EXPECT_EQ(got[0].received_at_unix_us, wanted->received_at_unix_us);
      auto rows = store_->summarize(project, {}, GroupBy::kPage);
      ASSERT_EQ(rows->size(), 1u);
      EXPECT_EQ((*rows)[0].key, "/named-later");
      if (!wanted_sum) wanted_sum = (*rows)[0].summary;
      expect_same((*rows)[0].summary, *wanted_sum);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(wanted->view.revision, 3u);
  EXPECT_EQ(wanted->view.vitals.lcp_ms, 2500);
  EXPECT_EQ(wanted->view.resources.size(), 4u);
  EXPECT_EQ(wanted->user_id, "u7");
  EXPECT_TRUE(wanted->view.final);
}

TEST_P(RecordStoreContract, AGrowingPageViewReplacesItsContributionToTheRollup) {
  const auto beacons = three_beacons();
  append(std::vector{beacons[0]});
  auto rows = summarize({}, GroupBy::kPage);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].key, "/product/:id");
  EXPECT_TRUE(rows[0].summary.lcp_ms.empty());
  EXPECT_DOUBLE_EQ(rows[0].summary.ttfb_ms.count(), 4);
  EXPECT_DOUBLE_EQ(rows[0].summary.views_with_error, 0);

  append(std::vector{beacons[1]});
  rows = summarize({}, GroupBy::kPage);
  ASSERT_EQ(rows.size(), 1u) << "the name it had before counts nothing any more";
  EXPECT_EQ(rows[0].key, "/named-later");
  EXPECT_NEAR(*rows[0].summary.lcp_ms.quantile(0.75), 1500, 15);

  append(std::vector{beacons[2]});
  rows = summarize({}, GroupBy::kPage);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_DOUBLE_EQ(rows[0].summary.lcp_ms.count(), 4);
  EXPECT_NEAR(*rows[0].summary.lcp_ms.quantile(0.75), 2500, 25);
  EXPECT_DOUBLE_EQ(rows[0].summary.views, 4);
  EXPECT_DOUBLE_EQ(rows[0].summary.views_with_error, 4);
}

TEST_P(RecordStoreContract, TheFirstStoredBeaconFixesThePlaceInTime) {
  PageViewRecord first = page_view(1);
  first.clock_skew_us = 2 * kHourLength;
  append(std::vector{first});
  PageViewRecord later = page_view(1);
  later.view.revision = 2;
  later.clock_skew_us = 0;  // a worse measurement must not move it
  append(std::vector{later});
  ASSERT_EQ(views().size(), 1u);
  EXPECT_EQ(views()[0].started_at_unix_us(), kStart + 2 * kHourLength);
  EXPECT_EQ(views()[0].view.revision, 2u);
  const auto hours = summarize({}, GroupBy::kHour);
  ASSERT_EQ(hours.size(), 1u);
  EXPECT_EQ(hours[0].key, "2026-11-21T06:00:00.000Z");
}

// --- Lists

TEST_P(RecordStoreContract, FiltersRestrictPageViewsEachByItsField) {
  append(std::vector{full_page_view(1), page_view(2)});
  const struct {
    const char* name;
    std::optional<std::string> Filter::*field;
    const char* value;
  } cases[] = {
      {"page", &Filter::page, "/product/:id"},
      {"device", &Filter::device, "mobile"},
      {"browser", &Filter::browser, "Chrome"},
      {"os", &Filter::os, "Linux"},
      {"country", &Filter::country, "DE"},
      {"connection", &Filter::connection, "4g"},
      {"release", &Filter::release, "1.4.2"},
      {"environment", &Filter::environment, "production"},
      {"navigation_type", &Filter::navigation_type, "reload"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    PageViewQuery query;
    query.filter.*c.field = c.value;
    EXPECT_EQ(ids(views(query)), Ids{1});
    auto rows = summarize(query.filter, GroupBy::kBrowser);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].key, "Chrome");
    query.filter.*c.field = "nobody";
    EXPECT_TRUE(views(query).empty());
    EXPECT_TRUE(summarize(query.filter, GroupBy::kDevice).empty());
  }
  PageViewQuery empty_value;
  empty_value.filter.browser = "";  // unknown is a value one can ask for
  EXPECT_EQ(ids(views(empty_value)), Ids{2});
}

TEST_P(RecordStoreContract, TimeFiltersIncludeTheirStartAndExcludeTheirEnd) {
  append(
      std::vector{page_view(1, kStart), page_view(2, kStart + 1000), page_view(3, kStart + 2000)});
  append(std::vector{event(1, kStart), event(2, kStart + 1000), event(3, kStart + 2000)});
  PageViewQuery query;
  query.filter.from_unix_us = kStart + 1000;
  query.filter.to_unix_us = kStart + 2000;
  EXPECT_EQ(ids(views(query)), Ids{2});
  EventQuery of_events;
  of_events.filter = query.filter;
  EXPECT_EQ(ids(events(of_events)), Ids{2});
}

TEST_P(RecordStoreContract, PageViewsAreFoundBySessionAndByTrace) {
  append(std::vector{full_page_view(1), full_page_view(2), page_view(3)});
  PageViewQuery query;
  query.session_id = id_of<SessionId>(1001);
  EXPECT_EQ(ids(views(query)), Ids{1});
  query = {};
  query.trace_id = id_of<TraceId>(2002);
  EXPECT_EQ(ids(views(query)), Ids{2});
  query.session_id = id_of<SessionId>(1001);
  EXPECT_TRUE(views(query).empty()) << "both must match";
  query = {};
  query.trace_id = TraceId{};
  EXPECT_TRUE(views(query).empty()) << "no id is not an id";
}

TEST_P(RecordStoreContract, ListsAreNewestFirstOrSlowestFirst) {
  PageViewRecord slow = page_view(1, kStart), slower = page_view(2, kStart + kSecondUs),
                 none = page_view(3, kStart + 2 * kSecondUs);
  slow.view.vitals.lcp_ms = 900;
  slower.view.vitals.lcp_ms = 10'000;
  append(std::vector{slow, none, slower});
  EXPECT_EQ(ids(views()), (Ids{3, 2, 1}));
  PageViewQuery query;
  query.sort = PageViewQuery::Sort::kSlowestLcp;
  EXPECT_EQ(ids(views(query)), (Ids{2, 1, 3})) << "without an LCP it comes last";
}

// Reads a list to its end in pages of `limit`.
template <typename T>
std::vector<T> all_pages(std::size_t limit,
                         const std::function<Result<Listing<T>>(const Paging&)>& list) {
  std::vector<T> out;
  Paging paging{limit, ""};
  do {
    auto page = list(paging);
    EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().message);
    if (!page.ok()) break;
    EXPECT_LE(page->items.size(), limit);
    EXPECT_FALSE(page->items.empty());
    out.insert(out.end(), page->items.begin(), page->items.end());
    paging.cursor = page->next_cursor;
  } while (!paging.cursor.empty() && out.size() < 10'000);
  return out;
}

TEST_P(RecordStoreContract, PagingOverEqualTimesGivesEachItemOnce) {
  std::vector<PageViewRecord> sent;
  std::vector<EventRecord> sent_events;
  for (std::uint64_t i = 1; i <= 23; ++i) {
    // All at one time and with one LCP, but for the last few.
    sent.push_back(page_view(i, i <= 17 ? kStart : kStart - kSecondUs));
    if (i % 5 != 0) sent.back().view.vitals.lcp_ms = 1200.5;
    sent_events.push_back(event(i, i <= 17 ? kStart : kStart - kSecondUs));
    sent_events.back().grouping_key = "k" + std::to_string(i);
  }
  append(sent);
  append(sent_events);
  for (std::size_t limit : {1u, 4u, 22u, 23u, 24u}) {
    SCOPED_TRACE(limit);
    for (auto sort : {PageViewQuery::Sort::kNewest, PageViewQuery::Sort::kSlowestLcp}) {
      PageViewQuery query;
      query.sort = sort;
      const auto got = all_pages<PageViewRecord>(
          limit, [&](const Paging& paging) { return store_->page_views(1, query, paging); });
      EXPECT_EQ(ids(got), ids(views(query)));
      EXPECT_EQ(got.size(), 23u);
    }
    EXPECT_EQ(ids(all_pages<EventRecord>(
                  limit, [&](const Paging& paging) { return store_->events(1, {}, paging); })),
              ids(events()));
    for (auto sort : {IssueQuery::Sort::kLastSeen, IssueQuery::Sort::kFirstSeen,
                      IssueQuery::Sort::kEvents, IssueQuery::Sort::kUsers}) {
      IssueQuery query;
      query.sort = sort;
      std::set<IssueId> seen;
      for (const auto& issue : all_pages<model::Issue>(
               limit, [&](const Paging& paging) { return store_->issues(1, query, paging); })) {
        EXPECT_TRUE(seen.insert(issue.issue_id).second);
      }
      EXPECT_EQ(seen.size(), 23u);
    }
  }
}

TEST_P(RecordStoreContract, ItemsThatArriveMeanwhileDoNotShiftTheNextPage) {
  append(
      std::vector{page_view(1, kStart), page_view(2, kStart + 1000), page_view(3, kStart + 2000)});
  auto first = store_->page_views(1, {}, {2, ""});
  ASSERT_EQ(ids(first->items), (Ids{3, 2}));
  append(std::vector{page_view(4, kStart + 3000), page_view(5, kStart + 3000)});
  auto second = store_->page_views(1, {}, {2, first->next_cursor});
  EXPECT_EQ(ids(second->items), Ids{1});
  EXPECT_EQ(second->next_cursor, "");
}

TEST_P(RecordStoreContract, ACursorThatWeDidNotGiveIsRefused) {
  append(std::vector{page_view(1), page_view(2)});
  append(std::vector{event(1), event(2)});
  const std::string good = store_->page_views(1, {}, {1, ""})->next_cursor;
  ASSERT_NE(good, "");
  std::vector<std::string> bad = {"x",
                                  "n",
                                  good.substr(1),
                                  good + "0",
                                  "é",
                                  std::string(3000, 'n'),
                                  "n' OR 1=1 --",
                                  good.substr(0, good.size() - 1) + "g"};
  for (const std::string& cursor : bad) {
    SCOPED_TRACE(cursor);
    EXPECT_EQ(store_->page_views(1, {}, {1, cursor}).error().code, "invalid_cursor");
  }
  bad.push_back(good);  // of another list
  PageViewQuery slowest;
  slowest.sort = PageViewQuery::Sort::kSlowestLcp;
  EXPECT_EQ(store_->page_views(1, slowest, {1, good}).error().code, "invalid_cursor");
  for (const std::string& cursor : bad) {
    SCOPED_TRACE(cursor);
    EXPECT_EQ(store_->events(1, {}, {1, cursor}).error().code, "invalid_cursor");
    EXPECT_EQ(store_->issues(1, {}, {1, cursor}).error().code, "invalid_cursor");
  }
}

TEST_P(RecordStoreContract, LimitsAreBetweenOneAndAThousand) {
  std::vector<PageViewRecord> sent;
  for (std::uint64_t i = 1; i <= 1001; ++i) sent.push_back(page_view(i));
  append(sent);
  EXPECT_EQ(store_->page_views(1, {}, {0, ""})->items.size(), 1u);
  auto most = store_->page_views(1, {}, {1'000'000, ""});
  EXPECT_EQ(most->items.size(), 1000u);
  EXPECT_NE(most->next_cursor, "");
}

TEST_P(RecordStoreContract, EventsAreFilteredByTheirFieldsAndTheirPageViews) {
  PageViewRecord view = full_page_view(10);  // full_event(9) belongs to it
  append(std::vector{view});
  append(std::vector{full_event(9), event(1)});
  const struct {
    const char* name;
    std::optional<std::string> Filter::*field;
    const char* value;
  } cases[] = {
      {"page", &Filter::page, "/checkout"},
      {"device", &Filter::device, "desktop"},
      {"browser", &Filter::browser, "Firefox"},
      {"os", &Filter::os, "Windows"},
      {"country", &Filter::country, "FR"},
      {"release", &Filter::release, "1.4.2"},
      {"environment", &Filter::environment, "staging"},
      {"the view's connection", &Filter::connection, "4g"},
      {"the view's navigation", &Filter::navigation_type, "reload"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EventQuery query;
    query.filter.*c.field = c.value;
    EXPECT_EQ(ids(events(query)), Ids{9});
    query.filter.*c.field = "nobody";
    EXPECT_TRUE(events(query).empty());
  }
  const IssueId issue = events()[0].issue_id;
  EventQuery query;
  query.issue_id = issue;
  EXPECT_EQ(events(query).size(), 2u);
  query = {};
  query.page_view_id = id_of<PageViewId>(10);
  EXPECT_EQ(ids(events(query)), Ids{9});
  query = {};
  query.session_id = id_of<SessionId>(11);
  EXPECT_EQ(ids(events(query)), Ids{9});
  query = {};
  query.trace_id = id_of<TraceId>(12);
  EXPECT_EQ(ids(events(query)), Ids{9});
}

// --- Sums

// Page views over three hours and two pages with all kinds of vitals.
std::vector<PageViewRecord> mixed_views(std::size_t n) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> lcp(7.5, 0.6);
  std::vector<PageViewRecord> out;
  const char* browsers[] = {"Chrome", "Firefox", "Safari", ""};
  for (std::size_t i = 0; i < n; ++i) {
    PageViewRecord record = page_view(
        i + 1, kStart - kHourLength + static_cast<std::int64_t>(i * 7919) % (3 * 3600) * kSecondUs);
    record.view.page = i % 3 == 0 ? "/cart" : "/";
    if (i % 7 != 0) record.view.vitals.lcp_ms = lcp(random);
    if (i % 2 == 0) record.view.vitals.inp_ms = static_cast<double>(i % 400);
    record.view.vitals.cls = i % 4 == 0 ? 0 : 0.01 * static_cast<double>(i % 50);
    record.view.vitals.fcp_ms = 100 + static_cast<double>(i);
    record.view.vitals.ttfb_ms = static_cast<double>(i % 900);
    record.view.attribution.lcp_resource_load_delay_ms = static_cast<double>(i % 70);
    record.view.attribution.inp_presentation_delay_ms = static_cast<double>(i % 30);
    record.view.weight = i % 5 == 0 ? 1 : 1 / 0.3;
    record.view.kept_by_exception = i % 11 == 0;
    record.view.error_count = i % 13 == 0 ? 1 : 0;
    record.view.device.type = i % 2 == 0 ? "mobile" : "desktop";
    record.view.device.effective_connection_type = i % 6 == 0 ? "3g" : "4g";
    record.view.navigation_type =
        i % 9 == 0 ? NavigationType::kSoftNavigation : NavigationType::kNavigate;
    record.browser = browsers[i % 4];
    record.os = i % 2 == 0 ? "Android" : "Windows";
    record.country = i % 3 == 0 ? "DE" : "FR";
    record.release = i % 10 == 0 ? "2" : "1";
    record.environment = i % 50 == 0 ? "staging" : "production";
    out.push_back(record);
  }
  return out;
}

// What the rows must be, from the records themselves.
std::map<std::string, VitalSummary> sums_of(const std::vector<PageViewRecord>& records,
                                            const Filter& filter, GroupBy group_by) {
  std::map<std::string, VitalSummary> out;
  for (const auto& record : records) {
    if (matches(filter, record)) out[group_key(group_by, record)].add(record);
  }
  return out;
}

constexpr GroupBy kEveryGroup[] = {
    GroupBy::kPage,    GroupBy::kHour,        GroupBy::kDay,           GroupBy::kDevice,
    GroupBy::kBrowser, GroupBy::kOs,          GroupBy::kCountry,       GroupBy::kConnection,
    GroupBy::kRelease, GroupBy::kEnvironment, GroupBy::kNavigationType};

TEST_P(RecordStoreContract, SummarizeByEveryDimensionEqualsTheSumOfTheRecords) {
  const auto sent = mixed_views(600);
  for (std::size_t at = 0; at < sent.size(); at += 50) {
    append(std::vector(sent.begin() + static_cast<std::ptrdiff_t>(at),
                       sent.begin() + static_cast<std::ptrdiff_t>(at + 50)));
  }
  // Whole hours, so that rollups and scans must agree to the last view.
  Filter everything, one_hour, one_page, one_device, device_and_page;
  one_hour.from_unix_us = kStart;
  one_hour.to_unix_us = kStart + kHourLength;
  one_page.page = "/cart";
  one_device.device = "mobile";
  device_and_page.device = "mobile";
  device_and_page.page = "/cart";
  device_and_page.from_unix_us = kStart;
  for (const Filter& filter : {everything, one_hour, one_page, one_device, device_and_page}) {
    for (GroupBy group_by : kEveryGroup) {
      SCOPED_TRACE(static_cast<int>(group_by));
      const auto wanted = sums_of(sent, filter, group_by);
      const auto rows = summarize(filter, group_by);
      ASSERT_EQ(rows.size(), wanted.size());
      auto at = wanted.begin();
      for (const SummaryRow& row : rows) {  // also: ordered by key
        EXPECT_EQ(row.key, at->first);
        expect_same(row.summary, at->second);
        ++at;
      }
    }
  }
}

TEST_P(RecordStoreContract, RollupsCountTheirHoursWhole) {
  append(std::vector{page_view(1, kStart + 10 * kMinuteUs), page_view(2, kStart + 50 * kMinuteUs),
                     page_view(3, kStart + 70 * kMinuteUs)});
  Filter filter;
  filter.from_unix_us = kStart + 30 * kMinuteUs;
  filter.to_unix_us = kStart + 40 * kMinuteUs;
  auto rows = summarize(filter, GroupBy::kPage);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_DOUBLE_EQ(rows[0].summary.views, 2);
  rows = summarize(filter, GroupBy::kHour);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].key, "2026-11-21T04:00:00.000Z");
  filter.browser = page_view(1).browser;
  EXPECT_DOUBLE_EQ(summarize(filter, GroupBy::kPage)[0].summary.views, 2) << "a dimension";
  filter.os = page_view(1).os;  // two of them: scanned, to the microsecond
  EXPECT_TRUE(summarize(filter, GroupBy::kPage).empty());
  filter = {};
  filter.to_unix_us = kStart + kHourLength;  // a full hour is not rounded up further
  EXPECT_DOUBLE_EQ(summarize(filter, GroupBy::kDay)[0].summary.views, 2);
  EXPECT_EQ(summarize(filter, GroupBy::kDay)[0].key, "2026-11-21T00:00:00.000Z");
}

TEST_P(RecordStoreContract, ViewsKeptByExceptionAreCountedApartAndNeverInAHistogram) {
  PageViewRecord normal = full_page_view(1), kept = full_page_view(2);
  normal.view.weight = kept.view.weight = 10;
  kept.view.kept_by_exception = true;
  kept.view.vitals.lcp_ms = 60'000;
  append(std::vector{normal, kept});
  for (GroupBy group_by : {GroupBy::kPage, GroupBy::kBrowser}) {
    const auto rows = summarize({}, group_by);
    ASSERT_EQ(rows.size(), 1u);
    const VitalSummary& sum = rows[0].summary;
    EXPECT_DOUBLE_EQ(sum.views, 10);
    EXPECT_DOUBLE_EQ(sum.views_kept_by_exception, 1);
    EXPECT_DOUBLE_EQ(sum.views_with_error, 10);
    EXPECT_DOUBLE_EQ(sum.lcp_ms.count(), 10);
    EXPECT_NEAR(*sum.lcp_ms.quantile(1), 2310.1, 23.2);
  }
  // Once it is known to be an ordinary one, it counts as such.
  kept.view.kept_by_exception = false;
  kept.view.revision = 2;
  append(std::vector{kept});
  const VitalSummary sum = summarize({}, GroupBy::kPage)[0].summary;
  EXPECT_DOUBLE_EQ(sum.views, 20);
  EXPECT_DOUBLE_EQ(sum.views_kept_by_exception, 0);
}

TEST_P(RecordStoreContract, WeightsStandForTheVisitsThatWereSampledOut) {
  // The full data, and every tenth view of it with weight ten.
  std::vector<PageViewRecord> sampled;
  model::VitalHistogram full;
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> lcp(7.5, 0.5);
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    const double lcp_ms = lcp(random);
    full.add(lcp_ms);
    if (random() % 10 != 0) continue;
    PageViewRecord record = page_view(i);
    record.view.vitals.lcp_ms = lcp_ms;
    record.view.weight = 10;
    sampled.push_back(record);
  }
  append(sampled);
  const VitalSummary sum = summarize({}, GroupBy::kPage)[0].summary;
  // 1,000 of 10,000: three standard errors of the count, and of a p75 of this width.
  EXPECT_NEAR(sum.views, 10'000, 3 * 10 * std::sqrt(900.0));
  EXPECT_NEAR(*sum.lcp_ms.quantile(0.75), *full.quantile(0.75), *full.quantile(0.75) * 0.075);
}

TEST_P(RecordStoreContract, QuantilesAreWithinOnePercentOfExactOnes) {
  // As visits are: most pages quick, some slow, a few stuck; INP in steps of 8
  // ms (Event Timing), CLS often nothing at all. Over days that are added up
  // and one that is not.
  std::mt19937_64 random(23);
  std::lognormal_distribution<double> quick(7.3, 0.4), slow(8.6, 0.5), ttfb(5.5, 0.9);
  std::vector<double> lcp_ms, inp_ms, cls, ttfb_ms;
  std::vector<PageViewRecord> sent;
  for (std::uint64_t i = 1; i <= 3'000; ++i) {
    PageViewRecord record =
        page_view(i, kStart + static_cast<std::int64_t>(i) * 72 * kHourLength / 3'000);
    record.received_at_unix_us = record.started_at_unix_us();
    Vitals& vitals = record.view.vitals;
    vitals.lcp_ms = i % 97 == 0 ? 60'000 : random() % 5 == 0 ? slow(random) : quick(random);
    vitals.inp_ms = 8.0 * static_cast<double>(1 + random() % 60);
    vitals.cls = random() % 2 == 0 ? 0 : 0.0005 * static_cast<double>(1 + random() % 900);
    vitals.ttfb_ms = ttfb(random);
    lcp_ms.push_back(*vitals.lcp_ms);
    inp_ms.push_back(*vitals.inp_ms);
    cls.push_back(*vitals.cls);
    ttfb_ms.push_back(*vitals.ttfb_ms);
    sent.push_back(record);
  }
  for (std::size_t at = 0; at < sent.size(); at += 300) {
    append(std::vector(sent.begin() + static_cast<std::ptrdiff_t>(at),
                       sent.begin() + static_cast<std::ptrdiff_t>(at + 300)));
  }
  // The smallest value whose share reaches q, of all of them.
  const auto exact = [](std::vector<double>& values, double q) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(
                      std::ceil(q * static_cast<double>(values.size()) - 1e-6)) -
                  1];
  };
  for (GroupBy group_by : {GroupBy::kPage, GroupBy::kBrowser}) {
    const auto rows = summarize({}, group_by);
    ASSERT_EQ(rows.size(), 1u);
    const VitalSummary& sum = rows[0].summary;
    const std::pair<const model::VitalHistogram*, std::vector<double>*> all[] = {
        {&sum.lcp_ms, &lcp_ms}, {&sum.inp_ms, &inp_ms}, {&sum.cls, &cls}, {&sum.ttfb_ms, &ttfb_ms}};
    for (const auto& [histogram, values] : all) {
      for (const double q : {0.25, 0.5, 0.75, 0.9, 0.95, 0.99}) {
        const double wanted = exact(*values, q);
        EXPECT_NEAR(*histogram->quantile(q), wanted, 0.01 * wanted + 1e-9) << q;
      }
    }
  }
}

TEST_P(RecordStoreContract, AWeightThatIsNoneCountsAsOne) {
  std::vector<PageViewRecord> sent;
  for (double weight : {0.0, -3.0, std::nan("")}) {
    sent.push_back(page_view(sent.size() + 1));
    sent.back().view.weight = weight;
    sent.back().view.vitals.lcp_ms = 100;
  }
  append(sent);
  for (GroupBy group_by : {GroupBy::kPage, GroupBy::kBrowser}) {
    EXPECT_DOUBLE_EQ(summarize({}, group_by)[0].summary.views, 3);
    EXPECT_DOUBLE_EQ(summarize({}, group_by)[0].summary.lcp_ms.count(), 3);
  }
}

TEST_P(RecordStoreContract, PageNamesBeyondTheLimitAreCountedAsOther) {
  std::vector<PageViewRecord> sent;
  for (std::size_t i = 0; i < limits::kPagesPerProject + 5; ++i) {
    sent.push_back(page_view(i + 1));
    sent.back().view.page = "/p/" + std::to_string(i);
    sent.back().view.vitals.lcp_ms = 100;
  }
  append(sent);
  auto rows = summarize({}, GroupBy::kPage);
  ASSERT_EQ(rows.size(), limits::kPagesPerProject + 1);
  EXPECT_EQ(rows[0].key, "(other)");
  EXPECT_DOUBLE_EQ(rows[0].summary.views, 5);
  Filter other;
  other.page = "(other)";
  EXPECT_DOUBLE_EQ(summarize(other, GroupBy::kHour)[0].summary.views, 5);
  // A name that is known stays itself; a view in "(other)" may grow there.
  PageViewRecord known = page_view(900'000), growing = sent.back();
  known.view.page = "/p/7";
  growing.view.revision = 2;
  growing.view.vitals.lcp_ms = 9000;
  append(std::vector{known, growing});
  EXPECT_DOUBLE_EQ(summarize(other, GroupBy::kPage)[0].summary.lcp_ms.count(), 5);
  EXPECT_NEAR(*summarize(other, GroupBy::kPage)[0].summary.lcp_ms.quantile(1), 9000, 90);
  other.page = "/p/7";
  EXPECT_DOUBLE_EQ(summarize(other, GroupBy::kPage)[0].summary.views, 2);
  // The records keep their names.
  PageViewQuery query;
  query.filter.page = growing.view.page;
  EXPECT_EQ(views(query).size(), 1u);
}

// --- Traces

TEST_P(RecordStoreContract, ATraceIsCompleteWhicheverSideArrivesFirst) {
  for (bool backend_first : {true, false}) {
    const std::uint64_t n = backend_first ? 100 : 200;
    RecordBatch backend;
    backend.records.spans = {span(2000 + n, 3, kStart + 20), span(2000 + n, 2, kStart + 10),
                             span(2000 + n, 1, kStart + 20)};
    backend.records.logs = {log(2000 + n, n + 2, kStart + 5), log(2000 + n, n + 1, kStart + 5),
                            log(2000 + n, n, kStart + 9)};
    if (backend_first) append(backend);
    append(std::vector{full_page_view(n)});
    if (!backend_first) append(backend);
    PageViewQuery query;
    query.trace_id = id_of<TraceId>(2000 + n);
    EXPECT_EQ(views(query).size(), 1u);
    std::vector<std::uint8_t> order;
    const auto spans = store_->spans_of_trace(1, *query.trace_id);
    for (const auto& one : *spans) order.push_back(one.span_id.bytes.back());
    EXPECT_EQ(order, (std::vector<std::uint8_t>{2, 1, 3})) << "by start, then id";
    std::vector<std::uint64_t> logs;
    const auto lines = store_->logs_of_trace(1, *query.trace_id);
    for (const auto& line : *lines) logs.push_back(line.log_id);
    EXPECT_EQ(logs, (std::vector<std::uint64_t>{n + 1, n + 2, n}));
  }
}

TEST_P(RecordStoreContract, SpansOfManyTracesComeInOneAnswer) {
  RecordBatch batch;
  std::vector<TraceId> wanted;
  for (std::uint64_t trace = 1; trace <= 450; ++trace) {
    batch.records.spans.push_back(span(trace, 1));
    if (trace % 2 == 0) wanted.push_back(id_of<TraceId>(trace));
  }
  append(batch);
  wanted.push_back(wanted.front());           // asked for twice, given once
  wanted.push_back(id_of<TraceId>(999'999));  // unknown
  const auto spans = store_->spans_of_traces(1, wanted);
  ASSERT_TRUE(spans.ok());
  EXPECT_EQ(spans->size(), 225u);
}

TEST_P(RecordStoreContract, LogsWithoutATraceAreStoredOnceEach) {
  RecordBatch batch;
  batch.records.logs = {log(5, 1), log(5, 2)};
  for (auto& line : batch.records.logs) line.trace_id = {};
  EXPECT_EQ(append(batch).stored, 2u);
  EXPECT_EQ(append(batch).duplicates, 2u);
}

// --- Issues

TEST_P(RecordStoreContract, LogsAreFoundByTheirFieldsNewestFirst) {
  RecordBatch batch;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    auto line = log(id == 4 ? 9 : 0, id, kStart + std::int64_t(id) * kSecondUs);
    line.message = "Order " + std::to_string(id) + " paid";
    line.severity_number = id == 2 ? 17 : 9;
    line.service = id == 3 ? "worker" : "shop";
    line.logger = id == 1 ? "shop.cart" : "shop.views";
    line.release = id == 1 ? "1.0" : "1.1";
    line.environment = "production";
    line.attributes_json =
        R"({"order_id":)" + std::to_string(id) + R"(,"card":"visa","new":true,"n":{"a":1}})";
    batch.records.logs.push_back(line);
  }
  append(batch);
  const auto found = [&](const LogQuery& query) {
    auto listing = store_->logs(1, query, {1000, ""});
    EXPECT_TRUE(listing.ok());
    Ids ids;
    for (const auto& line : listing->items) ids.push_back(line.log_id);
    return ids;
  };
  const struct {
    const char* name;
    LogQuery query;
    Ids ids;
  } cases[] = {
      {"all", {}, {4, 3, 2, 1}},
      {"from, inclusive", {.from_unix_us = kStart + 3 * kSecondUs}, {4, 3}},
      {"to, exclusive", {.to_unix_us = kStart + 3 * kSecondUs}, {2, 1}},
      {"text in another case", {.text = "ORDER 2"}, {2}},
      {"text that no line has", {.text = "refund"}, {}},
      {"severity", {.min_severity_number = 10}, {2}},
      {"service", {.service = "worker"}, {3}},
      {"logger", {.logger = "shop.cart"}, {1}},
      {"release", {.release = "1.0"}, {1}},
      {"environment", {.environment = "staging"}, {}},
      {"attribute number", {.attributes = {{"order_id", "3"}}}, {3}},
      {"attribute text", {.attributes = {{"card", "visa"}, {"order_id", "1"}}}, {1}},
      {"attribute flag", {.attributes = {{"new", "true"}}}, {4, 3, 2, 1}},
      {"attribute object", {.attributes = {{"n", R"({"a":1})"}}}, {4, 3, 2, 1}},
      {"attribute that is not there", {.attributes = {{"colour", "red"}}}, {}},
      {"trace", {.trace_id = id_of<TraceId>(9)}, {4}},
      {"no trace", {.trace_id = TraceId{}}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(found(c.query), c.ids);
  }
  EXPECT_TRUE(store_->logs(2, {}, {10, ""})->items.empty()) << "another project";

  Ids paged;
  std::string cursor;
  do {
    auto page = store_->logs(1, {.text = "order"}, {3, cursor});
    ASSERT_TRUE(page.ok());
    for (const auto& line : page->items) paged.push_back(line.log_id);
    cursor = page->next_cursor;
  } while (!cursor.empty());
  EXPECT_EQ(paged, (Ids{4, 3, 2, 1}));
  EXPECT_EQ(store_->logs(1, {}, {3, "nonsense"}).error().code, "invalid_cursor");
}

TEST_P(RecordStoreContract, ReleasesAreKnownFromTheirFirstPageView) {
  const auto view = [](std::uint64_t id, const char* release, std::int64_t at) {
    auto record = page_view(id, at);
    record.release = release;
    return record;
  };
  append({view(1, "1.1", kStart + kHourLength), view(2, "1.0", kStart),
          view(3, "1.1", kStart + 5 * kHourLength), view(4, "", kStart)});
  append({view(5, "1.1", kStart + kMinuteUs)});  // a late beacon of an earlier view
  auto found = store_->releases(1);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[0].release, "1.0");
  EXPECT_EQ((*found)[0].first_seen_unix_us, kStart);
  EXPECT_EQ((*found)[1].release, "1.1");
  EXPECT_EQ((*found)[1].first_seen_unix_us, kStart + kMinuteUs);
  EXPECT_EQ(hour_start_unix_us((*found)[1].last_seen_unix_us), kStart + 5 * kHourLength);
  EXPECT_TRUE(store_->releases(2)->empty());

  ASSERT_TRUE(store_->prune(kStart + 3 * kHourLength, kStart + 3 * kHourLength).ok());
  found = store_->releases(1);
  ASSERT_EQ(found->size(), 1u) << "the last view of 1.0 is older than the rollups";
  EXPECT_EQ((*found)[0].release, "1.1");
}

TEST_P(RecordStoreContract, EventsWithOneKeyAreOneIssueThatCountsThem) {
  EventRecord first = event(1, kStart), second = event(2, kStart + kHourLength),
              other = event(3, kStart);
  first.release = "1.0";
  first.user_id = "ann";
  second.release = "1.1";
  second.user_id = "bob";
  second.title = "TypeError: y is undefined";
  second.level = "fatal";
  second.platform = "javascript";
  second.exceptions.emplace_back().type = "TypeError";
  other.grouping_key = "k2";
  EventRecord again = event(4, kStart + kMinuteUs);
  again.user_id = "ann";
  append(std::vector{first, second, other, again});

  const auto all = issues();
  ASSERT_EQ(all.size(), 2u);
  const model::Issue& issue = all[0];  // seen last
  EXPECT_EQ(issue.grouping_key, "k1");
  EXPECT_EQ(issue.project, 1);
  EXPECT_EQ(issue.event_count, 3u);
  EXPECT_EQ(issue.user_count, 2u);
  EXPECT_EQ(issue.first_seen_unix_us, kStart);
  EXPECT_EQ(issue.last_seen_unix_us, kStart + kHourLength);
  EXPECT_EQ(issue.first_release, "1.0");
  EXPECT_EQ(issue.last_release, "1.1");
  EXPECT_EQ(issue.title, "TypeError: y is undefined");
  EXPECT_EQ(issue.type, "TypeError");
  EXPECT_EQ(issue.level, "fatal");
  EXPECT_EQ(issue.platform, "javascript");
  EXPECT_EQ(issue.culprit, "checkout in cart.js");
  EXPECT_EQ(issue.latest_event_id, id_of<EventId>(2));
  EXPECT_EQ(issue.status, IssueStatus::kUnresolved);
  EXPECT_NE(all[0].issue_id, all[1].issue_id);
  for (const auto& one : events()) {
    EXPECT_EQ(one.issue_id, one.grouping_key == "k1" ? all[0].issue_id : all[1].issue_id);
  }
  const auto hours = store_->issue_hours(1, issue.issue_id, 0, INT64_MAX);
  EXPECT_EQ(*hours, (std::vector<std::pair<std::int64_t, std::uint64_t>>{
                        {kStart / kSecondUs, 2}, {kStart / kSecondUs + 3600, 1}}));
  const auto one_hour =
      store_->issue_hours(1, issue.issue_id, kStart + kHourLength, kStart + kHourLength + 1);
  EXPECT_EQ(one_hour->size(), 1u);
}

TEST_P(RecordStoreContract, AnIssueIsTheSameInWhicheverOrderItsEventsArrive) {
  std::vector<EventRecord> sent = {event(1, kStart), event(2, kStart + 5), event(3, kStart + 5)};
  for (std::size_t i = 0; i < sent.size(); ++i) {
    sent[i].release = "r" + std::to_string(i);
    sent[i].title = "t" + std::to_string(i);
    sent[i].session_id = id_of<SessionId>(i % 2 + 1);
  }
  std::vector<std::size_t> order = {0, 1, 2};
  std::int64_t project = 20;
  do {
    SCOPED_TRACE(testing::Message() << order[0] << order[1] << order[2]);
    ++project;
    for (std::size_t i : order) {
      EventRecord one = sent[i];
      one.project = project;
      append(std::vector{one});
    }
    const auto listing = store_->issues(project, {}, {});
    ASSERT_EQ(listing->items.size(), 1u);
    const model::Issue& issue = listing->items[0];
    EXPECT_EQ(issue.title, "t2") << "equal times: the greater id is the latest";
    EXPECT_EQ(issue.latest_event_id, id_of<EventId>(3));
    EXPECT_EQ(issue.first_release, "r0");
    EXPECT_EQ(issue.last_release, "r2");
    EXPECT_EQ(issue.first_seen_unix_us, kStart);
    EXPECT_EQ(issue.last_seen_unix_us, kStart + 5);
    EXPECT_EQ(issue.event_count, 3u);
    EXPECT_EQ(issue.user_count, 2u) << "sessions stand for visitors without a name";
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_P(RecordStoreContract, IssuesAreFilteredAndSorted) {
  std::vector<EventRecord> sent;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    for (std::uint64_t n = 0; n < 4 - i; ++n) {  // issue 1: three events, 2: two, 3: one
      EventRecord one = event(10 * i + n, kStart + static_cast<std::int64_t>(i) * kMinuteUs);
      one.grouping_key = "k" + std::to_string(i);
      one.title = "Title " + std::to_string(i) + " 100%_x";
      one.culprit = i == 2 ? "in Cart.js" : "elsewhere";
      one.release = "r" + std::to_string(i);
      one.environment = i == 1 ? "staging" : "production";
      if (i == 2) one.user_id = "u" + std::to_string(n);
      sent.push_back(one);
    }
  }
  append(sent);
  const auto keys = [&](const IssueQuery& query) {
    std::string out;
    for (const auto& issue : issues(query)) out += issue.grouping_key;
    return out;
  };
  IssueQuery query;
  EXPECT_EQ(keys(query), "k3k2k1");
  query.sort = IssueQuery::Sort::kFirstSeen;
  EXPECT_EQ(keys(query), "k3k2k1");
  query.sort = IssueQuery::Sort::kEvents;
  EXPECT_EQ(keys(query), "k1k2k3");
  query.sort = IssueQuery::Sort::kUsers;
  EXPECT_EQ(keys(query).substr(0, 2), "k2");
  query = {};
  query.text = "cArT";
  EXPECT_EQ(keys(query), "k2") << "culprit, any case";
  query.text = "title 3";
  EXPECT_EQ(keys(query), "k3");
  query.text = "100%_X";
  EXPECT_EQ(keys(query), "k3k2k1") << "no wildcards";
  query.text = "100_";
  EXPECT_EQ(keys(query), "");
  query = {};
  query.release = "r1";
  EXPECT_EQ(keys(query), "k1");
  query = {};
  query.environment = "production";
  EXPECT_EQ(keys(query), "k3k2");
  query = {};
  query.seen_from_unix_us = kStart + 2 * kMinuteUs;
  query.seen_to_unix_us = kStart + 3 * kMinuteUs;
  EXPECT_EQ(keys(query), "k2");
  query = {};
  query.status = IssueStatus::kUnresolved;
  EXPECT_EQ(keys(query), "k3k2k1");
  query.status = IssueStatus::kIgnored;
  EXPECT_EQ(keys(query), "");
}

TEST_P(RecordStoreContract, AnEventWithoutAKeyBelongsToNoIssue) {
  EventRecord one = event(1);
  one.grouping_key = "";
  append(std::vector{one});
  EXPECT_EQ(events()[0].issue_id, 0);
  EXPECT_TRUE(issues().empty());
}

TEST(IsKeptOfHour, KeepsFewerAndFewerOfVeryMany) {
  std::size_t kept = 0;
  std::map<std::uint64_t, std::size_t> kept_up_to;
  for (std::uint64_t nth = 1; nth <= 100'000; ++nth) {
    kept += is_kept_of_hour(nth) ? 1 : 0;
    kept_up_to[nth] = kept;
  }
  EXPECT_EQ(kept_up_to[100], 100u);
  EXPECT_EQ(kept_up_to[1'000], 190u);
  EXPECT_EQ(kept_up_to[10'000], 280u);
  EXPECT_EQ(kept_up_to[100'000], 370u);
}

// A hundred thousand equal errors are one issue with the right count and little
// to keep, and push no other out.
TEST_P(RecordStoreContract, AFloodIsCountedAndDoesNotFillTheStore) {
  constexpr std::uint64_t kFlood = 100'000, kBatch = 5'000, kOther = 1'000'000;
  std::uint64_t others = 0;
  Written last;
  for (std::uint64_t id = 1; id <= kFlood; id += kBatch) {
    RecordBatch batch;
    for (std::uint64_t i = id; i < id + kBatch; ++i) batch.records.events.push_back(event(i));
    EventRecord other = event(kOther + ++others);
    other.grouping_key = "other";
    batch.records.events.push_back(other);
    last = append(batch);
    EXPECT_EQ(last.stored + last.counted_only, kBatch + 1);
  }
  EXPECT_GT(last.counted_only, kBatch - 10);
  const auto found = issues();
  ASSERT_EQ(found.size(), 2u);
  std::map<std::string, const model::Issue*> by_key;
  for (const model::Issue& issue : found) by_key[issue.grouping_key] = &issue;
  const model::Issue& flood = *by_key[event(1).grouping_key];
  EXPECT_EQ(flood.event_count, kFlood);
  EXPECT_EQ(by_key["other"]->event_count, others);
  EXPECT_TRUE(store_->event(1, flood.latest_event_id)->has_value())
      << "the event that its page shows must be there";
  std::size_t kept = 0, kept_others = 0;
  Paging paging{1000, ""};
  do {
    const auto page = store_->events(1, {}, paging);
    ASSERT_TRUE(page.ok());
    for (const auto& one : page->items) {
      ++(one.issue_id == flood.issue_id ? kept : kept_others);
    }
    paging.cursor = page->next_cursor;
  } while (!paging.cursor.empty());
  EXPECT_EQ(kept, 370u);
  EXPECT_EQ(kept_others, others) << "none of the others was pushed out";
  EXPECT_EQ(outcome(model::Category::kEvent, std::nullopt), kept + others);
  EXPECT_EQ(outcome(model::Category::kEvent, DropReason::kCountedOnly), kFlood - kept);

  // A retry of what was only counted is a duplicate all the same.
  RecordBatch again;
  for (std::uint64_t i = kFlood - 9; i <= kFlood; ++i) again.records.events.push_back(event(i));
  EXPECT_EQ(append(again).duplicates, 10u);
  EXPECT_EQ((*store_->issue(1, flood.issue_id))->event_count, kFlood);
}

// --- Outcomes

TEST_P(RecordStoreContract, ReceivedIsStoredPlusDroppedByReason) {
  RecordBatch batch;
  batch.records.page_views = {page_view(1), page_view(2), page_view(2)};
  batch.records.events = {event(1), event(2)};
  const std::int64_t hour_unix_s = kStart / kSecondUs;
  batch.outcomes = {{1, hour_unix_s, model::Category::kEvent, DropReason::kNoise, 3},
                    {1, hour_unix_s, model::Category::kEvent, DropReason::kNoise, 1},
                    {0, hour_unix_s, model::Category::kRequest, DropReason::kBadKey, 7},
                    {1, hour_unix_s + 3600, model::Category::kEvent, DropReason::kTooOld, 2}};
  append(batch);
  append(std::vector{event(2), event(3)});
  EXPECT_EQ(outcome(model::Category::kPageView, std::nullopt), 2u);
  EXPECT_EQ(outcome(model::Category::kPageView, DropReason::kDuplicate), 1u);
  EXPECT_EQ(outcome(model::Category::kEvent, std::nullopt), 3u);
  EXPECT_EQ(outcome(model::Category::kEvent, DropReason::kDuplicate), 1u);
  EXPECT_EQ(outcome(model::Category::kEvent, DropReason::kNoise), 4u);
  EXPECT_EQ(outcome(model::Category::kRequest, DropReason::kBadKey), 0u);
  EXPECT_EQ(outcome(model::Category::kRequest, DropReason::kBadKey, 0), 7u);
  // By hour, and one row a kind whatever the number of hours.
  EXPECT_EQ(outcome(model::Category::kEvent, DropReason::kTooOld, 1, kStart, kStart + kHourLength),
            0u);
  EXPECT_EQ(outcome(model::Category::kEvent, DropReason::kTooOld, 1, kStart + kHourLength), 2u);
  const auto all = store_->outcomes(1, 0, INT64_MAX);
  EXPECT_EQ(all->size(), 6u);
  std::uint64_t received = 0;
  for (const auto& one : *all) received += one.count;
  EXPECT_EQ(received, 5u + 6u + 2u);
}

// --- Retention

TEST_P(RecordStoreContract, PruneRemovesWhatIsOlderAndKeepsTheRest) {
  const std::int64_t old = kStart - 40 * 24 * kHourLength;
  RecordBatch batch;
  for (std::int64_t project : {1, 3}) {
    for (std::int64_t at : {old, kStart}) {
      const std::uint64_t n = at == old ? 1 : 2;
      batch.records.page_views.push_back(page_view(n, at));
      batch.records.page_views.back().project = project;
      batch.records.page_views.back().view.page = "/" + std::to_string(n);
      batch.records.spans.push_back(span(5, n, at));
      batch.records.spans.back().project = project;
      batch.records.logs.push_back(log(5, n, at));
      batch.records.logs.back().project = project;
      batch.records.events.push_back(event(n, at));
      batch.records.events.back().project = project;
      batch.records.events.back().grouping_key = "k" + std::to_string(n);
    }
  }
  append(batch);
  const auto removed = store_->prune(kStart, old);
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(*removed, 8u);
  for (std::int64_t project : {1, 3}) {
    EXPECT_EQ(ids(views({}, project)), Ids{2});
    EXPECT_EQ(store_->spans_of_trace(project, id_of<TraceId>(5))->size(), 1u);
    EXPECT_EQ(store_->logs_of_trace(project, id_of<TraceId>(5))->size(), 1u);
    EXPECT_EQ(store_->events(project, {}, {})->items.size(), 1u);
    // Rollups, issues and outcomes are kept longer.
    EXPECT_EQ(store_->summarize(project, {}, GroupBy::kPage)->size(), 2u);
    EXPECT_EQ(store_->issues(project, {}, {})->items.size(), 2u);
  }
  EXPECT_EQ(outcome(model::Category::kPageView, std::nullopt), 2u);
  EXPECT_FALSE(store_->page_view(1, id_of<PageViewId>(1))->has_value());

  EXPECT_EQ(*store_->prune(kStart, kStart), 0u);
  EXPECT_EQ(summarize({}, GroupBy::kPage).size(), 1u);
  ASSERT_EQ(issues().size(), 1u);
  EXPECT_EQ(issues()[0].grouping_key, "k2");
  EXPECT_EQ(outcome(model::Category::kPageView, std::nullopt), 1u);
  // What is left still takes part: a duplicate is found, a view may grow.
  EXPECT_EQ(append(std::vector{event(2, kStart)}).duplicates, 1u);
  PageViewRecord grown = page_view(2, kStart);
  grown.view.page = "/2";
  grown.view.revision = 2;
  EXPECT_EQ(append(std::vector{grown}).stored, 1u);
  EXPECT_DOUBLE_EQ(summarize({}, GroupBy::kPage)[0].summary.views, 1);
}

TEST_P(RecordStoreContract, PruneOfManyRowsRemovesAllOfThem) {
  std::vector<PageViewRecord> sent;
  for (std::uint64_t i = 1; i <= 5003; ++i) {
    sent.push_back(page_view(i, kStart + static_cast<std::int64_t>(i)));
    sent.back().view.started_at_unix_ms = kStart / 1000;
    sent.back().clock_skew_us = static_cast<std::int64_t>(i);
  }
  append(sent);
  EXPECT_EQ(*store_->prune(kStart + 5001, 0), 5000u);
  EXPECT_EQ(views().size(), 3u);
}

// --- Many threads

TEST_P(RecordStoreContract, ReadersSeeWholeBatchesWhileOthersWrite) {
  constexpr int kBatches = 60, kPerBatch = 7;
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0, reads = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto listing = store_->page_views(1, {}, {1000, ""});
        const auto rows = store_->summarize(1, {}, GroupBy::kPage);
        if (!listing.ok() || listing->items.size() % kPerBatch != 0) ++torn;
        if (!rows.ok() ||
            (!rows->empty() && static_cast<int>((*rows)[0].summary.views) % kPerBatch != 0)) {
          ++torn;
        }
        ++reads;
      }
    });
  }
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      for (int batch = 0; batch < kBatches; ++batch) {
        RecordBatch records;
        for (int i = 0; i < kPerBatch; ++i) {
          records.records.page_views.push_back(page_view(
              static_cast<std::uint64_t>((writer * kBatches + batch) * kPerBatch + i + 1)));
        }
        if (!store_->append(records).ok()) ++torn;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  while (reads == 0) std::this_thread::yield();
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(views().size(), 2u * kBatches * kPerBatch);
}

}  // namespace
}  // namespace pagewake::storage
