#include "query/outcome_report.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace pagewake::query {

Result<OutcomeReport> outcome_report(storage::RecordReader& records, model::ProjectId project,
                                     std::int64_t from_unix_us, std::int64_t to_unix_us) {
  constexpr std::int64_t kHourUs = 3'600'000'000;
  const auto counts = records.outcomes(project, from_unix_us - from_unix_us % kHourUs, to_unix_us);
  if (!counts) return counts.error();
  std::map<std::pair<model::Category, std::optional<DropReason>>, std::uint64_t> sums;
  OutcomeReport report;
  for (const storage::OutcomeCount& count : *counts) {
    sums[{count.category, count.drop_reason}] += count.count;
    (count.drop_reason ? report.dropped : report.stored) += count.count;
  }
  report.received = report.stored + report.dropped;
  for (const auto& [key, count] : sums) report.rows.push_back({key.first, key.second, count});
  std::stable_sort(report.rows.begin(), report.rows.end(), [](const auto& a, const auto& b) {
    const auto key = [](const OutcomeRow& row) {
      return std::tuple(row.category, row.drop_reason.has_value(), ~row.count);
    };
    return key(a) < key(b);
  });
  return report;
}

}  // namespace pagewake::query
