// The stores without a disk: for tests and as the model that SQLite is
// compared with. Every promise of record_store.h but durability.
#pragma once

#include <memory>

#include "storage/account_store.h"
#include "storage/alert_store.h"
#include "storage/issue_store.h"
#include "storage/project_store.h"
#include "storage/record_store.h"

namespace pagewake::storage {

// A store of records and of issues whose writing can be made to fail, as a full disk would.
class MemoryStore : public RecordStore, public IssueStore {
 public:
  // While true, every append() gives "store_failed" and writes nothing, and
  // ping() fails; reads go on. Safe from any thread.
  virtual void fail_appends(bool fail) = 0;
};

std::unique_ptr<MemoryStore> make_memory_store();
std::unique_ptr<ProjectStore> make_memory_project_store();
std::unique_ptr<AccountStore> make_memory_account_store();
std::unique_ptr<AlertStore> make_memory_alert_store();

}  // namespace pagewake::storage
