// What segments are made of: bytes compressed with zstd, alone or with a
// dictionary that many small blocks share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;
struct ZSTD_CDict_s;
struct ZSTD_DDict_s;

namespace pagewake::storage::sqlite {

std::string compressed(std::string_view raw);
// Any bytes; nothing unless compressed() or, with its dictionary, a
// BlockCompressor made them. At most 256 MB.
std::optional<std::string> decompressed(std::string_view bytes,
                                        const ZSTD_DDict_s* dictionary = nullptr);

// The same into `raw`, whose room is used again. False: not such bytes.
bool decompress(std::string_view bytes, std::string& raw, const ZSTD_DDict_s* dictionary = nullptr);

// Ready to decompress with; may be shared between threads.
using BlockDictionary = std::shared_ptr<ZSTD_DDict_s>;
BlockDictionary make_dictionary(std::string_view raw);

class BlockCompressor {
 public:
  explicit BlockCompressor(std::string_view dictionary);
  ~BlockCompressor();
  BlockCompressor(const BlockCompressor&) = delete;
  BlockCompressor& operator=(const BlockCompressor&) = delete;
  std::string compressed(std::string_view raw);

 private:
  ZSTD_CDict_s* dictionary_;
  ZSTD_CCtx_s* context_;
  std::string out_;
};

}  // namespace pagewake::storage::sqlite
