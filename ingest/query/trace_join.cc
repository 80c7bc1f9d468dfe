#include "query/trace_join.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace pagewake::query {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max() / 4;
constexpr int kNone = -1;

// Times come from clients. Held within some centuries, sums and differences
// below cannot overflow.
std::int64_t sane_time(std::int64_t unix_us) {
  return std::clamp<std::int64_t>(unix_us, 0, 10'000'000'000'000'000);
}
std::int64_t sane_duration(std::int64_t us) {
  return std::clamp<std::int64_t>(us, 0, 1'000'000'000'000'000);
}
std::int64_t us_of(double ms) {
  if (!std::isfinite(ms)) return 0;
  return std::llround(std::clamp(ms, -1e12, 1e12) * 1000);
}

enum class Origin : std::uint8_t { kPageView, kBrowserSpan, kBackend };

struct Node {
  JoinedSpan span;
  Origin origin = Origin::kBackend;
  // Where the work that this span asked for must lie, from its start.
  std::int64_t inner_from_us = 0, inner_to_us = kForever;
  const model::PageViewRecord* page_view = nullptr;  // of a page view's root
  int parent = kNone;
  std::vector<int> children;
};

std::int64_t page_view_start(const model::PageViewRecord& record) {
  constexpr std::int64_t kMaxMs = 10'000'000'000'000;
  const std::int64_t ms = std::clamp<std::int64_t>(record.view.started_at_unix_ms, 0, kMaxMs);
  const std::int64_t skew = std::clamp<std::int64_t>(record.clock_skew_us, -kMaxMs, kMaxMs);
  return sane_time(ms * 1000 + skew);
}

const char* op_of(NavigationType type) {
  switch (type) {
    case NavigationType::kBackForwardCache:
      return "bfcache";
    case NavigationType::kSoftNavigation:
      return "navigation";
    case NavigationType::kNavigate:
    case NavigationType::kReload:
    case NavigationType::kBackForward:
    case NavigationType::kPrerender:
    case NavigationType::kRestore:
      break;
  }
  return "pageload";
}

// The page view's `duration_ms` runs until the visitor leaves; a span that long
// would squeeze the load into the first pixels. The root span lasts until the
// last thing we know to belong to the load.
double load_duration_ms(const PageView& view) {
  double end = 0;
  if (view.timing) {
    end = std::max({end, view.timing->response_end_ms, view.timing->dom_complete_ms,
                    view.timing->load_event_end_ms});
  }
  end = std::max({end, view.vitals.lcp_ms.value_or(0), view.vitals.fcp_ms.value_or(0)});
  if (end > 0) return end;
  for (const BrowserSpan& span : view.spans) end = std::max(end, span.start_ms + span.duration_ms);
  return end > 0 ? std::min(end, std::max(view.duration_ms, 0.0)) : view.duration_ms;
}

Node node_of(const model::PageViewRecord& record) {
  const PageView& view = record.view;
  Node node;
  node.origin = Origin::kPageView;
  node.page_view = &record;
  JoinedSpan& span = node.span;
  span.span_id = view.span_id;
  if (span.span_id.is_zero()) {
    // A client of another make may leave it out; the page view is still shown.
    std::copy_n(view.page_view_id.bytes.begin(), SpanId::kBytes, span.span_id.bytes.begin());
  }
  span.name = view.page.empty() ? view.url : view.page;
  span.op = op_of(view.navigation_type);
  span.service = kBrowserService;
  span.kind = model::SpanKind::kClient;
  span.page_view_id = view.page_view_id;
  span.started_at_unix_us = page_view_start(record);
  span.duration_us = sane_duration(us_of(load_duration_ms(view)));
  if (!view.url.empty()) span.attributes.emplace_back("url.full", view.url);
  span.attributes.emplace_back("pagewake.navigation_type",
                               std::string(model::name_of(view.navigation_type)));
  if (view.timing) {
    if (view.timing->response_status != 0) {
      span.attributes.emplace_back("http.response.status_code",
                                   std::to_string(view.timing->response_status));
      if (view.timing->response_status >= 400) span.status = model::SpanStatus::kError;
    }
    node.inner_from_us = std::max<std::int64_t>(0, us_of(view.timing->request_start_ms));
    const std::int64_t response_end = us_of(view.timing->response_end_ms);
    if (response_end > node.inner_from_us) node.inner_to_us = response_end;
  }
  return node;
}

Node node_of(const BrowserSpan& browser, const model::PageViewRecord& record) {
  Node node;
  node.origin = Origin::kBrowserSpan;
  JoinedSpan& span = node.span;
  span.span_id = browser.span_id;
  span.reported_parent_span_id = browser.parent_span_id;
  span.name = browser.name;
  span.op = browser.op;
  span.service = kBrowserService;
  span.kind = browser.op == "http.client" ? model::SpanKind::kClient : model::SpanKind::kInternal;
  span.status = browser.failed || browser.http_status >= 400 ? model::SpanStatus::kError
                                                             : model::SpanStatus::kUnset;
  span.page_view_id = record.view.page_view_id;
  span.started_at_unix_us = sane_time(page_view_start(record) + us_of(browser.start_ms));
  span.duration_us = sane_duration(us_of(browser.duration_ms));
  span.attributes = browser.attributes;
  if (browser.http_status != 0) {
    const bool known =
        std::any_of(span.attributes.begin(), span.attributes.end(),
                    [](const auto& a) { return a.first == "http.response.status_code"; });
    if (!known) {
      span.attributes.emplace_back("http.response.status_code",
                                   std::to_string(browser.http_status));
    }
  }
  // Length 0: it had not ended when it was sent.
  if (span.duration_us > 0) node.inner_to_us = span.duration_us;
  return node;
}

Node node_of(model::SpanRecord&& record) {
  Node node;
  JoinedSpan& span = node.span;
  span.span_id = record.span_id;
  span.reported_parent_span_id = record.parent_span_id;
  span.name = std::move(record.name);
  span.op = std::move(record.op);
  span.service = std::move(record.service);
  span.status_message = std::move(record.status_message);
  span.kind = record.kind;
  span.status = record.status;
  span.source = record.source;
  span.started_at_unix_us = sane_time(record.started_at_unix_us);
  span.duration_us = sane_duration(record.duration_us);
  span.attributes_json = std::move(record.attributes_json);
  span.events_json = std::move(record.events_json);
  // Only a call that waits for its answer holds what it called; a message may
  // be worked on long after it was sent.
  if (span.kind == model::SpanKind::kClient && span.duration_us > 0) {
    node.inner_to_us = span.duration_us;
  }
  return node;
}

bool is_server(const JoinedSpan& span) {
  return span.kind == model::SpanKind::kServer || span.op == "http.server";
}

class Joiner {
 public:
  Joiner(const TraceId& trace_id, TraceInput input, TraceLimits limits)
      : input_(std::move(input)), limits_(limits) {
    out_.trace_id = trace_id;
  }

  JoinedTrace run() {
    collect();
    connect();
    cut_cycles();
    claim_navigations();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].parent != kNone) nodes_[nodes_[i].parent].children.push_back(int(i));
    }
    walk_breadth_first();
    correct_clocks();
    inherit_page_views();
    emit_spans();
    emit_events();
    emit_logs();
    emit_axis();
    return std::move(out_);
  }

 private:
  std::int64_t start(int i) const { return nodes_[i].span.started_at_unix_us; }
  std::int64_t duration(int i) const { return nodes_[i].span.duration_us; }
  bool in_browser(int i) const { return nodes_[i].origin != Origin::kBackend; }
  int find(const SpanId& id) const {
    const auto at = by_id_.find(id);
    return at == by_id_.end() ? kNone : at->second;
  }

  // One total order over everything that can differ makes the rest
  // independent of the order of the input.
  void collect() {
    std::sort(input_.page_views.begin(), input_.page_views.end(), [](const auto& a, const auto& b) {
      return std::tuple(page_view_start(a), a.view.page_view_id, a.view.revision) <
             std::tuple(page_view_start(b), b.view.page_view_id, b.view.revision);
    });
    std::size_t count = input_.page_views.size() + input_.spans.size();
    for (const auto& record : input_.page_views) count += record.view.spans.size();
    nodes_.reserve(count);
    for (const auto& record : input_.page_views) {
      out_.page_view_ids.push_back(record.view.page_view_id);
      nodes_.push_back(node_of(record));
      for (const BrowserSpan& span : record.view.spans) nodes_.push_back(node_of(span, record));
    }
    for (auto& record : input_.spans) nodes_.push_back(node_of(std::move(record)));

    std::stable_sort(nodes_.begin(), nodes_.end(), [](const Node& a, const Node& b) {
      const auto key = [](const Node& n) {
        return std::tie(n.origin, n.span.started_at_unix_us, n.span.span_id, n.span.duration_us,
                        n.span.source, n.span.service, n.span.name, n.span.reported_parent_span_id);
      };
      return key(a) < key(b);
    });
    std::vector<Node> unique;
    unique.reserve(nodes_.size());
    for (Node& node : nodes_) {
      if (node.span.span_id.is_zero()) continue;
      if (by_id_.emplace(node.span.span_id, int(unique.size())).second) {
        unique.push_back(std::move(node));
      }
    }
    nodes_ = std::move(unique);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].page_view) roots_by_page_view_.emplace(nodes_[i].span.page_view_id, int(i));
    }
  }

  int page_view_root_of(int i) const {
    const auto at = roots_by_page_view_.find(nodes_[i].span.page_view_id);
    return at == roots_by_page_view_.end() ? kNone : at->second;
  }

  void connect() {
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const int i = int(n);
      Node& node = nodes_[i];
      if (node.origin == Origin::kPageView) continue;
      int parent = node.span.reported_parent_span_id.is_zero()
                       ? kNone
                       : find(node.span.reported_parent_span_id);
      if (parent == i) parent = kNone;
      if (node.origin == Origin::kBrowserSpan && (parent == kNone || !in_browser(parent))) {
        parent = page_view_root_of(i);
      }
      node.parent = parent;
    }
  }

  // Follows parents once over all spans; a walk that meets itself found a
  // cycle, which is cut at its earliest span (nodes_ are in that order).
  void cut_cycles() {
    std::vector<int> walk_of(nodes_.size(), kNone);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      int i = int(n);
      while (i != kNone && walk_of[i] == kNone) {
        walk_of[i] = int(n);
        i = nodes_[i].parent;
      }
      if (i == kNone || walk_of[i] != int(n)) continue;
      int earliest = i;
      for (int j = nodes_[i].parent; j != i; j = nodes_[j].parent) earliest = std::min(earliest, j);
      nodes_[earliest].parent =
          nodes_[earliest].origin == Origin::kBrowserSpan ? page_view_root_of(earliest) : kNone;
    }
  }

  int topmost(int i) const {
    while (nodes_[i].parent != kNone) i = nodes_[i].parent;
    return i;
  }

  void claim_navigations() {
    std::unordered_multimap<SpanId, int, IdHash> orphans;  // by the parent they report
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const Node& node = nodes_[n];
      if (node.parent == kNone && node.origin == Origin::kBackend &&
          !node.span.reported_parent_span_id.is_zero()) {
        orphans.emplace(node.span.reported_parent_span_id, int(n));
      }
    }
    std::vector<int> unanswered_loads;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const int root = int(n);
      if (!nodes_[root].page_view) continue;
      const PageView& view = nodes_[root].page_view->view;
      bool answered = false;
      if (!view.server_span_id.is_zero()) {
        const int named = find(view.server_span_id);
        if (named != kNone && !in_browser(named)) {
          const int top = topmost(named);
          if (!in_browser(top)) nodes_[top].parent = root;
          answered = true;
        } else {
          const auto [first, last] = orphans.equal_range(view.server_span_id);
          for (auto orphan = first; orphan != last; ++orphan) {
            if (nodes_[orphan->second].parent != kNone) continue;
            nodes_[orphan->second].parent = root;
            answered = true;
          }
        }
      }
      if (!answered && view.timing) unanswered_loads.push_back(root);
    }
    if (unanswered_loads.size() != 1) return;
    std::vector<int> servers;
    for (std::size_t m = 0; m < nodes_.size(); ++m) {
      if (nodes_[m].parent == kNone && !in_browser(int(m)) &&
          nodes_[m].span.reported_parent_span_id.is_zero() && is_server(nodes_[m].span)) {
        servers.push_back(int(m));
      }
    }
    if (servers.size() == 1) nodes_[servers[0]].parent = unanswered_loads[0];
  }

  void walk_breadth_first() {
    order_.reserve(nodes_.size());
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].parent == kNone) order_.push_back(int(n));
    }
    for (std::size_t at = 0; at < order_.size(); ++at) {
      for (int child : nodes_[order_[at]].children) {
        nodes_[child].span.depth = nodes_[order_[at]].span.depth + 1;
        order_.push_back(child);
      }
    }
  }

  // Shifts of the clock under which `child` lies in what `parent` asked for.
  struct Allowed {
    std::int64_t from_us = 0, to_us = 0;
    std::int64_t smallest() const { return std::clamp<std::int64_t>(0, from_us, to_us); }
  };
  Allowed allowed(int parent, int child, std::int64_t parent_shift) const {
    const Allowed inside = placed_inside(parent, child, parent_shift);
    // One process that two clients instrument, each under a name of its own,
    // has one clock.
    if (in_one_process(parent, child) && inside.from_us <= parent_shift &&
        parent_shift <= inside.to_us) {
      return {parent_shift, parent_shift};
    }
    return inside;
  }
  // Only a server or a consumer goes on what another process began.
  bool in_one_process(int parent, int child) const {
    using Kind = model::SpanKind;
    const JoinedSpan& outer = nodes_[parent].span;
    const Kind inner = nodes_[child].span.kind;
    return !in_browser(parent) && !in_browser(child) &&
           (is_server(outer) || outer.kind == Kind::kInternal || outer.kind == Kind::kConsumer) &&
           (inner == Kind::kInternal || inner == Kind::kClient || inner == Kind::kProducer);
  }
  Allowed placed_inside(int parent, int child, std::int64_t parent_shift) const {
    const Node& outer = nodes_[parent];
    const std::int64_t from = start(parent) + parent_shift + outer.inner_from_us - start(child);
    if (outer.inner_to_us == kForever) return {from, kForever};
    const std::int64_t room = outer.inner_to_us - outer.inner_from_us;
    // A server may work on after the visitor gave up: then only its beginning
    // lies inside.
    return {from, from + (duration(child) <= room ? room - duration(child) : room)};
  }

  // Services one after the other, from the browser inwards, each against those
  // that are settled already.
  void correct_clocks() {
    const auto service_of = [this](int i) {
      return in_browser(i) ? 0 : service_ids_.at(nodes_[i].span.service);
    };
    std::vector<std::string> names{kBrowserService};
    for (int i : order_) {
      if (in_browser(i)) continue;
      if (service_ids_.emplace(nodes_[i].span.service, int(names.size())).second) {
        names.push_back(nodes_[i].span.service);
      }
    }
    struct Edge {
      int parent, child;
    };
    std::vector<std::vector<Edge>> edges(names.size());
    std::vector<std::vector<int>> members(names.size());
    for (int i : order_) {
      const int service = service_of(i);
      members[service].push_back(i);
      const int parent = nodes_[i].parent;
      if (parent == kNone || service_of(parent) == service) continue;
      edges[service].push_back({parent, i});
      edges[service_of(parent)].push_back({parent, i});
    }

    std::vector<bool> settled(names.size(), false);
    service_shift_.assign(names.size(), 0);
    settled[0] = true;
    std::vector<std::pair<std::size_t, std::string>> reasons(names.size());
    for (std::size_t service = 1; service < names.size(); ++service) {
      std::int64_t from = -kForever, to = kForever;
      std::vector<std::int64_t> smallest;
      std::string caller;
      for (const Edge& edge : edges[service]) {
        const bool inward = service_of(edge.child) == int(service);
        const int other = inward ? edge.parent : edge.child;
        if (!settled[service_of(other)]) continue;
        Allowed shift =
            allowed(edge.parent, edge.child, inward ? nodes_[edge.parent].span.shift_us : 0);
        if (!inward) {
          // This service called one that is settled: what holds for the child's
          // shift against ours holds, negated, for ours against the child's.
          const std::int64_t settled_shift = nodes_[edge.child].span.shift_us;
          shift = {shift.to_us == kForever ? -kForever : settled_shift - shift.to_us,
                   settled_shift - shift.from_us};
        }
        if (smallest.empty()) {
          caller = !inward                   ? "its request span to " + names[service_of(other)]
                   : in_browser(edge.parent) ? "the browser's request span"
                                             : "the request span of " + names[service_of(other)];
        }
        from = std::max(from, shift.from_us);
        to = std::min(to, shift.to_us);
        smallest.push_back(shift.smallest());
      }
      settled[service] = true;
      std::int64_t shift = 0;
      if (!smallest.empty()) {
        if (from > to) {
          const auto middle = smallest.begin() + std::ptrdiff_t(smallest.size() / 2);
          std::nth_element(smallest.begin(), middle, smallest.end());
          shift = *middle;
        } else {
          shift = Allowed{from, to}.smallest();
        }
      }
      service_shift_[service] = shift;
      for (int i : members[service]) nodes_[i].span.shift_us = shift;
      reasons[service] = {smallest.size(), std::move(caller)};
    }

    // What no shift of whole services could settle (several hosts behind one
    // name, services that call each other) moves with all that it called.
    std::vector<bool> varies(names.size(), false);
    std::vector<std::int64_t> extra(nodes_.size(), 0);
    for (int i : order_) {
      const int parent = nodes_[i].parent;
      if (parent == kNone || in_browser(i)) continue;
      extra[i] = extra[parent];
      nodes_[i].span.shift_us += extra[i];
      if (service_of(parent) == service_of(i)) continue;
      const std::int64_t own = nodes_[i].span.shift_us;
      const Allowed inside = allowed(parent, i, nodes_[parent].span.shift_us);
      const std::int64_t missing = std::clamp(own, inside.from_us, inside.to_us) - own;
      if (missing == 0) continue;
      extra[i] += missing;
      nodes_[i].span.shift_us += missing;
      varies[service_of(i)] = true;
    }

    for (std::size_t service = 1; service < names.size(); ++service) {
      const std::int64_t shift = service_shift_[service];
      if (shift == 0 && !varies[service]) continue;
      const auto& [requests, caller] = reasons[service];
      ClockCorrection correction{names[service], shift, requests, varies[service], ""};
      if (varies[service]) {
        correction.reason =
            "no single shift places its spans inside every request that called "
            "them: some were placed by themselves, the median is given";
      } else {
        correction.reason =
            (shift > 0 ? "server span began before " : "server span ended after ") + caller;
      }
      out_.clock.push_back(std::move(correction));
    }
    std::sort(out_.clock.begin(), out_.clock.end(),
              [](const auto& a, const auto& b) { return a.service < b.service; });
    for (Node& node : nodes_) node.span.started_at_unix_us += node.span.shift_us;
  }

  void inherit_page_views() {
    for (int i : order_) {
      const int parent = nodes_[i].parent;
      if (parent == kNone) continue;
      nodes_[i].span.parent_span_id = nodes_[parent].span.span_id;
      if (!in_browser(i)) nodes_[i].span.page_view_id = nodes_[parent].span.page_view_id;
    }
  }

  void emit_spans() {
    const auto earlier = [this](int a, int b) {
      return std::tuple(start(a), nodes_[a].span.span_id) <
             std::tuple(start(b), nodes_[b].span.span_id);
    };
    std::vector<bool> kept(nodes_.size(), true);
    if (nodes_.size() > limits_.spans) {
      // Shallow ones first: then a span that is kept has its parent kept.
      std::vector<int> by_depth = order_;
      std::sort(by_depth.begin(), by_depth.end(), [&](int a, int b) {
        const auto depth_a = nodes_[a].span.depth, depth_b = nodes_[b].span.depth;
        return depth_a != depth_b ? depth_a < depth_b : earlier(a, b);
      });
      for (std::size_t i = limits_.spans; i < by_depth.size(); ++i) kept[by_depth[i]] = false;
      out_.truncated = true;
    }
    std::vector<int> stack;
    for (int i : order_) {
      if (nodes_[i].parent == kNone && kept[i]) stack.push_back(i);
    }
    std::sort(stack.begin(), stack.end(), [&](int a, int b) { return earlier(b, a); });
    for (Node& node : nodes_) {
      std::sort(node.children.begin(), node.children.end(),
                [&](int a, int b) { return earlier(b, a); });
    }
    out_.spans.reserve(std::min(nodes_.size(), limits_.spans));
    while (!stack.empty()) {
      const int i = stack.back();
      stack.pop_back();
      for (int child : nodes_[i].children) {
        if (kept[child]) stack.push_back(child);
      }
      out_.spans.push_back(nodes_[i].span);
    }
  }

  void emit_events() {
    std::sort(input_.events.begin(), input_.events.end(), [](const auto& a, const auto& b) {
      return std::tie(a.occurred_at_unix_us, a.event_id) <
             std::tie(b.occurred_at_unix_us, b.event_id);
    });
    if (input_.events.size() > limits_.events) {
      input_.events.resize(limits_.events);
      out_.truncated = true;
    }
    for (auto& event : input_.events) {
      const int span = find(event.span_id);
      const std::int64_t shift = span == kNone ? 0 : nodes_[span].span.shift_us;
      const std::int64_t at = sane_time(event.occurred_at_unix_us) + shift;
      out_.events.push_back({std::move(event), at});
    }
    std::stable_sort(out_.events.begin(), out_.events.end(),
                     [](const auto& a, const auto& b) { return a.at_unix_us < b.at_unix_us; });
  }

  void emit_logs() {
    std::sort(input_.logs.begin(), input_.logs.end(), [](const auto& a, const auto& b) {
      return std::tie(a.at_unix_us, a.log_id, a.message) <
             std::tie(b.at_unix_us, b.log_id, b.message);
    });
    if (input_.logs.size() > limits_.logs) {
      input_.logs.resize(limits_.logs);
      out_.truncated = true;
    }
    for (auto& log : input_.logs) {
      std::int64_t shift = 0;
      if (const int span = find(log.span_id); span != kNone) {
        shift = nodes_[span].span.shift_us;
      } else if (const auto at = service_ids_.find(log.service); at != service_ids_.end()) {
        shift = service_shift_[at->second];
      }
      const std::int64_t at = sane_time(log.at_unix_us) + shift;
      out_.logs.push_back({std::move(log), at});
    }
    std::stable_sort(out_.logs.begin(), out_.logs.end(),
                     [](const auto& a, const auto& b) { return a.at_unix_us < b.at_unix_us; });
  }

  void emit_axis() {
    std::int64_t first = kForever, last = 0;
    for (const JoinedSpan& span : out_.spans) {
      first = std::min(first, span.started_at_unix_us);
      last = std::max(last, span.started_at_unix_us + span.duration_us);
    }
    if (out_.spans.empty()) {
      for (const auto& log : out_.logs) {
        first = std::min(first, log.at_unix_us);
        last = std::max(last, log.at_unix_us);
      }
      for (const auto& event : out_.events) {
        first = std::min(first, event.at_unix_us);
        last = std::max(last, event.at_unix_us);
      }
    }
    if (first == kForever) first = 0;
    out_.started_at_unix_us = first;
    out_.duration_us = std::max<std::int64_t>(0, last - first);
  }

  TraceInput input_;
  TraceLimits limits_;
  JoinedTrace out_;
  std::vector<Node> nodes_;
  std::vector<int> order_;  // breadth first
  std::unordered_map<SpanId, int, IdHash> by_id_;
  std::unordered_map<PageViewId, int, IdHash> roots_by_page_view_;
  std::map<std::string, int> service_ids_;  // backend services
  std::vector<std::int64_t> service_shift_;
};

}  // namespace

JoinedTrace join_trace(const TraceId& trace_id, TraceInput input, TraceLimits limits) {
  return Joiner(trace_id, std::move(input), limits).run();
}

Result<std::optional<JoinedTrace>> load_trace(storage::RecordReader& records,
                                              model::ProjectId project, const TraceId& trace_id) {
  TraceInput input;
  storage::PageViewQuery views;
  views.trace_id = trace_id;
  auto page_views = records.page_views(project, views, {1000, ""});
  if (!page_views) return page_views.error();
  input.page_views = std::move(page_views->items);
  auto spans = records.spans_of_trace(project, trace_id);
  if (!spans) return spans.error();
  input.spans = std::move(*spans);
  auto logs = records.logs_of_trace(project, trace_id);
  if (!logs) return logs.error();
  input.logs = std::move(*logs);
  storage::EventQuery of_trace;
  of_trace.trace_id = trace_id;
  auto events = records.events(project, of_trace, {1000, ""});
  if (!events) return events.error();
  input.events = std::move(events->items);
  if (input.page_views.empty() && input.spans.empty() && input.logs.empty() &&
      input.events.empty()) {
    return std::optional<JoinedTrace>();
  }
  return std::optional<JoinedTrace>(join_trace(trace_id, std::move(input)));
}

}  // namespace pagewake::query
