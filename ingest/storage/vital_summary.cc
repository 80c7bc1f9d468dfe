// VitalSummary: what reports add page views up to.
#include <cmath>
#include <utility>

#include "storage/coded_view.h"
#include "storage/summary_sum.h"

namespace pagewake::storage {
namespace {

// What a page view's bytes keep of a value (wire/record_fields.h): a value
// that comes with more digits must fall into the bucket that it is taken out
// of when the view is read back and has grown.
constexpr double kMsScale = 1e3, kClsScale = 1e6;

double as_stored(double value, double scale) {
  constexpr double kLargest = 1e12;
  return value >= 0 && value < kLargest ? std::floor(value * scale + 0.5) / scale : value;
}

}  // namespace

CodedView code_view(const model::PageViewRecord& record) {
  const pagewake::PageView& view = record.view;
  const Vitals& vitals = view.vitals;
  const Attribution& parts = view.attribution;
  const std::array values = {
      &vitals.lcp_ms,
      &vitals.inp_ms,
      &vitals.cls,
      &vitals.fcp_ms,
      &vitals.ttfb_ms,
      &parts.lcp_resource_load_delay_ms,
      &parts.lcp_resource_load_duration_ms,
      &parts.lcp_element_render_delay_ms,
      &parts.inp_input_delay_ms,
      &parts.inp_processing_duration_ms,
      &parts.inp_presentation_delay_ms,
  };
  CodedView coded;
  static_assert(std::tuple_size_v<decltype(values)> == kSummaryHistograms.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!*values[i]) continue;
    coded.codes[i] = model::VitalHistogram::code_of(
        as_stored(**values[i], values[i] == &vitals.cls ? kClsScale : kMsScale));
  }
  coded.thousandths = std::llround(model::VitalHistogram::usable_weight(view.weight) * 1000);
  coded.kept_by_exception = view.kept_by_exception;
  coded.has_error = view.error_count > 0;
  return coded;
}

void SummarySum::add(const VitalSummary& summary) {
  const auto thousandths = [](double value) { return std::llround(value * 1000); };
  view_thousandths += thousandths(summary.views);
  error_thousandths += thousandths(summary.views_with_error);
  kept_thousandths += thousandths(summary.views_kept_by_exception);
  for (std::size_t i = 0; i < histograms.size(); ++i) {
    histograms[i].add(summary.*kSummaryHistograms[i]);
  }
}

VitalSummary SummarySum::take() {
  VitalSummary out;
  out.views = static_cast<double>(std::exchange(view_thousandths, 0)) / 1000;
  out.views_with_error = static_cast<double>(std::exchange(error_thousandths, 0)) / 1000;
  out.views_kept_by_exception = static_cast<double>(std::exchange(kept_thousandths, 0)) / 1000;
  for (std::size_t i = 0; i < histograms.size(); ++i) {
    out.*kSummaryHistograms[i] = histograms[i].take();
  }
  return out;
}

void VitalSummary::add(const model::PageViewRecord& record, double factor) {
  const CodedView view = code_view(record);
  const int sign = factor < 0 ? -1 : 1;
  if (view.kept_by_exception) {
    views_kept_by_exception += sign;
    return;
  }
  const std::int64_t thousandths = view.thousandths * sign;
  const double weight = static_cast<double>(thousandths) / 1000;
  views += weight;
  if (view.has_error) views_with_error += weight;
  for (std::size_t i = 0; i < view.codes.size(); ++i) {
    (this->*kSummaryHistograms[i]).add_code(view.codes[i], thousandths);
  }
}

void VitalSummary::merge(const VitalSummary& other) {
  views += other.views;
  views_kept_by_exception += other.views_kept_by_exception;
  views_with_error += other.views_with_error;
  for (const auto histogram : kSummaryHistograms) (this->*histogram).merge(other.*histogram);
}

}  // namespace pagewake::storage
