// Whether an hour is out of the ordinary for an issue.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace pagewake::alerting {

struct Spike {
  std::uint64_t count = 0;
  double usual = 0;  // the median of the same hour of the past days
};

// `hours`: {hour_unix_s, events}, of the past seven days and this hour; hours
// without events may be missing. Compared is the same hour of each past day
// since `first_seen`, so a busy noon is no spike; a day is needed at least.
//
// Robust to low counts: beside three times the usual, the hour must lie five
// standard deviations of a Poisson count above it and reach `minimum`, so 1
// instead of 0 or 4 instead of 1 never is a spike.
std::optional<Spike> find_spike(const std::vector<std::pair<std::int64_t, std::uint64_t>>& hours,
                                std::int64_t first_seen_unix_us, std::int64_t now_unix_us,
                                std::uint64_t minimum);

}  // namespace pagewake::alerting
