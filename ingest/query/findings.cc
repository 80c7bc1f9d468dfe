#include "query/findings.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "query/resource_name.h"

namespace pagewake::query {
namespace {

constexpr double kNotableMs = 200;      // less is not worth a sentence
constexpr double kNotableShare = 0.15;  // of the LCP
constexpr double kMany = 0.25;          // of the visits

std::string text_of(const char* format, double value) {
  char out[40];
  std::snprintf(out, sizeof out, format, value);
  return out;
}
std::string ms_text(double ms) {
  return ms < 999.5 ? text_of("%.0f ms", ms) : text_of("%.1f s", ms / 1000);
}
std::string percent_text(double share) { return text_of("%.0f %%", share * 100); }
std::string bytes_text(double bytes) {
  return bytes < 999'500 ? text_of("%.0f kB", bytes / 1000) : text_of("%.1f MB", bytes / 1e6);
}
std::string code(const std::string& name) {
  std::string out = "`";
  for (const char c : name) out += c == '`' ? '\'' : c;
  return out + "`";
}
std::string file_of(const std::string& url) {
  const std::size_t slash = url.rfind('/');
  return slash == std::string::npos || slash + 1 == url.size() ? url : url.substr(slash + 1);
}

using Slow = std::vector<const ExaminedView*>;

double weight_of(const Slow& slow) {
  double sum = 0;
  for (const auto* view : slow) sum += view->weight;
  return sum;
}

template <typename Value>
double mean_of(const Slow& slow, Value value) {
  double sum = 0;
  for (const auto* view : slow) sum += value(*view) * view->weight;
  const double weight = weight_of(slow);
  return weight > 0 ? sum / weight : 0;
}

template <typename Which>
Slow some_of(const Slow& slow, Which which) {
  Slow out;
  for (const auto* view : slow) {
    if (which(*view)) out.push_back(view);
  }
  return out;
}

template <typename Key>
std::string most_frequent(const Slow& slow, Key key) {
  std::map<std::string, double> weights;
  for (const auto* view : slow) weights[key(*view)] += view->weight;
  const auto most =
      std::max_element(weights.begin(), weights.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == weights.end() ? std::string() : most->first;
}

Slow slow_visits(const std::vector<ExaminedView>& views) {
  WeightedSamples all;
  for (const auto& view : views) {
    if (view.lcp_ms && view.phases) all.add(*view.lcp_ms, view.weight);
  }
  const auto p75 = all.quantile(0.75);
  Slow slow;
  for (const auto& view : views) {
    if (p75 && view.lcp_ms && view.phases && view.weight > 0 && *view.lcp_ms >= *p75) {
      slow.push_back(&view);
    }
  }
  return slow;
}

// Concerned visits, their share and what they lose to `part`; nothing where
// it is too little.
struct Loss {
  Slow visits;
  double share = 0, ms = 0;
};
template <typename Part>
std::optional<Loss> loss(const Slow& slow, Part part) {
  Loss found;
  found.visits = some_of(slow, [&](const ExaminedView& view) {
    return part(view) >= kNotableMs && part(view) >= kNotableShare * *view.lcp_ms;
  });
  const double weight = weight_of(slow);
  if (found.visits.empty() || !(weight > 0)) return std::nullopt;
  found.share = weight_of(found.visits) / weight;
  if (found.share < kMany) return std::nullopt;
  found.ms = mean_of(found.visits, part);
  return found;
}

void lcp_image_found_late(const Slow& slow, std::vector<Finding>& out) {
  const auto found = loss(slow, [](const ExaminedView& view) {
    return view.lcp_resource.empty() ? 0 : view.phases->resource_load_delay_ms;
  });
  if (!found) return;
  const std::string image =
      most_frequent(found->visits, [](const auto& v) { return v.lcp_resource; });
  const std::string how =
      most_frequent(found->visits, [](const auto& v) { return v.lcp_initiator; });
  std::string why = "it is not in the HTML where the browser looks first";
  if (how == "css") why = "it is set by CSS";
  if (how == "img")
    why = "its `<img>` comes from a script, is lazy-loaded or waits behind other files";
  if (how == "fetch" || how == "xmlhttprequest" || how == "script") why = "a script asks for it";
  if (how == "link") why = "its preload comes late";
  out.push_back({"lcp_image_found_late",
                 "The LCP image " + code(file_of(image)) + " is discovered " + ms_text(found->ms) +
                     " late in " + percent_text(found->share) + " of the slow visits: " + why +
                     ". Put it into the HTML or preload it.",
                 found->ms, found->share, slow.size()});
}

void heavy_lcp_image(const Slow& slow, std::vector<Finding>& out) {
  constexpr double kHeavyBytes = 150'000;
  const auto found = loss(slow, [](const ExaminedView& view) {
    return double(view.lcp_bytes) < kHeavyBytes ? 0 : view.phases->resource_load_duration_ms;
  });
  if (!found) return;
  const std::string image =
      most_frequent(found->visits, [](const auto& v) { return v.lcp_resource; });
  WeightedSamples bytes;
  for (const auto* view : found->visits) bytes.add(double(view->lcp_bytes), view->weight);
  out.push_back({"heavy_lcp_image",
                 "The LCP image " + code(file_of(image)) + " weighs " +
                     bytes_text(bytes.quantile(0.5).value_or(0)) + " and takes " +
                     ms_text(found->ms) + " to load in " + percent_text(found->share) +
                     " of the slow visits. Serve it smaller and in a modern format.",
                 found->ms, found->share, slow.size()});
}

void late_render(const Slow& slow, std::vector<Finding>& out) {
  const auto found =
      loss(slow, [](const ExaminedView& view) { return view.phases->element_render_delay_ms; });
  if (!found) return;
  const Slow blocked =
      some_of(found->visits, [](const auto& v) { return !v.late_blocker.empty(); });
  const bool by_file = weight_of(blocked) >= weight_of(found->visits) / 2;
  const std::string file = most_frequent(blocked, [](const auto& v) { return v.late_blocker; });
  out.push_back({by_file ? "render_blocked" : "late_render",
                 "The main content is there but painted " + ms_text(found->ms) + " later in " +
                     percent_text(found->share) + " of the slow visits: " +
                     (by_file ? code(file_of(file)) +
                                    " blocks rendering. Inline what is needed, defer the rest."
                              : "scripts keep the page busy or it is hidden at first (fade-in, "
                                "client-side rendering)."),
                 found->ms, found->share, slow.size()});
}

void slow_connection_setup(const Slow& slow, std::vector<Finding>& out) {
  if (const auto found = loss(slow, [](const auto& v) { return v.phases->redirect_ms; })) {
    out.push_back({"redirects",
                   percent_text(found->share) +
                       " of the slow visits are redirected first, which costs " +
                       ms_text(found->ms) + ". Link to the final address.",
                   found->ms, found->share, slow.size()});
  }
  if (const auto found =
          loss(slow, [](const auto& v) { return v.phases->dns_ms + v.phases->connect_ms; })) {
    out.push_back(
        {"slow_connect",
         "Looking up the host and connecting takes " + ms_text(found->ms) + " in " +
             percent_text(found->share) +
             " of the slow visits. An edge nearer to them, HTTP/3 or TLS 1.3 shortens it.",
         found->ms, found->share, slow.size()});
  }
}

void slow_backend(const Slow& slow, const std::vector<SpanName>& names, std::vector<Finding>& out) {
  const Slow joined = some_of(slow, [](const auto& v) { return v.backend_ms.has_value(); });
  if (joined.size() < kFewestVisits) return;
  const auto times_of = [](const ExaminedView& view, std::size_t span) {
    const auto at = std::find_if(view.backend_spans.begin(), view.backend_spans.end(),
                                 [&](const SpanTime& time) { return time.span == span; });
    return at == view.backend_spans.end() ? SpanTime{} : *at;
  };
  for (std::size_t span = 0; span < names.size(); ++span) {
    const auto found = loss(joined, [&](const auto& v) { return times_of(v, span).self_ms; });
    if (!found) continue;
    const SpanName& name = names[span];
    const bool query = name.op.starts_with("db"), call = name.op.starts_with("http.client");
    const double runs =
        mean_of(found->visits, [&](const auto& v) { return times_of(v, span).count; });
    std::string text = percent_text(found->share) + " of the slow visits wait for " +
                       (call    ? "the call "
                        : query ? ""
                                : "") +
                       code(name.name) + ": " + ms_text(found->ms) + " each";
    if (query && runs >= 5) {
      text += ", in " + text_of("%.0f", runs) + " runs. Ask once for all of them.";
    } else {
      text += query  ? ". Look at its plan and its index."
              : call ? " in " + name.service + ". Ask it beside other work, or cache its answer."
                     : " of its own work in " + name.service + ".";
    }
    const char* rule = query && runs >= 5 ? "repeated_query"
                       : query            ? "slow_query"
                       : call             ? "slow_call"
                                          : "slow_handler";
    out.push_back({rule, text, found->ms, found->share, joined.size()});
  }
}

void no_backend(const PageReport& report, const Slow& slow, std::vector<Finding>& out) {
  if (report.backend.joined_share > 0) return;
  const auto found = loss(slow, [](const auto& v) { return v.phases->request_ms; });
  if (!found) return;
  out.push_back({"no_backend_joined",
                 "The server's first byte takes " + ms_text(found->ms) + " in " +
                     percent_text(found->share) +
                     " of the slow visits, but no backend trace is joined: with OpenTelemetry in "
                     "the backend this says which query or call it is.",
                 found->ms, found->share, slow.size()});
}

void slow_interaction(const PageReport& report, std::vector<Finding>& out) {
  if (!report.vitals.inp_ms || report.vitals.inp_ms->p75 <= kInpMs.good) return;
  const TargetRow* worst = nullptr;
  double all = 0;
  for (const auto& row : report.inp_targets) {
    all += row.views;
    if (row.p75 > kInpMs.good && (!worst || row.views * row.p75 > worst->views * worst->p75))
      worst = &row;
  }
  if (!worst || worst->views < double(kFewestVisits)) return;
  std::string text =
      "The page answers " + code(worst->target) + " only after " + ms_text(worst->p75);
  if (!report.inp_scripts.empty()) {
    const auto& script = report.inp_scripts.front();
    text += "; the longest script is " +
            (script.function.empty() ? std::string() : code(script.function) + " in ") +
            code(file_of(script.url)) + ", " + ms_text(script.p75_ms);
  }
  text += ". Do the work in pieces, or after the next paint.";
  out.push_back({"slow_interaction", text, worst->p75, worst->views / all, std::size_t(all)});
}

void layout_shift(const PageReport& report, std::vector<Finding>& out) {
  if (!report.vitals.cls || report.vitals.cls->p75 <= kCls.good || report.shift_sources.empty())
    return;
  const auto worst = std::max_element(
      report.shift_sources.begin(), report.shift_sources.end(),
      [](const auto& a, const auto& b) { return a.views * a.p75 < b.views * b.p75; });
  if (worst->views < double(kFewestVisits)) return;
  const double share = std::min(1.0, worst->views / report.vitals.cls->count);
  out.push_back({"layout_shift",
                 code(worst->target) + " moves by " + text_of("%.2f", worst->p75) + " in " +
                     percent_text(share) +
                     " of the visits. Reserve its space, or that of what appears above it.",
                 0, share, std::size_t(report.vitals.cls->count)});
}

void busy_third_party(const PageReport& report, std::vector<Finding>& out) {
  for (const auto& row : report.third_parties) {
    if (row.p75_script_ms < kNotableMs || row.views < double(kFewestVisits)) continue;
    out.push_back({"busy_third_party",
                   "Scripts of " + code(row.host) + " keep the page busy for " +
                       ms_text(row.p75_script_ms) + ". Load them later or not at all.",
                   row.p75_script_ms,
                   report.views > 0 ? std::min(1.0, row.views / report.views) : 0,
                   std::size_t(row.views)});
  }
}

void slow_slice(const PageReport& report, std::vector<Finding>& out) {
  const std::pair<const char*, const std::vector<SliceRow>*> dimensions[] = {
      {"device", &report.device},
      {"connection", &report.connection},
      {"browser", &report.browser},
      {"system", &report.os},
      {"country", &report.country},
      {"release", &report.release},
      {"kind of navigation", &report.navigation_type},
  };
  std::optional<Finding> worst;
  for (const auto& [dimension, values] : dimensions) {
    const std::vector<SliceRow>* rows = values;
    double views = 0;
    for (const auto& row : *rows) views += row.views;
    const auto rest_of = [&rows](const SliceRow& one) -> const SliceRow* {
      const SliceRow* rest = nullptr;  // the largest other value
      for (const auto& row : *rows) {
        if (&row != &one && row.p75.lcp_ms && (!rest || row.views > rest->views)) rest = &row;
      }
      return rest;
    };
    for (const auto& row : *rows) {
      const SliceRow* rest = rest_of(row);
      if (row.value.empty() || !row.p75.lcp_ms || !rest || rest->value.empty()) continue;
      const double more = *row.p75.lcp_ms - *rest->p75.lcp_ms;
      if (row.views < 0.1 * views || row.views < 2 * double(kFewestVisits) ||
          rest->views < 2 * double(kFewestVisits) || more < 2 * kNotableMs ||
          *row.p75.lcp_ms < 1.5 * *rest->p75.lcp_ms) {
        continue;
      }
      if (worst && worst->impact_ms >= more) continue;
      worst = Finding{"slow_slice",
                      "Visits with " + std::string(dimension) + " " + code(row.value) + " (" +
                          percent_text(row.views / views) + ") see the main content after " +
                          ms_text(*row.p75.lcp_ms) + ", " +
                          text_of("%.1f", *row.p75.lcp_ms / *rest->p75.lcp_ms) +
                          " times as late as " + code(rest->value) + ".",
                      more, row.views / views, std::size_t(views)};
    }
  }
  if (worst) out.push_back(std::move(*worst));
}

void failing(const PageReport& report, std::vector<Finding>& out) {
  constexpr double kNotableErrors = 0.05;
  if (report.error_rate < kNotableErrors || report.views < 4 * double(kFewestVisits)) return;
  out.push_back(
      {"errors",
       percent_text(report.error_rate) + " of the visits have an error. The issues say which.", 0,
       report.error_rate, std::size_t(report.views)});
}

}  // namespace

std::vector<Finding> findings(const PageReport& report, const std::vector<ExaminedView>& views,
                              const std::vector<SpanName>& names) {
  std::vector<Finding> out;
  if (const Slow slow = slow_visits(views); slow.size() >= kFewestVisits) {
    lcp_image_found_late(slow, out);
    heavy_lcp_image(slow, out);
    late_render(slow, out);
    slow_connection_setup(slow, out);
    slow_backend(slow, names, out);
    no_backend(report, slow, out);
  }
  slow_interaction(report, out);
  layout_shift(report, out);
  busy_third_party(report, out);
  slow_slice(report, out);
  failing(report, out);
  std::stable_sort(out.begin(), out.end(),
                   [](const Finding& a, const Finding& b) { return a.impact_ms > b.impact_ms; });
  return out;
}

}  // namespace pagewake::query
