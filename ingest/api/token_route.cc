#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"

namespace pagewake::api {

http::Response list_tokens(const Context& context, const http::Request&) {
  const auto tokens = context.dependencies.projects.tokens();
  if (!tokens) return refusal(tokens.error());
  std::vector<Json> items;
  for (const auto& token : *tokens) {
    items.push_back({{"token_id", token.id},
                     {"name", token.name},
                     {"scope", storage::name_of(token.scope)},
                     {"project", token.project == 0 ? Json() : Json(token.project)},
                     {"created_at", time_json(token.created_at_unix_us)}});
  }
  return json_response(list_json(std::move(items), ""));
}

http::Response create_token(const Context& context, const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("name") || !body["name"].is_string() ||
      !body.contains("scope") || !body["scope"].is_string()) {
    return refusal({"malformed", "the body must hold name and scope"});
  }
  const auto scope = storage::scope_from(body["scope"].get<std::string>());
  if (!scope) return refusal({"invalid_scope", "scope: must be read, write or admin"});
  model::ProjectId project = 0;
  if (const auto found = body.find("project"); found != body.end() && !found->is_null()) {
    if (!found->is_number_integer())
      return refusal({"invalid_project", "project: must be a number"});
    project = found->get<model::ProjectId>();
    const auto known = context.dependencies.projects.project(project);
    if (!known) return refusal(known.error());
    if (!known->has_value()) return not_found("no project " + std::to_string(project));
  }
  const std::string name = body["name"].get<std::string>();
  const auto secret = context.dependencies.projects.create_token(name, *scope, project);
  if (!secret) return refusal(secret.error());
  audit(context, "token_created", name + " (" + std::string(storage::name_of(*scope)) + ")",
        project);
  return json_response({{"token", *secret}}, 201);
}

http::Response revoke_token(const Context& context, const http::Request& request) {
  const auto id = parse_positive(request.path_parameter("token_id"));
  if (!id) return not_found("no such token");
  auto& projects = context.dependencies.projects;
  const auto token = projects.token(*id);
  if (!token) return refusal(token.error());
  const auto revoked = projects.revoke_token(*id);
  if (!revoked) return refusal(revoked.error());
  if (!*revoked || !token->has_value()) return not_found("no such token");
  audit(context, "token_revoked", (*token)->name, (*token)->project);
  http::Response response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

}  // namespace pagewake::api
