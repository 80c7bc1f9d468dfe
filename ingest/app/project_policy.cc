#include "app/project_policy.h"

#include <utility>

namespace pagewake::app {

namespace {
constexpr std::int64_t kDayUs = std::int64_t{24} * 3600 * 1'000'000;
}

std::shared_ptr<const ProjectPolicy> ProjectPolicies::of(model::ProjectId project) {
  const std::int64_t now = now_unix_us_();
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[project];
  // A clock that was set back must not keep it for as long.
  const std::int64_t age_us = now - kept.read_at_unix_us;
  if (kept.policy && age_us >= 0 && age_us < kMaxAgeUs) return kept.policy;
  auto policy = std::make_shared<ProjectPolicy>(kept.policy ? *kept.policy : ProjectPolicy());
  if (!kept.policy) policy->raw_retention_us = retention_.configured.raw_days * kDayUs;
  if (const auto text = issues_.project_setting(project, "grouping_rules"); text.ok()) {
    if (auto rules = grouping::Rules::parse(*text)) policy->rules = std::move(*rules);
  }
  if (const auto text = issues_.project_setting(project, "inbound_filters"); text.ok()) {
    if (auto filters = enrich::parse_inbound_filters(*text)) policy->filters = std::move(*filters);
  }
  if (const auto text = issues_.project_setting(project, "quotas"); text.ok()) {
    if (auto quotas = model::parse_quotas(*text)) policy->quotas = *quotas;
  }
  if (const auto text = issues_.project_setting(0, "retention"); text.ok()) {
    if (auto change = model::parse_retention(*text)) {
      policy->raw_retention_us = retention_.with(*change).raw_days * kDayUs;
    }
  }
  kept = {std::move(policy), now};
  return kept.policy;
}

void ProjectPolicies::forget(model::ProjectId project) {
  const std::lock_guard lock(mutex_);
  for (auto& [id, kept] : kept_) {
    if (project == 0 || id == project) kept.read_at_unix_us = INT64_MIN / 2;
  }
}

}  // namespace pagewake::app
