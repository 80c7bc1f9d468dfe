#include "grouping/rules.h"

#include <algorithm>
#include <array>

#include "grouping/grouping.h"

namespace pagewake::grouping {
namespace {

constexpr std::size_t kPatternBytes = 500;
constexpr std::size_t kParts = 10;

constexpr std::array<std::string_view, 20> kKeys = {
    "type",  "message", "title",       "function",    "file",        "module", "logger",
    "level", "release", "environment", "platform",    "browser",     "os",     "device",
    "page",  "url",     "user",        "transaction", "server_name", "source"};
constexpr std::string_view kTag = "tag.";

bool is_key(std::string_view key) {
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() ||
         (key.starts_with(kTag) && key.size() > kTag.size());
}

std::string key_names() {
  std::string out;
  for (std::string_view key : kKeys) out += std::string(key) + ", ";
  return out + "tag.NAME";
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

Error wrong(int line, const std::string& what) {
  return {"invalid_rules", "line " + std::to_string(line) + ": " + what};
}

std::string file_of(const model::Frame& frame) {
  if (frame.original) return frame.original->source;
  return frame.abs_path.empty() ? frame.filename : frame.abs_path;
}

std::string function_of(const model::Frame& frame) {
  return frame.original && !frame.original->name.empty() ? frame.original->name : frame.function;
}

// Values that an event has once.
std::optional<std::string> single_value(const model::EventRecord& event, std::string_view key) {
  if (key == "logger") return event.logger;
  if (key == "level") return event.level;
  if (key == "release") return event.release;
  if (key == "environment") return event.environment;
  if (key == "platform") return event.platform;
  if (key == "browser") return event.browser;
  if (key == "os") return event.os;
  if (key == "device") return event.device_type;
  if (key == "page") return event.page;
  if (key == "url") return event.url;
  if (key == "user") return event.user_id;
  if (key == "transaction") return event.transaction;
  if (key == "server_name") return event.server_name;
  if (key == "source") return std::string(model::name_of(event.source));
  if (key.starts_with(kTag)) {
    for (const auto& [name, value] : event.tags) {
      if (name == key.substr(kTag.size())) return value;
    }
    return std::string();
  }
  return std::nullopt;
}

// Every value under the key; a condition holds when one of them matches.
template <typename Visit>
bool any_value(const model::EventRecord& event, std::string_view key, Visit visit) {
  if (const auto value = single_value(event, key)) return visit(*value);
  if (key == "message" && visit(event.message)) return true;
  for (const model::Exception& exception : event.exceptions) {
    if (key == "type" && visit(exception.type)) return true;
    if (key == "message" && visit(exception.value)) return true;
    if (key == "title" && (visit(exception.type + ": " + exception.value))) return true;
    if (key != "function" && key != "file" && key != "module") continue;
    for (const model::Frame& frame : exception.frames) {
      if (visit(key == "function" ? function_of(frame)
                : key == "file"   ? file_of(frame)
                                  : frame.module)) {
        return true;
      }
    }
  }
  return key == "title" && event.exceptions.empty() && visit(event.message);
}

// The one value that a fingerprint's {{ key }} stands for.
std::string value_of(const model::EventRecord& event, std::string_view key) {
  if (const auto value = single_value(event, key)) return *value;
  if (event.exceptions.empty()) return fold_message(event.message);
  const model::Exception& outermost = event.exceptions.front();
  if (key == "type") return outermost.type;
  if (key == "message" || key == "title") return fold_message(outermost.value);
  const model::Frame* frame = nullptr;
  for (const model::Frame& candidate : outermost.frames) {
    if (frame == nullptr || (candidate.in_app && !frame->in_app)) frame = &candidate;
    if (frame->in_app) break;
  }
  if (frame == nullptr) return {};
  return key == "function" ? function_of(*frame)
         : key == "file"   ? fold_file(file_of(*frame))
                           : frame->module;
}

// "{{ page }}" -> "page"; "" where it is a plain text.
std::string_view variable_of(std::string_view part) {
  if (!part.starts_with("{{") || !part.ends_with("}}") || part.size() < 4) return {};
  return trim(part.substr(2, part.size() - 4));
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<std::vector<Rules::Condition>> Rules::parse_conditions(std::string_view text, int line) {
  std::vector<Condition> conditions;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    Condition condition;
    if (text.front() == '!') {
      condition.negated = true;
      text.remove_prefix(1);
    }
    const auto colon = text.find(':');
    const auto space = text.find_first_of(" \t");
    if (colon == std::string_view::npos || colon > space) {
      return wrong(line, "\"" + std::string(text.substr(0, space)) +
                             "\" is not key:pattern (message:\"*timeout*\")");
    }
    condition.key = std::string(text.substr(0, colon));
    if (!is_key(condition.key)) {
      return wrong(line, "unknown key \"" + condition.key + "\"; known are " + key_names());
    }
    text.remove_prefix(colon + 1);
    std::size_t end;
    if (text.starts_with('"')) {
      end = text.find('"', 1);
      if (end == std::string_view::npos) return wrong(line, "a quote is not closed");
      condition.pattern = std::string(text.substr(1, end - 1));
      ++end;
      if (end < text.size() && !is_space(text[end])) {
        return wrong(line, "a space is missing behind a closing quote");
      }
    } else {
      end = std::min(text.find_first_of(" \t"), text.size());
      condition.pattern = std::string(text.substr(0, end));
      if (condition.pattern.empty()) {
        return wrong(line, condition.key + ": has no pattern; \"\" means empty, * anything");
      }
    }
    if (condition.pattern.size() > kPatternBytes) {
      return wrong(line, "a pattern is longer than " + std::to_string(kPatternBytes) + " bytes");
    }
    text.remove_prefix(end);
    conditions.push_back(std::move(condition));
  }
  if (conditions.empty()) {
    return wrong(line,
                 "a rule needs a condition (type:ChunkLoadError); message:* takes everything");
  }
  return conditions;
}

Result<Rules> Rules::parse(std::string_view text) {
  if (text.size() > kRulesBytes) {
    return Error{"invalid_rules",
                 "the rules are longer than " + std::to_string(kRulesBytes) + " bytes"};
  }
  Rules rules;
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    if (rules.rules_.size() == kRules) {
      return wrong(number, "more than " + std::to_string(kRules) + " rules");
    }
    constexpr std::string_view kIgnore = "ignore:", kFingerprint = "fingerprint:";
    Rule rule;
    rule.line = number;
    std::string_view conditions;
    if (line.starts_with(kIgnore)) {
      rule.ignore = true;
      conditions = line.substr(kIgnore.size());
    } else if (line.starts_with(kFingerprint)) {
      const std::string_view rest = line.substr(kFingerprint.size());
      const auto when = rest.find(" when ");
      if (when == std::string_view::npos) {
        return wrong(number,
                     "\"when\" is missing (fingerprint: chunk-load when type:ChunkLoadError)");
      }
      std::string_view parts = rest.substr(0, when);
      conditions = rest.substr(when + 6);
      while (true) {
        const auto comma = parts.find(',');
        const std::string_view part = trim(parts.substr(0, comma));
        if (part.empty()) return wrong(number, "a part of the fingerprint is empty");
        if (const auto variable = variable_of(part);
            !variable.empty() && variable != "default" && !is_key(variable)) {
          return wrong(number, "unknown variable \"" + std::string(part) +
                                   "\"; known are default, " + key_names());
        }
        if (rule.fingerprint.size() == kParts) {
          return wrong(number, "a fingerprint has more than " + std::to_string(kParts) + " parts");
        }
        rule.fingerprint.emplace_back(part);
        if (comma == std::string_view::npos) break;
        parts.remove_prefix(comma + 1);
      }
    } else {
      return wrong(number, "a rule begins with \"ignore:\" or \"fingerprint:\"");
    }
    auto parsed = parse_conditions(conditions, number);
    if (!parsed) return parsed.error();
    rule.conditions = std::move(*parsed);
    rules.rules_.push_back(std::move(rule));
  }
  return rules;
}

std::optional<Match> Rules::match(const model::EventRecord& event) const {
  for (const Rule& rule : rules_) {
    const bool all = std::all_of(
        rule.conditions.begin(), rule.conditions.end(), [&](const Condition& condition) {
          const bool found = any_value(event, condition.key, [&](const std::string& value) {
            return glob_match(condition.pattern, value);
          });
          return found != condition.negated;
        });
    if (!all) continue;
    Match match{rule.line, rule.ignore, {}};
    for (const std::string& part : rule.fingerprint) {
      const std::string_view variable = variable_of(part);
      match.fingerprint.push_back(
          variable.empty() || variable == "default" ? part : value_of(event, variable));
    }
    return match;
  }
  return std::nullopt;
}

}  // namespace pagewake::grouping
