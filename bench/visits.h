// Visits of a shop, for the benchmarks: page views as our SDK sends them and
// what the server knows beside. Random, but the same for the same seed.
//
// What repeats itself in life does here: visitors come in sessions, a file whose
// name carries a hash has one size and comes from the cache once it was fetched,
// a page asks for its own files, devices have the screens there are. What varies
// in life does: every id, every time (log-normal, in the steps of the browser's
// clock: 0.1 ms, or 1 ms in Firefox and Safari), every vital, what fetch() calls
// bring, which other products a page shows, windows of desktops.
// storage/README.md has the whole list.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "wire/page_view.h"

namespace pagewake::bench {

struct Visit {
  Beacon beacon;  // with one page view of 30 resources, as it ended
  // What the server finds out: from the URL, the User-Agent, the address.
  std::string page, device_type, browser, browser_version, os, country;
  std::int64_t received_at_unix_us = 0;
  std::int64_t clock_skew_us = 0;  // of it, the way's delay
};

class VisitMaker {
 public:
  explicit VisitMaker(std::uint64_t seed);

  // The next page view to end: of one of the visitors who are there, or of a
  // new one. `failed`: with an error and its stack.
  Visit next(std::int64_t received_at_unix_us, bool failed = false);

 private:
  struct Visitor {
    SessionId session;
    Device device;
    std::string browser, browser_version, os, country;
    double clock_step_ms = 0.1;
    double round_trip_ms = 50, bytes_per_ms = 1'000;  // of their connection
    double slowness = 1;                              // of their device
    std::int64_t skew_us = 0;
    std::size_t views = 0, last_page = 0;
    std::vector<std::size_t> cached;  // numbers of files, sorted
  };

  Visitor arrival();
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool one_of(double share);
  double lognormal(double median, double sigma);
  void fetch_resources(Visitor& visitor, std::size_t page, PageView& view);
  void add_request(PageView& view, const Resource& resource, double clock_step_ms);
  void measure(const Visitor& visitor, PageView& view);

  std::mt19937_64 random_;
  std::vector<Visitor> there_;
};

}  // namespace pagewake::bench
