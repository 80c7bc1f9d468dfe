// Adds page views, and sums of page views, up to a VitalSummary.
#pragma once

#include <array>
#include <cstdint>

#include "model/histogram_sum.h"
#include "storage/coded_view.h"
#include "storage/record_store.h"

namespace pagewake::storage {

// How many of kSummaryHistograms the parts of a SummaryParts are.
constexpr std::size_t histograms_of(SummaryParts parts) {
  return parts == SummaryParts::kVitals ? kVitalHistograms : kSummaryHistograms.size();
}

struct SummarySum {
  std::int64_t view_thousandths = 0, error_thousandths = 0, kept_thousandths = 0;
  std::array<model::HistogramSum, kSummaryHistograms.size()> histograms;

  // sign -1 takes the view out. Of the histograms the first `parts`.
  void add(const CodedView& view, int sign, std::size_t parts = kSummaryHistograms.size()) {
    if (view.kept_by_exception) {
      kept_thousandths += 1000 * sign;
      return;
    }
    const std::int64_t thousandths = view.thousandths * sign;
    view_thousandths += thousandths;
    if (view.has_error) error_thousandths += thousandths;
    for (std::size_t i = 0; i < parts; ++i) {
      histograms[i].add_code(view.codes[i], thousandths);
    }
  }
  void add(const VitalSummary& summary);
  // The sum; nothing is left.
  VitalSummary take();
};

}  // namespace pagewake::storage
