#include "protocols/vital_values.h"

#include <charconv>
#include <cmath>
#include <string>

#include "base/limits.h"
#include "base/utf8.h"
#include "model/records.h"

namespace pagewake::protocols {
namespace {

constexpr double kLongestMs = 31.0 * 24 * 3600 * 1000;

class Fields {
 public:
  Fields(const Value& first, const Value& second) : first_(first), second_(second) {}

  template <typename... Names>
  std::optional<double> ms(Names... names) const {
    return vital_value_from(find(names...));
  }
  template <typename... Names>
  std::string name(Names... names) const {
    return std::string(cut_utf8(find(names...).text(), limits::kNameBytes));
  }
  template <typename... Names>
  std::string url(Names... names) const {
    return std::string(cut_utf8(find(names...).text(), limits::kUrlBytes));
  }

 private:
  template <typename... Names>
  Value find(Names... names) const {
    for (const char* name : {names...}) {
      if (const Value value = first_[name]; value.present()) return value;
      if (const Value value = second_[name]; value.present()) return value;
    }
    return {};
  }
  Value first_, second_;
};

}  // namespace

std::optional<VitalName> vital_name_from(std::string_view name) {
  std::string upper;
  for (const char c : name.substr(0, 8)) {
    upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  if (upper == "LCP") return VitalName::kLcp;
  if (upper == "INP") return VitalName::kInp;
  if (upper == "CLS") return VitalName::kCls;
  if (upper == "FCP") return VitalName::kFcp;
  if (upper == "TTFB") return VitalName::kTtfb;
  return {};
}

std::optional<double> vital_value_from(const Value& value) {
  const auto number = value.number();
  if (!number || !std::isfinite(*number) || *number < 0 || *number > kLongestMs) return {};
  return number;
}

void set_vital(Vitals& vitals, VitalName name, double value) {
  const auto set = [&](std::optional<double>& vital, MissingReason& missing) {
    vital = value;
    missing = MissingReason::kNone;
  };
  switch (name) {
    case VitalName::kLcp:
      return set(vitals.lcp_ms, vitals.lcp_missing);
    case VitalName::kInp:
      return set(vitals.inp_ms, vitals.inp_missing);
    case VitalName::kCls:
      return set(vitals.cls, vitals.cls_missing);
    case VitalName::kFcp:
      return set(vitals.fcp_ms, vitals.fcp_missing);
    case VitalName::kTtfb:
      return set(vitals.ttfb_ms, vitals.ttfb_missing);
  }
}

void read_attribution(Attribution& a, VitalName name, const Value& fields, const Value& context) {
  const Fields f(fields, context);
  switch (name) {
    case VitalName::kLcp:
      a.lcp_target = f.name("target", "element");
      a.lcp_url = f.url("url");
      a.lcp_time_to_first_byte_ms = f.ms("timeToFirstByte", "time_to_first_byte");
      a.lcp_resource_load_delay_ms = f.ms("resourceLoadDelay", "resource_load_delay");
      a.lcp_resource_load_duration_ms = f.ms("resourceLoadDuration", "resource_load_duration");
      a.lcp_element_render_delay_ms = f.ms("elementRenderDelay", "element_render_delay");
      return;
    case VitalName::kInp:
      a.inp_target = f.name("interactionTarget", "interaction_target", "target");
      a.inp_type = f.name("interactionType", "interaction_type");
      a.inp_time_ms = f.ms("interactionTime", "interaction_time");
      a.inp_input_delay_ms = f.ms("inputDelay", "input_delay");
      a.inp_processing_duration_ms = f.ms("processingDuration", "processing_duration");
      a.inp_presentation_delay_ms = f.ms("presentationDelay", "presentation_delay");
      a.inp_load_state = f.name("loadState", "load_state");
      return;
    case VitalName::kCls:
      a.cls_largest_shift_target = f.name("largestShiftTarget", "largest_shift_target", "target");
      a.cls_largest_shift_time_ms = f.ms("largestShiftTime", "largest_shift_time");
      a.cls_largest_shift_value = f.ms("largestShiftValue", "largest_shift_value");
      a.cls_load_state = f.name("loadState", "load_state");
      return;
    case VitalName::kFcp:
    case VitalName::kTtfb:
      return;
  }
}

NavigationType navigation_type_of(std::string_view name) {
  std::string folded(name.substr(0, 32));
  for (char& c : folded) {
    if (c == '-') c = '_';
  }
  return model::navigation_type_from(folded).value_or(NavigationType::kNavigate);
}

std::int64_t unix_ms_from_vital_id(std::string_view id) {
  const auto dash = id.find('-');
  if (!id.starts_with('v') || dash == id.npos) return 0;
  const std::string_view rest = id.substr(dash + 1);
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), ms);
  const bool whole = error == std::errc() && end != rest.data() + rest.size() && *end == '-';
  // 2001 to 2286: thirteen digits, as Date.now() gives.
  return whole && ms >= 1'000'000'000'000 && ms < 10'000'000'000'000 ? ms : 0;
}

}  // namespace pagewake::protocols
