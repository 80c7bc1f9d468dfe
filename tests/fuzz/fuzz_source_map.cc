// Any bytes as a source map and as a generated file: what is decoded answers
// at any position with indexes that are there.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "symbolicate/source_map.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pagewake::symbolicate;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const MagicComments comments = magic_comments(bytes);
  if (!comments.debug_id.empty() && normal_debug_id(comments.debug_id) != comments.debug_id) {
    std::abort();
  }
  const auto map = SourceMap::decode(std::string(bytes));
  if (!map.ok()) return 0;
  for (const std::uint32_t line : {0u, 1u, 2u, 40u, UINT32_MAX}) {
    for (const std::uint32_t column : {0u, 1u, 7u, 1000u, UINT32_MAX}) {
      Mapped mapped;
      if (map->find(line, column, mapped) != Lookup::kFound) continue;
      if (mapped.source >= map->sources()) std::abort();
      if (mapped.line > INT32_MAX || mapped.column > INT32_MAX) std::abort();
    }
  }
  return 0;
}
