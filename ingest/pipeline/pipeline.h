// From decoded records to stored ones. The steps are a readable list
// (app/default_steps); every record ends with exactly one outcome.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/drop_reason.h"
#include "base/result.h"
#include "model/drop.h"
#include "model/records.h"
#include "storage/record_store.h"

namespace pagewake::pipeline {

// What the server knows about the request that carried the records.
struct RequestContext {
  model::ProjectId project = 0;
  std::string user_agent;
  std::int64_t received_at_unix_us = 0;
};

// A step may change a record, or drop it by giving a reason. Pure: no I/O,
// but for source maps, which are read through a cache.
struct Step {
  const char* name;
  std::function<std::optional<DropReason>(model::PageViewRecord&, const RequestContext&)> page_view;
  std::function<std::optional<DropReason>(model::SpanRecord&, const RequestContext&)> span;
  std::function<std::optional<DropReason>(model::LogRecord&, const RequestContext&)> log;
  std::function<std::optional<DropReason>(model::EventRecord&, const RequestContext&)> event;
};

// What may wait for the writer; beyond it submit() answers "queue_full".
struct Options {
  std::size_t waiting_records = 200'000;
  std::size_t waiting_bytes = std::size_t{256} << 20;  // estimate of the records in memory
  // Outcomes of refused requests wait this long for a commit to ride on.
  std::chrono::milliseconds idle_flush{1000};
  // The hour of a refused request; the system's clock where not given.
  std::function<std::int64_t()> now_unix_us;
  // Told on the writer's thread how long each write took and whether it was
  // kept, or why not; for /metrics and the log. May be empty.
  std::function<void(std::int64_t duration_us, const Status& written)> on_write = {};
  // Told on the writer's thread what is durable now, and which of it is not to
  // be found as a new record: duplicates, and events that were only counted (in
  // the order of storage::Written::fates). May be empty.
  std::function<void(const model::Records&, const std::vector<bool>& left_out)> on_stored = {};
};

struct Accepted {
  std::size_t stored = 0, dropped = 0, duplicates = 0;
  std::size_t counted_only = 0;  // events, RecordFate::kCountedOnly; among the dropped too
};

struct Submission;  // write_queue.h

// What the steps left of one request.
struct Prepared {
  Accepted accepted;                       // so far: drops
  std::shared_ptr<Submission> submission;  // to be written; none: nothing is left
};

// Safe to call from many threads: the steps run on the caller's thread, and one
// writer thread commits in groups.
class Pipeline {
 public:
  // `store` must outlive the pipeline.
  Pipeline(storage::RecordStore& store, std::vector<Step> steps, Options options = {});
  ~Pipeline();  // drains: everything submitted is written before it returns

  // Gives every record the context's project and time, runs the steps and
  // returns when the records are durable. Errors: "store_failed" (the store
  // refused; nothing of this call was kept, the client may send it again),
  // "queue_full" (too much is waiting), "stopping".
  Result<Accepted> submit(model::Records records, std::vector<model::Drop> drops,
                          const RequestContext& context);

  // The same in two parts, for callers that do not wait. Only the steps: what
  // is left has to be written, else it counts as lost inside.
  Prepared prepare(model::Records records, std::vector<model::Drop> drops,
                   const RequestContext& context);
  // Calls `done` once with what submit() would give: on the writer's thread,
  // which must not be held up, or at once where there is nothing to wait for.
  void write(Prepared prepared, std::function<void(Result<Accepted>)> done);

  // A request that was refused as a whole (bad key, malformed, too large).
  // Counted in memory and written with the next commit; never blocks.
  void refuse(model::ProjectId project, model::Category category, DropReason reason,
              std::uint64_t count = 1);

  // Records that a store beside this one keeps (sessions): counts them as
  // stored, or as duplicates. Written with the next commit; never blocks.
  void kept_elsewhere(model::ProjectId project, model::Category category, std::uint64_t stored,
                      std::uint64_t duplicates);

  // Since start, for /metrics, summed over the hours (hour_unix_s is 0). A fate
  // counts here when it is decided and in the store with the next commit, so
  // the two agree whenever nothing waits, and a stopped store still shows.
  std::vector<storage::OutcomeCount> outcomes_since_start() const;

  // Records that wait for the writer or are being written, for /metrics.
  std::size_t waiting_records() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagewake::pipeline
