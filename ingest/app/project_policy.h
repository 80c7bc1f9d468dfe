// What a project's own settings (grouping rules, inbound filters) say about what comes in, as a
// snapshot that the pipeline's steps read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "enrich/inbound_filters.h"
#include "grouping/rules.h"
#include "model/quotas.h"
#include "model/retention.h"
#include "storage/issue_store.h"

namespace pagewake::app {

struct ProjectPolicy {
  grouping::Rules rules;
  enrich::InboundFilters filters;
  model::Quotas quotas;  // the project's own
  std::int64_t raw_retention_us = 0;
};

// Safe to call from many threads. A change through the API holds at once
// (forget()), one by another process within kMaxAgeUs. A store that does not
// answer and settings that cannot be read leave the last known policy, or an
// empty one, in place.
class ProjectPolicies {
 public:
  static constexpr std::int64_t kMaxAgeUs = 10'000'000;

  // `issues` must outlive this.
  ProjectPolicies(storage::IssueStore& issues, std::function<std::int64_t()> now_unix_us,
                  model::RetentionRule retention = {})
      : issues_(issues), now_unix_us_(std::move(now_unix_us)), retention_(std::move(retention)) {}

  std::shared_ptr<const ProjectPolicy> of(model::ProjectId project);
  void forget(model::ProjectId project);  // 0, the server's settings: all

 private:
  struct Kept {
    std::shared_ptr<const ProjectPolicy> policy;
    std::int64_t read_at_unix_us = 0;
  };
  storage::IssueStore& issues_;
  std::function<std::int64_t()> now_unix_us_;
  const model::RetentionRule retention_;
  std::mutex mutex_;
  std::map<model::ProjectId, Kept> kept_;
};

}  // namespace pagewake::app
