#include "model/vital_histogram.h"

#include <algorithm>
#include <cmath>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace pagewake::model {
namespace {

constexpr std::int32_t kZeroIndex = INT32_MIN;  // values below kSmallest
constexpr double kLargestValue = 1e12;
constexpr double kLargestWeight = 1e9;
// Sums stay far from where int64 would wrap; nine million visits that stand
// for a thousand million each do not happen.
constexpr std::int64_t kMostThousandths = INT64_MAX / 4;

const double kLogGamma = std::log(VitalHistogram::kGamma);

std::int32_t index_of(double value) {
  if (!(value >= VitalHistogram::kSmallest)) return kZeroIndex;
  value = std::min(value, kLargestValue);
  return static_cast<std::int32_t>(std::ceil(std::log(value) / kLogGamma));
}

const std::int32_t kSmallestIndex = index_of(VitalHistogram::kSmallest);

std::int64_t to_thousandths(double weight) {
  return std::llround(std::clamp(weight, -kLargestWeight, kLargestWeight) * 1000);
}

std::int64_t bounded_sum(std::int64_t a, std::int64_t b) {
  return std::clamp(a + b, -kMostThousandths, kMostThousandths);
}

double upper_bound_of(std::int32_t index) {
  return index == kZeroIndex ? 0 : std::exp(index * kLogGamma);
}

// The point of a bucket whose distance to both ends is the same ratio.
double value_of(std::int32_t index) {
  return index == kZeroIndex ? 0 : upper_bound_of(index) * 2 / (1 + VitalHistogram::kGamma);
}

}  // namespace

double VitalHistogram::usable_weight(double weight) {
  if (!(weight > 0)) return 1;
  return static_cast<double>(std::max<std::int64_t>(to_thousandths(weight), 1)) / 1000;
}

void VitalHistogram::add(double value, double weight) {
  if (!(value >= 0) || !std::isfinite(value) || !std::isfinite(weight)) return;
  add_cell(index_of(value), to_thousandths(weight));
}

void VitalHistogram::add_cell(std::int32_t index, std::int64_t thousandths) {
  if (thousandths == 0) return;
  auto at = std::lower_bound(cells_.begin(), cells_.end(), index,
                             [](const Cell& cell, std::int32_t i) { return cell.index < i; });
  if (at == cells_.end() || at->index != index) at = cells_.insert(at, Cell{index, 0});
  at->thousandths = bounded_sum(at->thousandths, thousandths);
  thousandths_ = bounded_sum(thousandths_, thousandths);
  if (at->thousandths == 0) cells_.erase(at);
}

std::uint16_t VitalHistogram::code_of(double value) {
  if (!(value >= 0) || !std::isfinite(value)) return 0;
  const std::int32_t index = index_of(value);
  return index == kZeroIndex ? 1 : static_cast<std::uint16_t>(index - kSmallestIndex + 2);
}

void VitalHistogram::add_code(std::uint16_t code, std::int64_t thousandths) {
  if (code == 0) return;
  add_cell(code == 1 ? kZeroIndex : code + kSmallestIndex - 2, thousandths);
}

void VitalHistogram::merge(const VitalHistogram& other, double factor) {
  if (other.cells_.empty() || !std::isfinite(factor)) return;
  const auto scaled = [factor](std::int64_t thousandths) -> std::int64_t {
    // Exact for the two factors that matter: doubles hold integers to 2^53 only.
    if (factor == 1) return thousandths;
    if (factor == -1) return -thousandths;
    constexpr auto kMost = static_cast<double>(kMostThousandths);
    return std::llround(std::clamp(static_cast<double>(thousandths) * factor, -kMost, kMost));
  };
  std::vector<Cell> merged;
  merged.reserve(cells_.size() + other.cells_.size());
  auto a = cells_.begin();
  auto b = other.cells_.begin();
  std::int64_t sum = 0;
  while (a != cells_.end() || b != other.cells_.end()) {
    Cell cell;
    if (b == other.cells_.end() || (a != cells_.end() && a->index < b->index)) {
      cell = *a++;
    } else if (a == cells_.end() || b->index < a->index) {
      cell = {b->index, scaled(b->thousandths)};
      ++b;
    } else {
      cell = {a->index, bounded_sum(a->thousandths, scaled(b->thousandths))};
      ++a;
      ++b;
    }
    if (cell.thousandths == 0) continue;
    sum = bounded_sum(sum, cell.thousandths);
    merged.push_back(cell);
  }
  cells_ = std::move(merged);
  thousandths_ = sum;
}

std::optional<double> VitalHistogram::quantile(double q) const {
  if (empty() || std::isnan(q)) return std::nullopt;
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(thousandths_);
  std::int64_t seen = 0;
  for (const Cell& cell : cells_) {
    seen = bounded_sum(seen, cell.thousandths);
    // The tolerance keeps "75 % of four" on the third value despite rounding.
    if (static_cast<double>(seen) * (1 + 1e-9) >= rank) return value_of(cell.index);
  }
  return value_of(cells_.back().index);
}

double VitalHistogram::share_at_most(double value) const {
  if (empty() || !(value >= 0)) return 0;
  const std::int32_t limit = index_of(value);
  std::int64_t below = 0;
  for (const Cell& cell : cells_) {
    if (cell.index <= limit) below = bounded_sum(below, cell.thousandths);
  }
  return std::clamp(static_cast<double>(below) / static_cast<double>(thousandths_), 0.0, 1.0);
}

std::vector<VitalHistogram::Bucket> VitalHistogram::buckets() const {
  std::vector<Bucket> out;
  out.reserve(cells_.size());
  for (const Cell& cell : cells_) {
    const double high = upper_bound_of(cell.index);
    out.push_back({cell.index == kZeroIndex ? 0 : high / kGamma, high,
                   static_cast<double>(cell.thousandths) / 1000});
  }
  return out;
}

// varint count of cells, then per cell: zigzag delta of the index (the zero
// bucket is written as one below the smallest real index) and the count in
// thousandths.
std::string VitalHistogram::encode() const {
  ByteWriter out;
  out.varint(cells_.size());
  const std::int32_t zero = index_of(kSmallest) - 1;
  std::int32_t previous = zero;
  for (const Cell& cell : cells_) {
    const std::int32_t index = cell.index == kZeroIndex ? zero : cell.index;
    out.zigzag(index - previous);
    out.zigzag(cell.thousandths);
    previous = index;
  }
  return out.take();
}

Result<VitalHistogram> VitalHistogram::decode(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  VitalHistogram histogram;
  const std::uint64_t cells = in.varint();
  const std::int64_t zero = index_of(kSmallest) - 1;
  const std::int64_t last = index_of(kLargestValue);
  std::int64_t previous = zero;
  // No memory is taken for a promised count: every cell needs its own bytes.
  for (std::uint64_t i = 0; i < cells && in.ok(); ++i) {
    const std::int64_t delta = in.zigzag();
    const std::int64_t thousandths = in.zigzag();
    // Compared before adding: the delta may be any 64-bit number.
    if (delta < (i == 0 ? 0 : 1) || delta > last - previous || thousandths == 0 ||
        thousandths > kMostThousandths || thousandths < -kMostThousandths) {
      in.fail();
      break;
    }
    previous += delta;
    histogram.cells_.push_back(
        {previous == zero ? kZeroIndex : static_cast<std::int32_t>(previous), thousandths});
    histogram.thousandths_ = bounded_sum(histogram.thousandths_, thousandths);
  }
  if (!in.ok() || !in.at_end()) {
    return Error{"malformed", "a rollup's histogram is cut short, too long or out of order"};
  }
  return histogram;
}

}  // namespace pagewake::model
