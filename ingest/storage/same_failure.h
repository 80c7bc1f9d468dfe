// One failure that two clients report: a Sentry SDK and OpenTelemetry in the
// same process, or two SDKs in one page. It is one occurrence, whoever comes
// first. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/records.h"

namespace pagewake::storage {

// Clocks of one process agree; what a sender's clock was corrected by may not.
inline constexpr std::int64_t kSameFailureUs = 10'000'000;

inline constexpr std::string_view kAlsoSeenBy = "also_seen_by";  // a tag: "faro, otlp"

// Whether another client's report of it can be there at all.
bool may_be_told_twice(const model::EventRecord& event);

// Of one trace, within kSameFailureUs, with the same type (without its module,
// which only some clients name) and text of the outermost exception, and from
// different sources: one client that says the same twice means two failures.
bool same_failure(const model::EventRecord& a, const model::EventRecord& b);

// A report that was only counted (of a flood) has no row to compare with. The
// store keeps the place of such a report beside its id, and a later report of
// the same failure by another client is known by the places where that would
// be. Right to twice kSameFailureUs. For events that may_be_told_twice().
//
// A place's last byte is the source, so that those of all sources are neighbours.
EventId place_of(const model::EventRecord& event);
struct Places {
  EventId first, last;  // both included
  EventId own;          // among them: of the event's own source, which does not count
};
std::array<Places, 3> places_of_others(const model::EventRecord& event);

struct ToldTwice {
  model::EventRecord event;  // what is kept
  bool changed = false;      // it is not what was stored
};
// What is kept of a stored event and a new one that is the same_failure(): the
// content of the richer, with the stored one's place (issue, grouping, time),
// so that no count changes. The other's source is noted in a tag.
ToldTwice told_twice(model::EventRecord stored, model::EventRecord added);

}  // namespace pagewake::storage
