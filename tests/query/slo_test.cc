#include "query/slo.h"

#include <gtest/gtest.h>

#include "query/report_records.h"

namespace pagewake::query {
namespace {

using storage::Measure;
using storage::Objective;

constexpr std::int64_t kMinuteUs = 60'000'000, kHourUs = 60 * kMinuteUs;

class Slo : public testing::Test {
 protected:
  // `count` visits, each `lcp_ms` long, that long ago.
  model::PageViewRecord& visit(double lcp_ms, std::int64_t ago_us, double weight = 1) {
    auto record = view(++last_, lcp_ms);
    record.view.started_at_unix_ms = (kStart - ago_us) / 1000;
    record.view.weight = weight;
    batch_.records.page_views.push_back(std::move(record));
    return batch_.records.page_views.back();
  }
  void visits(int count, double lcp_ms, std::int64_t ago_us) {
    for (int i = 0; i < count; ++i) visit(lcp_ms, ago_us);
  }
  SloReport look(const Objective& objective) {
    auto store = storage::make_memory_store();
    EXPECT_TRUE(store->append(batch_).ok());
    auto report = slo_report(*store, objective, kStart);
    EXPECT_TRUE(report.ok());
    return std::move(report).value();
  }
  static Objective lcp_objective() {
    Objective objective;
    objective.project = 1;
    objective.threshold = 2500;
    objective.target = 0.9;
    objective.window_days = 28;
    return objective;
  }

  storage::RecordBatch batch_;
  std::uint64_t last_ = 0;
};

TEST_F(Slo, BudgetLeftIsWhatTheBadViewsHaveNotUsed) {
  visits(95, 1000, 100 * kHourUs);
  visits(5, 9000, 100 * kHourUs);
  visits(50, 9000, 24 * 40 * kHourUs);  // before the window
  const SloReport report = look(lcp_objective());
  EXPECT_NEAR(report.window.counted, 100, 1e-9);
  EXPECT_NEAR(*report.attained, 0.95, 1e-9);
  EXPECT_NEAR(*report.budget_left, 0.5, 1e-9);  // 5 of the 10 that may be bad
  EXPECT_EQ(report.state, SloState::kOk);
}

TEST_F(Slo, WeightsCountAndExceptionsDoNot) {
  visit(1000, kHourUs, 9);
  visit(9000, kHourUs, 1);
  visit(90'000, kHourUs, 5).view.kept_by_exception = true;
  const SloReport report = look(lcp_objective());
  EXPECT_NEAR(report.window.counted, 10, 1e-9);
  EXPECT_NEAR(*report.attained, 0.9, 1e-9);
  EXPECT_NEAR(*report.budget_left, 0, 1e-9);
}

TEST_F(Slo, ABudgetThatIsUsedUpLongAgoIsExhaustedAndNoAlert) {
  visits(50, 9000, 200 * kHourUs);
  visits(50, 1000, 200 * kHourUs);
  visits(40, 1000, kHourUs);
  const SloReport report = look(lcp_objective());
  EXPECT_LT(*report.budget_left, 0);
  EXPECT_EQ(report.state, SloState::kExhausted);
}

TEST_F(Slo, WhatFailsNowBurnsFast) {
  Objective objective = lcp_objective();
  objective.target = 0.99;
  visits(1000, 1000, 200 * kHourUs);
  visits(30, 9000, 2 * kMinuteUs);
  const SloReport report = look(objective);
  ASSERT_EQ(report.burn_rates.size(), 5u);
  EXPECT_EQ(report.burn_rates[0].window_s, 300);
  EXPECT_NEAR(report.burn_rates[0].rate, 100, 1e-6);
  EXPECT_EQ(report.burn_rates[0].views, 30);
  EXPECT_EQ(report.state, SloState::kFastBurn);
}

TEST_F(Slo, EveryMeasure) {
  auto& failing = visit(1000, kHourUs);
  failing.view.error_count = 1;
  failing.view.vitals.inp_ms = 300;
  failing.view.vitals.cls = 0.2;
  failing.view.vitals.fcp_ms = 900;
  failing.view.vitals.ttfb_ms = 700;
  auto& fine = visit(1000, kHourUs);
  fine.view.vitals.inp_ms = 100;
  fine.view.vitals.cls = 0.05;
  fine.view.vitals.fcp_ms = 800;
  fine.view.vitals.ttfb_ms = 100;
  fine.view.server_span_id = id<SpanId>(7);
  auto answer = span(2, 7, 0, 0, 150'000, "GET /p", "http.server");
  answer.started_at_unix_us = fine.view.started_at_unix_ms * 1000;
  batch_.records.spans.push_back(answer);
  const struct {
    Measure measure;
    double threshold, good, counted;
  } cases[] = {
      {Measure::kLcpMs, 2500, 2, 2},    {Measure::kInpMs, 200, 1, 2},  {Measure::kCls, 0.1, 1, 2},
      {Measure::kFcpMs, 850, 1, 2},     {Measure::kTtfbMs, 500, 1, 2}, {Measure::kNoError, 0, 1, 2},
      {Measure::kBackendMs, 200, 1, 1},  // only one joined
      {Measure::kBackendMs, 100, 0, 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(name_of(c.measure)) + " " + std::to_string(c.threshold));
    Objective objective = lcp_objective();
    objective.measure = c.measure;
    objective.threshold = c.threshold;
    const SloReport report = look(objective);
    EXPECT_NEAR(report.window.good, c.good, 0.03);  // a bin's width beside the threshold
    EXPECT_EQ(report.window.counted, c.counted);
    EXPECT_EQ(report.window.examined, c.measure == Measure::kBackendMs);
  }
}

TEST_F(Slo, OnlyItsPage) {
  visit(9000, kHourUs).view.page = "/other";
  visit(1000, kHourUs);
  Objective objective = lcp_objective();
  objective.page = "/p";
  EXPECT_EQ(look(objective).window.counted, 1);
  objective.page = "/nowhere";
  const SloReport report = look(objective);
  EXPECT_FALSE(report.attained.has_value());
  EXPECT_EQ(report.state, SloState::kNoData);
}

TEST(SloState, MultiWindowAlerts) {
  const auto rates = [](double m5, double m30, double h1, double h6, double d3,
                        double views = 100) {
    return std::vector<BurnRate>{{300, m5, views},
                                 {1800, m30, views},
                                 {3600, h1, views},
                                 {21'600, h6, views},
                                 {259'200, d3, views}};
  };
  const struct {
    const char* name;
    std::vector<BurnRate> rates;
    std::optional<double> left;
    SloState state;
  } cases[] = {
      {"quiet", rates(0, 0, 0, 0, 0), 0.9, SloState::kOk},
      {"nothing seen", rates(0, 0, 0, 0, 0, 0), std::nullopt, SloState::kNoData},
      {"fast in both", rates(20, 0, 15, 0, 0), 0.9, SloState::kFastBurn},
      {"fast, but over", rates(0, 0, 15, 0, 0), 0.9, SloState::kOk},
      {"six hours", rates(0, 7, 0, 7, 0), 0.9, SloState::kFastBurn},
      {"slow", rates(0, 0, 0, 1.5, 1.5), 0.9, SloState::kSlowBurn},
      {"slow, but over", rates(0, 0, 0, 0.5, 1.5), 0.9, SloState::kOk},
      {"too few to wake anyone", rates(20, 0, 15, 0, 0, 5), 0.9, SloState::kOk},
      {"used up", rates(0, 0, 0, 0, 0), -0.2, SloState::kExhausted},
      {"used up and burning", rates(20, 0, 15, 0, 0), -0.2, SloState::kFastBurn},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(state_of(c.rates, c.left), c.state);
  }
}

}  // namespace
}  // namespace pagewake::query
