#include "api/live_feed.h"
#include "api/route_table.h"

namespace pagewake::api {

http::Response stream_live(const Context& context, const http::Request& request) {
  const model::ProjectId project = context.project->id;
  // What was taken from them since they began to listen ends it.
  const auto allowed = [&access = context.access, request, project] {
    const auto checked = access.check(request);
    const auto* identity = std::get_if<Identity>(&checked);
    return identity != nullptr && identity->scope_in(project).has_value();
  };
  auto source =
      context.dependencies.live->listen(project, request.header("Last-Event-ID"), allowed);
  if (!source) {
    auto response = refusal(source.error());
    response.set_header("Retry-After", "10");
    return response;
  }
  http::Response response;
  response.content_type = "text/event-stream";
  response.set_header("X-Accel-Buffering", "no");  // nginx would wait for more
  response.stream = std::move(source).value();
  return response;
}

}  // namespace pagewake::api
