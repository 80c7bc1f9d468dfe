// What a project may send a UTC day. Pure, safe from many threads.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace pagewake::model {

// Counted in requests, and in records of a category; 0: no limit.
struct Quotas {
  std::int64_t requests_per_day = 0, events_per_day = 0, spans_per_day = 0, logs_per_day = 0,
               sessions_per_day = 0;
  friend bool operator==(const Quotas&, const Quotas&) = default;
};

inline constexpr std::int64_t kMostPerDay = 1'000'000'000'000;

inline constexpr std::array<std::pair<const char*, std::int64_t Quotas::*>, 5> kQuotaFields{
    {{"requests_per_day", &Quotas::requests_per_day},
     {"events_per_day", &Quotas::events_per_day},
     {"spans_per_day", &Quotas::spans_per_day},
     {"logs_per_day", &Quotas::logs_per_day},
     {"sessions_per_day", &Quotas::sessions_per_day}}};

// Where both limit, the smaller holds.
Quotas tightest(const Quotas& a, const Quotas& b);

// As the API takes and the store keeps them; what is left out is 0, "" is no
// limit at all. Error "invalid_quotas": names the field and what is allowed.
Result<Quotas> parse_quotas(std::string_view json);
std::string to_json(const Quotas& quotas);

}  // namespace pagewake::model
