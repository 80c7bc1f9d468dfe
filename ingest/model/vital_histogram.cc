#include "model/vital_histogram.h"

#include <algorithm>
#include <cmath>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace pagewake::model {
namespace {

constexpr std::int32_t kZeroIndex = INT32_MIN;   // values below kSmallest
constexpr double kEmpty = 5e-4;                  // half the encoding's step of 1/1000

const double kLogGamma = std::log(VitalHistogram::kGamma);

std::int32_t index_of(double value) {
  if (value < VitalHistogram::kSmallest) return kZeroIndex;
  return static_cast<std::int32_t>(std::ceil(std::log(value) / kLogGamma));
}

double upper_bound_of(std::int32_t index) {
  return index == kZeroIndex ? 0 : std::exp(index * kLogGamma);
}

// The point of a bucket whose distance to both ends is the same ratio.
double value_of(std::int32_t index) {
  return index == kZeroIndex ? 0 : upper_bound_of(index) * 2 / (1 + VitalHistogram::kGamma);
}

}  // namespace

void VitalHistogram::add(double value, double weight) {
  if (!(value >= 0) || !std::isfinite(value) || !std::isfinite(weight) || weight == 0) return;
  value = std::min(value, 1e12);
  const std::int32_t index = index_of(value);
  auto at = std::lower_bound(cells_.begin(), cells_.end(), index,
                             [](const Cell& cell, std::int32_t i) { return cell.index < i; });
  if (at == cells_.end() || at->index != index) at = cells_.insert(at, Cell{index, 0});
  at->count += weight;
  count_ += weight;
  if (std::abs(at->count) < kEmpty) {
    count_ -= at->count;
    cells_.erase(at);
  }
  if (cells_.empty()) count_ = 0;
}

void VitalHistogram::merge(const VitalHistogram& other, double factor) {
  std::vector<Cell> merged;
  merged.reserve(cells_.size() + other.cells_.size());
  auto a = cells_.begin();
  auto b = other.cells_.begin();
  double count = 0;
  while (a != cells_.end() || b != other.cells_.end()) {
    Cell cell;
    if (b == other.cells_.end() || (a != cells_.end() && a->index < b->index)) {
      cell = *a++;
    } else if (a == cells_.end() || b->index < a->index) {
      cell = {b->index, b->count * factor};
      ++b;
    } else {
      cell = {a->index, a->count + b->count * factor};
      ++a;
      ++b;
    }
    if (std::abs(cell.count) < kEmpty) continue;
    count += cell.count;
    merged.push_back(cell);
  }
  cells_ = std::move(merged);
  count_ = count;
}

std::optional<double> VitalHistogram::quantile(double q) const {
  if (empty()) return std::nullopt;
  const double rank = std::clamp(q, 0.0, 1.0) * count_;
  double seen = 0;
  for (const Cell& cell : cells_) {
    seen += cell.count;
    // The tolerance keeps "75 % of four" on the third value despite rounding.
    if (seen + 1e-9 * count_ >= rank) return value_of(cell.index);
  }
  return value_of(cells_.back().index);
}

double VitalHistogram::share_at_most(double value) const {
  if (empty()) return 0;
  const std::int32_t limit = index_of(value);
  double below = 0;
  for (const Cell& cell : cells_) {
    if (cell.index <= limit) below += cell.count;
  }
  return std::clamp(below / count_, 0.0, 1.0);
}

std::vector<VitalHistogram::Bucket> VitalHistogram::buckets() const {
  std::vector<Bucket> out;
  out.reserve(cells_.size());
  for (const Cell& cell : cells_) {
    const double high = upper_bound_of(cell.index);
    out.push_back({cell.index == kZeroIndex ? 0 : high / kGamma, high, cell.count});
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
    out.zigzag(std::llround(cell.count * 1000));
    previous = index;
  }
  return out.take();
}

Result<VitalHistogram> VitalHistogram::decode(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  VitalHistogram histogram;
  const std::uint64_t cells = in.varint();
  const std::int32_t zero = index_of(kSmallest) - 1;
  std::int64_t previous = zero;
  for (std::uint64_t i = 0; i < cells && in.ok(); ++i) {
    const std::int64_t index = previous + in.zigzag();
    const double count = static_cast<double>(in.zigzag()) / 1000;
    if (index < zero || index > 10'000 || (i > 0 && index <= previous)) in.fail();
    histogram.cells_.push_back(
        {index == zero ? kZeroIndex : static_cast<std::int32_t>(index), count});
    histogram.count_ += count;
    previous = index;
  }
  if (!in.ok()) return Error{"malformed", "a rollup's histogram is cut short or out of order"};
  return histogram;
}

}  // namespace pagewake::model
