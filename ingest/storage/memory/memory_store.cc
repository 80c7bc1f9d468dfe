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
#include "storage/coded_view.h"
#include "storage/record_rules.h"
#include "storage/same_failure.h"
#include "storage/writer_first_mutex.h"

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
    const auto settle = [&](const auto& record, model::Category category, RecordFate fate) {
      outcomes.add_record(record.project, record.received_at_unix_us, category, fate);
      written.add(fate);
    };
    const auto count = [&](const auto& record, model::Category category, bool is_new) {
      settle(record, category, is_new ? RecordFate::kStored : RecordFate::kDuplicate);
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
      settle(record, model::Category::kEvent, put(record));
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

  Result<std::vector<std::vector<SummaryRow>>> summaries(ProjectId project, const Filter& filter,
                                                         const std::vector<GroupBy>& groups,
                                                         SummaryParts parts) override {
    const std::shared_lock lock(mutex_);
    std::vector<std::vector<SummaryRow>> lists;
    for (const GroupBy group_by : groups) {
      std::map<std::string, VitalSummary> sums;
      if (answered_by_rollups(filter, group_by)) {
        add_rollups(project, filter, group_by, sums);
      } else {
        for (const auto& [key, stored] : page_views_) {
          if (stored.record.project != project || !matches(filter, stored.record)) continue;
          sums[group_key(group_by, stored.record)].add(stored.record);
        }
      }
      auto& rows = lists.emplace_back();
      for (auto& [key, summary] : sums) rows.push_back({key, std::move(summary)});
      if (parts == SummaryParts::kAll) continue;
      for (SummaryRow& row : rows) {
        for (std::size_t i = kVitalHistograms; i < kSummaryHistograms.size(); ++i) {
          row.summary.*kSummaryHistograms[i] = {};
        }
      }
    }
    return lists;
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
          (!query.issue_id || *query.issue_id == record.issue_id ||
           *query.issue_id == shown_issue(record.issue_id)) &&
          wanted(query.page_view_id, record.page_view_id) &&
          wanted(query.session_id, record.session_id) && wanted(query.trace_id, record.trace_id)) {
        found.push_back(&record);
      }
    }
    std::sort(found.begin(), found.end(), [&](auto a, auto b) { return place(a) > place(b); });
    return page_of(found, kCursorEvents, EventId::kBytes, paging, place,
                   [this](const EventRecord* record) { return shown(*record); });
  }

  Result<std::optional<EventRecord>> event(ProjectId project, const EventId& id) override {
    const std::shared_lock lock(mutex_);
    const auto at = events_.find({project, id});
    return at == events_.end() ? std::optional<EventRecord>() : shown(at->second);
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
      const Issue& issue = kept.issue;
      const auto has = [&k = kept](const std::string& key, const std::string& value) {
        const auto at = k.tags.find(key);
        return at != k.tags.end() && at->second.contains(value);
      };
      const auto has_any_case = [&k = kept](const std::string& key, const std::string& value) {
        const auto at = k.tags.find(key);
        return at != k.tags.end() &&
               std::any_of(at->second.begin(), at->second.end(), [&](const auto& one) {
                 return fold_case(one.first) == fold_case(value);
               });
      };
      if (issue.project == project && issue.merged_into == 0 &&
          (!query.status || *query.status == issue.status) &&
          (text.empty() || fold_case(issue.title).find(text) != std::string::npos ||
           fold_case(issue.culprit).find(text) != std::string::npos) &&
          (!query.release || has("release", *query.release)) &&
          (!query.environment || has("environment", *query.environment)) &&
          (!query.assignee || *query.assignee == issue.assignee) &&
          (!query.level || *query.level == issue.level) &&
          (!query.type || *query.type == issue.type) &&
          (!query.platform || *query.platform == issue.platform) &&
          (!query.user || kept.users.contains(user_key_of(*query.user))) &&
          std::all_of(query.tags.begin(), query.tags.end(),
                      [&](const auto& tag) { return has_any_case(tag.first, tag.second); }) &&
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
    if (at == issues_.end() || at->second.issue.project != project) {
      return std::optional<Issue>();
    }
    return std::optional(at->second.issue);
  }

  Result<std::vector<std::pair<std::int64_t, std::uint64_t>>> issue_hours(
      ProjectId project, IssueId id, std::int64_t from_unix_us, std::int64_t to_unix_us) override {
    const std::shared_lock lock(mutex_);
    std::vector<std::pair<std::int64_t, std::uint64_t>> out;
    const auto at = issues_.find(id);
    if (at == issues_.end() || at->second.issue.project != project) return out;
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

  // --- IssueStore

  Result<std::vector<Issue>> change_issues(ProjectId project, const std::vector<IssueId>& ids,
                                           const IssueChange& change, const std::string& actor,
                                           std::int64_t now_unix_us) override {
    if (fail_appends_) return failed();
    const std::unique_lock lock(mutex_);
    std::vector<Issue> changed;
    const auto known = releases_newest_first(project);
    for (const IssueId id : std::set<IssueId>(ids.begin(), ids.end())) {
      Issue* issue = find_issue(project, id);
      if (issue == nullptr) continue;
      apply_change(*issue, change, known.empty() ? "" : known[0].release, now_unix_us);
      if (change.status) {
        note({0, project, id, now_unix_us, ActivityKind::kStatus, actor,
              std::string(model::name_of(*change.status))});
      }
      if (change.assignee) {
        note({0, project, id, now_unix_us, ActivityKind::kAssigned, actor, *change.assignee});
      }
      changed.push_back(*issue);
    }
    return changed;
  }

  Status unignore_issue(ProjectId project, IssueId id, const std::string& detail,
                        std::int64_t now_unix_us) override {
    if (fail_appends_) return failed();
    const std::unique_lock lock(mutex_);
    Issue* issue = find_issue(project, id);
    if (issue == nullptr || issue->status != model::IssueStatus::kIgnored) return Done{};
    IssueChange change;
    change.status = model::IssueStatus::kUnresolved;
    apply_change(*issue, change, "", now_unix_us);
    note({0, project, id, now_unix_us, ActivityKind::kUnignored, "", detail});
    return Done{};
  }

  Result<Issue> merge_issues(ProjectId project, const std::vector<IssueId>& ids,
                             const std::string& actor, std::int64_t now_unix_us) override {
    if (fail_appends_) return failed();
    const std::unique_lock lock(mutex_);
    std::vector<Issue> given;
    for (const IssueId id : std::set<IssueId>(ids.begin(), ids.end())) {
      const Issue* issue = find_issue(project, id);
      if (issue == nullptr || issue->merged_into != 0) {
        return Error{"invalid_merge",
                     "issue " + std::to_string(id) +
                         (issue != nullptr ? " is a part of another already" : " is not there")};
      }
      given.push_back(*issue);
    }
    if (given.size() < 2) {
      return Error{"invalid_merge", "two different issues are needed to merge"};
    }
    std::vector<IssueId> parts;
    IssueId whole = 0;
    for (const Issue& issue : given) {
      const auto own = parts_of(issue.issue_id);
      if (own.empty()) {
        parts.push_back(issue.issue_id);
        continue;
      }
      parts.insert(parts.end(), own.begin(), own.end());
      if (whole == 0) {
        whole = issue.issue_id;
      } else {
        move_activity(issue.issue_id, whole);
        issues_.erase(issue.issue_id);
      }
    }
    if (whole == 0) {
      whole = next_issue_id_++;
      KeptIssue& made = issues_[whole];
      made.issue = merged_from(given);
      made.issue.issue_id = whole;
    }
    std::string titles;
    for (const IssueId part : parts) {
      Issue& issue = issues_[part].issue;
      titles += (titles.empty() ? "" : "\n") + issue.title;
      issue.merged_into = whole;
    }
    count_again(whole);
    note({0, project, whole, now_unix_us, ActivityKind::kMerged, actor, titles});
    return issues_[whole].issue;
  }

  Result<Issue> unmerge_issues(ProjectId project, IssueId id, const std::vector<IssueId>& out,
                               const std::string& actor, std::int64_t now_unix_us) override {
    if (fail_appends_) return failed();
    const std::unique_lock lock(mutex_);
    const Issue* found = find_issue(project, id);
    std::vector<IssueId> parts = found != nullptr ? parts_of(id) : std::vector<IssueId>();
    const std::set<IssueId> leaving(out.begin(), out.end());
    for (const IssueId part : leaving) {
      if (std::find(parts.begin(), parts.end(), part) == parts.end()) {
        return Error{"invalid_merge", "issue " + std::to_string(part) + " is no part of issue " +
                                          std::to_string(id)};
      }
    }
    if (leaving.empty()) return Error{"invalid_merge", "no part to take out was given"};
    const Issue whole = *found;
    std::string titles;
    for (const IssueId part : leaving) {
      Issue& issue = issues_[part].issue;
      titles += (titles.empty() ? "" : "\n") + issue.title;
      leave(issue, whole);
      note({0, project, part, now_unix_us, ActivityKind::kUnmerged, actor, whole.title});
    }
    std::erase_if(parts, [&](IssueId part) { return leaving.contains(part); });
    if (parts.size() > 1) {
      count_again(id);
      note({0, project, id, now_unix_us, ActivityKind::kUnmerged, actor, titles});
      return issues_[id].issue;
    }
    const IssueId heir = parts.empty() ? *leaving.begin() : parts[0];
    if (!parts.empty()) leave(issues_[heir].issue, whole);
    move_activity(id, heir);
    issues_.erase(id);
    return issues_[heir].issue;
  }

  Result<std::vector<Issue>> issue_parts(ProjectId project, IssueId id) override {
    const std::shared_lock lock(mutex_);
    std::vector<Issue> parts;
    for (const IssueId part : parts_of(id)) {
      const Issue& issue = issues_.at(part).issue;
      if (issue.project == project) parts.push_back(issue);
    }
    return parts;
  }

  Result<std::optional<Activity>> comment_on_issue(ProjectId project, IssueId id,
                                                   const std::string& text,
                                                   const std::string& actor,
                                                   std::int64_t now_unix_us) override {
    if (fail_appends_) return failed();
    const std::unique_lock lock(mutex_);
    if (find_issue(project, id) == nullptr) return std::optional<Activity>();
    note({0, project, id, now_unix_us, ActivityKind::kComment, actor, text});
    return std::optional(activity_.back());
  }

  Result<std::vector<Activity>> issue_activity(ProjectId project, IssueId id,
                                               std::size_t limit) override {
    const std::shared_lock lock(mutex_);
    std::set<IssueId> ids = {id};
    for (const IssueId part : parts_of(id)) ids.insert(part);
    std::vector<Activity> out;
    for (auto at = activity_.rbegin(); at != activity_.rend() && out.size() < limit; ++at) {
      if (at->project == project && ids.contains(at->issue_id)) out.push_back(*at);
    }
    return out;
  }

  Result<std::vector<Activity>> activity_after(std::int64_t activity_id,
                                               std::size_t limit) override {
    const std::shared_lock lock(mutex_);
    std::vector<Activity> out;
    for (const Activity& one : activity_) {
      if (one.activity_id > activity_id && out.size() < limit) out.push_back(one);
    }
    return out;
  }

  Result<std::int64_t> last_activity_id() override {
    const std::shared_lock lock(mutex_);
    return activity_.empty() ? 0 : activity_.back().activity_id;
  }

  Result<std::vector<TagDistribution>> issue_tags(ProjectId project, IssueId id) override {
    const std::shared_lock lock(mutex_);
    std::vector<TagDistribution> out;
    const auto at = issues_.find(id);
    if (at == issues_.end() || at->second.issue.project != project) return out;
    for (const auto& [key, values] : at->second.tags) {
      TagDistribution& one = out.emplace_back();
      one.key = key;
      for (const auto& [value, count] : values) {
        one.event_count += count;
        one.values.push_back({value, count});
      }
      std::stable_sort(
          one.values.begin(), one.values.end(),
          [](const TagValue& a, const TagValue& b) { return a.event_count > b.event_count; });
      if (one.values.size() > kTagValuesShown) one.values.resize(kTagValuesShown);
    }
    return out;
  }

  Result<std::vector<ReleaseArrival>> release_arrivals(ProjectId project,
                                                       std::size_t limit) override {
    const std::shared_lock lock(mutex_);
    auto out = releases_newest_first(project);
    if (out.size() > limit) out.resize(limit);
    return out;
  }

  Result<ReleaseErrors> release_errors(ProjectId project, const std::string& release) override {
    const std::shared_lock lock(mutex_);
    ReleaseErrors out;
    for (const auto& [id, kept] : issues_) {
      if (kept.issue.project != project || kept.issue.merged_into != 0) continue;
      const auto key = kept.tags.find("release");
      if (key == kept.tags.end()) continue;
      const auto value = key->second.find(release);
      if (value == key->second.end()) continue;
      out.events += value->second;
      ++out.issues;
      out.new_issues += kept.issue.first_release == release ? 1 : 0;
    }
    return out;
  }

  Result<std::string> project_setting(ProjectId project, const std::string& name) override {
    const std::shared_lock lock(mutex_);
    const auto at = settings_.find({project, name});
    return at == settings_.end() ? std::string() : at->second;
  }

  Status set_project_setting(ProjectId project, const std::string& name,
                             const std::string& value) override {
    if (fail_appends_) return failed();
    const std::unique_lock lock(mutex_);
    settings_[{project, name}] = value;
    return Done{};
  }

  Result<IssueId> rekey_issue(ProjectId project, IssueId id, const EventRecord& event) override {
    if (fail_appends_) return Error{"store_failed", "the memory store was told to fail"};
    const std::unique_lock lock(mutex_);
    const auto other = issue_by_key_.find({project, event.grouping_key});
    if (other != issue_by_key_.end()) return other->second;
    const auto at = issues_.find(id);
    if (at == issues_.end() || at->second.issue.project != project) return IssueId{0};
    Issue& issue = at->second.issue;
    issue_by_key_.erase({project, issue.grouping_key});
    issue_by_key_[{project, event.grouping_key}] = id;
    issue.grouping_key = event.grouping_key;
    issue.grouping_explanation = event.grouping_explanation;
    issue.title = event.title;
    issue.culprit = event.culprit;
    return id;
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
    std::int64_t newest = 0;
    for (const auto& [id, hour] : counted_events_) newest = std::max(newest, hour);
    std::erase_if(counted_events_,
                  [&](const auto& entry) { return entry.second < newest - kCountedEventUs; });
    removed += std::erase_if(events_, [&](const auto& entry) {
      return entry.second.occurred_at_unix_us < raw_before_unix_us;
    });
    std::erase_if(events_by_trace_, [&](const auto& entry) {
      return !events_.contains({entry.first.first, entry.second});
    });
    // An hour goes when all of it lies before.
    const std::int64_t before = hour_start_unix_us(rollups_before_unix_us);
    std::erase_if(rollups_, [&](const auto& entry) { return entry.first.hour_unix_us < before; });
    std::erase_if(outcomes_,
                  [&](const auto& entry) { return std::get<1>(entry.first) < before / 1'000'000; });
    std::erase_if(releases_, [&](const auto& entry) { return entry.second.second < before; });
    pages_.clear();
    for (const auto& [key, summary] : rollups_) {
      if (key.page != kOtherPage) pages_[key.project].insert(key.page);
    }
    std::set<IssueId> in_use;
    for (const auto& [key, record] : events_) in_use.insert(record.issue_id);
    for (auto at = issues_.begin(); at != issues_.end();) {
      KeptIssue& kept = at->second;
      std::erase_if(kept.hours, [&](const auto& hour) { return hour.first < before; });
      const Issue& issue = kept.issue;
      if (issue.last_seen_unix_us < before && !in_use.contains(issue.issue_id) &&
          parts_of(issue.issue_id).empty()) {
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
  struct RollupKey {
    ProjectId project = 0;
    std::int64_t hour_unix_us = 0;
    std::string page;
    GroupBy dimension = GroupBy::kPage;
    std::string value;
    friend auto operator<=>(const RollupKey&, const RollupKey&) = default;
  };
  struct KeptView {
    PageViewRecord record;
    std::string rollup_page;  // where its hour counts it
  };
  struct KeptIssue {
    Issue issue;
    std::set<std::string> users;
    std::map<std::string, std::map<std::string, std::uint64_t>> tags;
    std::map<std::int64_t, std::uint64_t> hours;  // by start, microseconds
  };

  static Error failed() { return {"store_failed", "the memory store was told to fail"}; }

  Issue* find_issue(ProjectId project, IssueId id) {
    const auto at = issues_.find(id);
    return at == issues_.end() || at->second.issue.project != project ? nullptr : &at->second.issue;
  }

  IssueId shown_issue(IssueId id) const {
    const auto at = issues_.find(id);
    return at == issues_.end() || at->second.issue.merged_into == 0 ? id
                                                                    : at->second.issue.merged_into;
  }

  EventRecord shown(EventRecord event) const {
    event.issue_id = shown_issue(event.issue_id);
    return event;
  }

  std::vector<IssueId> parts_of(IssueId id) const {
    std::vector<IssueId> parts;
    for (const auto& [part, kept] : issues_) {
      if (kept.issue.merged_into == id && id != 0) parts.push_back(part);
    }
    return parts;
  }

  void count_again(IssueId id) {
    KeptIssue& whole = issues_[id];
    whole.users.clear();
    whole.tags.clear();
    whole.hours.clear();
    std::vector<Issue> parts;
    for (const IssueId part : parts_of(id)) {
      const KeptIssue& kept = issues_[part];
      parts.push_back(kept.issue);
      whole.users.insert(kept.users.begin(), kept.users.end());
      for (const auto& [hour, count] : kept.hours) whole.hours[hour] += count;
      for (const auto& [key, values] : kept.tags) {
        for (const auto& [value, count] : values) whole.tags[key][value] += count;
      }
    }
    sum_parts(whole.issue, parts);
    whole.issue.user_count = whole.users.size();
  }

  void note(Activity activity) {
    activity.activity_id = next_activity_id_++;
    activity_.push_back(std::move(activity));
  }

  void move_activity(IssueId from, IssueId to) {
    for (Activity& one : activity_) {
      if (one.issue_id == from) one.issue_id = to;
    }
  }

  std::int64_t note_release(ProjectId project, const std::string& release,
                            std::int64_t received_at_unix_us) {
    if (release.empty()) return received_at_unix_us;
    auto& known = arrivals_[project];
    const auto at = known.find(release);
    if (at != known.end()) return at->second;
    if (known.size() < kReleasesKept) known[release] = received_at_unix_us;
    return received_at_unix_us;
  }

  std::vector<ReleaseArrival> releases_newest_first(ProjectId project) const {
    std::vector<ReleaseArrival> out;
    const auto at = arrivals_.find(project);
    if (at == arrivals_.end()) return out;
    for (const auto& [release, first_seen] : at->second) out.push_back({release, first_seen});
    std::sort(out.begin(), out.end(), [](const ReleaseArrival& a, const ReleaseArrival& b) {
      return std::tie(a.first_seen_unix_us, a.release) > std::tie(b.first_seen_unix_us, b.release);
    });
    return out;
  }

  void count_in(KeptIssue& kept, const EventRecord& event, bool stays,
                std::int64_t release_first_seen) {
    const std::string user = user_key(event);
    const EventId latest = kept.issue.latest_event_id;
    const auto happened = apply_event(
        kept.issue, event, !user.empty() && kept.users.insert(user).second, release_first_seen);
    if (!stays) kept.issue.latest_event_id = latest;
    if (happened && kept.issue.merged_into == 0) {
      note({0, event.project, kept.issue.issue_id, event.received_at_unix_us, *happened, "",
            event.release});
    }
    for (const auto& [key, value] : counted_tags(event)) {
      auto& values = kept.tags[key];
      const bool fits = values.contains(value) || values.size() < kTagValuesKept;
      ++values[fits ? value : std::string(kOtherValue)];
    }
    ++kept.hours[hour_start_unix_us(event.occurred_at_unix_us)];
  }

  const PageViewRecord* find_view(ProjectId project, const PageViewId& id) const {
    const auto at = page_views_.find({project, id});
    return at == page_views_.end() ? nullptr : &at->second.record;
  }

  // kPage as a dimension stands for none.
  void add_rollups(ProjectId project, const Filter& filter, GroupBy group_by,
                   std::map<std::string, VitalSummary>& sums) const {
    const HourRange hours = whole_hours(filter.from_unix_us, filter.to_unix_us);
    GroupBy dimension = GroupBy::kPage;
    for (const GroupBy one : kDimensionGroups) {
      if (wanted_of(filter, one) || one == group_by) dimension = one;
    }
    for (const auto& [key, summary] : rollups_) {
      if (key.project != project || key.dimension != dimension ||
          key.hour_unix_us < hours.from_hour_unix_us || key.hour_unix_us >= hours.to_hour_unix_us ||
          (filter.page && *filter.page != key.page) ||
          (dimension != GroupBy::kPage && wanted_of(filter, dimension) &&
           *wanted_of(filter, dimension) != key.value)) {
        continue;
      }
      const std::string group = group_by == GroupBy::kPage   ? key.page
                                : group_by == GroupBy::kHour ? rfc3339(key.hour_unix_us)
                                : group_by == GroupBy::kDay
                                    ? rfc3339(day_start_unix_us(key.hour_unix_us))
                                    : key.value;
      sums[group].merge(summary);
    }
  }

  void count_in_rollup(KeptView& view) {
    const PageViewRecord& record = view.record;
    auto& pages = pages_[record.project];
    const bool known = pages.contains(record.view.page);
    view.rollup_page = known || pages.size() < limits::kPagesPerProject ? record.view.page
                                                                        : std::string(kOtherPage);
    if (!known && view.rollup_page == record.view.page) pages.insert(record.view.page);
    count_in_rollup(view, 1);
  }

  void count_in_rollup(const KeptView& view, double factor) {
    const std::int64_t hour = hour_start_unix_us(view.record.started_at_unix_us());
    const auto count = [&](GroupBy dimension, std::string value) {
      const auto at = rollups_
                          .try_emplace({view.record.project, hour, view.rollup_page, dimension,
                                        std::move(value)})
                          .first;
      at->second.add(view.record, factor);
      // Page names are counted by the rollups that hold something.
      if (is_empty(at->second)) rollups_.erase(at);
    };
    count(GroupBy::kPage, "");
    for (const GroupBy dimension : kDimensionGroups) {
      count(dimension, group_key(dimension, view.record));
    }
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
      note_release(record.project, record.release, record.received_at_unix_us);
      count_in_rollup(at->second);
      see_release(record);
      return true;
    }
    PageViewRecord merged = at->second.record;
    if (!merge_record(merged, record)) return false;
    count_in_rollup(at->second, -1);
    at->second.record = std::move(merged);
    count_in_rollup(at->second);
    return true;
  }

  // See same_failure.h. True: nothing is left to put.
  bool join_same_failure(const EventRecord& added) {
    const auto [first, last] = events_by_trace_.equal_range({added.project, added.trace_id});
    for (auto of_trace = first; of_trace != last; ++of_trace) {
      const auto at = events_.find({added.project, of_trace->second});
      if (at == events_.end() || !same_failure(at->second, added)) continue;
      const EventId old_id = at->second.event_id;
      ToldTwice kept = told_twice(std::move(at->second), added);
      events_.erase(at);
      const EventId id = kept.event.event_id;
      for (auto& [issue_id, issue] : issues_) {
        EventId& latest = issue.issue.latest_event_id;
        if (issue.issue.project == added.project && latest == old_id) latest = id;
      }
      of_trace->second = id;
      events_.emplace(std::pair(added.project, id), std::move(kept.event));
      return true;
    }
    return false;
  }

  bool was_counted_for_another(const EventRecord& added) {
    for (const Places& places : places_of_others(added)) {
      auto at = counted_events_.lower_bound({added.project, places.first});
      const std::pair last(added.project, places.last);
      for (; at != counted_events_.end() && at->first <= last; ++at) {
        if (at->first.second != places.own) return true;
      }
    }
    return false;
  }

  RecordFate put(const EventRecord& record) {
    const std::pair id(record.project, record.event_id);
    if (events_.contains(id) || counted_events_.contains(id)) return RecordFate::kDuplicate;
    const bool told_twice = may_be_told_twice(record);
    if (told_twice && (join_same_failure(record) || was_counted_for_another(record))) {
      return RecordFate::kDuplicate;
    }
    const auto keep = [&] {
      if (told_twice) {
        events_by_trace_.emplace(std::pair(record.project, record.trace_id), record.event_id);
      }
      return RecordFate::kStored;
    };
    const auto at = events_.try_emplace({record.project, record.event_id}, record).first;
    EventRecord& event = at->second;
    event.issue_id = 0;
    if (event.grouping_key.empty()) return keep();
    const auto [found, is_new] =
        issue_by_key_.try_emplace({event.project, event.grouping_key}, next_issue_id_);
    if (is_new) {
      KeptIssue& made = issues_[next_issue_id_];
      made.issue = new_issue(event);
      made.issue.issue_id = next_issue_id_++;
    }
    event.issue_id = found->second;
    KeptIssue& kept = issues_[event.issue_id];
    const std::int64_t release_first_seen =
        note_release(event.project, event.release, event.received_at_unix_us);
    const bool stays =
        is_kept_of_hour(kept.hours[hour_start_unix_us(event.occurred_at_unix_us)] + 1);
    count_in(kept, event, stays, release_first_seen);
    if (kept.issue.merged_into != 0) {
      count_in(issues_[kept.issue.merged_into], event, stays, release_first_seen);
    }
    if (stays) return keep();
    const std::int64_t hour = hour_start_unix_us(event.received_at_unix_us);
    counted_events_.emplace(std::pair(event.project, event.event_id), hour);
    if (told_twice) counted_events_.emplace(std::pair(event.project, place_of(event)), hour);
    events_.erase(at);
    return RecordFate::kCountedOnly;
  }

  WriterFirstMutex mutex_;
  std::atomic<bool> fail_appends_ = false;
  std::map<std::pair<ProjectId, PageViewId>, KeptView> page_views_;
  std::map<std::tuple<ProjectId, TraceId, SpanId>, SpanRecord> spans_;
  std::map<std::pair<ProjectId, std::uint64_t>, LogRecord> logs_;
  std::map<std::pair<ProjectId, EventId>, EventRecord> events_;
  // Those that another client may report too.
  std::multimap<std::pair<ProjectId, TraceId>, EventId> events_by_trace_;
  std::map<std::pair<ProjectId, EventId>, std::int64_t>
      counted_events_;  // hour of arrival; and places
  std::map<IssueId, KeptIssue> issues_;
  std::map<std::pair<ProjectId, std::string>, IssueId> issue_by_key_;
  IssueId next_issue_id_ = 1;
  std::vector<Activity> activity_;
  std::int64_t next_activity_id_ = 1;
  std::map<ProjectId, std::map<std::string, std::int64_t>> arrivals_;  // of releases
  std::map<std::pair<ProjectId, std::string>, std::string> settings_;
  std::map<RollupKey, VitalSummary> rollups_;
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
