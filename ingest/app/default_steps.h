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
  // Records older than the retention would be pruned at once: dropped instead
  // (too_old). The same setting as `pagewake prune` uses.
  std::int64_t raw_retention_us = std::int64_t{30} * 24 * 3600 * 1'000'000;
  PolicyOf policy_of;  // may be empty
  // Must outlive the steps. Null: frames stay as they came.
  symbolicate::Symbolicator* symbolicator = nullptr;
};

// In order: inbound filters, clock, age, browser and device, page, scrubbing,
// source maps, grouping. Scrubbing comes before grouping, so that no secret
// ends in a grouping key or a title; source maps do, so that events group by
// their sources' names.
std::vector<pipeline::Step> default_steps(const StepSettings& settings = {});

}  // namespace pagewake::app
