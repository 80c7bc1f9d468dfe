// The observed pages as Prometheus has it: views and vitals by project and
// page, since the server's start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>

#include "model/records.h"
#include "pipeline/pipeline.h"

namespace pagewake::app {

// Safe to call from many threads. A page view counts once, when its last
// upload passes (earlier ones are not finished), with its sampling weight. One
// that was kept only because it was slow or failed counts as a view and not in
// the vitals, as in the reports.
class PageMetrics {
 public:
  // `pages`: page names told apart in a project; the rest is "(other)". This
  // bounds the series of one project to 66 for each of them.
  explicit PageMetrics(std::size_t pages) : pages_(pages) {}

  // Looks at records and changes nothing; last in the list of steps.
  pipeline::Step step();
  // pagewake_page_views_total, pagewake_page_{lcp,inp,fcp,ttfb}_seconds,
  // pagewake_page_layout_shift_score.
  void write(std::string& out) const;

 private:
  static constexpr std::size_t kVitals = 5, kBuckets = 10;
  // Page views counted lately: a client that missed the answer sends again.
  static constexpr std::size_t kRemembered = 50'000;
  struct Histogram {
    std::array<double, kBuckets + 1> counts{};
    double sum = 0;
  };
  struct Page {
    double views = 0;
    std::array<Histogram, kVitals> vitals;
  };
  struct Vital;
  static const std::array<Vital, kVitals>& vitals();
  void count(const model::PageViewRecord& record, model::ProjectId project);
  Page& page_of(model::ProjectId project, const std::string& name);

  const std::size_t pages_;
  mutable std::mutex mutex_;
  std::map<model::ProjectId, std::map<std::string, Page>> projects_;
  std::unordered_set<std::string> seen_;
  std::deque<std::string> seen_in_order_;
};

}  // namespace pagewake::app
