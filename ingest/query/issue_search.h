// The search of the issue list: "is:unresolved release:1.2 browser:firefox
// user:42 checkout". Words without a key are looked for in title and culprit,
// together, as typed; quotes keep spaces in a value.
#pragma once

#include <string_view>

#include "base/result.h"
#include "storage/record_store.h"

namespace pagewake::query {

// Keys: is (unresolved, resolved, resolved_in_next_release, ignored, assigned
// to nobody: unassigned), assigned, release, environment, level, type,
// platform, user, and of what events had: browser, os, device, country, page,
// server_name, handled, tag.NAME (any case). Error "invalid_query" names the
// word and what is known.
Result<storage::IssueQuery> parse_issue_search(std::string_view text);

}  // namespace pagewake::query
