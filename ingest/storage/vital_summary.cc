// VitalSummary: what reports add page views up to.
#include "storage/record_store.h"

namespace pagewake::storage {
namespace {

void add_if(model::VitalHistogram& histogram, const std::optional<double>& value, double weight) {
  if (value) histogram.add(*value, weight);
}

}  // namespace

void VitalSummary::add(const model::PageViewRecord& record, double factor) {
  const pagewake::PageView& view = record.view;
  if (view.kept_by_exception) {
    views_kept_by_exception += factor;
    return;
  }
  const double weight = model::VitalHistogram::usable_weight(view.weight) * factor;
  views += weight;
  if (view.error_count > 0) views_with_error += weight;
  add_if(lcp_ms, view.vitals.lcp_ms, weight);
  add_if(inp_ms, view.vitals.inp_ms, weight);
  add_if(cls, view.vitals.cls, weight);
  add_if(fcp_ms, view.vitals.fcp_ms, weight);
  add_if(ttfb_ms, view.vitals.ttfb_ms, weight);
  const Attribution& parts = view.attribution;
  add_if(lcp_resource_load_delay_ms, parts.lcp_resource_load_delay_ms, weight);
  add_if(lcp_resource_load_duration_ms, parts.lcp_resource_load_duration_ms, weight);
  add_if(lcp_element_render_delay_ms, parts.lcp_element_render_delay_ms, weight);
  add_if(inp_input_delay_ms, parts.inp_input_delay_ms, weight);
  add_if(inp_processing_duration_ms, parts.inp_processing_duration_ms, weight);
  add_if(inp_presentation_delay_ms, parts.inp_presentation_delay_ms, weight);
}

void VitalSummary::merge(const VitalSummary& other) {
  views += other.views;
  views_kept_by_exception += other.views_kept_by_exception;
  views_with_error += other.views_with_error;
  lcp_ms.merge(other.lcp_ms);
  inp_ms.merge(other.inp_ms);
  cls.merge(other.cls);
  fcp_ms.merge(other.fcp_ms);
  ttfb_ms.merge(other.ttfb_ms);
  lcp_resource_load_delay_ms.merge(other.lcp_resource_load_delay_ms);
  lcp_resource_load_duration_ms.merge(other.lcp_resource_load_duration_ms);
  lcp_element_render_delay_ms.merge(other.lcp_element_render_delay_ms);
  inp_input_delay_ms.merge(other.inp_input_delay_ms);
  inp_processing_duration_ms.merge(other.inp_processing_duration_ms);
  inp_presentation_delay_ms.merge(other.inp_presentation_delay_ms);
}

}  // namespace pagewake::storage
