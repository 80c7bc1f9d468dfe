// The bodies that the load sends: 64 visits of a shop as beacons of our SDK,
// the same visits as JSON for a peer that reads JSON, and exports of an
// OpenTelemetry SDK. Random, but the same in every run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "wire/page_view.h"

namespace pagewake::bench {

enum class Kind : std::uint8_t { kBeacon, kJson, kOtlp };

inline constexpr std::size_t kVisits = 64;
inline constexpr std::size_t kSpansPerExport = 96;  // 8 requests of a backend, 12 spans each

// One visit (visits.h) with one page view of 30 resources, its first, as a
// browser that stayed to the end sends it. Every `errors_every`th visit failed once; 0: none.
Beacon make_visit(std::size_t number, std::size_t errors_every, std::int64_t now_unix_ms);

// The visit's content with few names and times as numbers in arrays: what a
// JavaScript team would send that cares about size.
std::string visit_json(const Beacon& visit);

// A body whose ids can be replaced in place, so that each request is a visit
// (an export) of its own and making it costs next to nothing.
class Body {
 public:
  Body(Kind kind, std::size_t number, std::size_t errors_every, std::int64_t now_unix_ms);

  // The body with new ids; valid until the next call.
  std::string_view next(std::mt19937_64& random);

  std::int64_t made_at_unix_ms() const { return made_at_unix_ms_; }

 private:
  struct Place {
    std::size_t offset = 0, id = 0, bytes = 0;
  };
  void find_places(const std::vector<std::string>& ids);

  std::int64_t made_at_unix_ms_;
  bool hex_ = false;
  std::size_t ids_ = 0;
  std::string bytes_;
  std::vector<Place> places_;
};

}  // namespace pagewake::bench
