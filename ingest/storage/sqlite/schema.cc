#include "storage/sqlite/schema.h"

#include <array>

namespace pagewake::storage::sqlite {
namespace {

// "PGWK": tells our files from those of other programs.
constexpr std::int64_t kApplicationId = 0x5047574B;

// Never change an entry that was released; add one.
//
// Ids are raw bytes; an absent one is NULL and left out of the partial indexes.
constexpr std::array kMigrations = {
    R"sql(
CREATE TABLE page_views(
  view_row INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  page_view_id BLOB NOT NULL,
  started_at_unix_us INTEGER NOT NULL,
  page TEXT NOT NULL,
  rollup_page TEXT NOT NULL,
  trace_id BLOB,
  session_id BLOB,
  lcp_key INTEGER NOT NULL,
  lcp_ms REAL, inp_ms REAL, cls REAL, fcp_ms REAL, ttfb_ms REAL,
  lcp_resource_load_delay_ms REAL, lcp_resource_load_duration_ms REAL,
  lcp_element_render_delay_ms REAL,
  inp_input_delay_ms REAL, inp_processing_duration_ms REAL, inp_presentation_delay_ms REAL,
  weight REAL NOT NULL,
  kept_by_exception INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  device TEXT NOT NULL, connection TEXT NOT NULL, navigation_type INTEGER NOT NULL,
  browser TEXT NOT NULL, browser_version TEXT NOT NULL, os TEXT NOT NULL, country TEXT NOT NULL,
  release TEXT NOT NULL, environment TEXT NOT NULL,
  user_id TEXT NOT NULL, sdk_version TEXT NOT NULL,
  received_at_unix_us INTEGER NOT NULL,
  clock_skew_us INTEGER NOT NULL,
  replayed INTEGER NOT NULL
);
CREATE UNIQUE INDEX page_views_by_id ON page_views(project, page_view_id);
CREATE INDEX page_views_by_time ON page_views(project, started_at_unix_us);
CREATE INDEX page_views_by_page ON page_views(project, page, started_at_unix_us);
CREATE INDEX page_views_by_trace ON page_views(trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX page_views_by_session ON page_views(session_id) WHERE session_id IS NOT NULL;
CREATE TABLE page_view_bodies(
  view_row INTEGER PRIMARY KEY,
  body BLOB NOT NULL
);

CREATE TABLE spans(
  span_row INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  trace_id BLOB NOT NULL, span_id BLOB NOT NULL, parent_span_id BLOB,
  source INTEGER NOT NULL, kind INTEGER NOT NULL, status INTEGER NOT NULL,
  name TEXT NOT NULL, op TEXT NOT NULL, service TEXT NOT NULL, status_message TEXT NOT NULL,
  release TEXT NOT NULL, environment TEXT NOT NULL,
  started_at_unix_us INTEGER NOT NULL, duration_us INTEGER NOT NULL,
  attributes_json TEXT NOT NULL, events_json TEXT NOT NULL, links_json TEXT NOT NULL,
  received_at_unix_us INTEGER NOT NULL
);
CREATE UNIQUE INDEX spans_by_trace ON spans(project, trace_id, span_id);
CREATE INDEX spans_by_time ON spans(started_at_unix_us);

CREATE TABLE logs(
  log_row INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  log_id INTEGER NOT NULL,
  trace_id BLOB, span_id BLOB,
  source INTEGER NOT NULL,
  at_unix_us INTEGER NOT NULL,
  severity_number INTEGER NOT NULL,
  level TEXT NOT NULL, message TEXT NOT NULL, logger TEXT NOT NULL, service TEXT NOT NULL,
  release TEXT NOT NULL, environment TEXT NOT NULL,
  attributes_json TEXT NOT NULL,
  received_at_unix_us INTEGER NOT NULL
);
CREATE UNIQUE INDEX logs_by_id ON logs(project, log_id);
CREATE INDEX logs_by_trace ON logs(trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX logs_by_time ON logs(at_unix_us);

CREATE TABLE events(
  event_row INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  issue_id INTEGER NOT NULL,
  occurred_at_unix_us INTEGER NOT NULL,
  page_view_id BLOB, session_id BLOB, trace_id BLOB,
  page TEXT NOT NULL, device TEXT NOT NULL, browser TEXT NOT NULL, os TEXT NOT NULL,
  country TEXT NOT NULL, release TEXT NOT NULL, environment TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX events_by_id ON events(project, event_id);
CREATE INDEX events_by_project ON events(project, occurred_at_unix_us);
CREATE INDEX events_by_time ON events(occurred_at_unix_us);
CREATE INDEX events_by_issue ON events(issue_id, occurred_at_unix_us);
CREATE INDEX events_by_page_view ON events(page_view_id) WHERE page_view_id IS NOT NULL;
CREATE INDEX events_by_session ON events(session_id) WHERE session_id IS NOT NULL;
CREATE INDEX events_by_trace ON events(trace_id) WHERE trace_id IS NOT NULL;

CREATE TABLE issues(
  issue_id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL,
  grouping_key TEXT NOT NULL,
  grouping_explanation TEXT NOT NULL,
  title TEXT NOT NULL, culprit TEXT NOT NULL, type TEXT NOT NULL, level TEXT NOT NULL,
  platform TEXT NOT NULL,
  status INTEGER NOT NULL,
  resolved_release TEXT NOT NULL,
  first_seen_unix_us INTEGER NOT NULL, last_seen_unix_us INTEGER NOT NULL,
  first_release TEXT NOT NULL, last_release TEXT NOT NULL,
  event_count INTEGER NOT NULL, user_count INTEGER NOT NULL,
  latest_event_id BLOB NOT NULL
);
CREATE UNIQUE INDEX issues_by_key ON issues(project, grouping_key);
CREATE INDEX issues_by_last_seen ON issues(project, last_seen_unix_us);
-- Who was affected, counted exactly: 16 bytes of a hash, never the name.
CREATE TABLE issue_users(
  issue_id INTEGER NOT NULL, user_hash BLOB NOT NULL, PRIMARY KEY(issue_id, user_hash)
) WITHOUT ROWID;
-- kind 0: releases, 1: environments in which the issue was seen.
CREATE TABLE issue_facets(
  issue_id INTEGER NOT NULL, kind INTEGER NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(issue_id, kind, value)
) WITHOUT ROWID;
CREATE TABLE issue_hours(
  issue_id INTEGER NOT NULL, hour_unix_us INTEGER NOT NULL, event_count INTEGER NOT NULL,
  PRIMARY KEY(issue_id, hour_unix_us)
) WITHOUT ROWID;

CREATE TABLE rollups(
  project INTEGER NOT NULL, hour_unix_us INTEGER NOT NULL, page TEXT NOT NULL,
  summary BLOB NOT NULL,
  PRIMARY KEY(project, hour_unix_us, page)
) WITHOUT ROWID;
-- The page names that the rollups know; beyond the limit it is "(other)".
CREATE TABLE pages(
  project INTEGER NOT NULL, page TEXT NOT NULL, PRIMARY KEY(project, page)
) WITHOUT ROWID;
CREATE TABLE outcomes(
  project INTEGER NOT NULL, hour_unix_s INTEGER NOT NULL, category INTEGER NOT NULL,
  drop_reason INTEGER NOT NULL,          -- -1: stored
  count INTEGER NOT NULL,
  PRIMARY KEY(project, hour_unix_s, category, drop_reason)
) WITHOUT ROWID;

CREATE TABLE projects(
  project INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL UNIQUE,
  allowed_origins TEXT NOT NULL,         -- one a line; empty: every origin
  created_at_unix_us INTEGER NOT NULL
);
CREATE TABLE tokens(
  token INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  scope INTEGER NOT NULL,
  secret_sha256 BLOB NOT NULL UNIQUE,
  created_at_unix_us INTEGER NOT NULL
);
)sql",
    // Release marks on the time axes.
    R"sql(
CREATE TABLE releases(
  project INTEGER NOT NULL, release TEXT NOT NULL,
  first_seen_unix_us INTEGER NOT NULL, last_seen_unix_us INTEGER NOT NULL,
  PRIMARY KEY(project, release)
) WITHOUT ROWID;
INSERT INTO releases SELECT project, release, min(started_at_unix_us), max(started_at_unix_us)
  FROM page_views WHERE release <> '' GROUP BY project, release;
)sql",
    // Source maps and the generated files they belong to. A content is kept
    // once, by its SHA-256, compressed with zstd.
    R"sql(
CREATE TABLE artifacts(
  artifact_id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL,
  release TEXT NOT NULL, url TEXT NOT NULL, debug_id TEXT NOT NULL,
  map_sha256 TEXT NOT NULL, file_sha256 TEXT NOT NULL,  -- '': not there
  map_bytes INTEGER NOT NULL, file_bytes INTEGER NOT NULL,
  created_at_unix_us INTEGER NOT NULL
);
CREATE INDEX artifacts_by_url ON artifacts(project, release, url);
CREATE INDEX artifacts_by_debug_id ON artifacts(project, debug_id) WHERE debug_id <> '';
CREATE INDEX artifacts_by_map ON artifacts(map_sha256);
CREATE INDEX artifacts_by_file ON artifacts(file_sha256);
CREATE TABLE artifact_contents(sha256 TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE upload_chunks(
  sha1 TEXT PRIMARY KEY, content BLOB NOT NULL, at_unix_us INTEGER NOT NULL
);
-- Events of a release (or with a debug id) that may group otherwise now.
CREATE TABLE regroup_tasks(
  task_id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL, release TEXT NOT NULL, debug_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  UNIQUE(project, release, debug_id)
);
)sql",
    // People, their roles, what they did, and tokens of one project.
    R"sql(
ALTER TABLE tokens ADD COLUMN project INTEGER NOT NULL DEFAULT 0;  -- 0: every project
CREATE TABLE users(
  user INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  server_admin INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  created_at_unix_us INTEGER NOT NULL,
  password_changed_at_unix_us INTEGER NOT NULL
);
CREATE TABLE memberships(
  user INTEGER NOT NULL, project INTEGER NOT NULL, role INTEGER NOT NULL,
  PRIMARY KEY(user, project)
) WITHOUT ROWID;
CREATE TABLE audit_log(
  entry INTEGER PRIMARY KEY AUTOINCREMENT,
  at_unix_us INTEGER NOT NULL,
  actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
  project INTEGER NOT NULL
);
)sql",
    // Page views: a journal, columnar segments and their keys in place of rows
    // (docs/decisions/0004). Nothing was released with the rows.
    R"sql(
DROP TABLE page_views;
DROP TABLE page_view_bodies;
DELETE FROM rollups;
DELETE FROM pages;
-- Changes with every seal and prune; with the newest journal row it tells a
-- process whether what it holds in memory is what is stored.
CREATE TABLE view_state(version INTEGER NOT NULL);
INSERT INTO view_state VALUES(0);
CREATE TABLE view_journal(seq INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE view_segments(
  segment INTEGER PRIMARY KEY AUTOINCREMENT,
  published INTEGER NOT NULL,            -- 0: still being written
  row_count INTEGER NOT NULL,
  min_started_unix_us INTEGER NOT NULL, max_started_unix_us INTEGER NOT NULL,
  id_bits BLOB NOT NULL,                 -- zstd; sqlite/id_filter.h
  mask BLOB NOT NULL                     -- a bit a row that is no longer the view; empty: none
);
CREATE TABLE view_columns(column_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE view_blocks(block_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE view_keys(key_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
)sql",
    // Service level objectives.
    R"sql(
CREATE TABLE objectives(
  objective INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL,
  name TEXT NOT NULL, page TEXT NOT NULL,
  measure INTEGER NOT NULL, threshold REAL NOT NULL, target REAL NOT NULL,
  window_days INTEGER NOT NULL,
  created_at_unix_us INTEGER NOT NULL
);
CREATE INDEX objectives_by_project ON objectives(project);
)sql",
    // Sessions as Sentry's SDKs count them (model/session_health.h): one by one,
    // and counted by servers. `user` is a hash.
    R"sql(
CREATE TABLE health_sessions(
  project INTEGER NOT NULL, sid BLOB NOT NULL,
  release TEXT NOT NULL, environment TEXT NOT NULL, user TEXT NOT NULL,
  status INTEGER NOT NULL, errors INTEGER NOT NULL, started_at_unix_us INTEGER NOT NULL,
  PRIMARY KEY(project, sid)
) WITHOUT ROWID;
CREATE INDEX health_sessions_by_start ON health_sessions(project, started_at_unix_us);
CREATE TABLE session_counts(
  project INTEGER NOT NULL, started_at_unix_us INTEGER NOT NULL,
  release TEXT NOT NULL, environment TEXT NOT NULL, user TEXT NOT NULL,
  exited INTEGER NOT NULL, errored INTEGER NOT NULL, abnormal INTEGER NOT NULL,
  unhandled INTEGER NOT NULL, crashed INTEGER NOT NULL,
  PRIMARY KEY(project, started_at_unix_us, release, environment, user)
) WITHOUT ROWID;
)sql",
    // Issues as people work with them.
    R"sql(
ALTER TABLE issues ADD COLUMN resolved_at_unix_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN ignored_until_event_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN ignored_until_spike INTEGER NOT NULL DEFAULT 0;
-- A part of that issue, which counts for it; 0: stands for itself.
ALTER TABLE issues ADD COLUMN merged_into INTEGER NOT NULL DEFAULT 0;
CREATE INDEX issues_by_merge ON issues(merged_into) WHERE merged_into > 0;
CREATE TABLE issue_activity(
  activity_id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL, issue_id INTEGER NOT NULL, at_unix_us INTEGER NOT NULL,
  kind INTEGER NOT NULL, actor TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX issue_activity_by_issue ON issue_activity(issue_id, activity_id);
-- How often an issue had which value; takes the place of issue_facets.
CREATE TABLE issue_tags(
  issue_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, event_count INTEGER NOT NULL,
  PRIMARY KEY(issue_id, key, value)
) WITHOUT ROWID;
INSERT INTO issue_tags SELECT issue_id, iif(kind = 0, 'release', 'environment'), value, 1
  FROM issue_facets WHERE true;
DROP TABLE issue_facets;
CREATE TABLE release_arrivals(
  project INTEGER NOT NULL, release TEXT NOT NULL, first_seen_unix_us INTEGER NOT NULL,
  PRIMARY KEY(project, release)
) WITHOUT ROWID;
CREATE TABLE project_settings(
  project INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(project, name)
) WITHOUT ROWID;
)sql",
    // Alerts: definitions, state and every message with its fate.
    R"sql(
CREATE TABLE alert_definitions(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL, project INTEGER NOT NULL, body_json TEXT NOT NULL
);
CREATE TABLE alert_state(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE alert_deliveries(
  delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL, rule_id INTEGER NOT NULL, channel_id INTEGER NOT NULL,
  key TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL, message_json TEXT NOT NULL,
  status INTEGER NOT NULL, attempts INTEGER NOT NULL,
  created_at_unix_us INTEGER NOT NULL, next_attempt_at_unix_us INTEGER NOT NULL,
  ended_at_unix_us INTEGER NOT NULL, last_error TEXT NOT NULL
);
CREATE INDEX alert_deliveries_by_project ON alert_deliveries(project, delivery_id);
CREATE INDEX alert_deliveries_due ON alert_deliveries(next_attempt_at_unix_us) WHERE status = 1;
)sql",
    // Events of a flood that were counted and not kept, for a day.
    R"sql(
CREATE TABLE counted_events(
  project INTEGER NOT NULL, event_id BLOB NOT NULL, hour_unix_us INTEGER NOT NULL,
  PRIMARY KEY(project, event_id)
) WITHOUT ROWID;
CREATE INDEX counted_events_by_hour ON counted_events(hour_unix_us);
)sql",
    // Spans: a journal, segments and their keys in place of rows (docs/decisions/
    // 0018). The rows are moved, and the table dropped, when the store is opened
    // (span_rows.h).
    R"sql(
DROP INDEX spans_by_trace;
DROP INDEX spans_by_time;
-- As view_state. seed: of the hashes of traces; strangers choose trace ids.
CREATE TABLE span_state(version INTEGER NOT NULL, seed INTEGER NOT NULL);
INSERT INTO span_state VALUES(0, random());
CREATE TABLE span_journal(seq INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE span_segments(
  segment INTEGER PRIMARY KEY AUTOINCREMENT,
  published INTEGER NOT NULL,            -- 0: still being written
  span_count INTEGER NOT NULL,
  min_started_unix_us INTEGER NOT NULL, max_started_unix_us INTEGER NOT NULL,
  hidden_before_unix_us INTEGER NOT NULL, hidden_count INTEGER NOT NULL,  -- by retention
  id_bits BLOB NOT NULL                  -- zstd; sqlite/id_filter.h
);
CREATE TABLE span_blocks(block_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE span_keys(key_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
)sql",
    // Sums of page views by hour and day, by page and dimension (view_sums.h).
    // The store moves what `rollups` holds over and drops it.
    R"sql(
CREATE TABLE view_sums(
  sum_id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, dimension INTEGER NOT NULL, start_unix_us INTEGER NOT NULL,
  project INTEGER NOT NULL, page TEXT NOT NULL,
  data BLOB NOT NULL
);
CREATE UNIQUE INDEX view_sums_by_place
  ON view_sums(kind, dimension, start_unix_us, project, page);
ALTER TABLE view_state ADD COLUMN days_summed_before_unix_us INTEGER NOT NULL DEFAULT 0;
)sql",
    // Who is logged in to the dashboard: people stay so over a restart.
    R"sql(
CREATE TABLE login_sessions(
  sha256 BLOB PRIMARY KEY,               -- of the cookie's value
  user INTEGER NOT NULL, token INTEGER NOT NULL,
  password_changed_at_unix_us INTEGER NOT NULL,
  ends_at_unix_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX login_sessions_by_end ON login_sessions(ends_at_unix_us);
)sql",
    // Columns of page views by row group; view_columns holds older segments'.
    R"sql(
CREATE TABLE view_chunks(chunk_id INTEGER PRIMARY KEY, data BLOB NOT NULL);
ALTER TABLE view_segments ADD COLUMN row_groups BLOB NOT NULL DEFAULT x'';
)sql",
    // The tables stay, but an older Pagewake cannot read what is new in
    // view_blocks (view_blocks.h) and view_keys (view_keys.h).
    "",
    // Sealed rows of a journal are deleted later (journal.h).
    R"sql(
ALTER TABLE view_state ADD COLUMN sealed_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE span_state ADD COLUMN sealed_seq INTEGER NOT NULL DEFAULT 0;
)sql",
    // Again only for what is new in a table that stays: packed columns in
    // view_chunks (column_chunk.h).
    "",
    // And again: runs in the histograms of view_sums (model/vital_histogram.h), bits
    // of more than one place for the ids of a large segment (id_filter.h).
    "",
};

Error cannot_use(Database& database, const std::string& path) {
  if (database.is_corrupt()) {
    return {"not_a_store", path + " cannot be read as Pagewake's data (" + database.message() +
                               "); move it away or restore a backup"};
  }
  return {"cannot_open", "cannot open " + path + ": " + database.message()};
}

}  // namespace

int schema_version() { return static_cast<int>(kMigrations.size()); }

Status migrate(Database& database, const std::string& path) {
  const auto version_of = [&] { return database.integer_of("PRAGMA user_version"); };
  // Also the first real read of the file: a foreign or damaged one shows here.
  const std::int64_t found = version_of();
  const std::int64_t application = database.integer_of("PRAGMA application_id");
  const std::int64_t objects = database.integer_of("SELECT count(*) FROM sqlite_schema");
  if (!database.ok()) return cannot_use(database, path);
  if (objects > 0 && application != kApplicationId) {
    return Error{"not_a_store", path + " is an SQLite file of another program, not Pagewake's"};
  }
  if (found > schema_version()) {
    return Error{"newer_schema", path + " was written by a newer Pagewake (schema " +
                                     std::to_string(found) + ", this one knows " +
                                     std::to_string(schema_version()) +
                                     "); update pagewake or restore an older backup"};
  }
  while (database.ok()) {
    Transaction transaction(database, Transaction::Kind::kWrite);
    // Asked again inside: another process may have been quicker.
    const std::int64_t version = version_of();
    if (version >= schema_version()) break;
    database.run(kMigrations[static_cast<std::size_t>(version)]);
    database.run(("PRAGMA user_version = " + std::to_string(version + 1)).c_str());
    database.run(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    transaction.commit();
  }
  if (!database.ok()) return cannot_use(database, path);
  return Done{};
}

}  // namespace pagewake::storage::sqlite
