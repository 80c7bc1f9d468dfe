// What a request asks for, checked. Every refusal names the parameter, the
// value and what is allowed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "http/http.h"
#include "model/filter.h"

namespace pagewake::api {

// RFC 3339 ("2026-11-21T04:00:00.123Z", also with an offset) or a time before
// `now`: "-24h", "-7d", "-30m". In a decoded query a '+' may have become a
// space; both are read. Error "invalid_parameter" naming `parameter`.
Result<std::int64_t> parse_time(std::string_view parameter, std::string_view text,
                                std::int64_t now_unix_us);

// `from`/`to` of a request. A report without them is about the last 24 hours,
// a list about everything.
enum class DefaultRange { kLastDay, kEverything };
struct TimeRange {
  std::int64_t from_unix_us = 0, to_unix_us = INT64_MAX;  // [from, to), to search with
  std::int64_t shown_to_unix_us = 0;                      // what the answer says
};
Result<TimeRange> parse_range(const http::Request& request, DefaultRange missing,
                              std::int64_t now_unix_us);

// All filters of DESIGN part 3.
Result<model::Filter> parse_filter(const http::Request& request, const TimeRange& range);
Result<model::Paging> parse_paging(const http::Request& request);

// One of `allowed`; `missing` where the parameter is absent or empty.
Result<std::string> parse_choice(const http::Request& request, std::string_view parameter,
                                 std::initializer_list<std::string_view> allowed,
                                 std::string_view missing);

// A positive decimal number; nothing for anything else.
std::optional<std::int64_t> parse_positive(std::string_view text);

// A path parameter that is an id. Error "invalid_parameter".
template <typename T>
Result<T> parse_path_id(const http::Request& request, std::string_view parameter) {
  const std::string_view text = request.path_parameter(parameter);
  if (const auto id = parse_id<T>(text)) return *id;
  return Error{"invalid_parameter", std::string(parameter) + ": \"" + std::string(text) +
                                        "\" is not " + std::to_string(2 * T::kBytes) +
                                        " hex digits"};
}

}  // namespace pagewake::api
