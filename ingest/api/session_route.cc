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
  return json_response(
      {{"scope", storage::name_of(context.identity.scope)}, {"name", context.identity.name}});
}

}  // namespace pagewake::api
