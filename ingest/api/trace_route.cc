#include <nlohmann/json.hpp>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "query/trace_join.h"

namespace pagewake::api {

http::Response show_trace(const Context& context, const http::Request& request) {
  const auto id = parse_path_id<TraceId>(request, "trace_id");
  if (!id) return refusal(id.error());
  const auto trace = query::load_trace(context.dependencies.records, context.project->id, *id);
  if (!trace) return refusal(trace.error());
  if (!trace->has_value()) return not_found("no trace " + to_hex(*id));
  return json_response(trace_json(**trace));
}

}  // namespace pagewake::api
