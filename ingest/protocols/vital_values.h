// Vitals that come one by one, under web-vitals' names or Faro's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocols/json.h"
#include "wire/page_view.h"

namespace pagewake::protocols {

enum class VitalName : std::uint8_t { kLcp, kInp, kCls, kFcp, kTtfb };
// "LCP" and "lcp"; nothing for others.
std::optional<VitalName> vital_name_from(std::string_view name);

// A score or milliseconds: finite, from 0, and no longer than a month.
std::optional<double> vital_value_from(const Value& value);

void set_vital(Vitals& vitals, VitalName name, double value);

// Attribution as web-vitals v3 to v6 write it (camelCase) or Faro (snake_case);
// looked for in `fields` first, then in `context`. Unknown names are left out.
void read_attribution(Attribution& attribution, VitalName name, const Value& fields,
                      const Value& context);

// "navigate", "back-forward-cache" or "back_forward_cache", ...; kNavigate for others.
NavigationType navigation_type_of(std::string_view name);

// When web-vitals made this id ("v6-1795228346675-7451139775277"): a few
// milliseconds after the page view began. 0 where the text is no such id.
std::int64_t unix_ms_from_vital_id(std::string_view id);

}  // namespace pagewake::protocols
