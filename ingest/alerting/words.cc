#include "alerting/words.h"

#include <cstdio>

namespace pagewake::alerting {
namespace {

std::string percent_encoded(const std::string& text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : std::string{'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

std::string project_url(const std::string& public_url, model::ProjectId project) {
  return public_url + "/p/" + std::to_string(project);
}

}  // namespace

std::string shown(double value, int digits) {
  char out[64];
  std::snprintf(out, sizeof out, "%.*f", digits, value);
  return out;
}

std::string shown_duration(std::int64_t seconds) {
  if (seconds < 3600) return std::to_string(seconds / 60) + " min";
  if (seconds < 86'400) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86'400) + " d";
}

std::string shown_count(double value) {
  std::string out = shown(value, 0);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

std::string shown_vital(std::string_view vital, double value) {
  return vital == "cls" ? shown(value, 3) : shown(value, 0) + " ms";
}

std::string short_vital(std::string_view vital) {
  std::string out(vital.substr(0, vital.find("_ms")));
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string issue_url(const std::string& public_url, model::ProjectId project,
                      model::IssueId issue) {
  return project_url(public_url, project) + "/issues/" + std::to_string(issue);
}

std::string page_url(const std::string& public_url, model::ProjectId project,
                     const std::string& page) {
  return project_url(public_url, project) + "/page?page=" + percent_encoded(page);
}

}  // namespace pagewake::alerting
