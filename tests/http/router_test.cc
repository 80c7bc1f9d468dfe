#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "http/http.h"

namespace pagewake::http {
namespace {

Router make_router() {
  Router router;
  const auto name = [](std::string text) {
    return [text](const Request& request) {
      Response response;
      response.body = text;
      for (const auto& [key, value] : request.path_parameters)
        response.body += " " + key + "=" + value;
      return response;
    };
  };
  router.add("GET", "/", name("root"));
  router.add("GET", "/api/v1/projects", name("projects"));
  router.add("POST", "/api/v1/projects", name("create"));
  router.add("POST", "/api/{project}/beacon/", name("beacon"));
  router.add("GET", "/api/v1/projects/{project}/issues/{issue}", name("issue"));
  router.add("GET", "/throws",
             [](const Request&) -> Response { throw std::runtime_error("secret path"); });
  router.add("GET", "/assets/{path...}", name("asset"));
  router.add("GET", "/{path...}", name("page"));
  return router;
}

TEST(Router, FindsTheRoute) {
  const Router router = make_router();
  const struct {
    const char* method;
    const char* path;
    int status;
    const char* body;  // null: an error's JSON
    const char* route;
  } cases[] = {
      {"GET", "/", 200, "root", "/"},
      {"HEAD", "/", 200, "root", "/"},
      {"GET", "/api/v1/projects", 200, "projects", "/api/v1/projects"},
      {"GET", "/api/v1/projects/", 200, "projects", "/api/v1/projects"},
      {"POST", "/api/v1/projects", 200, "create", "/api/v1/projects"},
      {"POST", "/api/7/beacon/", 200, "beacon project=7", "/api/{project}/beacon/"},
      {"POST", "/api/7/beacon", 200, "beacon project=7", "/api/{project}/beacon/"},
      {"POST", "/api//beacon/", 405, nullptr, ""},  // a parameter is never empty; the GET page fits
      {"GET", "/api/7/beacon/", 405, nullptr, ""},
      {"DELETE", "/api/v1/projects", 405, nullptr, ""},
      {"GET", "/api/v1/projects/1/issues/2", 200, "issue project=1 issue=2",
       "/api/v1/projects/{project}/issues/{issue}"},
      {"GET", "/assets/a/b.js", 200, "asset path=a/b.js", "/assets/{path...}"},
      {"GET", "/assets", 200, "asset path=", "/assets/{path...}"},
      {"GET", "/elsewhere/x", 200, "page path=elsewhere/x", "/{path...}"},
      {"GET", "/throws", 500, nullptr, "/throws"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.method) + " " + c.path);
    Request request;
    request.method = c.method;
    request.path = c.path;
    const Response response = router.route(request);
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(request.route, c.route);
    if (c.body) {
      EXPECT_EQ(response.body, c.body);
    } else {
      const auto json = nlohmann::json::parse(response.body);
      EXPECT_FALSE(json["error"]["code"].get<std::string>().empty());
    }
  }
}

TEST(Router, NamesWhatIsAllowed) {
  const Router router = make_router();
  Request request;
  request.method = "DELETE";
  request.path = "/api/v1/projects";
  const Response response = router.route(request);
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers, (Headers{{"Allow", "GET, HEAD, POST"}}));
}

TEST(Router, KeepsAnExceptionsTextFromTheClient) {
  const Router router = make_router();
  Request request;
  request.method = "GET";
  request.path = "/throws";
  const auto json = nlohmann::json::parse(router.route(request).body);
  EXPECT_EQ(json["error"]["code"], "internal");
  EXPECT_EQ(json.dump().find("secret path"), std::string::npos);
}

TEST(Router, AnUnknownPathWithoutCatchAllIsNotFound) {
  Router router;
  router.add("GET", "/a", [](const Request&) { return Response{}; });
  Request request;
  request.method = "GET";
  request.path = "/b\xff";  // not UTF-8: the message must still be JSON
  const Response response = router.route(request);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(nlohmann::json::parse(response.body)["error"]["code"], "not_found");
}

TEST(Router, GivesTheBodyRuleOfTheRoute) {
  Router router;
  router.add("POST", "/small", [](const Request&) { return Response{}; });
  router.add("POST", "/large/{x}", [](const Request&) { return Response{}; },
             {.max_bytes = 5 << 20});
  EXPECT_EQ(router.body_rule("POST", "/small").max_bytes, limits::kBodyBytes);
  EXPECT_EQ(router.body_rule("POST", "/large/1").max_bytes, std::size_t{5} << 20);
  EXPECT_EQ(router.body_rule("GET", "/large/1").max_bytes, limits::kBodyBytes);
  EXPECT_EQ(router.body_rule("POST", "/none").max_bytes, limits::kBodyBytes);
}

TEST(Request, FindsHeadersQueryAndParameters) {
  Request request;
  request.headers = {{"Content-Type", "a"}, {"X-Two", "1"}, {"x-two", "2"}};
  request.query = {{"key", ""}, {"key", "second"}};
  EXPECT_EQ(request.header("content-TYPE"), "a");
  EXPECT_EQ(request.header("X-TWO"), "1");
  EXPECT_EQ(request.header("absent"), "");
  EXPECT_EQ(request.query_optional("key"), "");
  EXPECT_EQ(request.query_optional("absent"), std::nullopt);
}

TEST(Response, SettingAHeaderAgainReplacesIt) {
  Response response;
  response.set_header("Vary", "Origin");
  response.set_header("vary", "Accept-Encoding");
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0].second, "Accept-Encoding");
}

}  // namespace
}  // namespace pagewake::http
