#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/text.h"
#include "base/utf8.h"

namespace pagewake {
namespace {

// A loop over `*call()` once read a vector that had died with its Result.
TEST(Result, WhatATemporaryHeldIsGivenByValue) {
  using Words = Result<std::vector<std::string>>;
  static_assert(std::is_same_v<decltype(*std::declval<Words>()), std::vector<std::string>>);
  static_assert(std::is_same_v<decltype(std::declval<Words>().value()), std::vector<std::string>>);
  const auto call = [] {
    return Words(std::vector<std::string>{"too long for the small buffer of a string", "b"});
  };
  std::string all;
  for (const auto& word : *call()) all += word + ";";
  EXPECT_EQ(all, "too long for the small buffer of a string;b;");
}

TEST(Utf8, AcceptsWellFormedSequencesOnly) {
  const struct {
    const char* name;
    std::string text;
    bool valid;
  } cases[] = {
      {"empty", "", true},
      {"ascii", "abc", true},
      {"two bytes", "é", true},
      {"three bytes", "€", true},
      {"four bytes", "😀", true},
      {"largest", "\xF4\x8F\xBF\xBF", true},
      {"beyond U+10FFFF", "\xF4\x90\x80\x80", false},
      {"a surrogate", "\xED\xA0\x80", false},
      {"overlong slash", "\xC0\xAF", false},
      {"overlong three bytes", "\xE0\x80\xAF", false},
      {"overlong four bytes", "\xF0\x80\x80\xAF", false},
      {"a lone continuation", "\x80", false},
      {"cut short", "\xE2\x82", false},
      {"cut by ascii", "\xE2\x82x", false},
      {"never a byte of UTF-8", "\xFF", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_valid_utf8(c.text), c.valid);
    EXPECT_TRUE(is_valid_utf8(repair_utf8(c.text)));
    if (c.valid) {
      EXPECT_EQ(repair_utf8(c.text), c.text);
    }
  }
}

// Text is looked at in words of several bytes: each place in texts of each length.
TEST(Utf8, FindsABadByteWhereverItStands) {
  for (std::size_t size = 1; size <= 80; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      ASSERT_TRUE(is_valid_utf8(text));
      text[at] = '\xFF';
      ASSERT_FALSE(is_valid_utf8(text)) << size << ", " << at;
      text.replace(at, 1, "€");
      ASSERT_TRUE(is_valid_utf8(text)) << size << ", " << at;
      text.pop_back();
      ASSERT_EQ(is_valid_utf8(text), at + 1 < size) << size << ", " << at;
    }
  }
}

TEST(Utf8, RepairsEveryBadByteByItself) {
  EXPECT_EQ(repair_utf8("a\x80\xFFz"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(repair_utf8("\xE2\x82é"), "\uFFFD\uFFFDé");
}

TEST(Utf8, CutsBetweenCodePoints) {
  const struct {
    std::string_view text;
    std::size_t bytes;
    std::string_view cut;
  } cases[] = {{"abc", 5, "abc"}, {"abc", 2, "ab"}, {"aé", 2, "a"},
               {"aé", 3, "aé"},   {"😀", 3, ""},     {"", 0, ""}};
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.text) + " " + std::to_string(c.bytes));
    EXPECT_EQ(cut_utf8(c.text, c.bytes), c.cut);
  }
}

TEST(Utf8, WritesCodePoints) {
  std::string out;
  for (const std::uint32_t c : {0x41u, 0xE9u, 0x20ACu, 0x1F600u}) append_utf8(out, c);
  EXPECT_EQ(out, "Aé€😀");
  out.clear();
  append_utf8(out, 0xD800);
  append_utf8(out, 0x110000);
  EXPECT_EQ(out, "\uFFFD\uFFFD");
}

TEST(Bytes, NumbersComeBack) {
  constexpr std::uint64_t kNumbers[] = {0, 1, 127, 128, 16'383, 16'384, 1ull << 32, ~0ull};
  constexpr std::int64_t kSigned[] = {0,
                                      -1,
                                      1,
                                      -64,
                                      64,
                                      std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()};
  ByteWriter out;
  for (const auto n : kNumbers) out.varint(n);
  for (const auto n : kSigned) out.zigzag(n);
  ByteReader in(out.view());
  for (const auto n : kNumbers) EXPECT_EQ(in.varint(), n);
  for (const auto n : kSigned) EXPECT_EQ(in.zigzag(), n);
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.at_end());
}

TEST(Bytes, AVarintOfMoreThan64BitsFails) {
  ByteReader in(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
  EXPECT_EQ(in.varint(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, TheFirstFailureSticks) {
  ByteReader in(
      std::string_view("\x05"
                       "ab"));
  EXPECT_EQ(in.block(), "");
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.byte(), 0);
  EXPECT_EQ(in.remaining(), 0u);
}

TEST(Bytes, ABlockIsMadeOfWhatWasWrittenSince) {
  ByteWriter out;
  out.byte('x');
  const std::size_t start = out.size();
  out.append(std::string(200, 'y'));
  out.make_block(start);
  ByteReader in(out.view());
  EXPECT_EQ(in.byte(), 'x');
  EXPECT_EQ(in.block(), std::string(200, 'y'));
  EXPECT_TRUE(in.at_end());
}

TEST(Ids, AreHexOfTheirExactLength) {
  const struct {
    const char* name;
    std::string hex;
    bool valid;
  } cases[] = {
      {"usual", "4bf92f3577b34da6a3ce929d0e0e4736", true},
      {"upper case", "4BF92F3577B34DA6A3CE929D0E0E4736", true},
      {"zero", std::string(32, '0'), true},
      {"short", "4bf9", false},
      {"long", std::string(34, 'a'), false},
      {"not hex", std::string(31, 'a') + "g", false},
      {"empty", "", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(parse_id<TraceId>(c.hex).has_value(), c.valid);
  }
  EXPECT_EQ(to_hex(*parse_id<TraceId>("4BF92F3577B34DA6A3CE929D0E0E4736")),
            "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(Ids, AreOrderedByTheirBytes) {
  const auto a = *parse_id<SpanId>("00000000000000ff");
  const auto b = *parse_id<SpanId>("0100000000000000");
  EXPECT_LT(a, b);
  EXPECT_EQ(a, a);
  EXPECT_NE(a, b);
}

TEST(Text, WritesNumbers) {
  EXPECT_EQ(decimal(0), "0");
  EXPECT_EQ(decimal(1234567890), "1234567890");
  EXPECT_EQ(decimal(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

}  // namespace
}  // namespace pagewake
