// The decoder against ECMA-426, case by case; each line of a table is one rule.
#include "symbolicate/source_map.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "symbolicate/map_writer.h"

namespace pagewake::symbolicate {
namespace {

std::string map_with(const std::string& fields) { return R"({"version":3,)" + fields + "}"; }
std::string with_mappings(const std::string& mappings) {
  return map_with(R"("sources":["a.ts","b.ts"],"names":["one","two"],"mappings":")" + mappings +
                  "\"");
}

// "source:line:column name", "no source" or "outside".
std::string at(const SourceMap& map, std::uint32_t line, std::uint32_t column) {
  Mapped mapped;
  switch (map.find(line, column, mapped)) {
    case Lookup::kOutside:
      return "outside";
    case Lookup::kNoSource:
      return "no source";
    case Lookup::kFound:
      break;
  }
  std::string text = std::string(map.source(mapped.source)) + ":" + std::to_string(mapped.line) +
                     ":" + std::to_string(mapped.column);
  return mapped.name.empty() ? text : text + " " + std::string(mapped.name);
}

TEST(SourceMap, AcceptsAndRefusesAsTheSpecification) {
  const std::string plain = R"("sources":["a.ts"],"names":[],"mappings":"AAAA")";
  const struct {
    const char* name;
    std::string json;
    const char* refused;  // part of the message; "" valid
  } cases[] = {
      {"plain", map_with(plain), ""},
      {"unknown field, nested", map_with(plain + R"(,"x_y":{"a":[[1],{"b":2}]})"), ""},
      {"fields in another order", R"({"mappings":"AAAA","names":[],"sources":["a"],"version":3})",
       ""},
      {"names left out", map_with(R"("sources":["a"],"mappings":"AAAA")"), ""},
      {"names null", map_with(R"("sources":["a"],"names":null,"mappings":"AAAA")"), ""},
      {"XSSI prefix", ")]}'\n" + map_with(plain), ""},
      {"XSSI prefix with words", ")]}' no script\n" + map_with(plain), ""},
      {"byte order mark", "\xef\xbb\xbf" + map_with(plain), ""},
      {"null source and content",
       map_with(R"("sources":[null],"sourcesContent":[null],"names":[],"mappings":"AAAA")"), ""},
      {"empty", map_with(R"("sources":[],"names":[],"mappings":"")"), ""},
      {"only empty lines", with_mappings(";;;;;;"), ""},
      {"ignoreList empty", map_with(plain + R"(,"ignoreList":[])"), ""},
      {"ignoreList", map_with(plain + R"(,"ignoreList":[0])"), ""},
      {"no sections", map_with(R"("sections":[])"), ""},
      {"sourceRoot null", map_with(plain + R"(,"sourceRoot":null)"), ""},

      {"no JSON", "mappings", "JSON"},
      {"empty text", "", "JSON"},
      {"prefix only", ")]}'", "JSON"},
      {"cut short", R"({"version":3,"sources":["a.ts"],"mappi)", "JSON"},
      {"a list", "[]", "object"},
      {"more than one", map_with(plain) + "{}", "JSON"},
      {"version missing", R"({"sources":[],"names":[],"mappings":""})", "version"},
      {"version a text", R"({"version":"3","sources":[],"names":[],"mappings":""})", "version"},
      {"version 2", R"({"version":2,"sources":[],"names":[],"mappings":""})", "version"},
      {"version 4", R"({"version":4,"sources":[],"names":[],"mappings":""})", "version"},
      {"mappings missing", map_with(R"("sources":[],"names":[])"), "mappings"},
      {"mappings a number", map_with(R"("sources":[],"names":[],"mappings":5)"), "mappings"},
      {"mappings a list", map_with(R"("sources":[],"names":[],"mappings":[])"), "mappings"},
      {"sources missing", map_with(R"("names":[],"mappings":"")"), "sources"},
      {"sources a text", map_with(R"("sources":"a","names":[],"mappings":"")"), "sources"},
      {"sources an object", map_with(R"("sources":{},"names":[],"mappings":"")"), "sources"},
      {"a source is a number", map_with(R"("sources":[1],"names":[],"mappings":"")"), "sources"},
      {"names a text", map_with(R"("sources":[],"names":"a","mappings":"")"), "names"},
      {"a name is a number", map_with(R"("sources":[],"names":[1],"mappings":"")"), "names"},
      {"ignoreList a number", map_with(plain + R"(,"ignoreList":0)"), "ignoreList"},
      {"ignoreList of texts", map_with(plain + R"(,"ignoreList":["0"])"), "ignoreList"},
      {"ignoreList too far", map_with(plain + R"(,"ignoreList":[1])"), "ignoreList"},
      {"ignoreList negative", map_with(plain + R"(,"ignoreList":[-1])"), "ignoreList"},
      {"sections a number", map_with(R"("sections":1)"), "sections"},
      {"sections and mappings", map_with(plain + R"(,"sections":[])"), "both"},
      {"section without offset", map_with(R"("sections":[{"map":)" + map_with(plain) + "}]"),
       "offset"},
      {"section without line",
       map_with(R"("sections":[{"offset":{"column":0},"map":)" + map_with(plain) + "}]"), "offset"},
      {"section with a text for a line",
       map_with(R"("sections":[{"offset":{"line":"0","column":0},"map":)" + map_with(plain) + "}]"),
       "offset"},
      {"section with a negative column",
       map_with(R"("sections":[{"offset":{"line":0,"column":-1},"map":)" + map_with(plain) + "}]"),
       "offset"},
      {"section without map", map_with(R"("sections":[{"offset":{"line":0,"column":0}}])"), "map"},
      {"section's map is broken",
       map_with(R"("sections":[{"offset":{"line":0,"column":0},"map":{"version":3}}])"),
       "mappings"},
      {"sections in a section",
       map_with(
           R"("sections":[{"offset":{"line":0,"column":0},"map":{"version":3,"sections":[]}}])"),
       "sections"},
      {"sections out of order",
       map_with(R"("sections":[{"offset":{"line":1,"column":0},"map":)" + map_with(plain) +
                R"(},{"offset":{"line":0,"column":0},"map":)" + map_with(plain) + "}]"),
       "order"},
      {"sections that overlap",
       map_with(R"("sections":[{"offset":{"line":0,"column":0},"map":)" +
                with_mappings("AAAA;;AAAA") + R"(},{"offset":{"line":1,"column":0},"map":)" +
                map_with(plain) + "}]"),
       "inside"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto map = SourceMap::decode(c.json);
    if (*c.refused == '\0') {
      EXPECT_TRUE(map.ok()) << map.error().message;
      continue;
    }
    ASSERT_FALSE(map.ok());
    EXPECT_EQ(map.error().code, "map_broken");
    EXPECT_NE(map.error().message.find(c.refused), std::string::npos) << map.error().message;
  }
}

TEST(SourceMap, ReadsAndRefusesSegments) {
  const struct {
    const char* name;
    const char* mappings;
    bool valid;
    const char* at_0_20;
  } cases[] = {
      {"one field", "A", true, "no source"},
      {"four fields", "AAAA", true, "a.ts:0:0"},
      {"five fields", "AAAAA", true, "a.ts:0:0 one"},
      {"the second source and name", "ACAAC", true, "b.ts:0:0 two"},
      {"differences add up", "AAAA,CACC,EACC", true, "a.ts:2:2"},
      {"a difference may be negative", "AACC,CADD", true, "a.ts:0:0"},
      {"columns begin anew on a line", ";;K", true, "outside"},
      {"columns out of order", "eAAC,FAAC,DAAC", true, "a.ts:0:1"},
      {"continuation digits of nothing", "ggggggggggA", true, "no source"},
      {"the largest 32-bit column", "+/////D", true, "outside"},
      {"two fields", "AA", false, ""},
      {"three fields", "AAA", false, ""},
      {"six fields", "AAAAAA", false, ""},
      {"an empty segment", "AAAA,,AAAA", false, ""},
      {"a comma at the start", ",AAAA", false, ""},
      {"a comma at the end", "AAAA,", false, ""},
      {"a comma at the end of a line", "AAAA,;AAAA", false, ""},
      {"not Base64", "A$AA", false, ""},
      {"another separator", "AAAA.AAAA", false, ""},
      {"cut within a number", "AAAg", false, ""},
      {"a negative column", "DAAA", false, ""},
      {"negative after differences", "CAAA,FAAA", false, ""},
      {"a negative source", "ADAA", false, ""},
      {"a negative original line", "AADA", false, ""},
      {"a negative original column", "AAAD", false, ""},
      {"a negative name", "AAAAD", false, ""},
      {"a source that is not there", "AEAA", false, ""},
      {"a name that is not there", "AAAAE", false, ""},
      {"a column of more than 32 bits", "ggggggE", false, ""},
      {"columns that add up to more", "+/////D,C", false, ""},
      {"minus zero is -2^31", "B", false, ""},
      {"an original line of more than 32 bits", "AAggggggEA", false, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto map = SourceMap::decode(with_mappings(c.mappings));
    ASSERT_EQ(map.ok(), c.valid) << (map.ok() ? "" : map.error().message);
    if (!c.valid) {
      EXPECT_NE(map.error().message.find("byte"), std::string::npos) << map.error().message;
    } else {
      EXPECT_EQ(at(*map, 0, 20), c.at_0_20);
    }
  }
}

TEST(SourceMap, FindsTheMappingAtOrBeforeAPositionOnItsLine) {
  // Line 0: 0 -> a.ts 0:0, 4 -> a.ts 1:2 "one", 8 no source. Line 2: 3 -> b.ts 5:0.
  const auto map = SourceMap::decode(with_mappings("AAAA,IACEA,I;;GCIF"));
  ASSERT_TRUE(map.ok()) << map.error().message;
  const struct {
    std::uint32_t line, column;
    const char* found;
  } cases[] = {
      {0, 0, "a.ts:0:0"},          {0, 3, "a.ts:0:0"},  {0, 4, "a.ts:1:2 one"},
      {0, 7, "a.ts:1:2 one"},      {0, 8, "no source"}, {0, 99, "no source"},
      {1, 0, "outside"},           {2, 2, "outside"},   {2, 3, "b.ts:5:0"},
      {2, UINT32_MAX, "b.ts:5:0"}, {3, 0, "outside"},   {UINT32_MAX, 0, "outside"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::to_string(c.line) + ":" + std::to_string(c.column));
    EXPECT_EQ(at(*map, c.line, c.column), c.found);
  }
}

TEST(SourceMap, JoinsSectionsWithSourcesAndNamesOfTheirOwn) {
  const std::string first = map_with(
      R"("sources":["a.ts"],"names":["one"],"sourcesContent":["A"],"mappings":"AAAAA;AACA")");
  const std::string second = map_with(
      R"("sources":["b.ts"],"names":["two"],"sourcesContent":["B"],"ignoreList":[0],"mappings":"AAAAA;CACA")");
  const auto map = SourceMap::decode(
      map_with(R"("file":"out.js","debugId":"85314830-023F-4cf1-A267-535f4e37bb17","sections":[
        {"offset":{"line":0,"column":0},"map":)" +
               first + R"(},
        {"offset":{"line":1,"column":10},"map":)" +
               second + "}]"));
  ASSERT_TRUE(map.ok()) << map.error().message;
  EXPECT_EQ(at(*map, 0, 5), "a.ts:0:0 one");
  EXPECT_EQ(at(*map, 1, 9), "a.ts:1:0");
  EXPECT_EQ(at(*map, 1, 10), "b.ts:0:0 two");  // only the first line is shifted in columns
  EXPECT_EQ(at(*map, 2, 0), "outside");
  EXPECT_EQ(at(*map, 2, 1), "b.ts:1:0");
  EXPECT_EQ(map->content(1), "B");
  EXPECT_FALSE(map->is_ignored(0));
  EXPECT_TRUE(map->is_ignored(1));
  EXPECT_EQ(map->file(), "out.js");
  EXPECT_EQ(map->debug_id(), "85314830-023f-4cf1-a267-535f4e37bb17");
}

TEST(SourceMap, GivesSourcesAndTheirText) {
  const auto map = SourceMap::decode(map_with(
      R"("sourceRoot":"src","sources":["a.ts",null,"/abs.ts","webpack://x/b.ts","c.ts","\ud83d\ude00.ts"],)"
      R"("sourcesContent":["line 1\nline \u00e9",null,"","x","half \ud83d a pair"],"mappings":"AAAA")"));
  ASSERT_TRUE(map.ok()) << map.error().message;
  const struct {
    const char* source;
    std::optional<std::string_view> content;
  } expected[] = {
      {"src/a.ts", "line 1\nline é"}, {"", std::nullopt},         {"/abs.ts", ""},
      {"webpack://x/b.ts", "x"},      {"src/c.ts", std::nullopt}, {"src/😀.ts", std::nullopt},
  };
  ASSERT_EQ(map->sources(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(map->source(i), expected[i].source);
    EXPECT_EQ(map->content(i), expected[i].content);
  }
  EXPECT_EQ(map->source(99), "");
  EXPECT_EQ(map->content(99), std::nullopt);
}

TEST(SourceMap, DoesNotRecurseIntoNesting) {
  const std::string deep(1'000'000, '[');
  EXPECT_FALSE(SourceMap::decode(map_with("\"x\":" + deep)).ok());
  const std::string closed = deep.substr(0, 500) + std::string(500, ']');
  EXPECT_TRUE(SourceMap::decode(map_with(R"("sources":[],"mappings":"","x":)" + closed)).ok());
}

TEST(SourceMap, RefusesMoreMappingsThanItWouldHold) {
  std::string mappings(2 * kMappingsPerMap + 1, 'A');
  for (std::size_t i = 1; i < mappings.size(); i += 2) mappings[i] = ',';
  const auto map = SourceMap::decode(with_mappings(mappings));
  ASSERT_FALSE(map.ok());
  EXPECT_EQ(map.error().code, "too_large");
}

// Random tables written as mappings and asked for at every position.
TEST(SourceMap, FindsWhatARandomTableSays) {
  std::mt19937 random(7);
  const auto below = [&](int n) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(n));
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<std::pair<std::int64_t, std::string>>> lines(10);
    std::string text;
    std::int64_t source = 0, line = 0, column = 0, name = 0;
    for (auto& expected : lines) {
      if (&expected != lines.data()) text += ';';
      std::int64_t generated = 0;
      for (std::int64_t i = below(8); i > 0; --i) {
        const std::int64_t to = generated + 1 + below(40);
        const std::int64_t fields = below(3);
        if (!expected.empty()) text += ',';
        text += vlq(to - generated);
        generated = to;
        if (fields == 0) {
          expected.emplace_back(to, "no source");
          continue;
        }
        const std::int64_t s = below(2), l = below(100000), c = below(3000), n = below(2);
        text += vlq(s - source) + vlq(l - line) + vlq(c - column);
        source = s, line = l, column = c;
        std::string said = std::string(s == 0 ? "a.ts" : "b.ts") + ":" + std::to_string(l) + ":" +
                           std::to_string(c);
        if (fields == 2) {
          text += vlq(n - name);
          name = n;
          said += n == 0 ? " one" : " two";
        }
        expected.emplace_back(to, said);
      }
    }
    const auto map = SourceMap::decode(with_mappings(text));
    ASSERT_TRUE(map.ok()) << map.error().message << text;
    for (std::size_t l = 0; l < lines.size(); ++l) {
      for (std::int64_t c = 0; c < 400; ++c) {
        std::string expected = "outside";
        for (const auto& [from, said] : lines[l]) {
          if (from <= c) expected = said;
        }
        ASSERT_EQ(at(*map, static_cast<std::uint32_t>(l), static_cast<std::uint32_t>(c)), expected)
            << text << " at " << l << ":" << c;
      }
    }
  }
}

TEST(DebugId, IsLowerCaseWithDashes) {
  const struct {
    const char* text;
    const char* normal;
  } cases[] = {
      {"85314830-023f-4cf1-a267-535f4e37bb17", "85314830-023f-4cf1-a267-535f4e37bb17"},
      {"85314830-023F-4CF1-A267-535F4E37BB17", "85314830-023f-4cf1-a267-535f4e37bb17"},
      {"85314830023f4cf1a267535f4e37bb17", "85314830-023f-4cf1-a267-535f4e37bb17"},
      {"", ""},
      {"85314830-023f-4cf1-a267-535f4e37bb1", ""},
      {"85314830-023f-4cf1-a267-535f4e37bb170", ""},
      {"x5314830-023f-4cf1-a267-535f4e37bb17", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(normal_debug_id(c.text), c.normal);
  }
}

TEST(MagicComments, AreReadFromTheEndOfAFile) {
  const std::string id = "85314830-023f-4cf1-a267-535f4e37bb17";
  const struct {
    const char* name;
    std::string file, debug_id, url;
  } cases[] = {
      {"both", "x();\n//# debugId=" + id + "\n//# sourceMappingURL=a.js.map\n", id, "a.js.map"},
      {"carriage returns", "x();\r\n//# sourceMappingURL=a.js.map\r\n", "", "a.js.map"},
      {"old form", "x();\n//@ sourceMappingURL=a.js.map", "", "a.js.map"},
      {"the last one", "//# sourceMappingURL=a.map\n//# sourceMappingURL=b.map", "", "b.map"},
      {"in a string", "const a = \"//# sourceMappingURL=a.map\";", "", ""},
      {"no debug id", "//# debugId=none", "", ""},
      {"nothing", "x();", "", ""},
      {"empty", "", "", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto found = magic_comments(c.file);
    EXPECT_EQ(found.debug_id, c.debug_id);
    EXPECT_EQ(found.source_mapping_url, c.url);
  }
}

}  // namespace
}  // namespace pagewake::symbolicate
