// A store for the pipeline's tests: keeps what it was given, counts outcomes as
// a real one does, and fails or blocks when the test says so.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "storage/record_store.h"

namespace pagewake::storage {

class FakeStore : public RecordStore {
 public:
  using OutcomeKey = std::tuple<ProjectId, model::Category, std::optional<DropReason>>;

  // Asked before each append; an error is what append() answers.
  std::function<std::optional<Error>(const RecordBatch&)> fail;

  // While closed, append() waits: the test decides what gathers behind it.
  void close_gate() {
    const std::lock_guard lock(mutex_);
    gate_open_ = false;
  }
  void open_gate() {
    {
      const std::lock_guard lock(mutex_);
      gate_open_ = true;
    }
    changed_.notify_all();
  }
  void wait_until_at_gate() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return at_gate_; });
  }
  void wait_for_appends(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return appends_ >= count; });
  }

  Result<Written> append(const RecordBatch& batch) override {
    std::unique_lock lock(mutex_);
    at_gate_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return gate_open_; });
    at_gate_ = false;
    ++appends_;
    changed_.notify_all();
    group_sizes.push_back(batch.records.size());
    if (fail) {
      if (auto error = fail(batch)) return *error;
    }
    Written written;
    for (const auto& o : batch.outcomes) {
      outcomes_[{o.project, o.category, o.drop_reason}] += o.count;
      hours.insert(o.hour_unix_s);
    }
    const auto keep = [&](ProjectId project, model::Category category, const std::string& id) {
      const bool duplicate = !id.empty() && !ids_.insert(id).second;
      written.add(duplicate ? RecordFate::kDuplicate : RecordFate::kStored);
      ++outcomes_[{project, category,
                   duplicate ? std::optional(DropReason::kDuplicate) : std::nullopt}];
    };
    for (const auto& r : batch.records.page_views) {
      keep(r.project, model::Category::kPageView, "");
      records.page_views.push_back(r);
    }
    for (const auto& r : batch.records.spans) {
      keep(r.project, model::Category::kSpan, to_hex(r.trace_id) + to_hex(r.span_id));
      records.spans.push_back(r);
    }
    for (const auto& r : batch.records.logs) {
      keep(r.project, model::Category::kLog, "log" + std::to_string(r.log_id));
      records.logs.push_back(r);
    }
    for (const auto& r : batch.records.events) {
      keep(r.project, model::Category::kEvent, to_hex(r.event_id));
      records.events.push_back(r);
    }
    return written;
  }

  std::map<OutcomeKey, std::uint64_t> counted() {
    const std::lock_guard lock(mutex_);
    return outcomes_;
  }

  model::Records records;                // read after the pipeline is gone, or idle
  std::vector<std::size_t> group_sizes;  // records of each append, in order
  std::set<std::int64_t> hours;

  Result<Listing<model::PageViewRecord>> page_views(ProjectId, const PageViewQuery&,
                                                    const Paging&) override {
    return unsupported();
  }
  Result<std::optional<model::PageViewRecord>> page_view(ProjectId, const PageViewId&) override {
    return unsupported();
  }
  Result<std::vector<std::vector<SummaryRow>>> summaries(ProjectId, const Filter&,
                                                         const std::vector<GroupBy>&,
                                                         SummaryParts) override {
    return unsupported();
  }
  Result<std::vector<model::SpanRecord>> spans_of_trace(ProjectId, const TraceId&) override {
    return unsupported();
  }
  Result<std::vector<model::LogRecord>> logs_of_trace(ProjectId, const TraceId&) override {
    return unsupported();
  }
  Result<std::vector<model::SpanRecord>> spans_of_traces(ProjectId,
                                                         const std::vector<TraceId>&) override {
    return unsupported();
  }
  Result<Listing<model::LogRecord>> logs(ProjectId, const LogQuery&, const Paging&) override {
    return unsupported();
  }
  Result<std::vector<ReleaseSeen>> releases(ProjectId) override { return unsupported(); }
  Result<Listing<model::EventRecord>> events(ProjectId, const EventQuery&, const Paging&) override {
    return unsupported();
  }
  Result<std::optional<model::EventRecord>> event(ProjectId, const EventId&) override {
    return unsupported();
  }
  Result<Listing<model::Issue>> issues(ProjectId, const IssueQuery&, const Paging&) override {
    return unsupported();
  }
  Result<std::optional<model::Issue>> issue(ProjectId, IssueId) override { return unsupported(); }
  Result<std::vector<std::pair<std::int64_t, std::uint64_t>>> issue_hours(ProjectId, IssueId,
                                                                          std::int64_t,
                                                                          std::int64_t) override {
    return unsupported();
  }
  Result<std::vector<OutcomeCount>> outcomes(ProjectId, std::int64_t, std::int64_t) override {
    return unsupported();
  }
  Result<std::size_t> prune(std::int64_t, std::int64_t) override { return unsupported(); }
  Status ping() override { return Done{}; }

 private:
  static Error unsupported() { return Error{"store_unavailable", "the fake only writes"}; }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool gate_open_ = true, at_gate_ = false;
  std::size_t appends_ = 0;
  std::map<OutcomeKey, std::uint64_t> outcomes_;
  std::set<std::string> ids_;
};

}  // namespace pagewake::storage
