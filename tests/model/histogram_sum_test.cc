// A HistogramSum is what VitalHistogram::merge() and add_code() add up to,
// whatever way the parts come in.
#include "model/histogram_sum.h"

#include <gtest/gtest.h>

#include <random>

namespace pagewake::model {
namespace {

VitalHistogram random_histogram(std::mt19937_64& random) {
  VitalHistogram histogram;
  if (random() % 3 == 0) {  // what encode() writes as runs, with counts of 1, 2 and 4 bytes
    const auto first = static_cast<std::uint16_t>(1 + random() % 900);
    const auto add = [&](int from, int codes, std::uint64_t most) {
      for (int code = first + from; code < first + from + codes; ++code) {
        histogram.add_code(static_cast<std::uint16_t>(code),
                           1000 * static_cast<std::int64_t>(1 + random() % most));
      }
    };
    add(0, 60, 200);
    if (random() % 2 == 0) add(80, 5, 60'000);
    if (random() % 2 == 0) add(100, 5, 4'000'000'000);
    return histogram;
  }
  std::lognormal_distribution<double> lognormal(static_cast<double>(random() % 10), 0.7);
  for (std::uint64_t left = random() % 40; left > 0; --left) {
    histogram.add(random() % 8 == 0 ? 0 : lognormal(random), random() % 3 == 0 ? 2.5 : 1);
  }
  return histogram;
}

bool add_encoded(HistogramSum& sum, const std::string& bytes) {
  ByteReader in(bytes);
  return sum.add_encoded(in) && in.at_end();
}

TEST(HistogramSum, IsTheSumWhateverWayThePartsCome) {
  std::mt19937_64 random(5);
  HistogramSum sum;  // used again, as those of a seal are
  for (int round = 0; round < 2'000; ++round) {
    if (random() % 4 == 0) sum = {};
    VitalHistogram expected;
    for (std::uint64_t left = random() % 4; left > 0; --left) {
      const VitalHistogram part = random_histogram(random);
      switch (random() % 4) {
        case 0:
          sum.add(part);
          expected.merge(part);
          break;
        case 1:
          ASSERT_TRUE(add_encoded(sum, part.encode()));
          expected.merge(part);
          break;
        case 2:
          for (const auto& cell : part.cells()) {
            sum.add_code(cell.code, -cell.thousandths);
            expected.add_code(cell.code, -cell.thousandths);
          }
          break;
        default:
          const auto code = static_cast<std::uint16_t>(random() % VitalHistogram::largest_code());
          sum.add_code(code, 1'500);
          expected.add_code(code, 1'500);
      }
    }
    ASSERT_EQ(sum.take(), expected) << round;
    ASSERT_EQ(sum.take(), VitalHistogram()) << "nothing is left";
  }
}

TEST(HistogramSum, TakesOutWhatWasAdded) {
  std::mt19937_64 random(6);
  const VitalHistogram part = random_histogram(random);
  HistogramSum sum;
  ASSERT_TRUE(add_encoded(sum, part.encode()));
  for (const auto& cell : part.cells()) sum.add_code(cell.code, -cell.thousandths);
  EXPECT_EQ(sum.take(), VitalHistogram());
}

TEST(HistogramSum, RefusesDamagedBytesFirstAndLater) {
  VitalHistogram cells, run;
  for (double value : {100, 200, 300}) cells.add(value);
  for (std::uint16_t code = 700; code < 720; ++code) run.add_code(code, 3'000);
  for (const bool first : {true, false}) {
    HistogramSum sum;
    if (!first) sum.add_code(9, 1'000);
    for (const std::string& bytes : {cells.encode(), run.encode()}) {
      for (std::size_t size = 0; size < bytes.size(); ++size) {
        // A zero alone is an empty histogram.
        EXPECT_EQ(add_encoded(sum, bytes.substr(0, size)), size == 1 && bytes[0] == 0) << size;
      }
    }
    EXPECT_FALSE(add_encoded(sum, std::string(1, '\x02') + std::string(2, '\0')));
  }
}

}  // namespace
}  // namespace pagewake::model
