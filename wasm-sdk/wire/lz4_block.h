// What the page sends as an LZ4 block, which any LZ4 library reads. Compression
// streams are asynchronous and never finish while a page dies; this is done
// when it returns.
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
#pragma once

#include <string_view>

#include "base/byte_writer.h"

namespace pagewake {

// Appends `plain` as one block; at most size + size / 255 + 16 bytes.
void append_lz4_block(ByteWriter& out, std::string_view plain);

}  // namespace pagewake
