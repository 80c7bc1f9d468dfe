// How long records and the numbers made of them are kept. One for the whole
// server: what an operator wrote in its configuration holds; what is left open
// there can be changed while it runs. Pure, safe from many threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pagewake::model {

inline constexpr std::int64_t kMostRetentionDays = 3650;

struct Retention {
  std::int64_t raw_days = 30;      // page views, events, spans, logs, sessions
  std::int64_t rollup_days = 400;  // hourly sums, outcomes, source maps; at least raw_days
  friend bool operator==(const Retention&, const Retention&) = default;
};

// What is changed while the server runs; what is not set is the configuration's.
struct RetentionChange {
  std::optional<std::int64_t> raw_days, rollup_days;
};

struct RetentionRule {
  Retention configured;
  // Where the configuration says so ("--raw-retention-days"); "" it does not,
  // and `configured` holds the default.
  std::string raw_fixed_by, rollup_fixed_by;

  Retention with(const RetentionChange& change) const;
  // Errors: "invalid_retention" (what is allowed), "fixed_by_configuration".
  Status check(const RetentionChange& change) const;
};

// As the API takes and the store keeps it, {"raw_days":30}; "" is no change.
// Error "invalid_retention".
Result<RetentionChange> parse_retention(std::string_view json);
std::string to_json(const RetentionChange& change);

}  // namespace pagewake::model
