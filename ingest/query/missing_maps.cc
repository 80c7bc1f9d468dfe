#include "query/missing_maps.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace pagewake::query {

using symbolicate::Unresolved;

Result<MissingMaps> missing_maps(storage::RecordReader& records,
                                 symbolicate::Symbolicator& symbolicator, model::ProjectId project,
                                 const model::Filter& filter) {
  storage::EventQuery query;
  query.filter = filter;
  auto events = records.events(project, query, {kEventsExamined, ""});
  if (!events) return events.error();
  MissingMaps out;
  out.complete = events->next_cursor.empty();
  std::map<std::tuple<std::string, std::string, std::string, Unresolved>, MissingMap> found;
  for (const model::EventRecord& event : events->items) {
    if (event.platform != "javascript" && event.platform != "node") continue;
    ++out.examined_events;
    std::vector<symbolicate::Position> positions;
    for (const auto& exception : event.exceptions) {
      for (const model::Frame& frame : exception.frames) {
        positions.push_back(symbolicate::place_of(frame));
      }
    }
    const auto resolved = symbolicator.resolve(project, event.release, positions);
    std::vector<const MissingMap*> counted;
    for (std::size_t i = 0; i < resolved.size(); ++i) {
      const Unresolved reason = resolved[i].reason;
      if (reason == Unresolved::kResolved) ++out.resolved_frames;
      // Nothing that an upload could mend.
      if (reason == Unresolved::kResolved || reason == Unresolved::kNotInAFile ||
          reason == Unresolved::kNoPosition || reason == Unresolved::kNoSourceThere) {
        continue;
      }
      std::string filename =
          positions[i].filename.substr(0, positions[i].filename.find_first_of("?#"));
      MissingMap& item = found[{event.release, filename, positions[i].debug_id, reason}];
      if (item.frames == 0) {
        item.release = event.release;
        item.filename = std::move(filename);
        item.debug_id = positions[i].debug_id;
        item.reason = reason;
        item.detail = resolved[i].detail;
        item.last_seen_unix_us = event.occurred_at_unix_us;  // newest first
        item.example = event.event_id;
      }
      ++item.frames;
      if (std::find(counted.begin(), counted.end(), &item) == counted.end()) {
        ++item.events;
        counted.push_back(&item);
      }
    }
  }
  for (auto& [key, item] : found) out.items.push_back(std::move(item));
  std::stable_sort(out.items.begin(), out.items.end(),
                   [](const auto& a, const auto& b) { return a.events > b.events; });
  return out;
}

}  // namespace pagewake::query
