#include "model/vital_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace pagewake::model {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// The exact quantile in the histogram's own sense: the smallest value with at
// least q of the weight at or below it.
double exact_quantile(std::vector<std::pair<double, double>> weighted, double q) {
  std::sort(weighted.begin(), weighted.end());
  double total = 0;
  for (const auto& [value, weight] : weighted) total += weight;
  double seen = 0;
  for (const auto& [value, weight] : weighted) {
    seen += weight;
    if (seen >= q * total * (1 - 1e-9)) return value;
  }
  return weighted.back().first;
}

TEST(VitalHistogram, QuantilesAreWithinOnePercentOfTheExactOnes) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> lognormal(7.6, 0.7);
  std::exponential_distribution<double> exponential(1 / 120.0);
  std::uniform_real_distribution<double> uniform(0.001, 0.4);
  std::bernoulli_distribution coin(0.3);
  const struct {
    const char* name;
    std::function<double()> draw;
  } cases[] = {
      {"LCP like", [&] { return lognormal(random); }},
      {"INP like", [&] { return 0.001 + exponential(random); }},
      {"CLS like", [&] { return uniform(random); }},
      {"two humps", [&] { return coin(random) ? 8000 + exponential(random) : 400.0; }},
      {"one value", [] { return 2500.0; }},
      {"powers from 1e-4 to 1e9", [&] { return std::pow(10, -4 + 13 * uniform(random) / 0.4); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    VitalHistogram histogram;
    std::vector<std::pair<double, double>> values;
    for (int i = 0; i < 20'000; ++i) {
      const double value = c.draw();
      const double weight = i % 3 == 0 ? 10 : 1;
      histogram.add(value, weight);
      values.emplace_back(value, weight);
    }
    for (double q : {0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0}) {
      const double exact = exact_quantile(values, q);
      EXPECT_NEAR(*histogram.quantile(q), exact, exact * 0.01) << "q=" << q;
    }
  }
}

TEST(VitalHistogram, SmallSetsGiveTheValueOfTheRank) {
  VitalHistogram histogram;
  EXPECT_FALSE(histogram.quantile(0.75).has_value());
  EXPECT_EQ(histogram.share_at_most(100), 0);
  for (double value : {100, 200, 300, 400}) histogram.add(value);
  EXPECT_NEAR(*histogram.quantile(0.75), 300, 3) << "75 % of four is the third";
  EXPECT_NEAR(*histogram.quantile(0.76), 400, 4);
  EXPECT_NEAR(*histogram.quantile(-1), 100, 1);
  EXPECT_NEAR(*histogram.quantile(2), 400, 4);
  EXPECT_FALSE(histogram.quantile(std::nan("")).has_value());
  EXPECT_DOUBLE_EQ(histogram.share_at_most(250), 0.5);
  EXPECT_DOUBLE_EQ(histogram.share_at_most(1e30), 1);
  EXPECT_DOUBLE_EQ(histogram.share_at_most(-1), 0);
  EXPECT_DOUBLE_EQ(histogram.share_at_most(std::nan("")), 0);
}

TEST(VitalHistogram, ZeroIsExactlyZero) {
  VitalHistogram histogram;
  histogram.add(0, 3);
  histogram.add(0.00005);
  histogram.add(0.2);
  EXPECT_EQ(*histogram.quantile(0.5), 0);
  EXPECT_DOUBLE_EQ(histogram.share_at_most(0), 0.8);
  const auto buckets = histogram.buckets();
  ASSERT_EQ(buckets.size(), 2u);
  EXPECT_EQ(buckets[0].high, 0);
  EXPECT_EQ(buckets[0].count, 4);
  EXPECT_LT(buckets[1].low, 0.2);
  EXPECT_GE(buckets[1].high, 0.2);
}

TEST(VitalHistogram, BucketsHoldTheirValuesAndAddUp) {
  VitalHistogram histogram;
  std::mt19937_64 random(5);
  for (int i = 0; i < 1000; ++i) histogram.add(std::pow(1.01, static_cast<double>(random() % 900)));
  double sum = 0, previous_high = -1;
  for (const auto& bucket : histogram.buckets()) {
    EXPECT_GT(bucket.high, bucket.low);
    EXPECT_GE(bucket.low, previous_high - 1e-9 * bucket.low) << "they do not overlap";
    previous_high = bucket.high;
    sum += bucket.count;
  }
  EXPECT_DOUBLE_EQ(sum, 1000);
}

TEST(VitalHistogram, WhatIsNoVitalIsIgnored) {
  VitalHistogram histogram;
  for (double value : {-1.0, std::nan(""), HUGE_VAL, -HUGE_VAL}) histogram.add(value);
  histogram.add(5, 0);
  histogram.add(5, 0.0001);
  histogram.add(5, std::nan(""));
  histogram.add(5, HUGE_VAL);
  EXPECT_TRUE(histogram == VitalHistogram());
  histogram.add(std::numeric_limits<double>::max());
  EXPECT_NEAR(*histogram.quantile(1), 1e12, 1e10) << "bounded, so that an index stays small";
}

TEST(VitalHistogram, TakingOutLeavesExactlyWhatWasThere) {
  std::mt19937_64 random(9);
  std::lognormal_distribution<double> lcp(7.5, 0.8);
  VitalHistogram histogram;
  for (int i = 0; i < 500; ++i) histogram.add(lcp(random), 1 / 0.3);
  const VitalHistogram before = histogram;
  std::vector<std::pair<double, double>> added;
  // Sampling weights are not multiples of a thousandth, and encoding happens
  // between any two steps: nothing may be left behind all the same.
  for (int i = 0; i < 5000; ++i) {
    added.emplace_back(lcp(random), 1 / (0.05 + 0.9 * static_cast<double>(random() % 100) / 100));
    histogram.add(added.back().first, added.back().second);
    if (i % 100 == 0) histogram = *VitalHistogram::decode(bytes_of(histogram.encode()));
  }
  std::shuffle(added.begin(), added.end(), random);
  for (const auto& [value, weight] : added) histogram.add(value, -weight);
  EXPECT_TRUE(histogram == before);
  VitalHistogram difference = before;
  difference.merge(before, -1);
  EXPECT_TRUE(difference == VitalHistogram());
  EXPECT_TRUE(difference.empty());
}

TEST(VitalHistogram, MergingEqualsAddingEverythingToOne) {
  std::mt19937_64 random(13);
  std::lognormal_distribution<double> lcp(7.5, 0.8);
  VitalHistogram all, parts[3], merged;
  for (int i = 0; i < 3000; ++i) {
    const double value = i % 50 == 0 ? 0 : lcp(random);
    all.add(value, 2.5);
    parts[i % 3].add(value, 2.5);
  }
  for (const auto& part : parts) merged.merge(part);
  EXPECT_TRUE(merged == all);
  merged.merge(merged);  // of itself
  EXPECT_DOUBLE_EQ(merged.count(), 2 * all.count());
  VitalHistogram tenfold;
  tenfold.merge(all, 10);
  EXPECT_DOUBLE_EQ(tenfold.count(), 10 * all.count());
  EXPECT_EQ(tenfold.quantile(0.75), all.quantile(0.75));
}

TEST(VitalHistogram, HugeWeightsStayBoundedAndDefined) {
  VitalHistogram histogram;
  for (int i = 0; i < 100; ++i) histogram.add(100, 1e300);
  for (int i = 0; i < 100; ++i) histogram.merge(histogram);
  EXPECT_GT(histogram.count(), 1e12);
  EXPECT_NEAR(*histogram.quantile(0.5), 100, 1);
  EXPECT_TRUE(*VitalHistogram::decode(bytes_of(histogram.encode())) == histogram);
}

TEST(VitalHistogram, UsableWeights) {
  EXPECT_EQ(VitalHistogram::usable_weight(1), 1);
  EXPECT_EQ(VitalHistogram::usable_weight(1 / 0.3), 3.333);
  EXPECT_EQ(VitalHistogram::usable_weight(0), 1);
  EXPECT_EQ(VitalHistogram::usable_weight(-2), 1);
  EXPECT_EQ(VitalHistogram::usable_weight(std::nan("")), 1);
  EXPECT_EQ(VitalHistogram::usable_weight(1e-9), 0.001);
  EXPECT_EQ(VitalHistogram::usable_weight(HUGE_VAL), 1e9);
}

TEST(VitalHistogram, EncodingIsSmallAndComesBackAsItWas) {
  std::mt19937_64 random(17);
  std::lognormal_distribution<double> lcp(7.5, 0.5);
  VitalHistogram histogram;
  EXPECT_TRUE(*VitalHistogram::decode(bytes_of(histogram.encode())) == histogram);
  for (int i = 0; i < 1000; ++i) histogram.add(i % 100 == 0 ? 0 : lcp(random));
  const std::string bytes = histogram.encode();
  EXPECT_LT(bytes.size(), 700u) << "about 160 cells";
  EXPECT_TRUE(*VitalHistogram::decode(bytes_of(bytes)) == histogram);
}

TEST(VitalHistogram, HostileBytesAreRefusedOrHarmless) {
  VitalHistogram histogram;
  for (double value : {0.0, 0.0001, 3.0, 4.0, 2500.0, 1e12}) histogram.add(value);
  const std::string good = histogram.encode();
  for (std::size_t n = 0; n < good.size(); ++n) {
    EXPECT_EQ(VitalHistogram::decode(bytes_of(good.substr(0, n))).error().code, "malformed") << n;
  }
  EXPECT_FALSE(VitalHistogram::decode(bytes_of(good + "x")).ok());
  const std::string hostile[] = {
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10),          // promises 2^64 cells
      std::string("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02", 12),  // index far below
      std::string("\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02", 12),  // index far above
      std::string("\x02\x02\x02\x00\x02", 5),                               // the same index twice
      std::string("\x01\x02\x00", 3),                                       // an empty cell
      std::string("\x01\x02\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12),  // count near 2^63
  };
  for (const std::string& bytes : hostile) {
    EXPECT_EQ(VitalHistogram::decode(bytes_of(bytes)).error().code, "malformed");
  }
  // Any flip of a byte either is refused or gives a histogram that answers.
  std::mt19937_64 random(19);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto decoded = VitalHistogram::decode(bytes_of(bytes));
    if (!decoded.ok()) continue;
    if (const auto p75 = decoded.value().quantile(0.75)) {
      EXPECT_GE(*p75, 0);
      EXPECT_LT(*p75, 1.1e12);
    }
    EXPECT_GE(decoded.value().share_at_most(2500), 0);
    EXPECT_TRUE(*VitalHistogram::decode(bytes_of(decoded.value().encode())) == decoded.value());
  }
}

TEST(VitalHistogram, CellsOfTwoBytesAndOfMoreComeBackBesideEachOther) {
  std::mt19937_64 random(23);
  for (int i = 0; i < 2'000; ++i) {
    VitalHistogram histogram;
    std::uint64_t code = 0;
    for (std::uint64_t cells = random() % 12; cells > 0; --cells) {
      code += 1 + random() % (random() % 4 == 0 ? 200 : 130);
      if (code > VitalHistogram::largest_code()) break;
      // Whole and not, around the 64 that a byte ends at, and taken out.
      std::int64_t thousandths = 1000 * static_cast<std::int64_t>(1 + random() % 70);
      if (random() % 4 == 0) thousandths = -thousandths;
      if (i % 3 == 0) thousandths += static_cast<std::int64_t>(random() % 3);
      histogram.add_code(static_cast<std::uint16_t>(code), thousandths);
    }
    const auto decoded = VitalHistogram::decode(bytes_of(histogram.encode()));
    ASSERT_TRUE(decoded.ok());
    ASSERT_TRUE(*decoded == histogram);
  }
}

// Codes close together, as a day of a page has them.
VitalHistogram dense_histogram(std::mt19937_64& random, std::int64_t most) {
  VitalHistogram histogram;
  auto code = static_cast<std::uint16_t>(100 + random() % 1'000);
  for (std::uint64_t cells = 60 + random() % 240; cells > 0; --cells) {
    histogram.add_code(
        code, 1000 * static_cast<std::int64_t>(1 + random() % static_cast<std::uint64_t>(most)));
    code = static_cast<std::uint16_t>(code + 1 + (random() % 5 == 0 ? random() % 3 : 0));
  }
  return histogram;
}

bool has_runs(const std::string& bytes) { return VitalHistogram::has_runs(ByteReader(bytes)); }

TEST(VitalHistogram, RunsComeBackAsTheyWere) {
  std::mt19937_64 random(29);
  for (const std::int64_t most : {1LL, 255LL, 256LL, 65'535LL, 65'536LL, 4'294'967'295LL}) {
    for (int i = 0; i < 300; ++i) {
      VitalHistogram histogram = dense_histogram(random, most);
      const std::uint16_t first = histogram.cells().front().code;
      histogram.add_code(first, 1000 * most - histogram.cells().front().thousandths);
      // Bucket zero and some that are far away are runs of their own.
      if (i % 2 == 0) histogram.add_code(1, 7'000);
      if (i % 3 == 0) histogram.add_code(VitalHistogram::largest_code(), 1'000);
      const std::string bytes = histogram.encode();
      if (most <= 255) {
        ASSERT_TRUE(has_runs(bytes));
      }
      ASSERT_LE(bytes.size(), histogram.cells().size() * (most <= 255 ? 2 : 6) + 8);
      const auto decoded = VitalHistogram::decode(bytes_of(bytes));
      ASSERT_TRUE(decoded.ok());
      ASSERT_TRUE(*decoded == histogram);
    }
  }
}

TEST(VitalHistogram, RunsOfLargerCounts) {
  for (const std::int64_t most : {256LL, 65'535LL, 65'536LL, 4'294'967'295LL}) {
    VitalHistogram histogram;
    // Beside many small counts, some large ones take no more as a run.
    for (std::uint16_t code = 900; code < 1'200; ++code) histogram.add_code(code, 3'000);
    for (std::uint16_t code = 700; code < 710; ++code) histogram.add_code(code, 1000 * most);
    const std::string bytes = histogram.encode();
    ASSERT_TRUE(has_runs(bytes));
    std::vector<std::size_t> count_bytes;
    ByteReader in(bytes);
    ASSERT_TRUE(VitalHistogram::for_each_run(
        in, [&](const VitalHistogram::Run& run) { count_bytes.push_back(run.count_bytes); }));
    EXPECT_EQ(count_bytes, (std::vector<std::size_t>{most <= 65'535 ? 2U : 4U, 1}));
    EXPECT_TRUE(*VitalHistogram::decode(bytes_of(bytes)) == histogram);
  }
}

TEST(VitalHistogram, NoRunOfWhatItCannotHold) {
  for (const std::int64_t odd : {1'500LL, -1'000LL, 4'294'967'296'000LL}) {
    VitalHistogram histogram;
    for (std::uint16_t code = 500; code < 600; ++code) histogram.add_code(code, 1'000);
    EXPECT_TRUE(has_runs(histogram.encode()));
    histogram.add_code(550, odd - 1'000);
    const std::string bytes = histogram.encode();
    EXPECT_FALSE(has_runs(bytes)) << odd;
    EXPECT_TRUE(*VitalHistogram::decode(bytes_of(bytes)) == histogram) << odd;
  }
}

TEST(VitalHistogram, MalformedRunsAreRefused) {
  std::mt19937_64 random(31);
  VitalHistogram histogram = dense_histogram(random, 200);
  histogram.add_code(1, 5'000);
  const std::string good = histogram.encode();
  ASSERT_TRUE(has_runs(good));
  for (std::size_t n = 0; n < good.size(); ++n) {
    // A zero alone was an empty histogram before there were runs.
    EXPECT_EQ(VitalHistogram::decode(bytes_of(good.substr(0, n))).ok(), n == 1) << n;
  }
  EXPECT_FALSE(VitalHistogram::decode(bytes_of(good + "x")).ok());
  const std::string hostile[] = {
      std::string("\x00\x01\x00\x04\x01", 5),              // a first code of 0
      std::string("\x00\x01\x05\x00", 4),                  // of no codes
      std::string("\x00\x01\x05\x07\x01", 5),              // counts of eight bytes
      std::string("\x00\x01\xff\x7f\x04\x01", 6),          // a first code above all
      std::string("\x00\x02\x05\x04\x01\x00\x04\x01", 8),  // the same code twice
      std::string("\x00\x01\x05\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 14),  // 2^62 codes
      std::string("\x00\x01\x05\x0a\x01", 5),  // cut short: two codes of four bytes
      std::string("\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11),  // 2^64 runs
  };
  for (const std::string& bytes : hostile) {
    EXPECT_FALSE(VitalHistogram::decode(bytes_of(bytes)).ok());
  }
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      bytes[random() % std::min<std::size_t>(bytes.size(), 12)] = static_cast<char>(random());
    }
    const auto decoded = VitalHistogram::decode(bytes_of(bytes));
    if (!decoded.ok()) continue;
    EXPECT_TRUE(*VitalHistogram::decode(bytes_of(decoded->encode())) == *decoded);
  }
}

}  // namespace
}  // namespace pagewake::model
