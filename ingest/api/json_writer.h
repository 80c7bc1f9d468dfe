// Records as the JSON of docs/api.md, field by field. Absent numbers and ids
// are null, absent texts "". Numbers are finite and rounded: milliseconds to
// three places (a microsecond), scores and shares to six.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "http/http.h"
#include "json/page_view_json.h"
#include "model/records.h"
#include "query/grouping_preview.h"
#include "query/issue_report.h"
#include "query/outcome_report.h"
#include "query/session_timeline.h"
#include "query/trace_join.h"
#include "storage/project_store.h"

namespace pagewake::api {

using json::id_json;
using json::Json;
using json::key_values_json;
using json::ms_json;
using json::ms_or_null;
using json::score_json;
using json::score_or_null;

Json time_json(std::int64_t unix_us);

Json project_json(const storage::Project& project, std::string_view public_url);
Json page_view_item_json(const model::PageViewRecord& record);  // as in lists
Json page_view_json(const query::PageViewReport& report);
Json log_json(const model::LogRecord& log);
Json trace_json(const query::JoinedTrace& trace);
Json issue_json(const model::Issue& issue);
Json issue_report_json(const query::IssueReport& report);
Json issue_related_json(const query::IssueRelated& related);
Json activity_json(const storage::Activity& activity);
Json tag_distribution_json(const storage::TagDistribution& tag);
Json grouping_preview_json(const query::GroupingPreview& preview);
Json event_json(const model::EventRecord& event);
Json event_item_json(const model::EventRecord& event);  // as within a page view
Json session_json(const query::SessionTimeline& timeline);
Json outcomes_json(const query::OutcomeReport& report);

// {"items":[…],"next_cursor":…}
Json list_json(std::vector<Json> items, const std::string& next_cursor);

// Text that is not UTF-8 is repaired. Not to be cached by anyone in between.
http::Response json_response(const Json& json, int status = 200);

}  // namespace pagewake::api
