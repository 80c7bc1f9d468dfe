#include "query/page_report.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <tuple>

#include "query/outcome_report.h"
#include "query/page_list.h"
#include "query/report_records.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::query {
namespace {

TEST(PageReport, ViewsKeptByExceptionAreCountedButInNoPercentile) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 4; ++n) records.page_views.push_back(view(n, 1000));
  records.page_views.push_back(view(5, 90'000));
  records.page_views.back().view.kept_by_exception = true;
  const PageReport report = report_of(records);
  EXPECT_EQ(report.views, 4);
  EXPECT_EQ(report.views_kept_by_exception, 1);
  EXPECT_NEAR(report.vitals.lcp_ms->p95, 1000, 10);
  EXPECT_EQ(report.lcp.time_to_first_byte_ms, 500);
  EXPECT_EQ(report.examined_views, 5u);
  ASSERT_EQ(report.samples.size(), 5u);
  EXPECT_EQ(report.samples[0].vitals.lcp_ms, 90'000);  // but it can be looked at
}

TEST(PageReport, PercentilesFollowTheSamplingWeight) {
  model::Records records;
  records.page_views = {view(1, 1000), view(2, 4000)};
  records.page_views[1].view.weight = 9;
  records.page_views[0].view.attribution.lcp_target = "h1";
  records.page_views[1].view.attribution.lcp_target = "img";
  const PageReport report = report_of(records);
  EXPECT_EQ(report.views, 10);
  EXPECT_NEAR(report.vitals.lcp_ms->p50, 4000, 40);
  EXPECT_EQ(report.lcp.time_to_first_byte_ms, 2000);
  ASSERT_EQ(report.lcp_elements.size(), 2u);
  EXPECT_EQ(report.lcp_elements[0].target, "img");
  EXPECT_EQ(report.lcp_elements[0].views, 9);
}

TEST(PageReport, PartsNearTheP75AddUpToIt) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 100; ++n) records.page_views.push_back(view(n, double(n) * 100));
  const PageReport report = report_of(records);
  ASSERT_TRUE(report.near_p75.has_value());
  const LcpParts& parts = report.near_p75->parts;
  EXPECT_NEAR(report.near_p75->lcp_ms, 7500, 1e-6);
  EXPECT_EQ(report.near_p75->views, 11u);  // 70 to 80, both ends
  EXPECT_NEAR(*parts.time_to_first_byte_ms + *parts.resource_load_delay_ms +
                  *parts.resource_load_duration_ms + *parts.element_render_delay_ms,
              report.near_p75->lcp_ms, 1e-6);
}

TEST(PageReport, TheBackendsPartIsSelfTimeOfTheSpansBelowTheNavigation) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 4; ++n) {
    records.page_views.push_back(view(n, 1000));
    if (n == 4) break;  // its spans never came
    records.page_views.back().view.server_span_id = id<SpanId>(n * 10);
    records.spans.push_back(span(n, n * 10, 0, 0, 100'000, "GET /p", "http.server"));
    // The same query four times, two of them at once.
    for (std::uint64_t q = 0; q < 4; ++q) {
      records.spans.push_back(span(n, n * 10 + 1 + q, n * 10,
                                   q < 2 ? 10'000 : std::int64_t(q) * 20'000, 20'000,
                                   "SELECT * FROM t WHERE id = " + std::to_string(q), "db.sql"));
    }
  }
  const PageReport report = report_of(records);
  EXPECT_EQ(report.backend.joined_share, 0.75);
  EXPECT_EQ(report.backend.p75_ms, 100);
  ASSERT_EQ(report.backend.spans.size(), 2u);
  const BackendSpan& query = report.backend.spans[0];
  EXPECT_EQ(query.name, "SELECT * FROM t WHERE id = ?");
  EXPECT_EQ(query.part, BackendPart::kNavigation);
  EXPECT_EQ(query.count, 12u);
  EXPECT_EQ(query.p75_ms, 80);                    // four times 20 ms in each view
  EXPECT_EQ(report.backend.spans[1].p75_ms, 40);  // 100 less 60 covered by queries
  EXPECT_NEAR(query.share, 80.0 / 120, 1e-9);
  EXPECT_EQ(report.near_p75->backend_ms, 100);
}

TEST(PageReport, ExaminesTheNewestViewsAndNoMore) {
  model::Records records;
  for (std::uint64_t n = 1; n <= kExaminedViews + 50; ++n) {
    records.page_views.push_back(view(n, n <= 50 ? 50'000 : 1000));  // the oldest are slow
  }
  const PageReport report = report_of(records);
  EXPECT_EQ(report.views, kExaminedViews + 50);
  EXPECT_EQ(report.examined_views, kExaminedViews);
  for (const Sample& sample : report.samples) EXPECT_EQ(sample.vitals.lcp_ms, 1000);
}

// Sealed visits are read without their breadcrumbs and events, and some while
// others are examined.
TEST(PageReport, SaysTheSameOfVisitsInMemoryAndInSegments) {
  std::string folder = (std::filesystem::temp_directory_path() / "pagewake-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  storage::SqliteOptions options;
  options.path = folder + "/store.sqlite3";
  options.seal_each_commit = true;
  auto opened = storage::open_sqlite_store(options);
  ASSERT_TRUE(opened.ok());
  auto in_memory = storage::make_memory_store();
  for (std::uint64_t first = 1; first <= kExaminedViews + 200; first += 250) {
    storage::RecordBatch batch;
    for (std::uint64_t n = first; n < first + 250; ++n) {
      model::PageViewRecord record = view(n, 1000 + static_cast<double>(n * 37 % 3000));
      Resource resource;
      resource.url = "https://shop/app." + std::to_string(n % 3) + ".js";
      resource.initiator_type = "script";
      resource.response_end_ms = 100 + static_cast<double>(n % 50);
      record.view.resources = {resource};
      record.view.breadcrumbs.resize(n % 4);
      record.view.events.resize(n % 2);
      record.view.error_count = n % 5 == 0 ? 1 : 0;
      batch.records.page_views.push_back(std::move(record));
      if (n % 4 == 0) {
        batch.records.spans.push_back(
            span(n, 500'000 + n, 100'000 + n, 10'000, 100'000 + 7 * n, "GET /p", "http.server"));
      }
    }
    ASSERT_TRUE((*opened)->append(batch).ok());
    ASSERT_TRUE(in_memory->append(batch).ok());
  }
  const auto got = page_report(**opened, 1, page_p());
  const auto wanted = page_report(*in_memory, 1, page_p());
  ASSERT_TRUE(got.ok() && wanted.ok());
  EXPECT_EQ(got->views, wanted->views);
  EXPECT_EQ(got->error_rate, wanted->error_rate);
  EXPECT_EQ(got->examined_views, kExaminedViews);
  EXPECT_EQ(got->near_p75->lcp_ms, wanted->near_p75->lcp_ms);
  EXPECT_EQ(got->near_p75->backend_ms, wanted->near_p75->backend_ms);
  EXPECT_EQ(got->backend.joined_share, wanted->backend.joined_share);
  EXPECT_EQ(got->backend.p75_ms, wanted->backend.p75_ms);
  const auto same_rows = [](const auto& rows, const auto& wanted_rows, auto values) {
    ASSERT_EQ(rows.size(), wanted_rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(values(rows[i]), values(wanted_rows[i])) << i;
    }
  };
  EXPECT_FALSE(got->samples.empty());
  same_rows(got->samples, wanted->samples, [](const Sample& row) { return row.page_view_id; });
  EXPECT_FALSE(got->resources.empty());
  same_rows(got->resources, wanted->resources, [](const ResourceRow& row) {
    return std::tuple(row.url, row.views, row.p75_duration_ms);
  });
  EXPECT_FALSE(got->findings.empty());
  same_rows(got->findings, wanted->findings, [](const Finding& row) { return row.text; });
  opened->reset();
  std::filesystem::remove_all(folder);
}

TEST(PageReport, AResourceOfOneVisitInAHundredIsNoPattern) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 100; ++n) {
    records.page_views.push_back(view(n, 1000));
    Resource resource;
    resource.url = "https://shop/app.js";
    resource.response_end_ms = 100;
    records.page_views.back().view.resources = {resource};
  }
  Resource odd;
  odd.index = 1;
  odd.url = "https://extension/x.js";
  odd.response_end_ms = 60'000;
  records.page_views[0].view.resources.push_back(odd);
  const PageReport report = report_of(records);
  ASSERT_EQ(report.resources.size(), 1u);
  EXPECT_EQ(report.resources[0].url, "https://shop/app.js");
  EXPECT_EQ(report.resources[0].views, 100);
}

TEST(PageReport, SpanTitles) {
  const struct {
    const char *name, *op, *attributes, *title;
  } cases[] = {
      {"GET /product/7", "http.server", "", "GET /product/7"},
      {"SELECT", "", R"({"db.statement":"SELECT a1 FROM t2 WHERE x = 17"})",
       "SELECT a1 FROM t2 WHERE x = ?"},
      {"SELECT", "", R"({"db.query.text":"SELECT 1","db.statement":"old"})", "SELECT ?"},
      {"SELECT", "", R"({"db.statement":7})", "SELECT"},
      {"SELECT", "", R"({"db.statement)", "SELECT"},
      {"SELECT 'it''s'  ,\n \"Table 1\"", "db", "", "SELECT ? , \"Table 1\""},
      {"INSERT INTO t VALUES (%s, %s,%s)", "db", "", "INSERT INTO t VALUES (?, …)"},
      {"SELECT $1, $2", "db", "", "SELECT ?, …"},
      {"x = 'unfinished", "db", "", "x = ?"},
      {"x = \"unfinished", "db", "", "x = \"unfinished"},
      {"", "db", "", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.name) + c.attributes);
    EXPECT_EQ(span_title(c.name, c.op, c.attributes), c.title);
  }
  EXPECT_EQ(span_title(std::string(299, 'x') + "é", "", ""), std::string(299, 'x'));
}

TEST(PageReport, BinsMeetTheThresholdsAndKeepEveryCount) {
  model::VitalHistogram histogram;
  EXPECT_TRUE(bins_of(histogram, {100}).empty());
  for (int i = 1; i <= 1000; ++i) histogram.add(i * 7.5);
  histogram.add(0);
  histogram.add(1e9);
  const Distribution bins = bins_of(histogram, {100, 250, 500});
  EXPECT_EQ(bins.size(), 60u);
  EXPECT_EQ(bins[0].high, 250);  // 7,500 ms in at most 40 bins
  double sum = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    EXPECT_EQ(bins[i].low, double(i) * 250);
    sum += bins[i].count;
  }
  EXPECT_EQ(sum, 1002);
  EXPECT_GE(bins.back().high, 1e9);
}

TEST(PageReport, LongRangesHaveDaysForSteps) {
  auto store = storage::make_memory_store();
  storage::RecordBatch batch;
  batch.records.page_views = {view(1, 1000)};
  ASSERT_TRUE(store->append(batch).ok());
  model::Filter filter = page_p();
  filter.from_unix_us -= std::int64_t{7} * 86'400'000'000;
  const auto report = page_report(*store, 1, filter);
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->hourly);
  ASSERT_EQ(report->series.size(), 1u);
  EXPECT_EQ(report->series[0].at.substr(10), "T00:00:00.000Z");
}

TEST(PageList, MostViewsFirstAndByNameWhereEqual) {
  auto store = storage::make_memory_store();
  storage::RecordBatch batch;
  const char* pages[] = {"/b", "/a", "/c", "/c"};
  for (std::uint64_t n = 0; n < 4; ++n) {
    batch.records.page_views.push_back(view(n + 1, 1000));
    batch.records.page_views.back().view.page = pages[n];
  }
  ASSERT_TRUE(store->append(batch).ok());
  model::Filter filter = page_p();
  filter.page.reset();
  const auto list = page_list(*store, 1, filter, {2, ""});
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->items[0].page, "/c");
  EXPECT_EQ(list->items[1].page, "/a");
  EXPECT_EQ(list->next_cursor, "2");
  const auto rest = page_list(*store, 1, filter, {2, "2"});
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_EQ(rest->items[0].page, "/b");
  EXPECT_TRUE(rest->next_cursor.empty());
  EXPECT_EQ(page_list(*store, 1, filter, {2, "-2"}).error().code, "invalid_cursor");
}

TEST(OutcomeReport, ReceivedIsStoredPlusDropped) {
  auto store = storage::make_memory_store();
  storage::RecordBatch batch;
  batch.records.page_views = {view(1, 1000), view(2, 1000)};
  const std::int64_t hour = kStart / 3'600'000'000 * 3600;
  batch.outcomes = {{1, hour, model::Category::kEvent, DropReason::kNoise, 2},
                    {1, hour, model::Category::kEvent, DropReason::kTooOld, 5},
                    {1, hour - 7200, model::Category::kEvent, DropReason::kTooOld, 50},
                    {2, hour, model::Category::kEvent, DropReason::kTooOld, 500}};
  ASSERT_TRUE(store->append(batch).ok());
  const auto report = outcome_report(*store, 1, kStart, kStart + 1);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->stored, 2u);
  EXPECT_EQ(report->dropped, 7u);
  EXPECT_EQ(report->received, 9u);
  ASSERT_EQ(report->rows.size(), 3u);
  EXPECT_FALSE(report->rows[0].drop_reason.has_value());
  EXPECT_EQ(report->rows[1].drop_reason, DropReason::kTooOld);  // the most frequent first
  EXPECT_EQ(report->rows[2].count, 2u);
}

}  // namespace
}  // namespace pagewake::query
