// Sums per page and hour. What was sealed is stored in rows; what was not yet
// is a RollupDeltas in memory, which readers add.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>

#include "storage/coded_view.h"
#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// The names under which the rollups count pages: beyond the limit of names it
// is "(other)". On the writer's connection, inside its transaction.
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

// Changes of the sums; the key is project, hour and page name.
class RollupDeltas {
 public:
  using Key = std::tuple<ProjectId, std::int64_t, std::string>;

  void add(ProjectId project, std::int64_t started_at_unix_us, const std::string& page,
           const CodedView& view, int sign);
  const std::map<Key, VitalSummary>& sums() const { return sums_; }

 private:
  std::map<Key, VitalSummary> sums_;
};

// Adds the deltas to the rows, inside a transaction.
void store_rollups(Database& database, const RollupDeltas& deltas);

// The hours that the filter touches, counted whole, added to `sums`.
void sum_rollups(Database& database, ProjectId project, const Filter& filter, GroupBy group_by,
                 std::map<std::string, VitalSummary>& sums);
void sum_rollups(const RollupDeltas& deltas, ProjectId project, const Filter& filter,
                 GroupBy group_by, std::map<std::string, VitalSummary>& sums);

}  // namespace pagewake::storage::sqlite
