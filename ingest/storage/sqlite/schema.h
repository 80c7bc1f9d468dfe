// The tables of <data>/pagewake.sqlite3 and how an older file becomes the
// newest. PRAGMA user_version holds the number of migrations done.
#pragma once

#include <string>

#include "base/result.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// The version this binary reads and writes.
int schema_version();

// Makes or updates the tables, each migration in a transaction of its own.
// Several processes may call it at once. Errors: "newer_schema" (the file was
// written by a newer Pagewake), "not_a_store" (damaged, or some other
// program's), "cannot_open" (no room, no permission).
Status migrate(Database& database, const std::string& path);

}  // namespace pagewake::storage::sqlite
