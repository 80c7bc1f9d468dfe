#include <nlohmann/json.hpp>

#include "api/json_writer.h"
#include "api/route_table.h"

namespace pagewake::api {

http::Response log_in(const Context& context, const http::Request& request) {
  return context.access.login(request);
}

http::Response log_out(const Context& context, const http::Request& request) {
  return context.access.logout(request);
}

http::Response who_am_i(const Context& context, const http::Request&) {
  const Identity& identity = context.identity;
  return json_response(
      {{"scope", storage::name_of(identity.scope)},
       {"name", identity.name},
       {"email", identity.user ? Json(identity.user->email) : Json()},
       {"server_admin", identity.is_for_all() && identity.scope == storage::Scope::kAdmin}});
}

}  // namespace pagewake::api
