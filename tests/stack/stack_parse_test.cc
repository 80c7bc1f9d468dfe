#include "stack/stack_parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "base/limits.h"

namespace pagewake {

void PrintTo(const Frame& frame, std::ostream* out) {
  *out << frame.function << " (" << frame.filename << ':' << frame.line << ':' << frame.column
       << ')' << (frame.in_app ? "" : " not in app");
}

namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr bool kNotInApp = false;

struct StackCase {
  const char* name;
  const char* type;
  const char* value;
  std::string stack;
  std::vector<Frame> frames;
};

const std::vector<StackCase> kCases = {
    // Chromium
    {"Chromium",
     "TypeError",
     "Cannot read properties of undefined (reading 'price')",
     "TypeError: Cannot read properties of undefined (reading 'price')\n"
     "    at total (https://shop.example/static/cart.3f2a9c1b.js:10:31)\n"
     "    at Cart.render (https://shop.example/static/cart.3f2a9c1b.js:42:7)\n"
     "    at new Cart (https://shop.example/static/cart.3f2a9c1b.js:5:10)\n"
     "    at Object.load [as onload] (https://shop.example/static/app.js?v=2:7:3)\n"
     "    at HTMLButtonElement.<anonymous> (https://shop.example/cart:88:9)\n"
     "    at https://shop.example/static/app.js:1:1",
     {{"total", "https://shop.example/static/cart.3f2a9c1b.js", 10, 31},
      {"Cart.render", "https://shop.example/static/cart.3f2a9c1b.js", 42, 7},
      {"new Cart", "https://shop.example/static/cart.3f2a9c1b.js", 5, 10},
      {"Object.load", "https://shop.example/static/app.js?v=2", 7, 3},
      {"HTMLButtonElement.<anonymous>", "https://shop.example/cart", 88, 9},
      {"<anonymous>", "https://shop.example/static/app.js", 1, 1}}},
    {"Chromium, async and natives",
     "Error",
     "x",
     "Error: x\n"
     "    at Array.map (<anonymous>)\n"
     "    at Array.forEach (native)\n"
     "    at async Promise.all (index 1)\n"
     "    at async load (https://shop.example/app.js:10:5)\n"
     "    at async https://shop.example/app.js:12:5",
     {{"Array.map", "<anonymous>", 0, 0, kNotInApp},
      {"Array.forEach", "native", 0, 0, kNotInApp},
      {"Promise.all", "<anonymous>", 0, 0, kNotInApp},
      {"load", "https://shop.example/app.js", 10, 5},
      {"<anonymous>", "https://shop.example/app.js", 12, 5}}},
    {"Chromium, eval, nested eval and new Function",
     "Error",
     "x",
     "Error: x\n"
     "    at eval (eval at run (https://shop.example/app.js:10:5), <anonymous>:1:7)\n"
     "    at inner (eval at a (eval at b (https://shop.example/app.js:1:2), <anonymous>:3:4), "
     "<anonymous>:5:6)\n"
     "    at eval (eval at <anonymous> (https://shop.example/(shop)/page.js:10:5), "
     "<anonymous>:1:7)\n"
     "    at <anonymous>:1:1",
     {{"eval", "https://shop.example/app.js", 10, 5},
      {"inner", "https://shop.example/app.js", 1, 2},
      {"eval", "https://shop.example/(shop)/page.js", 10, 5},
      {"<anonymous>", "<anonymous>", 1, 1}}},
    {"Chromium, wasm",
     "RuntimeError",
     "unreachable",
     "RuntimeError: unreachable\n"
     "    at https://shop.example/core.wasm:wasm-function[12]:0x3a\n"
     "    at pixel.blend (wasm://wasm/0d5f8e32:wasm-function[3]:0x1ff)\n"
     "    at feed (https://shop.example/pagewake.js:1:900)",
     {{"wasm-function[12]", "https://shop.example/core.wasm", 1, 59},
      {"pixel.blend", "wasm://wasm/0d5f8e32", 1, 512},
      {"feed", "https://shop.example/pagewake.js", 1, 900}}},
    {"a message with '@' is no Gecko frame",
     "Error",
     "early throw bob@example.com",
     "Error: early throw bob@example.com\n    at https://shop.example/early.js:1:7",
     {{"<anonymous>", "https://shop.example/early.js", 1, 7}}},
    {"a message with '@' and no frames",
     "Error",
     "mail bob@example.com:25:1",
     "Error: mail bob@example.com:25:1",
     {}},
    {"a message with '@' that was changed after the error was made",
     "Error",
     "something else",
     "Error: mail bob@example.com:25:1",
     {}},
    {"a message that looks like frames",
     "Error",
     "parse failed\n    at line (file.txt:1:2)\nfoo@https://evil.example/x.js:1:2",
     "Error: parse failed\n    at line (file.txt:1:2)\nfoo@https://evil.example/x.js:1:2\n"
     "    at parse (https://shop.example/app.js:3:4)",
     {{"parse", "https://shop.example/app.js", 3, 4}}},
    {"a message with 'at ' in prose",
     "Error",
     "x",
     "Error: changed later\n    at the very beginning (see docs)\n"
     "    at parse (https://shop.example/app.js:3:4)",
     {{"parse", "https://shop.example/app.js", 3, 4}}},
    {"a subclass keeps the name it was made with",
     "CheckoutError",
     "declined by bob@bank.example",
     "Error: declined by bob@bank.example\n    at pay (https://shop.example/pay.js:3:4)",
     {{"pay", "https://shop.example/pay.js", 3, 4}}},
    {"an uncaught prefix",
     "Error",
     "declined by a@b.example:1:2",
     "Uncaught Error: declined by a@b.example:1:2\n    at pay (https://shop.example/pay.js:3:4)",
     {{"pay", "https://shop.example/pay.js", 3, 4}}},
    {"route groups in brackets",
     "Error",
     "x",
     "Error: x\n    at Page (https://shop.example/app/(shop)/cart/page.js:3:4)",
     {{"Page", "https://shop.example/app/(shop)/cart/page.js", 3, 4}}},
    {"Windows line ends",
     "Error",
     "x",
     "Error: x\r\n    at a (https://shop.example/a.js:1:2)\r\n    at b "
     "(https://shop.example/b.js:3:4)\r\n",
     {{"a", "https://shop.example/a.js", 1, 2}, {"b", "https://shop.example/b.js", 3, 4}}},
    {"Node.js",
     "Error",
     "boom",
     "Error: boom\n"
     "    at handler (/app/server.js:10:5)\n"
     "    at file:///app/lib/db.mjs:4:2\n"
     "    at load (C:\\app\\load.js:7:8)\n"
     "    at Layer.handle [as handle_request] "
     "(/app/node_modules/express/lib/router/layer.js:95:5)\n"
     "    at Module._compile (node:internal/modules/cjs/loader:1105:14)\n"
     "    at internal/main/run_main_module.js:17:47",
     {{"handler", "/app/server.js", 10, 5},
      {"<anonymous>", "file:///app/lib/db.mjs", 4, 2},
      {"load", "C:\\app\\load.js", 7, 8},
      {"Layer.handle", "/app/node_modules/express/lib/router/layer.js", 95, 5, kNotInApp},
      {"Module._compile", "node:internal/modules/cjs/loader", 1105, 14, kNotInApp},
      {"<anonymous>", "internal/main/run_main_module.js", 17, 47, kNotInApp}}},
    {"extensions",
     "Error",
     "x",
     "Error: x\n"
     "    at f (chrome-extension://abcdefgh/content.js:1:2)\n"
     "    at g (https://shop.example/a.js:3:4)",
     {{"f", "chrome-extension://abcdefgh/content.js", 1, 2, kNotInApp},
      {"g", "https://shop.example/a.js", 3, 4}}},
    // Firefox
    {"Firefox",
     "TypeError",
     "can't access property \"price\", item is undefined",
     "total@https://shop.example/static/cart.js:10:31\n"
     "Cart/this.render@https://shop.example/static/cart.js:42:7\n"
     "load/<@https://shop.example/static/app.js?v=2:7:3\n"
     "@https://shop.example/cart:88:9\n",
     {{"total", "https://shop.example/static/cart.js", 10, 31},
      {"Cart/this.render", "https://shop.example/static/cart.js", 42, 7},
      {"load/<", "https://shop.example/static/app.js?v=2", 7, 3},
      {"<anonymous>", "https://shop.example/cart", 88, 9}}},
    {"Firefox, async",
     "Error",
     "x",
     "async*load@https://shop.example/app.js:10:5\n"
     "promise callback*start@https://shop.example/app.js:2:5\n"
     "setTimeout handler*@https://shop.example/app.js:1:1\n"
     "EventListener.handleEvent*init@https://shop.example/app.js:4:6",
     {{"load", "https://shop.example/app.js", 10, 5},
      {"start", "https://shop.example/app.js", 2, 5},
      {"<anonymous>", "https://shop.example/app.js", 1, 1},
      {"init", "https://shop.example/app.js", 4, 6}}},
    {"Firefox, eval, Function and nested eval",
     "Error",
     "x",
     "@https://shop.example/app.js line 26 > eval:1:3\n"
     "made@https://shop.example/app.js line 30 > Function:2:1\n"
     "deep@https://shop.example/app.js line 26 > eval line 2 > eval:1:1\n"
     "run@https://shop.example/app.js:26:9",
     {{"eval", "https://shop.example/app.js", 26, 0},
      {"made", "https://shop.example/app.js", 30, 0},
      {"deep", "https://shop.example/app.js", 26, 0},
      {"run", "https://shop.example/app.js", 26, 9}}},
    {"Firefox, wasm, extension, browser's own code",
     "Error",
     "x",
     "blend@https://shop.example/core.wasm:wasm-function[3]:0x1ff\n"
     "f@moz-extension://0000-1111/content.js:1:2\n"
     "get@resource://gre/modules/Foo.jsm:3:4",
     {{"blend", "https://shop.example/core.wasm", 1, 512},
      {"f", "moz-extension://0000-1111/content.js", 1, 2, kNotInApp},
      {"get", "resource://gre/modules/Foo.jsm", 3, 4, kNotInApp}}},
    {"a message that begins like the first function",
     "Error",
     "f",
     "foo@https://shop.example/a.js:1:2\nf@https://shop.example/b.js:3:4",
     {{"foo", "https://shop.example/a.js", 1, 2}, {"f", "https://shop.example/b.js", 3, 4}}},
    {"'@' in the URL",
     "Error",
     "x",
     "f@https://cdn.example/npm/@scope/pkg@1.2.3/index.js:1:2\n"
     "@https://cdn.example/npm/@scope/pkg/index.js:3:4",
     {{"f", "https://cdn.example/npm/@scope/pkg@1.2.3/index.js", 1, 2},
      {"<anonymous>", "https://cdn.example/npm/@scope/pkg/index.js", 3, 4}}},
    // Safari
    {"Safari",
     "TypeError",
     "undefined is not an object (evaluating 'item.price')",
     "total@https://shop.example/static/cart.js:10:31\n"
     "https://shop.example/static/@vendor/app.js:7:3\n"
     "map@[native code]\n"
     "[native code]\n"
     "global code@https://shop.example/cart:88:9\n"
     "module code@https://shop.example/main.js:1:1",
     {{"total", "https://shop.example/static/cart.js", 10, 31},
      {"<anonymous>", "https://shop.example/static/@vendor/app.js", 7, 3},
      {"map", "[native code]", 0, 0, kNotInApp},
      {"<anonymous>", "[native code]", 0, 0, kNotInApp},
      {"<anonymous>", "https://shop.example/cart", 88, 9},
      {"<anonymous>", "https://shop.example/main.js", 1, 1}}},
    {"Safari, eval, wasm, extension",
     "Error",
     "x",
     "eval code@\n"
     "eval@[native code]\n"
     "wasm-function[12]@[wasm code]\n"
     "f@safari-web-extension://ABCD/content.js:1:2\n"
     "g@webkit-masked-url://hidden/:3:4",
     {{"eval", "", 0, 0},
      {"eval", "[native code]", 0, 0, kNotInApp},
      {"wasm-function[12]", "[wasm code]", 0, 0},
      {"f", "safari-web-extension://ABCD/content.js", 1, 2, kNotInApp},
      {"g", "webkit-masked-url://hidden/", 3, 4, kNotInApp}}},
    // Nothing to find
    {"empty", "Error", "x", "", {}},
    {"header only", "Error", "x", "Error: x", {}},
    {"prose", "", "", "nothing to see here\nmove along", {}},
    {"a URL with a port and no line", "", "", "connect@http://localhost:8080", {}},
    {"a clock time", "", "", "failed at 10:30:15", {}},
    {"line without column",
     "Error",
     "x",
     "Error: x\n    at f (https://shop.example/a.js:10)",
     {{"f", "https://shop.example/a.js", 10, 0}}},
    {"numbers that do not fit",
     "Error",
     "x",
     "Error: x\n    at f (https://shop.example/a.js:1:99999999999)",
     {}},
};

constexpr std::string_view kHostilePatterns[] = {"@",        "(",
                                                 " (",       "at ",
                                                 "at (",     "    at a (",
                                                 "eval at ", "at eval (eval at ",
                                                 ":",        ":1",
                                                 "1",        "> ",
                                                 " line 1",  " line 1 > eval",
                                                 "*",        "async*",
                                                 ": ",       "Error: ",
                                                 "://",      ":wasm-function[",
                                                 ":0x",      "\n",
                                                 "a\n",      "a@b:1:1\n",
                                                 "\r",       " [as "};

TEST(StackParse, Table) {
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_THAT(parse_stack(c.stack, c.type, c.value), ElementsAreArray(c.frames));
  }
}

TEST(StackParse, AtMostOneHundredFramesNewestFirst) {
  std::string stack = "RangeError: Maximum call stack size exceeded";
  for (int i = 1; i <= 500; ++i) {
    stack += "\n    at f (https://shop.example/a.js:" + std::to_string(i) + ":2)";
  }
  const auto frames = parse_stack(stack, "RangeError", "Maximum call stack size exceeded");
  ASSERT_EQ(frames.size(), limits::kFramesPerException);
  EXPECT_EQ(frames.front().line, 1);
  EXPECT_EQ(frames.back().line, 100);
}

TEST(StackParse, ReadsNothingBeyondTheLimit) {
  const std::string stack = "Error: x\n" + std::string(limits::kStackBytes, ' ') +
                            "\n    at f (https://shop.example/a.js:1:2)";
  EXPECT_THAT(parse_stack(stack, "Error", "x"), IsEmpty());
}

// A stack of a megabyte costs what its first kStackBytes cost: the memory behind
// those cannot even be read.
TEST(StackParse, NeverTouchesTheRestOfAMegabyte) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  constexpr std::size_t kMegabyte = 1 << 20;
  ASSERT_EQ(limits::kStackBytes % page, 0u);
  void* memory =
      mmap(nullptr, kMegabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  char* const text = static_cast<char*>(memory);
  for (std::string_view pattern : kHostilePatterns) {
    for (std::size_t i = 0; i < limits::kStackBytes; ++i) text[i] = pattern[i % pattern.size()];
    ASSERT_EQ(mprotect(text + limits::kStackBytes, kMegabyte - limits::kStackBytes, PROT_NONE), 0);
    const std::string_view stack(text, kMegabyte);
    EXPECT_LE(parse_stack(stack, "Error", "x").size(), limits::kFramesPerException) << pattern;
    // The message, too, may be that long: V8 repeats it in the stack.
    EXPECT_LE(parse_stack(stack, "Error", stack).size(), limits::kFramesPerException) << pattern;
    ASSERT_EQ(mprotect(text + limits::kStackBytes, kMegabyte - limits::kStackBytes,
                       PROT_READ | PROT_WRITE),
              0);
  }
  munmap(memory, kMegabyte);
}

TEST(StackParse, LongFunctionNamesAreCutBetweenCharacters) {
  std::string name = "x";
  while (name.size() < 2000) name += "\xc3\xa9";
  const auto frames = parse_stack(name + "@https://shop.example/a.js:1:2", "Error", "x");
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function.size(), limits::kNameBytes - 1);
}

// Under a rule that is not linear these would not come back.
TEST(StackParse, HostileStacks) {
  for (std::string_view pattern : kHostilePatterns) {
    SCOPED_TRACE(pattern);
    std::string stack;
    while (stack.size() < limits::kStackBytes) stack += pattern;
    EXPECT_LE(parse_stack(stack, "Error", "").size(), limits::kFramesPerException);
    EXPECT_LE(parse_stack("Error: " + stack, "Error", stack).size(), limits::kFramesPerException);
    EXPECT_LE(parse_stack("    at " + stack, "", "x").size(), limits::kFramesPerException);
    EXPECT_LE(parse_stack("@" + stack, "", "x").size(), limits::kFramesPerException);
  }
}

TEST(StackParse, RandomMixturesKeepTheBounds) {
  const std::string_view pieces[] = {"Error: ",
                                     "\n",
                                     "    at ",
                                     "async ",
                                     "f",
                                     "@",
                                     " (",
                                     ")",
                                     "eval at ",
                                     "https://x/a.js",
                                     ":1",
                                     ":2",
                                     ":wasm-function[",
                                     "]",
                                     ":0xff",
                                     " line 3 > eval",
                                     "<anonymous>",
                                     "[native code]",
                                     "eval code",
                                     "native",
                                     "index 0",
                                     " [as g]",
                                     "*"};
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string stack;
    const std::size_t count = random() % 20;
    for (std::size_t i = 0; i < count; ++i) stack += pieces[random() % std::size(pieces)];
    for (const Frame& frame : parse_stack(stack, "Error", "f")) {
      ASSERT_FALSE(frame.function.empty()) << stack;
      ASSERT_GE(frame.line, 0) << stack;
      ASSERT_GE(frame.column, 0) << stack;
    }
  }
}

TEST(KnownNoise, Table) {
  const Frame own{"f", "https://shop.example/a.js", 1, 2};
  const Frame extension{"f", "chrome-extension://abc/a.js", 1, 2, kNotInApp};
  const Frame native{"Array.map", "<anonymous>", 0, 0, kNotInApp};
  const struct {
    const char* name;
    std::string value;
    std::vector<Frame> frames;
    bool noise;
  } cases[] = {
      {"cross-origin script", "Script error.", {}, true},
      {"without the full stop", "Script error", {}, true},
      {"with an empty frame", "Script error.", {Frame{}}, true},
      {"with a frame of the page", "Script error.", {own}, false},
      {"ResizeObserver, old wording", "ResizeObserver loop limit exceeded", {}, true},
      {"ResizeObserver, new wording",
       "ResizeObserver loop completed with undelivered notifications.",
       {own},
       true},
      {"with prefixes", "Uncaught Error: ResizeObserver loop limit exceeded", {}, true},
      {"talk about it", "my ResizeObserver loop broke", {own}, false},
      {"newest frame in an extension", "x", {extension, own}, true},
      {"newest frame with a file in an extension", "x", {native, extension, own}, true},
      {"extension further down", "x", {own, extension}, false},
      {"Safari extension", "x", {{"f", "safari-web-extension://A/b.js", 1, 2, kNotInApp}}, true},
      {"Firefox extension", "x", {{"f", "moz-extension://A/b.js", 1, 2, kNotInApp}}, true},
      {"ordinary error", "x is not a function", {own}, false},
      {"ordinary error without frames", "x is not a function", {}, false},
  };
  for (const auto& c : cases) {
    Exception exception;
    exception.type = "Error";
    exception.value = c.value;
    exception.frames = c.frames;
    EXPECT_EQ(is_known_noise(exception), c.noise) << c.name;
  }
}

}  // namespace
}  // namespace pagewake
