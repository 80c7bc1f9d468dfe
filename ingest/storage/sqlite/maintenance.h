// Care of a data file while the server runs on it, or without one.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace pagewake::storage {

// A consistent copy of the whole file, taken online in steps that let the
// server's writes pass between them. `destination` must not exist yet; it is
// readable by its owner only. Gives its size in bytes. Errors: "cannot_open",
// "backup_exists", "backup_failed" (nothing is left at `destination`).
Result<std::uint64_t> backup_sqlite_file(const std::string& path, const std::string& destination);

// SQLite's own integrity check and that every index agrees with its table.
// Error "damaged" with the first findings.
Status check_sqlite_file(const std::string& path);

}  // namespace pagewake::storage
