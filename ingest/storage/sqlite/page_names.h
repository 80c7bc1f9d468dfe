// The names under which the rollups count pages: beyond the limit of names it
// is "(other)".
#pragma once

#include <map>
#include <string>
#include <unordered_set>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// On the writer's connection, inside its transaction.
class PageNames {
 public:
  explicit PageNames(Database& database) : database_(database) {}
  std::string name(ProjectId project, const std::string& page);
  // After a rollback, or when names were removed.
  void forget() { pages_.clear(); }

 private:
  Database& database_;
  std::map<ProjectId, std::unordered_set<std::string>> pages_;
};

}  // namespace pagewake::storage::sqlite
