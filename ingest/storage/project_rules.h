// What both project stores must do alike: checks, random keys, hashes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/project_store.h"

namespace pagewake::storage {

// 1..100 characters (code points) of valid UTF-8 without control characters.
// Error "invalid_name".
Status check_name(std::string_view name);

// As a browser writes it in the Origin header: lower case, without the
// scheme's own port and without a trailing slash. Error "invalid_origin".
Result<std::string> canonical_origin(std::string_view origin);
// All of them, each once, in the given order.
Result<std::vector<std::string>> canonical_origins(const std::vector<std::string>& origins);

// 128 random bits as 32 hex digits.
std::string random_public_key();
// "pwt_" and 256 random bits as 43 characters of base64url.
std::string random_token();
// SHA-256, 32 raw bytes.
std::string sha256(std::string_view text);
std::string sha256_hex(std::string_view text);  // 64 hex digits

}  // namespace pagewake::storage
