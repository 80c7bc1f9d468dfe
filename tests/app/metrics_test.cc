#include "app/metrics.h"

#include <gtest/gtest.h>

namespace pagewake::app {
namespace {

http::Exchange exchange(const char* route, int status, std::int64_t duration_us) {
  http::Exchange e;
  e.method = "POST";
  e.route = route;
  e.status = status;
  e.duration_us = duration_us;
  e.request_bytes = 10;
  return e;
}

TEST(Metrics, CountsRequestsAndDurations) {
  HttpMetrics metrics;
  metrics.count(exchange("/a/{b}", 202, 300));
  metrics.count(exchange("/a/{b}", 202, 2'000));
  metrics.count(exchange("/a/{b}", 400, 9'000'000));
  std::string out;
  metrics.write(out);
  for (const char* line :
       {"pagewake_http_requests_total{method=\"POST\",route=\"/a/{b}\",status=\"202\"} 2\n",
        "pagewake_http_requests_total{method=\"POST\",route=\"/a/{b}\",status=\"400\"} 1\n",
        "pagewake_http_request_duration_seconds_bucket{route=\"/a/{b}\",le=\"0.0005\"} 1\n",
        "pagewake_http_request_duration_seconds_bucket{route=\"/a/{b}\",le=\"0.0025\"} 2\n",
        "pagewake_http_request_duration_seconds_bucket{route=\"/a/{b}\",le=\"5\"} 2\n",
        "pagewake_http_request_duration_seconds_bucket{route=\"/a/{b}\",le=\"+Inf\"} 3\n",
        "pagewake_http_request_duration_seconds_sum{route=\"/a/{b}\"} 9.002300\n",
        "pagewake_http_request_duration_seconds_count{route=\"/a/{b}\"} 3\n",
        "pagewake_http_body_bytes_total{direction=\"in\"} 30\n"}) {
    EXPECT_NE(out.find(line), std::string::npos) << line << "\nin\n" << out;
  }
}

TEST(Metrics, OutcomesNameTheirReason) {
  std::string out;
  write_outcomes({{1, 0, model::Category::kEvent, std::nullopt, 5},
                  {0, 0, model::Category::kRequest, DropReason::kBadKey, 2}},
                 out);
  EXPECT_NE(out.find("pagewake_outcomes_total{project=\"1\",category=\"event\",outcome=\"stored\","
                     "reason=\"\"} 5\n"),
            std::string::npos);
  EXPECT_NE(out.find("pagewake_outcomes_total{project=\"0\",category=\"request\",outcome="
                     "\"dropped\",reason=\"bad_key\"} 2\n"),
            std::string::npos);
}

}  // namespace
}  // namespace pagewake::app
