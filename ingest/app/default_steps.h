// What happens to every record between its decoder and the store, as a list
// one can read.
#pragma once

#include <cstdint>
#include <vector>

#include "app/project_policy.h"
#include "pipeline/pipeline.h"
#include "symbolicate/symbolicator.h"

namespace pagewake::app {

// Null: the project has no settings of its own.
using PolicyOf = std::function<std::shared_ptr<const ProjectPolicy>(model::ProjectId)>;

struct StepSettings {
  PolicyOf policy_of;  // may be empty
  // Must outlive the steps. Null: frames stay as they came.
  symbolicate::Symbolicator* symbolicator = nullptr;
};

// Records older than the retention (30 days without a policy) would be pruned
// at once: dropped instead (too_old).
//
// In order: inbound filters, clock, age, browser and device, page, scrubbing,
// source maps, grouping. Scrubbing comes before grouping, so that no secret
// ends in a grouping key or a title; source maps do, so that events group by
// their sources' names.
std::vector<pipeline::Step> default_steps(const StepSettings& settings = {});

}  // namespace pagewake::app
