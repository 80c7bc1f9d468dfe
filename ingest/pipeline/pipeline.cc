#include "pipeline/pipeline.h"

#include <future>
#include <utility>

#include "pipeline/write_queue.h"

namespace pagewake::pipeline {
namespace {

std::int64_t system_unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

struct Pipeline::Impl {
  std::vector<Step> steps;
  Options options;
  OutcomeCounter outcomes;
  WriteQueue queue;

  Impl(storage::RecordStore& store, std::vector<Step> given_steps, Options given_options)
      : steps(std::move(given_steps)),
        options(std::move(given_options)),
        queue(store, outcomes, options) {
    if (!options.now_unix_us) options.now_unix_us = system_unix_us;
  }

  // Runs the steps over one kind of record; what is left goes into `kept`.
  template <typename Record, typename Function>
  std::size_t run(std::vector<Record>&& records, std::vector<Record>& kept,
                  std::vector<Fate>& fates, Function Step::*function, model::Category category,
                  const RequestContext& context) {
    // All fates exist before the first step runs: a step that throws leaves
    // the rest counted as lost, not forgotten.
    std::vector<Fate> of_records;
    of_records.reserve(records.size());
    const std::int64_t hour = hour_of(context.received_at_unix_us);
    for (Record& record : records) {
      record.project = context.project;
      record.received_at_unix_us = context.received_at_unix_us;
      of_records.emplace_back(outcomes, context.project, hour, category);
    }
    // In place: to move a page view costs hundreds of instructions.
    std::size_t left = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      std::optional<DropReason> reason;
      for (const Step& step : steps) {
        if (!(step.*function)) continue;
        reason = (step.*function)(records[i], context);
        if (reason) break;
      }
      if (reason) {
        std::move(of_records[i]).drop(*reason);
        continue;
      }
      if (left != i) records[left] = std::move(records[i]);
      ++left;
      fates.push_back(std::move(of_records[i]));
    }
    const std::size_t dropped = records.size() - left;
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(left), records.end());
    kept = std::move(records);
    return dropped;
  }
};

Pipeline::Pipeline(storage::RecordStore& store, std::vector<Step> steps, Options options)
    : impl_(std::make_unique<Impl>(store, std::move(steps), std::move(options))) {}

Pipeline::~Pipeline() = default;

Result<Accepted> Pipeline::submit(model::Records records, std::vector<model::Drop> drops,
                                  const RequestContext& context) {
  const auto promise = std::make_shared<std::promise<Result<Accepted>>>();
  auto accepted = promise->get_future();
  write(prepare(std::move(records), std::move(drops), context),
        [promise](Result<Accepted> result) { promise->set_value(std::move(result)); });
  return accepted.get();
}

Prepared Pipeline::prepare(model::Records records, std::vector<model::Drop> drops,
                           const RequestContext& context) {
  Prepared prepared;
  Accepted& accepted = prepared.accepted;
  for (const model::Drop& drop : drops) {
    impl_->outcomes.dropped(context.project, hour_of(context.received_at_unix_us), drop.category,
                            drop.reason, drop.count);
    accepted.dropped += drop.count;
  }

  auto submission = std::make_shared<Submission>();
  model::Records& kept = submission->records;
  std::vector<Fate>& fates = submission->fates;
  fates.reserve(records.size());
  accepted.dropped += impl_->run(std::move(records.page_views), kept.page_views, fates,
                                 &Step::page_view, model::Category::kPageView, context);
  accepted.dropped += impl_->run(std::move(records.spans), kept.spans, fates, &Step::span,
                                 model::Category::kSpan, context);
  accepted.dropped += impl_->run(std::move(records.logs), kept.logs, fates, &Step::log,
                                 model::Category::kLog, context);
  accepted.dropped += impl_->run(std::move(records.events), kept.events, fates, &Step::event,
                                 model::Category::kEvent, context);

  if (kept.size() == 0) {
    // Nothing to make durable: the counts ride on the next commit.
    impl_->queue.outcomes_pending();
  } else {
    prepared.submission = std::move(submission);
  }
  return prepared;
}

void Pipeline::write(Prepared prepared, std::function<void(Result<Accepted>)> done) {
  if (!prepared.submission) return done(prepared.accepted);
  prepared.submission->done = [accepted = prepared.accepted, done = std::move(done)](
                                  const Result<storage::Written>& written) mutable {
    if (!written.ok()) return done(written.error());
    accepted.stored = written->stored;
    accepted.duplicates = written->duplicates;
    accepted.counted_only = written->counted_only;
    accepted.dropped += written->counted_only;
    done(accepted);
  };
  impl_->queue.push(std::move(prepared.submission));
}

void Pipeline::refuse(model::ProjectId project, model::Category category, DropReason reason,
                      std::uint64_t count) {
  impl_->outcomes.dropped(project, hour_of(impl_->options.now_unix_us()), category, reason, count);
  impl_->queue.outcomes_pending();
}

void Pipeline::kept_elsewhere(model::ProjectId project, model::Category category,
                              std::uint64_t stored, std::uint64_t duplicates) {
  const std::int64_t hour = hour_of(impl_->options.now_unix_us());
  impl_->outcomes.decided(project, hour, category, std::nullopt, stored);
  impl_->outcomes.decided(project, hour, category, DropReason::kDuplicate, duplicates);
  impl_->queue.outcomes_pending();
}

std::vector<storage::OutcomeCount> Pipeline::outcomes_since_start() const {
  return impl_->outcomes.since_start();
}

std::size_t Pipeline::waiting_records() const { return impl_->queue.records_in_memory(); }

}  // namespace pagewake::pipeline
