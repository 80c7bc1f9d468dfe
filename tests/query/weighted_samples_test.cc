#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "query/vital_stats.h"

namespace pagewake::query {
namespace {

// By its definition: each value as often as its weight says, sorted.
double exact(const std::vector<std::pair<double, int>>& samples, double q) {
  std::vector<double> all;
  for (const auto& [value, weight] : samples) {
    all.insert(all.end(), static_cast<std::size_t>(weight), value);
  }
  std::sort(all.begin(), all.end());
  const double place = std::ceil(q * static_cast<double>(all.size()) - 1e-6) - 1;
  return all[static_cast<std::size_t>(std::max(place, 0.0))];
}

TEST(WeightedSamples, QuantilesAreTheExactOnesWhateverIsAskedFirst) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    // Equal weights (of one, or of sampled views) in two rounds of three.
    const int weight = 1 + round % 5;
    const bool equal = round % 3 != 0;
    std::vector<std::pair<double, int>> samples(1 + random() % 60);
    WeightedSamples got;
    for (auto& [value, its_weight] : samples) {
      value = static_cast<double>(random() % 40);
      its_weight = equal ? weight : static_cast<int>(1 + random() % 5);
      got.add(value, its_weight);
    }
    for (const double q : {0.75, 0.0, 1.0, 0.5, 0.95, 0.75, 0.25}) {
      EXPECT_DOUBLE_EQ(*got.quantile(q), exact(samples, q)) << q;
    }
    // More may come after a question.
    samples.emplace_back(17, weight + 1);
    got.add(17, weight + 1);
    EXPECT_DOUBLE_EQ(*got.quantile(0.75), exact(samples, 0.75));
  }
}

TEST(WeightedSamples, WhatIsNoSampleIsIgnored) {
  WeightedSamples samples;
  EXPECT_FALSE(samples.quantile(0.5));
  samples.add(std::numeric_limits<double>::quiet_NaN(), 1);
  samples.add(5, 0);
  samples.add(5, -1);
  samples.add(5, std::numeric_limits<double>::infinity());
  EXPECT_FALSE(samples.quantile(0.5));
  samples.add(0.1, 0.3);
  samples.add(0.2, 0.3);
  samples.add(0.3, 0.3);
  samples.add(0.4, 0.3);
  EXPECT_DOUBLE_EQ(*samples.quantile(0.75), 0.3) << "the third of four, whatever is rounded";
}

}  // namespace
}  // namespace pagewake::query
