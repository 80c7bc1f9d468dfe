#include "receive/daily_quota.h"

#include <algorithm>

namespace pagewake::receive {

namespace {
constexpr std::int64_t kDaySeconds = 86'400;
}

std::optional<int> DailyQuota::take(model::ProjectId project, std::int64_t per_day,
                                    std::int64_t now_unix_us, std::int64_t count) {
  const std::int64_t seconds = now_unix_us / 1'000'000;
  const std::int64_t day = seconds / kDaySeconds;
  const std::lock_guard lock(mutex_);
  // A clock that is set back over midnight stays on the later day: nobody is
  // given a day twice. By more than a day: the later one was wrong, and waiting
  // for it would keep out what comes for as long as it was wrong by.
  if (day > day_ || day < day_ - 1) {
    day_ = day;
    taken_.clear();
  }
  auto& taken = taken_[project];
  if (per_day <= 0 || taken < per_day) {
    taken += count;
    return std::nullopt;
  }
  return static_cast<int>((day + 1) * kDaySeconds - seconds);
}

std::int64_t DailyQuota::taken(model::ProjectId project, std::int64_t now_unix_us) const {
  const std::lock_guard lock(mutex_);
  const auto found = taken_.find(project);
  return found == taken_.end() || now_unix_us / 1'000'000 / kDaySeconds > day_ ? 0 : found->second;
}

void DailyQuota::give_back(model::ProjectId project, std::int64_t now_unix_us, std::int64_t count) {
  const std::lock_guard lock(mutex_);
  const auto taken = taken_.find(project);
  // What was taken on another day is forgotten already.
  if (taken == taken_.end() || now_unix_us / 1'000'000 / kDaySeconds != day_) return;
  taken->second = std::max<std::int64_t>(0, taken->second - count);
}

}  // namespace pagewake::receive
