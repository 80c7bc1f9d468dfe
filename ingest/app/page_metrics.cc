#include "app/page_metrics.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <string_view>

#include "app/metrics.h"

namespace pagewake::app {

namespace {

constexpr const char* kOther = "(other)";

}  // namespace

// Bounds hold the two thresholds of each vital (2.5 and 4 s of LCP, …), so
// that shares of good and poor are exact.
struct PageMetrics::Vital {
  const char* name;
  const char* help;
  double scale;  // from the record's unit
  std::optional<double> Vitals::*value;
  std::array<double, kBuckets> bounds;
};

const std::array<PageMetrics::Vital, PageMetrics::kVitals>& PageMetrics::vitals() {
  static const std::array<Vital, kVitals> table{{
      {"pagewake_page_lcp_seconds",
       "Largest Contentful Paint of finished page views.",
       1e-3,
       &Vitals::lcp_ms,
       {0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 20}},
      {"pagewake_page_inp_seconds",
       "Interaction to Next Paint of finished page views.",
       1e-3,
       &Vitals::inp_ms,
       {0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5}},
      {"pagewake_page_fcp_seconds",
       "First Contentful Paint of finished page views.",
       1e-3,
       &Vitals::fcp_ms,
       {0.25, 0.5, 1, 1.4, 1.8, 2.4, 3, 5, 10, 20}},
      {"pagewake_page_ttfb_seconds",
       "Time to First Byte of finished page views.",
       1e-3,
       &Vitals::ttfb_ms,
       {0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2, 1.8, 5, 10}},
      {"pagewake_page_layout_shift_score",
       "Cumulative Layout Shift of finished page views.",
       1,
       &Vitals::cls,
       {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.5, 1}},
  }};
  return table;
}

pipeline::Step PageMetrics::step() {
  pipeline::Step step{"page_metrics", {}, {}, {}, {}};
  step.page_view = [this](model::PageViewRecord& record, const pipeline::RequestContext& context) {
    count(record, context.project);
    return std::optional<DropReason>();
  };
  return step;
}

PageMetrics::Page& PageMetrics::page_of(model::ProjectId project, const std::string& name) {
  auto& pages = projects_[project];
  const auto known = pages.find(name);
  if (known != pages.end()) return known->second;
  return pages[pages.size() < pages_ ? name : kOther];
}

void PageMetrics::count(const model::PageViewRecord& record, model::ProjectId project) {
  const PageView& view = record.view;
  if (!view.final) return;
  std::string id(reinterpret_cast<const char*>(view.page_view_id.bytes.data()),
                 view.page_view_id.bytes.size());
  const std::lock_guard lock(mutex_);
  if (!seen_.insert(id).second) return;
  seen_in_order_.push_back(std::move(id));
  if (seen_in_order_.size() > kRemembered) {
    seen_.erase(seen_in_order_.front());
    seen_in_order_.pop_front();
  }
  Page& page = page_of(project, std::string(view.page));
  page.views += view.weight;
  if (view.kept_by_exception) return;
  for (std::size_t v = 0; v < kVitals; ++v) {
    const Vital& vital = vitals()[v];
    const auto& measured = view.vitals.*vital.value;
    if (!measured) continue;
    const double value = *measured * vital.scale;
    std::size_t bucket = 0;
    while (bucket < kBuckets && value > vital.bounds[bucket]) ++bucket;
    page.vitals[v].counts[bucket] += view.weight;
    page.vitals[v].sum += value * view.weight;
  }
}

void PageMetrics::write(std::string& out) const {
  const std::lock_guard lock(mutex_);
  auto to = std::back_inserter(out);
  const auto labels = [](model::ProjectId project, const std::string& page) {
    return fmt::format("project=\"{}\",page=\"{}\"", project, escape_label(page));
  };
  write_header("pagewake_page_views_total", "Finished page views, by their sampling weight.",
               "counter", out);
  for (const auto& [project, pages] : projects_) {
    for (const auto& [name, page] : pages)
      fmt::format_to(to, "pagewake_page_views_total{{{}}} {}\n", labels(project, name), page.views);
  }
  for (std::size_t v = 0; v < kVitals; ++v) {
    const Vital& vital = vitals()[v];
    write_header(vital.name, vital.help, "histogram", out);
    for (const auto& [project, pages] : projects_) {
      for (const auto& [name, page] : pages) {
        const std::string of = labels(project, name);
        const Histogram& histogram = page.vitals[v];
        double below = 0;
        for (std::size_t i = 0; i < kBuckets; ++i) {
          below += histogram.counts[i];
          fmt::format_to(to, "{}_bucket{{{},le=\"{}\"}} {}\n", vital.name, of, vital.bounds[i],
                         below);
        }
        below += histogram.counts.back();
        fmt::format_to(to, "{}_bucket{{{},le=\"+Inf\"}} {}\n", vital.name, of, below);
        fmt::format_to(to, "{}_sum{{{}}} {}\n", vital.name, of, histogram.sum);
        fmt::format_to(to, "{}_count{{{}}} {}\n", vital.name, of, below);
      }
    }
  }
}

}  // namespace pagewake::app
