// The stores without a disk: for tests and as the model that SQLite is
// compared with. Every promise of record_store.h but durability.
#pragma once

#include <memory>

#include "storage/account_store.h"
#include "storage/project_store.h"
#include "storage/record_store.h"

namespace pagewake::storage {

// A RecordStore whose writing can be made to fail, as a full disk would.
class MemoryStore : public RecordStore {
 public:
  // While true, every append() gives "store_failed" and writes nothing, and
  // ping() fails; reads go on. Safe from any thread.
  virtual void fail_appends(bool fail) = 0;
};

std::unique_ptr<MemoryStore> make_memory_store();
std::unique_ptr<ProjectStore> make_memory_project_store();
std::unique_ptr<AccountStore> make_memory_account_store();

}  // namespace pagewake::storage
