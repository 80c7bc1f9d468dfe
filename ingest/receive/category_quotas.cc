#include "receive/category_quotas.h"

namespace pagewake::receive {

std::vector<CategoryLimit> CategoryQuotas::apply(model::ProjectId project,
                                                 const model::Quotas& quotas,
                                                 std::int64_t now_unix_us,
                                                 protocols::Decoded& decoded) {
  std::vector<CategoryLimit> limits;
  const auto take = [&](DailyQuota& quota, std::int64_t per_day, model::Category category,
                        std::uint64_t count, auto& records) {
    if (count == 0) return;
    const auto wait = quota.take(project, per_day, now_unix_us, static_cast<std::int64_t>(count));
    if (!wait) return;
    records = {};
    decoded.drops.push_back({category, DropReason::kRateLimited, count});
    limits.push_back({category, *wait});
  };
  auto& records = decoded.records;
  take(events_, quotas.events_per_day, model::Category::kEvent, records.events.size(),
       records.events);
  take(spans_, quotas.spans_per_day, model::Category::kSpan, records.spans.size(), records.spans);
  take(logs_, quotas.logs_per_day, model::Category::kLog, records.logs.size(), records.logs);
  take(sessions_, quotas.sessions_per_day, model::Category::kSession, decoded.sessions.size(),
       decoded.sessions);
  return limits;
}

void CategoryQuotas::used(model::ProjectId project, std::int64_t now_unix_us,
                          model::Quotas& today) const {
  today.events_per_day += events_.taken(project, now_unix_us);
  today.spans_per_day += spans_.taken(project, now_unix_us);
  today.logs_per_day += logs_.taken(project, now_unix_us);
  today.sessions_per_day += sessions_.taken(project, now_unix_us);
}

void CategoryQuotas::give_back_events(model::ProjectId project, std::int64_t now_unix_us,
                                      std::size_t count) {
  if (count > 0) events_.give_back(project, now_unix_us, static_cast<std::int64_t>(count));
}

void CategoryQuotas::give_back_sessions(model::ProjectId project, std::int64_t now_unix_us,
                                        std::size_t count) {
  if (count > 0) sessions_.give_back(project, now_unix_us, static_cast<std::int64_t>(count));
}

}  // namespace pagewake::receive
