// The live tail: who hears what, what is left out, who may come back and who
// may not stay. The stream's bytes are read as the server would take them.
#include "api/live_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/world.h"

namespace pagewake::api {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Message {
  std::string id, event, data;
};

// As the specification of server-sent events reads them; comments and what
// names no event are left out.
std::vector<Message> messages(std::string_view text) {
  std::vector<Message> all;
  Message message;
  while (!text.empty()) {
    const auto end = text.find('\n');
    EXPECT_NE(end, std::string_view::npos) << text;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) {
      if (!message.event.empty()) all.push_back(message);
      message = {};
    }
    for (const auto& [name, value] :
         {std::pair{"id: ", &message.id}, {"event: ", &message.event}, {"data: ", &message.data}}) {
      if (line.starts_with(name)) *value = line.substr(std::string_view(name).size());
    }
  }
  return all;
}

std::vector<std::string> texts(std::string_view stream) {
  std::vector<std::string> all;
  for (const Message& m : messages(stream)) {
    const json data = json::parse(m.data);
    all.push_back(m.event + " " +
                  (m.event == "log"       ? data["message"].get<std::string>()
                   : m.event == "event"   ? data["title"].get<std::string>()
                   : m.event == "dropped" ? std::to_string(data["count"].get<int>())
                   : m.event == "gap"     ? ""
                                          : data["page"].get<std::string>()));
  }
  return all;
}

model::LogRecord line(const std::string& text, model::ProjectId project = 1) {
  model::LogRecord record;
  record.project = project;
  record.message = text;
  return record;
}

model::Records logs(int first, int count) {
  model::Records records;
  for (int i = 0; i < count; ++i) records.logs.push_back(line(std::to_string(first + i)));
  return records;
}

struct Feed {
  explicit Feed(LiveLimits limits = {}) : live([this] { return now; }, limits) {}
  std::shared_ptr<http::StreamSource> listen(model::ProjectId project = 1,
                                             std::string_view last_id = {}) {
    auto source = live.listen(project, last_id, [this] { return allowed; });
    EXPECT_TRUE(source.ok()) << source.error().message;
    return std::move(source).value();
  }
  std::int64_t now = kNow;
  bool allowed = true;
  LiveFeed live;
};

TEST(LiveFeed, TellsWhatWasStoredOfTheProjectAndWasNotThereBefore) {
  Feed feed;
  const auto first = feed.listen(1), other = feed.listen(2);
  model::Records records;
  records.page_views.resize(2);
  records.page_views[0].project = records.page_views[1].project = 1;
  records.page_views[0].view.page = "/a";
  records.page_views[1].view.page = "/again";
  records.spans.resize(1);
  records.logs = {line("seen", 1), line("theirs", 2)};
  records.events.resize(1);
  records.events[0].project = 1;
  records.events[0].title = "TypeError";
  records.events[0].page = "/a";
  feed.live.publish(records, {false, true});
  const std::string told = first->take();
  EXPECT_THAT(texts(told), ElementsAre("page_view /a", "log seen", "event TypeError"));
  EXPECT_EQ(json::parse(messages(told)[2].data)["page"], "/a");
  EXPECT_THAT(texts(other->take()), ElementsAre("log theirs"));
  EXPECT_EQ(first->take(), "");
}

TEST(LiveFeed, WhatASlowListenerDoesNotTakeIsLeftOutAndSaid) {
  LiveLimits limits;
  limits.queued_bytes = 2000;
  Feed feed(limits);
  const auto slow = feed.listen(), quick = feed.listen();
  for (int i = 0; i < 20; ++i) {
    feed.live.publish(logs(i, 1), {});
    quick->take();
  }
  const auto told = texts(slow->take());
  ASSERT_GT(told.size(), 2u);
  EXPECT_EQ(told[0], "dropped " + std::to_string(20 - (told.size() - 1)));
  EXPECT_EQ(told[1], "log 0");
  EXPECT_EQ(feed.live.dropped_total(), 20 - (told.size() - 1));
  feed.live.publish(logs(20, 1), {});
  EXPECT_THAT(texts(slow->take()), ElementsAre("log 20"));
}

TEST(LiveFeed, MoreThanPeopleCanReadIsLeftOutAndSaidWithTheNextHeartbeat) {
  LiveLimits limits;
  limits.items_per_second = 1;
  limits.burst = 3;
  Feed feed(limits);
  const auto listener = feed.listen();
  model::Records records = logs(0, 10);
  records.events.resize(1);
  records.events[0].project = 1;
  records.events[0].title = "rare";
  feed.live.publish(records, {});
  // A flood of one kind takes nothing from another.
  EXPECT_THAT(texts(listener->take()),
              ElementsAre("dropped 7", "log 0", "log 1", "log 2", "event rare"));
  feed.live.publish(logs(10, 2), {});
  EXPECT_EQ(listener->take(), "");
  EXPECT_THAT(texts(listener->heartbeat().value()), ElementsAre("dropped 2"));
  feed.now += 2'000'000;
  feed.live.publish(logs(12, 2), {});
  EXPECT_THAT(texts(listener->take()), ElementsAre("log 12", "log 13"));
}

TEST(LiveFeed, WhoComesBackGetsWhatWasMissedOrIsToldThatThereIsAGap) {
  LiveLimits limits;
  limits.kept_items = 4;
  const struct {
    const char* what;
    int missed;
    std::int64_t away_us;
    const char* id;  // null: the last that was heard
    std::vector<std::string> told;
  } cases[] = {
      {"nothing happened", 0, 0, nullptr, {}},
      {"a few", 2, 0, nullptr, {"log 1", "log 2"}},
      {"just all that is kept", 4, 0, nullptr, {"log 1", "log 2", "log 3", "log 4"}},
      {"more than is kept", 5, 0, nullptr, {"gap "}},
      {"too late", 2, 3'600'000'000, nullptr, {"gap "}},
      {"of another server", 1, 0, "17-1", {"gap "}},
      {"of the future", 1, 0, "1795237200000000-99", {"gap "}},
      {"nonsense", 1, 0, "1795237200000000-1x", {"gap "}},
      {"for the first time", 1, 0, "", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    Feed feed(limits);
    auto listener = feed.listen();
    feed.live.publish(logs(0, 1), {});
    const std::string id = messages(listener->take()).back().id;
    listener.reset();
    for (int i = 1; i <= c.missed; ++i) {
      feed.live.publish(logs(i, 1), {});
      feed.now += c.away_us;
    }
    const auto back = feed.listen(1, c.id ? c.id : id);
    EXPECT_EQ(texts(back->take()), c.told);
    feed.live.publish(logs(9, 1), {});
    EXPECT_THAT(texts(back->take()), ElementsAre("log 9"));
  }
}

TEST(LiveFeed, ComesBackToTheBeginningBeforeAnythingWasSaid) {
  Feed feed;
  auto listener = feed.listen();
  const std::string hello = listener->take();
  const auto at = hello.find("id: ") + 4;
  const std::string id = hello.substr(at, hello.find('\n', at) - at);
  listener.reset();
  feed.live.publish(logs(1, 1), {});
  EXPECT_THAT(texts(feed.listen(1, id)->take()), ElementsAre("log 1"));
}

TEST(LiveFeed, RefusesMoreListenersThanItServes) {
  LiveLimits limits;
  limits.listeners = 3;
  limits.listeners_of_project = 2;
  Feed feed(limits);
  auto a = feed.listen(1), b = feed.listen(1);
  EXPECT_EQ(feed.live.listen(1, "", [] { return true; }).error().code, "too_many_listeners");
  const auto c = feed.listen(2);
  EXPECT_EQ(feed.live.listen(3, "", [] { return true; }).error().code, "too_many_listeners");
  EXPECT_EQ(feed.live.listeners(), 3u);
  b.reset();
  EXPECT_NE(feed.listen(1), nullptr);
}

TEST(LiveFeed, EndsForWhoMayNoMore) {
  Feed feed;
  const auto listener = feed.listen();
  EXPECT_EQ(listener->heartbeat(), ":\n\n");
  feed.allowed = false;
  EXPECT_EQ(listener->heartbeat(), std::nullopt);
}

TEST(LiveRoute, AnswersWithAStreamToWhoMayRead) {
  World world;
  const auto answer = world.send("GET", "/api/v1/projects/1/live");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.content_type, "text/event-stream");
  ASSERT_NE(answer.stream, nullptr);
  EXPECT_NE(answer.stream->heartbeat(), std::nullopt);
  world.live.publish(logs(1, 1), {});
  EXPECT_THAT(texts(answer.stream->take()), ElementsAre("log 1"));
  EXPECT_EQ(world.send("GET", "/api/v1/projects/1/live", "", {}).status, 401);
  EXPECT_EQ(world.send("GET", "/api/v1/projects/9/live").status, 404);
}

TEST(LiveRoute, ARevokedTokenHearsNoMore) {
  World world;
  const auto token = world.projects->create_token("phone", storage::Scope::kRead);
  ASSERT_TRUE(token.ok());
  const auto answer = world.send("GET", "/api/v1/projects/1/live", "",
                                 {{"Authorization", "Bearer " + token.value()}});
  ASSERT_NE(answer.stream, nullptr);
  ASSERT_NE(answer.stream->heartbeat(), std::nullopt);
  const auto tokens = world.projects->tokens();
  ASSERT_TRUE(tokens.ok());
  for (const auto& known : tokens.value()) {
    if (known.name == "phone") ASSERT_TRUE(world.projects->revoke_token(known.id).ok());
  }
  EXPECT_EQ(answer.stream->heartbeat(), std::nullopt);
}

TEST(LiveRoute, SaysWhenTooManyListen) {
  World world;
  std::vector<http::Response> held;
  for (int i = 0; i < 16; ++i) held.push_back(world.send("GET", "/api/v1/projects/1/live"));
  const auto refused = world.send("GET", "/api/v1/projects/1/live");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(json::parse(refused.body)["error"]["code"], "too_many_listeners");
}

}  // namespace
}  // namespace pagewake::api
