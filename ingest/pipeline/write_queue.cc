#include "pipeline/write_queue.h"

#include <chrono>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>

namespace pagewake::pipeline {
namespace {

// One after another in one list. To move a page view costs a thousand
// instructions: each is moved once, and that of a lone submission not at all.
template <typename T>
std::vector<T> move_all(std::vector<std::shared_ptr<Submission>>& group,
                        std::vector<T> model::Records::*list) {
  if (group.size() == 1) return std::exchange(group.front()->records.*list, {});
  std::size_t count = 0;
  for (const auto& submission : group) count += (submission->records.*list).size();
  std::vector<T> all;
  all.reserve(count);
  for (const auto& submission : group) {
    std::vector<T>& from = submission->records.*list;
    all.insert(all.end(), std::make_move_iterator(from.begin()),
               std::make_move_iterator(from.end()));
    from.clear();
  }
  return all;
}

// Moves a slice back to where it came from after a failed append.
template <typename T>
void move_slice(std::vector<T>& from, std::size_t at, std::size_t count, std::vector<T>& to) {
  const auto first = from.begin() + static_cast<std::ptrdiff_t>(at);
  to.assign(std::make_move_iterator(first),
            std::make_move_iterator(first + static_cast<std::ptrdiff_t>(count)));
}

std::size_t bytes_of(const KeyValues& values) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : values) bytes += key.size() + value.size() + 64;
  return bytes;
}

std::size_t bytes_of(const std::vector<pagewake::Breadcrumb>& crumbs) {
  std::size_t bytes = 0;
  for (const auto& crumb : crumbs) {
    bytes += sizeof crumb + crumb.message.size() + bytes_of(crumb.data);
  }
  return bytes;
}

std::size_t bytes_of(const model::PageViewRecord& record) {
  const PageView& view = record.view;
  std::size_t bytes = sizeof record + record.as_sent.size() + view.url.size() +
                      view.referrer.size() + view.title.size();
  for (const auto& r : view.resources) bytes += sizeof r + r.url.size();
  for (const auto& f : view.long_frames) {
    bytes += sizeof f + f.script_url.size();
    for (const auto& s : f.scripts) bytes += sizeof s + s.url.size();
  }
  for (const auto& s : view.spans) bytes += sizeof s + s.name.size() + bytes_of(s.attributes);
  for (const auto& e : view.events) {
    bytes += sizeof e + e.message.size() + bytes_of(e.breadcrumbs) + bytes_of(e.tags);
    for (const auto& x : e.exceptions) {
      bytes += sizeof x + x.value.size();
      for (const auto& f : x.frames) bytes += sizeof f + f.function.size() + f.filename.size();
    }
  }
  return bytes + bytes_of(view.breadcrumbs) + bytes_of(view.tags);
}

std::size_t bytes_of(const model::SpanRecord& record) {
  return sizeof record + record.name.size() + record.attributes_json.size() +
         record.events_json.size() + record.links_json.size();
}

std::size_t bytes_of(const model::LogRecord& record) {
  return sizeof record + record.message.size() + record.attributes_json.size();
}

std::size_t bytes_of(const model::EventRecord& record) {
  std::size_t bytes = sizeof record + record.message.size() + record.contexts_json.size() +
                      record.request_json.size() + record.extra_json.size() +
                      record.user_json.size() + bytes_of(record.breadcrumbs) +
                      bytes_of(record.tags);
  for (const auto& exception : record.exceptions) {
    bytes += sizeof exception + exception.value.size();
    for (const auto& frame : exception.frames) {
      bytes += sizeof frame + frame.filename.size() + frame.function.size() +
               frame.abs_path.size() + frame.context.line.size();
      for (const auto& line : frame.context.pre) bytes += sizeof line + line.size();
      for (const auto& line : frame.context.post) bytes += sizeof line + line.size();
    }
  }
  return bytes;
}

template <typename T>
std::size_t sum_bytes(const std::vector<T>& records) {
  std::size_t bytes = 0;
  for (const T& record : records) bytes += bytes_of(record);
  return bytes;
}

}  // namespace

std::size_t estimated_bytes(const model::Records& records) {
  return sum_bytes(records.page_views) + sum_bytes(records.spans) + sum_bytes(records.logs) +
         sum_bytes(records.events);
}

void Submission::drop_all(DropReason reason) {
  for (Fate& fate : fates) std::move(fate).drop(reason);
  fates.clear();
}

WriteQueue::WriteQueue(storage::RecordStore& store, OutcomeCounter& outcomes,
                       const Options& options)
    : store_(store), outcomes_(outcomes), options_(options), writer_([this] { run(); }) {}

WriteQueue::~WriteQueue() {
  stop();
  writer_.join();
}

void WriteQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
}

void WriteQueue::push(std::shared_ptr<Submission> submission) {
  const std::size_t records = submission->records.size();
  submission->bytes = estimated_bytes(submission->records);
  {
    std::unique_lock lock(mutex_);
    if (stopping_) {
      lock.unlock();
      submission->drop_all(DropReason::kStoreFailed);
      return submission->done(Error{"stopping", "the server is stopping; send again"});
    }
    // A lone submission may exceed the bounds: refusing it would refuse it
    // for ever, and the routes' body limits bound it already.
    const bool full =
        records_in_memory_ > 0 && (records_in_memory_ + records > options_.waiting_records ||
                                   bytes_in_memory_ + submission->bytes > options_.waiting_bytes);
    if (full) {
      const std::size_t waiting = records_in_memory_;
      lock.unlock();
      submission->drop_all(DropReason::kQueueFull);
      outcomes_pending();
      return submission->done(Error{
          "queue_full", std::to_string(waiting) + " records wait for the store; the limit is " +
                            std::to_string(options_.waiting_records) + " records or " +
                            std::to_string(options_.waiting_bytes) + " bytes"});
    }
    records_in_memory_ += records;
    bytes_in_memory_ += submission->bytes;
    waiting_.push_back(std::move(submission));
  }
  wake_.notify_one();
}

void WriteQueue::outcomes_pending() {
  {
    const std::lock_guard lock(mutex_);
    if (outcomes_pending_) return;
    outcomes_pending_ = true;
  }
  wake_.notify_one();
}

std::size_t WriteQueue::records_in_memory() const {
  const std::lock_guard lock(mutex_);
  return records_in_memory_;
}

void WriteQueue::run() {
  std::optional<std::chrono::steady_clock::time_point> flush_at;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto work = [&] {
      return !waiting_.empty() || stopping_ || (outcomes_pending_ && !flush_at);
    };
    if (flush_at) {
      wake_.wait_until(lock, *flush_at, work);
    } else {
      wake_.wait(lock, work);
    }
    if (!waiting_.empty()) {
      std::vector<std::shared_ptr<Submission>> group(std::make_move_iterator(waiting_.begin()),
                                                     std::make_move_iterator(waiting_.end()));
      waiting_.clear();
      std::size_t records = 0, bytes = 0;
      for (const auto& submission : group) {
        records += submission->records.size();
        bytes += submission->bytes;
      }
      lock.unlock();
      write(std::move(group));
      lock.lock();
      records_in_memory_ -= records;
      bytes_in_memory_ -= bytes;
    } else if (stopping_) {
      break;
    } else if (flush_at && std::chrono::steady_clock::now() >= *flush_at) {
      lock.unlock();
      flush_outcomes();
      lock.lock();
    }
    // Whether something is still to be told is the counter's to say: a commit
    // took it along, or failed and gave it back.
    outcomes_pending_ = outcomes_.has_pending();
    if (!outcomes_pending_) {
      flush_at.reset();
    } else if (!flush_at || std::chrono::steady_clock::now() >= *flush_at) {
      flush_at = std::chrono::steady_clock::now() + options_.idle_flush;
    }
  }
  lock.unlock();
  flush_outcomes();
}

void WriteQueue::write(std::vector<std::shared_ptr<Submission>> group) {
  auto written = append(group);
  if (written.ok()) return;
  // One bad submission must not fail its neighbours: each on its own.
  for (auto& submission : group) {
    std::vector<std::shared_ptr<Submission>> alone;
    alone.push_back(std::move(submission));
    if (group.size() > 1) {
      written = append(alone);
      if (written.ok()) continue;
    }
    alone.front()->drop_all(DropReason::kStoreFailed);
    alone.front()->done(written.error());
  }
}

Result<storage::Written> WriteQueue::append(std::vector<std::shared_ptr<Submission>>& group) {
  struct Sizes {
    std::size_t page_views, spans, logs, events;
  };
  storage::RecordBatch batch;
  std::vector<Sizes> sizes;
  sizes.reserve(group.size());
  for (const auto& submission : group) {
    const model::Records& r = submission->records;
    sizes.push_back({r.page_views.size(), r.spans.size(), r.logs.size(), r.events.size()});
  }
  batch.records.page_views = move_all(group, &model::Records::page_views);
  batch.records.spans = move_all(group, &model::Records::spans);
  batch.records.logs = move_all(group, &model::Records::logs);
  batch.records.events = move_all(group, &model::Records::events);
  batch.outcomes = outcomes_.take_pending();

  const auto begin = std::chrono::steady_clock::now();
  auto written = [&]() -> Result<storage::Written> {
    // An engine's library may throw (out of memory); the writer must live on.
    try {
      return store_.append(batch);
    } catch (const std::exception& e) {
      return Error{"store_failed", std::string("the store threw: ") + e.what()};
    }
  }();

  if (options_.on_write) {
    options_.on_write(std::chrono::duration_cast<std::chrono::microseconds>(
                          std::chrono::steady_clock::now() - begin)
                          .count(),
                      written.ok() ? Status(Done{}) : Status(written.error()));
  }

  const model::Records& all = batch.records;
  const std::vector<storage::RecordFate> fates =
      written.ok() ? std::move(written.value().fates) : std::vector<storage::RecordFate>();
  Sizes at{0, 0, 0, 0};
  // Where each kind begins in the flat order of the fates.
  const Sizes base{0, all.page_views.size(), all.page_views.size() + all.spans.size(),
                   all.page_views.size() + all.spans.size() + all.logs.size()};
  if (!written.ok()) outcomes_.give_back(batch.outcomes);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Submission& submission = *group[i];
    const Sizes& n = sizes[i];
    if (!written.ok()) {
      move_slice(batch.records.page_views, at.page_views, n.page_views,
                 submission.records.page_views);
      move_slice(batch.records.spans, at.spans, n.spans, submission.records.spans);
      move_slice(batch.records.logs, at.logs, n.logs, submission.records.logs);
      move_slice(batch.records.events, at.events, n.events, submission.records.events);
    } else {
      storage::Written own;
      std::size_t fate = 0;
      const auto settle = [&](std::size_t first, std::size_t count) {
        for (std::size_t i = first; i < first + count; ++i, ++fate) {
          const auto one = i < fates.size() ? fates[i] : storage::RecordFate::kStored;
          own.add(one);
          Fate& own_fate = submission.fates[fate];
          switch (one) {
            case storage::RecordFate::kStored:
              std::move(own_fate).stored();
              break;
            case storage::RecordFate::kDuplicate:
              std::move(own_fate).duplicate();
              break;
            case storage::RecordFate::kCountedOnly:
              std::move(own_fate).counted_only();
              break;
          }
        }
      };
      settle(base.page_views + at.page_views, n.page_views);
      settle(base.spans + at.spans, n.spans);
      settle(base.logs + at.logs, n.logs);
      settle(base.events + at.events, n.events);
      submission.done(own);
    }
    at = {at.page_views + n.page_views, at.spans + n.spans, at.logs + n.logs, at.events + n.events};
  }
  if (written.ok() && options_.on_stored && all.size() > 0) {
    std::vector<bool> left_out;
    for (const storage::RecordFate one : fates) {
      left_out.push_back(one != storage::RecordFate::kStored);
    }
    options_.on_stored(all, left_out);
  }
  return written;
}

void WriteQueue::flush_outcomes() {
  if (!outcomes_.has_pending()) return;
  std::vector<std::shared_ptr<Submission>> none;
  // A failure gives the outcomes back; run() tries again after idle_flush.
  (void)append(none);
}

}  // namespace pagewake::pipeline
