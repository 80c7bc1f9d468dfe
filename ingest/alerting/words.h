// Numbers, names and links as messages write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/records.h"

namespace pagewake::alerting {

// With so many digits after the point, none of the locale's marks: "12.50".
std::string shown(double value, int digits);
// "1,234,567", rounded.
std::string shown_count(double value);
// "5 min", "6 h", "3 d": whole ones of a duration in seconds.
std::string shown_duration(std::int64_t seconds);
// "2310 ms"; CLS has no unit: "0.120".
std::string shown_vital(std::string_view vital, double value);
// "lcp_ms" -> "LCP"
std::string short_vital(std::string_view vital);

// Links into the dashboard; `public_url` without a trailing slash.
std::string issue_url(const std::string& public_url, model::ProjectId project,
                      model::IssueId issue);
std::string page_url(const std::string& public_url, model::ProjectId project,
                     const std::string& page);

}  // namespace pagewake::alerting
