#include "model/histogram_sum.h"

#include <algorithm>
#include <utility>

namespace pagewake::model {
namespace {

constexpr std::size_t kSlack = 24;  // codes: half as much or half as little again

}  // namespace

void HistogramSum::add(const VitalHistogram::Run& run) {
  make_room(run.first_code);
  make_room(run.first_code + run.slots - 1);
  std::int64_t* const slots = &slots_[run.first_code - first_];
  run.with_count_type([&](auto type) {
    // No bound for each: a count is of 32 bits, and take() has one for the sum.
    for (std::size_t slot = 0; slot < run.slots; ++slot) {
      slots[slot] += run.thousandths<decltype(type)>(slot);
    }
  });
}

void HistogramSum::add_outside(std::uint16_t code, std::int64_t thousandths) {
  make_room(code);
  std::int64_t& slot = slots_[code - first_];
  slot = VitalHistogram::bounded(slot + thousandths);
}

void HistogramSum::make_room(std::size_t code) {
  if (!cells_.empty()) {
    const std::size_t least = cells_.front().code;
    first_ = least > kSlack ? least - kSlack : 1;
    slots_.resize(cells_.back().code - first_ + kSlack);
    for (const auto& cell : cells_) slots_[cell.code - first_] = cell.thousandths;
    cells_.clear();
  }
  const std::size_t lower = code > kSlack ? code - kSlack : 1;
  if (slots_.empty()) {
    first_ = lower;
  } else if (code < first_) {
    slots_.insert(slots_.begin(), first_ - lower, 0);
    first_ = lower;
  }
  if (code - first_ >= slots_.size()) slots_.resize(code - first_ + kSlack);
}

VitalHistogram HistogramSum::take() {
  if (slots_.empty()) return VitalHistogram::of_cells(std::exchange(cells_, {}));
  std::vector<VitalHistogram::Cell> cells;
  cells.reserve(static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](std::int64_t count) { return count != 0; })));
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot] == 0) continue;
    cells.push_back(
        {static_cast<std::uint16_t>(first_ + slot), VitalHistogram::bounded(slots_[slot])});
    slots_[slot] = 0;
  }
  return VitalHistogram::of_cells(std::move(cells));
}

}  // namespace pagewake::model
