// How long the backend took to answer a page view's navigation.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "query/trace_join.h"

namespace pagewake::query {

using Intervals = std::vector<std::pair<std::int64_t, std::int64_t>>;  // from, to
// Time covered, each microsecond once. Sorts them.
std::int64_t covered_us(Intervals& intervals);

// By page view: of the backend's spans that hang directly under its load, the
// time they cover. Views without such a span are not there.
std::unordered_map<PageViewId, double, IdHash> backend_ms_of(const JoinedTrace& trace);

}  // namespace pagewake::query
