// What /metrics shows, in Prometheus' text form.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "http/server.h"
#include "storage/record_store.h"

namespace pagewake::app {

// Counts answered requests. Safe to call from many threads.
class HttpMetrics {
 public:
  void count(const http::Exchange& exchange);
  // pagewake_http_requests_total and pagewake_http_request_duration_seconds.
  void write(std::string& out) const;

 private:
  static constexpr std::array<double, 10> kBoundsSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                         0.025,  0.1,   0.5,    1,     5};
  struct Durations {
    std::array<std::uint64_t, kBoundsSeconds.size() + 1> counts{};
    double sum_seconds = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, std::uint64_t>
      requests_;                                // method, route, status
  std::map<std::string, Durations> durations_;  // by route
  std::uint64_t request_bytes_ = 0, response_bytes_ = 0;
};

// Durations of one kind of thing. Safe to call from many threads.
class LatencyHistogram {
 public:
  void count(std::int64_t duration_us);
  // A histogram in seconds under `name`.
  void write(std::string_view name, std::string_view help, std::string& out) const;

 private:
  static constexpr std::array<double, 12> kBoundsSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                         0.05,   0.1,   0.25,   0.5,   1,    5};
  mutable std::mutex mutex_;
  std::array<std::uint64_t, kBoundsSeconds.size() + 1> counts_{};
  double sum_seconds_ = 0;
};

void write_outcomes(const std::vector<storage::OutcomeCount>& outcomes, std::string& out);

// A label's value: backslash, quote and line feed are escaped.
std::string escape_label(std::string_view text);
// The HELP and TYPE lines.
void write_header(std::string_view name, std::string_view help, std::string_view type,
                  std::string& out);

// A metric of one value, with its help and type.
void write_counter(std::string_view name, std::string_view help, double value, std::string& out);
void write_gauge(std::string_view name, std::string_view help, double value, std::string& out);

}  // namespace pagewake::app
