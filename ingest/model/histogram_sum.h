// Adds many values or histograms up to one. A VitalHistogram keeps its cells
// sorted and small; this one keeps a slot for every code between the smallest
// and the largest, so that a cell costs a nanosecond or two. Of one histogram,
// as each step of a series is, it keeps the cells.
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_reader.h"
#include "model/vital_histogram.h"

namespace pagewake::model {

class HistogramSum {
 public:
  // As VitalHistogram::add_code().
  void add_code(std::uint16_t code, std::int64_t thousandths) {
    if (code == 0) return;
    const std::size_t slot = static_cast<std::size_t>(code) - first_;  // wraps below `first_`
    if (slot >= slots_.size()) return add_outside(code, thousandths);
    slots_[slot] = VitalHistogram::bounded(slots_[slot] + thousandths);
  }
  void add(const VitalHistogram& histogram) {
    if (is_new()) {
      cells_ = histogram.cells();
      return;
    }
    for (const auto& cell : histogram.cells()) add_code(cell.code, cell.thousandths);
  }
  // What VitalHistogram::encode() wrote. False: malformed, and part of it added.
  bool add_encoded(ByteReader& in) {
    if (is_new()) {
      cells_.reserve(in.rest().size() / 2);  // of what is there, not of what is promised
      return VitalHistogram::for_each_encoded(in,
                                              [this](std::uint16_t code, std::int64_t thousandths) {
                                                cells_.push_back({code, thousandths});
                                              });
    }
    if (VitalHistogram::has_runs(in)) {
      return VitalHistogram::for_each_run(in, [this](const VitalHistogram::Run& run) { add(run); });
    }
    return VitalHistogram::for_each_encoded(
        in, [this](std::uint16_t code, std::int64_t thousandths) { add_code(code, thousandths); });
  }
  // The sum; nothing is left, but the room for the next one.
  VitalHistogram take();

 private:
  bool is_new() const { return slots_.empty() && cells_.empty(); }
  void add(const VitalHistogram::Run& run);
  void add_outside(std::uint16_t code, std::int64_t thousandths);
  void make_room(std::size_t code);  // a slot for it

  std::size_t first_ = 0;  // code of slots_[0]
  std::vector<std::int64_t> slots_;
  std::vector<VitalHistogram::Cell> cells_;  // the sum while there are no slots
};

}  // namespace pagewake::model
