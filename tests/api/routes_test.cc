#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "api/world.h"

namespace pagewake::api {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(const char* byte, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += byte;
  return out;
}

Json json_of(const http::Response& response) {
  EXPECT_EQ(response.content_type, "application/json");
  Json json = Json::parse(response.body, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << response.body;
  return json;
}

// The whole answer, byte for byte but for layout, is kept in tests/cases/api.
// PAGEWAKE_REWRITE_CASES=1 writes the files anew: read the diff.
class WholeAnswer : public testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(WholeAnswer, IsAsTheCaseSays) {
  const auto& [name, target] = GetParam();
  World world;
  const http::Response response = world.send("GET", target);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers, (http::Headers{{"Cache-Control", "no-store"}}));
  const std::string actual = json_of(response).dump(2) + "\n";
  const std::string path = std::string(PAGEWAKE_SOURCE_DIR) + "/tests/cases/api/" + name + ".json";
  if (std::getenv("PAGEWAKE_REWRITE_CASES")) {
    std::ofstream(path) << actual;
    GTEST_SKIP() << "rewrote " << path;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, Json::parse(expected.str()).dump(2) + "\n");
}

const std::string kP = "/api/v1/projects/1";
INSTANTIATE_TEST_SUITE_P(
    Cases, WholeAnswer,
    testing::Values(
        std::pair{"overview", kP + "/overview?from=-24h"},
        std::pair{"logs", kP + "/logs?from=-24h&level=info&limit=2"},
        std::pair{"pages", kP + "/pages?from=-24h"},
        std::pair{"page_report", kP + "/page-report?page=/product/:id&from=-24h"},
        std::pair{"page_report_of_nothing", kP + "/page-report?page=/nowhere"},
        std::pair{"page_views", kP + "/page-views?page=/product/:id&sort=slowest&limit=1"},
        std::pair{"page_view", kP + "/page-views/" + hex("a1", 16)},
        std::pair{"session", kP + "/sessions/" + hex("5e", 16)},
        std::pair{"trace", kP + "/traces/" + hex("71", 16)},
        std::pair{"issues", kP + "/issues?sort=first_seen"},
        std::pair{"issue", kP + "/issues/1?from=-24h"},
        std::pair{"issue_related", kP + "/issues/1/related"},
        std::pair{"issue_tags", kP + "/issues/1/tags"},
        std::pair{"issue_activity", kP + "/issues/1/activity"},
        std::pair{"issue_events", kP + "/issues/1/events"},
        std::pair{"events", kP + "/events?page=/product/:id"},
        std::pair{"event", kP + "/events/" + hex("e2", 16)},
        std::pair{"releases", kP + "/releases"},
        std::pair{"releases_compare", kP + "/releases/compare?release=1.4.2&base=1.4.1"},
        std::pair{"outcomes", kP + "/outcomes?from=-24h"}),
    [](const auto& info) { return std::string(info.param.first); });

TEST(Routes, ListsPageThroughToTheEnd) {
  World world;
  for (const std::string list :
       {"/page-views", "/page-views?sort=slowest", "/events", "/issues", "/pages"}) {
    SCOPED_TRACE(list);
    const char joint = list.find('?') == std::string::npos ? '?' : '&';
    const Json all = json_of(world.send("GET", kP + list))["items"];
    ASSERT_GE(all.size(), 2u);
    Json paged = Json::array();
    std::string cursor;
    for (std::size_t i = 0; i <= all.size(); ++i) {
      const Json page = json_of(world.send(
          "GET", kP + list + joint + "limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor)));
      ASSERT_EQ(page["items"].size(), 1u);
      paged.push_back(page["items"][0]);
      if (page["next_cursor"].is_null()) break;
      cursor = page["next_cursor"].get<std::string>();
    }
    EXPECT_EQ(paged, all);
  }
}

TEST(Routes, FiltersNarrowWhatIsCounted) {
  const struct {
    const char* filter;
    double views;
  } cases[] = {{"", 2},
               {"&browser=Chrome", 1},
               {"&device=mobile", 1},
               {"&os=Linux", 2},
               {"&os=Windows", 0},
               {"&country=DE", 1},
               {"&connection=3g", 1},
               {"&release=1.4.2", 1},
               {"&environment=staging", 0},
               {"&navigation_type=navigate", 2},
               {"&navigation_type=reload", 0},
               {"&from=-1h", 1},
               {"&from=2026-11-21T02:00:00Z&to=2026-11-21T03:00:00Z", 1},
               {"&from=2026-11-21T04:00:00 02:00&to=2026-11-21T05:00:00+02:00", 1}};
  World world;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.filter);
    const http::Response response =
        world.send("GET", kP + "/page-report?page=/product/:id" + c.filter);
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(json_of(response)["views"], c.views);
  }
}

TEST(Routes, IssuesAreFoundAndChanged) {
  World world;
  const auto titles = [&](const std::string& query) {
    std::vector<std::string> out;
    const Json issues = json_of(world.send("GET", kP + "/issues" + query));
    for (const Json& item : issues["items"]) {
      out.push_back(item["title"]);
    }
    return out;
  };
  EXPECT_EQ(titles("?query=TYPEERROR"), std::vector<std::string>{"TypeError: x is undefined"});
  EXPECT_EQ(titles("?status=resolved"), std::vector<std::string>{});
  EXPECT_EQ(titles("?release=9"), std::vector<std::string>{});

  const http::Response changed =
      world.send("PATCH", kP + "/issues/1", R"({"status":"resolved"})", kWrite);
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(json_of(changed)["status"], "resolved");
  EXPECT_EQ(titles("?status=resolved").size(), 1u);
  EXPECT_EQ(json_of(world.send("GET", kP + "/issues/1"))["status"], "resolved");
}

TEST(Routes, IssuesAreSearched) {
  World world;
  const struct {
    const char* query;
    std::size_t found;
  } cases[] = {{"is:unresolved", 2},
               {"is:resolved", 0},
               {"is:unassigned typeerror", 1},
               {"level:error type:TypeError", 1},
               {"type:TypeError is:ignored", 0},
               {"\"x is undefined\"", 1},
               {"TypeError: x", 1},
               {"platform:python", 1},
               {"tag.team:none", 0},
               {"browser:netscape", 0},
               {"user:nobody", 0},
               {"", 2}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.query);
    const Json issues = json_of(world.send("GET", kP + "/issues?query=" + c.query));
    EXPECT_EQ(issues["items"].size(), c.found) << issues;
  }
  const struct {
    const char* query;
    const char* says;
  } wrong[] = {
      {"brwoser:firefox", "unknown key \"brwoser:\""}, {"is:open", "is:open is unknown"},
      {"is:resolved is:ignored", "is there twice"},    {"release:1 release:2", "is there twice"},
      {"user:\"ann", "a quote is not closed"},         {"release:", "no value"}};
  for (const auto& c : wrong) {
    SCOPED_TRACE(c.query);
    const http::Response refused = world.send("GET", kP + "/issues?query=" + c.query);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(json_of(refused)["error"]["code"], "invalid_query");
    EXPECT_NE(json_of(refused)["error"]["message"].get<std::string>().find(c.says),
              std::string::npos)
        << refused.body;
  }
}

TEST(Routes, IssuesAreChangedInBulkMergedAndTalkedAbout) {
  World world;
  const Json bulk = json_of(
      world.send("PATCH", kP + "/issues", R"({"issue_ids":[1,2,77],"assignee":"ann"})", kWrite));
  ASSERT_EQ(bulk["items"].size(), 2u);
  EXPECT_EQ(bulk["items"][0]["assignee"], "ann");
  const Json ignored = json_of(world.send(
      "PATCH", kP + "/issues/1", R"({"status":"ignored","ignore":{"more_events":100}})", kWrite));
  EXPECT_EQ(ignored["status"], "ignored");
  EXPECT_EQ(ignored["ignored_until_event_count"], 101);

  const http::Response merged =
      world.send("POST", kP + "/issues/merge", R"({"issue_ids":[1,2]})", kWrite);
  ASSERT_EQ(merged.status, 200) << merged.body;
  const std::string whole = std::to_string(json_of(merged)["issue_id"].get<int>());
  EXPECT_EQ(json_of(world.send("GET", kP + "/issues"))["items"].size(), 1u);
  const Json report = json_of(world.send("GET", kP + "/issues/1"));
  EXPECT_EQ(report["issue_id"].dump(), whole) << "the id of a part leads to the whole";
  EXPECT_EQ(report["parts"].size(), 2u);
  EXPECT_EQ(json_of(world.send("GET", kP + "/issues/" + whole + "/events"))["items"].size(), 2u);

  EXPECT_EQ(world.send("POST", kP + "/issues/" + whole + "/comments", R"({"text":"seen"})", kWrite)
                .status,
            201);
  const Json activity = json_of(world.send("GET", kP + "/issues/" + whole + "/activity"))["items"];
  EXPECT_EQ(activity[0]["kind"], "comment");
  EXPECT_EQ(activity[0]["actor"], "writer");
  EXPECT_EQ(activity[0]["detail"], "seen");

  EXPECT_EQ(world.send("POST", kP + "/issues/" + whole + "/unmerge", R"({"issue_ids":[1]})", kWrite)
                .status,
            200);
  EXPECT_EQ(json_of(world.send("GET", kP + "/issues"))["items"].size(), 2u);

  const struct {
    const char *method, *path, *body;
    int status;
  } wrong[] = {{"PATCH", "/issues", R"({"issue_ids":[],"status":"resolved"})", 400},
               {"PATCH", "/issues", R"({"issue_ids":["a"],"status":"resolved"})", 400},
               {"PATCH", "/issues", R"({"issue_ids":[1]})", 400},
               {"PATCH", "/issues/1", R"({"status":"resolved","ignore":{"more_events":5}})", 400},
               {"PATCH", "/issues/1", R"({"status":"ignored","ignore":{"more_events":0}})", 400},
               {"PATCH", "/issues/1", R"({"assignee":7})", 400},
               {"POST", "/issues/merge", R"({"issue_ids":[1]})", 400},
               {"POST", "/issues/merge", R"([])", 400},
               {"POST", "/issues/1/unmerge", R"({"issue_ids":[2]})", 400},
               {"POST", "/issues/1/comments", R"({"text":""})", 400},
               {"POST", "/issues/77/comments", R"({"text":"x"})", 404},
               {"GET", "/issues/77/activity", "", 404}};
  for (const auto& c : wrong) {
    SCOPED_TRACE(std::string(c.path) + c.body);
    EXPECT_EQ(world.send(c.method, kP + c.path, c.body, kWrite).status, c.status);
  }
}

TEST(Routes, AlertsAreSetUpTestedAndLogged) {
  World world;
  const auto send = [&](const char* method, const std::string& path, const std::string& body) {
    return world.send(method, kP + path, body, kAdmin);
  };
  const Json hook = json_of(send(
      "POST", "/alert-channels",
      R"({"kind":"webhook","name":"chat","url":"https://chat.example/hook","secret":"s3cret"})"));
  EXPECT_EQ(hook["channel_id"], 1);
  EXPECT_EQ(hook["has_secret"], true);
  EXPECT_EQ(hook.dump().find("s3cret"), std::string::npos) << "a secret never comes out";
  const Json mail = json_of(
      send("POST", "/alert-channels", R"({"kind":"email","addresses":["ann@shop.example"]})"));
  ASSERT_EQ(mail["kind"], "email");
  // Saved without a secret, the old one stays.
  const Json saved =
      json_of(send("PUT", "/alert-channels/1",
                   R"({"kind":"webhook","name":"chat","url":"https://chat.example/hook"})"));
  EXPECT_EQ(saved["has_secret"], true);

  const Json test = json_of(send("POST", "/alert-channels/1/test", ""));
  EXPECT_EQ(test["status"], "sent");
  json_of(send("PUT", "/alert-channels/1",
               R"({"kind":"webhook","url":"https://chat.example/refuse"})"));
  const Json failed = json_of(send("POST", "/alert-channels/1/test", ""));
  EXPECT_EQ(failed["status"], "failed");
  world.now_unix_us += 1;
  EXPECT_EQ(json_of(send("POST", "/alert-channels/1/test", ""))["last_error"], "HTTP 500: no");
  EXPECT_EQ(json_of(world.send("GET", kP + "/alert-deliveries"))["items"].size(), 2u);
  EXPECT_EQ(send("POST", "/alert-channels/9/test", "").status, 404);

  const Json report = json_of(send("POST", "/alert-channels/2/weekly-report", ""));
  EXPECT_EQ(report["status"], "sent");
  EXPECT_EQ(report["rule_id"], Json(nullptr));
  EXPECT_EQ(report["title"], "The week of shop, 2026-11-14 to 2026-11-21");
  EXPECT_EQ(json_of(send("POST", "/alert-channels/1/weekly-report", ""))["status"], "failed");
  EXPECT_EQ(send("POST", "/alert-channels/9/weekly-report", "").status, 404);
  EXPECT_EQ(world.send("POST", kP + "/alert-channels/2/weekly-report", "", kWrite).status, 403);

  const http::Response made = send(
      "POST", "/alert-rules", R"({"kind":"vital","vital":"lcp_ms","page":"/","channel_ids":[1]})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json_of(made)["threshold"], 2500);
  const std::string rule = "/alert-rules/" + std::to_string(json_of(made)["rule_id"].get<int>());
  const Json changed = json_of(send("PUT", rule, R"({"kind":"new_issue","enabled":false})"));
  EXPECT_EQ(changed["enabled"], false);
  EXPECT_EQ(json_of(world.send("GET", kP + "/alert-rules"))["items"].size(), 1u);
  EXPECT_EQ(send("DELETE", rule, "").status, 204);
  EXPECT_EQ(send("DELETE", rule, "").status, 404);

  const struct {
    const char *path, *body, *says;
  } wrong[] = {
      {"/alert-rules", R"({"kind":"often"})", "is not one of new_issue"},
      {"/alert-rules", R"({"kind":"vital","vital":"lcp"})", "lcp_ms, inp_ms"},
      {"/alert-rules", R"({"kind":"page_error_rate","threshold":5})", "a share above 0"},
      {"/alert-rules", R"({"kind":"absence","window_minutes":1})", "from 5 to"},
      {"/alert-rules", R"({"kind":"spike","channel_ids":[77]})", "no channel 77"},
      {"/alert-rules", "[]", "must be a JSON object"},
      {"/alert-channels", R"({"kind":"pager"})", "is not email or webhook"},
      {"/alert-channels", R"({"kind":"email","addresses":["ann"]})", "e-mail addresses"},
      {"/alert-channels", R"({"kind":"email","name":"a\nb","addresses":["a@b"]})", "one line"},
      {"/alert-channels", R"({"kind":"webhook","url":"file:///etc/passwd"})", "http://"}};
  for (const auto& c : wrong) {
    SCOPED_TRACE(c.body);
    const http::Response refused = send("POST", c.path, c.body);
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find(c.says), std::string::npos) << refused.body;
  }
  EXPECT_EQ(world.send("POST", kP + "/alert-channels", "{}", kWrite).status, 403);

  // A chat's webhook URL is a password; who may not change it does not see it.
  const auto first_url = [&](const http::Headers& token) {
    return json_of(world.send("GET", kP + "/alert-channels", "", token))["items"][0]["url"];
  };
  EXPECT_EQ(first_url(kAdmin), "https://chat.example/refuse");
  EXPECT_EQ(first_url(kWrite), "https://chat.example/…");
  std::set<std::string> audited;
  const auto log = world.accounts->audit(100, 0);
  for (const auto& entry : *log) audited.insert(entry.action);
  for (const char* action : {"alert_channel_saved", "alert_rule_saved", "alert_rule_removed"}) {
    EXPECT_TRUE(audited.contains(action)) << action;
  }
}

TEST(Routes, InboundFiltersAreShownSavedAndCheckedFirst) {
  World world;
  const std::string path = kP + "/inbound-filters";
  EXPECT_EQ(json_of(world.send("GET", path))["known_noise"], true);
  EXPECT_EQ(world.send("PUT", path, R"({"bots":true})", kWrite).status, 403);
  const Json saved =
      json_of(world.send("PUT", path, R"({"bots":true,"oldest_versions":{"Chrome":100}})", kAdmin));
  EXPECT_EQ(saved["bots"], true);
  EXPECT_EQ(saved["browser_extensions"], true) << "what is left out has its default";
  EXPECT_EQ(json_of(world.send("GET", path)), saved);
  for (const char* wrong : {"", "[]", R"({"bots":"yes"})", R"({"robots":true})"}) {
    SCOPED_TRACE(wrong);
    const http::Response refused = world.send("PUT", path, wrong, kAdmin);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(json_of(refused)["error"]["code"], "invalid_filters");
  }
  EXPECT_EQ(json_of(world.send("GET", path)), saved);
}

TEST(Routes, GroupingRulesArePreviewedSavedAndCheckedFirst) {
  World world;
  const std::string rules = R"({"rules":"fingerprint: one when level:error"})";
  const Json preview = json_of(world.send("POST", kP + "/grouping-rules/preview", rules, kRead));
  EXPECT_EQ(preview["examined_events"], 2);
  EXPECT_EQ(preview["issues_before"], 2);
  EXPECT_EQ(preview["issues_after"], 1);
  EXPECT_EQ(preview["rules"][0]["events"], 2);
  const Json ignoring = json_of(world.send("POST", kP + "/grouping-rules/preview",
                                           R"({"rules":"ignore: type:TypeError"})", kRead));
  EXPECT_EQ(ignoring["ignored_events"], 1);
  EXPECT_EQ(ignoring["rules"][0]["titles"][0], "TypeError: x is undefined");

  EXPECT_EQ(world.send("PUT", kP + "/grouping-rules", rules, kWrite).status, 403);
  const http::Response refused =
      world.send("PUT", kP + "/grouping-rules", R"({"rules":"drop: x"})", kAdmin);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(json_of(refused)["error"]["code"], "invalid_rules");
  EXPECT_EQ(world.send("PUT", kP + "/grouping-rules", rules, kAdmin).status, 200);
  EXPECT_EQ(json_of(world.send("GET", kP + "/grouping-rules"))["rules"],
            "fingerprint: one when level:error");
}

TEST(Routes, ProjectsAreMadeListedAndChanged) {
  World world;
  const Json first = json_of(world.send("GET", "/api/v1/projects"))["items"][0];
  EXPECT_EQ(first["id"], 1);
  EXPECT_EQ(first["name"], "shop");
  EXPECT_EQ(first["public_key"], world.public_key);
  EXPECT_EQ(first["dsn"], "http://" + world.public_key + "@127.0.0.1:8790/1");
  EXPECT_EQ(first["allowed_origins"], Json::array());

  const http::Response made =
      world.send("POST", "/api/v1/projects",
                 R"({"name":"blog","allowed_origins":["https://b.example"]})", kAdmin);
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(json_of(made)["id"], 2);
  EXPECT_EQ(json_of(made)["allowed_origins"], Json::array({"https://b.example"}));

  const http::Response changed =
      world.send("PATCH", "/api/v1/projects/2", R"({"name":"log"})", kAdmin);
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(json_of(changed)["name"], "log");
  EXPECT_EQ(json_of(changed)["allowed_origins"], Json::array({"https://b.example"}));
  EXPECT_EQ(json_of(world.send("GET", "/api/v1/projects"))["items"].size(), 2u);
}

TEST(Routes, EveryRefusalHasItsStatusCodeAndReason) {
  const std::string id = hex("ff", 16);
  const struct {
    const char* method;
    std::string target, body;
    http::Headers headers;
    int status;
    const char* code;
    const char* says;  // contained in the message
  } cases[] = {
      {"GET", "/api/v1/projects", "", {}, 401, "unauthorized", "Bearer"},
      {"GET",
       "/api/v1/projects",
       "",
       {{"Authorization", "Bearer wrong"}},
       401,
       "unauthorized",
       "unknown"},
      {"GET", "/api/v1/projects", "", {{"Authorization", "Bearer "}}, 401, "unauthorized", ""},
      {"GET",
       "/api/v1/projects",
       "",
       {{"Authorization", "Basic cmVhZA=="}},
       401,
       "unauthorized",
       ""},
      {"GET", "/api/v1/me", "", {{"Cookie", "pagewake_session=x"}}, 401, "unauthorized", "log in"},
      {"GET", "/api/v1/projects/9/pages", "", {}, 401, "unauthorized", ""},
      {"GET", "/api/v1/projects/9/pages", "", kRead, 404, "not_found", "no project 9"},
      {"GET", "/api/v1/projects/x/pages", "", kRead, 404, "not_found", "no project \"x\""},
      {"GET", "/api/v1/projects/-1/pages", "", kRead, 404, "not_found", ""},
      {"GET", "/api/v1/projects/99999999999999999999/pages", "", kRead, 404, "not_found", ""},
      {"POST", "/api/v1/projects", R"({"name":"x"})", kRead, 403, "insufficient_scope",
       "needs scope admin, you have read"},
      {"POST", "/api/v1/projects", R"({"name":"x"})", kWrite, 403, "insufficient_scope", "admin"},
      {"PATCH", "/api/v1/projects/1", R"({"name":"x"})", kWrite, 403, "insufficient_scope",
       "admin"},
      {"PATCH", kP + "/issues/1", R"({"status":"resolved"})", kRead, 403, "insufficient_scope",
       "write"},
      {"POST", "/api/v1/projects", "{", kAdmin, 400, "malformed", "name"},
      {"POST", "/api/v1/projects", "[]", kAdmin, 400, "malformed", "name"},
      {"POST", "/api/v1/projects", "{}", kAdmin, 400, "invalid_name", "missing"},
      {"POST", "/api/v1/projects", R"({"name":7})", kAdmin, 400, "invalid_name", "text"},
      {"POST", "/api/v1/projects", R"({"name":""})", kAdmin, 400, "invalid_name", ""},
      {"POST", "/api/v1/projects", R"({"name":"x","allowed_origins":"y"})", kAdmin, 400,
       "invalid_origin", "list"},
      {"POST", "/api/v1/projects", R"({"name":"x","allowed_origins":["ftp:"]})", kAdmin, 400,
       "invalid_origin", ""},
      {"PATCH", "/api/v1/projects/1", "{}", kAdmin, 400, "malformed", "allowed_origins"},
      {"PATCH", "/api/v1/projects/9", R"({"name":"x"})", kAdmin, 404, "not_found", ""},
      {"GET", kP + "/page-report", "", kRead, 400, "missing_parameter", "page"},
      {"GET", kP + "/pages?from=yesterday", "", kRead, 400, "invalid_parameter",
       "from: \"yesterday\" is not an RFC 3339 time"},
      {"GET", kP + "/pages?to=-5x", "", kRead, 400, "invalid_parameter", "to: \"-5x\""},
      {"GET", kP + "/pages?from=-1h&to=-2h", "", kRead, 400, "invalid_parameter", "before to"},
      {"GET", kP + "/pages?navigation_type=teleport", "", kRead, 400, "invalid_parameter",
       "one of navigate"},
      {"GET", kP + "/pages?limit=0", "", kRead, 400, "invalid_parameter",
       "limit: \"0\" is not a number from 1 to 1000"},
      {"GET", kP + "/pages?limit=1001", "", kRead, 400, "invalid_parameter", "limit"},
      {"GET", kP + "/pages?limit=ten", "", kRead, 400, "invalid_parameter", "limit"},
      {"GET", kP + "/pages?cursor=x", "", kRead, 400, "invalid_cursor", "cursor"},
      {"GET", kP + "/page-views?cursor=x", "", kRead, 400, "invalid_cursor", "cursor"},
      {"GET", kP + "/page-views?sort=fastest", "", kRead, 400, "invalid_parameter",
       "sort: \"fastest\" is not one of newest, slowest"},
      {"GET", kP + "/page-views/abc", "", kRead, 400, "invalid_parameter",
       "page_view_id: \"abc\" is not 32 hex digits"},
      {"GET", kP + "/page-views/" + id, "", kRead, 404, "not_found", "no page view"},
      {"GET", kP + "/sessions/" + id, "", kRead, 404, "not_found", "no session"},
      {"GET", kP + "/sessions/1", "", kRead, 400, "invalid_parameter", "session_id"},
      {"GET", kP + "/traces/" + id, "", kRead, 404, "not_found", "no trace"},
      {"GET", kP + "/traces/zz", "", kRead, 400, "invalid_parameter", "trace_id"},
      {"GET", kP + "/issues?status=open", "", kRead, 400, "invalid_parameter", "unresolved"},
      {"GET", kP + "/issues?sort=size", "", kRead, 400, "invalid_parameter", "last_seen"},
      {"GET", kP + "/issues/99", "", kRead, 404, "not_found", "no issue 99"},
      {"GET", kP + "/issues/x", "", kRead, 400, "invalid_parameter", "issue_id"},
      {"GET", kP + "/issues/99/events", "", kRead, 404, "not_found", "no issue 99"},
      {"PATCH", kP + "/issues/99", R"({"status":"resolved"})", kWrite, 404, "not_found", ""},
      {"PATCH", kP + "/issues/1", "resolved", kWrite, 400, "malformed", "status"},
      {"PATCH", kP + "/issues/1", R"({"status":1})", kWrite, 400, "malformed", "status"},
      {"PATCH", kP + "/issues/1", R"({"status":"gone"})", kWrite, 400, "invalid_parameter",
       "ignored"},
      {"GET", kP + "/events/" + id, "", kRead, 404, "not_found", "no event"},
      {"GET", kP + "/events/1", "", kRead, 400, "invalid_parameter", "event_id"},
      {"POST", kP + "/slos", "[]", kWrite, 400, "malformed", "measure"},
      {"POST", kP + "/slos", R"({"name":"x","measure":"speed"})", kWrite, 400, "invalid_measure",
       "no_error"},
      {"POST", kP + "/slos", R"({"name":"x","measure":"no_error","target":2})", kWrite, 400,
       "invalid_target", "below 1"},
      {"DELETE", kP + "/slos/x", "", kWrite, 400, "invalid_parameter", "slo_id"},
      {"GET", kP + "/logs?level=loud", "", kRead, 400, "invalid_parameter", "warning"},
      {"GET", kP + "/logs?trace_id=7", "", kRead, 400, "invalid_parameter", "trace_id"},
      {"GET", kP + "/logs?attribute=order", "", kRead, 400, "invalid_parameter", "name=value"},
      {"GET", kP + "/logs?cursor=x", "", kRead, 400, "invalid_cursor", "cursor"},
      {"GET", kP + "/outcomes?from=1", "", kRead, 400, "invalid_parameter", "from"},
      {"GET", kP + "/nothing-here", "", kRead, 404, "not_found", ""},
      {"DELETE", "/api/v1/projects", "", kAdmin, 405, "method_not_allowed", ""},
      {"POST", "/api/v1/login", "", {}, 400, "malformed", "token"},
      {"POST", "/api/v1/login", R"({"token":7})", {}, 400, "malformed", "token"},
      {"POST", "/api/v1/login", R"({"token":"wrong"})", {}, 401, "unauthorized", "unknown"},
  };
  World world;
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.method) + " " + c.target + " " + c.body);
    const http::Response response = world.send(c.method, c.target, c.body, c.headers);
    EXPECT_EQ(response.status, c.status) << response.body;
    const Json json = json_of(response);
    ASSERT_TRUE(json.contains("error"));
    EXPECT_EQ(json["error"]["code"], c.code);
    EXPECT_NE(json["error"]["message"].get<std::string>().find(c.says), std::string::npos)
        << json["error"]["message"];
  }
}

TEST(Routes, TimesAreReadAsRfc3339HasThem) {
  const struct {
    const char* text;
    bool valid;
  } cases[] = {{"2026-11-20T04:00:00Z", true},
               {"2026-11-20t04:00:00.123456789z", true},
               {"2026-11-20T04:00:00-05:30", true},
               {"2024-02-29T00:00:00Z", true},
               {"2026-02-29T00:00:00Z", false},
               {"2026-13-01T00:00:00Z", false},
               {"2026-11-20T24:00:00Z", false},
               {"2026-11-20T04:00:00", false},
               {"2026-11-20T04:00:00.Z", false},
               {"2026-11-20T04:00:00Zx", false},
               {"2026-11-20", false},
               {"-24h", true},
               {"-30m", true},
               {"-7d", true},
               {"-7w", false},
               {"-h", false},
               {"--7d", false},
               {"-99999999999999999d", false},
               {"7d", false}};
  World world;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(world.send("GET", kP + "/outcomes?from=" + c.text).status, c.valid ? 200 : 400);
  }
  const Json pages =
      json_of(world.send("GET", kP + "/pages?from=2026-11-20T04:00:00.5 01:30&to=-30m"));
  EXPECT_EQ(pages["from"], "2026-11-20T02:30:00.500Z");
  EXPECT_EQ(pages["to"], "2026-11-21T04:30:00.000Z");
}

TEST(Routes, ASessionCookieStandsForItsTokenUntilItEnds) {
  World world;
  const http::Response login =
      world.send("POST", "/api/v1/login", R"({"token":"write-secret"})", {});
  ASSERT_EQ(login.status, 204);
  EXPECT_TRUE(login.body.empty());
  const std::string set_cookie(login.headers.find("Set-Cookie"));
  EXPECT_TRUE(set_cookie.starts_with("pagewake_session="));
  EXPECT_TRUE(set_cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"));
  EXPECT_EQ(set_cookie.find("write-secret"), std::string::npos);
  const std::string pair = set_cookie.substr(0, set_cookie.find(';'));
  const http::Headers cookie{{"cookie", "other=1; " + pair + "; more=2"}};
  http::Headers with_csrf = cookie;
  with_csrf.add("X-Pagewake-Csrf", "1");

  EXPECT_EQ(
      json_of(world.send("GET", "/api/v1/me", "", cookie)),
      (Json{{"scope", "write"}, {"name", "writer"}, {"email", nullptr}, {"server_admin", false}}));
  const std::string body = R"({"status":"ignored"})";
  const http::Response foreign = world.send("PATCH", kP + "/issues/1", body, cookie);
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(json_of(foreign)["error"]["code"], "csrf_header_missing");
  EXPECT_EQ(world.send("PATCH", kP + "/issues/1", body, with_csrf).status, 200);
  EXPECT_EQ(world.send("POST", "/api/v1/projects", R"({"name":"x"})", with_csrf).status, 403);

  EXPECT_EQ(world.send("POST", "/api/v1/logout", "", cookie).status, 403);
  EXPECT_EQ(world.send("GET", "/api/v1/me", "", cookie).status, 200);
  EXPECT_EQ(world.send("POST", "/api/v1/logout", "", with_csrf).status, 204);
  EXPECT_EQ(world.send("GET", "/api/v1/me", "", cookie).status, 401);
  EXPECT_EQ(world.send("POST", "/api/v1/logout", "", {}).status, 204);
}

TEST(Routes, ASessionEndsAfterAWeek) {
  World world;
  const http::Response login =
      world.send("POST", "/api/v1/login", R"({"token":"read-secret"})", {});
  http::Headers cookie;
  const auto set_cookie = login.headers.find("Set-Cookie");
  cookie.add("Cookie", set_cookie.substr(0, set_cookie.find(';')));
  world.now_unix_us += 604'799'000'000;
  EXPECT_EQ(world.send("GET", "/api/v1/me", "", cookie).status, 200);
  world.now_unix_us += 1'000'000;
  EXPECT_EQ(world.send("GET", "/api/v1/me", "", cookie).status, 401);
}

TEST(Routes, TheCookieIsForHttpsOnlyWhereTheServerIs) {
  World world;
  http::Router router;
  add_routes(router, {.records = *world.records,
                      .projects = *world.projects,
                      .accounts = *world.accounts,
                      .objectives = *world.objectives,
                      .issues = *world.records,
                      .alerts = *world.alerts,
                      .now_unix_us = [] { return kNow; },
                      .public_url = "https://rum.example",
                      .send_test_alert = {},
                      .send_weekly_report = {},
                      .settings_changed = {}});
  http::Request request;
  request.method = "POST";
  request.path = "/api/v1/login";
  request.body = R"({"token":"read-secret"})";
  const http::Response login = router.route(request);
  ASSERT_FALSE(login.headers.empty());
  EXPECT_TRUE(login.headers[0].second.ends_with("; Secure")) << login.headers[0].second;
}

TEST(Routes, AStoreThatCannotWriteIs503) {
  class Stopped : public storage::ProjectStore {
    Error error() const { return {"store_unavailable", "disk I/O error"}; }
    Result<storage::Project> create_project(const std::string&,
                                            const std::vector<std::string>&) override {
      return error();
    }
    Result<std::vector<storage::Project>> projects() override { return error(); }
    Result<std::optional<storage::Project>> project(model::ProjectId) override { return error(); }
    Result<std::optional<storage::Project>> project_by_key(const std::string&) override {
      return error();
    }
    Result<std::optional<storage::Project>> update_project(
        model::ProjectId, const std::optional<std::string>&,
        const std::optional<std::vector<std::string>>&) override {
      return error();
    }
    Result<std::string> create_token(const std::string&, storage::Scope,
                                     model::ProjectId) override {
      return error();
    }
    Status ensure_token(const std::string&, const std::string&, storage::Scope) override {
      return error();
    }
    Result<std::optional<storage::Token>> token_by_secret(const std::string&) override {
      return error();
    }
    Result<std::optional<storage::Token>> token(std::int64_t) override { return error(); }
    Result<std::vector<storage::Token>> tokens() override { return error(); }
    Result<bool> revoke_token(std::int64_t) override { return error(); }
    Result<bool> any_token() override { return error(); }
  } stopped;
  World world;
  http::Router router;
  add_routes(router, {.records = *world.records,
                      .projects = stopped,
                      .accounts = *world.accounts,
                      .objectives = *world.objectives,
                      .issues = *world.records,
                      .alerts = *world.alerts,
                      .now_unix_us = [] { return kNow; },
                      .public_url = "http://h",
                      .send_test_alert = {},
                      .send_weekly_report = {},
                      .settings_changed = {}});
  http::Request request;
  request.method = "GET";
  request.path = "/api/v1/projects";
  request.headers = kRead;
  const http::Response response = router.route(request);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(json_of(response)["error"]["code"], "store_unavailable");
}

TEST(Routes, AnObjectiveIsMadeReportedAndRemoved) {
  World world;
  const std::string body =
      R"({"name":"Products","page":"/product/:id","measure":"lcp_ms","threshold":2500,"target":0.5,"window_days":7})";
  EXPECT_EQ(world.send("POST", kP + "/slos", body, kRead).status, 403);
  const http::Response made = world.send("POST", kP + "/slos", body, kWrite);
  EXPECT_EQ(made.status, 201);
  const Json slo = json_of(made);
  EXPECT_EQ(slo["name"], "Products");
  EXPECT_EQ(slo["measure"], "lcp_ms");
  EXPECT_EQ(slo["window_days"], 7);
  EXPECT_GT(slo["views"], 0);
  EXPECT_EQ(slo["burn_rates"].size(), 5u);
  const Json listed = json_of(world.send("GET", kP + "/slos"));
  ASSERT_EQ(listed["items"].size(), 1u);
  EXPECT_EQ(listed["items"][0], slo);
  const std::string one = kP + "/slos/" + std::to_string(slo["slo_id"].get<int>());
  EXPECT_EQ(world.send("DELETE", one, "", kRead).status, 403);
  EXPECT_EQ(world.send("DELETE", one, "", kWrite).status, 204);
  EXPECT_EQ(world.send("DELETE", one, "", kWrite).status, 404);
  EXPECT_TRUE(json_of(world.send("GET", kP + "/slos"))["items"].empty());
}

}  // namespace
}  // namespace pagewake::api
