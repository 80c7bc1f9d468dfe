#include "storage/record_rules.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

namespace pagewake::storage {
namespace {

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  const std::int64_t down = rest < 0 ? rest + step : rest;
  // Times at the very end of the range (an open filter) have no hour below.
  return value < INT64_MIN + down ? INT64_MIN : value - down;
}

bool same(const std::optional<std::string>& wanted, std::string_view value) {
  return !wanted || *wanted == value;
}

// What a beacon without the field must not erase.
void take_if_given(std::string& into, const std::string& value) {
  if (!value.empty()) into = value;
}

}  // namespace

std::int64_t hour_start_unix_us(std::int64_t unix_us) { return floor_to(unix_us, kHourUs); }
std::int64_t day_start_unix_us(std::int64_t unix_us) { return floor_to(unix_us, kDayUs); }

std::string rfc3339(std::int64_t unix_us) {
  // Civil date from days since 1970 (Howard Hinnant's public algorithm).
  unix_us = std::clamp<std::int64_t>(unix_us, -62'167'219'200'000'000, 253'402'300'799'999'999);
  const std::int64_t day_start = day_start_unix_us(unix_us);
  const std::int64_t z = day_start / kDayUs + 719'468;
  const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const std::int64_t day_of_era = z - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  const int year = static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  const auto ms_of_day = static_cast<int>((unix_us - day_start) / 1000);
  std::string out = "0000-00-00T00:00:00.000Z";
  const auto put = [&out](std::size_t end, int value) {
    for (; value > 0; value /= 10) out[--end] = static_cast<char>('0' + value % 10);
  };
  put(4, year);
  put(7, month);
  put(10, day);
  put(13, ms_of_day / 3'600'000);
  put(16, ms_of_day / 60'000 % 60);
  put(19, ms_of_day / 1000 % 60);
  put(23, ms_of_day % 1000);
  return out;
}

HourRange whole_hours(std::int64_t from_unix_us, std::int64_t to_unix_us) {
  HourRange range;
  range.from_hour_unix_us = hour_start_unix_us(from_unix_us);
  const std::int64_t to = hour_start_unix_us(to_unix_us);
  range.to_hour_unix_us =
      to == to_unix_us ? to : (to > INT64_MAX - kHourUs ? INT64_MAX : to + kHourUs);
  return range;
}

bool matches(const model::Filter& filter, const model::PageViewRecord& record) {
  const std::int64_t at = record.started_at_unix_us();
  return at >= filter.from_unix_us && at < filter.to_unix_us &&
         same(filter.page, record.view.page) && same(filter.device, record.view.device.type) &&
         same(filter.browser, record.browser) && same(filter.os, record.os) &&
         same(filter.country, record.country) &&
         same(filter.connection, record.view.device.effective_connection_type) &&
         same(filter.release, record.release) && same(filter.environment, record.environment) &&
         same(filter.navigation_type, model::name_of(record.view.navigation_type));
}

bool matches(const model::Filter& filter, const model::EventRecord& event,
             const model::PageViewRecord* view) {
  if (filter.connection || filter.navigation_type) {
    if (view == nullptr) return false;
    if (!same(filter.connection, view->view.device.effective_connection_type)) return false;
    if (!same(filter.navigation_type, model::name_of(view->view.navigation_type))) return false;
  }
  const std::int64_t at = event.occurred_at_unix_us;
  return at >= filter.from_unix_us && at < filter.to_unix_us && same(filter.page, event.page) &&
         same(filter.device, event.device_type) && same(filter.browser, event.browser) &&
         same(filter.os, event.os) && same(filter.country, event.country) &&
         same(filter.release, event.release) && same(filter.environment, event.environment);
}

bool matches(const LogQuery& query, const model::LogRecord& log) {
  if (log.at_unix_us < query.from_unix_us || log.at_unix_us >= query.to_unix_us ||
      log.severity_number < query.min_severity_number || !same(query.service, log.service) ||
      !same(query.logger, log.logger) || !same(query.release, log.release) ||
      !same(query.environment, log.environment) ||
      (query.trace_id && (query.trace_id->is_zero() || *query.trace_id != log.trace_id)) ||
      (!query.text.empty() &&
       fold_case(log.message).find(fold_case(query.text)) == std::string::npos)) {
    return false;
  }
  if (query.attributes.empty()) return true;
  const auto json = nlohmann::json::parse(log.attributes_json, nullptr, false);
  if (!json.is_object()) return false;
  return std::all_of(query.attributes.begin(), query.attributes.end(), [&](const auto& wanted) {
    const auto found = json.find(wanted.first);
    if (found == json.end()) return false;
    return wanted.second ==
           (found->is_string()
                ? found->template get_ref<const std::string&>()
                : found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  });
}

std::string group_key(GroupBy group_by, const model::PageViewRecord& record) {
  switch (group_by) {
    case GroupBy::kPage:
      return record.view.page;
    case GroupBy::kHour:
      return rfc3339(hour_start_unix_us(record.started_at_unix_us()));
    case GroupBy::kDay:
      return rfc3339(day_start_unix_us(record.started_at_unix_us()));
    case GroupBy::kDevice:
      return record.view.device.type;
    case GroupBy::kBrowser:
      return record.browser;
    case GroupBy::kOs:
      return record.os;
    case GroupBy::kCountry:
      return record.country;
    case GroupBy::kConnection:
      return record.view.device.effective_connection_type;
    case GroupBy::kRelease:
      return record.release;
    case GroupBy::kEnvironment:
      return record.environment;
    case GroupBy::kNavigationType:
      return std::string(model::name_of(record.view.navigation_type));
  }
  return {};
}

const std::optional<std::string>& wanted_of(const model::Filter& filter, GroupBy dimension) {
  switch (dimension) {
    case GroupBy::kDevice:
      return filter.device;
    case GroupBy::kBrowser:
      return filter.browser;
    case GroupBy::kOs:
      return filter.os;
    case GroupBy::kCountry:
      return filter.country;
    case GroupBy::kConnection:
      return filter.connection;
    case GroupBy::kRelease:
      return filter.release;
    case GroupBy::kEnvironment:
      return filter.environment;
    case GroupBy::kNavigationType:
      return filter.navigation_type;
    case GroupBy::kPage:
    case GroupBy::kHour:
    case GroupBy::kDay:
      break;
  }
  return filter.page;
}

bool answered_by_rollups(const model::Filter& filter, GroupBy group_by) {
  return std::count_if(kDimensionGroups.begin(), kDimensionGroups.end(), [&](GroupBy dimension) {
           return wanted_of(filter, dimension) || dimension == group_by;
         }) <= 1;
}

bool is_empty(const VitalSummary& summary) {
  // Weights come in thousandths; below half of one only rounding is left.
  return std::abs(summary.views) < 5e-4 && std::abs(summary.views_kept_by_exception) < 5e-4;
}

bool merge_record(model::PageViewRecord& into, const model::PageViewRecord& newer) {
  const bool wins = newer.view.revision > into.view.revision;
  pagewake::PageView merged = into.view;
  merge_page_view(merged, newer.view);
  // The time of the first stored beacon is the record's place in every index.
  merged.started_at_unix_ms = into.view.started_at_unix_ms;
  if (merged == into.view) return false;
  into.view = std::move(merged);
  into.as_sent.clear();
  if (wins) {
    if (!newer.session_id.is_zero()) into.session_id = newer.session_id;
    take_if_given(into.release, newer.release);
    take_if_given(into.environment, newer.environment);
    take_if_given(into.user_id, newer.user_id);
    take_if_given(into.sdk_version, newer.sdk_version);
    take_if_given(into.browser, newer.browser);
    take_if_given(into.browser_version, newer.browser_version);
    take_if_given(into.os, newer.os);
    take_if_given(into.country, newer.country);
  }
  into.received_at_unix_us = std::max(into.received_at_unix_us, newer.received_at_unix_us);
  into.replayed = into.replayed || newer.replayed;
  return true;
}

model::Issue new_issue(const model::EventRecord& event) {
  model::Issue issue;
  issue.project = event.project;
  issue.grouping_key = event.grouping_key;
  issue.first_seen_unix_us = issue.last_seen_unix_us = event.occurred_at_unix_us;
  return issue;
}

namespace {

void set_unresolved(model::Issue& issue) {
  issue.status = model::IssueStatus::kUnresolved;
  issue.resolved_release.clear();
  issue.resolved_at_unix_us = 0;
  issue.ignored_until_event_count = 0;
  issue.ignored_until_spike = false;
}

// An old release that is still out in someone's tab is no regression.
bool regresses(const model::Issue& issue, const model::EventRecord& event,
               std::int64_t release_first_seen_unix_us) {
  if (issue.status == model::IssueStatus::kResolved) return true;
  return issue.status == model::IssueStatus::kResolvedInNextRelease && !event.release.empty() &&
         event.release != issue.resolved_release &&
         release_first_seen_unix_us > issue.resolved_at_unix_us;
}

}  // namespace

std::optional<ActivityKind> apply_event(model::Issue& issue, const model::EventRecord& event,
                                        bool new_user, std::int64_t release_first_seen_unix_us) {
  const bool first = issue.event_count == 0;
  if (first || event.occurred_at_unix_us < issue.first_seen_unix_us) {
    issue.first_seen_unix_us = event.occurred_at_unix_us;
    take_if_given(issue.first_release, event.release);
  } else if (issue.first_release.empty()) {
    issue.first_release = event.release;
  }
  // Equal times are told apart by id, so that any order of arrival agrees.
  if (first || std::tie(event.occurred_at_unix_us, event.event_id) >
                   std::tie(issue.last_seen_unix_us, issue.latest_event_id)) {
    issue.last_seen_unix_us = event.occurred_at_unix_us;
    issue.latest_event_id = event.event_id;
    take_if_given(issue.last_release, event.release);
    issue.title = event.title;
    issue.culprit = event.culprit;
    issue.type = event.exceptions.empty() ? std::string() : event.exceptions.front().type;
    issue.level = event.level;
    issue.platform = event.platform;
    issue.grouping_explanation = event.grouping_explanation;
  } else if (issue.last_release.empty()) {
    issue.last_release = event.release;
  }
  ++issue.event_count;
  if (new_user) ++issue.user_count;
  if (first) return ActivityKind::kCreated;
  if (regresses(issue, event, release_first_seen_unix_us)) {
    set_unresolved(issue);
    return ActivityKind::kRegressed;
  }
  if (issue.status == model::IssueStatus::kIgnored && issue.ignored_until_event_count > 0 &&
      issue.event_count >= issue.ignored_until_event_count) {
    set_unresolved(issue);
    return ActivityKind::kUnignored;
  }
  return std::nullopt;
}

void apply_change(model::Issue& issue, const IssueChange& change, const std::string& newest_release,
                  std::int64_t now_unix_us) {
  if (change.assignee) issue.assignee = *change.assignee;
  if (!change.status) return;
  set_unresolved(issue);
  issue.status = *change.status;
  switch (*change.status) {
    case model::IssueStatus::kUnresolved:
      break;
    case model::IssueStatus::kResolved:
      issue.resolved_at_unix_us = now_unix_us;
      break;
    case model::IssueStatus::kResolvedInNextRelease:
      issue.resolved_at_unix_us = now_unix_us;
      issue.resolved_release = newest_release;
      break;
    case model::IssueStatus::kIgnored:
      if (change.ignore_more_events > 0) {
        issue.ignored_until_event_count = issue.event_count + change.ignore_more_events;
      }
      issue.ignored_until_spike = change.ignore_until_spike;
      break;
  }
}

namespace {

void add_part(model::Issue& merged, const model::Issue& part) {
  const bool first = merged.event_count == 0;
  if (first || part.first_seen_unix_us < merged.first_seen_unix_us) {
    merged.first_seen_unix_us = part.first_seen_unix_us;
    take_if_given(merged.first_release, part.first_release);
  }
  if (first || std::tie(part.last_seen_unix_us, part.latest_event_id) >
                   std::tie(merged.last_seen_unix_us, merged.latest_event_id)) {
    merged.last_seen_unix_us = part.last_seen_unix_us;
    merged.latest_event_id = part.latest_event_id;
    take_if_given(merged.last_release, part.last_release);
    merged.title = part.title;
    merged.culprit = part.culprit;
    merged.type = part.type;
    merged.level = part.level;
    merged.platform = part.platform;
    merged.grouping_explanation = part.grouping_explanation;
  }
  merged.event_count += part.event_count;
}

}  // namespace

model::Issue merged_from(const std::vector<model::Issue>& issues) {
  const auto open = std::find_if(issues.begin(), issues.end(), [](const model::Issue& issue) {
    return issue.status == model::IssueStatus::kUnresolved;
  });
  const model::Issue& first = open == issues.end() ? issues.front() : *open;
  model::Issue whole = first;
  whole.issue_id = 0;
  // No event has such a key; a part is in one merged issue only.
  whole.grouping_key = "merged:" + first.grouping_key;
  return whole;
}

void sum_parts(model::Issue& whole, const std::vector<model::Issue>& parts) {
  whole.event_count = whole.user_count = 0;
  for (const model::Issue& part : parts) add_part(whole, part);
}

void leave(model::Issue& part, const model::Issue& whole) {
  part.merged_into = 0;
  part.status = whole.status;
  part.assignee = whole.assignee;
  part.resolved_release = whole.resolved_release;
  part.resolved_at_unix_us = whole.resolved_at_unix_us;
  part.ignored_until_spike = whole.ignored_until_spike;
  // The whole's limit counts the whole's events.
  const std::uint64_t limit = whole.ignored_until_event_count;
  part.ignored_until_event_count =
      limit > whole.event_count ? part.event_count + (limit - whole.event_count) : 0;
}

std::vector<std::pair<std::string, std::string>> counted_tags(const model::EventRecord& event) {
  std::vector<std::pair<std::string, std::string>> tags = {{"release", event.release},
                                                           {"environment", event.environment}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) tags.emplace_back(key, value);
  };
  add("browser", event.browser);
  add("os", event.os);
  add("device", event.device_type);
  add("country", event.country);
  add("page", event.page);
  add("level", event.level);
  add("server_name", event.server_name);
  if (!event.exceptions.empty()) {
    tags.emplace_back("handled", event.exceptions.front().handled ? "yes" : "no");
  }
  for (const auto& [key, value] : event.tags) {
    const bool taken = std::any_of(tags.begin(), tags.end(),
                                   [&k = key](const auto& tag) { return tag.first == k; });
    if (!taken && !value.empty()) tags.emplace_back(key, value);
  }
  return tags;
}

std::string_view name_of(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::kCreated:
      return "created";
    case ActivityKind::kRegressed:
      return "regressed";
    case ActivityKind::kUnignored:
      return "unignored";
    case ActivityKind::kStatus:
      return "status";
    case ActivityKind::kAssigned:
      return "assigned";
    case ActivityKind::kComment:
      return "comment";
    case ActivityKind::kMerged:
      return "merged";
    case ActivityKind::kUnmerged:
      return "unmerged";
  }
  return "unknown";
}

std::string user_key_of(const std::string& user_id) { return "user:" + user_id; }

std::string user_key(const model::EventRecord& event) {
  if (!event.user_id.empty()) return user_key_of(event.user_id);
  if (!event.session_id.is_zero()) return "session:" + to_hex(event.session_id);
  return {};
}

std::string fold_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void OutcomeSums::add(const OutcomeCount& outcome) {
  if (outcome.count == 0) return;
  sums_[{outcome.project, outcome.hour_unix_s, static_cast<std::uint8_t>(outcome.category),
         outcome.drop_reason ? static_cast<int>(*outcome.drop_reason) : -1}] += outcome.count;
}

void OutcomeSums::add_record(model::ProjectId project, std::int64_t received_at_unix_us,
                             model::Category category, RecordFate fate) {
  OutcomeCount outcome;
  outcome.project = project;
  outcome.hour_unix_s = hour_start_unix_us(received_at_unix_us) / 1'000'000;
  outcome.category = category;
  if (fate == RecordFate::kDuplicate) outcome.drop_reason = DropReason::kDuplicate;
  if (fate == RecordFate::kCountedOnly) outcome.drop_reason = DropReason::kCountedOnly;
  outcome.count = 1;
  add(outcome);
}

std::vector<OutcomeCount> OutcomeSums::take() {
  std::vector<OutcomeCount> out;
  out.reserve(sums_.size());
  for (const auto& [key, count] : sums_) {
    OutcomeCount outcome;
    outcome.project = key.project;
    outcome.hour_unix_s = key.hour_unix_s;
    outcome.category = static_cast<model::Category>(key.category);
    if (key.reason >= 0) outcome.drop_reason = static_cast<DropReason>(key.reason);
    outcome.count = count;
    out.push_back(outcome);
  }
  sums_.clear();
  return out;
}

// Kind, 16 hex digits of the key, then the id in hex.
std::string encode_cursor(const Cursor& cursor) {
  const std::string key = id_bytes_of(cursor.key);
  std::string out(1, cursor.kind);
  for (const std::string& part : {key, cursor.id}) {
    out +=
        pagewake::detail::to_hex(reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
  }
  return out;
}

Result<Cursor> decode_cursor(std::string_view text, char kind, std::size_t id_bytes) {
  std::string raw(8 + id_bytes, '\0');
  if (text.size() != 1 + 2 * raw.size() || text[0] != kind ||
      !pagewake::detail::parse_hex(text.substr(1), reinterpret_cast<std::uint8_t*>(raw.data()),
                                   raw.size())) {
    return Error{"invalid_cursor",
                 "the cursor is not one that this list gave as next_cursor; start without one"};
  }
  return Cursor{kind, id_from_bytes(std::string_view(raw).substr(0, 8)), raw.substr(8)};
}

std::int64_t sortable(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value);
  // Negative doubles grow in magnitude with their bits: turn them round.
  return bits < 0 ? bits ^ INT64_MAX : bits;
}

double from_sortable(std::int64_t key) {
  return std::bit_cast<double>(key < 0 ? key ^ INT64_MAX : key);
}

std::string id_bytes_of(std::int64_t id) {
  std::string out(8, '\0');
  const auto bits = static_cast<std::uint64_t>(id);
  for (int i = 0; i < 8; ++i)
    out[static_cast<std::size_t>(i)] = static_cast<char>(bits >> (56 - 8 * i));
  return out;
}

std::int64_t id_from_bytes(std::string_view bytes) {
  std::uint64_t bits = 0;
  for (char c : bytes) bits = bits << 8 | static_cast<std::uint8_t>(c);
  return static_cast<std::int64_t>(bits);
}

char cursor_kind(IssueQuery::Sort sort) {
  switch (sort) {
    case IssueQuery::Sort::kLastSeen:
      return 'l';
    case IssueQuery::Sort::kFirstSeen:
      return 'f';
    case IssueQuery::Sort::kEvents:
      return 'c';
    case IssueQuery::Sort::kUsers:
      return 'u';
  }
  return 'l';
}

std::int64_t sort_key(const model::Issue& issue, IssueQuery::Sort sort) {
  switch (sort) {
    case IssueQuery::Sort::kLastSeen:
      return issue.last_seen_unix_us;
    case IssueQuery::Sort::kFirstSeen:
      return issue.first_seen_unix_us;
    case IssueQuery::Sort::kEvents:
      return static_cast<std::int64_t>(issue.event_count);
    case IssueQuery::Sort::kUsers:
      return static_cast<std::int64_t>(issue.user_count);
  }
  return 0;
}

std::int64_t lcp_sort_key(const model::PageViewRecord& record) {
  const auto& lcp_ms = record.view.vitals.lcp_ms;
  if (!lcp_ms || !std::isfinite(*lcp_ms)) return sortable(-1);
  // As precise as a stored page view is.
  return sortable(std::round(*lcp_ms * 1000) / 1000);
}

std::size_t clamped_limit(const model::Paging& paging) {
  return std::clamp<std::size_t>(paging.limit, 1, 1000);
}

void sort_releases(std::vector<ReleaseSeen>& releases) {
  std::sort(releases.begin(), releases.end(), [](const ReleaseSeen& a, const ReleaseSeen& b) {
    return std::tie(a.first_seen_unix_us, a.release) < std::tie(b.first_seen_unix_us, b.release);
  });
}

}  // namespace pagewake::storage
