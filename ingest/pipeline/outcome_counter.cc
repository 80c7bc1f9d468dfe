#include "pipeline/outcome_counter.h"

namespace pagewake::pipeline {

void OutcomeCounter::decided(model::ProjectId project, std::int64_t hour_unix_s,
                             model::Category category, std::optional<DropReason> reason,
                             std::uint64_t count) {
  if (count == 0) return;
  const std::lock_guard lock(mutex_);
  totals_[{project, category, reason}] += count;
  pending_[{project, hour_unix_s, category, reason}] += count;
}

void OutcomeCounter::counted_by_store(model::ProjectId project, model::Category category,
                                      std::optional<DropReason> reason, std::uint64_t count) {
  if (count == 0) return;
  const std::lock_guard lock(mutex_);
  totals_[{project, category, reason}] += count;
}

bool OutcomeCounter::has_pending() const {
  const std::lock_guard lock(mutex_);
  return !pending_.empty();
}

std::vector<storage::OutcomeCount> OutcomeCounter::take_pending() {
  std::map<PendingKey, std::uint64_t> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(pending_);
  }
  std::vector<storage::OutcomeCount> out;
  out.reserve(taken.size());
  for (const auto& [key, count] : taken) {
    const auto& [project, hour, category, reason] = key;
    out.push_back({project, hour, category, reason, count});
  }
  return out;
}

void OutcomeCounter::give_back(const std::vector<storage::OutcomeCount>& outcomes) {
  const std::lock_guard lock(mutex_);
  for (const auto& o : outcomes) {
    pending_[{o.project, o.hour_unix_s, o.category, o.drop_reason}] += o.count;
  }
}

std::vector<storage::OutcomeCount> OutcomeCounter::since_start() const {
  const std::lock_guard lock(mutex_);
  std::vector<storage::OutcomeCount> out;
  out.reserve(totals_.size());
  for (const auto& [key, count] : totals_) {
    const auto& [project, category, reason] = key;
    out.push_back({project, 0, category, reason, count});
  }
  return out;
}

}  // namespace pagewake::pipeline
