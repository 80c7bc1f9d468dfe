#include "api/json_writer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "storage/record_rules.h"

namespace pagewake::api {
namespace {

using json::device_json;
using json::long_frame_json;
using json::resource_json;
using json::sdk_cost_json;
using json::timing_json;

constexpr std::int64_t kYearUs = 31'557'600'000'000;

Json ms_of_us(std::int64_t us) { return ms_json(double(us) / 1000); }

// Stored JSON text of one object; {} where there is none.
Json object_json(const std::string& text) {
  if (text.empty()) return Json::object();
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

Json breadcrumb_json(const Breadcrumb& breadcrumb, std::int64_t skew_us) {
  return {{"at",
           time_json(std::clamp<std::int64_t>(breadcrumb.at_unix_ms, 0, 10'000'000'000'000) * 1000 +
                     std::clamp<std::int64_t>(skew_us, -kYearUs, kYearUs))},
          {"type", breadcrumb.type},
          {"category", breadcrumb.category},
          {"level", breadcrumb.level},
          {"message", breadcrumb.message},
          {"data", key_values_json(breadcrumb.data)}};
}

std::string_view name_of(model::SpanKind kind) {
  switch (kind) {
    case model::SpanKind::kUnspecified:
      return "unspecified";
    case model::SpanKind::kInternal:
      return "internal";
    case model::SpanKind::kServer:
      return "server";
    case model::SpanKind::kClient:
      return "client";
    case model::SpanKind::kProducer:
      return "producer";
    case model::SpanKind::kConsumer:
      return "consumer";
  }
  return "unspecified";
}

std::string_view name_of(model::SpanStatus status) {
  switch (status) {
    case model::SpanStatus::kUnset:
      return "unset";
    case model::SpanStatus::kOk:
      return "ok";
    case model::SpanStatus::kError:
      return "error";
  }
  return "unset";
}

Json span_events_json(const query::JoinedSpan& span, std::int64_t axis_unix_us) {
  Json json = Json::array();
  if (span.events_json.empty()) return json;
  const Json events = Json::parse(span.events_json, nullptr, false);
  if (!events.is_array()) return json;
  for (const Json& event : events) {
    if (!event.is_object()) continue;
    Json item;
    item["name"] = event.value("name", "");
    const auto at = event.find("at_unix_us");
    if (at != event.end() && at->is_number_integer()) {
      // Held within the calendar, so that the shift cannot overflow.
      const std::int64_t at_unix_us =
          std::clamp<std::int64_t>(at->get<std::int64_t>(), 0, 10'000'000'000'000'000) +
          span.shift_us;
      item["at"] = time_json(at_unix_us);
      item["at_ms"] = ms_of_us(at_unix_us - axis_unix_us);
    } else {
      item["at"] = "";
      item["at_ms"] = nullptr;
    }
    const auto attributes = event.find("attributes");
    item["attributes"] =
        attributes != event.end() && attributes->is_object() ? *attributes : Json::object();
    json.push_back(std::move(item));
  }
  return json;
}

Json span_json(const query::JoinedSpan& span, std::int64_t axis_unix_us) {
  Json attributes = object_json(span.attributes_json);
  for (const auto& [key, value] : span.attributes) attributes[key] = value;
  return {{"span_id", to_hex(span.span_id)},
          {"parent_span_id", id_json(span.parent_span_id)},
          {"reported_parent_span_id", id_json(span.reported_parent_span_id)},
          {"name", span.name},
          {"op", span.op},
          {"kind", name_of(span.kind)},
          {"service", span.service},
          {"source", model::name_of(span.source)},
          {"status", name_of(span.status)},
          {"status_message", span.status_message},
          {"started_at", time_json(span.started_at_unix_us)},
          {"start_ms", ms_of_us(span.started_at_unix_us - axis_unix_us)},
          {"duration_ms", ms_of_us(span.duration_us)},
          {"shift_ms", ms_of_us(span.shift_us)},
          {"depth", span.depth},
          {"page_view_id", id_json(span.page_view_id)},
          {"attributes", std::move(attributes)},
          {"events", span_events_json(span, axis_unix_us)}};
}

Json spans_json(const std::vector<query::JoinedSpan>& spans, std::int64_t axis_unix_us) {
  Json json = Json::array();
  for (const auto& span : spans) json.push_back(span_json(span, axis_unix_us));
  return json;
}

// web-vitals' parts of TTFB: from the phases of the request to the first byte.
// A service worker's start counts as cache, a gap before the request as request.
Json ttfb_json(const PageView& view) {
  // A restored or soft page view waited for nothing.
  const NavigationTiming t = view.timing.value_or(NavigationTiming{});
  const double waited =
      std::max(t.worker_start_ms != 0 ? t.worker_start_ms : t.fetch_start_ms, 0.0);
  const double dns_start = std::max(t.domain_lookup_start_ms, 0.0);
  const double connect_start = std::max(t.connect_start_ms, 0.0);
  const double connect_end = std::max(t.connect_end_ms, 0.0);
  return {{"waiting_duration_ms", ms_json(waited)},
          {"cache_duration_ms", ms_json(dns_start - waited)},
          {"dns_duration_ms", ms_json(connect_start - dns_start)},
          {"connection_duration_ms", ms_json(connect_end - connect_start)},
          {"request_duration_ms", ms_json(*view.vitals.ttfb_ms - connect_end)}};
}

Json attribution_json(const PageView& view) {
  const Attribution& why = view.attribution;
  Json lcp, inp, cls, fcp, ttfb;
  if (view.vitals.ttfb_ms) ttfb = ttfb_json(view);
  if (view.vitals.fcp_ms) {
    const double to_first_byte = view.vitals.ttfb_ms.value_or(0);
    fcp = {{"time_to_first_byte_ms", ms_json(to_first_byte)},
           {"first_byte_to_fcp_ms", ms_json(*view.vitals.fcp_ms - to_first_byte)}};
  }
  if (view.vitals.lcp_ms) {
    lcp = {{"target", why.lcp_target},
           {"url", why.lcp_url},
           {"time_to_first_byte_ms", ms_or_null(why.lcp_time_to_first_byte_ms)},
           {"resource_load_delay_ms", ms_or_null(why.lcp_resource_load_delay_ms)},
           {"resource_load_duration_ms", ms_or_null(why.lcp_resource_load_duration_ms)},
           {"element_render_delay_ms", ms_or_null(why.lcp_element_render_delay_ms)}};
  }
  if (view.vitals.inp_ms) {
    inp = {{"target", why.inp_target},
           {"type", why.inp_type},
           {"time_ms", ms_or_null(why.inp_time_ms)},
           {"load_state", why.inp_load_state},
           {"input_delay_ms", ms_or_null(why.inp_input_delay_ms)},
           {"processing_duration_ms", ms_or_null(why.inp_processing_duration_ms)},
           {"presentation_delay_ms", ms_or_null(why.inp_presentation_delay_ms)},
           {"longest_script_url", why.inp_longest_script_url},
           {"longest_script_function", why.inp_longest_script_function},
           {"longest_script_invoker", why.inp_longest_script_invoker},
           {"longest_script_ms", ms_or_null(why.inp_longest_script_ms)},
           {"longest_script_char_position", why.inp_longest_script_char_position},
           {"longest_script_subpart", why.inp_longest_script_subpart},
           {"total_script_duration_ms", ms_or_null(why.inp_total_script_ms)},
           {"total_style_and_layout_duration_ms", ms_or_null(why.inp_total_style_and_layout_ms)},
           {"total_paint_duration_ms", ms_or_null(why.inp_total_paint_ms)},
           {"total_unattributed_duration_ms", ms_or_null(why.inp_total_unattributed_ms)}};
  }
  if (view.vitals.cls) {
    cls = {{"largest_shift_target", why.cls_largest_shift_target},
           {"largest_shift_time_ms", ms_or_null(why.cls_largest_shift_time_ms)},
           {"largest_shift_value", score_or_null(why.cls_largest_shift_value)},
           {"load_state", why.cls_load_state}};
  }
  return {{"lcp", std::move(lcp)},
          {"inp", std::move(inp)},
          {"cls", std::move(cls)},
          {"fcp", std::move(fcp)},
          {"ttfb", std::move(ttfb)}};
}

Json missing_json(const Vitals& vitals) {
  Json json = Json::object();
  const auto add = [&json](const char* name, const std::optional<double>& value,
                           MissingReason reason) {
    if (!value && reason != MissingReason::kNone) json[name] = model::name_of(reason);
  };
  add("lcp_ms", vitals.lcp_ms, vitals.lcp_missing);
  add("inp_ms", vitals.inp_ms, vitals.inp_missing);
  add("cls", vitals.cls, vitals.cls_missing);
  add("fcp_ms", vitals.fcp_ms, vitals.fcp_missing);
  add("ttfb_ms", vitals.ttfb_ms, vitals.ttfb_missing);
  return json;
}

// What a list and the single page view have in common, up to the lists.
Json page_view_head(const model::PageViewRecord& record) {
  const PageView& view = record.view;
  Json vitals = {{"lcp_ms", ms_or_null(view.vitals.lcp_ms)},
                 {"inp_ms", ms_or_null(view.vitals.inp_ms)},
                 {"cls", score_or_null(view.vitals.cls)},
                 {"fcp_ms", ms_or_null(view.vitals.fcp_ms)},
                 {"ttfb_ms", ms_or_null(view.vitals.ttfb_ms)}};
  vitals["attribution"] = attribution_json(view);
  vitals["missing"] = missing_json(view.vitals);
  return {{"page_view_id", to_hex(view.page_view_id)},
          {"session_id", id_json(record.session_id)},
          {"trace_id", id_json(view.trace_id)},
          {"span_id", id_json(view.span_id)},
          {"server_span_id", id_json(view.server_span_id)},
          {"previous_page_view_id", id_json(view.previous_page_view_id)},
          {"page", view.page},
          {"url", view.url},
          {"title", view.title},
          {"referrer", view.referrer},
          {"navigation_type", model::name_of(view.navigation_type)},
          {"started_at", time_json(record.started_at_unix_us())},
          {"received_at", time_json(record.received_at_unix_us)},
          {"duration_ms", ms_json(view.duration_ms)},
          {"final", view.final},
          {"hidden_at_start", view.hidden_at_start},
          {"left_before_load", json::left_before_load(view)},
          {"weight", score_json(view.weight)},
          {"kept_by_exception", view.kept_by_exception},
          {"replayed", record.replayed},
          {"revision", view.revision},
          {"clock_skew_ms", ms_of_us(record.clock_skew_us)},
          {"release", record.release},
          {"environment", record.environment},
          {"user_id", record.user_id},
          {"sdk_version", record.sdk_version},
          {"browser", record.browser},
          {"browser_version", record.browser_version},
          {"os", record.os},
          {"country", record.country},
          {"vitals", std::move(vitals)},
          {"timing", timing_json(view.timing)}};
}

void add_page_view_tail(Json& json, const model::PageViewRecord& record) {
  const PageView& view = record.view;
  json["tags"] = key_values_json(view.tags);
  json["error_count"] = view.error_count;
  json["device"] = device_json(view.device);
  json["sdk_cost"] = sdk_cost_json(view.sdk_cost);
}

Json frame_json(const model::Frame& frame) {
  Json original, context;
  if (frame.original) {
    original = {{"source", frame.original->source},
                {"line", frame.original->line},
                {"column", frame.original->column},
                {"name", frame.original->name}};
  }
  if (!frame.context.empty()) {
    context = {
        {"pre", frame.context.pre}, {"line", frame.context.line}, {"post", frame.context.post}};
  }
  return {{"function", frame.function},
          {"filename", frame.filename},
          {"module", frame.module},
          {"line", frame.line > 0 ? Json(frame.line) : Json(nullptr)},
          {"column", frame.column > 0 ? Json(frame.column) : Json(nullptr)},
          {"in_app", frame.in_app},
          {"original", std::move(original)},
          {"context", std::move(context)},
          {"unresolved_reason", frame.unresolved_reason},
          {"debug_id", frame.debug_id}};
}

Json exception_json(const model::Exception& exception) {
  Json frames = Json::array();
  for (const auto& frame : exception.frames) frames.push_back(frame_json(frame));
  return {{"type", exception.type},
          {"value", exception.value},
          {"module", exception.module},
          {"mechanism", {{"type", exception.mechanism}, {"handled", exception.handled}}},
          {"frames", std::move(frames)}};
}

Json issue_id_json(model::IssueId id) { return id > 0 ? Json(id) : Json(nullptr); }

}  // namespace

Json time_json(std::int64_t unix_us) { return storage::rfc3339(unix_us); }

Json project_json(const storage::Project& project, std::string_view public_url) {
  const auto scheme_end = public_url.find("://");
  const std::size_t host = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const std::string dsn = std::string(public_url.substr(0, host)) + project.public_key + "@" +
                          std::string(public_url.substr(host)) + "/" + std::to_string(project.id);
  return {{"id", project.id},
          {"name", project.name},
          {"dsn", dsn},
          {"public_key", project.public_key},
          {"allowed_origins", project.allowed_origins},
          {"created_at", time_json(project.created_at_unix_us)}};
}

Json page_view_item_json(const model::PageViewRecord& record) {
  Json json = page_view_head(record);
  json["event_count"] = record.view.error_count;
  add_page_view_tail(json, record);
  return json;
}

Json page_view_json(const query::PageViewReport& report) {
  const model::PageViewRecord& record = report.record;
  const PageView& view = record.view;
  Json json = page_view_head(record);
  json["resources"] = Json::array();
  for (const Resource& r : view.resources) json["resources"].push_back(resource_json(r));
  json["long_frames"] = Json::array();
  for (const LongFrame& f : view.long_frames) json["long_frames"].push_back(long_frame_json(f));
  json["breadcrumbs"] = Json::array();
  for (const Breadcrumb& b : view.breadcrumbs) {
    json["breadcrumbs"].push_back(breadcrumb_json(b, record.clock_skew_us));
  }
  json["spans"] = spans_json(report.spans, record.started_at_unix_us());
  json["events"] = Json::array();
  for (const auto& event : report.events) json["events"].push_back(event_item_json(event));
  add_page_view_tail(json, record);
  return json;
}

Json log_json(const model::LogRecord& log) {
  return {{"at", time_json(log.at_unix_us)},
          {"level", log.level},
          {"severity_number", log.severity_number},
          {"message", log.message},
          {"logger", log.logger},
          {"service", log.service},
          {"source", model::name_of(log.source)},
          {"release", log.release},
          {"environment", log.environment},
          {"trace_id", id_json(log.trace_id)},
          {"span_id", id_json(log.span_id)},
          {"attributes", object_json(log.attributes_json)}};
}

Json trace_json(const query::JoinedTrace& trace) {
  const std::int64_t axis = trace.started_at_unix_us;
  Json page_view_ids = Json::array(), clock = Json::array(), events = Json::array(),
       logs = Json::array();
  for (const auto& id : trace.page_view_ids) page_view_ids.push_back(to_hex(id));
  for (const auto& correction : trace.clock) {
    clock.push_back({{"service", correction.service},
                     {"shift_ms", ms_of_us(correction.shift_us)},
                     {"requests", correction.requests},
                     {"varies", correction.varies},
                     {"reason", correction.reason}});
  }
  for (const auto& [event, at_unix_us] : trace.events) {
    events.push_back({{"event_id", to_hex(event.event_id)},
                      {"issue_id", issue_id_json(event.issue_id)},
                      {"span_id", id_json(event.span_id)},
                      {"level", event.level},
                      {"title", event.title},
                      {"source", model::name_of(event.source)},
                      {"platform", event.platform},
                      {"occurred_at", time_json(at_unix_us)},
                      {"at_ms", ms_of_us(at_unix_us - axis)}});
  }
  for (const auto& [log, at_unix_us] : trace.logs) {
    logs.push_back({{"at", time_json(at_unix_us)},
                    {"at_ms", ms_of_us(at_unix_us - axis)},
                    {"span_id", id_json(log.span_id)},
                    {"level", log.level},
                    {"severity_number", log.severity_number},
                    {"message", log.message},
                    {"logger", log.logger},
                    {"service", log.service},
                    {"source", model::name_of(log.source)},
                    {"attributes", object_json(log.attributes_json)}});
  }
  return {{"trace_id", to_hex(trace.trace_id)},
          {"started_at", time_json(axis)},
          {"duration_ms", ms_of_us(trace.duration_us)},
          {"page_view_ids", std::move(page_view_ids)},
          {"clock", std::move(clock)},
          {"spans", spans_json(trace.spans, axis)},
          {"events", std::move(events)},
          {"logs", std::move(logs)},
          {"truncated", trace.truncated}};
}

Json issue_json(const model::Issue& issue) {
  return {
      {"issue_id", issue.issue_id},
      {"title", issue.title},
      {"culprit", issue.culprit},
      {"type", issue.type},
      {"level", issue.level},
      {"platform", issue.platform},
      {"status", model::name_of(issue.status)},
      {"first_seen_at", time_json(issue.first_seen_unix_us)},
      {"last_seen_at", time_json(issue.last_seen_unix_us)},
      {"first_release", issue.first_release},
      {"last_release", issue.last_release},
      {"event_count", issue.event_count},
      {"user_count", issue.user_count},
      {"latest_event_id", id_json(issue.latest_event_id)},
      {"grouping_explanation", issue.grouping_explanation},
      {"assignee", issue.assignee},
      {"resolved_release", issue.resolved_release},
      {"ignored_until_event_count",
       issue.ignored_until_event_count > 0 ? Json(issue.ignored_until_event_count) : Json(nullptr)},
      {"ignored_until_spike", issue.ignored_until_spike},
      {"merged_into", issue_id_json(issue.merged_into)}};
}

Json activity_json(const storage::Activity& activity) {
  return {{"activity_id", activity.activity_id},
          {"issue_id", activity.issue_id},
          {"at", time_json(activity.at_unix_us)},
          {"kind", storage::name_of(activity.kind)},
          {"actor", activity.actor},
          {"detail", activity.detail}};
}

Json tag_distribution_json(const storage::TagDistribution& tag) {
  Json values = Json::array();
  for (const auto& value : tag.values) {
    values.push_back({{"value", value.value}, {"event_count", value.event_count}});
  }
  return {{"key", tag.key}, {"event_count", tag.event_count}, {"values", std::move(values)}};
}

Json issue_related_json(const query::IssueRelated& related) {
  Json views = Json::array(), traces = Json::array();
  for (const auto& view : related.page_views) {
    views.push_back({{"page_view_id", to_hex(view.page_view_id)},
                     {"session_id", id_json(view.session_id)},
                     {"event_id", to_hex(view.event_id)},
                     {"page", view.page},
                     {"occurred_at", time_json(view.occurred_at_unix_us)}});
  }
  for (const auto& trace : related.traces) {
    traces.push_back({{"trace_id", to_hex(trace.trace_id)},
                      {"event_id", to_hex(trace.event_id)},
                      {"name", trace.name},
                      {"occurred_at", time_json(trace.occurred_at_unix_us)}});
  }
  return {{"page_views", std::move(views)},
          {"traces", std::move(traces)},
          {"examined_events", related.examined_events}};
}

Json grouping_preview_json(const query::GroupingPreview& preview) {
  Json rules = Json::array();
  for (const auto& rule : preview.rules) {
    rules.push_back({{"line", rule.line},
                     {"ignore", rule.ignore},
                     {"events", rule.events},
                     {"titles", rule.titles}});
  }
  return {{"examined_events", preview.examined_events},
          {"ignored_events", preview.ignored_events},
          {"issues_before", preview.issues_before},
          {"issues_after", preview.issues_after},
          {"rules", std::move(rules)}};
}

Json issue_report_json(const query::IssueReport& report) {
  Json json = issue_json(report.issue);
  json["hours"] = Json::array();
  for (const auto& [hour_unix_s, count] : report.hours) {
    json["hours"].push_back({{"at", time_json(hour_unix_s * 1'000'000)}, {"count", count}});
  }
  json["suspect_release"] = nullptr;
  if (const auto& suspect = report.suspect_release) {
    json["suspect_release"] = {{"release", suspect->release},
                               {"reason", suspect->reason},
                               {"first_seen_at", time_json(suspect->first_seen_unix_us)}};
  }
  json["parts"] = Json::array();
  for (const auto& part : report.parts) json["parts"].push_back(issue_json(part));
  return json;
}

Json event_json(const model::EventRecord& event) {
  Json exceptions = Json::array(), breadcrumbs = Json::array();
  for (const auto& exception : event.exceptions) exceptions.push_back(exception_json(exception));
  for (const auto& b : event.breadcrumbs) breadcrumbs.push_back(breadcrumb_json(b, 0));
  return {{"event_id", to_hex(event.event_id)},
          {"issue_id", issue_id_json(event.issue_id)},
          {"title", event.title},
          {"culprit", event.culprit},
          {"level", event.level},
          {"message", event.message},
          {"logger", event.logger},
          {"transaction", event.transaction},
          {"server_name", event.server_name},
          {"platform", event.platform},
          {"source", model::name_of(event.source)},
          {"exceptions", std::move(exceptions)},
          {"breadcrumbs", std::move(breadcrumbs)},
          {"tags", key_values_json(event.tags)},
          {"contexts", object_json(event.contexts_json)},
          {"user", object_json(event.user_json)},
          {"request", object_json(event.request_json)},
          {"extra", object_json(event.extra_json)},
          {"release", event.release},
          {"environment", event.environment},
          {"browser", event.browser},
          {"os", event.os},
          {"country", event.country},
          {"device", event.device_type},
          {"page", event.page},
          {"url", event.url},
          {"page_view_id", id_json(event.page_view_id)},
          {"session_id", id_json(event.session_id)},
          {"trace_id", id_json(event.trace_id)},
          {"span_id", id_json(event.span_id)},
          {"fingerprint", event.custom_fingerprint},
          {"grouping",
           {{"version", event.grouping_version},
            {"key", event.grouping_key},
            {"explanation", event.grouping_explanation}}},
          {"received_at", time_json(event.received_at_unix_us)},
          {"occurred_at", time_json(event.occurred_at_unix_us)}};
}

Json event_item_json(const model::EventRecord& event) {
  return {{"event_id", to_hex(event.event_id)},
          {"issue_id", issue_id_json(event.issue_id)},
          {"level", event.level},
          {"title", event.title},
          {"occurred_at", time_json(event.occurred_at_unix_us)}};
}

Json session_json(const query::SessionTimeline& timeline) {
  Json page_views = Json::array(), events = Json::array();
  for (const auto& view : timeline.page_views) page_views.push_back(page_view_item_json(view));
  for (const auto& event : timeline.events) events.push_back(event_item_json(event));
  return {{"session_id", to_hex(timeline.session_id)},
          {"page_views", std::move(page_views)},
          {"events", std::move(events)},
          {"truncated", timeline.truncated}};
}

Json outcomes_json(const query::OutcomeReport& report) {
  Json items = Json::array();
  for (const auto& row : report.rows) {
    Json item = {{"category", model::name_of(row.category)}};
    item["outcome"] = row.drop_reason ? "dropped" : "stored";
    item["reason"] = row.drop_reason ? Json(name_of(*row.drop_reason)) : Json(nullptr);
    item["explanation"] = row.drop_reason ? explanation_of(*row.drop_reason) : "";
    item["count"] = row.count;
    items.push_back(std::move(item));
  }
  return {{"items", std::move(items)},
          {"received", report.received},
          {"stored", report.stored},
          {"dropped", report.dropped}};
}

Json list_json(std::vector<Json> items, const std::string& next_cursor) {
  return {{"items", std::move(items)},
          {"next_cursor", next_cursor.empty() ? Json(nullptr) : Json(next_cursor)}};
}

http::Response json_response(const Json& json, int status) {
  http::Response response;
  response.status = status;
  response.body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

}  // namespace pagewake::api
