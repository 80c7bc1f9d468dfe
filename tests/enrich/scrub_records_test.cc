#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "enrich/enrich.h"

namespace pagewake::enrich {
namespace {

using nlohmann::json;

TEST(ScrubRecords, TakesSecretsOutOfEveryPartOfAnEvent) {
  model::EventRecord event;
  event.message = "login of ann@example.org failed";
  event.url = "https://shop.example/pay?card=4111111111111111";
  event.exceptions.push_back({.type = "ValueError", .value = "ann@example.org is taken"});
  event.exceptions[0].frames.push_back({.function = "save"});
  event.exceptions[0].frames[0].context.line = "    client.login(password='hunter2')";
  event.breadcrumbs.push_back({.message = "GET", .data = {{"url", "/x?token=abc"}}});
  event.tags = {{"password", "hunter2"}, {"plan", "basic"}};
  event.request_json =
      R"({"url":"https://shop.example/pay?card=4111111111111111","query_string":"q=hunter2",)"
      R"("headers":[["Authorization","Bearer abc.def.ghi"],["Accept","text/html"]],)"
      R"("data":{"card_number":"4111111111111111","note":"call ann@example.org"}})";
  event.user_json = R"({"id":"42","email":"ann@example.org"})";
  scrub(event);

  std::string all = event.message + event.url + event.exceptions[0].value +
                    event.exceptions[0].frames[0].context.line +
                    event.breadcrumbs[0].data[0].second + event.tags[0].second +
                    event.request_json + event.user_json;
  for (const char* secret : {"ann@example.org", "hunter2", "4111111111111111", "abc"}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << secret << " in " << all;
  }
  EXPECT_EQ(event.tags[1].second, "basic");
  const json request = json::parse(event.request_json);
  EXPECT_EQ(request["url"], "https://shop.example/pay");
  EXPECT_EQ(request["headers"][1][1], "text/html");
  EXPECT_EQ(json::parse(event.user_json)["id"], "42");
}

TEST(ScrubRecords, KeepsSqlReadableWithoutItsLiterals) {
  model::SpanRecord span;
  span.attributes_json =
      R"({"db.query.text":"SELECT id FROM users WHERE email = 'ann@example.org' AND note = 'it''s' LIMIT 5",)"
      R"("url.full":"http://api/users?email=ann@example.org","http.request.method":"GET","retries":3})";
  scrub(span);
  const json attributes = json::parse(span.attributes_json);
  EXPECT_EQ(attributes["db.query.text"],
            "SELECT id FROM users WHERE email = '?' AND note = '?' LIMIT 5");
  EXPECT_EQ(attributes["url.full"], "http://api/users");
  EXPECT_EQ(attributes["http.request.method"], "GET");
  EXPECT_EQ(attributes["retries"], 3);
}

TEST(ScrubRecords, BrokenAttributeTextIsNotKept) {
  model::LogRecord log;
  log.attributes_json = R"({"password":"hunter2")";
  scrub(log);
  EXPECT_EQ(log.attributes_json, "");
}

TEST(ScrubRecords, SecondPassOverAPageViewChangesNothingThatIsClean) {
  model::PageViewRecord record;
  record.view.url = "https://shop.example/product/7";
  record.view.title = "Oak Kettle";
  record.view.breadcrumbs.push_back({.category = "ui.click", .message = "button#buy"});
  const pagewake::PageView before = record.view;
  scrub(record);
  EXPECT_EQ(record.view, before);
}

}  // namespace
}  // namespace pagewake::enrich
