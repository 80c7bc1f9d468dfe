#include "alerting/spike.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace pagewake::alerting {

std::optional<Spike> find_spike(const std::vector<std::pair<std::int64_t, std::uint64_t>>& hours,
                                std::int64_t first_seen_unix_us, std::int64_t now_unix_us,
                                std::uint64_t minimum) {
  constexpr std::int64_t kHourS = 3600, kDayS = 24 * kHourS, kDays = 7;
  const std::int64_t now_s = now_unix_us / 1'000'000;
  const std::int64_t this_hour = now_s - now_s % kHourS;
  const std::map<std::int64_t, std::uint64_t> by_hour(hours.begin(), hours.end());
  const auto count_at = [&](std::int64_t hour) {
    const auto at = by_hour.find(hour);
    return at == by_hour.end() ? std::uint64_t{0} : at->second;
  };
  std::vector<double> past;
  for (std::int64_t day = 1; day <= kDays; ++day) {
    const std::int64_t hour = this_hour - day * kDayS;
    if (hour + kHourS <= first_seen_unix_us / 1'000'000) break;
    past.push_back(static_cast<double>(count_at(hour)));
  }
  if (past.empty()) return std::nullopt;
  const auto middle = past.begin() + static_cast<std::ptrdiff_t>(past.size() / 2);
  std::nth_element(past.begin(), middle, past.end());
  const Spike spike{count_at(this_hour), *middle};
  const auto count = static_cast<double>(spike.count);
  if (spike.count < minimum || count < 3 * spike.usual ||
      count < spike.usual + 5 * std::sqrt(spike.usual + 1)) {
    return std::nullopt;
  }
  return spike;
}

}  // namespace pagewake::alerting
