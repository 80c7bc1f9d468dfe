#include "receive/category_quotas.h"

namespace pagewake::receive {

CategoryQuotas::CategoryQuotas(const Rates& rates)
    : events_(rates.events_per_day),
      spans_(rates.spans_per_day),
      logs_(rates.logs_per_day),
      sessions_(rates.sessions_per_day) {}

std::vector<CategoryLimit> CategoryQuotas::apply(model::ProjectId project, std::int64_t now_unix_us,
                                                 protocols::Decoded& decoded) {
  std::vector<CategoryLimit> limits;
  const auto take = [&](DailyQuota& quota, model::Category category, std::uint64_t count,
                        auto& records) {
    if (count == 0) return;
    const auto wait = quota.take(project, now_unix_us, static_cast<std::int64_t>(count));
    if (!wait) return;
    records = {};
    decoded.drops.push_back({category, DropReason::kRateLimited, count});
    limits.push_back({category, *wait});
  };
  auto& records = decoded.records;
  take(events_, model::Category::kEvent, records.events.size(), records.events);
  take(spans_, model::Category::kSpan, records.spans.size(), records.spans);
  take(logs_, model::Category::kLog, records.logs.size(), records.logs);
  take(sessions_, model::Category::kSession, decoded.sessions.size(), decoded.sessions);
  return limits;
}

}  // namespace pagewake::receive
