// A mergeable distribution with 1 % relative error: the DDSketch mapping
// (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch
// with relative-error guarantees", VLDB 2019), counts weighted by sampling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
  // for what add() ignores. add_code() of it equals add() of the value.
  static std::uint16_t code_of(double value);
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

  // Compact bytes for a rollup row: varint index deltas and counts in 1/1000.
  std::string encode() const;
  // Any bytes. Error: "malformed".
  static Result<VitalHistogram> decode(std::span<const std::byte> bytes);

  friend bool operator==(const VitalHistogram&, const VitalHistogram&) = default;

 private:
  void add_cell(std::int32_t index, std::int64_t thousandths);

  struct Cell {
    std::int32_t index = 0;
    std::int64_t thousandths = 0;
    friend bool operator==(const Cell&, const Cell&) = default;
  };
  std::vector<Cell> cells_;       // by index, no empty cell
  std::int64_t thousandths_ = 0;  // of all cells
};

}  // namespace pagewake::model
