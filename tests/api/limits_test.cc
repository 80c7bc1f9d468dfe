// Quotas of a project and retention of the server, shown and changed while it runs.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/route_table.h"
#include "api/world.h"

namespace pagewake::api {
namespace {

using nlohmann::json;

constexpr char kQuotas[] = "/api/v1/projects/1/quotas";
constexpr char kRetention[] = "/api/v1/retention";

TEST(Quotas, AreTheProjectsOwnBelowThoseOfTheServer) {
  World world;
  const json none = json::parse(world.send("GET", kQuotas).body);
  EXPECT_EQ(none["own"]["events_per_day"], 0);
  EXPECT_EQ(none["server"]["events_per_day"], 5000);
  EXPECT_EQ(none["used_today"]["events_per_day"], 12);
  EXPECT_EQ(none["used_today"]["logs_per_day"], 0);
  const auto saved =
      world.send("PUT", kQuotas, R"({"events_per_day":5000,"logs_per_day":7})", kAdmin);
  ASSERT_EQ(saved.status, 200) << saved.body;
  const json now = json::parse(world.send("GET", kQuotas).body);
  EXPECT_EQ(now, json::parse(saved.body));
  EXPECT_EQ(now["own"]["events_per_day"], 5000);
  EXPECT_EQ(now["own"]["logs_per_day"], 7);
  EXPECT_EQ(now["own"]["spans_per_day"], 0);
  EXPECT_EQ(world.changed, (std::vector<model::ProjectId>{1}));
  EXPECT_EQ(world.accounts->audit(1, 0)->front().action, "quotas_saved");
}

TEST(Quotas, RefuseWhatIsNoQuota) {
  World world;
  const struct {
    const char* body;
    const char* says;
  } cases[] = {
      {"", "JSON object"},
      {"[]", "JSON object"},
      {R"({"views_per_day":1})", "views_per_day: is not one of"},
      {R"({"logs_per_day":-1})", "logs_per_day: must be a whole number"},
      {R"({"logs_per_day":1.5})", "whole number"},
      {R"({"logs_per_day":"9"})", "whole number"},
      {R"({"events_per_day":5001})", "the server takes 5000"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.body);
    const auto refused = world.send("PUT", kQuotas, c.body, kAdmin);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(json::parse(refused.body)["error"]["code"], "invalid_quotas");
    EXPECT_NE(refused.body.find(c.says), std::string::npos) << refused.body;
  }
  EXPECT_EQ(world.send("PUT", kQuotas, "{}", kWrite).status, 403);
  EXPECT_TRUE(world.changed.empty());
}

TEST(Retention, IsChangedByAnAdministratorOfTheServer) {
  World world;
  EXPECT_EQ(
      json::parse(world.send("GET", kRetention).body),
      (json{
          {"raw_days", 30}, {"rollup_days", 400}, {"raw_fixed_by", ""}, {"rollup_fixed_by", ""}}));
  EXPECT_EQ(world.send("PUT", kRetention, R"({"raw_days":7})", kWrite).status, 403);
  const auto of_project = world.projects->create_token("ci", storage::Scope::kAdmin, 1);
  EXPECT_EQ(world
                .send("PUT", kRetention, R"({"raw_days":7})",
                      {{"Authorization", "Bearer " + of_project.value()}})
                .status,
            403);
  ASSERT_EQ(world.send("PUT", kRetention, R"({"raw_days":7})", kAdmin).status, 200);
  ASSERT_EQ(world.send("PUT", kRetention, R"({"rollup_days":90})", kAdmin).status, 200);
  const json now = json::parse(world.send("GET", kRetention).body);
  EXPECT_EQ(now["raw_days"], 7);
  EXPECT_EQ(now["rollup_days"], 90);
  EXPECT_EQ(world.changed, (std::vector<model::ProjectId>{kServerSettings, kServerSettings}));
  EXPECT_EQ(world.accounts->audit(1, 0)->front().action, "retention_saved");
}

TEST(Retention, RefusesWhatIsNoneAndWhatTheConfigurationSays) {
  const struct {
    const char* fixed_by;
    const char* body;
    int status;
    const char* says;
  } cases[] = {
      {"", "", 400, "JSON object"},
      {"", R"({"days":1})", 400, "days: is not one of"},
      {"", R"({"raw_days":0})", 400, "from 1 to 3650"},
      {"", R"({"raw_days":4000})", 400, "from 1 to 3650"},
      {"", R"({"raw_days":401})", 400, "less than the records'"},
      {"", R"({"rollup_days":29})", 400, "less than the records'"},
      {"--raw-retention-days", R"({"raw_days":7})", 409, "(--raw-retention-days)"},
      {"--raw-retention-days", R"({"raw_days":30,"rollup_days":60})", 200, "60"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.body);
    World world(c.fixed_by);
    const auto answer = world.send("PUT", kRetention, c.body, kAdmin);
    EXPECT_EQ(answer.status, c.status) << answer.body;
    EXPECT_NE(answer.body.find(c.says), std::string::npos) << answer.body;
  }
}

// It was changed here, and then an operator wrote it into the configuration.
TEST(Retention, TheConfigurationOverrulesWhatWasSavedBefore) {
  World world("retention.toml");
  ASSERT_TRUE(
      world.records->set_project_setting(kServerSettings, kRetentionSetting, R"({"raw_days":7})")
          .ok());
  EXPECT_EQ(json::parse(world.send("GET", kRetention).body)["raw_days"], 30);
  EXPECT_EQ(world.send("PUT", kRetention, R"({"rollup_days":90})", kAdmin).status, 200);
  EXPECT_EQ(json::parse(world.send("GET", kRetention).body)["rollup_days"], 90);
}

}  // namespace
}  // namespace pagewake::api
