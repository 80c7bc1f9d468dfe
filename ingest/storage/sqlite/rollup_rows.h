// Sums per page and hour as rows.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// The rollups' part of one append(), on the writer's connection and inside its
// transaction. Decoded rollups and known page names stay from one commit to
// the next.
class RollupWriter {
 public:
  explicit RollupWriter(Database& database) : database_(database) {}

  // Counts the view in its hour; gives the page name it counts under.
  std::string count(const model::PageViewRecord& record);
  // Takes out what count() added and gave `page` for.
  void take_out(const model::PageViewRecord& record, const std::string& page);
  // Before COMMIT: each rollup once, however many views of the batch touched it.
  void flush();
  // After a rollback, or when another process wrote.
  void forget();

 private:
  using RollupKey = std::tuple<ProjectId, std::int64_t, std::string>;

  std::unordered_set<std::string>& pages_of(ProjectId project);
  VitalSummary& rollup(const model::PageViewRecord& record, const std::string& page);

  Database& database_;
  std::map<RollupKey, VitalSummary> rollups_;
  std::set<RollupKey> dirty_rollups_;
  std::map<ProjectId, std::unordered_set<std::string>> pages_;
};

// Adds the hours that the filter touches, counted whole, to `sums`.
void sum_rollups(Database& database, ProjectId project, const Filter& filter, GroupBy group_by,
                 std::map<std::string, VitalSummary>& sums);

}  // namespace pagewake::storage::sqlite
