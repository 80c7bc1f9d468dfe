// Issues of events that came before their source map: when the map arrives,
// they take the key of the sources' names. Where another issue has that key
// already they are merged, unless a person took them apart before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/result.h"
#include "model/records.h"
#include "storage/artifact_store.h"
#include "storage/issue_store.h"
#include "storage/record_store.h"
#include "symbolicate/symbolicator.h"

namespace pagewake::app {

struct Regrouper {
  storage::RecordStore& records;
  storage::IssueStore& issues;
  symbolicate::Symbolicator& symbolicator;
  // Sets the grouping of an event, as the pipeline's step does.
  std::function<void(model::EventRecord&)> group;
  std::function<std::int64_t()> now_unix_us;
};

// Looks at the newest event of each issue of the task's release (of all, where
// the upload had a debug id only). Running it again changes nothing more.
// Gives the number of issues that changed.
Result<std::size_t> regroup(const Regrouper& with, const storage::RegroupTask& task);

}  // namespace pagewake::app
