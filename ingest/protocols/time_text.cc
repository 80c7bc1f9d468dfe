#include "protocols/time_text.h"

#include <cmath>

#include "protocols/json.h"

namespace pagewake::protocols {
namespace {

constexpr std::int64_t kLatestUnixUs = 253'402'300'800'000'000;  // the year 10,000

// Reads exactly `digits` digits.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return {};
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return {};
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant's
// days_from_civil): exact for every year, no tables.
std::int64_t days_from_civil(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = y / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

std::optional<std::int64_t> within_range(std::int64_t unix_us) {
  if (unix_us <= 0 || unix_us >= kLatestUnixUs) return {};
  return unix_us;
}

std::optional<std::int64_t> scaled(double number, double us_per_unit) {
  const double us = number * us_per_unit;
  if (!(us > 0) || us >= static_cast<double>(kLatestUnixUs)) return {};
  return within_range(std::llround(us));
}

}  // namespace

std::optional<std::int64_t> unix_us_from_text(std::string_view text) {
  const auto year = number_at(text, 0, 4), month = number_at(text, 5, 2),
             day = number_at(text, 8, 2), hour = number_at(text, 11, 2),
             minute = number_at(text, 14, 2);
  if (!year || !month || !day || !hour || !minute) return {};
  if (text[4] != '-' || text[7] != '-' || text[13] != ':') return {};
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return {};
  if (*month < 1 || *month > 12 || *day < 1 || *day > 31 || *hour > 24 || *minute > 59) return {};
  std::size_t at = 16;
  std::int64_t second = 0, us = 0;
  if (at < text.size() && text[at] == ':') {
    const auto seconds = number_at(text, at + 1, 2);
    if (!seconds || *seconds > 60) return {};
    second = *seconds;
    at += 3;
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
      std::int64_t unit = 100'000;
      const std::size_t first = ++at;
      for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        us += (text[at] - '0') * unit;
        unit /= 10;
      }
      if (at == first) return {};
    }
  }
  std::int64_t offset_s = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const auto hours = number_at(text, at + 1, 2);
    const bool colon = at + 3 < text.size() && text[at + 3] == ':';
    const auto minutes = number_at(text, at + (colon ? 4 : 3), 2);
    if (!hours || *hours > 23 || (minutes && *minutes > 59)) return {};
    offset_s = (*hours * 60 + minutes.value_or(0)) * 60;
    if (text[at] == '-') offset_s = -offset_s;
    at += minutes ? (colon ? 6u : 5u) : 3u;
  }
  if (at != text.size()) return {};
  const std::int64_t days = days_from_civil(*year, *month, *day);
  const std::int64_t seconds = ((days * 24 + *hour) * 60 + *minute) * 60 + second - offset_s;
  return within_range(seconds * 1'000'000 + us);
}

std::optional<std::int64_t> unix_us_from_seconds(double seconds) { return scaled(seconds, 1e6); }

std::optional<std::int64_t> unix_us_from_any_unit(double number) {
  if (number < 1e11) return scaled(number, 1e6);
  if (number < 1e14) return scaled(number, 1e3);
  if (number < 1e17) return scaled(number, 1);
  return scaled(number, 1e-3);
}

std::optional<std::int64_t> unix_us_from_seconds_or_text(const Value& value) {
  if (const auto seconds = value.number()) return unix_us_from_seconds(*seconds);
  return unix_us_from_text(value.text());
}

}  // namespace pagewake::protocols
