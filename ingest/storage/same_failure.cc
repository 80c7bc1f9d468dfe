#include "storage/same_failure.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "storage/project_rules.h"

namespace pagewake::storage {
namespace {

using model::EventRecord;
using model::Source;

// "app.errors.OutOfStock" and "OutOfStock" are one type.
std::string_view short_type(std::string_view type) {
  const auto dot = type.rfind('.');
  return dot == type.npos ? type : type.substr(dot + 1);
}

// Greater is richer; never equal for two sources. An event of a page view
// stays: the page view shows it. Then what was around the failure counts, and
// only then the stack: OpenTelemetry's has frames of every middleware.
auto richness(const EventRecord& event) {
  std::size_t frames = 0;
  bool source_around = false;
  for (const auto& exception : event.exceptions) {
    frames += exception.frames.size();
    source_around |= std::any_of(exception.frames.begin(), exception.frames.end(),
                                 [](const model::Frame& frame) {
                                   return !frame.context.pre.empty() || !frame.context.post.empty();
                                 });
  }
  const int around = int{!event.breadcrumbs.empty()} + int{!event.contexts_json.empty()} +
                     int{!event.request_json.empty()} + int{!event.user_json.empty()} +
                     int{source_around};
  return std::tuple(!event.page_view_id.is_zero(), around, frames, static_cast<int>(event.source));
}

// "faro, otlp": one tag, whoever came in which order.
std::set<std::string> noted_in(const KeyValues& tags) {
  std::set<std::string> names;
  for (const auto& [key, value] : tags) {
    if (key != kAlsoSeenBy) continue;
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t end = std::min(value.find(", ", at), value.size());
      names.insert(value.substr(at, end - at));
      at = end + 2;
    }
  }
  return names;
}

// False: it said so before.
bool note_also_seen_by(EventRecord& event, std::set<std::string> others) {
  const std::set<std::string> before = noted_in(event.tags);
  others.insert(before.begin(), before.end());
  others.erase(std::string(model::name_of(event.source)));
  if (others == before) return false;
  std::erase_if(event.tags, [](const auto& tag) { return tag.first == kAlsoSeenBy; });
  std::string names;
  for (const std::string& name : others) names += (names.empty() ? "" : ", ") + name;
  event.tags.emplace_back(std::string(kAlsoSeenBy), names);
  return true;
}

std::int64_t period_of(const EventRecord& event) {
  return event.occurred_at_unix_us / kSameFailureUs;
}

// Of whichever client tells it.
EventId place_in(const EventRecord& event, std::int64_t period) {
  const auto& outermost = event.exceptions.front();
  std::string what = to_hex(event.trace_id) + "\n" + std::to_string(period) + "\n";
  what.append(short_type(outermost.type)).append("\n").append(outermost.value);
  EventId id;
  const std::string hash = sha256(what);
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

EventId with_last_byte(EventId id, std::uint8_t byte) {
  id.bytes.back() = byte;
  return id;
}

}  // namespace

bool may_be_told_twice(const EventRecord& event) {
  return !event.trace_id.is_zero() && !event.exceptions.empty();
}

bool same_failure(const EventRecord& a, const EventRecord& b) {
  if (!may_be_told_twice(a) || !may_be_told_twice(b)) return false;
  const auto& one = a.exceptions.front();
  const auto& other = b.exceptions.front();
  return a.project == b.project && a.trace_id == b.trace_id && a.source != b.source &&
         std::abs(a.occurred_at_unix_us - b.occurred_at_unix_us) <= kSameFailureUs &&
         short_type(one.type) == short_type(other.type) && one.value == other.value;
}

EventId place_of(const EventRecord& event) {
  return with_last_byte(place_in(event, period_of(event)), static_cast<std::uint8_t>(event.source));
}

std::array<Places, 3> places_of_others(const EventRecord& event) {
  std::array<Places, 3> places;
  std::int64_t period = period_of(event) - 1;
  for (Places& of : places) {
    const EventId here = place_in(event, period++);
    of = {with_last_byte(here, 0), with_last_byte(here, 0xff),
          with_last_byte(here, static_cast<std::uint8_t>(event.source))};
  }
  return places;
}

ToldTwice told_twice(EventRecord stored, EventRecord added) {
  if (richness(added) < richness(stored)) {
    const bool changed = note_also_seen_by(stored, {std::string(model::name_of(added.source))});
    return {std::move(stored), changed};
  }
  auto others = noted_in(stored.tags);
  others.insert(std::string(model::name_of(stored.source)));
  note_also_seen_by(added, std::move(others));
  added.issue_id = stored.issue_id;
  added.grouping_version = stored.grouping_version;
  added.grouping_key = std::move(stored.grouping_key);
  added.grouping_explanation = std::move(stored.grouping_explanation);
  added.occurred_at_unix_us = stored.occurred_at_unix_us;
  return {std::move(added), true};
}

}  // namespace pagewake::storage
