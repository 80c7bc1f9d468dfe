#include "app/visit_sessions.h"

#include <algorithm>
#include <set>

namespace pagewake::app {
namespace {

// The store's other writers wait for each write.
constexpr std::size_t kVisitsAWrite = 250;

bool is_unhandled(const model::EventRecord& event) {
  return !event.page_view_id.is_zero() && !event.exceptions.empty() &&
         !event.exceptions.front().handled;
}

}  // namespace

void VisitSessions::merge(Waiting& into, const Key& key, const model::SessionUpdate& update) {
  const auto known = into.find(key);
  if (known == into.end()) {
    if (into.size() < kMostWaiting) into.emplace(key, update);
    return;
  }
  model::SessionUpdate& one = known->second;
  // The release and environment it began with stay its own.
  if (update.started_at_unix_us < one.started_at_unix_us) {
    one.started_at_unix_us = update.started_at_unix_us;
    one.release = update.release;
    one.environment = update.environment;
  }
  if (one.user.empty()) one.user = update.user;
  one.status = std::max(one.status, update.status);
  one.errors = std::max(one.errors, update.errors);
}

void VisitSessions::add(const model::Records& records) {
  if (records.page_views.empty()) return;
  // The SDK sends an error together with its page view.
  std::set<PageViewId> broken;
  for (const model::EventRecord& event : records.events) {
    if (is_unhandled(event)) broken.insert(event.page_view_id);
  }
  const std::lock_guard lock(mutex_);
  for (const model::PageViewRecord& record : records.page_views) {
    if (!record.tells_errors || record.session_id.is_zero() || record.view.kept_by_exception) {
      continue;
    }
    model::SessionUpdate update;
    std::copy(record.session_id.bytes.begin(), record.session_id.bytes.end(),
              update.sid.bytes.begin());
    update.release = record.release;
    update.environment = record.environment;
    update.user = record.user_id;
    update.errors = record.view.error_count;
    update.started_at_unix_us = record.started_at_unix_us();
    update.status = broken.contains(record.view.page_view_id) ? model::SessionStatus::kUnhandled
                                                              : model::SessionStatus::kOk;
    merge(waiting_, {record.project, record.session_id}, update);
  }
}

Status VisitSessions::flush(storage::ReleaseHealthStore& store,
                            const std::function<void(double done)>& between) {
  Waiting visits;
  {
    const std::lock_guard lock(mutex_);
    visits.swap(waiting_);
  }
  Status first = Done{};
  std::size_t done = 0;
  for (auto from = visits.begin(); from != visits.end();) {
    if (between && done > 0)
      between(static_cast<double>(done) / static_cast<double>(visits.size()));
    const model::ProjectId project = from->first.first;
    model::Sessions sessions;
    auto to = from;
    for (; to != visits.end() && to->first.first == project &&
           sessions.updates.size() < kVisitsAWrite;
         ++to) {
      sessions.updates.push_back(to->second);
    }
    const auto written = store.add(project, sessions);
    done += sessions.updates.size();
    if (!written.ok()) {
      if (first.ok()) first = written.error();
      const std::lock_guard lock(mutex_);
      for (; from != to; ++from) merge(waiting_, from->first, from->second);
    }
    from = to;
  }
  return first;
}

}  // namespace pagewake::app
