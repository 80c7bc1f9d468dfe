#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "enrich/enrich.h"

namespace pagewake::enrich {
namespace {

using nlohmann::json;

TEST(ScrubRecords, TakesSecretsOutOfEveryPartOfAnEvent) {
  model::EventRecord event;
  event.message = "login of ann@example.org failed";
  event.source = model::Source::kSentry;
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

TEST(ScrubRecords, NamesDecideInJson) {
  const struct {
    const char* name;
    const char* in;
    const char* out;
  } cases[] = {
      {"all cookies, whatever they are called", R"({"cookies":{"theme":"dark","sid":"abc"}})",
       R"({"cookies":"[Filtered]"})"},
      {"pairs", R"({"headers":[["Cookie","a=b"],["Host","shop"]]})",
       R"({"headers":[["Cookie","[Filtered]"],["Host","shop"]]})"},
      {"query as pairs", R"({"query_string":[["q","hunter2"]]})",
       R"({"query_string":"[Filtered]"})"},
      {"numbers and lists", R"({"pin":1234,"token":["a","b"],"password":null,"secret":""})",
       R"({"password":null,"pin":"[Filtered]","secret":"","token":"[Filtered]"})"},
      {"counts stay", R"({"gen_ai.usage.input_tokens":12,"session":true})",
       R"({"gen_ai.usage.input_tokens":12,"session":true})"},
      {"addresses of visitors",
       R"({"ip_address":"10.1.2.3","REMOTE_ADDR":"10.1.2.3","client.address":"10.1.2.3","server.address":"db",)"
       R"("http.request.header.x-forwarded-for":["10.1.2.3"]})",
       R"({"REMOTE_ADDR":"[Filtered]","client.address":"[Filtered]",)"
       R"("http.request.header.x-forwarded-for":"[Filtered]","ip_address":"[Filtered]","server.address":"db"})"},
      {"ids that join records stay",
       R"({"trace":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"},"git.commit":"9f86d081884c7d659a2feaa0c55ad0159f86d081"})",
       R"({"trace":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"},"git.commit":"9f86d081884c7d659a2feaa0c55ad0159f86d081"})"},
      {"the same value elsewhere goes", R"({"note":"4bf92f3577b34da6a3ce929d0e0e4736"})",
       R"({"note":"[Filtered]"})"},
      {"a card under an id goes", R"({"card_id":"4111111111111111"})",
       R"({"card_id":"[Filtered]"})"},
      {"text deep inside", R"({"a":[{"b":["mail ann@example.org"]}]})",
       R"({"a":[{"b":["mail [Filtered]"]}]})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    model::LogRecord log;
    log.attributes_json = c.in;
    scrub(log);
    EXPECT_EQ(log.attributes_json, c.out);
    scrub(log);
    EXPECT_EQ(log.attributes_json, c.out) << "not idempotent";
  }
}

// What is looked over quickly and what is parsed come to the same. A blank in
// front is nothing that our decoders write: then it is parsed.
TEST(ScrubRecords, AQuickLookAtJsonFindsWhatParsingFinds) {
  const std::vector<std::string> names = {"url",
                                          "http.target",
                                          "db.statement",
                                          "sql",
                                          "token",
                                          "input_tokens",
                                          "query_string",
                                          "trace_id",
                                          "note",
                                          "client.address",
                                          R"(a\"b)",
                                          R"(k\u00e9y)",
                                          "",
                                          "request.url",
                                          "headers",
                                          std::string(200, 'x') + ".password",
                                          std::string(200, 'x') + ".url"};
  const std::vector<std::string> values = {R"("plain words")",
                                           R"("mail ann@example.org")",
                                           R"("ann@example.org\nsecond line")",
                                           R"("https://shop.example/cart?token=abcdefgh12345678")",
                                           R"("https://shop.example/cart/items")",
                                           R"("SELECT * FROM users WHERE name = 'Ann'")",
                                           R"("SELECT * FROM users WHERE id = %s")",
                                           R"("4bf92f3577b34da6a3ce929d0e0e4736")",
                                           R"("4111111111111111")",
                                           R"("caf\u00e9")",
                                           R"("a\"b\\c")",
                                           R"("")",
                                           "12",
                                           "-0.5e3",
                                           "true",
                                           "null",
                                           "[]",
                                           "{}",
                                           R"(["Cookie","a=b"])",
                                           R"([["Cookie","a=b"],["Host","shop"]])",
                                           R"({"password":"x"})",
                                           R"({"deep":[{"mail":"ann@example.org"},3]})",
                                           "01",
                                           "+1",
                                           "nul",
                                           R"("open)"};
  std::uint32_t state = 1;
  const auto random = [&state](std::size_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % below;
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "{";
    for (std::size_t n = random(4); n > 0; --n) {
      const std::string& name = names[random(names.size())];
      std::string value = values[random(values.size())];
      if (random(4) == 0) value = "[" + value + "," + values[random(values.size())] + "]";
      text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
    }
    text += "}";
    model::LogRecord looked, parsed;
    looked.attributes_json = text;
    parsed.attributes_json = " " + text;
    scrub(looked);
    scrub(parsed);

    const auto sorted = [](const std::string& of) {
      return of.empty() ? std::string() : json::parse(of).dump();
    };
    ASSERT_EQ(sorted(looked.attributes_json), sorted(parsed.attributes_json)) << i;
  }
}

TEST(ScrubRecords, NestingBombIsCutAndNotFollowed) {
  model::LogRecord log;
  std::string deep(100'000, '[');
  log.attributes_json = deep + "\"ann@example.org\"" + std::string(100'000, ']');
  scrub(log);
  EXPECT_EQ(log.attributes_json.find("ann@"), std::string::npos);
  EXPECT_LT(log.attributes_json.size(), 200u);
}

TEST(ScrubRecords, ASpanNamedAfterItsStatementLosesTheLiterals) {
  model::SpanRecord span;
  span.op = "db.sql.query";
  span.name = "SELECT * FROM users WHERE name = 'Ann Lee'";
  scrub(span);
  EXPECT_EQ(span.name, "SELECT * FROM users WHERE name = '?'");
}

TEST(ScrubRecords, FilesAndUserIds) {
  model::EventRecord event;
  event.source = model::Source::kSentry;
  event.user_id = "ann@example.org";
  event.exceptions.push_back({.type = "Error"});
  event.exceptions[0].frames.push_back(
      {.filename = "https://shop.example/app.js?token=abc", .abs_path = "/srv/shop/views.py"});
  event.custom_fingerprint = {"checkout", "ann@example.org"};
  scrub(event);
  EXPECT_EQ(event.user_id, "[Filtered]");
  EXPECT_EQ(event.exceptions[0].frames[0].filename, "https://shop.example/app.js");
  EXPECT_EQ(event.exceptions[0].frames[0].abs_path, "/srv/shop/views.py");
  EXPECT_EQ(event.custom_fingerprint[1], "[Filtered]");

  event.user_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  scrub(event);
  EXPECT_EQ(event.user_id, "4bf92f3577b34da6a3ce929d0e0e4736");
}

// The page cuts to the site's allow-list, which the server does not know.
TEST(ScrubRecords, ParametersThatThePageKeptStayButTheirValuesAreChecked) {
  model::PageViewRecord record;
  record.view.url = "https://u:p@shop.example/list?page=2&q=ann@example.org&token=abc#top";
  record.view.breadcrumbs.push_back({.data = {{"url", "/list?page=2"}}});
  scrub(record);
  EXPECT_EQ(record.view.url, "https://shop.example/list?page=2&q=[Filtered]&token=[Filtered]");
  EXPECT_EQ(record.view.breadcrumbs[0].data[0].second, "/list?page=2");

  model::EventRecord event;
  event.url = "https://shop.example/list?page=2";
  scrub(event);
  EXPECT_EQ(event.url, "https://shop.example/list?page=2");
  event.source = model::Source::kSentry;
  scrub(event);
  EXPECT_EQ(event.url, "https://shop.example/list");
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

TEST(ScrubRecords, WhatWasSentIsForgottenOnlyWhereSomethingChanged) {
  const struct {
    const char* name;
    void (*change)(model::PageViewRecord&);
    bool kept;
  } cases[] = {
      {"clean", [](model::PageViewRecord&) {}, true},
      {"the user", [](model::PageViewRecord& r) { r.user_id = "ann@example.org"; }, false},
      {"the URL", [](model::PageViewRecord& r) { r.view.url += "?email=ann@example.org"; }, false},
      {"a resource's URL",
       [](model::PageViewRecord& r) {
         r.view.resources.push_back({.url = "https://cdn.example/a.js?token=abcdefgh12345678"});
       },
       false},
      {"a breadcrumb's data",
       [](model::PageViewRecord& r) {
         r.view.breadcrumbs.push_back({.data = {{"password", "hunter2"}}});
       },
       false},
      {"what was filtered before",
       [](model::PageViewRecord& r) {
         r.view.breadcrumbs.push_back({.data = {{"password", "[Filtered]"}, {"pin", ""}}});
       },
       true},
      {"a frame's file",
       [](model::PageViewRecord& r) {
         auto& event = r.view.events.emplace_back();
         event.exceptions.push_back({.type = "TypeError"});
         event.exceptions[0].frames.push_back({.filename = "https://a.example/x.js?key=secret1"});
       },
       false},
      {"a tag",
       [](model::PageViewRecord& r) {
         r.view.tags = {{"who", "ann@example.org"}};
       },
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    model::PageViewRecord record;
    record.user_id = "9f86d081";
    record.view.url = "https://shop.example/product/7";
    record.as_sent = "bytes";
    c.change(record);
    for (int pass = 0; pass < 2; ++pass) {
      model::PageViewRecord again = record;  // the second finds what the first remembered
      scrub(again);
      EXPECT_EQ(!again.as_sent.empty(), c.kept);
    }
  }
}

}  // namespace
}  // namespace pagewake::enrich
