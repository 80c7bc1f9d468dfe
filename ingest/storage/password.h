// Argon2id by libsodium, at OWASP's first choice: 19 MiB, two passes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pagewake::storage {

// Error "weak_password": under 12 or over 200 characters.
Status check_password(std::string_view password);

// The encoded form with salt and parameters ("$argon2id$v=19$m=19456,t=2,p=1$…").
// One at a time in the whole process, so that a flood of log-ins holds 19 MiB
// and not 19 MiB each. Error "hash_failed": out of memory.
Result<std::string> hash_password(std::string_view password);

// Takes the same time whether `hash` is somebody's or "" (no such user), where
// it is always false. Compares in constant time.
bool password_matches(const std::string& hash, std::string_view password);

// 20 characters of base64url: 120 random bits.
std::string random_password();

}  // namespace pagewake::storage
