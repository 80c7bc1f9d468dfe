#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"

namespace pagewake::api {
namespace {

// OpenTelemetry's ranges begin there.
std::uint8_t severity_of(const std::string& level) {
  if (level == "debug") return 5;
  if (level == "info") return 9;
  if (level == "warning") return 13;
  if (level == "error") return 17;
  if (level == "fatal") return 21;
  return 0;
}

}  // namespace

http::Response list_logs(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  const auto level = parse_choice(request, "level",
                                  {"trace", "debug", "info", "warning", "error", "fatal"}, "trace");
  if (!level) return refusal(level.error());
  storage::LogQuery query;
  query.from_unix_us = range->from_unix_us;
  query.to_unix_us = range->to_unix_us;
  query.text = request.query_value("query");
  query.min_severity_number = severity_of(*level);
  const std::pair<const char*, std::optional<std::string>*> fields[] = {
      {"service", &query.service},
      {"logger", &query.logger},
      {"release", &query.release},
      {"environment", &query.environment}};
  for (const auto& [name, value] : fields) {
    if (const auto given = request.query_optional(name)) value->emplace(*given);
  }
  if (const auto text = request.query_value("trace_id"); !text.empty()) {
    query.trace_id = parse_id<TraceId>(text);
    if (!query.trace_id) {
      return refusal(
          {"invalid_parameter", "trace_id: \"" + std::string(text) + "\" is not 32 hex digits"});
    }
  }
  for (const auto& [name, value] : request.query) {
    if (name != "attribute") continue;
    const auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0) {
      return refusal({"invalid_parameter",
                      "attribute: \"" + value + "\" is not name=value, for example order_id=17"});
    }
    query.attributes.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  const auto logs = context.dependencies.records.logs(context.project->id, query, *paging);
  if (!logs) return refusal(logs.error());
  std::vector<Json> items;
  for (const auto& log : logs->items) items.push_back(log_json(log));
  return json_response(list_json(std::move(items), logs->next_cursor));
}

}  // namespace pagewake::api
