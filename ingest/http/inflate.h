// Content-Encoding of a request body, with a cap that holds against bombs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pagewake::http {

// `encoding` is the Content-Encoding header: "", "identity", "gzip", "deflate"
// (zlib or raw), "br", "zstd". Gives the plain body, at most `limit_bytes`.
// Errors: "body_too_large", "bad_encoding" (unknown name, cut short, corrupt,
// trailing garbage).
Result<std::string> inflate_body(std::string_view body, std::string_view encoding,
                                 std::size_t limit_bytes);

}  // namespace pagewake::http
