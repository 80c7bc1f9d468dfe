#include "wire/explain.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/page_name.h"

namespace pagewake {
namespace {

void name_longest_script(LongFrame& frame) {
  if (frame.scripts.empty()) return;
  const auto longest =
      std::max_element(frame.scripts.begin(), frame.scripts.end(),
                       [](const auto& a, const auto& b) { return a.duration_ms < b.duration_ms; });
  frame.script_url = longest->url;
  frame.script_function = longest->function;
  frame.invoker = longest->invoker;
  frame.script_ms = longest->duration_ms;
}

// Times travel in tenths: what is nearer than that is at the same time.
constexpr double kSameTimeMs = 0.06;

struct Interaction {
  double start_ms, processing_start_ms, processing_end_ms, next_paint_ms;

  const char* subpart_at(double t_ms) const {
    if (t_ms < processing_start_ms - kSameTimeMs) return "input-delay";
    return t_ms >= processing_end_ms - kSameTimeMs ? "presentation-delay" : "processing-duration";
  }
};

void explain_inp(const Interaction& inp, const std::vector<const LongFrame*>& frames,
                 Attribution& out) {
  double longest = 0, scripts = 0, style_and_layout = 0, paint = 0;
  for (const LongFrame* frame : frames) {
    if (frame->style_and_layout_start_ms != 0) {
      style_and_layout += frame->start_ms + frame->duration_ms - frame->style_and_layout_start_ms;
    }
    std::vector<const LongFrameScript*> in_time_order;
    for (const LongFrameScript& script : frame->scripts) in_time_order.push_back(&script);
    std::stable_sort(in_time_order.begin(), in_time_order.end(),
                     [](const auto* a, const auto* b) { return a->start_ms < b->start_ms; });
    for (const LongFrameScript* script : in_time_order) {
      const double overlap =
          script->start_ms + script->duration_ms - std::max(inp.start_ms, script->start_ms);
      if (overlap < 0) continue;
      const double forced = script->duration_ms > 0
                                ? overlap / script->duration_ms * script->forced_style_and_layout_ms
                                : 0;
      scripts += overlap - forced;
      style_and_layout += forced;
      if (!(overlap > longest)) continue;
      longest = overlap;
      out.inp_longest_script_ms = overlap;
      out.inp_longest_script_url = script->url;
      out.inp_longest_script_function = script->function;
      out.inp_longest_script_invoker = script->invoker;
      out.inp_longest_script_char_position = script->char_position;
      out.inp_longest_script_subpart = inp.subpart_at(script->start_ms);
    }
  }
  const double last_end_ms = frames.back()->start_ms + frames.back()->duration_ms;
  if (last_end_ms >= inp.processing_end_ms) paint = inp.next_paint_ms - last_end_ms;
  out.inp_total_script_ms = scripts;
  out.inp_total_style_and_layout_ms = style_and_layout;
  out.inp_total_paint_ms = paint;
  out.inp_total_unattributed_ms =
      inp.next_paint_ms - inp.start_ms - scripts - style_and_layout - paint;
}

void explain_inp(PageView& view) {
  Attribution& why = view.attribution;
  if (!view.vitals.inp_ms || !why.inp_time_ms) return;
  Interaction inp{};
  inp.start_ms = *why.inp_time_ms;
  inp.processing_start_ms = inp.start_ms + why.inp_input_delay_ms.value_or(0);
  inp.processing_end_ms = inp.processing_start_ms + why.inp_processing_duration_ms.value_or(0);
  inp.next_paint_ms = inp.processing_end_ms + why.inp_presentation_delay_ms.value_or(0);

  std::vector<const LongFrame*> touched;
  for (const LongFrame& frame : view.long_frames) {
    // An older sender's frames have no scripts: it has explained INP itself.
    if (!frame.script_url.empty() && frame.scripts.empty()) return;
    if (frame.start_ms + frame.duration_ms >= inp.start_ms - kSameTimeMs &&
        frame.start_ms <= inp.processing_end_ms + kSameTimeMs) {
      touched.push_back(&frame);
    }
  }
  if (touched.empty()) return;
  std::stable_sort(touched.begin(), touched.end(),
                   [](const auto* a, const auto* b) { return a->start_ms < b->start_ms; });
  explain_inp(inp, touched, why);
}

bool has_name(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    if (names.substr(0, comma) == name) return true;
    names = comma == std::string_view::npos ? std::string_view{} : names.substr(comma + 1);
  }
  return false;
}

void mark_unsupported(PageView& view) {
  const auto mark = [&view](const char* type, std::optional<double>& vital,
                            MissingReason& missing) {
    if (!vital && has_name(view.device.unsupported_entry_types, type)) {
      missing = MissingReason::kUnsupported;
    }
  };
  Vitals& v = view.vitals;
  // A browser that tells of no shifts has seen none: that is no CLS of 0.
  if (has_name(view.device.unsupported_entry_types, "layout-shift")) v.cls.reset();
  mark("largest-contentful-paint", v.lcp_ms, v.lcp_missing);
  mark("event", v.inp_ms, v.inp_missing);
  mark("layout-shift", v.cls, v.cls_missing);
  mark("paint", v.fcp_ms, v.fcp_missing);
  // Whatever the browser has, a route change waits for no document.
  if (v.ttfb_missing != MissingReason::kNotApplicable) {
    mark("navigation", v.ttfb_ms, v.ttfb_missing);
  }
}

}  // namespace

void explain(PageView& view) {
  if (view.page.empty() && !view.url.empty()) view.page = page_name_of(view.url);
  mark_unsupported(view);
  for (LongFrame& frame : view.long_frames) name_longest_script(frame);
  explain_inp(view);
}

}  // namespace pagewake
