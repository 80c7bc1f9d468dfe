#include "model/vital_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace pagewake::model {
namespace {

constexpr double kLargestValue = 1e12;
constexpr double kLargestWeight = 1e9;
constexpr std::uint16_t kZeroCode = 1;  // values below kSmallest
// Codes further apart are of two runs: the head of another one takes no more
// than the zeros between them.
constexpr int kFarthestInARun = 4;
constexpr std::size_t kRunHeadBytes = 3;

const double kLogGamma = std::log(VitalHistogram::kGamma);

// Of a value of kSmallest or more: the exponent of gamma, rounded up.
std::int32_t index_of(double value) {
  value = std::min(value, kLargestValue);
  return static_cast<std::int32_t>(std::ceil(std::log(value) / kLogGamma));
}

const std::int32_t kSmallestIndex = index_of(VitalHistogram::kSmallest);
const auto kLargestCode =
    static_cast<std::uint16_t>(index_of(kLargestValue) - kSmallestIndex + kZeroCode + 1);

std::int64_t to_thousandths(double weight) {
  return std::llround(std::clamp(weight, -kLargestWeight, kLargestWeight) * 1000);
}

double upper_bound_of(std::uint16_t code) {
  return code == kZeroCode ? 0 : std::exp((code - kZeroCode - 1 + kSmallestIndex) * kLogGamma);
}

// The point of a bucket whose distance to both ends is the same ratio.
double value_of(std::uint16_t code) {
  return code == kZeroCode ? 0 : upper_bound_of(code) * 2 / (1 + VitalHistogram::kGamma);
}

}  // namespace

std::uint16_t VitalHistogram::largest_code() { return kLargestCode; }

double VitalHistogram::usable_weight(double weight) {
  if (!(weight > 0)) return 1;
  return static_cast<double>(std::max<std::int64_t>(to_thousandths(weight), 1)) / 1000;
}

void VitalHistogram::add(double value, double weight) {
  if (!std::isfinite(weight)) return;
  add_code(code_of(value), to_thousandths(weight));
}

std::uint16_t VitalHistogram::code_of(double value) {
  if (!(value >= 0) || !std::isfinite(value)) return 0;
  if (!(value >= kSmallest)) return kZeroCode;
  return static_cast<std::uint16_t>(index_of(value) - kSmallestIndex + kZeroCode + 1);
}

void VitalHistogram::add_code(std::uint16_t code, std::int64_t thousandths) {
  if (code == 0 || thousandths == 0) return;
  auto at = std::lower_bound(cells_.begin(), cells_.end(), code,
                             [](const Cell& cell, std::uint16_t c) { return cell.code < c; });
  if (at == cells_.end() || at->code != code) at = cells_.insert(at, Cell{code, 0});
  at->thousandths = bounded(at->thousandths + thousandths);
  thousandths_ = bounded(thousandths_ + thousandths);
  if (at->thousandths == 0) cells_.erase(at);
}

VitalHistogram VitalHistogram::of_cells(std::vector<Cell> cells) {
  VitalHistogram histogram;
  histogram.cells_ = std::move(cells);
  for (const Cell& cell : histogram.cells_) {
    histogram.thousandths_ = bounded(histogram.thousandths_ + cell.thousandths);
  }
  return histogram;
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
    if (b == other.cells_.end() || (a != cells_.end() && a->code < b->code)) {
      cell = *a++;
    } else if (a == cells_.end() || b->code < a->code) {
      cell = {b->code, scaled(b->thousandths)};
      ++b;
    } else {
      cell = {a->code, bounded(a->thousandths + scaled(b->thousandths))};
      ++a;
      ++b;
    }
    if (cell.thousandths == 0) continue;
    sum = bounded(sum + cell.thousandths);
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
    seen = bounded(seen + cell.thousandths);
    // The tolerance keeps "75 % of four" on the third value despite rounding.
    if (static_cast<double>(seen) * (1 + 1e-9) >= rank) return value_of(cell.code);
  }
  return value_of(cells_.back().code);
}

double VitalHistogram::share_at_most(double value) const {
  if (empty() || !(value >= 0)) return 0;
  const std::uint16_t limit = code_of(std::min(value, kLargestValue));
  std::int64_t below = 0;
  for (const Cell& cell : cells_) {
    if (cell.code <= limit) below = bounded(below + cell.thousandths);
  }
  return std::clamp(static_cast<double>(below) / static_cast<double>(thousandths_), 0.0, 1.0);
}

std::vector<VitalHistogram::Bucket> VitalHistogram::buckets() const {
  std::vector<Bucket> out;
  out.reserve(cells_.size());
  for (const Cell& cell : cells_) {
    const double high = upper_bound_of(cell.code);
    out.push_back({cell.code == kZeroCode ? 0 : high / kGamma, high,
                   static_cast<double>(cell.thousandths) / 1000});
  }
  return out;
}

namespace {

using Cells = std::span<const VitalHistogram::Cell>;

// The cells of each run that they make.
template <typename Each>
void for_each_run_of(Cells cells, Each each) {
  for (std::size_t from = 0; from < cells.size();) {
    std::size_t to = from + 1;
    while (to < cells.size() && cells[to].code - cells[to - 1].code <= kFarthestInARun) ++to;
    each(cells.subspan(from, to - from));
    from = to;
  }
}

std::size_t slots_of(Cells run) { return run.back().code - run.front().code + std::size_t{1}; }
// Bytes of a count as a power of two.
int log2_bytes_of(Cells run) {
  std::int64_t most = 0;
  for (const auto& cell : run) most = std::max(most, cell.thousandths / 1000);
  return most <= UINT8_MAX ? 0 : most <= UINT16_MAX ? 1 : 2;
}

void write_run(Cells run, std::size_t code_before, ByteWriter& out) {
  const int log2_bytes = log2_bytes_of(run);
  out.varint(run.front().code - code_before);
  out.varint(slots_of(run) << 2 | static_cast<std::size_t>(log2_bytes));
  std::size_t code = run.front().code;
  for (const auto& cell : run) {
    for (; code <= cell.code; ++code) {
      const std::int64_t count = code == cell.code ? cell.thousandths / 1000 : 0;
      for (int byte = 0; byte < 1 << log2_bytes; ++byte) {
        out.byte(static_cast<std::uint8_t>(count >> 8 * byte));
      }
    }
  }
}

}  // namespace

// Cells: varint 2 * cells + (1 where every count is whole), then per cell the
// distance from the code before and the count, whole or in thousandths.
// Runs: a zero, which no cells begin with, varint how many, then of each varint
// the distance of its first code from the last one before, varint 4 * codes +
// (0, 1 or 2 for counts of 1, 2 or 4 bytes), and the counts.
std::string VitalHistogram::encode() const {
  bool whole = true;
  std::int64_t least = INT64_MAX, most = 0;
  for (const Cell& cell : cells_) {
    whole = whole && cell.thousandths % 1000 == 0;
    least = std::min(least, cell.thousandths);
    most = std::max(most, cell.thousandths / 1000);
  }
  ByteWriter out;
  if (whole && least > 0 && most <= UINT32_MAX) {
    std::size_t runs = 0, bytes = 0;
    for_each_run_of(cells_, [&](Cells run) {
      ++runs;
      bytes += kRunHeadBytes + (slots_of(run) << log2_bytes_of(run));
    });
    if (runs > 0 && bytes <= 2 * cells_.size()) {
      out.byte(0);
      out.varint(runs);
      std::size_t code = 0;
      for_each_run_of(cells_, [&](Cells run) {
        write_run(run, code, out);
        code = run.back().code;
      });
      return out.take();
    }
  }
  out.varint(cells_.size() << 1 | (whole ? 1 : 0));
  std::uint16_t previous = 0;
  for (const Cell& cell : cells_) {
    out.varint(static_cast<std::uint64_t>(cell.code - previous));
    out.zigzag(whole ? cell.thousandths / 1000 : cell.thousandths);
    previous = cell.code;
  }
  return out.take();
}

VitalHistogram::Run VitalHistogram::read_run(ByteReader& in, std::size_t code_before) {
  static_assert(std::endian::native == std::endian::little, "counts are read as they lie");
  const std::uint64_t distance = in.varint(), shape = in.varint(), slots = shape >> 2;
  // Compared before adding: they may be any 64-bit numbers.
  if (distance == 0 || distance > kLargestCode - code_before || slots == 0 ||
      slots > kLargestCode - code_before - distance + 1 || (shape & 3) == 3) {
    in.fail();
    return {};
  }
  Run run;
  run.first_code = code_before + static_cast<std::size_t>(distance);
  run.slots = static_cast<std::size_t>(slots);
  run.count_bytes = std::size_t{1} << (shape & 3);
  run.counts = in.rest().data();
  in.skip(run.slots * run.count_bytes);
  return run;
}

Result<VitalHistogram> VitalHistogram::decode(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  std::vector<Cell> cells;
  const bool read = for_each_encoded(in, [&](std::uint16_t code, std::int64_t thousandths) {
    cells.push_back({code, thousandths});
  });
  if (!read || !in.at_end()) {
    return Error{"malformed", "a rollup's histogram is cut short, too long or out of order"};
  }
  return of_cells(std::move(cells));
}

// varint count of cells, then per cell: zigzag distance from the code before
// (the first from bucket zero) and the count in thousandths.
Result<VitalHistogram> VitalHistogram::decode_first_version(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  std::vector<Cell> cells;
  const std::uint64_t count = in.varint();
  std::int64_t code = kZeroCode;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::int64_t delta = in.zigzag();
    const std::int64_t thousandths = in.zigzag();
    if (delta < (i == 0 ? 0 : 1) || delta > kLargestCode - code || thousandths == 0 ||
        thousandths > kMostThousandths || thousandths < -kMostThousandths) {
      in.fail();
      break;
    }
    code += delta;
    cells.push_back({static_cast<std::uint16_t>(code), thousandths});
  }
  if (!in.ok() || !in.at_end()) {
    return Error{"malformed", "a rollup's histogram is cut short, too long or out of order"};
  }
  return of_cells(std::move(cells));
}

}  // namespace pagewake::model
