// Counts the fate of every record: what /metrics shows since start, and what
// the store has not been told yet.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "storage/record_store.h"

namespace pagewake::pipeline {

// Safe to call from many threads.
class OutcomeCounter {
 public:
  // A drop, decided here: the store learns it with the next commit.
  void dropped(model::ProjectId project, std::int64_t hour_unix_s, model::Category category,
               DropReason reason, std::uint64_t count = 1) {
    decided(project, hour_unix_s, category, reason, count);
  }
  // The same for any fate that is not this store's own: nothing is "stored",
  // in a store beside it.
  void decided(model::ProjectId project, std::int64_t hour_unix_s, model::Category category,
               std::optional<DropReason> reason, std::uint64_t count = 1);
  // Stored, or a duplicate (reason kDuplicate): the store counted it itself.
  void counted_by_store(model::ProjectId project, model::Category category,
                        std::optional<DropReason> reason, std::uint64_t count = 1);

  bool has_pending() const;
  // Takes what the store does not know; give it back when the commit failed.
  std::vector<storage::OutcomeCount> take_pending();
  void give_back(const std::vector<storage::OutcomeCount>& outcomes);

  // Summed over the hours.
  std::vector<storage::OutcomeCount> since_start() const;

 private:
  using TotalKey = std::tuple<model::ProjectId, model::Category, std::optional<DropReason>>;
  using PendingKey =
      std::tuple<model::ProjectId, std::int64_t, model::Category, std::optional<DropReason>>;
  mutable std::mutex mutex_;
  std::map<TotalKey, std::uint64_t> totals_;
  std::map<PendingKey, std::uint64_t> pending_;
};

constexpr std::int64_t hour_of(std::int64_t unix_us) {
  constexpr std::int64_t kHourUs = 3'600'000'000;
  // Floors, so that a time before 1970 keeps its own hour.
  return (unix_us / kHourUs - (unix_us % kHourUs < 0 ? 1 : 0)) * 3600;
}

}  // namespace pagewake::pipeline
