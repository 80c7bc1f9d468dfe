#include "app/static_files.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace pagewake::app {
namespace {

constexpr EmbeddedFile kFiles[] = {
    {"dashboard/assets/index-B2x9_aQz.js", "text/javascript; charset=utf-8", "h1", "plain script",
     "br script", "gz script"},
    {"dashboard/favicon.svg", "image/svg+xml", "h2", "<svg/>", "", ""},
    {"dashboard/index.html", "text/html; charset=utf-8", "h3", "<!doctype html>", "br page",
     "gz page"},
    {"dashboard/pages/login.html", "text/html; charset=utf-8", "h6", "log in", "", ""},
    {"dashboard/pages/p/_/issues.html", "text/html; charset=utf-8", "h7", "issues", "", ""},
    {"dashboard/pages/p/_/issues/_.html", "text/html; charset=utf-8", "h8", "one issue", "", ""},
    {"sdk/pagewake-0123456789.wasm", "application/wasm", "h4", "\0asm", "br wasm", ""},
    {"sdk/pagewake.js", "text/javascript; charset=utf-8", "h5", "loader", "br loader", "gz loader"},
};

std::string header(const http::Response& response, std::string_view name) {
  return std::string(response.headers.find(name));
}

http::Response get(std::span<const EmbeddedFile> files, const std::string& path,
                   http::Headers headers = {}) {
  http::Router router;
  router.add("GET", "/api/v1/projects", [](const http::Request&) { return http::Response{}; });
  add_static_routes(router, files);
  http::Request request;
  request.method = "GET";
  request.path = path;
  request.headers = std::move(headers);
  return router.route(request);
}

TEST(StaticFiles, ServesWhatIsThere) {
  const struct {
    const char* path;
    int status;
    const char* body;
    const char* type;
    const char* cache;
  } cases[] = {
      {"/pagewake.js", 200, "loader", "text/javascript; charset=utf-8", "public, max-age=300"},
      {"/pagewake-0123456789.wasm", 200, "\0asm", "application/wasm",
       "public, max-age=31536000, immutable"},
      {"/assets/index-B2x9_aQz.js", 200, "plain script", "text/javascript; charset=utf-8",
       "public, max-age=31536000, immutable"},
      {"/favicon.svg", 200, "<svg/>", "image/svg+xml", "no-cache"},
      {"/", 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
      {"/projects/1/pages", 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
      {"/login", 200, "log in", "text/html; charset=utf-8", "no-cache"},
      {"/p/7/issues", 200, "issues", "text/html; charset=utf-8", "no-cache"},
      {"/p/7/issues/", 200, "issues", "text/html; charset=utf-8", "no-cache"},
      {"/p/7/issues/ab12", 200, "one issue", "text/html; charset=utf-8", "no-cache"},
      {"/p/7/issues/ab12/more", 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
      {"/p/7", 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
      {"/index.html", 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
      {"/missing.js", 404, nullptr, nullptr, ""},
      {"/assets/missing-12345678.js", 404, nullptr, nullptr, ""},
      {"/api/v1/unknown", 404, nullptr, nullptr, ""},
      {"/api", 404, nullptr, nullptr, ""},
      {"/v1/unknown", 404, nullptr, nullptr, ""},
      {"/../etc/passwd.txt", 404, nullptr, nullptr, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    const auto response = get(kFiles, c.path);
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(header(response, "Cache-Control"), c.cache);
    if (c.body) {
      EXPECT_EQ(response.body, c.body);
      EXPECT_EQ(response.content_type, c.type);
    } else {
      EXPECT_EQ(nlohmann::json::parse(response.body)["error"]["code"], "not_found");
    }
  }
}

TEST(StaticFiles, ChoosesTheEncoding) {
  const struct {
    const char* accepts;
    const char* path;
    const char* encoding;
    const char* body;
  } cases[] = {
      {"", "/pagewake.js", "", "loader"},
      {"gzip, deflate, br, zstd", "/pagewake.js", "br", "br loader"},
      {"gzip", "/pagewake.js", "gzip", "gz loader"},
      {"br;q=0, gzip;q=0.5", "/pagewake.js", "gzip", "gz loader"},
      {"br;q=0.0,gzip;q=0", "/pagewake.js", "", "loader"},
      {"brotli, gzipped", "/pagewake.js", "", "loader"},
      {"gzip", "/pagewake-0123456789.wasm", "", "\0asm"},
      {"br", "/favicon.svg", "", "<svg/>"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.accepts);
    const auto response = get(kFiles, c.path, {{"Accept-Encoding", c.accepts}});
    EXPECT_EQ(header(response, "Content-Encoding"), c.encoding);
    EXPECT_EQ(response.body, c.body);
    EXPECT_EQ(header(response, "Vary"), "Accept-Encoding");
  }
}

TEST(StaticFiles, AKnownTagIsAnsweredWithout) {
  const auto first = get(kFiles, "/pagewake.js", {{"Accept-Encoding", "br"}});
  const auto tag = header(first, "ETag");
  ASSERT_FALSE(tag.empty());
  EXPECT_EQ(get(kFiles, "/pagewake.js", {{"Accept-Encoding", "br"}, {"If-None-Match", tag}}).status,
            304);
  // The tag is of the encoding: a cache must not mix them.
  EXPECT_EQ(get(kFiles, "/pagewake.js", {{"If-None-Match", tag}}).status, 200);
}

TEST(StaticFiles, TheSdkIsForEveryPageAndTheDashboardForNone) {
  const auto sdk = get(kFiles, "/pagewake-0123456789.wasm");
  EXPECT_EQ(header(sdk, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(sdk, "Cross-Origin-Resource-Policy"), "cross-origin");
  EXPECT_EQ(header(sdk, "Content-Security-Policy"), "");
  const auto page = get(kFiles, "/");
  EXPECT_EQ(header(page, "Access-Control-Allow-Origin"), "");
  const auto policy = header(page, "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  // The SDK's WebAssembly and nothing else that is not a file of ours.
  EXPECT_NE(policy.find("script-src 'self' 'wasm-unsafe-eval'; "), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), policy.rfind("unsafe"));
}

TEST(StaticFiles, WithoutADashboardTheRootSaysSo) {
  const auto response = get({}, "/");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find("without the dashboard"), std::string::npos);
  EXPECT_EQ(get({}, "/pagewake.js").status, 404);
}

}  // namespace
}  // namespace pagewake::app
