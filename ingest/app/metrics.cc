#include "app/metrics.h"

#include <fmt/format.h>

#include <iterator>

namespace pagewake::app {

std::string escape_label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

void write_header(std::string_view name, std::string_view help, std::string_view type,
                  std::string& out) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void HttpMetrics::count(const http::Exchange& exchange) {
  const double seconds = static_cast<double>(exchange.duration_us) / 1e6;
  std::size_t bucket = 0;
  while (bucket < kBoundsSeconds.size() && seconds > kBoundsSeconds[bucket]) ++bucket;
  const std::lock_guard lock(mutex_);
  ++requests_[{exchange.method, exchange.route, exchange.status}];
  auto& durations = durations_[exchange.route];
  ++durations.counts[bucket];
  durations.sum_seconds += seconds;
  request_bytes_ += exchange.request_bytes;
  response_bytes_ += exchange.response_bytes;
}

void HttpMetrics::write(std::string& out) const {
  const std::lock_guard lock(mutex_);
  auto to = std::back_inserter(out);
  write_header("pagewake_http_requests_total",
               "Answered requests; an empty route matched none or was refused unread.", "counter",
               out);
  for (const auto& [key, count] : requests_) {
    const auto& [method, route, status] = key;
    fmt::format_to(to,
                   "pagewake_http_requests_total{{method=\"{}\",route=\"{}\",status=\"{}\"}} {}\n",
                   escape_label(method), escape_label(route), status, count);
  }
  write_header("pagewake_http_request_duration_seconds",
               "From the complete request to the complete answer.", "histogram", out);
  for (const auto& [route, durations] : durations_) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kBoundsSeconds.size(); ++i) {
      below += durations.counts[i];
      fmt::format_to(to,
                     "pagewake_http_request_duration_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n",
                     escape_label(route), kBoundsSeconds[i], below);
    }
    below += durations.counts.back();
    fmt::format_to(to,
                   "pagewake_http_request_duration_seconds_bucket{{route=\"{}\",le=\"+Inf\"}} {}\n",
                   escape_label(route), below);
    fmt::format_to(to, "pagewake_http_request_duration_seconds_sum{{route=\"{}\"}} {:.6f}\n",
                   escape_label(route), durations.sum_seconds);
    fmt::format_to(to, "pagewake_http_request_duration_seconds_count{{route=\"{}\"}} {}\n",
                   escape_label(route), below);
  }
  write_header("pagewake_http_body_bytes_total", "Bytes of bodies, as on the wire.", "counter",
               out);
  fmt::format_to(to, "pagewake_http_body_bytes_total{{direction=\"in\"}} {}\n", request_bytes_);
  fmt::format_to(to, "pagewake_http_body_bytes_total{{direction=\"out\"}} {}\n", response_bytes_);
}

void LatencyHistogram::count(std::int64_t duration_us) {
  const double seconds = static_cast<double>(duration_us) / 1e6;
  std::size_t bucket = 0;
  while (bucket < kBoundsSeconds.size() && seconds > kBoundsSeconds[bucket]) ++bucket;
  const std::lock_guard lock(mutex_);
  ++counts_[bucket];
  sum_seconds_ += seconds;
}

void LatencyHistogram::write(std::string_view name, std::string_view help, std::string& out) const {
  const std::lock_guard lock(mutex_);
  write_header(name, help, "histogram", out);
  auto to = std::back_inserter(out);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBoundsSeconds.size(); ++i) {
    below += counts_[i];
    fmt::format_to(to, "{}_bucket{{le=\"{}\"}} {}\n", name, kBoundsSeconds[i], below);
  }
  below += counts_.back();
  fmt::format_to(to, "{}_bucket{{le=\"+Inf\"}} {}\n{}_sum {:.6f}\n{}_count {}\n", name, below, name,
                 sum_seconds_, name, below);
}

void write_outcomes(const std::vector<storage::OutcomeCount>& outcomes, std::string& out) {
  write_header("pagewake_outcomes_total",
               "What became of each record since start; received = stored + dropped.", "counter",
               out);
  for (const auto& outcome : outcomes) {
    fmt::format_to(std::back_inserter(out),
                   "pagewake_outcomes_total{{project=\"{}\",category=\"{}\",outcome=\"{}\",reason="
                   "\"{}\"}} {}\n",
                   outcome.project, model::name_of(outcome.category),
                   outcome.drop_reason ? "dropped" : "stored",
                   outcome.drop_reason ? name_of(*outcome.drop_reason) : std::string_view(),
                   outcome.count);
  }
}

void write_counter(std::string_view name, std::string_view help, double value, std::string& out) {
  write_header(name, help, "counter", out);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

void write_gauge(std::string_view name, std::string_view help, double value, std::string& out) {
  write_header(name, help, "gauge", out);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

}  // namespace pagewake::app
