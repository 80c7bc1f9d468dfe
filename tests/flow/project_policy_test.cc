// What a project does not want: settings as the API saves them, records as they
// come in, outcomes as people read them.
#include <gtest/gtest.h>

#include <map>

#include "app/default_steps.h"
#include "core/recorder.h"
#include "pipeline/pipeline.h"
#include "protocols/protocols.h"
#include "storage/memory/memory_store.h"
#include "wire/beacon.h"

namespace pagewake {
namespace {

constexpr std::int64_t kNowUs = 1'795'228'400'000'000;
constexpr model::ProjectId kProject = 3;
constexpr char kChrome[] =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.0.0 "
    "Safari/537.36";
constexpr char kBot[] = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

std::string sentry_event(const char* type, const char* value, const char* file, const char* url) {
  return std::string(R"({"platform":"javascript","request":{"url":")") + url +
         R"("},"exception":{"values":[{"type":")" + type + R"(","value":")" + value +
         R"(","stacktrace":{"frames":[{"function":"f","lineno":1,"colno":2,"filename":")" + file +
         R"("}]}}]}})";
}

struct World {
  std::unique_ptr<storage::MemoryStore> store = storage::make_memory_store();
  app::ProjectPolicies policies{*store, [] { return kNowUs; }};
  pipeline::Pipeline pipeline;

  World()
      : pipeline(*store, steps(), [] {
          pipeline::Options options;
          options.now_unix_us = [] { return kNowUs; };
          return options;
        }()) {}
  std::vector<pipeline::Step> steps() {
    app::StepSettings settings;
    settings.policy_of = [this](model::ProjectId project) { return policies.of(project); };
    return app::default_steps(settings);
  }
  void set(const char* name, const std::string& value) {
    ASSERT_TRUE(store->set_project_setting(kProject, name, value).ok());
    policies.forget(kProject);
  }
  // Why it was dropped; nothing: it was stored.
  std::optional<DropReason> fate_of(const std::string& body, const char* user_agent) {
    auto decoded = protocols::decode_sentry_store(body, kNowUs);
    EXPECT_TRUE(decoded.ok());
    std::map<std::optional<DropReason>, std::uint64_t> before, after;
    for (const auto& o : pipeline.outcomes_since_start()) before[o.drop_reason] += o.count;
    EXPECT_TRUE(
        pipeline.submit(std::move(decoded->records), {}, {kProject, user_agent, kNowUs}).ok());
    for (const auto& o : pipeline.outcomes_since_start()) after[o.drop_reason] += o.count;
    for (const auto& [reason, count] : after) {
      if (count != before[reason]) return reason;
    }
    ADD_FAILURE() << "no outcome";
    return std::nullopt;
  }
};

TEST(ProjectPolicy, EachFilterIsCountedForItselfAndOnlyWhereItIsOn) {
  constexpr const char* kApp = "https://shop.example/app.js";
  constexpr const char* kSite = "https://shop.example/cart";
  const std::string usual = sentry_event("TypeError", "x", kApp, kSite);
  const std::string local = sentry_event("TypeError", "x", kApp, "http://localhost:3000/");
  const std::string extension =
      sentry_event("TypeError", "x", "chrome-extension://abc/content.js", kSite);
  const std::string loop = sentry_event("Error", "ResizeObserver loop limit exceeded", kApp, kSite);
  const std::string backend =
      R"({"platform":"python","exception":{"values":[{"type":"KeyError","value":"'a'"}]}})";
  const struct {
    const char* name;
    const char* filters;
    const std::string& body;
    const char* user_agent;
    std::optional<DropReason> fate;
  } cases[] = {
      {"usual", "", usual, kChrome, {}},
      {"noise", "", loop, kChrome, DropReason::kNoise},
      {"noise wanted", R"({"known_noise":false})", loop, kChrome, {}},
      {"extension", "", extension, kChrome, DropReason::kFilteredExtension},
      {"extension wanted", R"({"browser_extensions":false})", extension, kChrome, {}},
      {"bot", R"({"bots":true})", usual, kBot, DropReason::kFilteredBot},
      {"bot wanted", "", usual, kBot, {}},
      {"a backend's client is no bot", R"({"bots":true})", backend, "python-requests/2.31", {}},
      {"localhost", R"({"localhost":true})", local, kChrome, DropReason::kFilteredLocalhost},
      {"not localhost", R"({"localhost":true})", usual, kChrome, {}},
      {"old", R"({"oldest_versions":{"Chrome":100}})", usual, kChrome,
       DropReason::kFilteredOldBrowser},
      {"unreadable settings are the defaults", "{", usual, kBot, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    World world;  // without an id of its own the same body is the same event
    world.set("inbound_filters", c.filters);
    EXPECT_EQ(world.fate_of(c.body, c.user_agent), c.fate);
  }
}

TEST(ProjectPolicy, WhatIsOlderThanTheRetentionIsDropped) {
  constexpr std::int64_t kDayS = 86'400;
  const auto aged = [](int days) {
    return R"({"timestamp":)" + std::to_string(kNowUs / 1'000'000 - days * kDayS) +
           R"(,"platform":"python","message":"m)" + std::to_string(days) + "\"}";
  };
  World world;
  EXPECT_EQ(world.fate_of(aged(29), kChrome), std::nullopt);
  EXPECT_EQ(world.fate_of(aged(31), kChrome), DropReason::kTooOld);
  ASSERT_TRUE(world.store->set_project_setting(0, "retention", R"({"raw_days":7})").ok());
  world.policies.forget(0);
  EXPECT_EQ(world.fate_of(aged(8), kChrome), DropReason::kTooOld);
  EXPECT_EQ(world.fate_of(aged(6), kChrome), std::nullopt);
}

TEST(ProjectPolicy, AProjectsQuotasAreReadWithTheRest) {
  World world;
  world.set("quotas", R"({"events_per_day":3})");
  EXPECT_EQ(world.policies.of(kProject)->quotas.events_per_day, 3);
  EXPECT_EQ(world.policies.of(kProject + 1)->quotas, model::Quotas());
}

// A browser that says it is driven, under a User-Agent like anybody's: what it
// sends is left out, in a beacon and in a raw log, the first and the last.
TEST(ProjectPolicy, WhatADrivenBrowserSendsIsLeftOutAndCounted) {
  const auto log = [](const char* webdriver) {
    return R"([["init",1795228390000,"0102030405060708090a0b0c0d0e0f10","0.1.0","1","production","",100,"")" +
           std::string(webdriver) + R"json(],
      ["view",0,"11111111111111111111111111111111","0af7651916cd43dd8448eb211c80319c",
       "00f067aa0ba902b7","","navigate","https://shop.example/","","Shop","",0,1,"",0,0],
      ["error",10,"99999999999999999999999999999999","onerror",0,"error","",
       "https://shop.example/","",1,"TypeError","x",
       "TypeError: x\n    at buy (https://shop.example/cart.js:7:13)","",0,0,0,0]])json";
  };
  const struct {
    const char* name;
    const char* filters;
    const char* webdriver;
    std::uint64_t left_out;
  } cases[] = {
      {"driven", R"({"webdriver":true})", ",1", 2},
      {"driven and wanted", "", ",1", 0},
      {"by a person", R"({"webdriver":true})", ",0", 0},
      {"an older sender does not say", R"({"webdriver":true})", "", 0},
  };
  for (const auto& c : cases) {
    for (const bool raw : {false, true}) {
      SCOPED_TRACE(std::string(c.name) + (raw ? ", raw log" : ", beacon"));
      World world;
      world.set("inbound_filters", c.filters);
      std::string body = log(c.webdriver);
      if (raw) {
        body.insert(1, R"(["log",1,"000102030405060708090a0b0c0d0e0f",1795228400000,0],)");
      } else {
        Recorder recorder;
        ASSERT_TRUE(recorder.feed(body).ok());
        BeaconId id;
        id.bytes[0] = 1;
        body = encode_beacon(recorder.flush(id, kNowUs / 1000));
      }
      auto decoded = protocols::decode_beacon_body(body, kNowUs);
      ASSERT_TRUE(decoded.ok());
      const auto accepted =
          world.pipeline.submit(std::move(decoded->records), {}, {kProject, kChrome, kNowUs});
      ASSERT_TRUE(accepted.ok());
      EXPECT_EQ(accepted->stored, 2 - c.left_out);
      std::uint64_t counted = 0;
      for (const auto& o : world.pipeline.outcomes_since_start()) {
        if (o.drop_reason == DropReason::kFilteredWebdriver) counted += o.count;
      }
      EXPECT_EQ(counted, c.left_out);
    }
  }
}

TEST(ProjectPolicy, AnIgnoreRuleIsCountedToo) {
  World world;
  world.set("grouping_rules", "ignore: type:TypeError");
  EXPECT_EQ(world.fate_of(sentry_event("TypeError", "x", "https://a.example/a.js", ""), kChrome),
            DropReason::kProjectRule);
  EXPECT_EQ(world.fate_of(sentry_event("RangeError", "x", "https://a.example/a.js", ""), kChrome),
            std::nullopt);
}

TEST(ProjectPolicies, AClockThatIsSetBackKeepsNoOldPolicy) {
  const auto store = storage::make_memory_store();
  std::int64_t now_us = kNowUs;
  app::ProjectPolicies policies{*store, [&] { return now_us; }};
  EXPECT_EQ(policies.of(kProject)->quotas.events_per_day, 0);
  // By another process, which cannot make this one forget.
  ASSERT_TRUE(store->set_project_setting(kProject, "quotas", R"({"events_per_day":7})").ok());
  EXPECT_EQ(policies.of(kProject)->quotas.events_per_day, 0) << "within ten seconds";
  now_us -= std::int64_t{30} * 86'400 * 1'000'000;
  EXPECT_EQ(policies.of(kProject)->quotas.events_per_day, 7);
}

}  // namespace
}  // namespace pagewake
