#include "query/page_report.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/glance_hash.h"
#include "query/backend_time.h"
#include "query/findings.h"
#include "query/resource_name.h"
#include "query/second_thread.h"
#include "query/trace_join.h"
#include "storage/record_rules.h"
#include "storage/summary_sum.h"

namespace pagewake::query {
namespace {

using storage::GroupBy;
using storage::SummaryParts;

// So many are read at once, and joined with their traces; together kExaminedViews.
// Fewer and fewer: what the last ones take, everything waits for.
constexpr std::array<std::size_t, 4> kViewsRead = {300, 250, 150, 100};
static_assert(kViewsRead[0] + kViewsRead[1] + kViewsRead[2] + kViewsRead[3] == kExaminedViews);
constexpr std::size_t kKnownUrls = 20'000;
constexpr std::size_t kTargets = 10, kResources = 20, kSlices = 20, kBackendSpans = 20,
                      kSamples = 10, kScripts = 10, kThirdParties = 20;
// Bands of LCP quantiles that stand for "at p75" and "at p95".
constexpr double kP75Low = 0.70, kP75High = 0.80, kP95Low = 0.925, kP95High = 0.975;
constexpr double kResourceShare = 0.02;  // a resource of fewer views than this is no pattern
constexpr std::int64_t kHourlyUpToUs = std::int64_t{3 * 24 + 1} * 3'600'000'000;

double non_negative(double value) {
  return std::isfinite(value) ? std::clamp(value, 0.0, 1e12) : 0;
}

using Targets = std::map<std::pair<std::string, std::string>, WeightedSamples>;

std::vector<TargetRow> rows_of(const Targets& targets) {
  std::vector<TargetRow> rows;
  rows.reserve(targets.size());
  for (const auto& [key, samples] : targets) {
    rows.push_back({key.first, key.second, samples.weight(), samples.quantile(0.75).value_or(0)});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.views > b.views; });
  if (rows.size() > kTargets) rows.resize(kTargets);
  return rows;
}

using ScriptKey = std::tuple<std::string, std::string, std::string>;  // url, function, invoker
using Scripts = std::map<ScriptKey, WeightedSamples>;

template <typename Row, typename Value>
void keep_largest(std::vector<Row>& rows, std::size_t most, Value value) {
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Row& a, const Row& b) { return value(a) > value(b); });
  if (rows.size() > most) rows.resize(most);
}

std::vector<ScriptRow> rows_of(const Scripts& scripts) {
  std::vector<ScriptRow> rows;
  for (const auto& [key, samples] : scripts) {
    const auto& [url, function, invoker] = key;
    rows.push_back({url, function, invoker, samples.weight(), samples.quantile(0.75).value_or(0)});
  }
  keep_largest(rows, kScripts, [](const auto& row) { return row.p75_ms * row.views; });
  return rows;
}

struct Dimension {
  GroupBy key;
  std::vector<SliceRow> PageReport::*rows;
};
constexpr Dimension kDimensions[] = {
    {GroupBy::kDevice, &PageReport::device},
    {GroupBy::kBrowser, &PageReport::browser},
    {GroupBy::kOs, &PageReport::os},
    {GroupBy::kCountry, &PageReport::country},
    {GroupBy::kConnection, &PageReport::connection},
    {GroupBy::kRelease, &PageReport::release},
    {GroupBy::kNavigationType, &PageReport::navigation_type},
};

std::vector<SliceRow> slice_rows(const std::vector<storage::SummaryRow>& slice) {
  std::vector<SliceRow> rows;
  for (const auto& [value, summary] : slice) {
    rows.push_back({value, summary.views, error_rate_of(summary), p75_of(summary)});
  }
  keep_largest(rows, kSlices, [](const auto& row) { return row.views; });
  return rows;
}

// Takes the examined views in, a few hundred at a time, and keeps sums only.
class Examiner {
 public:
  // `slices`: the dimensions that the rollups do not answer.
  explicit Examiner(std::vector<const Dimension*> slices) : slice_dimensions_(std::move(slices)) {}

  Status add(storage::RecordReader& records, model::ProjectId project,
             std::vector<model::PageViewRecord> views) {
    const std::size_t first = seen_.size();
    for (const auto& record : views) add(record);
    return join(records, project, std::move(views), first);
  }

  void finish(PageReport& report) {
    report.examined_views = seen_.size();
    report.lcp = {ttfb_.quantile(0.75), load_delay_.quantile(0.75), load_duration_.quantile(0.75),
                  render_delay_.quantile(0.75)};
    report.inp = {input_delay_.quantile(0.75), processing_.quantile(0.75),
                  presentation_.quantile(0.75)};
    report.near_p75 = near_p75();
    report.lcp_elements = rows_of(lcp_elements_);
    report.inp_targets = rows_of(inp_targets_);
    report.shift_sources = rows_of(shift_sources_);
    finish_backend(report.backend);
    finish_resources(report);
    finish_third_parties(report.third_parties);
    report.inp_scripts = rows_of(inp_scripts_);
    report.frame_scripts = rows_of(frame_scripts_);
    for (const Dimension* dimension : slice_dimensions_) {
      std::vector<storage::SummaryRow> slice;
      for (auto& [value, sum] : slices_[dimension->key]) slice.push_back({value, sum.take()});
      report.*dimension->rows = slice_rows(slice);
    }
    report.where_p75 = time_band(seen_, span_names_, kP75Low, kP75High);
    report.where_p95 = time_band(seen_, span_names_, kP95Low, kP95High);
    std::stable_sort(samples_.begin(), samples_.end(), slower);
    if (samples_.size() > kSamples) samples_.resize(kSamples);
    report.samples = std::move(samples_);
  }

  // Once the report is whole: the rules read its slices too.
  std::vector<Finding> find(const PageReport& report) const {
    return findings(report, seen_, span_names_);
  }

 private:
  struct ResourceSum {
    WeightedSamples duration_ms, transfer_bytes;
    double views = 0;
    std::size_t last_view = SIZE_MAX;
  };
  struct BackendSum {
    WeightedSamples self_ms;  // one value a view
    double total_ms = 0;
    std::size_t count = 0;
  };
  // Visits of a page load the same few dozen URLs: each is taken apart once.
  struct KnownUrl {
    std::string name, host;
    std::vector<std::pair<std::string, ResourceSum*>> sums;  // by initiator
    // Whether it is of another site than the page's host, and which that was.
    std::string own_host;
    bool third_party = false;
  };
  using BackendKey = std::tuple<BackendPart, std::string, std::string, std::string>;

  // Of one host in the views that have it.
  struct ThirdPartySum {
    WeightedSamples requests, transfer_bytes, duration_ms, script_ms;  // one value a view
  };
  struct ThirdPartyUse {  // in one view
    std::size_t requests = 0;
    double transfer_bytes = 0, duration_ms = 0, script_ms = 0;
  };

  // Until the next call.
  KnownUrl& known(const std::string& url) {
    auto*& place = url_places_[glance_hash(url) % url_places_.size()];
    if (place != nullptr && place->first == url) return place->second;
    auto at = known_urls_.find(url);
    if (at == known_urls_.end()) {
      if (known_urls_.size() >= kKnownUrls) {
        known_urls_.clear();
        url_places_.fill(nullptr);
      }
      at =
          known_urls_.emplace(url, KnownUrl{resource_name(url), host_of(url), {}, "", false}).first;
    }
    place = &*at;
    return place->second;
  }
  KnownUrl& known(const std::string& url, const std::string& own_host) {
    KnownUrl& found = known(url);
    if (found.own_host != own_host) {
      found.own_host = own_host;
      found.third_party = is_third_party(found.host, own_host);
    }
    return found;
  }
  // As resource_name().
  const std::string& name_of(const std::string& url) { return known(url).name; }

  static bool is_third_party(const std::string& host, const std::string& own_host) {
    return !host.empty() && !own_host.empty() && !same_site(host, own_host);
  }

  ResourceSum& sum_of(KnownUrl& url, const Resource& resource) {
    for (const auto& [initiator, sum] : url.sums) {
      if (initiator == resource.initiator_type) return *sum;
    }
    ResourceSum& sum = resources_[{url.name, resource.initiator_type}];
    url.sums.emplace_back(resource.initiator_type, &sum);
    return sum;
  }

  static bool slower(const Sample& a, const Sample& b) {
    return a.vitals.lcp_ms.value_or(-1) > b.vitals.lcp_ms.value_or(-1);
  }

  void add(const model::PageViewRecord& record) {
    const PageView& view = record.view;
    const Attribution& why = view.attribution;
    Sample sample;
    sample.page_view_id = view.page_view_id;
    sample.trace_id = view.trace_id;
    sample.started_at_unix_us = record.started_at_unix_us();
    sample.vitals = {view.vitals.lcp_ms, view.vitals.inp_ms, view.vitals.cls, view.vitals.fcp_ms,
                     view.vitals.ttfb_ms};
    sample.device = view.device.type;
    sample.browser = record.browser;
    samples_.push_back(std::move(sample));
    if (samples_.size() >= 50 * kSamples) {
      std::stable_sort(samples_.begin(), samples_.end(), slower);
      samples_.resize(kSamples);
    }

    ExaminedView seen;
    const double weight = view.kept_by_exception ? 0 : non_negative(view.weight);
    seen.weight = weight;
    if (weight > 0) {
      const auto take = [weight](WeightedSamples& into, const std::optional<double>& value) {
        if (value) into.add(*value, weight);
      };
      take(ttfb_, why.lcp_time_to_first_byte_ms);
      take(load_delay_, why.lcp_resource_load_delay_ms);
      take(load_duration_, why.lcp_resource_load_duration_ms);
      take(render_delay_, why.lcp_element_render_delay_ms);
      take(input_delay_, why.inp_input_delay_ms);
      take(processing_, why.inp_processing_duration_ms);
      take(presentation_, why.inp_presentation_delay_ms);
      if (view.vitals.lcp_ms && !why.lcp_target.empty()) {
        take(lcp_elements_[{why.lcp_target, name_of(why.lcp_url)}], view.vitals.lcp_ms);
      }
      if (view.vitals.inp_ms && !why.inp_target.empty()) {
        take(inp_targets_[{why.inp_target, why.inp_type}], view.vitals.inp_ms);
      }
      if (why.cls_largest_shift_value && !why.cls_largest_shift_target.empty()) {
        take(shift_sources_[{why.cls_largest_shift_target, ""}], why.cls_largest_shift_value);
      }
      if (why.inp_longest_script_ms && !why.inp_longest_script_url.empty()) {
        take(inp_scripts_[{name_of(why.inp_longest_script_url), why.inp_longest_script_function,
                           why.inp_longest_script_invoker}],
             why.inp_longest_script_ms);
      }
      add_resources(view, weight);
      add_long_frames(view, weight);
      if (!slice_dimensions_.empty()) add_to_slices(record);
      seen.phases = load_phases(view);
      look_at_lcp_image(view, seen);
      seen.lcp_ms = view.vitals.lcp_ms;
      seen.parts.time_to_first_byte_ms = why.lcp_time_to_first_byte_ms;
      seen.parts.resource_load_delay_ms = why.lcp_resource_load_delay_ms;
      seen.parts.resource_load_duration_ms = why.lcp_resource_load_duration_ms;
      seen.parts.element_render_delay_ms = why.lcp_element_render_delay_ms;
    }
    seen_.push_back(std::move(seen));
  }

  void add_to_slices(const model::PageViewRecord& record) {
    const storage::CodedView coded = storage::code_view(record);
    for (const Dimension* dimension : slice_dimensions_) {
      slices_[dimension->key][storage::group_key(dimension->key, record)].add(
          coded, 1, storage::kVitalHistograms);
    }
  }

  void look_at_lcp_image(const PageView& view, ExaminedView& seen) {
    const std::string& url = view.attribution.lcp_url;
    if (url.empty()) return;
    const auto image = std::find_if(view.resources.begin(), view.resources.end(),
                                    [&](const Resource& r) { return r.url == url; });
    if (image == view.resources.end()) return;
    seen.lcp_resource = name_of(url);
    seen.lcp_initiator = image->initiator_type;
    seen.lcp_bytes = image->transfer_bytes > 0 ? image->transfer_bytes : image->encoded_body_bytes;
    const Resource* latest = &*image;
    for (const Resource& r : view.resources) {
      if (r.render_blocking && r.response_end_ms > latest->response_end_ms) latest = &r;
    }
    if (latest != &*image) seen.late_blocker = name_of(latest->url);
  }

  void add_long_frames(const PageView& view, double weight) {
    std::map<ScriptKey, double> ms_of;
    for (const LongFrame& frame : view.long_frames) {
      if (frame.script_url.empty()) continue;
      ms_of[{name_of(frame.script_url), frame.script_function, frame.invoker}] +=
          non_negative(frame.script_ms);
    }
    for (const auto& [key, ms] : ms_of) frame_scripts_[key].add(ms, weight);
  }

  void add_resources(const PageView& view, double weight) {
    const std::string own_host = host_of(view.url);
    std::map<std::string, ThirdPartyUse> use_of;
    for (const Resource& r : view.resources) {
      KnownUrl& url = known(r.url, own_host);
      const double duration_ms = non_negative(r.response_end_ms - r.start_ms);
      ResourceSum& sum = sum_of(url, r);
      if (sum.last_view != seen_.size()) {
        sum.last_view = seen_.size();
        sum.views += weight;
      }
      sum.duration_ms.add(duration_ms, weight);
      sum.transfer_bytes.add(double(r.transfer_bytes), weight);
      if (!url.third_party) continue;
      ThirdPartyUse& use = use_of[url.host];
      ++use.requests;
      use.transfer_bytes += double(r.transfer_bytes);
      use.duration_ms = std::max(use.duration_ms, duration_ms);
    }
    for (const LongFrame& frame : view.long_frames) {
      const std::string host = host_of(frame.script_url);
      if (is_third_party(host, own_host)) use_of[host].script_ms += non_negative(frame.script_ms);
    }
    for (const auto& [host, use] : use_of) {
      ThirdPartySum& sum = third_parties_[host];
      sum.requests.add(double(use.requests), weight);
      sum.transfer_bytes.add(use.transfer_bytes, weight);
      sum.duration_ms.add(use.duration_ms, weight);
      sum.script_ms.add(use.script_ms, weight);
    }
  }

  Status join(storage::RecordReader& records, model::ProjectId project,
              std::vector<model::PageViewRecord> views, std::size_t first) {
    std::unordered_map<TraceId, std::vector<std::size_t>, IdHash> views_of_trace;
    std::vector<TraceId> ids;
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (seen_[first + i].weight <= 0 || views[i].view.trace_id.is_zero()) continue;
      auto& of_trace = views_of_trace[views[i].view.trace_id];
      if (of_trace.empty()) ids.push_back(views[i].view.trace_id);
      of_trace.push_back(i);
    }
    if (ids.empty()) return Done{};
    auto spans = records.spans_of_traces(project, ids);
    if (!spans) return spans.error();
    std::unordered_map<TraceId, std::vector<model::SpanRecord>, IdHash> spans_of_trace;
    for (auto& span : *spans) {
      const TraceId id = span.trace_id;
      spans_of_trace[id].push_back(std::move(span));
    }
    for (const TraceId& id : ids) {  // in the order of the views, so that sums are reproducible
      const auto found = spans_of_trace.find(id);
      if (found == spans_of_trace.end()) continue;
      TraceInput input;
      std::unordered_map<PageViewId, std::size_t, IdHash> seen_of_view;
      for (std::size_t i : views_of_trace[id]) {
        seen_of_view[views[i].view.page_view_id] = first + i;
        input.page_views.push_back(std::move(views[i]));
      }
      input.spans = std::move(found->second);
      const JoinedTrace trace = join_trace(id, std::move(input));
      account(trace, seen_of_view, first + views_of_trace[id].front());
    }
    return Done{};
  }

  // `seen_of_view`: places in seen_ of the trace's views; `first_seen`: of the
  // one that spans of no view are counted with.
  void account(const JoinedTrace& trace,
               const std::unordered_map<PageViewId, std::size_t, IdHash>& seen_of_view,
               std::size_t first_seen) {
    std::unordered_map<SpanId, std::size_t, IdHash> places;
    for (std::size_t i = 0; i < trace.spans.size(); ++i) places[trace.spans[i].span_id] = i;

    // Own spans have no attributes_json of a sender and the browser's name;
    // a page view's root is the one without a parent.
    std::vector<bool> ours(trace.spans.size());
    std::vector<BackendPart> part(trace.spans.size(), BackendPart::kRequest);
    std::vector<Intervals> inner(trace.spans.size());
    for (std::size_t i = 0; i < trace.spans.size(); ++i) {
      const JoinedSpan& span = trace.spans[i];
      ours[i] = span.source == model::Source::kPagewake && span.service == kBrowserService;
      if (span.parent_span_id.is_zero()) continue;
      const std::size_t parent = places.at(span.parent_span_id);
      const JoinedSpan& outer = trace.spans[parent];
      const std::int64_t from = std::max(span.started_at_unix_us, outer.started_at_unix_us);
      const std::int64_t to = std::min(span.started_at_unix_us + span.duration_us,
                                       outer.started_at_unix_us + outer.duration_us);
      if (from < to) inner[parent].emplace_back(from, to);
      if (ours[i]) continue;
      if (ours[parent] && outer.parent_span_id.is_zero()) {
        part[i] = BackendPart::kNavigation;
      } else if (!ours[parent]) {
        part[i] = part[parent];
      }
    }
    for (const auto& [page_view_id, ms] : backend_ms_of(trace)) {
      const auto view = seen_of_view.find(page_view_id);
      if (view == seen_of_view.end()) continue;
      seen_[view->second].backend_ms = ms;
      backend_ms_.add(ms, seen_[view->second].weight);
    }

    // Own time and runs.
    std::map<std::pair<std::size_t, BackendKey>, std::pair<double, std::uint32_t>> self_ms_of_view;
    for (std::size_t i = 0; i < trace.spans.size(); ++i) {
      if (ours[i]) continue;
      const JoinedSpan& span = trace.spans[i];
      const auto found = seen_of_view.find(span.page_view_id);
      const std::size_t view = found == seen_of_view.end() ? first_seen : found->second;
      seen_[view].joined = true;
      BackendKey key{part[i], span_title(span.name, span.op, span.attributes_json), span.op,
                     span.service};
      const double self_ms = double(span.duration_us - covered_us(inner[i])) / 1000;
      BackendSum& sum = backend_[key];
      sum.total_ms += self_ms * seen_[view].weight;
      ++sum.count;
      auto& [ms, runs] = self_ms_of_view[{view, std::move(key)}];
      ms += self_ms;
      ++runs;
    }
    for (const auto& [key, time] : self_ms_of_view) {
      const auto& [view, backend_key] = key;
      const auto& [part, name, op, service] = backend_key;
      backend_[backend_key].self_ms.add(time.first, seen_[view].weight);
      if (part != BackendPart::kNavigation) continue;
      const auto [known, fresh] = span_places_.try_emplace({name, op, service}, span_names_.size());
      if (fresh) span_names_.push_back(known->first);
      seen_[view].backend_spans.push_back({known->second, time.first, time.second});
    }
  }

  std::optional<NearP75> near_p75() const {
    WeightedSamples all;
    for (const ExaminedView& seen : seen_) {
      if (seen.lcp_ms) all.add(*seen.lcp_ms, seen.weight);
    }
    const auto low = all.quantile(0.7), high = all.quantile(0.8);
    if (!low || !high) return std::nullopt;
    NearP75 near;
    double weight = 0, backend_weight = 0, backend_ms = 0;
    double ttfb = 0, load_delay = 0, load_duration = 0, render_delay = 0;
    for (const ExaminedView& seen : seen_) {
      if (!seen.lcp_ms || *seen.lcp_ms < *low || *seen.lcp_ms > *high ||
          !seen.parts.time_to_first_byte_ms || !seen.parts.resource_load_delay_ms ||
          !seen.parts.resource_load_duration_ms || !seen.parts.element_render_delay_ms) {
        continue;
      }
      near.lcp_ms += *seen.lcp_ms * seen.weight;
      ttfb += *seen.parts.time_to_first_byte_ms * seen.weight;
      load_delay += *seen.parts.resource_load_delay_ms * seen.weight;
      load_duration += *seen.parts.resource_load_duration_ms * seen.weight;
      render_delay += *seen.parts.element_render_delay_ms * seen.weight;
      weight += seen.weight;
      ++near.views;
      if (seen.backend_ms) {
        backend_ms += *seen.backend_ms * seen.weight;
        backend_weight += seen.weight;
      }
    }
    if (!(weight > 0)) return std::nullopt;
    near.lcp_ms /= weight;
    near.parts = {ttfb / weight, load_delay / weight, load_duration / weight,
                  render_delay / weight};
    if (backend_weight > 0) near.backend_ms = backend_ms / backend_weight;
    return near;
  }

  void finish_backend(BackendReport& report) const {
    double weight = 0, joined = 0;
    for (const ExaminedView& seen : seen_) {
      weight += seen.weight;
      if (seen.joined) joined += seen.weight;
    }
    if (weight > 0) report.joined_share = joined / weight;
    report.p75_ms = backend_ms_.quantile(0.75);
    std::map<BackendPart, double> totals;
    for (const auto& [key, sum] : backend_) totals[std::get<0>(key)] += sum.total_ms;
    for (const auto& [key, sum] : backend_) {
      const auto& [part, name, op, service] = key;
      const double total = totals[part];
      report.spans.push_back({part, name, op, service, sum.self_ms.quantile(0.75).value_or(0),
                              total > 0 ? sum.total_ms / total : 0, sum.count});
    }
    std::stable_sort(report.spans.begin(), report.spans.end(), [](const auto& a, const auto& b) {
      return a.part != b.part ? a.part < b.part : a.share > b.share;
    });
    // The largest of each part.
    std::map<BackendPart, std::size_t> kept;
    std::erase_if(report.spans,
                  [&](const auto& span) { return ++kept[span.part] > kBackendSpans; });
  }

  void finish_resources(PageReport& report) const {
    double weight = 0;
    for (const ExaminedView& seen : seen_) weight += seen.weight;
    std::vector<ResourceRow> rows;
    for (const auto& [key, sum] : resources_) {
      if (sum.views < kResourceShare * weight) continue;
      rows.push_back({key.first, key.second, sum.views, sum.duration_ms.quantile(0.75).value_or(0),
                      sum.transfer_bytes.quantile(0.5).value_or(0)});
    }
    report.heaviest_resources = rows;
    keep_largest(rows, kResources, [](const auto& row) { return row.p75_duration_ms; });
    report.resources = std::move(rows);
    std::erase_if(report.heaviest_resources,
                  [](const auto& row) { return row.median_transfer_bytes <= 0; });
    keep_largest(report.heaviest_resources, kResources,
                 [](const auto& row) { return row.median_transfer_bytes; });
  }

  void finish_third_parties(std::vector<ThirdPartyRow>& rows) const {
    for (const auto& [host, sum] : third_parties_) {
      rows.push_back({host, sum.requests.weight(), sum.requests.mean(),
                      sum.transfer_bytes.quantile(0.5).value_or(0),
                      sum.duration_ms.quantile(0.75).value_or(0),
                      sum.script_ms.quantile(0.75).value_or(0)});
    }
    keep_largest(rows, kThirdParties,
                 [](const auto& row) { return row.p75_script_ms + row.p75_duration_ms; });
  }

  std::vector<ExaminedView> seen_;
  std::vector<SpanName> span_names_;  // of spans that answered navigations
  std::map<SpanName, std::size_t> span_places_;
  std::vector<Sample> samples_;
  WeightedSamples ttfb_, load_delay_, load_duration_, render_delay_, input_delay_, processing_,
      presentation_, backend_ms_;
  Targets lcp_elements_, inp_targets_, shift_sources_;
  std::map<std::pair<std::string, std::string>, ResourceSum> resources_;
  Scripts inp_scripts_, frame_scripts_;
  std::map<std::string, ThirdPartySum> third_parties_;
  std::unordered_map<std::string, KnownUrl> known_urls_;
  // Some of them, by a glance.
  std::array<std::pair<const std::string, KnownUrl>*, 1024> url_places_{};
  std::vector<const Dimension*> slice_dimensions_;
  std::map<GroupBy, std::map<std::string, storage::SummarySum>> slices_;
  std::map<BackendKey, BackendSum> backend_;
};

using Views = Result<std::vector<model::PageViewRecord>>;

// The newest visits, a few hundred at a time: read on a thread of their own, where
// there is a processor for it, while who asks for them works on those before, or
// on something else first.
class VisitsAhead {
 public:
  VisitsAhead(storage::RecordReader& records, model::ProjectId project, const model::Filter& filter)
      : records_(records), project_(project) {
    query_.filter = filter;
    query_.parts = ViewParts::kMeasured;
    if (!has_second_processor()) return;
    try {
      reader_ = std::thread([this] { read_all(); });
    } catch (const std::system_error&) {
      // No thread is to be had: next() reads, then.
    }
  }
  ~VisitsAhead() {
    if (!reader_.joinable()) return;
    unwanted_ = true;
    reader_.join();
  }
  VisitsAhead(const VisitsAhead&) = delete;
  VisitsAhead& operator=(const VisitsAhead&) = delete;

  // None once there are no more, or kExaminedViews were given: the last to be
  // asked for, as an error is.
  Views next() {
    if (!reader_.joinable()) return read();
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return !read_.empty() || failure_; });
    if (read_.empty()) std::rethrow_exception(failure_);
    Views views = std::move(read_.front());
    read_.pop_front();
    return views;
  }

 private:
  void read_all() {
    try {
      for (bool more = true; more && !unwanted_;) {
        Views views = read();
        more = views.ok() && !views->empty();
        const std::lock_guard lock(mutex_);
        read_.push_back(std::move(views));
        came_.notify_one();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      came_.notify_one();
    }
  }
  Views read() {
    if (reads_ == kViewsRead.size()) return std::vector<model::PageViewRecord>();
    auto views = records_.page_views(project_, query_, {kViewsRead[reads_], std::move(cursor_)});
    if (!views) return views.error();
    cursor_ = std::move(views->next_cursor);
    reads_ = cursor_.empty() ? kViewsRead.size() : reads_ + 1;
    return std::move(views->items);
  }

  storage::RecordReader& records_;
  const model::ProjectId project_;
  storage::PageViewQuery query_;
  std::size_t reads_ = 0;
  std::string cursor_;
  std::mutex mutex_;  // of read_ and failure_
  std::condition_variable came_;
  std::deque<Views> read_;  // the last one is empty, or an error
  std::exception_ptr failure_;
  std::atomic<bool> unwanted_ = false;
  std::thread reader_;
};

}  // namespace

Distribution bins_of(const model::VitalHistogram& histogram, const std::vector<double>& widths) {
  constexpr double kGoodNumber = 40;
  constexpr std::size_t kMost = 60;
  if (histogram.empty() || widths.empty()) return {};
  const double p99 = histogram.quantile(0.99).value_or(0);
  double width = widths.back();
  for (double candidate : widths) {
    if (p99 <= candidate * kGoodNumber) {
      width = candidate;
      break;
    }
  }
  Distribution bins;
  for (const auto& bucket : histogram.buckets()) {
    if (!(bucket.count > 0)) continue;
    const double place = std::ceil((bucket.low + bucket.high) / 2 / width) - 1;
    const auto index = std::min(std::size_t(std::clamp(place, 0.0, 1e6)), kMost - 1);
    while (bins.size() <= index) {
      const double at = double(bins.size());
      bins.push_back({at * width, (at + 1) * width, 0});
    }
    bins[index].count += bucket.count;
    if (index == kMost - 1) bins[index].high = std::max(bins[index].high, bucket.high);
  }
  return bins;
}

Result<std::vector<ReleaseMark>> release_marks(storage::RecordReader& records,
                                               model::ProjectId project, std::int64_t from_unix_us,
                                               std::int64_t to_unix_us) {
  auto releases = records.releases(project);
  if (!releases) return releases.error();
  std::vector<ReleaseMark> marks;
  for (auto& seen : *releases) {
    if (seen.first_seen_unix_us >= from_unix_us && seen.first_seen_unix_us < to_unix_us) {
      marks.push_back({std::move(seen.release), seen.first_seen_unix_us});
    }
  }
  return marks;
}

bool has_hourly_steps(const model::Filter& filter) {
  return filter.to_unix_us <= filter.from_unix_us ||
         filter.to_unix_us - filter.from_unix_us <= kHourlyUpToUs;
}

Result<std::vector<storage::SummaryRow>> sums_by_step(storage::RecordReader& records,
                                                      model::ProjectId project,
                                                      const model::Filter& filter,
                                                      SummaryParts parts) {
  return records.summarize(project, filter,
                           has_hourly_steps(filter) ? GroupBy::kHour : GroupBy::kDay, parts);
}

std::vector<SeriesPoint> series_of(std::vector<storage::SummaryRow> steps) {
  std::vector<SeriesPoint> series;
  for (auto& [at, sum] : steps) {
    series.push_back(
        {std::move(at),
         sum.views,
         error_rate_of(sum),
         p75_of(sum),
         {sum.ttfb_ms.quantile(0.75), sum.lcp_resource_load_delay_ms.quantile(0.75),
          sum.lcp_resource_load_duration_ms.quantile(0.75),
          sum.lcp_element_render_delay_ms.quantile(0.75)},
         {sum.inp_input_delay_ms.quantile(0.75), sum.inp_processing_duration_ms.quantile(0.75),
          sum.inp_presentation_delay_ms.quantile(0.75)}});
  }
  return series;
}

Result<PageReport> page_report(storage::RecordReader& records, model::ProjectId project,
                               const model::Filter& filter) {
  PageReport report;
  VisitsAhead visits(records, project, filter);
  // Totals and series from the same sums. Of days, each sum is of all pages.
  auto steps = sums_by_step(records, project, filter);
  if (!steps) return steps.error();
  storage::SummarySum sum;
  for (const auto& row : *steps) sum.add(row.summary);
  const storage::VitalSummary total = sum.take();
  report.views = total.views;
  report.views_kept_by_exception = total.views_kept_by_exception;
  report.error_rate = error_rate_of(total);
  report.vitals = vitals_of(total);
  // Widths divide both thresholds, so no bin is half good.
  report.lcp_ms = bins_of(total.lcp_ms, {100, 250, 500});
  report.inp_ms = bins_of(total.inp_ms, {10, 20, 50, 100});
  report.cls = bins_of(total.cls, {0.01, 0.025, 0.05});
  report.fcp_ms = bins_of(total.fcp_ms, {50, 100, 200, 300, 600});
  report.ttfb_ms = bins_of(total.ttfb_ms, {25, 50, 100, 200});

  report.hourly = has_hourly_steps(filter);
  report.series = series_of(std::move(*steps));
  auto marks = release_marks(records, project, filter.from_unix_us, filter.to_unix_us);
  if (!marks) return marks.error();
  report.releases = std::move(*marks);

  std::vector<const Dimension*> known, others;
  std::vector<GroupBy> groups;
  for (const Dimension& dimension : kDimensions) {
    if (storage::answered_by_rollups(filter, dimension.key)) {
      known.push_back(&dimension);
      groups.push_back(dimension.key);
    } else {
      others.push_back(&dimension);
    }
  }
  auto slices = records.summaries(project, filter, groups, SummaryParts::kVitals);
  if (!slices) return slices.error();
  for (std::size_t i = 0; i < known.size(); ++i) {
    report.*known[i]->rows = slice_rows((*slices)[i]);
  }

  Examiner examiner(std::move(others));
  for (;;) {
    auto views = visits.next();
    if (!views) return views.error();
    if (views->empty()) break;
    auto added = examiner.add(records, project, std::move(*views));
    if (!added) return added.error();
  }
  examiner.finish(report);
  report.findings = examiner.find(report);
  return report;
}

}  // namespace pagewake::query
