// Counts requests, or records, by project and UTC day. In memory: a restart begins anew.
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
  // Takes `count` at once; `per_day` 0 is no limit, and is counted all the same: a limit that is
  // set later holds for the whole day. Nothing where at least one was left (a trace is not cut in
  // its middle: the last taker may go beyond); else the seconds until the next day begins, at
  // least 1.
  std::optional<int> take(model::ProjectId project, std::int64_t per_day, std::int64_t now_unix_us,
                          std::int64_t count = 1);
  // What was taken on the UTC day of that time; 0 of any other day.
  std::int64_t taken(model::ProjectId project, std::int64_t now_unix_us) const;
  // Undoes a part of a take() of that time: what it was for was not kept.
  void give_back(model::ProjectId project, std::int64_t now_unix_us, std::int64_t count);

 private:
  mutable std::mutex mutex_;
  std::int64_t day_ = 0;
  std::unordered_map<model::ProjectId, std::int64_t> taken_;  // on day_
};

}  // namespace pagewake::receive
