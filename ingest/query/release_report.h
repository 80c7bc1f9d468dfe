// How releases are: who uses them, how fast they are, what fails in them; and
// two of them side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/filter.h"
#include "query/vital_stats.h"
#include "storage/issue_store.h"
#include "storage/record_store.h"
#include "storage/release_health_store.h"

namespace pagewake::query {

// `release_health` may be nullptr: then nobody reports sessions.
struct ReleaseStores {
  storage::RecordReader& records;
  storage::IssueStore& issues;
  storage::ReleaseHealthStore* release_health = nullptr;
};

struct ReleaseUse {
  std::string release;
  double views = 0;        // of the range, by sampling weight
  double views_share = 0;  // of all page views of the range, 0..1
  double error_rate = 0;   // share of them with an error
  // Visits, and sessions as Sentry's SDKs report them; zeros where there are none.
  storage::ReleaseHealth health;
  double sessions_share = 0;  // of all sessions of the range
};

struct ReleaseUses {
  std::vector<ReleaseUse> items;  // most views, then most sessions first
  double views = 0;               // of every release, and of none
  std::uint64_t sessions = 0;
};

// Every named release that page views or sessions of the range name. Of the
// filter, sessions know time and environment only. Errors: the stores'.
Result<ReleaseUses> release_uses(const ReleaseStores& stores, model::ProjectId project,
                                 const model::Filter& filter);

inline constexpr std::size_t kNewIssuesShown = 5;

struct ReleaseSide {
  ReleaseUse use;
  PerVital<VitalStats> vitals;
  // Over the release's whole life, not the range: events of a flood are counted
  // by release and not by hour and release.
  storage::ReleaseErrors errors;
  std::vector<model::Issue> new_issues;  // most events first, at most kNewIssuesShown
};

// `filter.release` is not looked at. A release that nobody knows is all zeros.
Result<std::vector<ReleaseSide>> compare_releases(const ReleaseStores& stores,
                                                  model::ProjectId project,
                                                  const model::Filter& filter,
                                                  const std::vector<std::string>& releases);

}  // namespace pagewake::query
