#include "grouping/grouping.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pagewake::grouping {
namespace {

using model::EventRecord;

model::Frame frame(std::string function, std::string file, int line = 10, int column = 5,
                   bool in_app = true) {
  model::Frame f;
  f.function = std::move(function);
  f.filename = std::move(file);
  f.line = line;
  f.column = column;
  f.in_app = in_app;
  return f;
}

EventRecord error(std::string type, std::string value, std::vector<model::Frame> frames = {}) {
  EventRecord event;
  model::Exception exception;
  exception.type = std::move(type);
  exception.value = std::move(value);
  exception.frames = std::move(frames);
  event.exceptions.push_back(std::move(exception));
  return event;
}

EventRecord message(std::string text, std::string logger = "") {
  EventRecord event;
  event.message = std::move(text);
  event.logger = std::move(logger);
  return event;
}

std::string key(EventRecord event) {
  group(event);
  EXPECT_EQ(event.grouping_version, kGroupingVersion);
  EXPECT_EQ(event.grouping_key.size(), 32u);
  EXPECT_TRUE(event.grouping_explanation.starts_with("grouped by: ")) << event.grouping_explanation;
  return event.grouping_key;
}

const std::string kCart = "https://shop.example/static/cart.3f2a9c1b.js";

TEST(Grouping, KeepsTogetherWhatAPersonWould) {
  const auto base = error("TypeError", "x is undefined", {frame("checkout", kCart)});
  const struct {
    const char* name;
    EventRecord a, b;
  } pairs[] = {
      {"line and column moved", base,
       error("TypeError", "x is undefined", {frame("checkout", kCart, 99, 1)})},
      {"content hash of a new build", base,
       error("TypeError", "x is undefined",
             {frame("checkout", "https://shop.example/static/cart.99aa11ff.js")})},
      {"query string and host", base,
       error("TypeError", "x is undefined",
             {frame("checkout", "https://cdn.example/static/cart.3f2a9c1b.js?v=7")})},
      {"another message at the same place", base,
       error("TypeError", "y is undefined", {frame("checkout", kCart)})},
      {"library frames differ", base,
       error("TypeError", "x is undefined",
             {frame("dispatch", "https://shop.example/vendor.js", 1, 1, false),
              frame("checkout", kCart)})},
      {"recursion depth", error("RangeError", "", {frame("walk", kCart)}),
       error("RangeError", "", {frame("walk", kCart), frame("walk", kCart), frame("walk", kCart)})},
      {"numbers in a message", error("Error", "order 42 failed after 300ms"),
       error("Error", "order 7 failed after 12ms")},
      {"ids and UUIDs",
       error("Error",
             "cart 6f1ed002-ab5f-4cd1-9b7e-0c1a4b1f5f10 is gone, session a81bc81bdead4e5d"),
       error("Error",
             "cart 00000002-0000-4cd1-9b7e-0c1a4b1f5f10 is gone, session 99abc81bdead4e5d")},
      {"quoted values", error("KeyError", "'ann' has no cart"),
       error("KeyError", "'bob' has no cart")},
      {"URLs", message("GET https://a.example/x?y=1 failed"),
       message("GET https://b.example/z failed")},
      {"the order's name", message("payment of order-8 refused"),
       message("payment of order-19 refused")},
      {"Chromium's and Safari's words for the same mistake",
       error("TypeError", "Cannot read properties of undefined (reading 'total')"),
       error("TypeError", "undefined is not an object (evaluating 'cart.total')")},
      {"Firefox's words", error("TypeError", "Cannot read properties of null (reading 'total')"),
       error("TypeError", "can't access property \"total\", cart is null")},
  };
  for (const auto& pair : pairs) {
    SCOPED_TRACE(pair.name);
    EXPECT_EQ(key(pair.a), key(pair.b));
  }
}

TEST(Grouping, SplitsWhatIsDifferent) {
  const auto base = error("TypeError", "x", {frame("checkout", kCart)});
  auto with_cause = base;
  with_cause.exceptions.push_back(error("RangeError", "y").exceptions[0]);
  const struct {
    const char* name;
    EventRecord a, b;
  } pairs[] = {
      {"type", base, error("RangeError", "x", {frame("checkout", kCart)})},
      {"function", base, error("TypeError", "x", {frame("pay", kCart)})},
      {"file", base, error("TypeError", "x", {frame("checkout", "/static/menu.js")})},
      {"cause", base, with_cause},
      {"message without frames", error("Error", "cannot save"), error("Error", "cannot load")},
      {"property that was missing",
       error("TypeError", "Cannot read properties of undefined (reading 'total')"),
       error("TypeError", "Cannot read properties of undefined (reading 'name')")},
      {"undefined and null",
       error("TypeError", "Cannot read properties of undefined (reading 'x')"),
       error("TypeError", "Cannot read properties of null (reading 'x')")},
      {"logger", message("failed", "shop"), message("failed", "billing")},
  };
  for (const auto& pair : pairs) {
    SCOPED_TRACE(pair.name);
    EXPECT_NE(key(pair.a), key(pair.b));
  }
}

TEST(Grouping, CustomFingerprintWinsAndMayExtendTheDefault) {
  auto a = error("TypeError", "x", {frame("checkout", kCart)});
  auto b = error("RangeError", "y", {frame("pay", "/other.js")});
  a.custom_fingerprint = b.custom_fingerprint = {"payments"};
  EXPECT_EQ(key(a), key(b));
  a.custom_fingerprint = b.custom_fingerprint = {"{{ default }}", "payments"};
  EXPECT_NE(key(a), key(b));
  auto plain = a;
  plain.custom_fingerprint = {};
  EXPECT_NE(key(a), key(plain));
  a.custom_fingerprint = {"{{default}}"};
  EXPECT_EQ(key(a), key(plain));
}

TEST(Grouping, SourceNamesGroupMinifiedReleases) {
  auto a = error("TypeError", "x", {frame("t", "https://shop.example/a.js")});
  auto b = error("TypeError", "x", {frame("qe", "https://shop.example/b.js")});
  EXPECT_NE(key(a), key(b));
  for (auto* event : {&a, &b}) {
    event->exceptions[0].frames[0].original = model::OriginalPosition{
        .source = "src/cart.ts", .name = "checkout", .line = 3, .column = 1};
  }
  EXPECT_EQ(key(a), key(b));
}

TEST(Grouping, PythonModulesDoNotMoveWithTheDeployment) {
  auto a = error("ZeroDivisionError", "division by zero", {frame("view", "/srv/a/shop/views.py")});
  auto b = error("ZeroDivisionError", "division by zero", {frame("view", "/srv/b/shop/views.py")});
  for (auto* event : {&a, &b}) event->exceptions[0].frames[0].module = "shop.views";
  EXPECT_EQ(key(a), key(b));
}

TEST(Grouping, TemplatesGroupLogMessages) {
  auto a = message("payment provider answered 502 for order-8", "shop.std");
  auto b = message("payment provider answered timeout for ann", "shop.std");
  EXPECT_NE(key(a), key(b));
  a.message_template = b.message_template = "payment provider answered %s for %s";
  EXPECT_EQ(key(a), key(b));
}

TEST(Grouping, MessageWithAStackIsAMessage) {
  EventRecord event = message("stock is low");
  event.exceptions.push_back({.type = "", .value = "stock is low"});
  event.exceptions[0].frames.push_back(frame("handler", "/app.js"));
  group(event);
  EXPECT_EQ(event.title, "stock is low");
  EXPECT_NE(event.grouping_explanation.find("message"), std::string::npos);
}

TEST(Grouping, TitleAndCulpritAreWhatAPersonReads) {
  auto event = error("TypeError", "x is undefined\nat somewhere",
                     {frame("dispatch", "/vendor.js", 1, 1, false), frame("checkout", kCart)});
  group(event);
  EXPECT_EQ(event.title, "TypeError: x is undefined");
  EXPECT_EQ(event.culprit, "checkout in cart.js");
  EXPECT_EQ(event.grouping_explanation,
            "grouped by: type TypeError and in-app frames checkout (cart.js)");

  auto log = message("");
  group(log);
  EXPECT_EQ(log.title, "(no message)");
}

TEST(FoldMessage, Table) {
  const struct {
    const char* in;
    const char* out;
  } cases[] = {
      {"order 42 of 'ann' failed", "order <number> of <quoted> failed"},
      {"it's Ann's order", "it's Ann's order"},
      {"took 1,200.5 ms at 12:30", "took <number> ms at <number>"},
      {"utf8 and h264 stay", "utf8 and h264 stay"},
      {"token a81bc81bdead4e5d", "token <id>"},
      {"see https://a.example/b?c=d.", "see <url>"},
      {"\"unclosed", "\"unclosed"},
      {"", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.in);
    EXPECT_EQ(fold_message(c.in), c.out);
    EXPECT_EQ(fold_message(fold_message(c.in)), c.out);
  }
}

TEST(FoldFile, Table) {
  const struct {
    const char* in;
    const char* out;
  } cases[] = {
      {"https://x/static/app.3f2a9c1b.js?v=2", "/static/app.js"},
      {"https://x/assets/index-BfxQ3k1T.js", "/assets/index.js"},
      {"https://x/assets/index-DiwrgTda.js", "/assets/index.js"},
      {"https://x/v1.2.3/app.js", "/app.js"},
      {"https://x/3f2a9c1b4d/app.js", "/app.js"},
      {"webpack:///src/cart-item.ts", "/src/cart-item.ts"},
      {"shop/views.py", "shop/views.py"},
      {"https://x", ""},
      {"", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.in);
    EXPECT_EQ(fold_file(c.in), c.out);
  }
}

TEST(FoldMessage, HostileTextIsReadOnce) {
  for (const char* unit : {"'", "\"a ", "http", "1,", "a1", "'\n"}) {
    std::string text;
    while (text.size() < (1 << 20)) text += unit;
    EXPECT_LE(fold_message(text).size(), 16 * text.size());
  }
}

}  // namespace
}  // namespace pagewake::grouping
