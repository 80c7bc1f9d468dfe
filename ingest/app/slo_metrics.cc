#include "app/slo_metrics.h"

#include <fmt/format.h>

#include <vector>

#include "app/metrics.h"
#include "query/slo.h"

namespace pagewake::app {
namespace {

constexpr std::int64_t kKeptUs = 60'000'000;

std::string labels_of(const storage::Objective& objective) {
  return fmt::format(R"(project="{}",slo_id="{}",name="{}",page="{}")", objective.project,
                     objective.id, escape_label(objective.name), escape_label(objective.page));
}

std::string text_of(const std::vector<query::SloReport>& reports) {
  if (reports.empty()) return {};
  std::string out =
      "# HELP pagewake_slo_attained_ratio Share of good page views in the objective's window.\n"
      "# TYPE pagewake_slo_attained_ratio gauge\n";
  for (const auto& report : reports) {
    if (!report.attained) continue;
    out += fmt::format("pagewake_slo_attained_ratio{{{}}} {}\n", labels_of(report.objective),
                       *report.attained);
  }
  out +=
      "# HELP pagewake_slo_budget_left_ratio Error budget left; below 0 it is overdrawn.\n"
      "# TYPE pagewake_slo_budget_left_ratio gauge\n";
  for (const auto& report : reports) {
    if (!report.budget_left) continue;
    out += fmt::format("pagewake_slo_budget_left_ratio{{{}}} {}\n", labels_of(report.objective),
                       *report.budget_left);
  }
  out +=
      "# HELP pagewake_slo_burn_rate Budget used per time; 1 uses it up at the window's end.\n"
      "# TYPE pagewake_slo_burn_rate gauge\n";
  for (const auto& report : reports) {
    for (const auto& rate : report.burn_rates) {
      out += fmt::format("pagewake_slo_burn_rate{{{},window_seconds=\"{}\"}} {}\n",
                         labels_of(report.objective), rate.window_s, rate.rate);
    }
  }
  out +=
      "# HELP pagewake_slo_alert 1 for the state that the multi-window burn rates ask for.\n"
      "# TYPE pagewake_slo_alert gauge\n";
  for (const auto& report : reports) {
    out += fmt::format("pagewake_slo_alert{{{},state=\"{}\"}} 1\n", labels_of(report.objective),
                       query::name_of(report.state));
  }
  return out;
}

}  // namespace

void SloMetrics::write(storage::RecordReader& records, storage::ProjectStore& projects,
                       storage::ObjectiveStore& objectives, std::int64_t now_unix_us,
                       std::string& out) {
  const std::lock_guard lock(mutex_);
  if (made_at_unix_us_ == INT64_MIN || now_unix_us - made_at_unix_us_ >= kKeptUs) {
    std::vector<query::SloReport> reports;
    if (const auto all = projects.projects(); all.ok()) {
      for (const auto& project : *all) {
        const auto of_project = objectives.objectives(project.id);
        if (!of_project.ok()) continue;
        for (const auto& objective : *of_project) {
          auto report = query::slo_report(records, objective, now_unix_us);
          if (report.ok()) reports.push_back(std::move(*report));
        }
      }
    }
    text_ = text_of(reports);
    made_at_unix_us_ = now_unix_us;
  }
  out += text_;
}

}  // namespace pagewake::app
