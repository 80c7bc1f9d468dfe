#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "receive/receive_fixture.h"

namespace pagewake::receive {
namespace {

using testing::header_of;
using testing::ReceiveFixture;

const std::string kLine = "{\"event\":\"hello\",\"level\":\"info\"}\n";

TEST(Guard, TakesTheKeyFromEveryPlaceThatClientsUse) {
  ReceiveFixture f;
  const std::string& key = f.project.public_key;
  const struct {
    const char* name;
    std::string query;
    http::Headers headers;
    int status;
  } cases[] = {
      {"query", "?key=" + key, {}, 202},
      {"Sentry's query", "?sentry_version=7&sentry_key=" + key, {}, 202},
      {"our header", "", {{"X-Pagewake-Key", key}}, 202},
      {"Sentry's header",
       "",
       {{"X-Sentry-Auth", "Sentry sentry_version=7, sentry_key=" + key + ", sentry_client=x/1"}},
       202},
      {"Sentry's header, compact",
       "",
       {{"x-sentry-auth", "sentry sentry_key=" + key + ",sentry_version=7"}},
       202},
      {"bearer", "", {{"Authorization", "Bearer " + key}}, 202},
      {"bearer, lower case", "", {{"authorization", "bearer " + key}}, 202},
      {"Sentry in Authorization", "", {{"Authorization", "Sentry sentry_key=" + key}}, 202},
      {"nowhere", "", {}, 401},
      {"empty", "?key=", {}, 401},
      {"basic", "", {{"Authorization", "Basic " + key}}, 401},
      {"another", "?key=" + std::string(32, '0'), {}, 401},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(f.post("/api/1/logs/" + c.query, kLine, c.headers).status, c.status);
  }
}

TEST(Guard, ProjectAndKeyMustBelongTogether) {
  ReceiveFixture f;
  const auto other = f.projects->create_project("other", {}).value();
  const struct {
    const char* name;
    std::string project, key;
    int status;
    const char* code;
  } cases[] = {
      {"another project's key", "1", other.public_key, 401, "bad_key"},
      {"no such project", "99", f.project.public_key, 404, "unknown_project"},
      {"no such project, no such key", "99", std::string(32, '0'), 404, "unknown_project"},
      {"not a number", "one", f.project.public_key, 404, "unknown_project"},
      {"negative", "-1", f.project.public_key, 404, "unknown_project"},
      {"too large a number", "99999999999999999999", f.project.public_key, 404, "unknown_project"},
      {"a number and more", "1x", f.project.public_key, 404, "unknown_project"},
  };
  std::map<std::string, std::uint64_t> expected;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto response = f.post("/api/" + c.project + "/logs/?key=" + c.key, kLine);
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(nlohmann::json::parse(response.body)["error"]["code"], c.code);
    ++expected["request/" + std::string(c.code)];
    EXPECT_EQ(f.outcomes(), expected);
  }
}

TEST(Guard, ARefusalCountsForTheProjectOfThePath) {
  ReceiveFixture f;
  f.post("/api/1/logs/?key=" + std::string(32, '0'), kLine);
  f.post("/v1/logs", "{}", {{"Content-Type", "application/json"}});
  std::map<model::ProjectId, std::uint64_t> counts;
  for (const auto& outcome : f.pipeline->outcomes_since_start())
    counts[outcome.project] += outcome.count;
  EXPECT_EQ(counts, (std::map<model::ProjectId, std::uint64_t>{{0, 1}, {1, 1}}));
}

TEST(Guard, OriginsAreCheckedWhereTheProjectListsThem) {
  ReceiveFixture f;
  const auto listed =
      f.projects->create_project("listed", {"https://shop.example", "http://localhost:3000"})
          .value();
  const struct {
    const char* origin;
    int status;
  } cases[] = {
      {"", 202},  // a backend
      {"https://shop.example", 202},
      {"HTTPS://Shop.Example", 202},
      {"http://localhost:3000", 202},
      {"http://localhost:3001", 403},
      {"http://shop.example", 403},
      {"https://shop.example.evil.example", 403},
      {"https://evil.example", 403},
      {"null", 403},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.origin);
    http::Headers headers;
    if (*c.origin) headers.add("Origin", c.origin);
    const auto response = f.post(
        "/api/" + std::to_string(listed.id) + "/logs/?key=" + listed.public_key, kLine, headers);
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), *c.origin ? c.origin : "*");
  }
  EXPECT_EQ(f.outcomes()["request/origin_denied"], 5u);
}

TEST(Guard, AChangedProjectIsSeenAtOnceWhereItIsToldAndElseAfterASecond) {
  for (const bool told : {true, false}) {
    SCOPED_TRACE(told);
    ReceiveFixture f;
    const auto other = f.projects->create_project("other", {}).value();
    const std::string target = "/api/1/logs/?key=" + f.project.public_key;
    const http::Headers origin{{"Origin", "https://evil.example"}};
    EXPECT_EQ(f.post(target, kLine, origin).status, 202);
    ASSERT_TRUE(
        f.projects
            ->update_project(1, std::nullopt, std::vector<std::string>{"https://shop.example"})
            .ok());
    f.way_in.project_changed(other.id);
    EXPECT_EQ(f.post(target, kLine, origin).status, 202);
    if (told) {
      f.way_in.project_changed(1);
    } else {
      f.now_unix_us += 1'000'000;
    }
    EXPECT_EQ(f.post(target, kLine, origin).status, 403);
  }
}

// Calls `between` after it read a project by its key, before it tells.
class SlowProjects final : public storage::ProjectStore {
 public:
  std::function<void()> between;

  Result<std::optional<storage::Project>> project_by_key(const std::string& key) override {
    auto read = inner_->project_by_key(key);
    if (auto then = std::exchange(between, nullptr)) then();
    return read;
  }
  Result<storage::Project> create_project(const std::string& name,
                                          const std::vector<std::string>& origins) override {
    return inner_->create_project(name, origins);
  }
  Result<std::vector<storage::Project>> projects() override { return inner_->projects(); }
  Result<std::optional<storage::Project>> project(model::ProjectId id) override {
    return inner_->project(id);
  }
  Result<std::optional<storage::Project>> update_project(
      model::ProjectId id, const std::optional<std::string>& name,
      const std::optional<std::vector<std::string>>& origins) override {
    return inner_->update_project(id, name, origins);
  }
  Result<std::string> create_token(const std::string& name, storage::Scope scope,
                                   model::ProjectId project) override {
    return inner_->create_token(name, scope, project);
  }
  Status ensure_token(const std::string& secret, const std::string& name,
                      storage::Scope scope) override {
    return inner_->ensure_token(secret, name, scope);
  }
  Result<std::optional<storage::Token>> token_by_secret(const std::string& secret) override {
    return inner_->token_by_secret(secret);
  }
  Result<std::optional<storage::Token>> token(std::int64_t id) override {
    return inner_->token(id);
  }
  Result<std::vector<storage::Token>> tokens() override { return inner_->tokens(); }
  Result<bool> revoke_token(std::int64_t id) override { return inner_->revoke_token(id); }
  Result<bool> any_token() override { return inner_->any_token(); }

 private:
  std::unique_ptr<storage::ProjectStore> inner_ = storage::make_memory_project_store();
};

TEST(Guard, WhatWasReadBeforeAChangeIsNotKeptAfterIt) {
  auto slow = std::make_unique<SlowProjects>();
  SlowProjects& projects = *slow;
  ReceiveFixture f(
      {storage::make_memory_store(), std::move(slow), storage::make_memory_release_health_store()});
  const std::string target = "/api/1/logs/?key=" + f.project.public_key;
  const http::Headers origin{{"Origin", "https://evil.example"}};
  projects.between = [&] {
    ASSERT_TRUE(
        projects.update_project(1, std::nullopt, std::vector<std::string>{"https://shop.example"})
            .ok());
    f.way_in.project_changed(1);
  };
  EXPECT_EQ(f.post(target, kLine, origin).status, 202);  // it came before the change
  EXPECT_EQ(f.post(target, kLine, origin).status, 403);
}

TEST(Guard, RatesAreLimitedPerKeyAndPerAddress) {
  const struct {
    const char* name;
    Rates rates;
    const char* message;
  } cases[] = {
      {"key", {2, 3, 0, 1}, "key"},
      {"address", {0, 1, 2, 3}, "address"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ReceiveFixture f(c.rates);
    const std::string logs = "/api/1/logs/?key=" + f.project.public_key;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(f.post(logs, kLine).status, 202);
    const auto refused = f.post(logs, kLine);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header_of(refused, "Retry-After"), "1");
    EXPECT_EQ(header_of(refused, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header_of(refused, "X-Sentry-Rate-Limits"), "");
    EXPECT_NE(refused.body.find(c.message), std::string::npos);
    const auto sentry = f.post("/api/1/envelope/?sentry_key=" + f.project.public_key, "{}\n");
    EXPECT_EQ(sentry.status, 429);
    EXPECT_EQ(header_of(sentry, "X-Sentry-Rate-Limits"), "1::key");
    EXPECT_EQ(f.outcomes()["request/rate_limited"], 2u);
    f.now_unix_us += 1'000'000;
    EXPECT_EQ(f.post(logs, kLine).status, 202);
  }
}

TEST(Guard, PreflightsAreAnswered) {
  ReceiveFixture f;
  for (const char* path :
       {"/api/1/beacon/", "/api/1/envelope/", "/api/1/store/", "/api/1/logs/", "/v1/traces",
        "/v1/logs", "/v1/metrics", "/api/1/otlp/v1/traces", "/api/1/otlp/v1/logs"}) {
    SCOPED_TRACE(path);
    const auto response = f.send("OPTIONS", path, "",
                                 {{"Origin", "https://shop.example"},
                                  {"Access-Control-Request-Method", "POST"},
                                  {"Access-Control-Request-Headers", "content-type,x-api-key"}});
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "https://shop.example");
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Headers"), "content-type,x-api-key");
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Methods"), "POST");
    EXPECT_EQ(header_of(response, "Vary"), "Origin");
  }
  EXPECT_TRUE(f.outcomes().empty());
}

}  // namespace
}  // namespace pagewake::receive
