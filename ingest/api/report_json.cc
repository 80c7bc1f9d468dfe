#include "api/report_json.h"

#include <utility>

#include "api/json_writer.h"

namespace pagewake::api {
namespace {

Json stats_json(const std::optional<query::VitalStats>& stats, Json (*number)(double)) {
  if (!stats) return nullptr;
  return {{"p50", number(stats->p50)},
          {"p75", number(stats->p75)},
          {"p95", number(stats->p95)},
          {"good", score_json(stats->good)},
          {"needs_improvement", score_json(stats->needs_improvement)},
          {"poor", score_json(stats->poor)},
          {"count", score_json(stats->count)}};
}

}  // namespace

Json vitals_json(const query::PerVital<query::VitalStats>& vitals) {
  return {{"lcp_ms", stats_json(vitals.lcp_ms, ms_json)},
          {"inp_ms", stats_json(vitals.inp_ms, ms_json)},
          {"cls", stats_json(vitals.cls, score_json)},
          {"fcp_ms", stats_json(vitals.fcp_ms, ms_json)},
          {"ttfb_ms", stats_json(vitals.ttfb_ms, ms_json)}};
}

namespace {

void add_values(Json& json, const query::PerVital<double>& values) {
  json["lcp_ms"] = ms_or_null(values.lcp_ms);
  json["inp_ms"] = ms_or_null(values.inp_ms);
  json["cls"] = score_or_null(values.cls);
  json["fcp_ms"] = ms_or_null(values.fcp_ms);
  json["ttfb_ms"] = ms_or_null(values.ttfb_ms);
}

Json distribution_json(const query::Distribution& bins) {
  Json json = Json::array();
  for (const auto& bin : bins) {
    json.push_back({{"low", score_json(bin.low)},
                    {"high", score_json(bin.high)},
                    {"count", score_json(bin.count)}});
  }
  return json;
}

Json lcp_parts_json(const query::LcpParts& parts) {
  return {{"time_to_first_byte_ms", ms_or_null(parts.time_to_first_byte_ms)},
          {"resource_load_delay_ms", ms_or_null(parts.resource_load_delay_ms)},
          {"resource_load_duration_ms", ms_or_null(parts.resource_load_duration_ms)},
          {"element_render_delay_ms", ms_or_null(parts.element_render_delay_ms)}};
}

Json inp_parts_json(const query::InpParts& parts) {
  return {{"input_delay_ms", ms_or_null(parts.input_delay_ms)},
          {"processing_duration_ms", ms_or_null(parts.processing_duration_ms)},
          {"presentation_delay_ms", ms_or_null(parts.presentation_delay_ms)}};
}

Json series_json(const std::vector<query::SeriesPoint>& points) {
  Json json = Json::array();
  for (const auto& point : points) {
    Json item = {{"at", point.at}, {"views", score_json(point.views)}};
    add_values(item, point.p75);
    item["error_rate"] = score_json(point.error_rate);
    item["lcp"] = lcp_parts_json(point.lcp);
    item["inp"] = inp_parts_json(point.inp);
    json.push_back(std::move(item));
  }
  return json;
}

// The phases in their order; they add up to lcp_ms.
Json band_json(const std::optional<query::TimeBand>& band) {
  if (!band) return nullptr;
  const query::LoadPhases& phases = band->phases;
  Json spans = Json::array();
  for (const auto& span : band->backend_spans) {
    spans.push_back({{"name", span.span.name},
                     {"op", span.span.op},
                     {"service", span.span.service},
                     {"ms", ms_json(span.ms)},
                     {"share", score_json(span.share)}});
  }
  return {{"lcp_ms", ms_json(band->lcp_ms)},
          {"views", band->views},
          {"joined_share", score_json(band->joined_share)},
          {"redirect_ms", ms_json(phases.redirect_ms)},
          {"stall_ms", ms_json(phases.stall_ms)},
          {"dns_ms", ms_json(phases.dns_ms)},
          {"connect_ms", ms_json(phases.connect_ms)},
          {"network_ms", ms_json(phases.request_ms - band->backend_ms.value_or(0))},
          {"backend_ms", ms_or_null(band->backend_ms)},
          {"resource_load_delay_ms", ms_json(phases.resource_load_delay_ms)},
          {"resource_load_duration_ms", ms_json(phases.resource_load_duration_ms)},
          {"element_render_delay_ms", ms_json(phases.element_render_delay_ms)},
          {"backend_spans", std::move(spans)}};
}

Json resources_json(const std::vector<query::ResourceRow>& rows) {
  Json json = Json::array();
  for (const auto& row : rows) {
    json.push_back({{"url", row.url},
                    {"initiator_type", row.initiator_type},
                    {"views", score_json(row.views)},
                    {"p75_duration_ms", ms_json(row.p75_duration_ms)},
                    {"median_transfer_bytes", score_json(row.median_transfer_bytes)}});
  }
  return json;
}

Json scripts_json(const std::vector<query::ScriptRow>& rows) {
  Json json = Json::array();
  for (const auto& row : rows) {
    json.push_back({{"url", row.url},
                    {"function", row.function},
                    {"invoker", row.invoker},
                    {"views", score_json(row.views)},
                    {"p75_ms", ms_json(row.p75_ms)}});
  }
  return json;
}

Json third_parties_json(const std::vector<query::ThirdPartyRow>& rows) {
  Json json = Json::array();
  for (const auto& row : rows) {
    json.push_back({{"host", row.host},
                    {"views", score_json(row.views)},
                    {"requests", score_json(row.requests)},
                    {"median_transfer_bytes", score_json(row.median_transfer_bytes)},
                    {"p75_duration_ms", ms_json(row.p75_duration_ms)},
                    {"p75_script_ms", ms_json(row.p75_script_ms)}});
  }
  return json;
}

Json findings_json(const std::vector<query::Finding>& findings) {
  Json json = Json::array();
  for (const auto& finding : findings) {
    json.push_back({{"rule", finding.rule},
                    {"text", finding.text},
                    {"impact_ms", ms_json(finding.impact_ms)},
                    {"share", score_json(finding.share)},
                    {"views", finding.views}});
  }
  return json;
}

Json releases_json(const std::vector<query::ReleaseMark>& marks) {
  Json json = Json::array();
  for (const auto& mark : marks) {
    json.push_back(
        {{"release", mark.release}, {"first_seen_at", time_json(mark.first_seen_unix_us)}});
  }
  return json;
}

Json totals_json(const query::Totals& totals) {
  return {{"views", score_json(totals.views)},
          {"views_kept_by_exception", score_json(totals.views_kept_by_exception)},
          {"error_rate", score_json(totals.error_rate)},
          {"vitals", vitals_json(totals.vitals)}};
}

Json targets_json(const std::vector<query::TargetRow>& rows, const char* detail, const char* value,
                  Json (*number)(double)) {
  Json json = Json::array();
  for (const auto& row : rows) {
    Json item;
    item["target"] = row.target;
    if (detail) item[detail] = row.detail;
    item["views"] = score_json(row.views);
    item[value] = number(row.p75);
    json.push_back(std::move(item));
  }
  return json;
}

Json slice_json(const std::vector<query::SliceRow>& rows) {
  Json json = Json::array();
  for (const auto& row : rows) {
    Json item = {{"value", row.value}, {"views", score_json(row.views)}};
    add_values(item, row.p75);
    item["error_rate"] = score_json(row.error_rate);
    json.push_back(std::move(item));
  }
  return json;
}

}  // namespace

Json page_json(const query::PageRow& row) {
  return {{"page", row.page},
          {"views", score_json(row.views)},
          {"error_rate", score_json(row.error_rate)},
          {"vitals", vitals_json(row.vitals)}};
}

Json page_report_json(const query::PageReport& report) {
  Json series = series_json(report.series);
  Json near;
  if (report.near_p75) {
    near = {{"lcp_ms", ms_json(report.near_p75->lcp_ms)}};
    near.update(lcp_parts_json(report.near_p75->parts));
    near["backend_ms"] = ms_or_null(report.near_p75->backend_ms);
    near["views"] = report.near_p75->views;
  }
  Json spans = Json::array();
  for (const auto& span : report.backend.spans) {
    spans.push_back(
        {{"name", span.name},
         {"op", span.op},
         {"service", span.service},
         {"part", span.part == query::BackendPart::kNavigation ? "navigation" : "request"},
         {"p75_ms", ms_json(span.p75_ms)},
         {"share", score_json(span.share)},
         {"count", span.count}});
  }
  Json samples = Json::array();
  for (const auto& sample : report.samples) {
    Json item = {{"page_view_id", to_hex(sample.page_view_id)},
                 {"started_at", time_json(sample.started_at_unix_us)}};
    add_values(item, sample.vitals);
    item["device"] = sample.device;
    item["browser"] = sample.browser;
    item["trace_id"] = id_json(sample.trace_id);
    samples.push_back(std::move(item));
  }
  return {{"views", score_json(report.views)},
          {"views_kept_by_exception", score_json(report.views_kept_by_exception)},
          {"error_rate", score_json(report.error_rate)},
          {"vitals", vitals_json(report.vitals)},
          {"series_step", report.hourly ? "hour" : "day"},
          {"series", std::move(series)},
          {"distribution",
           {{"lcp_ms", distribution_json(report.lcp_ms)},
            {"inp_ms", distribution_json(report.inp_ms)},
            {"cls", distribution_json(report.cls)},
            {"fcp_ms", distribution_json(report.fcp_ms)},
            {"ttfb_ms", distribution_json(report.ttfb_ms)}}},
          {"examined_views", report.examined_views},
          {"breakdown",
           {{"lcp", lcp_parts_json(report.lcp)},
            {"inp", inp_parts_json(report.inp)},
            {"lcp_near_p75", std::move(near)}}},
          {"where_time_goes",
           {{"p75", band_json(report.where_p75)}, {"p95", band_json(report.where_p95)}}},
          {"findings", findings_json(report.findings)},
          {"releases", releases_json(report.releases)},
          {"backend",
           {{"joined_share", score_json(report.backend.joined_share)},
            {"p75_ms", ms_or_null(report.backend.p75_ms)},
            {"spans", std::move(spans)}}},
          {"lcp_elements", targets_json(report.lcp_elements, "url", "p75_ms", ms_json)},
          {"inp_targets", targets_json(report.inp_targets, "type", "p75_ms", ms_json)},
          {"shift_sources", targets_json(report.shift_sources, nullptr, "p75", score_json)},
          {"inp_scripts", scripts_json(report.inp_scripts)},
          {"frame_scripts", scripts_json(report.frame_scripts)},
          {"resources", resources_json(report.resources)},
          {"heaviest_resources", resources_json(report.heaviest_resources)},
          {"third_parties", third_parties_json(report.third_parties)},
          {"slices",
           {{"device", slice_json(report.device)},
            {"browser", slice_json(report.browser)},
            {"os", slice_json(report.os)},
            {"country", slice_json(report.country)},
            {"connection", slice_json(report.connection)},
            {"release", slice_json(report.release)},
            {"navigation_type", slice_json(report.navigation_type)}}},
          {"samples", std::move(samples)}};
}

Json overview_json(const query::Overview& overview) {
  Json pages = Json::array();
  for (const auto& page : overview.pages) {
    Json item = page_json(page.now);
    item["pain"] = {{"sum", score_json(page.pain.sum())},
                    {"lcp_ms", score_json(page.pain.lcp_ms)},
                    {"inp_ms", score_json(page.pain.inp_ms)},
                    {"cls", score_json(page.pain.cls)}};
    Json previous = {{"views", score_json(page.previous_views)},
                     {"error_rate", score_json(page.previous_error_rate)}};
    add_values(previous, page.previous_p75);
    item["previous"] = std::move(previous);
    item["sparkline"] = Json::array();
    for (const auto& point : page.sparkline) {
      Json step = {{"at", point.at}, {"views", score_json(point.views)}};
      add_values(step, point.p75);
      item["sparkline"].push_back(std::move(step));
    }
    pages.push_back(std::move(item));
  }
  Json json = totals_json(overview.now);
  json["previous"] = totals_json(overview.previous);
  json["previous"]["from"] = time_json(overview.previous_from_unix_us);
  json["previous"]["to"] = time_json(overview.previous_to_unix_us);
  json["series_step"] = overview.hourly ? "hour" : "day";
  json["series"] = series_json(overview.series);
  json["releases"] = releases_json(overview.releases);
  json["page_count"] = overview.page_count;
  json["pages"] = std::move(pages);
  return json;
}

}  // namespace pagewake::api
