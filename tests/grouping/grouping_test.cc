#include "grouping/grouping.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <string_view>
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

EventRecord caused(EventRecord event, const EventRecord& cause) {
  event.exceptions.push_back(cause.exceptions.front());
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
      {"three browsers' words at one place",
       error(
           "TypeError", "Cannot read properties of undefined (reading 'x')",
           {frame("Object.checkout", kCart, 7, 12), frame("HTMLButtonElement.<anonymous>", kCart)}),
       error("TypeError", "cart is undefined",
             {frame("checkout", kCart, 7, 3), frame("init/<", kCart)})},
      {"older Chromium's words", error("TypeError", "Cannot read property 'total' of undefined"),
       error("TypeError", "undefined is not an object (evaluating 'this.state.cart.total')")},
      {"a call of what is no function", error("TypeError", "cart.total is not a function"),
       error("TypeError",
             "cart.total is not a function. (In 'cart.total()', 'cart.total' is undefined)")},
      {"an unknown variable", error("ReferenceError", "cart is not defined"),
       error("ReferenceError", "Can't find variable: cart")},
      {"a failed fetch", error("TypeError", "Failed to fetch"), error("TypeError", "Load failed")},
      {"a failed fetch in Firefox", error("TypeError", "Failed to fetch"),
       error("TypeError", "NetworkError when attempting to fetch resource.")},
      {"times", message("closed at 2026-11-21T02:27:10.836872Z"),
       message("closed at 2027-01-05 14:09:59+01:00")},
      {"a number behind a name", message("no such user48213"), message("no such user9471")},
      {"addresses", message("fault at 0x1f"), message("fault at 0x7ffe12ab34")},
      {"a file that is only hash",
       error("TypeError", "x", {frame("f", "https://shop.example/_next/static/3f2a9c1b4d5e.js")}),
       error("TypeError", "x", {frame("f", "https://shop.example/_next/static/99aa11ff22bb.js")})},
      {"a constructor, an alias and how SDKs call the nameless",
       error("TypeError", "x",
             {frame("new Cart", kCart), frame("Object.f [as g]", kCart),
              frame("<anonymous>", kCart)}),
       error("TypeError", "x", {frame("Cart", kCart), frame("f", kCart), frame("?", kCart)})},
      {"the browser's own receiver types",
       error("TypeError", "x",
             {frame("HTMLButtonElement.onclick", kCart), frame("Window.pay", kCart)}),
       error("TypeError", "x", {frame("onclick", kCart), frame("pay", kCart)})},
      {"nameless functions in Chromium, Firefox and Safari",
       error("TypeError", "x",
             {frame("HTMLButtonElement.<anonymous>", kCart), frame("Cart.<anonymous>", kCart)}),
       error("TypeError", "x", {frame("checkout/<", kCart), frame("", kCart)})},
      {"a function where Firefox says it was assigned",
       error("TypeError", "x", {frame("render", kCart)}),
       error("TypeError", "x", {frame("Cart/this.render", kCart)})},
      {"top-level code", error("TypeError", "x", {frame("global code", kCart)}),
       error("TypeError", "x", {frame("(anonymous)", kCart)})},
      {"an order's number in the cause",
       caused(error("CheckoutError", "order 8 failed"), error("Error", "timeout after 300 ms")),
       caused(error("CheckoutError", "order 9 failed"), error("Error", "timeout after 12 ms"))},
      {"Firefox's words", error("TypeError", "Cannot read properties of null (reading 'total')"),
       error("TypeError", "can't access property \"total\", cart is null")},
  };
  for (const auto& pair : pairs) {
    SCOPED_TRACE(pair.name);
    EXPECT_EQ(key(pair.a), key(pair.b));
  }
}

// Metamorphic: whatever varies between two visits, drawn at random, the issue
// is the same; and the words around it keep two issues apart.
TEST(Grouping, RandomValuesInTheSameMessageAreOneIssue) {
  std::mt19937 random(20261121);
  const auto draw = [&](std::string_view alphabet, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += alphabet[random() % alphabet.size()];
    return out;
  };
  constexpr std::string_view kDigits = "0123456789", kHex = "0123456789abcdef";
  const auto uuid = [&] {
    return draw(kHex, 8) + "-" + draw(kHex, 4) + "-" + draw(kHex, 4) + "-" + draw(kHex, 4) + "-" +
           draw(kHex, 12);
  };
  const auto text = [&](int kind) {
    switch (kind) {
      case 0:
        return "order " + draw("123456789", 1 + random() % 9) + " is gone";
      case 1:
        return "cart " + uuid() + " is locked";
      case 2:
        return "no stock for '" + draw("abcxyz -", 1 + random() % 12) + "x'";
      case 3:
        return "trace a1" + draw(kHex, 14) + " was cut";
      case 4:
        return "GET https://shop.example/" + draw("abc/", 8) + "?x=" + draw(kDigits, 3) + " failed";
      case 5:
        return "took " + draw("123456789", 3) + "." + draw(kDigits, 2) + " ms";
      default:
        return "late since 20" + draw("12", 2) + "-0" + draw("123456789", 1) + "-1" +
               draw(kDigits, 1) + "T1" + draw(kDigits, 1) + ":3" + draw(kDigits, 1) + ":4" +
               draw(kDigits, 1) + "." + draw(kDigits, 1 + random() % 6) + "Z";
    }
  };
  std::set<std::string> keys;
  for (int kind = 0; kind < 7; ++kind) {
    const std::string first = text(kind);
    const std::string expected = key(error("Error", first));
    EXPECT_TRUE(keys.insert(expected).second) << first;
    for (int round = 0; round < 200; ++round) {
      const std::string other = text(kind);
      ASSERT_EQ(key(error("Error", other)), expected) << first << " | " << other;
    }
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
      {"file with a number", error("Error", "x", {frame("f", "/static/app-checkout2.js")}),
       error("Error", "x", {frame("f", "/static/app-cart12.js")})},
      {"methods of different classes", error("Error", "x", {frame("Cart.render", kCart)}),
       error("Error", "x", {frame("Menu.render", kCart)})},
      {"cause", base, with_cause},
      {"another cause", with_cause, caused(base, error("SyntaxError", "y"))},
      {"a frame more", base,
       error("TypeError", "x", {frame("checkout", kCart), frame("submit", kCart)})},
      {"order of the frames",
       error("TypeError", "x", {frame("checkout", kCart), frame("submit", kCart)}),
       error("TypeError", "x", {frame("submit", kCart), frame("checkout", kCart)})},
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

// One code for the page and the backend: what varies in a Python error folds
// as it does in a browser's.
TEST(Grouping, BackendErrorsFoldAsBrowserErrorsDo) {
  for (const char* platform : {"javascript", "python", "node"}) {
    SCOPED_TRACE(platform);
    auto a = error("KeyError", "order 8 of 'ann' is gone");
    auto b = error("KeyError", "order 19 of 'bob' is gone");
    auto c = error("KeyError", "cart 19 of 'bob' is gone");
    for (auto* event : {&a, &b, &c}) event->platform = platform;
    EXPECT_EQ(key(a), key(b));
    EXPECT_NE(key(a), key(c));
  }
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

  auto repr = message("{'order_id': 7, 'event': 'checkout_failed'}");
  repr.message_template = "checkout_failed";
  group(repr);
  EXPECT_EQ(repr.title, "checkout_failed");

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
      {"at 2026-11-21T02:27:10.836872Z.", "at <time>."},
      {"on 2026-11-21", "on <number>-<number>-<number>"},
      {"user48213 at 0x1F", "user<number> at <number>"},
      {"from 10.0.0.7:8080", "from <number>"},
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
      {"https://x/_next/static/3f2a9c1b4d5e.js", "/_next/static/<hash>.js"},
      {"https://x/assets/chunk-2F7XQZ3A.js", "/assets/chunk.js"},
      {"/static/app-checkout2.js", "/static/app-checkout2.js"},
      {"/static/CartItem2.min.js", "/static/CartItem2.min.js"},
      {"/static/bootstrap5-theme.css", "/static/bootstrap5-theme.css"},
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
