// Releases as rows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// When page views of each release were seen: its part of one append().
class ReleaseWriter {
 public:
  explicit ReleaseWriter(Database& database) : database_(database) {}
  // Written when it changes by an hour or more, not for every page view.
  void see(const model::PageViewRecord& record);
  // After a rollback, or when another process wrote.
  void forget() { releases_.clear(); }

 private:
  Database& database_;
  // What of each release is known to be stored: first and last.
  std::map<std::pair<ProjectId, std::string>, std::pair<std::int64_t, std::int64_t>> releases_;
};

// As RecordReader::releases().
std::vector<ReleaseSeen> releases(Database& database, ProjectId project);

}  // namespace pagewake::storage::sqlite
