// Service level objectives for /metrics. Their reports are made at most once a
// minute: a scraper every few seconds costs no more.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "storage/objective_store.h"
#include "storage/project_store.h"
#include "storage/record_store.h"

namespace pagewake::app {

class SloMetrics {
 public:
  // pagewake_slo_attained_ratio, pagewake_slo_budget_left_ratio,
  // pagewake_slo_burn_rate{window} and pagewake_slo_alert{state}. A store that
  // does not answer leaves its objectives out. Safe to call from many threads.
  void write(storage::RecordReader& records, storage::ProjectStore& projects,
             storage::ObjectiveStore& objectives, std::int64_t now_unix_us, std::string& out);

 private:
  std::mutex mutex_;
  std::string text_;
  std::int64_t made_at_unix_us_ = INT64_MIN;
};

}  // namespace pagewake::app
