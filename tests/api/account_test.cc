// Logging in, roles, tokens and the audit log, through the router.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "api/route_table.h"
#include "api/world.h"
#include "storage/password.h"

namespace pagewake::api {
namespace {

using Json = nlohmann::json;

constexpr const char* kPassword = "correct horse battery";

std::string set_cookie_of(const http::Response& response) {
  return std::string(response.headers.find("Set-Cookie"));
}

struct Accounts : World {
  storage::User add(const std::string& email, bool server_admin = false) {
    static const std::string hash = storage::hash_password(kPassword).value();
    return accounts->create_user(email, email, hash, server_admin).value();
  }
  http::Response log_in(const std::string& email, const std::string& password = kPassword,
                        http::Headers headers = {}) {
    return send("POST", "/api/v1/login", Json{{"email", email}, {"password", password}}.dump(),
                std::move(headers));
  }
  // What a browser with that session sends.
  http::Headers session(const std::string& email) {
    const std::string cookie = set_cookie_of(log_in(email));
    EXPECT_NE(cookie, "");
    return {{"Cookie", cookie.substr(0, cookie.find(';'))},
            {"X-Pagewake-Csrf", "1"},
            {"Sec-Fetch-Site", "same-origin"}};
  }
  std::vector<std::string> audited() {
    std::vector<std::string> out;
    const auto entries = accounts->audit(100, 0);
    for (const auto& e : *entries) out.push_back(e.actor + " " + e.action + " " + e.target);
    return out;
  }
};

Json body_of(const http::Response& response) { return Json::parse(response.body, nullptr, false); }

std::string code_of(const http::Response& response) {
  const auto json = body_of(response);
  return json.is_object() && json.contains("error") ? json["error"]["code"].get<std::string>() : "";
}

TEST(Accounts, APasswordBeginsASessionThatTheBrowserKeepsToItself) {
  Accounts world;
  world.add("ann@example.com", true);
  const auto login = world.log_in(" Ann@Example.COM");
  ASSERT_EQ(login.status, 204) << login.body;
  const std::string cookie = set_cookie_of(login);
  EXPECT_TRUE(cookie.ends_with("; HttpOnly; SameSite=Lax")) << cookie;
  EXPECT_EQ(body_of(world.send("GET", "/api/v1/me", "", world.session("ann@example.com"))),
            (Json{{"scope", "admin"},
                  {"name", "ann@example.com"},
                  {"email", "ann@example.com"},
                  {"server_admin", true}}));
}

TEST(Accounts, AWrongPasswordAndAnUnknownUserGetTheSameAnswer) {
  Accounts world;
  world.add("ann@example.com");
  const auto wrong = world.log_in("ann@example.com", "wrong horse battery");
  const auto unknown = world.log_in("bob@example.com", "wrong horse battery");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(set_cookie_of(wrong), "");
}

TEST(Accounts, FailuresAreLimitedByAccountAndSuccessesAreNot) {
  Accounts world;
  world.add("ann@example.com");
  for (int i = 0; i < 15; ++i) EXPECT_EQ(world.log_in("ann@example.com").status, 204);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(world.log_in("ann@example.com", "nope").status, 401);
  const auto limited = world.log_in("ann@example.com", "nope");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(code_of(limited), "rate_limited");
  // Also the right one: else the limit would be none.
  EXPECT_EQ(world.log_in("ann@example.com").status, 429);
  world.now_unix_us += 11'000'000;
  EXPECT_EQ(world.log_in("ann@example.com").status, 204);
}

TEST(Accounts, FailuresAreLimitedByAddressOverAllAccountsAndTokens) {
  Accounts world;
  int refused = 0;
  for (int i = 0; i < 60 && refused == 0; ++i) {
    const auto response = world.send("POST", "/api/v1/login", R"({"token":"guess"})", {});
    if (response.status == 429) refused = i;
  }
  EXPECT_EQ(refused, 30);
}

TEST(Accounts, AForeignPageCannotLogInOrUseTheCookie) {
  Accounts world;
  world.add("ann@example.com", true);
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(code_of(world.log_in("ann@example.com", kPassword, {{"Sec-Fetch-Site", site}})),
              "cross_site");
    auto headers = world.session("ann@example.com");
    headers.set("Sec-Fetch-Site", site);
    EXPECT_EQ(code_of(world.send("POST", "/api/v1/projects", R"({"name":"x"})", headers)),
              "cross_site");
    EXPECT_EQ(world.send("GET", "/api/v1/me", "", headers).status, 200);
  }
}

// Every route, asked by every role: what is refused and with what.
TEST(Accounts, RolesReachWhatTheyMayAndNothingElse) {
  Accounts world;
  world.projects->create_project("other", {}).value();
  const auto id = [&](const std::string& email) {
    return (*world.accounts->user_by_email(email))->id;
  };
  for (const char* email : {"viewer@x", "member@x", "owner@x", "nobody@x"}) world.add(email);
  world.add("root@x", true);
  ASSERT_TRUE(*world.accounts->set_role(id("viewer@x"), 1, storage::Role::kViewer));
  ASSERT_TRUE(*world.accounts->set_role(id("member@x"), 1, storage::Role::kMember));
  ASSERT_TRUE(*world.accounts->set_role(id("owner@x"), 1, storage::Role::kAdmin));
  const std::vector<std::pair<std::string, int>> roles = {
      {"nobody@x", 0}, {"viewer@x", 1}, {"member@x", 2}, {"owner@x", 3}};
  for (const auto& [email, rank] : roles) {
    const auto headers = world.session(email);
    for (const ApiRoute& route : api_routes()) {
      if (!route.needs) continue;
      const std::string pattern = route.pattern;
      SCOPED_TRACE(email + " " + route.method + " " + pattern);
      const bool in_project = pattern.find("{project}") != std::string::npos;
      const int needs = static_cast<int>(*route.needs);
      std::string target = pattern;
      if (in_project) target.replace(target.find("{project}"), 9, "1");
      const auto answer = world.send(route.method, target, "{}", headers);
      if (in_project && rank == 0) {
        EXPECT_EQ(answer.status, 404);
      } else if (in_project ? rank < needs : needs > 1) {
        EXPECT_EQ(answer.status, 403) << answer.body;
        EXPECT_EQ(code_of(answer), "insufficient_scope");
      } else {
        EXPECT_NE(answer.status, 401);
        EXPECT_NE(code_of(answer), "insufficient_scope");
      }
      if (in_project) {
        target = pattern;
        target.replace(target.find("{project}"), 9, "2");
        EXPECT_EQ(world.send(route.method, target, "{}", headers).status, 404);
      }
    }
  }
  EXPECT_EQ(
      body_of(world.send("GET", "/api/v1/projects", "", world.session("viewer@x")))["items"].size(),
      1u);
  EXPECT_TRUE(body_of(world.send("GET", "/api/v1/projects", "", world.session("nobody@x")))["items"]
                  .empty());
  EXPECT_EQ(
      body_of(world.send("GET", "/api/v1/projects", "", world.session("root@x")))["items"].size(),
      2u);
}

TEST(Accounts, ARestartLogsNobodyOut) {
  Accounts world;
  world.add("ann@x");
  world.add("bob@x");
  const auto ann = world.session("ann@x"), bob = world.session("bob@x"),
             gone = world.session("ann@x");
  EXPECT_EQ(world.send("POST", "/api/v1/logout", "", gone).status, 204);
  // As a new process has it: the stores are the same, nothing else is.
  const auto restarted = [&](const http::Headers& headers) {
    Access access(
        *world.projects, *world.accounts, [&] { return world.now_unix_us; }, false);
    http::Request request;
    request.method = "GET";
    request.headers = headers;
    const auto found = access.check(request);
    return std::holds_alternative<Identity>(found) ? std::get<Identity>(found).actor() : "";
  };
  EXPECT_EQ(restarted(ann), "ann@x");
  EXPECT_EQ(restarted(gone), "") << "logged out before";
  EXPECT_EQ(
      world
          .send("POST", "/api/v1/me/password",
                Json{{"current_password", kPassword}, {"new_password", "another long one"}}.dump(),
                ann)
          .status,
      204);
  EXPECT_EQ(restarted(ann), "") << "of the old password";
  EXPECT_EQ(restarted(bob), "bob@x");
  world.now_unix_us += std::int64_t{7} * 86'400 * 1'000'000;
  EXPECT_EQ(restarted(bob), "") << "a week is over";
}

TEST(Accounts, ADisabledUserAChangedPasswordAndARevokedTokenEndTheirSessions) {
  Accounts world;
  const auto root = [&] { return world.session("root@x"); };
  world.add("root@x", true);
  const auto ann = world.add("ann@x");
  const auto me = [&](const http::Headers& headers) {
    return world.send("GET", "/api/v1/me", "", headers).status;
  };

  auto session = world.session("ann@x");
  EXPECT_EQ(me(session), 200);
  const std::string user = "/api/v1/users/" + std::to_string(ann.id);
  EXPECT_EQ(world.send("PATCH", user, R"({"disabled":true})", root()).status, 200);
  EXPECT_EQ(me(session), 401);
  EXPECT_EQ(world.log_in("ann@x").status, 401);
  EXPECT_EQ(world.send("PATCH", user, R"({"disabled":false})", root()).status, 200);

  session = world.session("ann@x");
  EXPECT_EQ(world
                .send("POST", "/api/v1/me/password",
                      R"({"current_password":"wrong","new_password":"another long one"})", session)
                .status,
            403);
  EXPECT_EQ(code_of(world.send(
                "POST", "/api/v1/me/password",
                Json{{"current_password", kPassword}, {"new_password", "short"}}.dump(), session)),
            "weak_password");
  EXPECT_EQ(
      world
          .send("POST", "/api/v1/me/password",
                Json{{"current_password", kPassword}, {"new_password", "another long one"}}.dump(),
                session)
          .status,
      204);
  EXPECT_EQ(me(session), 401);
  EXPECT_EQ(world.log_in("ann@x").status, 401);
  EXPECT_EQ(world.log_in("ann@x", "another long one").status, 204);

  const auto made =
      world.send("POST", "/api/v1/tokens", R"({"name":"ci","scope":"read","project":1})", root());
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string secret = body_of(made)["token"];
  const http::Headers bearer{{"Authorization", "Bearer " + secret}};
  EXPECT_EQ(world.send("GET", "/api/v1/projects/1/pages", "", bearer).status, 200);
  EXPECT_EQ(code_of(world.send("GET", "/api/v1/users", "", bearer)), "insufficient_scope");
  const auto login = world.send("POST", "/api/v1/login", Json{{"token", secret}}.dump(), {});
  const std::string cookie = set_cookie_of(login);
  const http::Headers of_token{{"Cookie", cookie.substr(0, cookie.find(';'))}};
  EXPECT_EQ(me(of_token), 200);
  const auto list = body_of(world.send("GET", "/api/v1/tokens", "", root()));
  EXPECT_EQ(list.dump().find(secret), std::string::npos);
  const auto token_id = list["items"].back()["token_id"].get<int>();
  EXPECT_EQ(world.send("DELETE", "/api/v1/tokens/" + std::to_string(token_id), "", root()).status,
            204);
  EXPECT_EQ(me(bearer), 401);
  EXPECT_EQ(me(of_token), 401);
}

TEST(Accounts, WhatAdministratorsDoIsWrittenDown) {
  Accounts world;
  world.add("root@x", true);
  const auto root = world.session("root@x");
  EXPECT_EQ(world
                .send("POST", "/api/v1/users",
                      Json{{"email", "Bob@x"}, {"password", kPassword}}.dump(), root)
                .status,
            201);
  EXPECT_EQ(world
                .send("POST", "/api/v1/users",
                      Json{{"email", "bob@x"}, {"password", kPassword}}.dump(), root)
                .status,
            409);
  EXPECT_EQ(
      world.send("PUT", "/api/v1/projects/1/members/bob@x", R"({"role":"member"})", root).status,
      204);
  EXPECT_EQ(
      world.send("PUT", "/api/v1/projects/1/members/bob@x", R"({"role":"king"})", root).status,
      400);
  EXPECT_EQ(
      world.send("PUT", "/api/v1/projects/1/members/eve@x", R"({"role":"member"})", root).status,
      404);
  EXPECT_EQ(world.send("PATCH", "/api/v1/projects/1", R"({"name":"store"})", root).status, 200);
  EXPECT_EQ(world.log_in("bob@x", "nope").status, 401);
  EXPECT_EQ(world.audited(),
            (std::vector<std::string>{"bob@x login_failed ", "root@x project_changed store",
                                      "root@x role_changed bob@x: member",
                                      "root@x user_created bob@x", "root@x login "}));
  const auto page = body_of(world.send("GET", "/api/v1/audit?limit=2", "", root));
  EXPECT_EQ(page["items"].size(), 2u);
  const auto next = body_of(world.send(
      "GET", "/api/v1/audit?limit=2&cursor=" + page["next_cursor"].get<std::string>(), "", root));
  EXPECT_EQ(next["items"][0]["action"], "role_changed");
  // Nobody locks themselves out.
  EXPECT_EQ(world.send("PATCH", "/api/v1/users/1", R"({"disabled":true})", root).status, 400);
}

TEST(Accounts, APublicKeyOpensNothing) {
  Accounts world;
  for (const ApiRoute& route : api_routes()) {
    if (!route.needs) continue;
    std::string target = route.pattern;
    if (const auto at = target.find("{project}"); at != std::string::npos)
      target.replace(at, 9, "1");
    for (const http::Headers& headers :
         {http::Headers{{"Authorization", "Bearer " + world.public_key}},
          http::Headers{{"x-pagewake-key", world.public_key}},
          http::Headers{{"Cookie", "pagewake_session=" + world.public_key}}}) {
      EXPECT_EQ(world.send(route.method, target + "?key=" + world.public_key, "{}", headers).status,
                401)
          << route.method << " " << target;
    }
  }
  EXPECT_EQ(
      world.send("POST", "/api/v1/login", Json{{"token", world.public_key}}.dump(), {}).status,
      401);
}

}  // namespace
}  // namespace pagewake::api
