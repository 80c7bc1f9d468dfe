#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "query/slo.h"

namespace pagewake::api {
namespace {

Json slo_json(const query::SloReport& report) {
  const storage::Objective& objective = report.objective;
  Json rates = Json::array();
  for (const auto& rate : report.burn_rates) {
    rates.push_back({{"window_s", rate.window_s},
                     {"rate", score_json(rate.rate)},
                     {"views", score_json(rate.views)}});
  }
  return {{"slo_id", objective.id},
          {"name", objective.name},
          {"page", objective.page},
          {"measure", storage::name_of(objective.measure)},
          {"threshold", score_json(objective.threshold)},
          {"target", score_json(objective.target)},
          {"window_days", objective.window_days},
          {"created_at", time_json(objective.created_at_unix_us)},
          {"views", score_json(report.window.counted)},
          {"good_views", score_json(report.window.good)},
          {"examined", report.window.examined},
          {"attained", score_or_null(report.attained)},
          {"budget_left", score_or_null(report.budget_left)},
          {"burn_rates", std::move(rates)},
          {"state", query::name_of(report.state)}};
}

}  // namespace

http::Response list_slos(const Context& context, const http::Request&) {
  const auto objectives = context.dependencies.objectives.objectives(context.project->id);
  if (!objectives) return refusal(objectives.error());
  std::vector<Json> items;
  for (const auto& objective : *objectives) {
    const auto report =
        query::slo_report(context.dependencies.records, objective, context.now_unix_us);
    if (!report) return refusal(report.error());
    items.push_back(slo_json(*report));
  }
  return json_response(list_json(std::move(items), ""));
}

http::Response create_slo(const Context& context, const http::Request& request) {
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return refusal({"malformed",
                    "the body must be a JSON object with name, measure, threshold, target, "
                    "window_days and, for one page, page"});
  }
  const auto text = [&](const char* field) {
    const auto found = body.find(field);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [&](const char* field, double missing) {
    const auto found = body.find(field);
    return found != body.end() && found->is_number() ? found->get<double>() : missing;
  };
  const auto measure = storage::measure_from(text("measure"));
  if (!measure) {
    return refusal({"invalid_measure",
                    "measure: one of lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms, backend_ms, no_error"});
  }
  storage::Objective objective;
  objective.project = context.project->id;
  objective.name = text("name");
  objective.page = text("page");
  objective.measure = *measure;
  objective.threshold = number("threshold", 0);
  objective.target = number("target", 0);
  objective.window_days =
      static_cast<std::int64_t>(std::clamp(number("window_days", 28), 0.0, 1e6));
  objective.created_at_unix_us = context.now_unix_us;
  const auto made = context.dependencies.objectives.create(std::move(objective));
  if (!made) return refusal(made.error());
  const auto report = query::slo_report(context.dependencies.records, *made, context.now_unix_us);
  if (!report) return refusal(report.error());
  return json_response(slo_json(*report), 201);
}

http::Response remove_slo(const Context& context, const http::Request& request) {
  const std::string text(request.path_parameter("slo_id"));
  const auto id = parse_positive(text);
  if (!id) return refusal({"invalid_parameter", "slo_id: \"" + text + "\" is not a number"});
  const auto removed = context.dependencies.objectives.remove(context.project->id, *id);
  if (!removed) return refusal(removed.error());
  if (!*removed) return not_found("no objective " + text);
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace pagewake::api
