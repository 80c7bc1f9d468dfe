// Which events are one issue. Versioned: the number is stored with each event.
#pragma once

#include "model/records.h"

namespace pagewake::grouping {

class Rules;

inline constexpr int kGroupingVersion = 1;

// Sets grouping_version, grouping_key, grouping_explanation, title and
// culprit. The rule (DESIGN part 5): a custom fingerprint ("{{ default }}" is
// replaced by the default key); else type + in-app frames (function + file
// without content hash and query; never line or column); else type + message
// with numbers, ids, URLs and quoted parts folded. For log-like events without
// exception: logger + message template. A fingerprint rule of the project
// (`rules`, may be null) wins over all of it. Pure, bounded time.
void group(model::EventRecord& event, const Rules* rules = nullptr);

// "order 42 of 'ann' failed" -> "order <number> of <quoted> failed"; exposed for tests.
std::string fold_message(std::string_view message);
// "https://x/static/app.3f2a9c1b.js?v=2" -> "app.js" with its folder kept: "/static/app.js"
std::string fold_file(std::string_view file);

}  // namespace pagewake::grouping
