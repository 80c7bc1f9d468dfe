#include "grouping/rules.h"

#include <gtest/gtest.h>

#include <string>

#include "grouping/grouping.h"

namespace pagewake::grouping {
namespace {

model::EventRecord chunk_error() {
  model::EventRecord event;
  event.browser = "Safari";
  event.page = "/checkout";
  event.level = "error";
  event.tags = {{"team", "shop"}};
  model::Exception exception;
  exception.type = "ChunkLoadError";
  exception.value = "Loading chunk 42 failed";
  model::Frame library, own;
  library.function = "require";
  library.filename = "https://shop.example/vendor.js";
  library.in_app = false;
  own.function = "checkout";
  own.filename = "https://shop.example/static/cart.3f2a9c1b.js";
  exception.frames = {library, own};
  event.exceptions = {exception};
  return event;
}

Rules parsed(std::string_view text) {
  auto rules = Rules::parse(text);
  EXPECT_TRUE(rules.ok()) << (rules.ok() ? "" : rules.error().message);
  return rules.ok() ? *rules : Rules();
}

TEST(Rules, MatchWhatTheySay) {
  const struct {
    const char* rule;
    bool matches;
  } cases[] = {
      {"ignore: type:ChunkLoadError", true},
      {"ignore: type:chunkloaderror", true},
      {"ignore: type:Chunk", false},
      {"ignore: type:Chunk*", true},
      {"ignore: message:\"Loading chunk * failed\"", true},
      {"ignore: message:\"*failed\" browser:Safari", true},
      {"ignore: message:\"*failed\" browser:Chrome", false},
      {"ignore: message:\"*failed\" !browser:Chrome", true},
      {"ignore: title:\"ChunkLoadError: Loading*\"", true},
      {"ignore: file:*/cart.*.js function:checkout", true},
      {"ignore: file:*/menu.js", false},
      {"ignore: tag.team:shop page:/check*", true},
      {"ignore: tag.team:billing", false},
      {"ignore: tag.unknown:\"\"", true},
      {"ignore: release:\"\"", true},
      {"ignore: !type:ChunkLoadError", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.rule);
    const auto match = parsed(c.rule).match(chunk_error());
    EXPECT_EQ(match.has_value(), c.matches);
    if (match) EXPECT_TRUE(match->ignore);
  }
}

TEST(Rules, FirstLineThatMatchesCounts) {
  const Rules rules = parsed(
      "# chunks of an old release\n"
      "\n"
      "ignore: browser:Chrome\n"
      "fingerprint: chunk-load, {{ page }} when type:ChunkLoadError\n"
      "ignore: message:*\n");
  const auto match = rules.match(chunk_error());
  ASSERT_TRUE(match);
  EXPECT_EQ(match->line, 4);
  EXPECT_FALSE(match->ignore);
  EXPECT_EQ(match->fingerprint, (std::vector<std::string>{"chunk-load", "/checkout"}));
}

TEST(Rules, VariablesAreFolded) {
  const auto match =
      parsed("fingerprint: {{ message }}, {{ function }}, {{ file }}, {{ tag.team }} when type:*")
          .match(chunk_error());
  ASSERT_TRUE(match);
  EXPECT_EQ(match->fingerprint, (std::vector<std::string>{"Loading chunk <number> failed",
                                                          "checkout", "/static/cart.js", "shop"}));
}

TEST(Rules, AFingerprintGroupsAndIsExplained) {
  const Rules rules = parsed("fingerprint: chunk-load when type:ChunkLoadError");
  auto a = chunk_error(), b = chunk_error();
  b.exceptions[0].frames.clear();
  b.custom_fingerprint = {"the client's own"};
  group(a, &rules);
  group(b, &rules);
  EXPECT_EQ(a.grouping_key, b.grouping_key);
  EXPECT_EQ(a.grouping_explanation, "grouped by: rule in line 1 “chunk-load”");
  // What the client gave stays what it gave.
  EXPECT_EQ(b.custom_fingerprint.size(), 1u);

  auto with_default = chunk_error(), plain = chunk_error();
  const Rules by_page = parsed("fingerprint: {{ default }}, {{ page }} when type:*");
  group(with_default, &by_page);
  group(plain);
  EXPECT_NE(with_default.grouping_key, plain.grouping_key);
}

TEST(Rules, MistakesNameTheLineAndWhatIsAllowed) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"drop: type:x", "line 1: a rule begins with \"ignore:\" or \"fingerprint:\""},
      {"\n# x\nignore: typ:x", "line 3: unknown key \"typ\""},
      {"ignore: timeout", "line 1: \"timeout\" is not key:pattern"},
      {"ignore:", "line 1: a rule needs a condition"},
      {"ignore: type:", "line 1: type: has no pattern"},
      {"ignore: message:\"x", "line 1: a quote is not closed"},
      {"ignore: message:\"x\"y", "line 1: a space is missing"},
      {"fingerprint: x", "line 1: \"when\" is missing"},
      {"fingerprint: a,, b when type:x", "line 1: a part of the fingerprint is empty"},
      {"fingerprint: {{ pagee }} when type:x", "line 1: unknown variable \"{{ pagee }}\""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto rules = Rules::parse(c.text);
    ASSERT_FALSE(rules.ok());
    EXPECT_EQ(rules.error().code, "invalid_rules");
    EXPECT_TRUE(rules.error().message.starts_with(c.says)) << rules.error().message;
  }
  EXPECT_FALSE(Rules::parse(std::string(kRulesBytes + 1, '#')).ok());
  std::string many;
  for (std::size_t i = 0; i <= kRules; ++i) many += "ignore: type:x\n";
  EXPECT_FALSE(Rules::parse(many).ok());
}

TEST(GlobMatch, HostilePatternsTakeBoundedTime) {
  std::string pattern, text(8192, 'a');
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(glob_match(pattern + "b", text));
  EXPECT_TRUE(glob_match(pattern, text));
}

}  // namespace
}  // namespace pagewake::grouping
