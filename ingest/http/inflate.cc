#include "http/inflate.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdint>
#include <memory>

namespace pagewake::http {

namespace {

// Output grows by what was really produced, so a bomb costs at most the limit
// plus one of these.
constexpr std::size_t kStepBytes = 64 << 10;

Error cut_short(std::string_view encoding) {
  return {"bad_encoding", "the " + std::string(encoding) + " data is cut short"};
}
Error corrupt(std::string_view encoding) {
  return {"bad_encoding", "the " + std::string(encoding) + " data is corrupt"};
}
Error trailing(std::string_view encoding) {
  return {"bad_encoding", "bytes follow the end of the " + std::string(encoding) + " data"};
}
Error too_large(std::size_t limit_bytes) {
  return {"body_too_large",
          "the body is larger than " + std::to_string(limit_bytes) + " bytes after decompression"};
}

// zlib's window_bits choose the container: 15+16 gzip, 15 zlib, -15 raw.
Result<std::string> inflate_zlib(std::string_view body, std::string_view name, int window_bits,
                                 std::size_t limit_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK)
    return Error{"bad_encoding", "zlib refused to start"};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  std::string plain;
  std::array<char, kStepBytes> step;
  // zlib counts in 32 bits and bodies are far smaller; the caller's cap on the
  // wire size holds that.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    const std::size_t produced = step.size() - stream.avail_out;
    if (produced > limit_bytes - plain.size()) return too_large(limit_bytes);
    plain.append(step.data(), produced);
    if (code == Z_STREAM_END) {
      // gzip may hold several members one after the other (RFC 1952, 2.2).
      if (window_bits > 15 + 15 && stream.avail_in >= 2 && stream.next_in[0] == 0x1f &&
          stream.next_in[1] == 0x8b) {
        if (inflateReset(&stream) != Z_OK) return corrupt(name);
        continue;
      }
      if (stream.avail_in != 0) return trailing(name);
      return plain;
    }
    if (code == Z_BUF_ERROR) return cut_short(name);
    if (code != Z_OK) return corrupt(name);
    if (stream.avail_in == 0 && stream.avail_out != 0) return cut_short(name);
  }
}

Result<std::string> inflate_deflate(std::string_view body, std::size_t limit_bytes) {
  // RFC 9110 says zlib; old clients send the raw form. A zlib header is
  // recognised by its method and checksum bits.
  const bool zlib =
      body.size() >= 2 && (static_cast<std::uint8_t>(body[0]) & 0x0f) == 8 &&
      (static_cast<std::uint8_t>(body[0]) * 256 + static_cast<std::uint8_t>(body[1])) % 31 == 0;
  return inflate_zlib(body, "deflate", zlib ? 15 : -15, limit_bytes);
}

Result<std::string> inflate_brotli(std::string_view body, std::size_t limit_bytes) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) return Error{"bad_encoding", "brotli refused to start"};
  std::string plain;
  std::array<std::uint8_t, kStepBytes> step;
  const auto* next_in = reinterpret_cast<const std::uint8_t*>(body.data());
  std::size_t available_in = body.size();
  while (true) {
    std::uint8_t* next_out = step.data();
    std::size_t available_out = step.size();
    const auto code = BrotliDecoderDecompressStream(state.get(), &available_in, &next_in,
                                                    &available_out, &next_out, nullptr);
    const std::size_t produced = step.size() - available_out;
    if (produced > limit_bytes - plain.size()) return too_large(limit_bytes);
    plain.append(reinterpret_cast<const char*>(step.data()), produced);
    if (code == BROTLI_DECODER_RESULT_SUCCESS) {
      if (available_in != 0) return trailing("br");
      return plain;
    }
    if (code == BROTLI_DECODER_RESULT_ERROR) return corrupt("br");
    if (code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return cut_short("br");
  }
}

Result<std::string> inflate_zstd(std::string_view body, std::size_t limit_bytes) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                        ZSTD_freeDCtx);
  if (!context) return Error{"bad_encoding", "zstd refused to start"};
  // RFC 8878 advises 8 MiB for the web; without it a few bytes of header could
  // ask for a window of 128 MiB.
  if (ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 23))) {
    return Error{"bad_encoding", "zstd refused to start"};
  }
  if (body.empty()) return cut_short("zstd");
  std::string plain;
  std::array<char, kStepBytes> step;
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  while (true) {
    ZSTD_outBuffer out{step.data(), step.size(), 0};
    const std::size_t code = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(code)) return corrupt("zstd");
    if (out.pos > limit_bytes - plain.size()) return too_large(limit_bytes);
    plain.append(step.data(), out.pos);
    if (code == 0) {
      // Zero: one frame is complete and flushed; another may follow.
      if (in.pos == in.size) return plain;
      continue;
    }
    if (in.pos == in.size && out.pos < out.size) return cut_short("zstd");
  }
}

}  // namespace

Result<std::string> inflate_body(std::string_view body, std::string_view encoding,
                                 std::size_t limit_bytes) {
  std::string name;
  for (const char c : encoding) {
    if (c == ' ' || c == '\t') continue;
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (name.empty() || name == "identity") {
    if (body.size() > limit_bytes) return too_large(limit_bytes);
    return std::string(body);
  }
  if (name == "gzip" || name == "x-gzip") return inflate_zlib(body, "gzip", 15 + 16, limit_bytes);
  if (name == "deflate") return inflate_deflate(body, limit_bytes);
  if (name == "br") return inflate_brotli(body, limit_bytes);
  if (name == "zstd") return inflate_zstd(body, limit_bytes);
  return Error{"bad_encoding",
               "unknown Content-Encoding; allowed: identity, gzip, deflate, br, zstd"};
}

}  // namespace pagewake::http
