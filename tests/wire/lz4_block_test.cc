#include "wire/lz4_block.h"

#include <gtest/gtest.h>
#include <lz4.h>

#include <random>
#include <string>

#include "base/limits.h"
#include "sample_beacon.h"
#include "wire/beacon.h"

namespace pagewake {
namespace {

using test::bytes_of;
using test::sample_beacon;

std::string block_of(const std::string& plain) {
  ByteWriter out;
  append_lz4_block(out, plain);
  return out.take();
}

// What the reference library reads; it also checks the format's rules for ends.
std::string unpacked(const std::string& block, std::size_t size) {
  std::string plain(size, '\0');
  const int n = LZ4_decompress_safe(block.data(), plain.data(), static_cast<int>(block.size()),
                                    static_cast<int>(size));
  return n == static_cast<int>(size) ? plain : "not a block: " + std::to_string(n);
}

std::string random_text(std::size_t size, int letters, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % static_cast<unsigned>(letters));
  return text;
}

TEST(Lz4Block, TheReferenceLibraryReadsItBack) {
  // Lengths at which a token's four bits, and each byte behind it, run over.
  constexpr std::size_t kLengths[] = {0,   1,   4,   5,   11,  12,  13,  14,  15,  16,  17,
                                      18,  19,  20,  254, 255, 256, 268, 269, 270, 271, 272,
                                      273, 274, 275, 525, 526, 527, 528, 529, 530};
  for (const std::size_t literals : kLengths) {
    for (const std::size_t match : kLengths) {
      for (const std::size_t end : {std::size_t{0}, std::size_t{5}, std::size_t{12}}) {
        SCOPED_TRACE(std::to_string(literals) + " then " + std::to_string(match) + " again, " +
                     std::to_string(end) + " behind");
        const std::string word = random_text(match, 26, 1);
        const std::string plain =
            word + random_text(literals, 26, 2) + word + random_text(end, 26, 3);
        const std::string block = block_of(plain);
        ASSERT_EQ(unpacked(block, plain.size()), plain);
        ASSERT_LE(block.size(), plain.size() + plain.size() / 255 + 16);
      }
    }
  }
  for (std::size_t size = 0; size < 600; ++size) {
    for (const int letters : {1, 2, 4}) {
      const std::string plain = random_text(size, letters, static_cast<unsigned>(size));
      ASSERT_EQ(unpacked(block_of(plain), size), plain) << size << ", " << letters;
    }
  }
  std::string bytes(70'000, '\0');
  std::mt19937 random(7);
  for (char& c : bytes) c = static_cast<char>(random());
  EXPECT_EQ(unpacked(block_of(bytes), bytes.size()), bytes);
}

TEST(Lz4Block, LooksBackAsFarAsTheFormatCan) {
  const std::string word = random_text(64, 26, 1);
  for (const std::size_t back : {65'534u, 65'535u, 65'536u}) {
    // Between them nothing that takes the word's places: one letter only.
    const std::string plain =
        word + std::string(back - word.size(), '-') + word + "the end, twelve";
    const std::string block = block_of(plain);
    EXPECT_EQ(unpacked(block, plain.size()), plain) << back;
    const bool is_found = block.find(word, word.size()) == std::string::npos;
    EXPECT_EQ(is_found, back <= 65'535u) << back;
  }
}

TEST(PackedBeacon, IsTheSameBeaconInFewerBytes) {
  for (const std::size_t resources : {0u, 1u, 30u, 200u}) {
    const std::string plain = encode_beacon(sample_beacon(resources));
    const std::string packed = pack_beacon(plain);
    EXPECT_LT(packed.size(), plain.size());
    EXPECT_EQ(packed.substr(0, 3), "PW\x02");
    const auto back = decode_beacon(bytes_of(packed));
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, *decode_beacon(bytes_of(plain)));
  }
}

TEST(PackedBeacon, WhatGetsNoShorterStaysAsItIs) {
  Beacon beacon;
  beacon.sdk_version = "1";
  const std::string plain = encode_beacon(beacon);
  EXPECT_EQ(pack_beacon(plain), plain);
}

// The page splits it instead (docs/beacon-format.md).
TEST(PackedBeacon, WhatAServerWouldNotUnpackStaysAsItIs) {
  for (const std::size_t size : {limits::kBodyBytes, limits::kBodyBytes + 1}) {
    const std::string plain = "PW\x01" + std::string(size, 'x');
    EXPECT_EQ(pack_beacon(plain) == plain, size > limits::kBodyBytes);
  }
}

TEST(PackedBeacon, BadOnesAreRefused) {
  const auto packed = [](std::uint64_t size, const std::string& block) {
    ByteWriter out;
    out.append("PW\x02");
    out.varint(size);
    out.append(block);
    return std::string(out.take());
  };
  const std::string plain = encode_beacon(sample_beacon()).substr(kBeaconHeadBytes);
  const std::string good = block_of(plain);
  const std::string large(limits::kBodyBytes + 1, '\0');
  const struct {
    const char* name;
    std::string bytes;
    const char* message;
  } cases[] = {
      {"no size", "PW\x02", "byte 3: cut short"},
      {"no block", packed(0, ""), "byte 4: not an LZ4 block of 0 bytes"},
      {"nothing in it", packed(0, std::string(1, '\0')), "byte 0 of what it unpacks to: cut short"},
      {"more than its bytes can hold", packed(10 * 255 + 1, std::string(10, '\0')),
       "byte 3: would unpack to 2551 bytes; at most 2550 are possible"},
      {"more than allowed", packed(large.size(), block_of(large)),
       "byte 3: would unpack to 1048577 bytes; at most 1048576"},
      {"one byte more", packed(plain.size() + 1, good), "not an LZ4 block of"},
      {"one byte less", packed(plain.size() - 1, good), "not an LZ4 block of"},
      {"a match before the start",
       packed(40, std::string("\x10"
                              "a\xff\x7f",
                              4) +
                      std::string(20, 'b')),
       "not an LZ4 block of 40"},
      {"text instead", packed(6, block_of("[[\"a\"]")), "of what it unpacks to"},
      {"bytes behind the record", packed(plain.size() + 1, block_of(plain + "x")),
       "of what it unpacks to: bytes are left over"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto result = decode_beacon(bytes_of(c.bytes));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, "malformed");
    EXPECT_NE(result.error().message.find(c.message), std::string::npos) << result.error().message;
  }
  for (std::size_t n = 0; n < good.size(); ++n) {
    const auto result = decode_beacon(bytes_of(packed(plain.size(), good.substr(0, n))));
    ASSERT_FALSE(result.ok()) << n;
    ASSERT_EQ(result.error().code, "malformed") << n;
  }
}

TEST(PackedBeacon, ChangedBytesAreSurvived) {
  const std::string good = pack_beacon(encode_beacon(sample_beacon(30)));
  std::mt19937 random(1);
  for (int i = 0; i < 5'000; ++i) {
    std::string bad = good;
    for (int n = 0; n < 2; ++n) bad[3 + random() % (bad.size() - 3)] = static_cast<char>(random());
    const auto result = decode_beacon(bytes_of(bad));
    if (result.ok()) ASSERT_TRUE(decode_beacon(bytes_of(encode_beacon(*result))).ok());
  }
}

// Each event of an 8 KB text of its own, which is nearly the one before.
std::string folded(std::size_t events, std::size_t tags) {
  Beacon beacon;
  beacon.page_views.emplace_back();
  for (std::size_t i = 0; i < events; ++i) {
    BrowserEvent event;
    event.message = std::string(limits::kMessageBytes - 9, 'x') + std::to_string(i);
    event.tags.assign(tags, {"key", event.message});
    beacon.page_views[0].events.push_back(event);
  }
  return encode_beacon(beacon);
}

TEST(PackedBeacon, UnfoldsByWhatCameNotByWhatItUnpacksTo) {
  const struct {
    std::size_t tags;
    bool plain, packed;  // whether it is taken
  } cases[] = {{0, true, true}, {3, true, false}, {limits::kTags, false, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.tags);
    const std::string plain = folded(40, c.tags);
    const std::string packed = pack_beacon(plain);
    EXPECT_LT(packed.size(), 4'000u);
    const auto of_plain = decode_beacon(bytes_of(plain));
    const auto of_packed = decode_beacon(bytes_of(packed));
    EXPECT_EQ(of_plain.ok(), c.plain);
    ASSERT_EQ(of_packed.ok(), c.packed);
    if (!c.packed) {
      EXPECT_NE(of_packed.error().message.find("unfolds"), std::string::npos)
          << of_packed.error().message;
    }
  }
}

}  // namespace
}  // namespace pagewake
