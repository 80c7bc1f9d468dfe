// Every record has one fate. A Fate is counted exactly once: as dropped, as
// stored, or, when a branch forgot it, as lost inside.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "pipeline/outcome_counter.h"

namespace pagewake::pipeline {

class Fate {
 public:
  // `counter` must outlive the fate.
  Fate(OutcomeCounter& counter, model::ProjectId project, std::int64_t hour_unix_s,
       model::Category category)
      : counter_(&counter), hour_unix_s_(hour_unix_s), project_(project), category_(category) {}
  Fate(Fate&& other) noexcept
      : counter_(std::exchange(other.counter_, nullptr)),
        hour_unix_s_(other.hour_unix_s_),
        project_(other.project_),
        category_(other.category_) {}
  Fate(const Fate&) = delete;
  Fate& operator=(const Fate&) = delete;
  Fate& operator=(Fate&&) = delete;
  ~Fate() {
    if (counter_ != nullptr) std::move(*this).drop(DropReason::kLostInside);
  }

  void drop(DropReason reason) && {
    if (auto* counter = std::exchange(counter_, nullptr)) {
      counter->dropped(project_, hour_unix_s_, category_, reason);
    }
  }
  // After append() said so, which is when the store counted it.
  void stored() && { counted(std::nullopt); }
  void duplicate() && { counted(DropReason::kDuplicate); }
  void counted_only() && { counted(DropReason::kCountedOnly); }

 private:
  void counted(std::optional<DropReason> reason) {
    if (auto* counter = std::exchange(counter_, nullptr)) {
      counter->counted_by_store(project_, category_, reason);
    }
  }

  OutcomeCounter* counter_;
  std::int64_t hour_unix_s_;
  model::ProjectId project_;
  model::Category category_;
};

}  // namespace pagewake::pipeline
