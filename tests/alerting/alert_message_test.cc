#include "alerting/alert_message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pagewake::alerting {
namespace {

Message message() {
  Message out;
  out.kind = "new_issue";
  out.project = "shop";
  out.title = "New issue in shop – ünïcode";
  out.url = "http://h/p/1/issues";
  out.items = {{"TypeError: <script>alert(1)</script> & more", "checkout in cart.js",
                "http://h/p/1/issues/7"},
               {"no link", "", ""}};
  out.more_items = 3;
  out.at_unix_us = 1'795'237'200'000'000;  // 2026-11-21T05:00:00Z
  return out;
}

TEST(AlertMessage, HtmlEscapesWhatTheVisitorsSent) {
  const std::string html = to_html(message());
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"), std::string::npos);
  EXPECT_NE(html.find("href=\"http://h/p/1/issues/7\""), std::string::npos);
  EXPECT_NE(html.find("and 3 more"), std::string::npos);
}

TEST(AlertMessage, SlackTextAndFieldsForPrograms) {
  const auto json = nlohmann::json::parse(to_webhook_json(message(), 12));
  EXPECT_EQ(json["kind"], "new_issue");
  EXPECT_EQ(json["delivery_id"], 12);
  EXPECT_EQ(json["items"][0]["url"], "http://h/p/1/issues/7");
  const std::string text = json["text"];
  EXPECT_NE(text.find("<http://h/p/1/issues/7|TypeError: &lt;script&gt;"), std::string::npos)
      << text;
  EXPECT_NE(text.find("and 3 more"), std::string::npos);
}

TEST(AlertMessage, ComesBackAsItWasStored) {
  const auto again = message_from(to_stored_json(message()));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(to_html(*again), to_html(message()));
  EXPECT_FALSE(message_from("{}").ok());
  EXPECT_FALSE(message_from("not json").ok());
}

TEST(AlertMessage, MailHasShortLinesAndNoHeaderOfTheVisitors) {
  Message evil = message();
  evil.title = "a\r\nBcc: everybody@example.org " + std::string(300, 'x') + "é";
  const std::string mail = to_mail(evil, "pagewake@h.example", {"ann@h.example"}, "id@h");
  const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
  EXPECT_EQ(head.find("\r\nBcc"), std::string::npos);
  for (std::size_t at = 0; at < mail.size();) {
    const auto end = std::min(mail.find("\r\n", at), mail.size());
    EXPECT_LE(end - at, 78u) << mail.substr(at, end - at);
    at = end + 2;
  }
  EXPECT_NE(head.find("Date: Sat, 21 Nov 2026 05:00:00 +0000"), std::string::npos) << head;
}

}  // namespace
}  // namespace pagewake::alerting
