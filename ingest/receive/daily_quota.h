// Counts requests by project and UTC day. In memory: a restart begins anew.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "model/records.h"

namespace pagewake::receive {

// Safe to call from many threads. The clock is the caller's.
class DailyQuota {
 public:
  // per_day 0: no limit.
  explicit DailyQuota(std::int64_t per_day) : per_day_(per_day) {}

  // Takes one. Nothing where there was one left; else the seconds until the
  // next day begins, at least 1.
  std::optional<int> take(model::ProjectId project, std::int64_t now_unix_us);

 private:
  const std::int64_t per_day_;
  std::mutex mutex_;
  std::int64_t day_ = 0;
  std::unordered_map<model::ProjectId, std::int64_t> taken_;  // on day_
};

}  // namespace pagewake::receive
