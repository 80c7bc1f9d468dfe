// The sums of page_view_store.h's reading side: whole days and hours from the
// rollups, the rest from the views, and what is in memory with both.
#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

#include "storage/record_rules.h"
#include "storage/sqlite/page_view_store.h"
#include "storage/sqlite/view_sums.h"

namespace pagewake::storage::sqlite {
namespace {

// A scan of so many segments is worth a second thread, and so are the sums of
// all pages of so many hours or days: thousands of rows.
constexpr std::size_t kSegmentsForTwo = 16;
constexpr std::int64_t kStepsForTwo = 8;

struct Range {
  std::int64_t from_unix_us = 0, to_unix_us = 0;
  bool empty() const { return from_unix_us >= to_unix_us; }
  bool holds(std::int64_t at) const { return at >= from_unix_us && at < to_unix_us; }
  friend bool operator==(const Range&, const Range&) = default;
};

// Where sums of all pages, of kStepsForTwo steps and more, are best cut in two.
std::optional<std::int64_t> middle_of(Database& database, const SumQuery& query) {
  const bool of_days = query.kind == SumKind::kDayOfPage;
  if (query.page || !(of_days || query.kind == SumKind::kHourOfPage)) return std::nullopt;
  const auto kept = kept_part(database, query);
  if (!kept) return std::nullopt;
  const std::int64_t step = of_days ? kDayUs : kHourUs;
  const std::int64_t steps = (kept->to_unix_us - kept->from_unix_us) / step;
  if (steps < kStepsForTwo) return std::nullopt;
  return kept->from_unix_us + steps / 2 * step;
}

}  // namespace

// Views that one pass goes through.
struct PageViewSnapshot::Scan {
  Filter filter;  // its time holds all of `ranges`
  PageBy page_by = PageBy::kOwnName;
  std::vector<Range> ranges;                            // in the segments
  std::vector<std::pair<std::size_t, GroupBy>> groups;  // by their place in the answer
};

// Where one group's sums come from.
struct PageViewSnapshot::Plan {
  GroupBy group_by = GroupBy::kPage;
  Filter filter;  // what memory is asked for
  PageBy page_by = PageBy::kOwnName;
  std::vector<SumQuery> sums;
  std::vector<Range> summed;   // the time that they answer
  std::vector<Range> scanned;  // the time for which the segments' views do
};

PageViewSnapshot::Plan PageViewSnapshot::plan_of(ProjectId project, const Filter& filter,
                                                 GroupBy group_by) const {
  Plan plan;
  plan.group_by = group_by;
  plan.filter = filter;
  if (!answered_by_rollups(filter, group_by)) {
    plan.scanned = {{filter.from_unix_us, filter.to_unix_us}};
    return plan;
  }
  plan.page_by = PageBy::kRollupName;
  const HourRange hours = whole_hours(filter.from_unix_us, filter.to_unix_us);
  plan.filter.from_unix_us = hours.from_hour_unix_us;
  plan.filter.to_unix_us = hours.to_hour_unix_us;

  SumQuery query;
  query.project = project;
  for (const GroupBy group : kDimensionGroups) {
    const auto& wanted = wanted_of(filter, group);
    if (!wanted && group != group_by) continue;
    query.dimension = *dimension_of(group);
    query.value = wanted;
  }
  query.page = filter.page;
  const bool by_page = filter.page || group_by == GroupBy::kPage;
  const Range all{hours.from_hour_unix_us, hours.to_hour_unix_us};
  Range days{day_start_unix_us(all.from_unix_us),
             std::min(day_start_unix_us(all.to_unix_us), days_summed_before_unix_us_)};
  if (days.from_unix_us < all.from_unix_us) days.from_unix_us += kDayUs;
  if (group_by == GroupBy::kHour || days.empty()) days = {all.to_unix_us, all.to_unix_us};
  const Range before{all.from_unix_us, days.from_unix_us}, after{days.to_unix_us, all.to_unix_us};
  const auto from_sums = [&](SumKind kind, const Range& range) {
    if (range.empty()) return;
    query.kind = kind;
    query.from_unix_us = range.from_unix_us;
    query.to_unix_us = range.to_unix_us;
    plan.sums.push_back(query);
    plan.summed.push_back(range);
  };
  from_sums(by_page ? SumKind::kDayOfPage : SumKind::kDayOfAll, days);
  for (const Range& edge : {before, after}) {
    if (!by_page) {
      from_sums(SumKind::kHourOfAll, edge);
    } else if (query.dimension == kNoDimension) {
      from_sums(SumKind::kHourOfPage, edge);
    } else if (!edge.empty()) {
      plan.scanned.push_back(edge);
    }
  }
  return plan;
}

// The lock is held: memory stands still.
void PageViewSnapshot::add_memory(ProjectId project, const std::vector<Plan>& plans,
                                  SummaryParts parts, std::vector<GroupedSums>& sums) const {
  for (const Memory& memory : memory_) {
    const PageViewGeneration& generation = *memory.generation;
    // Groups that the rollups answer ask for the same rows, as do all others.
    std::map<PageBy, std::vector<std::uint32_t>> rows;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const Plan& plan = plans[i];
      const auto [at, fresh] = rows.try_emplace(plan.page_by);
      if (fresh) {
        at->second =
            matching_rows(generation.columns, *memory.mask, 0, project, plan.filter, plan.page_by);
      }
      add_rows(generation.columns, at->second, plan.group_by, plan.page_by, parts, sums[i]);
      // What the stored sums still count of views that memory replaces.
      if (plan.summed.empty()) continue;
      for (const ReplacedRow& replaced : generation.replaces) {
        const CountedView& view = replaced.view;
        if (view.project != project ||
            std::none_of(plan.summed.begin(), plan.summed.end(), [&](const Range& range) {
              return range.holds(view.started_at_unix_us);
            })) {
          continue;
        }
        const auto text = [&](Dimension of) -> const std::string& {
          return view.texts[static_cast<std::size_t>(of)];
        };
        const SumQuery& asked = plan.sums.front();
        if ((asked.page && *asked.page != text(Dimension::kRollupPage)) ||
            (asked.value && *asked.value != text(asked.dimension))) {
          continue;
        }
        const auto dimension = dimension_of(plan.group_by, PageBy::kRollupName);
        const std::string key = dimension ? text(*dimension)
                                : plan.group_by == GroupBy::kHour
                                    ? rfc3339(hour_start_unix_us(view.started_at_unix_us))
                                    : rfc3339(day_start_unix_us(view.started_at_unix_us));
        sums[i][key].add(view.coded, -1, histograms_of(parts));
      }
    }
  }
}

std::unique_ptr<PageViewSnapshot::Helper> PageViewSnapshot::helper_for(
    const std::vector<Plan>& plans) const {
  static const bool has_processors = std::thread::hardware_concurrency() > 1;
  if (!has_processors) return nullptr;
  std::size_t scanned = 0;
  for (const auto& segment : segments_) {
    const SegmentInfo& info = segment->info;
    scanned += std::any_of(plans.begin(), plans.end(), [&](const Plan& plan) {
      return std::any_of(plan.scanned.begin(), plan.scanned.end(), [&](const Range& range) {
        return info.min_started_unix_us < range.to_unix_us &&
               info.max_started_unix_us >= range.from_unix_us;
      });
    });
  }
  const bool has_many_sums = std::any_of(plans.begin(), plans.end(), [&](const Plan& plan) {
    return std::any_of(plan.sums.begin(), plan.sums.end(), [&](const SumQuery& query) {
      return middle_of(database_, query).has_value();
    });
  });
  return scanned < kSegmentsForTwo && !has_many_sums ? nullptr : open_helper_();
}

void PageViewSnapshot::add_segment(Database& database, ProjectId project, const Scan& scan,
                                   const Segment& segment, SummaryParts parts,
                                   PageViewColumns& columns, std::vector<GroupedSums>& sums) const {
  ColumnSet wanted, by_text;
  wanted.sums = parts;
  wanted.times = by_text.times = false;
  for (const auto& [place, group_by] : scan.groups) {
    if (const auto dimension = dimension_of(group_by, scan.page_by)) {
      by_text.dimensions[static_cast<std::size_t>(*dimension)] = true;
    } else {
      wanted.times = true;
    }
  }
  std::vector<Filter> filters(scan.ranges.size(), scan.filter);
  for (std::size_t i = 0; i < filters.size(); ++i) {
    filters[i].from_unix_us = scan.ranges[i].from_unix_us;
    filters[i].to_unix_us = scan.ranges[i].to_unix_us;
  }
  const SegmentInfo& info = segment.info;
  for (const RowGroup& group : info.groups) {
    // First what the filter needs, and what it is grouped by, which stands
    // there; then the sums of the rows that it lets through.
    columns.clear();
    std::vector<std::uint32_t> rows;
    for (const Filter& filter : filters) {
      if (!group.may_match(filter, scan.page_by)) continue;
      ColumnSet needed = columns_for(filter, scan.page_by);
      needed.times = !group.is_within(filter);
      for (std::size_t i = 0; i < kDimensions; ++i) {
        needed.dimensions[i] |= by_text.dimensions[i];
      }
      if (!reader_.read_columns(database, info, group, needed, columns)) return;
      const auto found =
          matching_rows(columns, segment.mask, group.first_row, project, filter, scan.page_by);
      rows.insert(rows.end(), found.begin(), found.end());
    }
    if (rows.empty()) continue;
    if (!reader_.read_columns(database, info, group, wanted, columns, &rows)) return;
    for (const auto& [place, group_by] : scan.groups) {
      add_rows(columns, rows, group_by, scan.page_by, parts, sums[place]);
    }
  }
}

void PageViewSnapshot::add_on_two(Helper* helper, const AddSums& add,
                                  std::vector<GroupedSums>& sums) {
  if (helper == nullptr) return add(database_, true, sums);
  std::vector<GroupedSums> others(sums.size());
  const auto add_others = [&] { add(*helper->lease, false, others); };
  std::thread second;
  try {
    second = std::thread(add_others);
  } catch (const std::system_error&) {
    // No thread is to be had: alone, then.
  }
  add(database_, true, sums);
  if (second.joinable()) {
    second.join();
  } else {
    add_others();
  }
  if (!(*helper->lease).ok()) database_.fail((*helper->lease).message());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    for (auto& [key, sum] : others[i]) sums[i][key].add(sum.take());
  }
}

void PageViewSnapshot::add_rollups(const std::vector<Plan>& plans, SummaryParts parts,
                                   Helper* helper, std::vector<GroupedSums>& sums) {
  // By the place of their plan. Cut here for both threads: a day that is being
  // added up meanwhile may have sums in one of their files only.
  std::vector<std::pair<std::size_t, SumQuery>> queries, others;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (const SumQuery& query : plans[i].sums) {
      queries.emplace_back(i, query);
      const auto middle = helper != nullptr ? middle_of(database_, query) : std::nullopt;
      if (!middle) continue;
      queries.back().second.to_unix_us = *middle;
      others.emplace_back(i, query).second.from_unix_us = *middle;
    }
  }
  const auto add = [&](Database& database, bool first, std::vector<GroupedSums>& into) {
    for (const auto& [i, query] : first ? queries : others) {
      add_sums(database, query, plans[i].group_by, parts, into[i]);
    }
  };
  add_on_two(others.empty() ? nullptr : helper, add, sums);
}

void PageViewSnapshot::add_segments(ProjectId project, const Scan& scan, SummaryParts parts,
                                    Helper* helper, std::vector<GroupedSums>& sums) {
  // One thread from the first on, one from the last on: each has neighbours in
  // time, and they end together.
  std::atomic<std::size_t> taken = 0;
  const auto add = [&](Database& database, bool first, std::vector<GroupedSums>& into) {
    PageViewColumns columns;
    for (std::size_t done = 0; taken++ < segments_.size(); ++done) {
      const auto& segment = segments_[first ? done : segments_.size() - 1 - done];
      add_segment(database, project, scan, *segment, parts, columns, into);
    }
  };
  add_on_two(helper, add, sums);
}

std::vector<std::vector<SummaryRow>> PageViewSnapshot::summaries(ProjectId project,
                                                                 const Filter& filter,
                                                                 const std::vector<GroupBy>& groups,
                                                                 SummaryParts parts) {
  std::vector<Plan> plans;
  plans.reserve(groups.size());
  for (const GroupBy group_by : groups) plans.push_back(plan_of(project, filter, group_by));
  std::vector<GroupedSums> sums(groups.size());
  add_memory(project, plans, parts, sums);
  const std::unique_ptr<Helper> helper = helper_for(plans);
  lock_.unlock();

  add_rollups(plans, parts, helper.get(), sums);
  std::vector<Scan> scans;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const Plan& plan = plans[i];
    if (plan.scanned.empty()) continue;
    auto scan = std::find_if(scans.begin(), scans.end(), [&](const Scan& known) {
      return known.page_by == plan.page_by && known.ranges == plan.scanned;
    });
    if (scan == scans.end()) {
      scan = scans.insert(scan, {plan.filter, plan.page_by, plan.scanned, {}});
    }
    scan->groups.emplace_back(i, plan.group_by);
  }
  for (const Scan& scan : scans) add_segments(project, scan, parts, helper.get(), sums);

  std::vector<std::vector<SummaryRow>> lists;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    auto& rows = lists.emplace_back();
    for (auto& [key, sum] : sums[i]) {
      // A view that moved away leaves a sum of nothing behind.
      VitalSummary summary = sum.take();
      if (!is_empty(summary)) rows.push_back({key, std::move(summary)});
    }
    std::sort(rows.begin(), rows.end(),
              [](const SummaryRow& a, const SummaryRow& b) { return a.key < b.key; });
  }
  return lists;
}

}  // namespace pagewake::storage::sqlite
