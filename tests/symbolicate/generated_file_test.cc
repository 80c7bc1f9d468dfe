#include "symbolicate/generated_file.h"

#include <gtest/gtest.h>

#include <string>

namespace pagewake::symbolicate {
namespace {

TEST(GeneratedFile, PositionsCountUtf16UnitsAndOffsetsBytes) {
  const std::string text = "ab\n\xc3\xa9\xf0\x9f\x98\x80x\r\nlast";  // é, 😀 (two units), x
  const struct {
    TextPosition position;
    std::optional<std::size_t> offset;
  } cases[] = {
      {{0, 0}, 0},
      {{0, 2}, 2},
      {{0, 3}, std::nullopt},
      {{1, 0}, 3},
      {{1, 1}, 5},
      {{1, 3}, 9},
      {{1, 4}, 10},
      {{2, 0}, 12},
      {{2, 4}, 16},
      {{2, 5}, std::nullopt},
      {{3, 0}, std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::to_string(c.position.line) + ":" + std::to_string(c.position.column));
    EXPECT_EQ(offset_of(text, c.position), c.offset);
    if (!c.offset) continue;
    const TextPosition back = position_of(text, *c.offset);
    EXPECT_EQ(back.line, c.position.line);
    EXPECT_EQ(back.column, c.position.column);
  }
  EXPECT_EQ(line_of(text, 1), "\xc3\xa9\xf0\x9f\x98\x80x");
  EXPECT_EQ(line_of(text, 3), std::nullopt);
}

TEST(GeneratedFile, TakesAFunctionsOwnNameFromAStacks) {
  const struct {
    const char* function;
    const char* bare;
  } cases[] = {
      {"t", "t"},
      {"async t", "t"},
      {"new Cart", "Cart"},
      {"Object.t", "t"},
      {"r.checkout [as run]", "checkout"},
      {"Module.t", "t"},
      {"get total", "total"},
      {"render/<", "render"},
      {"init/this.run", "run"},
      {"e.#pay", "pay"},
      {"", ""},
      {"<anonymous>", ""},
      {"anonymous", ""},
      {"?", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.function);
    EXPECT_EQ(bare_function(c.function), c.bare);
  }
}

// "|" marks the place in the function, "^" what is to be found.
TEST(GeneratedFile, FindsTheDeclarationBeforeAPlace) {
  const struct {
    const char* name;
    const char* function;
    std::string text;
  } cases[] = {
      {"a function", "t", "function ^t(e){|throw e}"},
      {"a generator", "t", "function*^t(e){|throw e}"},
      {"an arrow in a constant", "t", "const ^t=e=>{|throw e}"},
      {"a class", "Cart", "let Cart2=1;class x{};^Cart=class{constructor(){|throw 1}}"},
      {"a method", "pay", "class e{a(){}^pay(t,n=(1)){|throw t}}"},
      {"a property", "pay", "r={x:1,^pay:t=>{|throw t}}"},
      {"the nearest", "t", "function t(){}function ^t(e){|throw e}"},
      {"not a call", "t", "function ^t(e){t(e);t (e);|throw e}"},
      {"not a comparison", "t", "let ^t=()=>{if(t==1||t===2)|throw e}"},
      {"not a part of a name", "t", "function ^t(e){let at=1,t2=2;$t=3;|throw e}"},
      {"not a variable of its name", "n",
       "function ^n(e){let n=e.map(e=>1);n={n:2};n=(1);|throw e}"},
      {"not a choice", "n", "function ^n(e){return e?n:e|(1)}"},
      {"an async arrow", "n", "var ^n=async e=>{|throw e}"},
      {"an arrow with brackets", "n", "var ^n=(e,t=(1))=>{|throw e}"},
      {"a named class", "n", "class ^n{constructor(){|throw 1}}"},
      {"nothing", "q", "function t(e){|throw e}"},
      {"not behind the place", "t", "|throw e}function t(e){"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string text = c.text;
    std::optional<std::size_t> wanted;
    if (const auto mark = text.find('^'); mark != text.npos) {
      text.erase(mark, 1);
      wanted = mark;
    }
    const auto place = text.find('|');
    text.erase(place, 1);
    EXPECT_EQ(find_declaration(text, place, c.function), wanted);
  }
}

TEST(GeneratedFile, GivesUpInABoundedTime) {
  std::string text;
  while (text.size() < 4'000'000) text += "t(1);";
  EXPECT_EQ(find_declaration(text, text.size(), "t"), std::nullopt);
}

TEST(GeneratedFile, ReadsIdentifiers) {
  const std::string text = "function pay(1x) { return this.ünder }";
  EXPECT_EQ(identifier_at(text, 9), "pay");
  EXPECT_EQ(identifier_at(text, 0), "");   // a keyword
  EXPECT_EQ(identifier_at(text, 12), "");  // a bracket
  EXPECT_EQ(identifier_at(text, 13), "");  // a number
  EXPECT_EQ(identifier_at(text, text.find("\xc3")), "ünder");
  EXPECT_EQ(identifier_at(text, 999), "");
}

}  // namespace
}  // namespace pagewake::symbolicate
