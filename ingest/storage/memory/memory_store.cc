#include "storage/memory/memory_store.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "storage/record_rules.h"

namespace pagewake::storage {
namespace {

using model::EventRecord;
using model::Issue;
using model::LogRecord;
using model::PageViewRecord;
using model::SpanRecord;

template <typename IdType>
std::string raw(const IdType& id) {
  return std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

// A zero id means "none", which is nothing that one can look for.
template <typename IdType>
bool wanted(const std::optional<IdType>& id, const IdType& value) {
  return !id || (!id->is_zero() && *id == value);
}

// Cuts one page out of items that are sorted as the list is. `key` gives the
// item's place as (sort key, id bytes); both descend.
template <typename Item, typename Key, typename Copy>
Result<Listing<std::invoke_result_t<Copy, Item>>> page_of(const std::vector<Item>& sorted,
                                                          char kind, std::size_t id_bytes,
                                                          const Paging& paging, Key key,
                                                          Copy copy) {
  Listing<std::invoke_result_t<Copy, Item>> listing;
  std::optional<std::pair<std::int64_t, std::string>> after;
  if (!paging.cursor.empty()) {
    auto cursor = decode_cursor(paging.cursor, kind, id_bytes);
    if (!cursor) return cursor.error();
    after.emplace(cursor->key, cursor->id);
  }
  const std::size_t limit = clamped_limit(paging);
  std::optional<std::pair<std::int64_t, std::string>> last;
  for (const Item& item : sorted) {
    auto place = key(item);
    if (after && place >= *after) continue;
    if (listing.items.size() == limit) {
      listing.next_cursor = encode_cursor({kind, last->first, last->second});
      break;
    }
    listing.items.push_back(copy(item));
    last = std::move(place);
  }
  return listing;
}

class Store final : public MemoryStore {
 public:
  void fail_appends(bool fail) override { fail_appends_ = fail; }

  Result<Written> append(const RecordBatch& batch) override {
    if (fail_appends_) return Error{"store_failed", "the memory store was told to fail"};
    const std::unique_lock lock(mutex_);
    OutcomeSums outcomes;
    for (const OutcomeCount& outcome : batch.outcomes) outcomes.add(outcome);
    Written written;
    const auto count = [&](const auto& record, model::Category category, bool stored) {
      outcomes.add_record(record.project, record.received_at_unix_us, category, !stored);
      written.duplicate_flags.push_back(!stored);
      ++(stored ? written.stored : written.duplicates);
    };
    for (const auto& record : batch.records.page_views) {
      count(record, model::Category::kPageView, put(record));
    }
    for (const auto& record : batch.records.spans) {
      const bool stored =
          spans_.try_emplace({record.project, record.trace_id, record.span_id}, record).second;
      count(record, model::Category::kSpan, stored);
    }
    for (const auto& record : batch.records.logs) {
      const bool stored = logs_.try_emplace({record.project, record.log_id}, record).second;
      count(record, model::Category::kLog, stored);
    }
    for (const auto& record : batch.records.events) {
      count(record, model::Category::kEvent, put(record));
    }
    for (const OutcomeCount& outcome : outcomes.take()) {
      outcomes_[{outcome.project, outcome.hour_unix_s, outcome.category, outcome.drop_reason}] +=
          outcome.count;
    }
    return written;
  }

  Result<Listing<PageViewRecord>> page_views(ProjectId project, const PageViewQuery& query,
                                             const Paging& paging) override {
    const std::shared_lock lock(mutex_);
    const bool slowest = query.sort == PageViewQuery::Sort::kSlowestLcp;
    const auto place = [slowest](const PageViewRecord* record) {
      return std::pair(slowest ? lcp_sort_key(*record) : record->started_at_unix_us(),
                       raw(record->view.page_view_id));
    };
    std::vector<const PageViewRecord*> found;
    for (const auto& [key, stored] : page_views_) {
      const PageViewRecord& record = stored.record;
      if (record.project == project && matches(query.filter, record) &&
          wanted(query.session_id, record.session_id) &&
          wanted(query.trace_id, record.view.trace_id)) {
        found.push_back(&record);
      }
    }
    std::sort(found.begin(), found.end(), [&](auto a, auto b) { return place(a) > place(b); });
    return page_of(found, slowest ? kCursorSlowest : kCursorNewest, PageViewId::kBytes, paging,
                   place, [](const PageViewRecord* record) { return *record; });
  }

  Result<std::optional<PageViewRecord>> page_view(ProjectId project,
                                                  const PageViewId& id) override {
    const std::shared_lock lock(mutex_);
    const PageViewRecord* record = find_view(project, id);
    return record == nullptr ? std::optional<PageViewRecord>() : *record;
  }

  Result<std::vector<SummaryRow>> summarize(ProjectId project, const Filter& filter,
                                            GroupBy group_by) override {
    const std::shared_lock lock(mutex_);
    std::map<std::string, VitalSummary> sums;
    if (answered_by_rollups(filter, group_by)) {
      const HourRange hours = whole_hours(filter.from_unix_us, filter.to_unix_us);
      for (const auto& [key, summary] : rollups_) {
        const auto& [of_project, hour, page] = key;
        if (of_project != project || hour < hours.from_hour_unix_us ||
            hour >= hours.to_hour_unix_us || (filter.page && *filter.page != page)) {
          continue;
        }
        const std::string group = group_by == GroupBy::kPage   ? page
                                  : group_by == GroupBy::kHour ? rfc3339(hour)
                                                               : rfc3339(day_start_unix_us(hour));
        sums[group].merge(summary);
      }
    } else {
      for (const auto& [key, stored] : page_views_) {
        if (stored.record.project != project || !matches(filter, stored.record)) continue;
        sums[group_key(group_by, stored.record)].add(stored.record);
      }
    }
    std::vector<SummaryRow> rows;
    for (auto& [key, summary] : sums) rows.push_back({key, std::move(summary)});
    return rows;
  }

  Result<std::vector<SpanRecord>> spans_of_trace(ProjectId project, const TraceId& trace) override {
    return spans_of_traces(project, {trace});
  }

  Result<std::vector<SpanRecord>> spans_of_traces(ProjectId project,
                                                  const std::vector<TraceId>& traces) override {
    const std::shared_lock lock(mutex_);
    std::vector<SpanRecord> out;
    for (const TraceId& trace : std::set<TraceId>(traces.begin(), traces.end())) {
      for (auto at = spans_.lower_bound({project, trace, SpanId{}}); at != spans_.end(); ++at) {
        if (at->second.project != project || at->second.trace_id != trace) break;
        out.push_back(at->second);
      }
    }
    std::sort(out.begin(), out.end(), [](const SpanRecord& a, const SpanRecord& b) {
      return std::tie(a.trace_id, a.started_at_unix_us, a.span_id) <
             std::tie(b.trace_id, b.started_at_unix_us, b.span_id);
    });
    return out;
  }

  Result<std::vector<LogRecord>> logs_of_trace(ProjectId project, const TraceId& trace) override {
    const std::shared_lock lock(mutex_);
    std::vector<LogRecord> out;
    for (const auto& [key, record] : logs_) {
      if (record.project == project && wanted(std::optional(trace), record.trace_id)) {
        out.push_back(record);
      }
    }
    std::sort(out.begin(), out.end(), [](const LogRecord& a, const LogRecord& b) {
      return std::tie(a.at_unix_us, a.log_id) < std::tie(b.at_unix_us, b.log_id);
    });
    return out;
  }

  Result<Listing<LogRecord>> logs(ProjectId project, const LogQuery& query,
                                  const Paging& paging) override {
    const std::shared_lock lock(mutex_);
    const auto place = [](const LogRecord* log) {
      return std::pair(log->at_unix_us, id_bytes_of(static_cast<std::int64_t>(log->log_id)));
    };
    std::vector<const LogRecord*> found;
    for (const auto& [key, log] : logs_) {
      if (log.project == project && matches(query, log)) found.push_back(&log);
    }
    std::sort(found.begin(), found.end(), [&](auto a, auto b) { return place(a) > place(b); });
    return page_of(found, kCursorLogs, 8, paging, place, [](const LogRecord* log) { return *log; });
  }

  Result<Listing<EventRecord>> events(ProjectId project, const EventQuery& query,
                                      const Paging& paging) override {
    const std::shared_lock lock(mutex_);
    const auto place = [](const EventRecord* record) {
      return std::pair(record->occurred_at_unix_us, raw(record->event_id));
    };
    std::vector<const EventRecord*> found;
    for (const auto& [key, record] : events_) {
      if (record.project == project &&
          matches(query.filter, record, find_view(project, record.page_view_id)) &&
          (!query.issue_id || *query.issue_id == record.issue_id) &&
          wanted(query.page_view_id, record.page_view_id) &&
          wanted(query.session_id, record.session_id) && wanted(query.trace_id, record.trace_id)) {
        found.push_back(&record);
      }
    }
    std::sort(found.begin(), found.end(), [&](auto a, auto b) { return place(a) > place(b); });
    return page_of(found, kCursorEvents, EventId::kBytes, paging, place,
                   [](const EventRecord* record) { return *record; });
  }

  Result<std::optional<EventRecord>> event(ProjectId project, const EventId& id) override {
    const std::shared_lock lock(mutex_);
    const auto at = events_.find({project, id});
    return at == events_.end() ? std::optional<EventRecord>() : at->second;
  }

  Result<Listing<Issue>> issues(ProjectId project, const IssueQuery& query,
                                const Paging& paging) override {
    const std::shared_lock lock(mutex_);
    const std::string text = fold_case(query.text);
    const auto place = [&query](const Issue* issue) {
      return std::pair(sort_key(*issue, query.sort), id_bytes_of(issue->issue_id));
    };
    std::vector<const Issue*> found;
    for (const auto& [id, kept] : issues_) {
      const Issue& issue = kept.state.issue;
      if (issue.project == project && (!query.status || *query.status == issue.status) &&
          (text.empty() || fold_case(issue.title).find(text) != std::string::npos ||
           fold_case(issue.culprit).find(text) != std::string::npos) &&
          (!query.release || kept.releases.contains(*query.release)) &&
          (!query.environment || kept.environments.contains(*query.environment)) &&
          issue.last_seen_unix_us >= query.seen_from_unix_us &&
          issue.last_seen_unix_us < query.seen_to_unix_us) {
        found.push_back(&issue);
      }
    }
    std::sort(found.begin(), found.end(), [&](auto a, auto b) { return place(a) > place(b); });
    return page_of(found, cursor_kind(query.sort), 8, paging, place,
                   [](const Issue* issue) { return *issue; });
  }

  Result<std::optional<Issue>> issue(ProjectId project, IssueId id) override {
    const std::shared_lock lock(mutex_);
    const auto at = issues_.find(id);
    if (at == issues_.end() || at->second.state.issue.project != project) {
      return std::optional<Issue>();
    }
    return std::optional(at->second.state.issue);
  }

  Result<std::vector<std::pair<std::int64_t, std::uint64_t>>> issue_hours(
      ProjectId project, IssueId id, std::int64_t from_unix_us, std::int64_t to_unix_us) override {
    const std::shared_lock lock(mutex_);
    std::vector<std::pair<std::int64_t, std::uint64_t>> out;
    const auto at = issues_.find(id);
    if (at == issues_.end() || at->second.state.issue.project != project) return out;
    const HourRange range = whole_hours(from_unix_us, to_unix_us);
    for (const auto& [hour, count] : at->second.hours) {
      if (hour >= range.from_hour_unix_us && hour < range.to_hour_unix_us) {
        out.emplace_back(hour / 1'000'000, count);
      }
    }
    return out;
  }

  Result<std::vector<ReleaseSeen>> releases(ProjectId project) override {
    const std::shared_lock lock(mutex_);
    std::vector<ReleaseSeen> out;
    for (const auto& [key, seen] : releases_) {
      if (key.first == project) out.push_back({key.second, seen.first, seen.second});
    }
    sort_releases(out);
    return out;
  }

  Result<std::vector<OutcomeCount>> outcomes(ProjectId project, std::int64_t from_unix_us,
                                             std::int64_t to_unix_us) override {
    const std::shared_lock lock(mutex_);
    const HourRange range = whole_hours(from_unix_us, to_unix_us);
    OutcomeSums sums;
    for (const auto& [key, count] : outcomes_) {
      const auto& [of_project, hour_unix_s, category, reason] = key;
      if (of_project == project && hour_unix_s * 1'000'000 >= range.from_hour_unix_us &&
          hour_unix_s * 1'000'000 < range.to_hour_unix_us) {
        sums.add({project, 0, category, reason, count});
      }
    }
    return sums.take();
  }

  Result<std::optional<Issue>> set_issue_status(ProjectId project, IssueId id,
                                                model::IssueStatus status) override {
    if (fail_appends_) return Error{"store_failed", "the memory store was told to fail"};
    const std::unique_lock lock(mutex_);
    const auto at = issues_.find(id);
    if (at == issues_.end() || at->second.state.issue.project != project) {
      return std::optional<Issue>();
    }
    set_status(at->second.state, status);
    return std::optional(at->second.state.issue);
  }

  Result<std::size_t> prune(std::int64_t raw_before_unix_us,
                            std::int64_t rollups_before_unix_us) override {
    if (fail_appends_) return Error{"store_failed", "the memory store was told to fail"};
    const std::unique_lock lock(mutex_);
    std::size_t removed = 0;
    removed += std::erase_if(page_views_, [&](const auto& entry) {
      return entry.second.record.started_at_unix_us() < raw_before_unix_us;
    });
    removed += std::erase_if(spans_, [&](const auto& entry) {
      return entry.second.started_at_unix_us < raw_before_unix_us;
    });
    removed += std::erase_if(
        logs_, [&](const auto& entry) { return entry.second.at_unix_us < raw_before_unix_us; });
    removed += std::erase_if(events_, [&](const auto& entry) {
      return entry.second.occurred_at_unix_us < raw_before_unix_us;
    });
    // An hour goes when all of it lies before.
    const std::int64_t before = hour_start_unix_us(rollups_before_unix_us);
    std::erase_if(rollups_, [&](const auto& entry) { return std::get<1>(entry.first) < before; });
    std::erase_if(outcomes_,
                  [&](const auto& entry) { return std::get<1>(entry.first) < before / 1'000'000; });
    std::erase_if(releases_, [&](const auto& entry) { return entry.second.second < before; });
    pages_.clear();
    for (const auto& [key, summary] : rollups_) {
      const auto& [project, hour, page] = key;
      if (page != kOtherPage) pages_[project].insert(page);
    }
    std::set<IssueId> in_use;
    for (const auto& [key, record] : events_) in_use.insert(record.issue_id);
    for (auto at = issues_.begin(); at != issues_.end();) {
      KeptIssue& kept = at->second;
      std::erase_if(kept.hours, [&](const auto& hour) { return hour.first < before; });
      const Issue& issue = kept.state.issue;
      if (issue.last_seen_unix_us < before && !in_use.contains(issue.issue_id)) {
        issue_by_key_.erase({issue.project, issue.grouping_key});
        at = issues_.erase(at);
      } else {
        ++at;
      }
    }
    return removed;
  }

  Status ping() override {
    if (fail_appends_) return Error{"store_unavailable", "the memory store was told to fail"};
    return Done{};
  }

 private:
  struct KeptView {
    PageViewRecord record;
    std::string rollup_page;  // where its hour counts it
  };
  struct KeptIssue {
    IssueState state;
    std::set<std::string> users, releases, environments;
    std::map<std::int64_t, std::uint64_t> hours;  // by start, microseconds
  };

  const PageViewRecord* find_view(ProjectId project, const PageViewId& id) const {
    const auto at = page_views_.find({project, id});
    return at == page_views_.end() ? nullptr : &at->second.record;
  }

  void count_in_rollup(KeptView& view) {
    const PageViewRecord& record = view.record;
    auto& pages = pages_[record.project];
    const bool known = pages.contains(record.view.page);
    view.rollup_page = known || pages.size() < limits::kPagesPerProject ? record.view.page
                                                                        : std::string(kOtherPage);
    if (!known && view.rollup_page == record.view.page) pages.insert(record.view.page);
    rollups_[rollup_key(view)].add(record);
  }

  std::tuple<ProjectId, std::int64_t, std::string> rollup_key(const KeptView& view) const {
    return {view.record.project, hour_start_unix_us(view.record.started_at_unix_us()),
            view.rollup_page};
  }

  void see_release(const PageViewRecord& record) {
    if (record.release.empty()) return;
    const std::int64_t at = record.started_at_unix_us();
    const auto [seen, fresh] =
        releases_.try_emplace({record.project, record.release}, std::pair(at, at));
    if (fresh) return;
    seen->second = {std::min(seen->second.first, at), std::max(seen->second.second, at)};
  }

  bool put(const PageViewRecord& record) {
    const auto [at, fresh] =
        page_views_.try_emplace({record.project, record.view.page_view_id}, KeptView{record, ""});
    if (fresh) {
      count_in_rollup(at->second);
      see_release(record);
      return true;
    }
    PageViewRecord merged = at->second.record;
    if (!merge_record(merged, record)) return false;
    const auto old_rollup = rollups_.find(rollup_key(at->second));
    if (old_rollup != rollups_.end()) {
      old_rollup->second.add(at->second.record, -1);
      // Page names are counted by the rollups that hold something.
      if (is_empty(old_rollup->second)) rollups_.erase(old_rollup);
    }
    at->second.record = std::move(merged);
    count_in_rollup(at->second);
    return true;
  }

  bool put(const EventRecord& record) {
    const auto [at, fresh] = events_.try_emplace({record.project, record.event_id}, record);
    if (!fresh) return false;
    EventRecord& event = at->second;
    event.issue_id = 0;
    if (event.grouping_key.empty()) return true;
    const auto [found, is_new] =
        issue_by_key_.try_emplace({event.project, event.grouping_key}, next_issue_id_);
    if (is_new) {
      KeptIssue& made = issues_[next_issue_id_];
      made.state = new_issue(event);
      made.state.issue.issue_id = next_issue_id_++;
    }
    event.issue_id = found->second;
    KeptIssue& kept = issues_[event.issue_id];
    const std::string user = user_key(event);
    apply_event(kept.state, event, !user.empty() && kept.users.insert(user).second);
    kept.releases.insert(event.release);
    kept.environments.insert(event.environment);
    ++kept.hours[hour_start_unix_us(event.occurred_at_unix_us)];
    return true;
  }

  std::shared_mutex mutex_;
  std::atomic<bool> fail_appends_ = false;
  std::map<std::pair<ProjectId, PageViewId>, KeptView> page_views_;
  std::map<std::tuple<ProjectId, TraceId, SpanId>, SpanRecord> spans_;
  std::map<std::pair<ProjectId, std::uint64_t>, LogRecord> logs_;
  std::map<std::pair<ProjectId, EventId>, EventRecord> events_;
  std::map<IssueId, KeptIssue> issues_;
  std::map<std::pair<ProjectId, std::string>, IssueId> issue_by_key_;
  IssueId next_issue_id_ = 1;
  std::map<std::tuple<ProjectId, std::int64_t, std::string>, VitalSummary> rollups_;
  std::map<ProjectId, std::set<std::string>> pages_;
  // First and last page view of each.
  std::map<std::pair<ProjectId, std::string>, std::pair<std::int64_t, std::int64_t>> releases_;
  std::map<std::tuple<ProjectId, std::int64_t, model::Category, std::optional<DropReason>>,
           std::uint64_t>
      outcomes_;
};

}  // namespace

std::unique_ptr<MemoryStore> make_memory_store() { return std::make_unique<Store>(); }

}  // namespace pagewake::storage
