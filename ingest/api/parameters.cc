#include "api/parameters.h"

#include <charconv>
#include <cstdlib>

#include "model/records.h"

namespace pagewake::api {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kDayUs = 86'400 * kSecondUs;
// A browser's clock may be a little ahead of ours and is only corrected beyond
// two seconds: "until now" includes what just came in.
constexpr std::int64_t kAheadUs = 60 * kSecondUs;

Error invalid(std::string_view parameter, std::string_view value, std::string_view allowed) {
  return {"invalid_parameter", std::string(parameter) + ": \"" + std::string(value) + "\" is not " +
                                   std::string(allowed)};
}

// Exactly `digits` digits at `at`, which moves behind them.
std::optional<int> digits_at(std::string_view text, std::size_t& at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool take(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

// Days since 1970 (Howard Hinnant's public algorithm).
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

int days_in(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const auto year = digits_at(text, at, 4);
  if (!year || !take(text, at, "-")) return std::nullopt;
  const auto month = digits_at(text, at, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, at, "-")) return std::nullopt;
  const auto day = digits_at(text, at, 2);
  if (!day || *day < 1 || *day > days_in(*year, *month) || !take(text, at, "Tt")) {
    return std::nullopt;
  }
  const auto hour = digits_at(text, at, 2);
  if (!hour || *hour > 23 || !take(text, at, ":")) return std::nullopt;
  const auto minute = digits_at(text, at, 2);
  if (!minute || *minute > 59 || !take(text, at, ":")) return std::nullopt;
  const auto second = digits_at(text, at, 2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second
  std::int64_t fraction_us = 0;
  if (take(text, at, ".")) {
    std::int64_t unit_us = kSecondUs / 10;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit_us /= 10) {
      fraction_us += (text[at] - '0') * unit_us;
    }
    if (at == first) return std::nullopt;
  }
  std::int64_t offset_minutes = 0;
  if (!take(text, at, "Zz")) {
    if (at >= text.size()) return std::nullopt;
    const char sign = text[at];
    if (!take(text, at, "+- ")) return std::nullopt;
    const auto hours = digits_at(text, at, 2);
    if (!hours || *hours > 23 || !take(text, at, ":")) return std::nullopt;
    const auto minutes = digits_at(text, at, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    offset_minutes = (*hours * 60 + *minutes) * (sign == '-' ? -1 : 1);
  }
  if (at != text.size()) return std::nullopt;
  return days_from_civil(*year, *month, *day) * kDayUs +
         ((*hour * 60 + *minute - offset_minutes) * 60 + *second) * kSecondUs + fraction_us;
}

std::optional<std::int64_t> parse_before(std::string_view text, std::int64_t now_unix_us) {
  if (text.size() < 3 || text.front() != '-') return std::nullopt;
  std::int64_t unit_us = 0;
  switch (text.back()) {
    case 'm':
      unit_us = 60 * kSecondUs;
      break;
    case 'h':
      unit_us = 3600 * kSecondUs;
      break;
    case 'd':
      unit_us = kDayUs;
      break;
    default:
      return std::nullopt;
  }
  const auto number = parse_positive(text.substr(1, text.size() - 2));
  if (!number || *number > 100'000'000) return std::nullopt;
  return now_unix_us - *number * unit_us;
}

std::optional<std::string> given(const http::Request& request, std::string_view parameter) {
  const auto value = request.query_optional(parameter);
  if (!value) return std::nullopt;
  return std::string(*value);
}

}  // namespace

std::optional<std::int64_t> parse_positive(std::string_view text) {
  std::int64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

Result<std::int64_t> parse_time(std::string_view parameter, std::string_view text,
                                std::int64_t now_unix_us) {
  if (const auto time = parse_before(text, now_unix_us)) return *time;
  if (const auto time = parse_rfc3339(text)) return *time;
  return invalid(parameter, text,
                 "an RFC 3339 time (2026-11-21T04:00:00Z) or a time ago (-30m, -24h, -7d)");
}

Result<TimeRange> parse_range(const http::Request& request, DefaultRange missing,
                              std::int64_t now_unix_us) {
  TimeRange range;
  const bool report = missing == DefaultRange::kLastDay;
  range.from_unix_us = report ? now_unix_us - kDayUs : 0;
  range.to_unix_us = report ? now_unix_us + kAheadUs : INT64_MAX;
  range.shown_to_unix_us = now_unix_us;
  if (const auto text = request.query_value("from"); !text.empty()) {
    const auto from = parse_time("from", text, now_unix_us);
    if (!from) return from.error();
    range.from_unix_us = *from;
  }
  if (const auto text = request.query_value("to"); !text.empty()) {
    const auto to = parse_time("to", text, now_unix_us);
    if (!to) return to.error();
    range.to_unix_us = range.shown_to_unix_us = *to;
  }
  if (range.from_unix_us >= range.to_unix_us) {
    return Error{"invalid_parameter", "from: must lie before to"};
  }
  return range;
}

Result<model::Filter> parse_filter(const http::Request& request, const TimeRange& range) {
  model::Filter filter;
  filter.from_unix_us = range.from_unix_us;
  filter.to_unix_us = range.to_unix_us;
  filter.page = given(request, "page");
  filter.device = given(request, "device");
  filter.browser = given(request, "browser");
  filter.os = given(request, "os");
  filter.country = given(request, "country");
  filter.connection = given(request, "connection");
  filter.release = given(request, "release");
  filter.environment = given(request, "environment");
  filter.navigation_type = given(request, "navigation_type");
  if (filter.navigation_type && !model::navigation_type_from(*filter.navigation_type)) {
    return invalid("navigation_type", *filter.navigation_type,
                   "one of navigate, reload, back_forward, back_forward_cache, prerender, "
                   "restore, soft_navigation");
  }
  return filter;
}

Result<model::Paging> parse_paging(const http::Request& request) {
  model::Paging paging;
  if (const auto text = request.query_optional("limit")) {
    const auto limit = parse_positive(*text);
    if (!limit || *limit > 1000) return invalid("limit", *text, "a number from 1 to 1000");
    paging.limit = std::size_t(*limit);
  }
  paging.cursor = request.query_value("cursor");
  return paging;
}

Result<std::string> parse_choice(const http::Request& request, std::string_view parameter,
                                 std::initializer_list<std::string_view> allowed,
                                 std::string_view missing) {
  const std::string_view value = request.query_value(parameter);
  if (value.empty()) return std::string(missing);
  std::string list;
  for (std::string_view choice : allowed) {
    if (choice == value) return std::string(value);
    list += (list.empty() ? "one of " : ", ") + std::string(choice);
  }
  return invalid(parameter, value, list);
}

}  // namespace pagewake::api
