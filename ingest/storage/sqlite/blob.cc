#include "storage/sqlite/blob.h"

#include <zstd.h>

namespace pagewake::storage::sqlite {
namespace {

constexpr int kLevel = 1;
constexpr std::size_t kLargestBlob = 256 << 20;

}  // namespace

std::string compressed(std::string_view raw) {
  std::string out(ZSTD_compressBound(raw.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), kLevel));
  return out;
}

std::optional<std::string> decompressed(std::string_view bytes, const ZSTD_DDict* dictionary) {
  std::string out;
  if (!decompress(bytes, out, dictionary)) return std::nullopt;
  return out;
}

bool decompress(std::string_view bytes, std::string& raw, const ZSTD_DDict* dictionary) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size > kLargestBlob) return false;
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                  ZSTD_freeDCtx);
  raw.resize(size);
  const std::size_t got =
      dictionary == nullptr
          ? ZSTD_decompressDCtx(context.get(), raw.data(), size, bytes.data(), bytes.size())
          : ZSTD_decompress_usingDDict(context.get(), raw.data(), size, bytes.data(), bytes.size(),
                                       dictionary);
  return !ZSTD_isError(got) && got == size;
}

BlockDictionary make_dictionary(std::string_view raw) {
  return BlockDictionary(ZSTD_createDDict(raw.data(), raw.size()),
                         [](ZSTD_DDict* dictionary) { ZSTD_freeDDict(dictionary); });
}

BlockCompressor::BlockCompressor(std::string_view dictionary)
    : dictionary_(ZSTD_createCDict(dictionary.data(), dictionary.size(), kLevel)),
      context_(ZSTD_createCCtx()) {}

BlockCompressor::~BlockCompressor() {
  ZSTD_freeCCtx(context_);
  ZSTD_freeCDict(dictionary_);
}

std::string BlockCompressor::compressed(std::string_view raw) {
  out_.resize(ZSTD_compressBound(raw.size()));
  return out_.substr(0, ZSTD_compress_usingCDict(context_, out_.data(), out_.size(), raw.data(),
                                                 raw.size(), dictionary_));
}

}  // namespace pagewake::storage::sqlite
