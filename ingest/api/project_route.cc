#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/route_table.h"

namespace pagewake::api {
namespace {

struct Fields {
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> allowed_origins;
};

Result<Fields> fields_of(const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return Error{"malformed", "the body must be {\"name\":\"…\",\"allowed_origins\":[\"…\"]}"};
  }
  Fields fields;
  if (const auto name = body.find("name"); name != body.end()) {
    if (!name->is_string()) return Error{"invalid_name", "name: must be a text"};
    fields.name = name->get<std::string>();
  }
  if (const auto origins = body.find("allowed_origins"); origins != body.end()) {
    if (!origins->is_array()) {
      return Error{"invalid_origin", "allowed_origins: must be a list of texts"};
    }
    fields.allowed_origins.emplace();
    for (const auto& origin : *origins) {
      if (!origin.is_string()) {
        return Error{"invalid_origin", "allowed_origins: must be a list of texts"};
      }
      fields.allowed_origins->push_back(origin.get<std::string>());
    }
  }
  return fields;
}

}  // namespace

http::Response list_projects(const Context& context, const http::Request&) {
  const auto projects = context.dependencies.projects.projects();
  if (!projects) return refusal(projects.error());
  std::vector<Json> items;
  for (const auto& project : *projects) {
    if (!context.identity.scope_in(project.id)) continue;
    items.push_back(project_json(project, context.dependencies.public_url));
  }
  return json_response(list_json(std::move(items), ""));
}

http::Response create_project(const Context& context, const http::Request& request) {
  const auto fields = fields_of(request);
  if (!fields) return refusal(fields.error());
  if (!fields->name) return refusal({"invalid_name", "name: is missing"});
  const auto project = context.dependencies.projects.create_project(
      *fields->name, fields->allowed_origins.value_or(std::vector<std::string>()));
  if (!project) return refusal(project.error());
  audit(context, "project_created", project->name, project->id);
  return json_response(project_json(*project, context.dependencies.public_url), 201);
}

http::Response update_project(const Context& context, const http::Request& request) {
  const auto fields = fields_of(request);
  if (!fields) return refusal(fields.error());
  if (!fields->name && !fields->allowed_origins) {
    return refusal({"malformed", "the body must hold name or allowed_origins"});
  }
  const auto project = context.dependencies.projects.update_project(
      context.project->id, fields->name, fields->allowed_origins);
  if (!project) return refusal(project.error());
  if (!project->has_value()) return not_found("no such project");
  if (const auto& changed = context.dependencies.settings_changed) changed(context.project->id);
  audit(context, "project_changed", (*project)->name, (*project)->id);
  return json_response(project_json(**project, context.dependencies.public_url));
}

}  // namespace pagewake::api
