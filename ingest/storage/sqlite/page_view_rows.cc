#include "storage/sqlite/page_view_rows.h"

#include <string_view>
#include <utility>

#include "storage/sqlite/sql.h"
#include "wire/page_view_codec.h"

namespace pagewake::storage::sqlite {
namespace {

using model::PageViewRecord;

constexpr std::string_view kViewColumns =
    "project, page_view_id, started_at_unix_us, page, rollup_page, trace_id, session_id, lcp_key, "
    "lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms, lcp_resource_load_delay_ms, "
    "lcp_resource_load_duration_ms, lcp_element_render_delay_ms, inp_input_delay_ms, "
    "inp_processing_duration_ms, inp_presentation_delay_ms, weight, kept_by_exception, "
    "error_count, device, connection, navigation_type, browser, browser_version, os, country, "
    "release, environment, user_id, sdk_version, received_at_unix_us, clock_skew_us, replayed";

void bind_view(Query& query, const PageViewRecord& record, const std::string& rollup_page) {
  const pagewake::PageView& view = record.view;
  const Attribution& parts = view.attribution;
  query.integer(record.project)
      .id(view.page_view_id)
      .integer(record.started_at_unix_us())
      .text(view.page)
      .text(rollup_page)
      .id_or_null(view.trace_id)
      .id_or_null(record.session_id)
      .integer(lcp_sort_key(record))
      .real(view.vitals.lcp_ms)
      .real(view.vitals.inp_ms)
      .real(view.vitals.cls)
      .real(view.vitals.fcp_ms)
      .real(view.vitals.ttfb_ms)
      .real(parts.lcp_resource_load_delay_ms)
      .real(parts.lcp_resource_load_duration_ms)
      .real(parts.lcp_element_render_delay_ms)
      .real(parts.inp_input_delay_ms)
      .real(parts.inp_processing_duration_ms)
      .real(parts.inp_presentation_delay_ms)
      .real(model::VitalHistogram::usable_weight(view.weight))
      .integer(view.kept_by_exception ? 1 : 0)
      .integer(view.error_count)
      .text(view.device.type)
      .text(view.device.effective_connection_type)
      .integer(static_cast<std::int64_t>(view.navigation_type))
      .text(record.browser)
      .text(record.browser_version)
      .text(record.os)
      .text(record.country)
      .text(record.release)
      .text(record.environment)
      .text(record.user_id)
      .text(record.sdk_version)
      .integer(record.received_at_unix_us)
      .integer(record.clock_skew_us)
      .integer(record.replayed ? 1 : 0);
}

// What the body does not say, then the body.
constexpr std::string_view kViewRead =
    "v.project, v.session_id, v.browser, v.browser_version, v.os, v.country, v.release, "
    "v.environment, v.user_id, v.sdk_version, v.received_at_unix_us, v.clock_skew_us, "
    "v.replayed, b.body";

PageViewRecord read_view(Database& database, Query& query) {
  PageViewRecord record;
  record.project = query.read_integer();
  record.session_id = query.read_id<SessionId>();
  record.browser = query.read_text();
  record.browser_version = query.read_text();
  record.os = query.read_text();
  record.country = query.read_text();
  record.release = query.read_text();
  record.environment = query.read_text();
  record.user_id = query.read_text();
  record.sdk_version = query.read_text();
  record.received_at_unix_us = query.read_integer();
  record.clock_skew_us = query.read_integer();
  record.replayed = query.read_integer() != 0;
  const std::string_view body = query.read_blob();
  auto view = decode_page_view(std::as_bytes(std::span(body)));
  if (view) {
    record.view = std::move(*view);
  } else {
    database.fail("a stored page view cannot be read: " + view.error().message);
  }
  return record;
}

// The part of a record that VitalSummary and group_key() look at.
constexpr std::string_view kSummaryRead =
    "started_at_unix_us, page, lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms, lcp_resource_load_delay_ms, "
    "lcp_resource_load_duration_ms, lcp_element_render_delay_ms, inp_input_delay_ms, "
    "inp_processing_duration_ms, inp_presentation_delay_ms, weight, kept_by_exception, "
    "error_count, device, connection, navigation_type, browser, os, country, release, environment";

void read_for_summary(Query& query, PageViewRecord& record) {
  pagewake::PageView& view = record.view;
  // Only the sum is asked for: skew and start as one number.
  record.clock_skew_us = query.read_integer();
  view.started_at_unix_ms = 0;
  view.page = query.read_text();
  view.vitals.lcp_ms = query.read_optional_real();
  view.vitals.inp_ms = query.read_optional_real();
  view.vitals.cls = query.read_optional_real();
  view.vitals.fcp_ms = query.read_optional_real();
  view.vitals.ttfb_ms = query.read_optional_real();
  view.attribution.lcp_resource_load_delay_ms = query.read_optional_real();
  view.attribution.lcp_resource_load_duration_ms = query.read_optional_real();
  view.attribution.lcp_element_render_delay_ms = query.read_optional_real();
  view.attribution.inp_input_delay_ms = query.read_optional_real();
  view.attribution.inp_processing_duration_ms = query.read_optional_real();
  view.attribution.inp_presentation_delay_ms = query.read_optional_real();
  view.weight = query.read_real();
  view.kept_by_exception = query.read_integer() != 0;
  view.error_count = static_cast<std::uint32_t>(query.read_integer());
  view.device.type = query.read_text();
  view.device.effective_connection_type = query.read_text();
  view.navigation_type = static_cast<NavigationType>(query.read_integer());
  record.browser = query.read_text();
  record.os = query.read_text();
  record.country = query.read_text();
  record.release = query.read_text();
  record.environment = query.read_text();
}

// The filter on page_views, whose columns are found under `prefix` ("v.").
void filter_views(Where& where, ProjectId project, const Filter& filter) {
  where.add("project = ?", project)
      .add("started_at_unix_us >= ?", filter.from_unix_us)
      .add("started_at_unix_us < ?", filter.to_unix_us);
  where.equals("page", filter.page);
  where.equals("device", filter.device);
  where.equals("browser", filter.browser);
  where.equals("os", filter.os);
  where.equals("country", filter.country);
  where.equals("connection", filter.connection);
  where.equals("release", filter.release);
  where.equals("environment", filter.environment);
  if (filter.navigation_type) {
    const auto type = model::navigation_type_from(*filter.navigation_type);
    where.add("navigation_type = ?", type ? static_cast<std::int64_t>(*type) : std::int64_t{-1});
  }
}

const std::string kFindView = "SELECT v.view_row, v.rollup_page, " + std::string(kViewRead) +
                              " FROM page_views v JOIN page_view_bodies b USING(view_row)"
                              " WHERE v.project = ? AND v.page_view_id = ?";
const std::string kInsertView = insert_sql("page_views", kViewColumns);
const std::string kUpdateView = update_sql("page_views", kViewColumns, "view_row");

}  // namespace

bool PageViewWriter::put(const PageViewRecord& record) {
  std::int64_t view_row = 0;
  std::string rollup_page;
  std::optional<PageViewRecord> stored;
  {
    Query query = database_.query(kFindView);
    query.integer(record.project).id(record.view.page_view_id);
    if (query.row()) {
      view_row = query.read_integer();
      rollup_page = query.read_text();
      stored = read_view(database_, query);
    }
  }
  if (!database_.ok()) return false;
  if (!stored) {
    rollup_page = rollups_.count(record);
    releases_.see(record);
    Query insert = database_.query(kInsertView);
    bind_view(insert, record, rollup_page);
    insert.run();
    database_.query("INSERT INTO page_view_bodies(view_row, body) VALUES(?,?)")
        .integer(database_.last_insert_id())
        .blob(encode_page_view(record.view))
        .run();
    return true;
  }
  PageViewRecord merged = *stored;
  if (!merge_record(merged, record)) return false;
  rollups_.take_out(*stored, rollup_page);
  rollup_page = rollups_.count(merged);
  Query update = database_.query(kUpdateView);
  bind_view(update, merged, rollup_page);
  update.integer(view_row).run();
  database_.query("UPDATE page_view_bodies SET body = ? WHERE view_row = ?")
      .blob(encode_page_view(merged.view))
      .integer(view_row)
      .run();
  return true;
}

Result<Listing<PageViewRecord>> page_views(Database& database, ProjectId project,
                                           const PageViewQuery& query, const Paging& paging) {
  const bool slowest = query.sort == PageViewQuery::Sort::kSlowestLcp;
  Where where;
  filter_views(where, project, query.filter);
  // The planner cannot know that an id selects a handful of rows.
  const char* index = "";
  if (query.session_id) {
    where.add("session_id = ?", raw(*query.session_id));
    index = " INDEXED BY page_views_by_session";
  }
  if (query.trace_id) {
    where.add("trace_id = ?", raw(*query.trace_id));
    index = " INDEXED BY page_views_by_trace";
  }
  const std::string order =
      slowest ? "v.lcp_key, v.page_view_id" : "v.started_at_unix_us, v.page_view_id";
  if (Status checked = continue_after(where, paging, slowest ? kCursorSlowest : kCursorNewest,
                                      PageViewId::kBytes, order, false);
      !checked) {
    return checked.error();
  }
  // The rows of the page are chosen from the narrow table alone; bodies are
  // read only for them.
  const std::string column = order.substr(0, order.find(','));
  const std::string sql =
      "SELECT " + std::string(kViewRead) + " FROM (SELECT v.* FROM page_views v" + index +
      where.sql() + " ORDER BY " + column + " DESC, v.page_view_id DESC LIMIT ?) v" +
      " JOIN page_view_bodies b USING(view_row) ORDER BY " + column + " DESC, v.page_view_id DESC";
  const std::size_t limit = clamped_limit(paging);
  Query rows = database.query(sql);
  where.bind(rows);
  rows.integer(static_cast<std::int64_t>(limit) + 1);
  return read_page<PageViewRecord>(
      rows, limit, [&](Query& row) { return read_view(database, row); },
      [&](const PageViewRecord& last) {
        return Cursor{slowest ? kCursorSlowest : kCursorNewest,
                      slowest ? lcp_sort_key(last) : last.started_at_unix_us(),
                      raw(last.view.page_view_id).bytes};
      });
}

std::optional<PageViewRecord> page_view(Database& database, ProjectId project,
                                        const PageViewId& id) {
  std::optional<PageViewRecord> found;
  Query query = database.query("SELECT " + std::string(kViewRead) +
                               " FROM page_views v JOIN page_view_bodies b USING(view_row)"
                               " WHERE v.project = ? AND v.page_view_id = ?");
  if (query.integer(project).id(id).row()) found = read_view(database, query);
  return found;
}

void scan_page_views(Database& database, ProjectId project, const Filter& filter, GroupBy group_by,
                     std::map<std::string, VitalSummary>& sums) {
  Where where;
  filter_views(where, project, filter);
  Query rows =
      database.query("SELECT " + std::string(kSummaryRead) + " FROM page_views" + where.sql());
  where.bind(rows);
  PageViewRecord record;
  while (rows.row()) {
    read_for_summary(rows, record);
    sums[group_key(group_by, record)].add(record);
  }
}

std::optional<ProjectId> next_project(Database& database, ProjectId after) {
  std::optional<ProjectId> found;
  Query query = database.query(
      "SELECT project FROM page_views INDEXED BY page_views_by_time WHERE project > ? "
      "ORDER BY project LIMIT 1");
  if (query.integer(after).row()) found = query.read_integer();
  return found;
}

}  // namespace pagewake::storage::sqlite
