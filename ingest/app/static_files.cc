#include "app/static_files.h"

#include <array>
#include <map>
#include <memory>
#include <string>

namespace pagewake::app {

namespace {

using Files = std::map<std::string, const EmbeddedFile*, std::less<>>;

constexpr const char* kImmutable = "public, max-age=31536000, immutable";

// WebAssembly for the SDK, which measures the dashboard. No inline script or style; the dashboard
// sets styles through the DOM, which this allows.
constexpr const char* kDashboardPolicy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' "
    "data:; font-src "
    "'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'";

bool accepts(std::string_view header, std::string_view encoding) {
  while (true) {
    const auto comma = header.find(',');
    auto item = header.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    const auto semicolon = item.find(';');
    auto name = item.substr(0, semicolon);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name == encoding) {
      if (semicolon == std::string_view::npos) return true;
      // "q=0", "q=0.0": explicitly not.
      const auto weight = item.substr(semicolon + 1);
      const auto q = weight.find("q=");
      return q == std::string_view::npos ||
             weight.substr(q + 2).find_first_of("123456789") != std::string_view::npos;
    }
    if (comma == std::string_view::npos) return false;
    header.remove_prefix(comma + 1);
  }
}

// "pagewake-1a2b3c4d.wasm": eight or more hex digits or Vite's base64url.
bool has_hash(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  const auto dash = name.find('-');
  const auto dot = name.rfind('.');
  return dash != std::string_view::npos && dot != std::string_view::npos && dot > dash + 8;
}

void dashboard_headers(http::Response& response) {
  response.set_header("Content-Security-Policy", kDashboardPolicy);
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "same-origin");
  response.set_header("X-Frame-Options", "DENY");
  response.set_header("Cross-Origin-Opener-Policy", "same-origin");
}

http::Response serve(const http::Request& request, const EmbeddedFile& file) {
  http::Response response;
  const auto accepted = request.header("Accept-Encoding");
  std::string_view bytes = file.plain, encoding;
  if (!file.brotli.empty() && accepts(accepted, "br")) {
    bytes = file.brotli;
    encoding = "br";
  } else if (!file.gzip.empty() && accepts(accepted, "gzip")) {
    bytes = file.gzip;
    encoding = "gzip";
  }
  std::string tag = "\"" + std::string(file.hash);
  if (!encoding.empty()) tag += "-" + std::string(encoding);
  tag += '"';

  const bool sdk = file.path.starts_with("sdk/");
  if (sdk) {
    // Any page loads it, with or without crossorigin, under COEP too.
    response.set_header("Access-Control-Allow-Origin", "*");
    response.set_header("Cross-Origin-Resource-Policy", "cross-origin");
    response.set_header("Timing-Allow-Origin", "*");
    response.set_header("X-Content-Type-Options", "nosniff");
  } else {
    dashboard_headers(response);
  }
  const bool immutable = has_hash(file.path) && (sdk || file.path.starts_with("dashboard/assets/"));
  // The loader's name never changes: five minutes bound how long an old one
  // stays after an update.
  response.set_header("Cache-Control", immutable ? kImmutable
                                       : sdk     ? "public, max-age=300"
                                                 : "no-cache");
  response.set_header("Vary", "Accept-Encoding");
  response.set_header("ETag", tag);
  if (request.header("If-None-Match").find(tag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  if (!encoding.empty()) response.set_header("Content-Encoding", std::string(encoding));
  response.content_type = file.content_type;
  response.body = bytes;
  return response;
}

bool looks_like_a_file(std::string_view path) {
  const auto slash = path.rfind('/');
  return path.substr(slash == std::string_view::npos ? 0 : slash + 1).find('.') !=
         std::string_view::npos;
}

// The HTML that names the code of the page at `path`, as ingest/dashboard/vite.config.ts writes
// it: "p/7/page-views/ab12" is "pages/p/_/page-views/_.html".
std::string html_of(std::string_view path) {
  std::string name = "pages";
  bool is_id = false;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty()) continue;
    name += '/';
    name += is_id ? "_" : part;
    is_id = !is_id;
  }
  return name + ".html";
}

http::Response without_dashboard() {
  http::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body =
      "This Pagewake server was built without the dashboard.\n"
      "The API is under /api/v1, its description at /api/openapi.json.\n"
      "script/build makes a binary with the dashboard inside.\n";
  return response;
}

}  // namespace

void add_static_routes(http::Router& router, std::span<const EmbeddedFile> files) {
  auto by_url = std::make_shared<Files>();
  for (const auto& file : files) {
    for (const std::string_view root : {"sdk/", "dashboard/"}) {
      if (file.path.starts_with(root)) by_url->emplace(file.path.substr(root.size()), &file);
    }
  }
  router.add("GET", "/{path...}", [by_url](const http::Request& request) {
    const auto path = request.path_parameter("path");
    if (const auto found = by_url->find(path); found != by_url->end() && !path.empty())
      return serve(request, *found->second);
    if (path.starts_with("api/") || path == "api" || path.starts_with("v1/") ||
        looks_like_a_file(path)) {
      return http::error_response(404, "not_found", "nothing is served at " + request.path);
    }
    auto index = by_url->find(html_of(path));
    if (index == by_url->end()) index = by_url->find("index.html");
    return index == by_url->end() ? without_dashboard() : serve(request, *index->second);
  });
}

}  // namespace pagewake::app
