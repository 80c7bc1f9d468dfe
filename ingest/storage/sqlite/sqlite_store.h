// The embedded store: one SQLite file in WAL mode holds records, projects and
// tokens. One writer connection behind a fair lock commits group after group;
// readers have connections and snapshots of their own and never wait for it;
// checkpoints run on their own thread, off the commit path.
//
// Durability: append() returns after COMMIT. The commit is in the WAL file by
// then, so a `kill -9` loses nothing; with full_sync it is also synced to the
// disk, so that a power cut loses nothing either (MEASURED: about +10 % CPU).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "storage/account_store.h"
#include "storage/alert_store.h"
#include "storage/artifact_store.h"
#include "storage/issue_store.h"
#include "storage/objective_store.h"
#include "storage/project_store.h"
#include "storage/record_store.h"
#include "storage/release_health_store.h"
#include "storage/sqlite/pace.h"

namespace pagewake::storage {

struct SqliteOptions {
  std::string path;  // the file; its folder must exist
  bool full_sync = false;
  // The file grows to this and no further: append() then gives "store_failed"
  // and reads go on. 0: as far as the disk goes.
  std::int64_t max_file_bytes = 0;
  // So many page views are kept in memory before they become a segment.
  std::size_t segment_views = 32'768;
  std::size_t group_views = 2'048;      // of a segment, whose columns are read together
  std::size_t segment_spans = 262'144;  // spans likewise
  bool seal_each_commit = false;        // for tests: every commit makes a segment
  // Told on a sealing thread (page views and spans have one each) that no segment can be made (a
  // full disk) and that it works again; nothing is lost meanwhile, the journal grows. May be empty.
  std::function<void(const Status&)> on_sealing_changed;
  std::chrono::milliseconds seal_retry{5'000};  // after a seal that failed
  sqlite::Pace::Options pace;                   // of the sealing threads
};

// Opens or makes the file and brings its tables up to date. Errors:
// "cannot_open", "newer_schema", "not_a_store"; the message names the file.
// The stores may be opened on the same file, also by several processes.
Result<std::unique_ptr<RecordStore>> open_sqlite_store(const SqliteOptions& options);
Result<std::unique_ptr<ProjectStore>> open_sqlite_project_store(const SqliteOptions& options);
Result<std::unique_ptr<ArtifactStore>> open_sqlite_artifact_store(const SqliteOptions& options);
Result<std::unique_ptr<AccountStore>> open_sqlite_account_store(const SqliteOptions& options);
Result<std::unique_ptr<ObjectiveStore>> open_sqlite_objective_store(const SqliteOptions& options);
Result<std::unique_ptr<ReleaseHealthStore>> open_sqlite_release_health_store(
    const SqliteOptions& options);
Result<std::unique_ptr<AlertStore>> open_sqlite_alert_store(const SqliteOptions& options);
Result<std::unique_ptr<IssueStore>> open_sqlite_issue_store(const SqliteOptions& options);

}  // namespace pagewake::storage
