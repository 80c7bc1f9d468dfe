#include "query/release_report.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace pagewake::query {
namespace {

// Issues of a release that are looked through for new ones, most events first.
constexpr std::size_t kIssuesLookedAt = 1000;

double share(double part, double all) { return all > 0 ? part / all : 0; }

Result<std::vector<model::Issue>> new_issues(const ReleaseStores& stores, model::ProjectId project,
                                             const std::string& release) {
  storage::IssueQuery query;
  query.release = release;
  query.sort = storage::IssueQuery::Sort::kEvents;
  auto listing = stores.records.issues(project, query, {kIssuesLookedAt, ""});
  if (!listing) return listing.error();
  std::erase_if(listing->items,
                [&](const model::Issue& issue) { return issue.first_release != release; });
  if (listing->items.size() > kNewIssuesShown) listing->items.resize(kNewIssuesShown);
  return std::move(listing->items);
}

}  // namespace

Result<ReleaseUses> release_uses(const ReleaseStores& stores, model::ProjectId project,
                                 const model::Filter& filter) {
  model::Filter every_release = filter;
  every_release.release.reset();
  ReleaseUses out;
  std::map<std::string, ReleaseUse> by_name;
  const auto rows = stores.records.summarize(project, every_release, storage::GroupBy::kRelease,
                                             storage::SummaryParts::kVitals);
  if (!rows) return rows.error();
  for (const storage::SummaryRow& row : *rows) {
    out.views += row.summary.views;
    if (row.key.empty()) continue;
    ReleaseUse& use = by_name[row.key];
    use.views = row.summary.views;
    use.error_rate = error_rate_of(row.summary);
  }
  if (stores.release_health != nullptr) {
    auto health = stores.release_health->health(project, filter.from_unix_us, filter.to_unix_us,
                                                filter.environment);
    if (!health) return health.error();
    for (storage::ReleaseHealth& one : *health) {
      out.sessions += one.sessions;
      if (!one.release.empty()) by_name[one.release].health = std::move(one);
    }
  }
  for (auto& [name, use] : by_name) {
    use.release = name;
    use.health.release = name;
    use.views_share = share(use.views, out.views);
    use.sessions_share =
        share(static_cast<double>(use.health.sessions), static_cast<double>(out.sessions));
    out.items.push_back(std::move(use));
  }
  std::stable_sort(out.items.begin(), out.items.end(), [](const auto& a, const auto& b) {
    return std::tie(a.views, a.health.sessions) > std::tie(b.views, b.health.sessions);
  });
  return out;
}

Result<std::vector<ReleaseSide>> compare_releases(const ReleaseStores& stores,
                                                  model::ProjectId project,
                                                  const model::Filter& filter,
                                                  const std::vector<std::string>& releases) {
  const auto uses = release_uses(stores, project, filter);
  if (!uses) return uses.error();
  std::vector<ReleaseSide> sides;
  for (const std::string& release : releases) {
    ReleaseSide& side = sides.emplace_back();
    const auto use = std::find_if(uses->items.begin(), uses->items.end(),
                                  [&](const ReleaseUse& one) { return one.release == release; });
    if (use != uses->items.end()) side.use = *use;
    side.use.release = side.use.health.release = release;

    model::Filter of_release = filter;
    of_release.release = release;
    const auto rows = stores.records.summarize(project, of_release, storage::GroupBy::kRelease,
                                               storage::SummaryParts::kVitals);
    if (!rows) return rows.error();
    for (const storage::SummaryRow& row : *rows) {
      if (row.key == release) side.vitals = vitals_of(row.summary);
    }
    const auto errors = stores.issues.release_errors(project, release);
    if (!errors) return errors.error();
    side.errors = *errors;
    auto fresh = new_issues(stores, project, release);
    if (!fresh) return fresh.error();
    side.new_issues = std::move(*fresh);
  }
  return sides;
}

}  // namespace pagewake::query
