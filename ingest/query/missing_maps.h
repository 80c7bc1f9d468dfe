// Which maps a project lacks: the files of recent events whose frames stay
// unresolved, by release, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "model/filter.h"
#include "storage/record_store.h"
#include "symbolicate/symbolicator.h"

namespace pagewake::query {

struct MissingMap {
  std::string release, filename, debug_id;  // filename without query
  symbolicate::Unresolved reason = symbolicate::Unresolved::kResolved;
  std::string detail;  // of a broken map
  std::uint64_t frames = 0, events = 0;
  std::int64_t last_seen_unix_us = 0;
  EventId example;  // the newest event
};

struct MissingMaps {
  std::vector<MissingMap> items;  // most events first
  std::uint64_t examined_events = 0, resolved_frames = 0;
  bool complete = true;  // false: there are more events than were looked at
};

// Looks at the newest events only, so that the answer's time is bounded.
inline constexpr std::size_t kEventsExamined = 1000;
Result<MissingMaps> missing_maps(storage::RecordReader& records,
                                 symbolicate::Symbolicator& symbolicator, model::ProjectId project,
                                 const model::Filter& filter);

}  // namespace pagewake::query
