#include "app/project_policy.h"

#include <utility>

namespace pagewake::app {

std::shared_ptr<const ProjectPolicy> ProjectPolicies::of(model::ProjectId project) {
  const std::int64_t now = now_unix_us_();
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[project];
  if (kept.policy && now - kept.read_at_unix_us < kMaxAgeUs) return kept.policy;
  auto policy = std::make_shared<ProjectPolicy>(kept.policy ? *kept.policy : ProjectPolicy());
  if (const auto text = issues_.project_setting(project, "grouping_rules"); text.ok()) {
    if (auto rules = grouping::Rules::parse(*text)) policy->rules = std::move(*rules);
  }
  if (const auto text = issues_.project_setting(project, "inbound_filters"); text.ok()) {
    if (auto filters = enrich::parse_inbound_filters(*text)) policy->filters = std::move(*filters);
  }
  kept = {std::move(policy), now};
  return kept.policy;
}

void ProjectPolicies::forget(model::ProjectId project) {
  const std::lock_guard lock(mutex_);
  kept_[project].read_at_unix_us = INT64_MIN / 2;
}

}  // namespace pagewake::app
