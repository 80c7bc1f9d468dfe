// A mergeable distribution with 1 % relative error: the DDSketch mapping
// (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch
// with relative-error guarantees", VLDB 2019), counts weighted by sampling.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"

namespace pagewake::model {

class VitalHistogram {
 public:
  // gamma = 1.02: a value is known to within 1 %. Values below kSmallest (CLS
  // 0, cached TTFB 0) share bucket zero, whose value is exactly 0.
  static constexpr double kGamma = 1.02;
  static constexpr double kSmallest = 1e-4;

  // Counts are kept in whole thousandths: taking out what was added leaves
  // exactly what was there before, and encode() loses nothing. This is the
  // nearest weight that can be kept; 1 for what is no weight (0, negative, NaN).
  static double usable_weight(double weight);

  // `value` >= 0, finite; others are ignored. A negative weight takes a value
  // out again (a page view that grew replaces what it said before).
  void add(double value, double weight = 1);
  void merge(const VitalHistogram& other, double factor = 1);

  // A value's bucket as a small number, for columns of many values: 0 stands
  // for what add() ignores, 1 for bucket zero, the others ascend with the
  // value. add_code() of it equals add() of the value.
  static std::uint16_t code_of(double value);
  static std::uint16_t largest_code();
  void add_code(std::uint16_t code, std::int64_t thousandths);

  double count() const { return static_cast<double>(thousandths_) / 1000; }  // sum of weights
  bool empty() const { return thousandths_ <= 0; }
  // Value at quantile q in [0,1]; nothing when empty.
  std::optional<double> quantile(double q) const;
  // Share of weight at or below `value`, 0..1.
  double share_at_most(double value) const;

  struct Bucket {
    double low = 0, high = 0, count = 0;  // low < value <= high
  };
  std::vector<Bucket> buckets() const;  // ascending, non-empty ones

  // Compact bytes for a rollup row. Cells, each two bytes where weights are
  // whole and small; or, where that is no more, runs: of codes close together
  // the whole count of every one, which adds up quickest.
  std::string encode() const;
  // Any bytes. Error: "malformed".
  static Result<VitalHistogram> decode(std::span<const std::byte> bytes);
  // As encode() wrote before 2026-11-21.
  static Result<VitalHistogram> decode_first_version(std::span<const std::byte> bytes);

  // Counts are bounded here, far from where their sums would wrap.
  static std::int64_t bounded(std::int64_t thousandths) {
    return std::clamp(thousandths, -kMostThousandths, kMostThousandths);
  }
  struct Cell {
    std::uint16_t code = 0;
    std::int64_t thousandths = 0;
    friend bool operator==(const Cell&, const Cell&) = default;
  };
  // Reads what encode() wrote, cell by cell in ascending order, without making
  // a histogram of it: `each(code, thousandths)`. False: malformed.
  template <typename Each>
  static bool for_each_encoded(ByteReader& in, Each each);
  // The counts of `slots` codes that follow each other, whole and not negative:
  // each `count_bytes` (1, 2 or 4) at `counts`, little end first.
  struct Run {
    std::size_t first_code = 0, slots = 0, count_bytes = 1;
    const std::byte* counts = nullptr;
    template <typename Count>
    std::int64_t thousandths(std::size_t slot) const {
      Count count;
      std::memcpy(&count, counts + slot * sizeof(Count), sizeof(Count));
      return std::int64_t{1000} * count;
    }
    // `each` with a value of the type of a count.
    template <typename Each>
    void with_count_type(Each each) const;
  };
  // Whether encode() wrote runs. Then `each` gets them, in ascending order; they
  // point into what `in` reads. False: malformed.
  static bool has_runs(const ByteReader& in) {
    return in.rest().size() > 1 && in.rest().front() == std::byte{0};
  }
  template <typename Each>
  static bool for_each_run(ByteReader& in, Each each);
  const std::vector<Cell>& cells() const { return cells_; }
  // Ascending codes of 1 to largest_code(), none twice, no empty cell.
  static VitalHistogram of_cells(std::vector<Cell> cells);

  friend bool operator==(const VitalHistogram&, const VitalHistogram&) = default;

 private:
  // Sums stay far from where int64 would wrap; nine million visits that stand
  // for a thousand million each do not happen.
  static constexpr std::int64_t kMostThousandths = INT64_MAX / 4;
  static Run read_run(ByteReader& in, std::size_t code_before);

  std::vector<Cell> cells_;       // by code, no empty cell
  std::int64_t thousandths_ = 0;  // of all cells
};

template <typename Each>
void VitalHistogram::Run::with_count_type(Each each) const {
  if (count_bytes == 1) return each(std::uint8_t{});
  if (count_bytes == 2) return each(std::uint16_t{});
  each(std::uint32_t{});
}

template <typename Each>
bool VitalHistogram::for_each_run(ByteReader& in, Each each) {
  in.skip(1);
  std::size_t code = 0;
  for (std::uint64_t left = in.varint(); left > 0; --left) {
    const Run run = read_run(in, code);
    if (!in.ok()) return false;
    each(run);
    code = run.first_code + run.slots - 1;
  }
  return in.ok();
}

template <typename Each>
bool VitalHistogram::for_each_encoded(ByteReader& in, Each each) {
  if (has_runs(in)) {
    return for_each_run(in, [&](const Run& run) {
      run.with_count_type([&](auto type) {
        for (std::size_t slot = 0; slot < run.slots; ++slot) {
          const std::int64_t thousandths = run.template thousandths<decltype(type)>(slot);
          if (thousandths != 0)
            each(static_cast<std::uint16_t>(run.first_code + slot), thousandths);
        }
      });
    });
  }
  const std::uint64_t header = in.varint();
  const bool whole = (header & 1) != 0;
  const std::int64_t unit = whole ? 1000 : 1;
  const std::uint64_t largest = largest_code();
  std::uint64_t code = 0;
  // No memory is taken for a promised count: every cell needs its own bytes.
  for (std::uint64_t left = header >> 1; left > 0 && in.ok();) {
    // Most cells are two bytes, a delta and a count of less than 64: millions of
    // them make a report.
    const auto rest = in.rest();
    std::size_t at = 0;
    for (; left > 0 && at + 1 < rest.size(); at += 2, --left) {
      const auto delta = static_cast<std::uint8_t>(rest[at]);
      const auto zigzag = static_cast<std::uint8_t>(rest[at + 1]);
      if ((delta | zigzag) >= 0x80) break;
      if (delta == 0 || delta > largest - code || zigzag == 0) return false;
      code += delta;
      const int count = zigzag >> 1 ^ -(zigzag & 1);
      each(static_cast<std::uint16_t>(code), unit * count);
    }
    in.skip(at);
    if (left == 0) break;
    --left;
    const std::uint64_t delta = in.varint();
    std::int64_t count = in.zigzag();
    if (whole) {
      if (count > kMostThousandths / 1000 || count < -kMostThousandths / 1000) return false;
      count *= 1000;
    }
    // Compared before adding: the delta may be any 64-bit number.
    if (delta == 0 || delta > largest - code || count == 0 || count > kMostThousandths ||
        count < -kMostThousandths) {
      return false;
    }
    code += delta;
    each(static_cast<std::uint16_t>(code), count);
  }
  return in.ok();
}

}  // namespace pagewake::model
