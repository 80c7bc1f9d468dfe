// Page views as rows: a narrow one that reports scan, and the body beside it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/release_rows.h"
#include "storage/sqlite/rollup_rows.h"

namespace pagewake::storage::sqlite {

// The page views' part of one append(): merges into what is stored; rollups
// and releases follow.
class PageViewWriter {
 public:
  PageViewWriter(Database& database, RollupWriter& rollups, ReleaseWriter& releases)
      : database_(database), rollups_(rollups), releases_(releases) {}
  // False: it said nothing new.
  bool put(const model::PageViewRecord& record);

 private:
  Database& database_;
  RollupWriter& rollups_;
  ReleaseWriter& releases_;
};

// The statements behind RecordReader's calls of the same names.
Result<Listing<model::PageViewRecord>> page_views(Database& database, ProjectId project,
                                                  const PageViewQuery& query, const Paging& paging);
std::optional<model::PageViewRecord> page_view(Database& database, ProjectId project,
                                               const PageViewId& id);
// Adds every page view that matches to `sums`.
void scan_page_views(Database& database, ProjectId project, const Filter& filter, GroupBy group_by,
                     std::map<std::string, VitalSummary>& sums);
// The smallest project above `after` that has page views: one index step.
std::optional<ProjectId> next_project(Database& database, ProjectId after);

}  // namespace pagewake::storage::sqlite
