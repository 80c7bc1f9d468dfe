// What a request and an answer are inside the server. Only http/ includes
// httplib.h: everything else sees these types.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "http/stream.h"

namespace pagewake::http {

// The headers of a request or an answer, in wire order, in one piece of memory:
// a browser sends fifteen, and most are never asked for. Views of them live
// until the next change; moving and copying make new ones.
class Headers {
 public:
  using Field = std::pair<std::string_view, std::string_view>;  // name, value

  class Iterator {
   public:
    Iterator(const Headers* of, std::size_t at) : of_(of), at_(at) {}
    Field operator*() const { return (*of_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Headers* of_;
    std::size_t at_;
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields) {
    for (const auto& [name, value] : fields) add(name, value);
  }

  void reserve(std::size_t fields, std::size_t bytes) {
    places_.reserve(fields);
    text_.reserve(bytes);
  }
  void add(std::string_view name, std::string_view value) {
    place(text_.size(), name.size(), text_.size() + name.size(), value.size());
    text_.append(name).append(value);
  }
  // Of a line as it came: the name at its beginning, the value where it stands.
  void add_line(std::string_view line, std::size_t name_bytes, std::size_t value_at,
                std::size_t value_bytes) {
    place(text_.size(), name_bytes, text_.size() + value_at, value_bytes);
    text_.append(line);
  }
  // In place of the first with that name, or behind all others.
  void set(std::string_view name, std::string_view value);
  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  Field operator[](std::size_t i) const {
    const Place& place = places_[i];
    return {{text_.data() + place.name_at, place.name_bytes},
            {text_.data() + place.value_at, place.value_bytes}};
  }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }
  // The value of the first with that name, in whatever case; "" absent.
  std::string_view find(std::string_view name) const;
  friend bool operator==(const Headers& a, const Headers& b);

 private:
  struct Place {  // of a field in text_
    std::uint32_t name_at, name_bytes, value_at, value_bytes;
  };
  void place(std::size_t name_at, std::size_t name_bytes, std::size_t value_at,
             std::size_t value_bytes) {
    const auto narrow = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
    places_.push_back({narrow(name_at), narrow(name_bytes), narrow(value_at), narrow(value_bytes)});
  }
  std::size_t place_of(std::string_view name) const;  // size(): absent

  std::string text_;
  std::vector<Place> places_;
};

// ASCII only, as the names of headers are compared.
bool equal_ignoring_case(std::string_view a, std::string_view b);

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

  std::string_view header(std::string_view name) const { return headers.find(name); }
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
  void set_header(std::string_view name, std::string_view value) { headers.set(name, value); }
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
