// Bodies as clients compress them.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace pagewake::testing {

inline constexpr int kZlibBits = 15, kGzipBits = 15 + 16, kRawDeflateBits = -15;

// `window_bits` chooses the wrapping, as zlib has it.
inline std::string deflated(const std::string& plain, int window_bits, int level = 6) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace pagewake::testing
