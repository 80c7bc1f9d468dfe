// What a page's report means, in words, where a rule is sure. Each rule looks
// at the slow quarter of the examined visits (LCP at or above its p75) or at
// the report's own numbers, and says nothing below kFewestVisits.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "query/page_report.h"
#include "query/time_bands.h"

namespace pagewake::query {

inline constexpr std::size_t kFewestVisits = 5;  // slow visits that a rule needs

// Largest impact first; findings without a time last.
std::vector<Finding> findings(const PageReport& report, const std::vector<ExaminedView>& views,
                              const std::vector<SpanName>& names);

}  // namespace pagewake::query
