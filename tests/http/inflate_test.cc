#include "http/inflate.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <fstream>
#include <iterator>

#include "deflated.h"

namespace pagewake::http {
namespace {

using testing::deflated;

std::string brotlied(const std::string& plain) {
  std::string out(BrotliEncoderMaxCompressedSize(plain.size()) + 64, '\0');
  std::size_t size = out.size();
  EXPECT_TRUE(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, plain.size(),
                                    reinterpret_cast<const std::uint8_t*>(plain.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())));
  out.resize(size);
  return out;
}

std::string zstded(const std::string& plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}

std::string compressed(const std::string& encoding, const std::string& plain) {
  if (encoding == "gzip") return deflated(plain, testing::kGzipBits);
  if (encoding == "deflate") return deflated(plain, testing::kZlibBits);
  if (encoding == "raw deflate") return deflated(plain, testing::kRawDeflateBits);
  if (encoding == "br") return brotlied(plain);
  return zstded(plain);
}

// "raw deflate" travels under the same name as the zlib form.
std::string header_of(const std::string& encoding) {
  return encoding == "raw deflate" ? "deflate" : encoding;
}

std::string error_of(const std::string& body, const std::string& encoding, std::size_t limit) {
  const auto result = inflate_body(body, encoding, limit);
  return result.ok() ? "ok" : result.error().code;
}

class Inflate : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Encodings, Inflate,
                         ::testing::Values("gzip", "deflate", "raw deflate", "br", "zstd"),
                         [](const auto& info) {
                           return info.param == "raw deflate" ? "raw_deflate" : info.param;
                         });

std::string text(std::size_t bytes) {
  std::string plain;
  std::uint32_t x = 1;
  while (plain.size() < bytes) {
    x = x * 1664525 + 1013904223;
    plain += std::to_string(x);
  }
  plain.resize(bytes);
  return plain;
}

TEST_P(Inflate, GivesBackWhatWasCompressed) {
  for (const std::size_t size : {0, 1, 1000, 65536, 65537, 300000}) {
    SCOPED_TRACE(size);
    const auto plain = text(size);
    const auto result = inflate_body(compressed(GetParam(), plain), header_of(GetParam()), 1 << 20);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result.value(), plain);
  }
}

TEST_P(Inflate, TheLimitIsExact) {
  const auto body = compressed(GetParam(), text(100'000));
  EXPECT_EQ(error_of(body, header_of(GetParam()), 100'000), "ok");
  EXPECT_EQ(error_of(body, header_of(GetParam()), 99'999), "body_too_large");
  EXPECT_EQ(error_of(body, header_of(GetParam()), 0), "body_too_large");
}

TEST_P(Inflate, ABombStopsAtTheLimit) {
  const auto body = compressed(GetParam(), std::string(64 << 20, '\0'));
  EXPECT_LT(body.size(), 100'000u);
  EXPECT_EQ(error_of(body, header_of(GetParam()), 1 << 20), "body_too_large");
}

TEST_P(Inflate, EveryCutIsRefused) {
  const auto body = compressed(GetParam(), text(2000));
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_EQ(error_of(body.substr(0, length), header_of(GetParam()), 1 << 20), "bad_encoding")
        << length;
  }
}

TEST_P(Inflate, TrailingBytesAreRefused) {
  EXPECT_EQ(error_of(compressed(GetParam(), text(2000)) + "x", header_of(GetParam()), 1 << 20),
            "bad_encoding");
}

TEST(InflateBody, OtherEncodings) {
  const struct {
    const char* name;
    std::string body, encoding, expected;
  } cases[] = {
      {"none", "abc", "", "ok"},
      {"identity", "abc", "identity", "ok"},
      {"upper case and spaces", deflated("abc", 31), " GZIP ", "ok"},
      {"old name", deflated("abc", 31), "x-gzip", "ok"},
      {"two gzip members", deflated("abc", 31) + deflated("def", 31), "gzip", "ok"},
      {"two zstd frames", zstded("abc") + zstded("def"), "zstd", "ok"},
      {"unknown", "abc", "compress", "bad_encoding"},
      {"a list", "abc", "gzip, br", "bad_encoding"},
      {"text called gzip", "{\"a\":1}", "gzip", "bad_encoding"},
      {"text called deflate", "{\"a\":1}", "deflate", "bad_encoding"},
      {"text called br", "{\"a\":1}", "br", "bad_encoding"},
      {"text called zstd", "{\"a\":1}", "zstd", "bad_encoding"},
      {"identity over the limit", std::string(101, 'x'), "", "body_too_large"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(error_of(c.body, c.encoding, 100), c.expected);
  }
}

TEST(InflateBody, AFlippedBitInGzipIsNoticed) {
  auto body = deflated(text(5000), 31);
  body[body.size() / 2] = static_cast<char>(body[body.size() / 2] ^ 0x10);
  EXPECT_EQ(error_of(body, "gzip", 1 << 20), "bad_encoding");
}

TEST(InflateBody, ReadsARealClientsBody) {
  std::ifstream file(PAGEWAKE_SOURCE_DIR "/tests/cases/clients/bodies/py-store-handled.gz",
                     std::ios::binary);
  const std::string body{std::istreambuf_iterator<char>(file), {}};
  const auto result = inflate_body(body, "gzip", 1 << 20);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().size(), 3841u);
}

}  // namespace
}  // namespace pagewake::http
