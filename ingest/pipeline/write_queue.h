// From many submitters to one writer: group commit. Everything that waits goes
// into one RecordStore::append(), so the cost of a durable commit is shared by
// all who wait for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "pipeline/fate.h"
#include "pipeline/pipeline.h"

namespace pagewake::pipeline {

// The records of one submit() with their fates, in the batch's order: page
// views, spans, logs, events. Destroyed unsettled, they count as lost inside.
struct Submission {
  model::Records records;
  std::vector<Fate> fates;
  std::size_t bytes = 0;  // estimate, for the queue's bound
  // Told once, when the records are durable or refused and the fates are settled.
  std::function<void(const Result<storage::Written>&)> done;

  void drop_all(DropReason reason);
};

// Estimate of the memory that the records take; linear in their number.
std::size_t estimated_bytes(const model::Records& records);

class WriteQueue {
 public:
  WriteQueue(storage::RecordStore& store, OutcomeCounter& outcomes, const Options& options);
  // Writes everything that was pushed, then the outcomes that still wait.
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  // From now on push() refuses. Idempotent.
  void stop();
  // `done` is called on the writer's thread when the records are durable or
  // refused, or at once. Errors: "store_failed", "queue_full", "stopping".
  void push(std::shared_ptr<Submission> submission);
  // Outcomes wait to be written: the writer sees to it within idle_flush.
  void outcomes_pending();
  // Waiting or being written.
  std::size_t records_in_memory() const;

 private:
  void run();
  void write(std::vector<std::shared_ptr<Submission>> group);
  // Appends `group` and settles it, or gives the error and leaves it as it was.
  Result<storage::Written> append(std::vector<std::shared_ptr<Submission>>& group);
  void flush_outcomes();

  storage::RecordStore& store_;
  OutcomeCounter& outcomes_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Submission>> waiting_;
  // Of what waits and of what is being written: both are in memory.
  std::size_t records_in_memory_ = 0, bytes_in_memory_ = 0;
  bool outcomes_pending_ = false;
  bool stopping_ = false;
  std::thread writer_;  // last: starts when all else is there
};

}  // namespace pagewake::pipeline
