#include "model/histogram_sum.h"

#include <algorithm>
#include <utility>

namespace pagewake::model {
namespace {

constexpr std::size_t kSlack = 24;  // codes: half as much or half as little again

}  // namespace

void HistogramSum::add_outside(std::uint16_t code, std::int64_t thousandths) {
  if (!cells_.empty()) {
    const std::size_t least = cells_.front().code;
    first_ = least > kSlack ? least - kSlack : 1;
    slots_.resize(cells_.back().code - first_ + kSlack);
    for (const auto& cell : cells_) slots_[cell.code - first_] = cell.thousandths;
    cells_.clear();
    return add_code(code, thousandths);
  }
  const std::size_t at = code;
  if (slots_.empty()) {
    first_ = at > kSlack ? at - kSlack : 1;
    slots_.resize(at - first_ + kSlack);
  } else if (at < first_) {
    const std::size_t first = at > kSlack ? at - kSlack : 1;
    slots_.insert(slots_.begin(), first_ - first, 0);
    first_ = first;
  } else {
    slots_.resize(at - first_ + kSlack);
  }
  slots_[at - first_] = VitalHistogram::bounded(slots_[at - first_] + thousandths);
}

VitalHistogram HistogramSum::take() {
  if (slots_.empty()) return VitalHistogram::of_cells(std::exchange(cells_, {}));
  std::vector<VitalHistogram::Cell> cells;
  cells.reserve(static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](std::int64_t count) { return count != 0; })));
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot] == 0) continue;
    cells.push_back({static_cast<std::uint16_t>(first_ + slot), slots_[slot]});
    slots_[slot] = 0;
  }
  return VitalHistogram::of_cells(std::move(cells));
}

}  // namespace pagewake::model
