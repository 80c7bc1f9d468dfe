// Any bytes as a stored column of page views, whole and of some rows. What is
// read has as many rows as the segment says, and every text that a row names.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "storage/sqlite/column_chunk.h"

using namespace pagewake::storage::sqlite;

// The first byte says which column, two more of how many rows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::uint32_t column = data[0] % kColumns;
  const std::size_t rows = data[1] + 256 * (data[2] % 16);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  std::vector<std::uint32_t> some;
  for (std::uint32_t row = 0; row < rows; row += 3) some.push_back(row);
  for (const auto* only : {static_cast<const std::vector<std::uint32_t>*>(nullptr),
                           static_cast<const std::vector<std::uint32_t>*>(&some)}) {
    PageViewColumns columns;
    if (!decode_chunk(bytes, rows, column, columns, only)) continue;
    if (columns.rows() != rows) std::abort();
    for (std::uint32_t row = 0; row < rows; row += only != nullptr ? 3 : 1) {
      for (std::size_t i = 0; i < kDimensions; ++i) {
        const auto dimension = static_cast<Dimension>(i);
        if (columns.of(dimension).numbers.empty()) continue;
        if (columns.text(dimension, row).size() > size * 1000) std::abort();
      }
    }
  }
  return 0;
}
