// Where accepted records are kept. Memory and SQLite (later ClickHouse) sit
// behind it and pass one contract test suite (tests/storage).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/filter.h"
#include "model/records.h"
#include "model/vital_histogram.h"

namespace pagewake::storage {

using model::Filter;
using model::IssueId;
using model::Listing;
using model::Paging;
using model::ProjectId;

// One outcome counter's growth, kept per hour so that reports over time add up.
struct OutcomeCount {
  ProjectId project = 0;  // 0: the project could not be known
  std::int64_t hour_unix_s = 0;
  model::Category category = model::Category::kOther;
  std::optional<DropReason> drop_reason;  // empty: stored
  std::uint64_t count = 0;
};

struct RecordBatch {
  model::Records records;              // may mix projects
  std::vector<OutcomeCount> outcomes;  // drops decided before the store; stored ones it adds itself
};

enum class RecordFate : std::uint8_t {
  kStored,       // new, or a page view that grew
  kDuplicate,    // already there: event_id, (trace_id, span_id), log_id seen before
  kCountedOnly,  // an event of very many: is_kept_of_hour() says no
};

struct Written {
  std::size_t stored = 0, duplicates = 0, counted_only = 0;
  // One a record in the batch's order (page views, spans, logs, events), so
  // that a group commit can tell each sender its own result. May stay empty
  // where all were stored.
  std::vector<RecordFate> fates;
  void add(RecordFate fate) {
    fates.push_back(fate);
    ++(fate == RecordFate::kStored      ? stored
       : fate == RecordFate::kDuplicate ? duplicates
                                        : counted_only);
  }
};

// A flood of one error must not fill the disk nor push others out. Of an
// issue's events of one hour all count, but the first hundred are kept, then
// each tenth up to a thousand, each hundredth up to ten thousand, and so on:
// 370 of 100,000. The ids of the others are known for a day, so that a client's
// retry does not count again.
constexpr bool is_kept_of_hour(std::uint64_t nth) {
  std::uint64_t step = 1;
  for (std::uint64_t limit = 100; nth > limit; limit *= 10) step *= 10;
  return nth % step == 0;
}

// What a group of page views adds up to. Views with kept_by_exception count in
// `views_kept_by_exception` only and never in a histogram.
struct VitalSummary {
  double views = 0;  // weighted
  double views_kept_by_exception = 0;
  double views_with_error = 0;
  model::VitalHistogram lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms;
  // Sub-parts, for the breakdown of a report.
  model::VitalHistogram lcp_resource_load_delay_ms, lcp_resource_load_duration_ms,
      lcp_element_render_delay_ms, inp_input_delay_ms, inp_processing_duration_ms,
      inp_presentation_delay_ms;
  void add(const model::PageViewRecord& record, double factor = 1);  // -1 takes it out
  void merge(const VitalSummary& other);
};

enum class GroupBy : std::uint8_t {
  kPage,
  kHour,
  kDay,
  kDevice,
  kBrowser,
  kOs,
  kCountry,
  kConnection,
  kRelease,
  kEnvironment,
  kNavigationType,
};

// What a sum of page views is asked for; the less, the quicker.
enum class SummaryParts : std::uint8_t {
  kVitals,  // the histograms of the five vitals; the others stay empty
  kAll,     // also those of their sub-parts
};

struct SummaryRow {
  std::string key;  // page, dimension value, or RFC 3339 start of the bucket
  VitalSummary summary;
};

struct IssueQuery {
  std::optional<model::IssueStatus> status;
  std::string text;  // contained in title or culprit, case-insensitive; "" any
  std::optional<std::string> release, environment;
  std::optional<std::string> assignee;  // "" nobody
  std::optional<std::string> user;      // the user's id, as the events gave it
  std::optional<std::string> level, type, platform;
  // All of these were seen: the names of counted_tags() (record_rules.h), the
  // values in any case.
  std::vector<std::pair<std::string, std::string>> tags;
  std::int64_t seen_from_unix_us = 0, seen_to_unix_us = INT64_MAX;  // last_seen within
  enum class Sort : std::uint8_t { kLastSeen, kFirstSeen, kEvents, kUsers } sort = Sort::kLastSeen;
};

struct EventQuery {
  Filter filter;  // on occurred_at
  std::optional<IssueId> issue_id;
  std::optional<PageViewId> page_view_id;
  std::optional<SessionId> session_id;
  std::optional<TraceId> trace_id;
};

struct PageViewQuery {
  Filter filter;  // on started_at
  std::optional<SessionId> session_id;
  std::optional<TraceId> trace_id;
  enum class Sort : std::uint8_t { kNewest, kSlowestLcp } sort = Sort::kNewest;
  // kMeasured: breadcrumbs and events of the records may be missing, where the
  // store is quicker without.
  ViewParts parts = ViewParts::kAll;
};

// Which log lines; all conditions hold at once.
struct LogQuery {
  std::int64_t from_unix_us = 0;        // inclusive
  std::int64_t to_unix_us = INT64_MAX;  // exclusive
  std::string text;                     // contained in the message, ASCII case folded; "" any
  std::uint8_t min_severity_number = 0;
  std::optional<std::string> service, logger, release, environment;
  // Attributes with their values as text ("42", "true"); a nested value is its JSON.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::optional<TraceId> trace_id;
};

// When page views of a release were seen; marks on the time axes.
struct ReleaseSeen {
  std::string release;
  std::int64_t first_seen_unix_us = 0, last_seen_unix_us = 0;  // starts of page views
};

// The side that reports use. Every call is safe from many threads and sees
// whole batches only. Errors: "store_unavailable" with the engine's message.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // Page views, newest (or slowest) first.
  virtual Result<Listing<model::PageViewRecord>> page_views(ProjectId, const PageViewQuery&,
                                                            const Paging&) = 0;
  virtual Result<std::optional<model::PageViewRecord>> page_view(ProjectId, const PageViewId&) = 0;

  // Sums over page views that match, one row a key, ordered by key; one list a
  // GroupBy, all of one moment. Where filter and GroupBy name no more than one
  // dimension (answered_by_rollups(), record_rules.h), the rollups answer:
  // hours are counted whole, and what was pruned of the records is still in
  // them (under a page and a dimension: of whole days). The rest is scanned.
  virtual Result<std::vector<std::vector<SummaryRow>>> summaries(ProjectId, const Filter&,
                                                                 const std::vector<GroupBy>&,
                                                                 SummaryParts) = 0;
  Result<std::vector<SummaryRow>> summarize(ProjectId project, const Filter& filter,
                                            GroupBy group_by,
                                            SummaryParts parts = SummaryParts::kAll) {
    auto lists = summaries(project, filter, {group_by}, parts);
    if (!lists) return lists.error();
    return std::move(lists->front());
  }

  virtual Result<std::vector<model::SpanRecord>> spans_of_trace(ProjectId, const TraceId&) = 0;
  virtual Result<std::vector<model::LogRecord>> logs_of_trace(ProjectId, const TraceId&) = 0;
  // Newest first.
  virtual Result<Listing<model::LogRecord>> logs(ProjectId, const LogQuery&, const Paging&) = 0;
  // Spans of many traces at once (the backend's part of a page report).
  virtual Result<std::vector<model::SpanRecord>> spans_of_traces(ProjectId,
                                                                 const std::vector<TraceId>&) = 0;

  virtual Result<Listing<model::EventRecord>> events(ProjectId, const EventQuery&,
                                                     const Paging&) = 0;  // newest first
  virtual Result<std::optional<model::EventRecord>> event(ProjectId, const EventId&) = 0;

  // Without those that are a part of another (Issue::merged_into); the other
  // calls know both, and the events of an issue are those of all its parts.
  virtual Result<Listing<model::Issue>> issues(ProjectId, const IssueQuery&, const Paging&) = 0;
  virtual Result<std::optional<model::Issue>> issue(ProjectId, IssueId) = 0;
  // Events of an issue per hour, ascending: {hour_unix_s, count}.
  virtual Result<std::vector<std::pair<std::int64_t, std::uint64_t>>> issue_hours(
      ProjectId, IssueId, std::int64_t from_unix_us, std::int64_t to_unix_us) = 0;

  // Every named release of the project's page views that the rollups reach back
  // to, by first_seen. The last time is right to the hour.
  virtual Result<std::vector<ReleaseSeen>> releases(ProjectId) = 0;

  // Summed over the hours in [from, to); project 0 holds what had no project.
  virtual Result<std::vector<OutcomeCount>> outcomes(ProjectId, std::int64_t from_unix_us,
                                                     std::int64_t to_unix_us) = 0;
};

class RecordStore : public RecordReader {
 public:
  // Writes the whole batch or none of it, durably: when this returns, a
  // `kill -9` loses nothing of it. Page views are merged into what is stored
  // (merge_page_view) and the rollups follow; an event finds or makes its
  // issue by grouping_key. Outcomes are added in the same transaction: what
  // the batch lists as dropped, and stored and duplicate records as counted
  // here. Errors: "store_failed" (disk full, stopped): nothing was written.
  virtual Result<Written> append(const RecordBatch& batch) = 0;

  // Removes raw records that started or happened before `raw`, rollups and
  // outcomes before `rollups` (whole hours, and days where they are added up by
  // days). Gives the number of raw records removed.
  virtual Result<std::size_t> prune(std::int64_t raw_before_unix_us,
                                    std::int64_t rollups_before_unix_us) = 0;

  // Cheap liveness of the engine, for /readyz.
  virtual Status ping() = 0;
};

}  // namespace pagewake::storage
