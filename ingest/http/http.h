// What a request and an answer are inside the server. Only http/ includes
// httplib.h: everything else sees these types.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "http/stream.h"

namespace pagewake::http {

using Headers = std::vector<std::pair<std::string, std::string>>;  // in wire order

struct Request {
  std::string method;                                                // "GET", upper case
  std::string path;                                                  // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;            // decoded
  std::vector<std::pair<std::string, std::string>> path_parameters;  // {project} of the route
  Headers headers;
  std::string body;  // as received, still compressed; see inflate.h
  // Of the connection; behind a trusted proxy what that proxy says (proxies.h).
  std::string remote_address;
  bool secure = false;  // the client speaks https, as far as can be known
  std::string id;       // 16 hex digits, in the log and in X-Request-Id
  std::string route;    // pattern that matched, set by Router; "" none (for /metrics)

  std::string_view header(std::string_view name) const;       // case-insensitive; "" absent
  std::string_view query_value(std::string_view name) const;  // first; "" absent
  std::optional<std::string_view> query_optional(std::string_view name) const;
  std::string_view path_parameter(std::string_view name) const;  // "" absent
};

struct Response;
// Makes the answer, on one of the server's threads.
using Finish = std::function<Response()>;

struct Response {
  int status = 200;
  Headers headers;
  std::string content_type = "application/json";
  std::string body;
  // The answer goes on with what this gives, until one side ends it; `body` is
  // then empty. Not for HEAD.
  std::shared_ptr<StreamSource> stream;
  // The answer waits for something that another thread does: no worker waits
  // with it. Called once, after the handler; what it is given is called once,
  // from any thread, when the answer can be made. The request lives until then.
  // All other fields are ignored.
  std::function<void(std::function<void(Finish)> done)> later;
  void set_header(std::string name, std::string value);
};

// The answer itself: waits for one that comes later. For callers without a server.
Response wait_for(Response response);

using Handler = std::function<Response(const Request&)>;

// {"error":{"code":…,"message":…}} with the fitting status.
Response error_response(int status, std::string_view code, std::string_view message);
// 413 "body_too_large" with "limit_bytes".
Response too_large_response(std::size_t limit_bytes);

// What the reactor asks before it reads a body.
struct BodyRule {
  std::size_t max_bytes = limits::kBodyBytes;  // on the wire; a longer body is not read
  // Answers a request whose body is longer; its `body` is empty. Absent:
  // too_large_response(). Lets a route count the refusal and add its headers.
  Handler too_large;
  // For the whole body; 0: the server's own (ServerOptions::body_deadline).
  std::chrono::milliseconds deadline{0};
};

// Routes by method and pattern. Patterns are literal segments and {name}
// segments ("/api/{project}/beacon/"); a trailing slash is optional when
// matching, and a last segment {name...} takes the whole rest, also an empty
// one, when no other pattern fits. The first pattern added wins. No regular
// expressions: a hostile path costs nothing.
class Router {
 public:
  void add(std::string method, std::string pattern, Handler handler, BodyRule body = {});
  // 404 with code "not_found"; 405 with Allow where the path exists for
  // another method. HEAD runs the GET handler. Never throws: a handler's
  // exception becomes a 500 with code "internal" and is logged.
  Response route(Request& request) const;
  // The rule of the route that would run; the default one where none would.
  // Lives as long as the router.
  const BodyRule& body_rule(const std::string& method, std::string_view path) const;

 private:
  struct Route {
    std::string method, pattern;
    std::vector<std::string> segments;
    bool takes_rest = false;
    Handler handler;
    BodyRule body;
  };
  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> other_methods;  // of patterns that fit the path
  };
  Match find(const std::string& method, const std::vector<std::string_view>& segments) const;
  std::vector<Route> routes_;
};

}  // namespace pagewake::http
