#include "symbolicate/symbolicator.h"

#include <gtest/gtest.h>

#include <thread>

#include "symbolicate/map_writer.h"

namespace pagewake::symbolicate {
namespace {

using model::EventRecord;
using model::Frame;

constexpr char kId[] = "85314830-023f-4cf1-a267-535f4e37bb17";
constexpr char kOtherId[] = "00000000-0000-4000-8000-000000000001";

const std::string kSource =
    "import { sum } from 'lib';\n"
    "\n"
    "export function checkout(cart: Cart) {\n"
    "  const total = sum(cart);\n"
    "  throw new TypeError('no total');\n"
    "}\n"
    "\n"
    "export const pay = (c: Cart) => {\n"
    "  checkout(c);\n"
    "};\n";
const std::string kGenerated =
    R"(function t(e){let n=r(e);throw TypeError("no total")}let o=e=>{t(e)},r=e=>l(e);)";

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out + '"';
}

std::int64_t column(const std::string& part) {
  return static_cast<std::int64_t>(kGenerated.find(part));
}

// `t` has its name in the map, `o` only in the source's text.
std::string cart_map() {
  const std::string mappings = mappings_of({
      {column("function"), 0, 2, 7},
      {column("t(e){let"), 0, 2, 16, 0},
      {column("r(e);"), 0, 3, 16, 1},
      {column("throw"), 0, 4, 2},
      {column("o=e=>"), 0, 7, 13},
      {column("t(e)},"), 0, 8, 2, 0},
      {column("r=e=>"), 1, 0, 0},
      {column("l(e);"), -1, 0, 0},
  });
  return R"({"version":3,"names":["checkout","sum"],"sources":["../../src/cart.ts",)"
         R"("../node_modules/lib/sum.js"],"sourcesContent":[)" +
         json_text(kSource) + R"(,null],"mappings":")" + mappings + "\"}";
}

Frame frame(const std::string& function, std::int64_t column, std::int32_t line = 1) {
  Frame out;
  out.function = function;
  out.filename = "https://shop.example/assets/app.js?v=2";
  out.line = line;
  out.column = static_cast<std::int32_t>(column) + 1;
  return out;
}

class SymbolicatorTest : public testing::Test {
 protected:
  void put(const std::string& release, const std::string& url, const std::string& debug_id,
           std::optional<std::string> map, std::optional<std::string> file = std::nullopt) {
    const auto put = store_->put({1, release, url, debug_id, std::move(map), std::move(file), 1});
    ASSERT_TRUE(put.ok()) << put.error().message;
  }
  Resolved one(const std::string& release, const Position& position) {
    return symbolicator_.resolve(1, release, {position}).at(0);
  }
  static EventRecord event(std::vector<Frame> frames) {
    EventRecord event;
    event.project = 1;
    event.platform = "javascript";
    event.release = "1.0";
    event.exceptions.emplace_back().type = "TypeError";
    event.exceptions[0].frames = std::move(frames);
    return event;
  }

  std::unique_ptr<storage::ArtifactStore> store_ = storage::make_memory_artifact_store();
  Symbolicator symbolicator_{*store_};
};

TEST_F(SymbolicatorTest, FindsTheMapByReleaseAndUrlOrByDebugId) {
  put("1.0", "~/assets/app.js", "", cart_map());
  put("2.0", "https://cdn.example/app.js", "", cart_map());
  put("", "", kId, cart_map());
  put("3.0", "~/assets/app.js", kOtherId, cart_map());
  const auto throw_at = static_cast<std::int32_t>(column("throw"));
  const struct {
    const char* name;
    std::string release, filename, debug_id;
    const char* reason;
  } cases[] = {
      {"any host", "1.0", "https://shop.example/assets/app.js", "", ""},
      {"with query", "1.0", "https://shop.example/assets/app.js?v=2#x", "", ""},
      {"a path", "1.0", "/assets/app.js", "", ""},
      {"that host", "2.0", "https://cdn.example/app.js", "", ""},
      {"another host", "2.0", "https://other.example/app.js", "", "no_map_for_file"},
      {"another file", "1.0", "https://shop.example/assets/b.js", "", "no_map_for_file"},
      {"another release", "9.0", "https://shop.example/assets/app.js", "", "no_map_for_release"},
      {"no release", "", "https://shop.example/assets/app.js", "", "no_release"},
      {"debug id, no release", "", "https://x/a.js", kId, ""},
      {"debug id, other file", "9.0", "blob", kId, ""},
      {"debug id unknown", "9.0", "https://x/a.js", kOtherId, ""},
      {"debug id unknown here", "1.0", "https://x/a.js", "11111111-0000-4000-8000-000000000001",
       "debug_id_unknown"},
      {"same URL, another build", "3.0", "https://x/assets/app.js",
       "11111111-0000-4000-8000-000000000001", "debug_id_unknown"},
      {"upload without debug ids", "1.0", "https://x/assets/app.js",
       "11111111-0000-4000-8000-000000000001", ""},
      {"native", "1.0", "native", "", "not_in_a_file"},
      {"anonymous", "1.0", "<anonymous>", "", "not_in_a_file"},
      {"extension", "1.0", "chrome-extension://abc/a.js", "", "not_in_a_file"},
      {"nothing", "1.0", "", "", "not_in_a_file"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Resolved resolved = one(c.release, {c.filename, c.debug_id, 1, throw_at});
    EXPECT_EQ(name_of(resolved.reason), c.reason);
    ASSERT_EQ(resolved.original.has_value(), *c.reason == '\0');
    if (!resolved.original) continue;
    EXPECT_EQ(resolved.original->source, "src/cart.ts");
    EXPECT_EQ(resolved.original->line, 5);
    EXPECT_EQ(resolved.original->column, 2);
    EXPECT_EQ(resolved.original->name, "");
  }
}

TEST_F(SymbolicatorTest, SaysWhyAPositionHasNoOriginal) {
  put("1.0", "~/app.js", "", cart_map());
  put("1.0", "~/broken.js", "", R"({"version":3,"sources":[],"mappings":"AAAA"})");
  put("1.0", "~/fileonly.js", "", std::nullopt, "x()");
  const struct {
    const char* name;
    Position position;
    const char* reason;
  } cases[] = {
      {"found", {"/app.js", "", 1, 0}, ""},
      {"no line", {"/app.js", "", 0, 4}, "no_position"},
      {"no column", {"/app.js", "", 1, -1}, "no_position"},
      {"beyond the lines", {"/app.js", "", 2, 0}, "position_outside"},
      {"code of the bundler",
       {"/app.js", "", 1, static_cast<std::int32_t>(column("l(e);"))},
       "no_source_there"},
      {"broken", {"/broken.js", "", 1, 0}, "map_broken"},
      {"no map in the upload", {"/fileonly.js", "", 1, 0}, "no_map_for_file"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Resolved resolved = one("1.0", c.position);
    EXPECT_EQ(name_of(resolved.reason), c.reason);
    EXPECT_EQ(explanation_of(resolved.reason).empty(), *c.reason == '\0');
    EXPECT_EQ(resolved.detail.empty(), std::string(c.reason) != "map_broken");
  }
}

TEST_F(SymbolicatorTest, GivesFramesTheirSourceFunctionAndLines) {
  put("1.0", "~/assets/app.js", "", cart_map(), kGenerated);
  EventRecord event = this->event({frame("t", column("throw")), frame("o", column("t(e)},")),
                                   frame("r", column("r=e=>")), frame("l", column("l(e);"))});
  symbolicator_.complete(event);
  const auto& frames = event.exceptions[0].frames;
  ASSERT_TRUE(frames[0].original && frames[1].original && frames[2].original);
  EXPECT_EQ(frames[0].original->source, "src/cart.ts");
  EXPECT_EQ(frames[0].original->line, 5);
  EXPECT_EQ(frames[0].original->name, "checkout");  // from the map
  EXPECT_TRUE(frames[0].in_app);
  EXPECT_EQ(frames[0].context.line, "  throw new TypeError('no total');");
  EXPECT_EQ(frames[0].context.pre,
            (std::vector<std::string>{"import { sum } from 'lib';", "",
                                      "export function checkout(cart: Cart) {",
                                      "  const total = sum(cart);"}));
  EXPECT_EQ(frames[0].context.post.size(), 5u);
  EXPECT_EQ(frames[1].original->name, "pay");  // from the source's text
  EXPECT_EQ(frames[1].original->line, 9);
  EXPECT_EQ(frames[2].original->source, "node_modules/lib/sum.js");
  EXPECT_FALSE(frames[2].in_app);
  EXPECT_TRUE(frames[2].context.empty());
  EXPECT_FALSE(frames[3].original);
  EXPECT_EQ(frames[3].unresolved_reason, "no_source_there");
}

TEST_F(SymbolicatorTest, WithoutTheGeneratedFileTheCallNamesTheFunction) {
  put("1.0", "~/assets/app.js", "", cart_map());
  EventRecord event = this->event({frame("t", column("throw")), frame("o", column("t(e)},")),
                                   frame("longName", column("throw"))});
  EXPECT_EQ(symbolicator_.symbolicate(event), 3u);
  const auto& frames = event.exceptions[0].frames;
  EXPECT_EQ(frames[0].original->name, "checkout");
  EXPECT_EQ(frames[2].original->name, "longName");  // no minifier's name
  EXPECT_TRUE(frames[0].context.empty());           // only where it is read
}

TEST_F(SymbolicatorTest, AMinifiersNameIsNotTakenForAFunctions) {
  put("1.0", "~/assets/app.js", "", cart_map());
  EventRecord event = this->event({frame("q", column("throw"))});
  symbolicator_.symbolicate(event);
  EXPECT_EQ(event.exceptions[0].frames[0].original->name, "");
}

TEST_F(SymbolicatorTest, LeavesOtherPlatformsAndResolvedFramesAlone) {
  put("1.0", "~/assets/app.js", "", cart_map());
  EventRecord python = event({frame("t", column("throw"))});
  python.platform = "python";
  EXPECT_EQ(symbolicator_.symbolicate(python), 0u);
  EXPECT_EQ(python.exceptions[0].frames[0].unresolved_reason, "");
  EventRecord twice = event({frame("t", column("throw"))});
  EXPECT_EQ(symbolicator_.symbolicate(twice), 1u);
  EXPECT_EQ(symbolicator_.symbolicate(twice), 0u);
}

TEST_F(SymbolicatorTest, AMapThatComesLaterIsFound) {
  EventRecord early = event({frame("t", column("throw"))});
  symbolicator_.symbolicate(early);
  EXPECT_EQ(early.exceptions[0].frames[0].unresolved_reason, "no_map_for_release");
  put("1.0", "~/assets/app.js", "", cart_map());
  symbolicator_.symbolicate(early);
  EXPECT_TRUE(early.exceptions[0].frames[0].original);
  EXPECT_EQ(early.exceptions[0].frames[0].unresolved_reason, "");
}

TEST_F(SymbolicatorTest, ReadsAMapOnceForManyEvents) {
  put("1.0", "~/assets/app.js", "", cart_map(), kGenerated);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 50; ++n) {
        EventRecord event = this->event({frame("t", column("throw"))});
        symbolicator_.complete(event);
        EXPECT_EQ(event.exceptions[0].frames[0].original->name, "checkout");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(symbolicator_.cache_stats().misses, 2u);  // the map, the file
}

TEST(ContentCache, HoldsNoMoreBytesThanItMay) {
  ContentCache cache(10'000);
  int loads = 0;
  const auto get = [&](const std::string& key, std::size_t bytes) {
    return cache.get(key, [&]() -> Result<Content> {
      ++loads;
      Content content;
      content.text.assign(bytes, 'x');
      return content;
    });
  };
  get("a", 4000);
  get("b", 4000);
  get("a", 4000);  // used again: b is the older one
  EXPECT_EQ(loads, 2);
  get("c", 4000);
  EXPECT_LE(cache.stats().bytes, 10'000u);
  EXPECT_EQ(cache.stats().entries, 2u);
  get("a", 4000);
  EXPECT_EQ(loads, 3);
  get("b", 4000);
  EXPECT_EQ(loads, 4);
  // Larger than the cache: given, not kept.
  EXPECT_EQ(get("large", 20'000)->text.size(), 20'000u);
  EXPECT_LE(cache.stats().bytes, 10'000u);
}

TEST(ContentCache, AsksAgainAfterAFailure) {
  ContentCache cache(10'000);
  EXPECT_EQ(cache.get("a",
                      []() -> Result<Content> {
                        return Error{"store_unavailable", ""};
                      }),
            nullptr);
  EXPECT_NE(cache.get("a", []() -> Result<Content> { return Content(); }), nullptr);
}

TEST(NormalUrl, IsHowUploadsAreKept) {
  const struct {
    const char* url;
    const char* normal;
  } cases[] = {
      {"/assets/a.js", "~/assets/a.js"},
      {"assets/a.js", "~/assets/a.js"},
      {"./assets/a.js", "~/assets/a.js"},
      {"~/assets/a.js", "~/assets/a.js"},
      {"https://x/a.js?v=1#y", "https://x/a.js"},
      {"app:///a.js", "app:///a.js"},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(normal_url(c.url), c.normal) << c.url;
}

TEST(CleanSource, IsWhatPeopleCallTheFile) {
  const struct {
    const char* source;
    const char* clean;
  } cases[] = {
      {"src/a.ts", "src/a.ts"},
      {"../../src/a.ts", "src/a.ts"},
      {"./src/a.ts", "src/a.ts"},
      {"webpack://shop/./src/a.ts?1f2e", "src/a.ts"},
      {"webpack:///./src/a.ts", "src/a.ts"},
      {"https://x/src/a.ts", "https://x/src/a.ts"},
      {"/src/a.ts", "/src/a.ts"},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(clean_source(c.source), c.clean) << c.source;
}

}  // namespace
}  // namespace pagewake::symbolicate
