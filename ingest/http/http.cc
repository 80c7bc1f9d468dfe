#include "http/http.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <future>
#include <nlohmann/json.hpp>

namespace pagewake::http {

namespace {

// "/a/b/" and "/a/b" both give {"a","b"}; "/" gives {}.
std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return segments;
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool is_rest(std::string_view segment) {
  return is_parameter(segment) && segment.size() > 5 &&
         segment.substr(segment.size() - 4, 3) == "...";
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

bool fits_rest(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  const std::size_t fixed = pattern.size() - 1;
  if (path.size() < fixed) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

nlohmann::json error_json(std::string_view code, std::string_view message) {
  return {{"error", {{"code", code}, {"message", message}}}};
}

// Messages may quote what a client sent, which need not be UTF-8.
std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  constexpr auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (a.size() != b.size()) return false;  // mostly
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::size_t Headers::place_of(std::string_view name) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    if (place.name_bytes == name.size() &&
        equal_ignoring_case({text_.data() + place.name_at, name.size()}, name))
      return i;
  }
  return places_.size();
}

void Headers::set(std::string_view name, std::string_view value) {
  const std::size_t i = place_of(name);
  if (i == places_.size()) return add(name, value);
  // The old value stays in text_, where nothing points to it.
  places_[i].value_at = static_cast<std::uint32_t>(text_.size());
  places_[i].value_bytes = static_cast<std::uint32_t>(value.size());
  text_.append(value);
}

std::string_view Headers::find(std::string_view name) const {
  const std::size_t i = place_of(name);
  return i == places_.size() ? std::string_view() : (*this)[i].second;
}

bool operator==(const Headers& a, const Headers& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

std::optional<std::string_view> Request::query_optional(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string_view Request::query_value(std::string_view name) const {
  return query_optional(name).value_or(std::string_view{});
}

std::string_view Request::path_parameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters) {
    if (key == name) return value;
  }
  return {};
}

Response wait_for(Response response) {
  if (!response.later) return response;
  const auto promise = std::make_shared<std::promise<Finish>>();
  auto finish = promise->get_future();
  response.later([promise](Finish made) { promise->set_value(std::move(made)); });
  return finish.get()();
}

Response error_response(int status, std::string_view code, std::string_view message) {
  Response response;
  response.status = status;
  response.body = dump(error_json(code, message));
  return response;
}

Response too_large_response(std::size_t limit_bytes) {
  auto json = error_json("body_too_large",
                         "the body is larger than " + std::to_string(limit_bytes) + " bytes");
  json["error"]["limit_bytes"] = limit_bytes;
  Response response;
  response.status = 413;
  response.body = dump(json);
  return response;
}

void Router::add(std::string method, std::string pattern, Handler handler, BodyRule body) {
  Route route;
  for (auto segment : split_path(pattern)) route.segments.emplace_back(segment);
  route.takes_rest = !route.segments.empty() && is_rest(route.segments.back());
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.handler = std::move(handler);
  route.body = std::move(body);
  routes_.push_back(std::move(route));
}

Router::Match Router::find(const std::string& method,
                           const std::vector<std::string_view>& segments) const {
  const std::string_view wanted = method == "HEAD" ? std::string_view("GET") : method;
  Match match;
  for (const bool rest : {false, true}) {
    for (const auto& route : routes_) {
      if (route.takes_rest != rest) continue;
      if (!(rest ? fits_rest(route.segments, segments) : fits(route.segments, segments))) continue;
      if (route.method == wanted) {
        match.route = &route;
        return match;
      }
      match.other_methods.push_back(route.method);
    }
    // A catch-all must not turn a wrong method on a real path into a page.
    if (!match.other_methods.empty()) return match;
  }
  return match;
}

const BodyRule& Router::body_rule(const std::string& method, std::string_view path) const {
  static const BodyRule kDefault;
  const auto match = find(method, split_path(path));
  return match.route ? match.route->body : kDefault;
}

Response Router::route(Request& request) const {
  const auto segments = split_path(request.path);
  auto match = find(request.method, segments);
  if (!match.route) {
    if (match.other_methods.empty()) {
      return error_response(404, "not_found", "nothing is served at " + request.path);
    }
    auto& methods = match.other_methods;
    std::sort(methods.begin(), methods.end());
    methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
    std::string allow;
    for (const auto& method : methods) {
      if (!allow.empty()) allow += ", ";
      allow += method;
      if (method == "GET") allow += ", HEAD";
    }
    auto response = error_response(405, "method_not_allowed",
                                   request.method + " is not served here; allowed: " + allow);
    response.set_header("Allow", allow);
    return response;
  }
  const Route& route = *match.route;
  request.route = route.pattern;
  request.path_parameters.clear();
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string_view segment = route.segments[i];
    if (is_rest(segment)) {
      std::string rest;
      for (std::size_t j = i; j < segments.size(); ++j) {
        if (j > i) rest += '/';
        rest += segments[j];
      }
      request.path_parameters.emplace_back(segment.substr(1, segment.size() - 5), std::move(rest));
    } else if (is_parameter(segment)) {
      request.path_parameters.emplace_back(segment.substr(1, segment.size() - 2), segments[i]);
    }
  }
  try {
    return route.handler(request);
  } catch (const std::exception& e) {
    // The text may hold file names or data: it goes to the log, not to the client.
    spdlog::error("handler of {} {} failed: {}", route.method, route.pattern, e.what());
  } catch (...) {
    spdlog::error("handler of {} {} failed: not a std::exception", route.method, route.pattern);
  }
  return error_response(500, "internal", "the server failed on this request; its log says why");
}

}  // namespace pagewake::http
