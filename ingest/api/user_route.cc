#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "storage/password.h"

namespace pagewake::api {
namespace {

using storage::User;

Json user_json(const User& user) {
  Json memberships = Json::array();
  for (const auto& membership : user.memberships) {
    memberships.push_back(
        {{"project", membership.project}, {"role", storage::name_of(membership.role)}});
  }
  return {{"user_id", user.id},        {"email", user.email},
          {"name", user.name},         {"server_admin", user.server_admin},
          {"disabled", user.disabled}, {"created_at", time_json(user.created_at_unix_us)},
          {"memberships", memberships}};
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

// Fields of the body that are there; error "malformed" where one has another type.
struct Fields {
  std::optional<std::string> email, name, password;
  std::optional<bool> server_admin, disabled;
};

Result<Fields> fields_of(const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object()) return Error{"malformed", "the body must be a JSON object"};
  Fields fields;
  for (auto [name, field] : {std::pair{"email", &fields.email}, std::pair{"name", &fields.name},
                             std::pair{"password", &fields.password}}) {
    const auto found = body.find(name);
    if (found == body.end()) continue;
    if (!found->is_string()) return Error{"malformed", std::string(name) + ": must be a text"};
    *field = found->get<std::string>();
  }
  for (auto [name, field] :
       {std::pair{"server_admin", &fields.server_admin}, std::pair{"disabled", &fields.disabled}}) {
    const auto found = body.find(name);
    if (found == body.end()) continue;
    if (!found->is_boolean()) {
      return Error{"malformed", std::string(name) + ": must be true or false"};
    }
    *field = found->get<bool>();
  }
  return fields;
}

Result<std::string> checked_hash(const std::string& password) {
  if (const auto status = storage::check_password(password); !status) return status.error();
  return storage::hash_password(password);
}

}  // namespace

http::Response list_users(const Context& context, const http::Request&) {
  const auto users = context.dependencies.accounts.users();
  if (!users) return refusal(users.error());
  std::vector<Json> items;
  for (const auto& user : *users) items.push_back(user_json(user));
  return json_response(list_json(std::move(items), ""));
}

http::Response create_user(const Context& context, const http::Request& request) {
  const auto fields = fields_of(request);
  if (!fields) return refusal(fields.error());
  if (!fields->email || !fields->password) {
    return refusal({"malformed", "the body must hold email and password"});
  }
  const auto hash = checked_hash(*fields->password);
  if (!hash) return refusal(hash.error());
  const auto user = context.dependencies.accounts.create_user(
      *fields->email, fields->name.value_or(*fields->email), *hash,
      fields->server_admin.value_or(false));
  if (!user) {
    if (user.error().code == "user_exists")
      return http::error_response(409, user.error().code, user.error().message);
    return refusal(user.error());
  }
  audit(context, "user_created", user->email);
  return json_response(user_json(*user), 201);
}

http::Response update_user(const Context& context, const http::Request& request) {
  const auto id = parse_positive(request.path_parameter("user_id"));
  if (!id) return not_found("no such user");
  const auto fields = fields_of(request);
  if (!fields) return refusal(fields.error());
  auto& accounts = context.dependencies.accounts;
  const auto before = accounts.user(*id);
  if (!before) return refusal(before.error());
  if (!before->has_value()) return not_found("no such user");
  if (context.identity.user && context.identity.user->id == *id &&
      (fields->disabled.value_or(false) || !fields->server_admin.value_or(true))) {
    return refusal({"invalid_change", "nobody takes the server from under themselves"});
  }
  if (fields->password) {
    const auto hash = checked_hash(*fields->password);
    if (!hash) return refusal(hash.error());
    if (const auto set = accounts.set_password_hash(*id, *hash); !set) return refusal(set.error());
    audit(context, "password_set", (*before)->email);
  }
  const auto user =
      accounts.update_user(*id, {fields->name, fields->server_admin, fields->disabled});
  if (!user) return refusal(user.error());
  if (!user->has_value()) return not_found("no such user");
  if (fields->password || fields->disabled) context.access.end_unsaved_sessions_of(*id);
  if (fields->disabled)
    audit(context, *fields->disabled ? "user_disabled" : "user_enabled", (*user)->email);
  if (fields->server_admin || fields->name) audit(context, "user_changed", (*user)->email);
  return json_response(user_json(**user));
}

http::Response change_my_password(const Context& context, const http::Request& request) {
  if (!context.identity.user) {
    return refusal({"invalid_user", "a token has no password; log in with an e-mail address"});
  }
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("current_password") || !body.contains("new_password") ||
      !body["current_password"].is_string() || !body["new_password"].is_string()) {
    return refusal({"malformed", "the body must hold current_password and new_password"});
  }
  auto& accounts = context.dependencies.accounts;
  const auto old = accounts.password_hash(context.identity.user->id);
  if (!old) return refusal(old.error());
  if (!storage::password_matches(*old, body["current_password"].get<std::string>())) {
    return http::error_response(403, "wrong_password", "the current password is another");
  }
  const auto hash = checked_hash(body["new_password"].get<std::string>());
  if (!hash) return refusal(hash.error());
  if (const auto set = accounts.set_password_hash(context.identity.user->id, *hash); !set)
    return refusal(set.error());
  context.access.end_unsaved_sessions_of(context.identity.user->id);
  audit(context, "password_changed", context.identity.user->email);
  return no_content();
}

http::Response list_members(const Context& context, const http::Request&) {
  const auto users = context.dependencies.accounts.users();
  if (!users) return refusal(users.error());
  std::vector<Json> items;
  for (const auto& user : *users) {
    const auto role = user.role_in(context.project->id);
    if (!role) continue;
    items.push_back({{"user_id", user.id},
                     {"email", user.email},
                     {"name", user.name},
                     {"role", storage::name_of(*role)}});
  }
  return json_response(list_json(std::move(items), ""));
}

http::Response set_member(const Context& context, const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto allowed = [] {
    return refusal(
        {"malformed", "the body must be {\"role\":…} with viewer, member, admin or null"});
  };
  if (!body.is_object() || !body.contains("role")) return allowed();
  std::optional<storage::Role> role;
  if (!body["role"].is_null()) {
    if (!body["role"].is_string()) return allowed();
    role = storage::role_from(body["role"].get<std::string>());
    if (!role) return allowed();
  }
  auto& accounts = context.dependencies.accounts;
  const auto user = accounts.user_by_email(std::string(request.path_parameter("email")));
  if (!user) return refusal(user.error());
  if (!user->has_value()) {
    return not_found("no user " + std::string(request.path_parameter("email")) +
                     "; an administrator of the server adds them");
  }
  const auto set = accounts.set_role((*user)->id, context.project->id, role);
  if (!set) return refusal(set.error());
  audit(context, "role_changed",
        (*user)->email + ": " + std::string(role ? storage::name_of(*role) : "none"),
        context.project->id);
  return no_content();
}

}  // namespace pagewake::api
