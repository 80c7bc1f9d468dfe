#include "app/self_monitoring.h"

#include <charconv>

#include "api/api.h"

namespace pagewake::app {

namespace {
constexpr char kSetting[] = "self_project";
constexpr char kName[] = "Pagewake dashboard";
}  // namespace

Result<storage::Project> self_project(storage::ProjectStore& projects,
                                      storage::IssueStore& settings) {
  const auto text = settings.project_setting(api::kServerSettings, kSetting);
  if (!text.ok()) return text.error();
  model::ProjectId id = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), id);
  if (parsed.ec == std::errc()) {
    auto known = projects.project(id);
    if (!known.ok()) return known.error();
    if (known->has_value()) return **known;
  }
  auto made = projects.create_project(kName, {});
  if (!made.ok()) return made;
  const Status saved =
      settings.set_project_setting(api::kServerSettings, kSetting, std::to_string(made->id));
  if (!saved.ok()) return saved.error();
  return made;
}

http::Response self_script(const std::optional<storage::Project>& project) {
  http::Response response;
  response.content_type = "text/javascript; charset=utf-8";
  response.set_header("Cache-Control", "no-cache");
  response.set_header("X-Content-Type-Options", "nosniff");
  if (!project) {
    response.body = "// self_monitoring is off\n";
    return response;
  }
  response.body =
      "(script => {\n  script.src = '/pagewake.js';\n  script.dataset.dsn = `${"
      "location.protocol}//" +
      project->public_key + "@${location.host}/" + std::to_string(project->id) +
      "`;\n  document.head.append(script);\n})(document.createElement('script'));\n";
  return response;
}

}  // namespace pagewake::app
