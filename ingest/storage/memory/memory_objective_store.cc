#include <algorithm>
#include <mutex>
#include <utility>

#include "storage/objective_store.h"

namespace pagewake::storage {
namespace {

class Store final : public ObjectiveStore {
 public:
  Result<Objective> create(Objective objective) override {
    if (Status checked = check(objective); !checked) return checked.error();
    const std::lock_guard lock(mutex_);
    const auto of_project = std::count_if(kept_.begin(), kept_.end(), [&](const auto& kept) {
      return kept.project == objective.project;
    });
    if (std::size_t(of_project) >= kObjectivesPerProject) {
      return Error{"invalid_count", "a project has at most 100 objectives"};
    }
    objective.id = ++last_id_;
    kept_.push_back(objective);
    return objective;
  }

  Result<std::vector<Objective>> objectives(model::ProjectId project) override {
    const std::lock_guard lock(mutex_);
    std::vector<Objective> out;
    for (const auto& kept : kept_) {
      if (kept.project == project) out.push_back(kept);
    }
    return out;
  }

  Result<bool> remove(model::ProjectId project, std::int64_t id) override {
    const std::lock_guard lock(mutex_);
    return std::erase_if(kept_, [&](const auto& kept) {
             return kept.project == project && kept.id == id;
           }) > 0;
  }

 private:
  std::mutex mutex_;
  std::int64_t last_id_ = 0;
  std::vector<Objective> kept_;
};

}  // namespace

std::unique_ptr<ObjectiveStore> make_memory_objective_store() { return std::make_unique<Store>(); }

}  // namespace pagewake::storage
