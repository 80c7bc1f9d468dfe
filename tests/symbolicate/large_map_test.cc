// A map as large as they come: every position right, its memory counted and
// given back. How fast it is stands in bench/symbolicate; here nothing is timed.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "symbolicate/content_cache.h"
#include "symbolicate/map_writer.h"
#include "symbolicate/source_map.h"

namespace pagewake::symbolicate {
namespace {

// 40 long lines, one source each, a third of the bytes mappings and the rest
// text: what a bundler writes. The lines' mappings are alike: each begins by
// going on to the next source.
constexpr std::uint32_t kLines = 40, kSegmentsPerLine = 60'000;
constexpr std::size_t kContentBytes = 810'000;

std::uint32_t column_of(std::uint32_t segment) { return segment * 9 + segment % 5; }
std::uint32_t source_line_of(std::uint32_t segment) { return segment * 31 % 1900; }
std::uint32_t source_column_of(std::uint32_t segment) { return segment * 17 % 88; }

std::string large_map() {
  const auto line_of = [](bool first) {
    std::string out;
    std::uint32_t before = kSegmentsPerLine - 1;  // of the line before
    for (std::uint32_t i = 0; i < kSegmentsPerLine; ++i) {
      const bool beginning = first && i == 0;
      const auto delta = [&](std::uint32_t (*of)(std::uint32_t)) {
        return std::int64_t{of(i)} - (beginning ? 0 : std::int64_t{of(before)});
      };
      if (i > 0) out += ',';
      out += i == 0 ? vlq(column_of(0)) : vlq(std::int64_t{column_of(i)} - column_of(i - 1));
      out +=
          vlq(i == 0 && !first ? 1 : 0) + vlq(delta(source_line_of)) + vlq(delta(source_column_of));
      before = i;
    }
    return out;
  };
  std::string sources, contents, mappings = line_of(true);
  const std::string following = line_of(false);
  std::string content;
  while (content.size() < kContentBytes) content += "  const total = sum(items);\\n";
  for (std::uint32_t line = 0; line < kLines; ++line) {
    if (line > 0) mappings += ";" + following;
    sources += (line > 0 ? "," : "") + ("\"src/part" + std::to_string(line) + ".ts\"");
    contents += (line > 0 ? ",\"" : "\"") + content + "\"";
  }
  return R"({"version":3,"names":[],"sources":[)" + sources + R"(],"sourcesContent":[)" + contents +
         R"(],"mappings":")" + mappings + "\"}";
}

Result<Content> decoded(const std::string& json) {
  auto map = SourceMap::decode(json);
  if (!map.ok()) return map.error();
  Content content;
  content.map = std::make_unique<const SourceMap>(std::move(*map));
  return content;
}

TEST(LargeMap, FiftyMegabytesResolveAreCountedAndGivenBack) {
  const std::string json = large_map();
  EXPECT_GE(json.size(), 48'000'000u);

  // Room for one of them and not for two.
  const std::size_t content_bytes = kLines * kContentBytes;
  const std::size_t most_bytes = content_bytes * 11 / 10 + 24ull * kLines * kSegmentsPerLine;
  ContentCache cache(most_bytes * 3 / 2);
  std::weak_ptr<const Content> given_back;
  {
    const auto content = cache.get("a", [&] { return decoded(json); });
    ASSERT_NE(content, nullptr);
    const SourceMap& map = *content->map;
    EXPECT_EQ(map.mappings(), std::size_t{kLines} * kSegmentsPerLine);
    EXPECT_EQ(map.sources(), kLines);
    EXPECT_GE(map.bytes(), content_bytes);
    EXPECT_LE(map.bytes(), most_bytes) << "24 bytes a mapping, the sources' text, a tenth of slack";
    EXPECT_EQ(cache.stats().entries, 1u);
    EXPECT_EQ(cache.stats().bytes, content->bytes());

    // Positions of every line, on a segment and just before the next.
    for (std::uint32_t line = 0; line < kLines; ++line) {
      for (std::uint32_t segment = line; segment + 1 < kSegmentsPerLine; segment += 499) {
        for (const std::uint32_t column : {column_of(segment), column_of(segment + 1) - 1}) {
          Mapped mapped;
          ASSERT_EQ(map.find(line, column, mapped), Lookup::kFound) << line << ":" << column;
          ASSERT_EQ((std::array{mapped.source, mapped.line, mapped.column}),
                    (std::array{line, source_line_of(segment), source_column_of(segment)}))
              << line << ":" << column;
        }
      }
    }
    Mapped beyond;
    EXPECT_EQ(map.find(kLines, 0, beyond), Lookup::kOutside);
    given_back = content;
  }
  EXPECT_FALSE(given_back.expired()) << "kept for the next who asks";
  ASSERT_NE(cache.get("b", [&] { return decoded(json); }), nullptr);
  EXPECT_TRUE(given_back.expired()) << "nothing holds what the cache let go";
  EXPECT_EQ(cache.stats().entries, 1u);
  EXPECT_LE(cache.stats().bytes, most_bytes);
}

}  // namespace
}  // namespace pagewake::symbolicate
