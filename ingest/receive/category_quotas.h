// What a project may send of each category a UTC day: errors may be used up
// while traces still come in.
#pragma once

#include <cstdint>
#include <vector>

#include "model/drop.h"
#include "model/quotas.h"
#include "protocols/decoded.h"
#include "receive/daily_quota.h"
#include "receive/protocol.h"

namespace pagewake::receive {

// Safe to call from many threads.
class CategoryQuotas {
 public:
  // Takes the records of each category from the day's quota. Where nothing was
  // left of it, removes them, adds their drop (rate_limited) to `decoded`, and
  // gives the category. A retry is taken again: what it repeats is not known yet.
  std::vector<CategoryLimit> apply(model::ProjectId project, const model::Quotas& quotas,
                                   std::int64_t now_unix_us, protocols::Decoded& decoded);
  // Adds what the project sent today to the categories' fields.
  void used(model::ProjectId project, std::int64_t now_unix_us, model::Quotas& today) const;
  // Events that were only counted (of a flood of equal ones) take nothing from
  // the day: one hot issue would use it up for all others.
  void give_back_events(model::ProjectId project, std::int64_t now_unix_us, std::size_t count);
  // Nor do updates of sessions that were there: a session counts once, however
  // often its client says how it goes.
  void give_back_sessions(model::ProjectId project, std::int64_t now_unix_us, std::size_t count);

 private:
  DailyQuota events_, spans_, logs_, sessions_;
};

}  // namespace pagewake::receive
