// A project's own rules for its events, one a line:
//
//   # a comment
//   ignore: message:"*ResizeObserver*" browser:Safari
//   fingerprint: chunk-load when type:ChunkLoadError
//   fingerprint: {{ default }}, {{ page }} when file:*/checkout.js !level:warning
//
// A condition is key:pattern; all of a line must hold, `!` turns one round.
// Patterns: `*` any text, ASCII case is ignored, quotes keep spaces. The first
// line that matches counts.
//
// Keys: type, message, title, function, file, module, logger, level, release,
// environment, platform, browser, os, device, page, url, user, transaction,
// server_name, source and tag.NAME. type, message, function, file and module
// match when any exception or frame does.
//
// Parts of a fingerprint: a text, {{ default }} (what it would be without the
// rule), or {{ KEY }} with a key of above (of the outermost exception and its
// newest in-app frame; {{ message }} is folded as in grouping).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/records.h"

namespace pagewake::grouping {

inline constexpr std::size_t kRules = 200;            // lines with a rule
inline constexpr std::size_t kRulesBytes = 64 << 10;  // of the whole text

// What the first matching rule says of an event.
struct Match {
  int line = 0;  // from 1
  bool ignore = false;
  std::vector<std::string> fingerprint;  // parts, filled in; empty where ignore
};

class Rules {
 public:
  // Error "invalid_rules": "line 3: ..." says what is wrong and what is allowed.
  static Result<Rules> parse(std::string_view text);

  std::optional<Match> match(const model::EventRecord& event) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Condition {
    std::string key, pattern;
    bool negated = false;
  };
  struct Rule {
    int line = 0;
    bool ignore = false;
    std::vector<std::string> fingerprint;  // as written
    std::vector<Condition> conditions;
  };
  static Result<std::vector<Condition>> parse_conditions(std::string_view text, int line);

  std::vector<Rule> rules_;
};

// `*` matches any text, also none; ASCII case is ignored. At most
// pattern × text steps.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace pagewake::grouping
