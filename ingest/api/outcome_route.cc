#include <nlohmann/json.hpp>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "query/outcome_report.h"

namespace pagewake::api {

http::Response show_outcomes(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kLastDay, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto report = query::outcome_report(context.dependencies.records, context.project->id,
                                            range->from_unix_us, range->to_unix_us);
  if (!report) return refusal(report.error());
  return json_response(outcomes_json(*report));
}

}  // namespace pagewake::api
