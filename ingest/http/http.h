// What a request and an answer are inside the server. Only http/ includes
// httplib.h: everything else sees these types.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pagewake::http {

using Headers = std::vector<std::pair<std::string, std::string>>;   // in wire order

struct Request {
  std::string method;                          // "GET", upper case
  std::string path;                            // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;    // decoded
  std::vector<std::pair<std::string, std::string>> path_parameters;   // {project} of the route
  Headers headers;
  std::string body;                            // as received, still compressed; see inflate.h
  std::string remote_address;                  // of the connection, never of a header

  std::string_view header(std::string_view name) const;             // case-insensitive; "" absent
  std::string_view query_value(std::string_view name) const;        // first; "" absent
  std::optional<std::string_view> query_optional(std::string_view name) const;
  std::string_view path_parameter(std::string_view name) const;     // "" absent
};

struct Response {
  int status = 200;
  Headers headers;
  std::string content_type = "application/json";
  std::string body;
  void set_header(std::string name, std::string value);
};

using Handler = std::function<Response(const Request&)>;

// {"error":{"code":…,"message":…}} with the fitting status.
Response error_response(int status, std::string_view code, std::string_view message);

// Routes by method and pattern. Patterns are literal segments and {name}
// segments ("/api/{project}/beacon/"); a trailing slash is optional when
// matching. No regular expressions: a hostile path costs nothing.
class Router {
 public:
  void add(std::string method, std::string pattern, Handler handler);
  // 404 with code "not_found"; 405 with Allow where the path exists for
  // another method. HEAD runs the GET handler. Never throws: a handler's
  // exception becomes a 500 with code "internal" and is logged.
  Response route(Request& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace pagewake::http
