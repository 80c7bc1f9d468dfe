// The description against the routes, and against what they really answer.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "api/route_table.h"
#include "api/world.h"

namespace pagewake::api {
namespace {

using nlohmann::json;

json description() {
  World world;
  const http::Response response = world.send("GET", "/api/openapi.json", "", {});
  EXPECT_EQ(response.status, 200);
  return json::parse(response.body);
}

TEST(OpenApi, DescribesEveryRouteAndNothingElse) {
  const json document = description();
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::set<std::string> routes, described;
  for (const ApiRoute& route : api_routes()) {
    routes.insert(std::string(route.method) + " " + route.pattern);
  }
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      std::string upper = method;
      for (char& c : upper) c = char(std::toupper(c));
      described.insert(upper + " " + path);
      EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << path;
    }
  }
  EXPECT_EQ(described, routes);
}

void collect_refs(const json& node, std::set<std::string>& refs) {
  if (node.is_object() && node.contains("$ref")) refs.insert(node["$ref"].get<std::string>());
  for (const auto& child : node) {
    if (child.is_structured()) collect_refs(child, refs);
  }
}

TEST(OpenApi, EveryReferenceLeadsSomewhereAndEverySchemaIsUsed) {
  const json document = description();
  std::set<std::string> refs;
  collect_refs(document, refs);
  for (const std::string& ref : refs) {
    EXPECT_TRUE(document.contains(json::json_pointer(ref.substr(1)))) << ref;
  }
  for (const char* kind : {"schemas", "parameters"}) {
    for (const auto& [name, schema] : document["components"][kind].items()) {
      EXPECT_TRUE(refs.count(std::string("#/components/") + kind + "/" + name)) << name;
    }
  }
}

// As much of JSON Schema as the document uses; a field that is not described
// is wrong here, although clients should bear with it.
void expect_fits(const json& value, const json& schema, const json& document,
                 const std::string& where) {
  if (schema.contains("$ref")) {
    const std::string ref = schema["$ref"].get<std::string>();
    return expect_fits(value, document.at(json::json_pointer(ref.substr(1))), document, where);
  }
  if (schema.contains("anyOf")) {
    if (!value.is_null()) expect_fits(value, schema["anyOf"][0], document, where);
    return;
  }
  const json& type = schema["type"];
  const std::string name = type.is_array() ? type[0].get<std::string>() : type.get<std::string>();
  if (type.is_array() && value.is_null()) return;
  if (name == "string") {
    EXPECT_TRUE(value.is_string()) << where << ": " << value;
  } else if (name == "integer") {
    EXPECT_TRUE(value.is_number_integer()) << where << ": " << value;
  } else if (name == "number") {
    EXPECT_TRUE(value.is_number()) << where << ": " << value;
  } else if (name == "boolean") {
    EXPECT_TRUE(value.is_boolean()) << where << ": " << value;
  } else if (name == "array") {
    ASSERT_TRUE(value.is_array()) << where << ": " << value;
    for (const json& item : value) expect_fits(item, schema["items"], document, where + "[]");
  } else {
    ASSERT_EQ(name, "object") << where;
    ASSERT_TRUE(value.is_object()) << where << ": " << value;
    if (!schema.contains("properties")) return;
    for (const auto& field : schema["required"]) {
      EXPECT_TRUE(value.contains(field.get<std::string>())) << where << "." << field;
    }
    for (const auto& [key, child] : value.items()) {
      ASSERT_TRUE(schema["properties"].contains(key)) << where << "." << key << " is not described";
      expect_fits(child, schema["properties"][key], document, where + "." + key);
    }
  }
}

TEST(OpenApi, AnswersFitTheirDescription) {
  const auto hex = [](const char* byte) {
    std::string out;
    for (int i = 0; i < 16; ++i) out += byte;
    return out;
  };
  const std::string p = "/api/v1/projects/1";
  const std::string d = "/api/v1/projects/{project}";
  const struct {
    std::string target, pattern;
  } cases[] = {{"/api/v1/me", "/api/v1/me"},
               {"/api/v1/users", "/api/v1/users"},
               {"/api/v1/tokens", "/api/v1/tokens"},
               {"/api/v1/audit", "/api/v1/audit"},
               {p + "/members", d + "/members"},
               {"/api/v1/projects", "/api/v1/projects"},
               {p + "/overview", d + "/overview"},
               {p + "/logs", d + "/logs"},
               {p + "/slos", d + "/slos"},
               {p + "/pages", d + "/pages"},
               {p + "/page-report?page=/product/:id", d + "/page-report"},
               {p + "/page-report?page=/nowhere", d + "/page-report"},
               {p + "/page-views", d + "/page-views"},
               {p + "/page-views/" + hex("a1"), d + "/page-views/{page_view_id}"},
               {p + "/page-views/" + hex("a2"), d + "/page-views/{page_view_id}"},
               {p + "/page-views/" + hex("a4"), d + "/page-views/{page_view_id}"},
               {p + "/sessions/" + hex("5e"), d + "/sessions/{session_id}"},
               {p + "/traces/" + hex("71"), d + "/traces/{trace_id}"},
               {p + "/issues", d + "/issues"},
               {p + "/issues/1", d + "/issues/{issue_id}"},
               {p + "/issues/1/activity", d + "/issues/{issue_id}/activity"},
               {p + "/issues/1/tags", d + "/issues/{issue_id}/tags"},
               {p + "/issues/1/related", d + "/issues/{issue_id}/related"},
               {p + "/alert-rules", d + "/alert-rules"},
               {p + "/alert-channels", d + "/alert-channels"},
               {p + "/alert-deliveries", d + "/alert-deliveries"},
               {p + "/inbound-filters", d + "/inbound-filters"},
               {p + "/quotas", d + "/quotas"},
               {"/api/v1/retention", "/api/v1/retention"},
               {p + "/grouping-rules", d + "/grouping-rules"},
               {p + "/issues/1/events", d + "/issues/{issue_id}/events"},
               {p + "/events", d + "/events"},
               {p + "/events/" + hex("e1"), d + "/events/{event_id}"},
               {p + "/releases", d + "/releases"},
               {p + "/releases/compare?release=1.4.2&base=1.4.1", d + "/releases/compare"},
               {p + "/sourcemaps", d + "/sourcemaps"},
               {p + "/sourcemaps/releases", d + "/sourcemaps/releases"},
               {p + "/sourcemaps/missing", d + "/sourcemaps/missing"},
               {p + "/outcomes", d + "/outcomes"}};
  const json document = description();
  World world;
  const auto user = world.accounts->create_user("ann@example.com", "Ann", "hash", false);
  ASSERT_TRUE(user.ok());
  ASSERT_TRUE(world.accounts->set_role(user->id, 1, storage::Role::kMember).ok());
  ASSERT_TRUE(world.accounts->add_audit({0, 0, "ann@example.com", "login", "", 1}).ok());
  ASSERT_TRUE(world.artifacts
                  ->put({1, "1.4.2", "~/a.js", "", R"({"version":3,"sources":[],"mappings":""})",
                         std::nullopt, kNow})
                  .ok());
  std::set<std::string> asked;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.target);
    asked.insert(c.pattern);
    const http::Response response = world.send("GET", c.target, "", kAdmin);
    ASSERT_EQ(response.status, 200) << response.body;
    const json& schema = document["paths"][c.pattern]["get"]["responses"]["200"]["content"]
                                 ["application/json"]["schema"];
    expect_fits(json::parse(response.body), schema, document, "answer");
  }
  for (const ApiRoute& route : api_routes()) {
    if (std::string(route.method) == "GET" && std::string(route.pattern) != "/api/openapi.json" &&
        route.handler != stream_live) {  // answers with no JSON
      EXPECT_TRUE(asked.count(route.pattern)) << route.pattern << " is not asked here";
    }
  }
}

}  // namespace
}  // namespace pagewake::api
