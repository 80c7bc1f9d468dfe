// What both account stores must do alike.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pagewake::storage {

inline constexpr std::size_t kAuditEntries = 100'000;

// Lower case, spaces around it gone. Only the shape is checked: something, one
// @, something, at most 254 bytes. Error "invalid_email".
Result<std::string> canonical_email(std::string_view email);

// Cut to what a log line may hold, made valid UTF-8: actors and targets may be
// what a stranger typed.
std::string audit_text(std::string_view text);

}  // namespace pagewake::storage
