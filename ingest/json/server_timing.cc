#include "json/server_timing.h"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace pagewake::json {
namespace {

constexpr std::size_t kMostEntries = 64;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // A token or quoted text, up to the next of ",;=", blanks around it left out.
  std::string value() {
    while (take(' ') || take('\t')) {
    }
    std::string out;
    if (take('"')) {
      while (!at_end() && !take('"')) {
        take('\\');
        if (!at_end()) out += text_[at_++];
      }
      skip_to_end_of_part();
      return out;
    }
    const std::size_t from = at_;
    skip_to_end_of_part();
    out = text_.substr(from, at_ - from);
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
    return out;
  }

 private:
  void skip_to_end_of_part() {
    while (!at_end() && text_[at_] != ',' && text_[at_] != ';' && text_[at_] != '=') ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

double duration_of(const std::string& text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc{} && std::isfinite(value) ? value : 0;
}

}  // namespace

std::vector<ServerTiming> parse_server_timing(std::string_view text) {
  std::vector<ServerTiming> out;
  Scanner in(text);
  while (!in.at_end() && out.size() < kMostEntries) {
    ServerTiming entry;
    entry.name = in.value();
    while (!in.at_end() && !in.take(',')) {
      if (in.take('=')) {  // of no parameter
        in.value();
        continue;
      }
      in.take(';');
      const std::string parameter = in.value();
      const std::string value = in.take('=') ? in.value() : "";
      if (parameter == "dur") entry.duration_ms = duration_of(value);
      if (parameter == "desc") entry.description = value;
    }
    if (!entry.name.empty() && entry.name != "traceparent") out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace pagewake::json
