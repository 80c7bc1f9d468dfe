// What both stores must do alike: filters, merging, counting, issues. Pure
// functions; nothing here knows how records are kept.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/issue_store.h"
#include "storage/record_store.h"

namespace pagewake::storage {

// Where page names beyond limits::kPagesPerProject are counted together.
inline constexpr std::string_view kOtherPage = "(other)";

inline constexpr std::int64_t kHourUs = 3'600'000'000, kDayUs = 24 * kHourUs;

// Start of the hour (or day) that holds the time, also before 1970.
std::int64_t hour_start_unix_us(std::int64_t unix_us);
std::int64_t day_start_unix_us(std::int64_t unix_us);
// "2026-11-21T03:00:00.000Z"; years outside 0000..9999 are clamped.
std::string rfc3339(std::int64_t unix_us);

// The hours that a filter touches, counted whole: [from, to) in hour starts.
struct HourRange {
  std::int64_t from_hour_unix_us = 0, to_hour_unix_us = 0;
};
HourRange whole_hours(std::int64_t from_unix_us, std::int64_t to_unix_us);

// Time and every value of the filter.
bool matches(const model::Filter& filter, const model::PageViewRecord& record);
// An event has no connection and no navigation type of its own: those are its
// page view's, or nothing (`view` null) and then the filter does not match.
bool matches(const model::Filter& filter, const model::EventRecord& event,
             const model::PageViewRecord* view);

bool matches(const LogQuery& query, const model::LogRecord& log);

// The dimensions that a view has besides page and time.
inline constexpr std::array kDimensionGroups = {
    GroupBy::kDevice,     GroupBy::kBrowser, GroupBy::kOs,          GroupBy::kCountry,
    GroupBy::kConnection, GroupBy::kRelease, GroupBy::kEnvironment, GroupBy::kNavigationType};
// What the filter wants of one of them.
const std::optional<std::string>& wanted_of(const model::Filter& filter, GroupBy dimension);

// The key under which summarize() counts the view.
std::string group_key(GroupBy group_by, const model::PageViewRecord& record);
// True where the rollups answer: filter and group together name one dimension
// at most (page and time are none).
bool answered_by_rollups(const model::Filter& filter, GroupBy group_by);

// Nothing counted (any more): the row can go.
bool is_empty(const VitalSummary& summary);

// Folds a later (or earlier, or repeated) beacon into the stored record. The
// clock skew and with it the place in time stay those of the first beacon that
// was stored, so that a growing view never moves under a reader's cursor.
// False: the beacon said nothing new.
bool merge_record(model::PageViewRecord& into, const model::PageViewRecord& newer);

// A new issue for this event, without counts; then call apply_event().
model::Issue new_issue(const model::EventRecord& event);
// Counts a new (not duplicate) event: times, releases, the latest event's
// title, and reopening. `new_user`: the first event of user_key() here;
// `release_first_seen_unix_us`: when the server first heard of the event's
// release. Order of arrival does not matter, except for the status. Gives what
// happened to the issue: kCreated, kRegressed, kUnignored or nothing.
std::optional<ActivityKind> apply_event(model::Issue& issue, const model::EventRecord& event,
                                        bool new_user, std::int64_t release_first_seen_unix_us);
// `newest_release`: of the project, by first sight.
void apply_change(model::Issue& issue, const IssueChange& change, const std::string& newest_release,
                  std::int64_t now_unix_us);
// A new issue that stands for the given ones (not yet their counts): status and
// assignee of the first that is not resolved.
model::Issue merged_from(const std::vector<model::Issue>& issues);
// The parts' counts, times and releases; users are counted by the store.
void sum_parts(model::Issue& whole, const std::vector<model::Issue>& parts);
// A part stands for itself again, in the state of the whole.
void leave(model::Issue& part, const model::Issue& whole);

// What an issue counts of each event: release and environment always, others
// where the event has them, then the event's own tags.
std::vector<std::pair<std::string, std::string>> counted_tags(const model::EventRecord& event);
// A key's values beyond it are counted together as "(other)".
inline constexpr std::size_t kTagValuesKept = 500;
inline constexpr std::string_view kOtherValue = "(other)";
inline constexpr std::int64_t kCountedEventUs = std::int64_t{24} * 3600 * 1'000'000;
inline constexpr std::size_t kReleasesKept = 10'000;  // a project's

// Whom the event happened to: the user, else the anonymous session; "" unknown.
std::string user_key(const model::EventRecord& event);
std::string user_key_of(const std::string& user_id);

// ASCII case folded, as the search in titles compares.
std::string fold_case(std::string_view text);

// Growing outcome counters of one batch.
class OutcomeSums {
 public:
  void add(const OutcomeCount& outcome);
  void add_record(model::ProjectId project, std::int64_t received_at_unix_us,
                  model::Category category, RecordFate fate);
  std::vector<OutcomeCount> take();  // by project, hour, category, reason; stored first

 private:
  struct Key {
    model::ProjectId project;
    std::int64_t hour_unix_s;
    std::uint8_t category;
    int reason;  // -1: stored
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, std::uint64_t> sums_;
};

// Page of a list, opaque to callers: the kind of list, the sort key and the id
// of the last item given. The next page begins strictly after them, so items
// that arrive meanwhile shift nothing.
struct Cursor {
  char kind = 0;  // a cursor of one list is refused by another
  std::int64_t key = 0;
  std::string id;  // raw bytes of an id, or 8 big-endian bytes of a number
};
std::string encode_cursor(const Cursor& cursor);
// Error "invalid_cursor" unless the text was made by encode_cursor() with this
// kind and size of id.
Result<Cursor> decode_cursor(std::string_view text, char kind, std::size_t id_bytes);

// Doubles as integers that sort alike (both signs, -0 below +0).
std::int64_t sortable(double value);
double from_sortable(std::int64_t key);
std::string id_bytes_of(std::int64_t id);
std::int64_t id_from_bytes(std::string_view bytes);

// Kinds of cursors.
inline constexpr char kCursorNewest = 'n', kCursorSlowest = 's', kCursorEvents = 'e',
                      kCursorLogs = 'l', kCursorArtifacts = 'a';
char cursor_kind(IssueQuery::Sort sort);
// What an issue is sorted by.
std::int64_t sort_key(const model::Issue& issue, IssueQuery::Sort sort);
// Views without an LCP come after those that have one.
std::int64_t lcp_sort_key(const model::PageViewRecord& record);

// As releases() gives them.
void sort_releases(std::vector<ReleaseSeen>& releases);

// 1..1000.
std::size_t clamped_limit(const model::Paging& paging);

}  // namespace pagewake::storage
