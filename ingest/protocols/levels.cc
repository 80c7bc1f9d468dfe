#include "protocols/levels.h"

namespace pagewake::protocols {
namespace {

constexpr struct {
  std::string_view spelling, level;
} kSpellings[] = {
    {"trace", "trace"},      {"verbose", "trace"},      {"silly", "trace"},
    {"debug", "debug"},      {"fine", "debug"},         {"info", "info"},
    {"information", "info"}, {"informational", "info"}, {"log", "info"},
    {"notice", "info"},      {"http", "info"},          {"warn", "warning"},
    {"warning", "warning"},  {"error", "error"},        {"err", "error"},
    {"exception", "error"},  {"fatal", "fatal"},        {"critical", "fatal"},
    {"crit", "fatal"},       {"alert", "fatal"},        {"emerg", "fatal"},
    {"emergency", "fatal"},  {"panic", "fatal"},        {"dpanic", "fatal"},
};

constexpr struct {
  std::string_view level;
  std::uint8_t severity;
} kSeverities[] = {{"trace", 1},    {"debug", 5},  {"info", 9},
                   {"warning", 13}, {"error", 17}, {"fatal", 21}};

}  // namespace

std::optional<std::string_view> level_from(std::string_view name) {
  if (name.size() > 16) return {};
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto& known : kSpellings) {
    if (known.spelling == lower) return known.level;
  }
  return {};
}

std::uint8_t severity_of(std::string_view level) {
  for (const auto& known : kSeverities) {
    if (known.level == level) return known.severity;
  }
  return 9;
}

std::string_view level_of(std::uint8_t severity_number) {
  if (severity_number < 1 || severity_number > 24) return "info";
  return kSeverities[(severity_number - 1) / 4].level;
}

std::string_view level_from_pino(std::int64_t number) {
  if (number < 20) return "trace";
  if (number < 30) return "debug";
  if (number < 40) return "info";
  if (number < 50) return "warning";
  if (number < 60) return "error";
  return "fatal";
}

}  // namespace pagewake::protocols
