// What of a page view a VitalSummary counts, in 32 bytes: the buckets of its
// values. Columns keep these, so that a scan adds up without the values.
#pragma once

#include <array>
#include <cstdint>

#include "storage/record_store.h"

namespace pagewake::storage {

// The histograms of a VitalSummary, in the order of the codes.
inline constexpr std::array kSummaryHistograms = {
    &VitalSummary::lcp_ms,
    &VitalSummary::inp_ms,
    &VitalSummary::cls,
    &VitalSummary::fcp_ms,
    &VitalSummary::ttfb_ms,
    &VitalSummary::lcp_resource_load_delay_ms,
    &VitalSummary::lcp_resource_load_duration_ms,
    &VitalSummary::lcp_element_render_delay_ms,
    &VitalSummary::inp_input_delay_ms,
    &VitalSummary::inp_processing_duration_ms,
    &VitalSummary::inp_presentation_delay_ms,
};

inline constexpr std::size_t kVitalHistograms = 5;  // the vitals; behind them their parts

struct CodedView {
  std::array<std::uint16_t, kSummaryHistograms.size()> codes{};  // VitalHistogram::code_of; 0 none
  std::int64_t thousandths = 0;                                  // the view's weight
  bool kept_by_exception = false, has_error = false;
};

CodedView code_view(const model::PageViewRecord& record);

}  // namespace pagewake::storage
