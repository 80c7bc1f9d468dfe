#include "app/page_metrics.h"

#include <gtest/gtest.h>

namespace pagewake::app {
namespace {

model::PageViewRecord finished(std::uint8_t id, const char* page, double lcp_ms) {
  model::PageViewRecord record;
  record.view.page_view_id.bytes[0] = id;
  record.view.page = page;
  record.view.final = true;
  record.view.vitals.lcp_ms = lcp_ms;
  return record;
}

struct Metrics {
  explicit Metrics(std::size_t pages) : metrics(pages), step(metrics.step()) {}
  void see(model::PageViewRecord record, model::ProjectId project = 1) {
    pipeline::RequestContext context;
    context.project = project;
    EXPECT_EQ(step.page_view(record, context), std::nullopt);
  }
  bool has(const std::string& line) const {
    std::string text;
    metrics.write(text);
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
  }
  PageMetrics metrics;
  pipeline::Step step;
};

TEST(PageMetrics, AFinishedViewCountsOnceAndInItsBucket) {
  Metrics m(10);
  auto early = finished(1, "/cart", 100);
  early.view.final = false;
  m.see(early);
  m.see(finished(1, "/cart", 2500));
  m.see(finished(1, "/cart", 2500));  // sent again
  m.see(finished(2, "/cart", 30'000));
  const std::string of = "{project=\"1\",page=\"/cart\"";
  EXPECT_TRUE(m.has("pagewake_page_views_total" + of + "} 2"));
  EXPECT_TRUE(m.has("pagewake_page_lcp_seconds_bucket" + of + ",le=\"2\"} 0"));
  EXPECT_TRUE(m.has("pagewake_page_lcp_seconds_bucket" + of + ",le=\"2.5\"} 1"));
  EXPECT_TRUE(m.has("pagewake_page_lcp_seconds_bucket" + of + ",le=\"20\"} 1"));
  EXPECT_TRUE(m.has("pagewake_page_lcp_seconds_bucket" + of + ",le=\"+Inf\"} 2"));
  EXPECT_TRUE(m.has("pagewake_page_lcp_seconds_sum" + of + "} 32.5"));
  EXPECT_TRUE(m.has("pagewake_page_lcp_seconds_count" + of + "} 2"));
  EXPECT_TRUE(m.has("pagewake_page_inp_seconds_count" + of + "} 0"));
}

TEST(PageMetrics, WeightsCountAndViewsKeptForBeingSlowStayOutOfTheVitals) {
  Metrics m(10);
  auto sampled = finished(1, "/", 1000);
  sampled.view.weight = 10;
  m.see(sampled);
  auto slow = finished(2, "/", 9000);
  slow.view.kept_by_exception = true;
  m.see(slow);
  EXPECT_TRUE(m.has("pagewake_page_views_total{project=\"1\",page=\"/\"} 11"));
  EXPECT_TRUE(m.has("pagewake_page_lcp_seconds_count{project=\"1\",page=\"/\"} 10"));
}

TEST(PageMetrics, PagesBeyondTheLimitAreOneAndNamesAreEscaped) {
  Metrics m(2);
  m.see(finished(1, "/a", 1));
  m.see(finished(2, "/\"b\\\n", 1));
  m.see(finished(3, "/c", 1));
  m.see(finished(4, "/d", 1));
  m.see(finished(5, "/a", 1));
  m.see(finished(6, "/z", 1), 2);  // each project has its own
  EXPECT_TRUE(m.has("pagewake_page_views_total{project=\"1\",page=\"/a\"} 2"));
  EXPECT_TRUE(m.has("pagewake_page_views_total{project=\"1\",page=\"/\\\"b\\\\\\n\"} 1"));
  EXPECT_TRUE(m.has("pagewake_page_views_total{project=\"1\",page=\"(other)\"} 2"));
  EXPECT_TRUE(m.has("pagewake_page_views_total{project=\"2\",page=\"/z\"} 1"));
}

}  // namespace
}  // namespace pagewake::app
