#include "storage/sqlite/event_rows.h"

#include <string>
#include <utility>

#include "storage/same_failure.h"
#include "storage/sqlite/payload.h"
#include "storage/sqlite/sql.h"

namespace pagewake::storage::sqlite {
namespace {

using model::EventRecord;

// A hostile trace of many events costs no more than these.
constexpr std::int64_t kLookedAt = 100;

constexpr std::string_view kEventColumns =
    "project, event_id, issue_id, occurred_at_unix_us, page_view_id, session_id, trace_id, page, "
    "device, browser, os, country, release, environment, body";

void bind_event(Query& query, const EventRecord& event, IssueId issue_id) {
  query.integer(event.project)
      .id(event.event_id)
      .integer(issue_id)
      .integer(event.occurred_at_unix_us)
      .id_or_null(event.page_view_id)
      .id_or_null(event.session_id)
      .id_or_null(event.trace_id)
      .text(event.page)
      .text(event.device_type)
      .text(event.browser)
      .text(event.os)
      .text(event.country)
      .text(event.release)
      .text(event.environment)
      .blob(sqlite::encode_event(event));
}

// An event belongs to the issue that its own one was merged into.
constexpr std::string_view kEventRead =
    "coalesce((SELECT i.merged_into FROM issues i WHERE i.issue_id = events.issue_id AND "
    "i.merged_into > 0), issue_id), body";

EventRecord read_event(Database& database, Query& query) {
  const IssueId issue_id = query.read_integer();
  auto event = sqlite::decode_event(query.read_blob());
  if (!event) {
    database.fail("a stored event cannot be read: " + event.error().message);
    return {};
  }
  event->issue_id = issue_id;
  return std::move(*event);
}

void filter_events(Where& where, ProjectId project, const Filter& filter) {
  where.add("project = ?", project)
      .add("occurred_at_unix_us >= ?", filter.from_unix_us)
      .add("occurred_at_unix_us < ?", filter.to_unix_us);
  where.equals("page", filter.page);
  where.equals("device", filter.device);
  where.equals("browser", filter.browser);
  where.equals("os", filter.os);
  where.equals("country", filter.country);
  where.equals("release", filter.release);
  where.equals("environment", filter.environment);
}

}  // namespace

bool has_event(Database& database, ProjectId project, const EventId& id) {
  return database
      .query(
          "SELECT 1 FROM events WHERE project = ?1 AND event_id = ?2 UNION ALL "
          "SELECT 1 FROM counted_events WHERE project = ?1 AND event_id = ?2")
      .integer(project)
      .id(id)
      .row();
}

void insert_counted_event(Database& database, const EventRecord& event) {
  const auto insert = [&](const EventId& id) {
    database
        .query(
            "INSERT INTO counted_events(project, event_id, hour_unix_us) VALUES(?,?,?) "
            "ON CONFLICT DO NOTHING")
        .integer(event.project)
        .id(id)
        .integer(hour_start_unix_us(event.received_at_unix_us))
        .run();
  };
  insert(event.event_id);
  if (may_be_told_twice(event)) insert(place_of(event));
}

bool was_counted_for_another(Database& database, const EventRecord& event) {
  if (!may_be_told_twice(event)) return false;
  // Without a flood there are none, and the places of an event take their time.
  if (!database.query("SELECT 1 FROM counted_events WHERE project = ? LIMIT 1")
           .integer(event.project)
           .row()) {
    return false;
  }
  for (const Places& places : places_of_others(event)) {
    const bool there = database
                           .query(
                               "SELECT 1 FROM counted_events WHERE project = ? AND "
                               "event_id BETWEEN ? AND ? AND event_id <> ? LIMIT 1")
                           .integer(event.project)
                           .id(places.first)
                           .id(places.last)
                           .id(places.own)
                           .row();
    if (there) return true;
  }
  return false;
}

void insert_event(Database& database, const EventRecord& event, IssueId issue_id) {
  static const std::string kInsert = insert_sql("events", kEventColumns);
  Query insert = database.query(kInsert);
  bind_event(insert, event, issue_id);
  insert.run();
}

std::optional<JoinedFailure> join_same_failure(Database& database, const EventRecord& event) {
  if (!may_be_told_twice(event)) return std::nullopt;
  std::int64_t row = 0;
  std::optional<EventRecord> stored;
  {
    Query query = database.query(
        "SELECT event_row, issue_id, body FROM events INDEXED BY events_by_trace "
        "WHERE trace_id = ? AND project = ? AND occurred_at_unix_us BETWEEN ? AND ? LIMIT ?");
    query.id(event.trace_id)
        .integer(event.project)
        .integer(event.occurred_at_unix_us - kSameFailureUs)
        .integer(event.occurred_at_unix_us + kSameFailureUs)
        .integer(kLookedAt);
    while (!stored && query.row()) {
      row = query.read_integer();
      EventRecord candidate = read_event(database, query);
      if (same_failure(candidate, event)) stored = std::move(candidate);
    }
  }
  if (!stored) return std::nullopt;
  const EventId old_id = stored->event_id;
  const ToldTwice kept = told_twice(std::move(*stored), event);
  if (kept.changed) {
    static const std::string kUpdate = update_sql("events", kEventColumns, "event_row");
    Query update = database.query(kUpdate);
    bind_event(update, kept.event, kept.event.issue_id);
    update.integer(row).run();
  }
  return JoinedFailure{old_id, kept.event.event_id};
}

Result<Listing<EventRecord>> events(Database& database, ProjectId project, const EventQuery& query,
                                    const Paging& paging, const ViewOf& view_of) {
  Where where;
  filter_events(where, project, query.filter);
  const char* index = "";
  if (query.issue_id) {
    where
        .add(
            "issue_id IN (SELECT issue_id FROM issues WHERE issue_id = ? UNION ALL "
            "SELECT issue_id FROM issues WHERE merged_into = ?)",
            *query.issue_id)
        .value(*query.issue_id);
    index = " INDEXED BY events_by_issue";
  }
  if (query.session_id) {
    where.add("session_id = ?", raw(*query.session_id));
    index = " INDEXED BY events_by_session";
  }
  if (query.page_view_id) {
    where.add("page_view_id = ?", raw(*query.page_view_id));
    index = " INDEXED BY events_by_page_view";
  }
  if (query.trace_id) {
    where.add("trace_id = ?", raw(*query.trace_id));
    index = " INDEXED BY events_by_trace";
  }
  if (Status checked = continue_after(where, paging, kCursorEvents, EventId::kBytes,
                                      "occurred_at_unix_us, event_id", false);
      !checked) {
    return checked.error();
  }
  const std::size_t limit = clamped_limit(paging);
  // What only the page view knows cannot be asked of SQLite: then every row
  // that is left is looked at.
  const bool by_view = query.filter.connection || query.filter.navigation_type;
  Query rows = database.query("SELECT " + std::string(kEventRead) + " FROM events" + index +
                              where.sql() + " ORDER BY occurred_at_unix_us DESC, event_id DESC" +
                              (by_view ? "" : " LIMIT ?"));
  where.bind(rows);
  const auto cursor_of = [](const EventRecord& last) {
    return Cursor{kCursorEvents, last.occurred_at_unix_us, raw(last.event_id).bytes};
  };
  if (!by_view) {
    rows.integer(static_cast<std::int64_t>(limit) + 1);
    return read_page<EventRecord>(
        rows, limit, [&](Query& row) { return read_event(database, row); }, cursor_of);
  }
  Listing<EventRecord> listing;
  while (rows.row()) {
    EventRecord event = read_event(database, rows);
    if (event.page_view_id.is_zero()) continue;
    const auto view = view_of(event.page_view_id);
    if (!matches(query.filter, event, view ? &*view : nullptr)) continue;
    if (listing.items.size() == limit) {
      listing.next_cursor = encode_cursor(cursor_of(listing.items.back()));
      break;
    }
    listing.items.push_back(std::move(event));
  }
  return listing;
}

std::optional<EventRecord> event(Database& database, ProjectId project, const EventId& id) {
  std::optional<EventRecord> found;
  Query query = database.query("SELECT " + std::string(kEventRead) +
                               " FROM events WHERE project = ? AND event_id = ?");
  if (query.integer(project).id(id).row()) found = read_event(database, query);
  return found;
}

}  // namespace pagewake::storage::sqlite
