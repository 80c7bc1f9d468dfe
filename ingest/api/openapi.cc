// The API's description (OpenAPI 3.1), kept by hand: what a route is for is
// not in the code. A test holds it to the routes and to their answers, field
// by field (tests/api/openapi_test).
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "api/json_writer.h"
#include "api/route_table.h"

namespace pagewake::api {
namespace {

// One field's type: text, number, integer, boolean, id (hex), time, object (of
// any fields), counts (object of texts) or the name of a schema; "[]" behind
// it: a list; "?" behind it: or null.
Json type_schema(std::string_view type) {
  if (type.ends_with('?')) {
    Json inner = type_schema(type.substr(0, type.size() - 1));
    if (inner.contains("type")) {
      inner["type"] = Json::array({inner["type"], "null"});
      return inner;
    }
    return {{"anyOf", Json::array({inner, Json{{"type", "null"}}})}};
  }
  if (type.ends_with("[]")) {
    return {{"type", "array"}, {"items", type_schema(type.substr(0, type.size() - 2))}};
  }
  if (type == "text") return {{"type", "string"}};
  if (type == "id") return {{"type", "string"}, {"pattern", "^[0-9a-f]+$"}};
  if (type == "time") return {{"type", "string"}, {"format", "date-time"}};
  if (type == "object") return {{"type", "object"}};
  if (type == "number" || type == "integer" || type == "boolean") return {{"type", type}};
  return {{"$ref", "#/components/schemas/" + std::string(type)}};
}

// "name:type name:type …"; every field is always there.
Json object_schema(std::string_view fields) {
  Json properties = Json::object(), required = Json::array();
  while (!fields.empty()) {
    const auto end = fields.find(' ');
    const std::string_view field = fields.substr(0, end);
    fields = end == std::string_view::npos ? std::string_view() : fields.substr(end + 1);
    if (field.empty()) continue;
    const auto colon = field.find(':');
    const std::string name(field.substr(0, colon));
    properties[name] = type_schema(field.substr(colon + 1));
    required.push_back(name);
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}};
}

struct Schema {
  const char* name;
  const char* fields;
};

#define PAGEWAKE_VITAL_VALUES \
  "lcp_ms:number? inp_ms:number? cls:number? fcp_ms:number? ttfb_ms:number?"
#define PAGEWAKE_PAGE_VIEW                                                                         \
  "page_view_id:id session_id:id? trace_id:id? span_id:id? server_span_id:id? "                    \
  "previous_page_view_id:id? page:text url:text title:text referrer:text navigation_type:text "    \
  "started_at:time received_at:time duration_ms:number final:boolean hidden_at_start:boolean "     \
  "left_before_load:boolean "                                                                      \
  "weight:number kept_by_exception:boolean replayed:boolean revision:integer "                     \
  "clock_skew_ms:number release:text environment:text user_id:text sdk_version:text browser:text " \
  "browser_version:text os:text country:text vitals:PageViewVitals timing:NavigationTiming? "      \
  "tags:object error_count:integer device:Device sdk_cost:SdkCost "
#define PAGEWAKE_ISSUE                                                                       \
  "issue_id:integer title:text culprit:text type:text level:text platform:text status:text " \
  "first_seen_at:time last_seen_at:time first_release:text last_release:text "               \
  "event_count:integer user_count:integer latest_event_id:id? grouping_explanation:text "    \
  "assignee:text resolved_release:text ignored_until_event_count:integer? "                  \
  "ignored_until_spike:boolean merged_into:integer? "

#define PAGEWAKE_RELEASE                                                                \
  "release:text views:number views_share:number error_rate:number sessions:integer "    \
  "adoption:number crash_free_sessions:number? crash_free_users:number? users:integer " \
  "errored:integer abnormal:integer unhandled:integer crashed:integer "                 \
  "first_session_at:time? last_session_at:time? "

constexpr Schema kSchemas[] = {
    {"Error", "error:ErrorBody"},
    {"ErrorBody", "code:text message:text"},
    {"Me", "scope:text name:text email:text? server_admin:boolean"},
    {"Membership", "project:integer role:text"},
    {"User",
     "user_id:integer email:text name:text server_admin:boolean disabled:boolean created_at:time "
     "memberships:Membership[]"},
    {"UserList", "items:User[] next_cursor:text?"},
    {"NewUser", "email:text name:text password:text server_admin:boolean"},
    {"PasswordChange", "current_password:text new_password:text"},
    {"Member", "user_id:integer email:text name:text role:text"},
    {"MemberList", "items:Member[] next_cursor:text?"},
    {"MemberChange", "role:text?"},
    {"Token", "token_id:integer name:text scope:text project:integer? created_at:time"},
    {"TokenList", "items:Token[] next_cursor:text?"},
    {"NewToken", "name:text scope:text project:integer?"},
    {"MadeToken", "token:text"},
    {"AuditEntry", "at:time actor:text action:text target:text project:integer?"},
    {"AuditLog", "items:AuditEntry[] next_cursor:text?"},
    {"Project",
     "id:integer name:text dsn:text public_key:text allowed_origins:text[] created_at:time"},
    {"Quotas",
     "requests_per_day:integer events_per_day:integer spans_per_day:integer "
     "logs_per_day:integer sessions_per_day:integer"},
    {"ProjectQuotas", "own:Quotas server:Quotas used_today:Quotas"},
    {"Retention", "raw_days:integer rollup_days:integer raw_fixed_by:text rollup_fixed_by:text"},
    {"ProjectList", "items:Project[] next_cursor:text?"},
    {"VitalStats",
     "p50:number p75:number p95:number good:number needs_improvement:number poor:number "
     "count:number"},
    {"VitalTable",
     "lcp_ms:VitalStats? inp_ms:VitalStats? cls:VitalStats? fcp_ms:VitalStats? "
     "ttfb_ms:VitalStats?"},
    {"Page", "page:text views:number error_rate:number vitals:VitalTable"},
    {"PageList", "from:time to:time items:Page[] next_cursor:text?"},
    {"SeriesPoint",
     "at:time views:number " PAGEWAKE_VITAL_VALUES " error_rate:number lcp:LcpParts inp:InpParts"},
    {"ReleaseMark", "release:text first_seen_at:time"},
    {"BandSpan", "name:text op:text service:text ms:number share:number"},
    {"TimeBand",
     "lcp_ms:number views:integer joined_share:number redirect_ms:number stall_ms:number "
     "dns_ms:number connect_ms:number network_ms:number backend_ms:number? "
     "resource_load_delay_ms:number resource_load_duration_ms:number "
     "element_render_delay_ms:number backend_spans:BandSpan[]"},
    {"WhereTimeGoes", "p75:TimeBand? p95:TimeBand?"},
    {"Finding", "rule:text text:text impact_ms:number share:number views:integer"},
    {"ScriptRow", "url:text function:text invoker:text views:number p75_ms:number"},
    {"ThirdParty",
     "host:text views:number requests:number median_transfer_bytes:number p75_duration_ms:number "
     "p75_script_ms:number"},
    {"PreviousTotals",
     "views:number views_kept_by_exception:number error_rate:number vitals:VitalTable from:time "
     "to:time"},
    {"Pain", "sum:number lcp_ms:number inp_ms:number cls:number"},
    {"PreviousPage", "views:number error_rate:number " PAGEWAKE_VITAL_VALUES},
    {"SparklinePoint", "at:time views:number " PAGEWAKE_VITAL_VALUES},
    {"OverviewPage",
     "page:text views:number error_rate:number vitals:VitalTable pain:Pain previous:PreviousPage "
     "sparkline:SparklinePoint[]"},
    {"Overview",
     "from:time to:time views:number views_kept_by_exception:number error_rate:number "
     "vitals:VitalTable previous:PreviousTotals series_step:text series:SeriesPoint[] "
     "releases:ReleaseMark[] page_count:integer pages:OverviewPage[]"},
    {"Log",
     "at:time level:text severity_number:integer message:text logger:text service:text source:text "
     "release:text environment:text trace_id:id? span_id:id? attributes:object"},
    {"LogList", "items:Log[] next_cursor:text?"},
    {"Bin", "low:number high:number count:number"},
    {"Distribution", "lcp_ms:Bin[] inp_ms:Bin[] cls:Bin[] fcp_ms:Bin[] ttfb_ms:Bin[]"},
    {"LcpParts",
     "time_to_first_byte_ms:number? resource_load_delay_ms:number? "
     "resource_load_duration_ms:number? element_render_delay_ms:number?"},
    {"InpParts",
     "input_delay_ms:number? processing_duration_ms:number? presentation_delay_ms:number?"},
    {"LcpNearP75",
     "lcp_ms:number time_to_first_byte_ms:number resource_load_delay_ms:number "
     "resource_load_duration_ms:number element_render_delay_ms:number backend_ms:number? "
     "views:integer"},
    {"Breakdown", "lcp:LcpParts inp:InpParts lcp_near_p75:LcpNearP75?"},
    {"BackendSpan",
     "name:text op:text service:text part:text p75_ms:number share:number count:integer"},
    {"Backend", "joined_share:number p75_ms:number? spans:BackendSpan[]"},
    {"LcpElement", "target:text url:text views:number p75_ms:number"},
    {"InpTarget", "target:text type:text views:number p75_ms:number"},
    {"ShiftSource", "target:text views:number p75:number"},
    {"ResourceRow",
     "url:text initiator_type:text views:number p75_duration_ms:number "
     "median_transfer_bytes:number"},
    {"Slice", "value:text views:number " PAGEWAKE_VITAL_VALUES " error_rate:number"},
    {"Slices",
     "device:Slice[] browser:Slice[] country:Slice[] connection:Slice[] release:Slice[] "
     "os:Slice[] navigation_type:Slice[]"},
    {"Sample", "page_view_id:id started_at:time " PAGEWAKE_VITAL_VALUES
               " device:text browser:text trace_id:id?"},
    {"PageReport",
     "page:text from:time to:time views:number views_kept_by_exception:number error_rate:number "
     "vitals:VitalTable series_step:text series:SeriesPoint[] distribution:Distribution "
     "examined_views:integer breakdown:Breakdown where_time_goes:WhereTimeGoes findings:Finding[] "
     "releases:ReleaseMark[] backend:Backend lcp_elements:LcpElement[] inp_targets:InpTarget[] "
     "shift_sources:ShiftSource[] inp_scripts:ScriptRow[] frame_scripts:ScriptRow[] "
     "resources:ResourceRow[] heaviest_resources:ResourceRow[] third_parties:ThirdParty[] "
     "slices:Slices samples:Sample[]"},
    {"LcpAttribution",
     "target:text url:text time_to_first_byte_ms:number? resource_load_delay_ms:number? "
     "resource_load_duration_ms:number? element_render_delay_ms:number?"},
    {"InpAttribution",
     "target:text type:text time_ms:number? load_state:text input_delay_ms:number? "
     "processing_duration_ms:number? presentation_delay_ms:number? longest_script_url:text "
     "longest_script_function:text longest_script_invoker:text longest_script_ms:number? "
     "longest_script_char_position:integer longest_script_subpart:text "
     "total_script_duration_ms:number? total_style_and_layout_duration_ms:number? "
     "total_paint_duration_ms:number? total_unattributed_duration_ms:number?"},
    {"ClsAttribution",
     "largest_shift_target:text largest_shift_time_ms:number? largest_shift_value:number? "
     "load_state:text"},
    {"FcpAttribution", "time_to_first_byte_ms:number first_byte_to_fcp_ms:number"},
    {"TtfbAttribution",
     "waiting_duration_ms:number cache_duration_ms:number dns_duration_ms:number "
     "connection_duration_ms:number request_duration_ms:number"},
    {"Attribution",
     "lcp:LcpAttribution? inp:InpAttribution? cls:ClsAttribution? fcp:FcpAttribution? "
     "ttfb:TtfbAttribution?"},
    {"PageViewVitals", PAGEWAKE_VITAL_VALUES " attribution:Attribution missing:object"},
    {"NavigationTiming",
     "redirect_start_ms:number redirect_end_ms:number worker_start_ms:number "
     "fetch_start_ms:number domain_lookup_start_ms:number domain_lookup_end_ms:number "
     "connect_start_ms:number secure_connection_start_ms:number connect_end_ms:number "
     "request_start_ms:number response_start_ms:number response_end_ms:number "
     "dom_interactive_ms:number dom_content_loaded_ms:number dom_complete_ms:number "
     "load_event_end_ms:number transfer_bytes:integer encoded_body_bytes:integer "
     "decoded_body_bytes:integer response_status:integer redirect_count:integer "
     "next_hop_protocol:text server_timing:ServerTiming[] not_restored_reasons:text[]"},
    {"ServerTiming", "name:text duration_ms:number description:text"},
    {"Device",
     "type:text effective_connection_type:text rtt_ms:integer downlink_kbps:integer "
     "save_data:boolean memory_mb:integer cores:integer viewport_width_px:integer "
     "viewport_height_px:integer screen_width_px:integer screen_height_px:integer language:text "
     "unsupported_entry_types:text[]"},
    {"SdkCost", "main_thread_ms:number core_load_ms:integer sent_bytes:integer dropped:integer"},
    {"PageViewItem", PAGEWAKE_PAGE_VIEW "event_count:integer"},
    {"PageViewList", "items:PageViewItem[] next_cursor:text?"},
    {"Resource",
     "index:integer url:text initiator_type:text next_hop_protocol:text start_ms:number "
     "domain_lookup_ms:number connect_ms:number tls_ms:number request_start_ms:number "
     "response_start_ms:number response_end_ms:number transfer_bytes:integer "
     "encoded_body_bytes:integer decoded_body_bytes:integer response_status:integer "
     "render_blocking:boolean server_timing:ServerTiming[]"},
    {"LongFrame",
     "index:integer start_ms:number duration_ms:number blocking_ms:number script_url:text "
     "script_function:text invoker:text script_ms:number style_and_layout_start_ms:number "
     "scripts:LongFrameScript[]"},
    {"LongFrameScript",
     "url:text function:text invoker:text char_position:integer start_ms:number "
     "duration_ms:number forced_style_and_layout_ms:number"},
    {"Breadcrumb", "at:time type:text category:text level:text message:text data:object"},
    {"EventItem", "event_id:id issue_id:integer? level:text title:text occurred_at:time"},
    {"PageView", PAGEWAKE_PAGE_VIEW
     "resources:Resource[] long_frames:LongFrame[] breadcrumbs:Breadcrumb[] spans:Span[] "
     "events:EventItem[]"},
    {"Session", "session_id:id page_views:PageViewItem[] events:EventItem[] truncated:boolean"},
    {"SpanEvent", "name:text at:text at_ms:number? attributes:object"},
    {"Span",
     "span_id:id parent_span_id:id? reported_parent_span_id:id? name:text op:text kind:text "
     "service:text source:text status:text status_message:text started_at:time start_ms:number "
     "duration_ms:number shift_ms:number depth:integer page_view_id:id? attributes:object "
     "events:SpanEvent[]"},
    {"ClockCorrection", "service:text shift_ms:number requests:integer varies:boolean reason:text"},
    {"TraceEvent",
     "event_id:id issue_id:integer? span_id:id? level:text title:text source:text platform:text "
     "occurred_at:time at_ms:number"},
    {"TraceLog",
     "at:time at_ms:number span_id:id? level:text severity_number:integer message:text "
     "logger:text service:text source:text attributes:object"},
    {"Trace",
     "trace_id:id started_at:time duration_ms:number page_view_ids:id[] clock:ClockCorrection[] "
     "spans:Span[] events:TraceEvent[] logs:TraceLog[] truncated:boolean"},
    {"Issue", PAGEWAKE_ISSUE},
    {"IssueList", "items:Issue[] next_cursor:text?"},
    {"IssueHour", "at:time count:integer"},
    {"SuspectRelease", "release:text reason:text first_seen_at:time"},
    {"IssueReport",
     PAGEWAKE_ISSUE "hours:IssueHour[] suspect_release:SuspectRelease? parts:Issue[]"},
    {"Activity", "activity_id:integer issue_id:integer at:time kind:text actor:text detail:text"},
    {"ActivityList", "items:Activity[] next_cursor:text?"},
    {"Comment", "text:text"},
    {"TagValue", "value:text event_count:integer"},
    {"TagDistribution", "key:text event_count:integer values:TagValue[]"},
    {"TagDistributionList", "items:TagDistribution[] next_cursor:text?"},
    {"RelatedView", "page_view_id:id session_id:id? event_id:id page:text occurred_at:time"},
    {"RelatedTrace", "trace_id:id event_id:id name:text occurred_at:time"},
    {"IssueRelated", "page_views:RelatedView[] traces:RelatedTrace[] examined_events:integer"},
    {"IssueIds", "issue_ids:integer[]"},
    {"AlertRule",
     "rule_id:integer name:text kind:text enabled:boolean page:text vital:text threshold:number? "
     "window_minutes:integer minimum_views:integer cooldown_minutes:integer "
     "channel_ids:integer[]"},
    {"AlertRuleList", "items:AlertRule[] next_cursor:text?"},
    {"AlertChannel",
     "channel_id:integer name:text kind:text addresses:text[] url:text has_secret:boolean "
     "weekly_report:boolean"},
    {"AlertChannelList", "items:AlertChannel[] next_cursor:text?"},
    {"AlertDelivery",
     "delivery_id:integer rule_id:integer? channel_id:integer title:text status:text "
     "attempts:integer created_at:time next_attempt_at:time? ended_at:time? last_error:text"},
    {"AlertDeliveryList", "items:AlertDelivery[] next_cursor:text?"},
    {"InboundFilters",
     "known_noise:boolean browser_extensions:boolean bots:boolean localhost:boolean "
     "webdriver:boolean oldest_versions:object"},
    {"GroupingRules", "rules:text"},
    {"RulePreview", "line:integer ignore:boolean events:integer titles:text[]"},
    {"GroupingPreview",
     "examined_events:integer ignored_events:integer issues_before:integer issues_after:integer "
     "rules:RulePreview[]"},
    {"Original", "source:text line:integer column:integer name:text"},
    {"FrameContext", "pre:text[] line:text post:text[]"},
    {"Frame",
     "function:text filename:text module:text line:integer? column:integer? in_app:boolean "
     "original:Original? context:FrameContext? unresolved_reason:text debug_id:text"},
    {"SourceMapUpload", "release:text url:text debug_id:text map:text file:text"},
    {"SourceMap",
     "artifact_id:integer release:text url:text debug_id:text has_map:boolean has_file:boolean "
     "map_bytes:integer file_bytes:integer uploaded_at:time"},
    {"SourceMapList", "items:SourceMap[] next_cursor:text?"},
    {"SourceMapRelease", "release:text files:integer maps:integer bytes:integer uploaded_at:time"},
    {"SourceMapReleaseList", "items:SourceMapRelease[] next_cursor:text?"},
    {"MissingSourceMap",
     "release:text filename:text debug_id:text reason:text explanation:text detail:text "
     "events:integer frames:integer last_seen_at:time event_id:id"},
    {"MissingSourceMaps",
     "items:MissingSourceMap[] examined_events:integer resolved_frames:integer complete:boolean"},
    {"Removed", "removed:integer"},
    {"Symbolication", "release:text frames:object[]"},
    {"Mechanism", "type:text handled:boolean"},
    {"Exception", "type:text value:text module:text mechanism:Mechanism frames:Frame[]"},
    {"Grouping", "version:integer key:text explanation:text"},
    {"Event",
     "event_id:id issue_id:integer? title:text culprit:text level:text message:text logger:text "
     "transaction:text server_name:text platform:text source:text exceptions:Exception[] "
     "breadcrumbs:Breadcrumb[] tags:object contexts:object user:object request:object "
     "extra:object release:text environment:text browser:text os:text country:text device:text "
     "page:text url:text page_view_id:id? session_id:id? trace_id:id? span_id:id? "
     "fingerprint:text[] grouping:Grouping received_at:time occurred_at:time"},
    {"EventList", "items:Event[] next_cursor:text?"},
    {"BurnRate", "window_s:integer rate:number views:number"},
    {"Slo",
     "slo_id:integer name:text page:text measure:text threshold:number target:number "
     "window_days:integer created_at:time views:number good_views:number examined:boolean "
     "attained:number? budget_left:number? burn_rates:BurnRate[] state:text"},
    {"SloList", "items:Slo[] next_cursor:text?"},
    {"NewSlo",
     "name:text page:text measure:text threshold:number target:number window_days:integer"},
    {"Outcome", "category:text outcome:text reason:text? explanation:text count:integer"},
    {"Outcomes", "items:Outcome[] received:integer stored:integer dropped:integer"},
    {"Release", PAGEWAKE_RELEASE},
    {"ReleaseList", "items:Release[] views:number sessions:integer"},
    {"ReleaseSide", PAGEWAKE_RELEASE
     "vitals:VitalTable events:integer issues:integer new_issues:integer top_new_issues:Issue[]"},
    {"ReleaseComparison", "from:time to:time release:ReleaseSide base:ReleaseSide"},
};

struct Parameter {
  const char* name;
  const char* description;
  const char* schema;  // JSON
};
constexpr Parameter kParameters[] = {
    {"from",
     "From this time on: RFC 3339, or a time ago: -30m, -24h, -7d. Reports: -24h, lists: "
     "everything.",
     R"({"type":"string"})"},
    {"to", "Before this time; now where it is left out.", R"({"type":"string"})"},
    {"page", "The page's name (route), as /pages lists it.", R"({"type":"string"})"},
    {"device", "desktop, mobile or tablet.", R"({"type":"string"})"},
    {"browser", "Chrome, Firefox, Safari, …", R"({"type":"string"})"},
    {"os", "Operating system.", R"({"type":"string"})"},
    {"country", "ISO 3166 code.", R"({"type":"string"})"},
    {"connection", "Effective connection type: 4g, 3g, …", R"({"type":"string"})"},
    {"release", "The site's release.", R"({"type":"string"})"},
    {"base", "The release to compare with.", R"({"type":"string"})"},
    {"environment", "production, staging, …", R"({"type":"string"})"},
    {"navigation_type", "How the page view began.",
     R"({"enum":["navigate","reload","back_forward","back_forward_cache","prerender","restore","soft_navigation"]})"},
    {"limit", "Items a page of the list.",
     R"({"type":"integer","minimum":1,"maximum":1000,"default":50})"},
    {"cursor", "next_cursor of the answer before.", R"({"type":"string"})"},
    {"status", "Only issues of this status.",
     R"({"enum":["unresolved","resolved","resolved_in_next_release","ignored"]})"},
    {"query",
     "Issues: is:unresolved release:1.2 browser:firefox user:42 checkout; see docs/api.md for the "
     "keys. Words without a key are looked for in title and culprit, of logs in the message, any "
     "case.",
     R"({"type":"string"})"},
    {"level", "At least this severe.",
     R"({"enum":["trace","debug","info","warning","error","fatal"]})"},
    {"service", "The service that wrote it.", R"({"type":"string"})"},
    {"logger", "The logger's name.", R"({"type":"string"})"},
    {"trace_id", "Of this trace.", R"({"type":"string","pattern":"^[0-9a-f]{32}$"})"},
    {"attribute", "name=value of an attribute; may be given several times, all must hold.",
     R"({"type":"string"})"},
    {"sort", "Order of the list, see docs/api.md.", R"({"type":"string"})"},
};

constexpr char kFilter[] =
    "from to page device browser os country connection release environment navigation_type";
constexpr char kFilteredList[] =
    "from to page device browser os country connection release environment navigation_type "
    "limit cursor";

struct Operation {
  const char* method;
  const char* path;
  const char* summary;
  const char* parameters;  // of the query
  const char* body;        // schema's name; "" none
  int status;
  const char* answer;  // schema's name; "" none
};
// In place of a schema's name: the answer is not JSON and does not end.
constexpr const char* kEventStream = "text/event-stream";

constexpr Operation kOperations[] = {
    {"post", "/api/v1/login",
     "Exchange an e-mail address and a password, or a token, for a session cookie", "", "Login",
     204, ""},
    {"post", "/api/v1/logout", "End the session", "", "", 204, ""},
    {"get", "/api/v1/me", "Who the token or session belongs to", "", "", 200, "Me"},
    {"post", "/api/v1/me/password", "Change one's own password; ends all sessions", "",
     "PasswordChange", 204, ""},
    {"get", "/api/v1/users", "People and what they may do", "", "", 200, "UserList"},
    {"post", "/api/v1/users", "Add a person", "", "NewUser", 201, "User"},
    {"patch", "/api/v1/users/{user_id}",
     "Rename, disable, make an administrator, set a password; ends their sessions", "",
     "UserChange", 200, "User"},
    {"get", "/api/v1/tokens", "Access tokens, without their secrets", "", "", 200, "TokenList"},
    {"post", "/api/v1/tokens", "Make a token; it is shown this once", "", "NewToken", 201,
     "MadeToken"},
    {"delete", "/api/v1/tokens/{token_id}", "Revoke a token", "", "", 204, ""},
    {"get", "/api/v1/audit", "Who did what, newest first", "limit cursor", "", 200, "AuditLog"},
    {"get", "/api/v1/projects/{project}/members", "Who may do what in a project", "", "", 200,
     "MemberList"},
    {"put", "/api/v1/projects/{project}/members/{email}",
     "Give a person a role in a project: viewer, member, admin, or null for none", "",
     "MemberChange", 204, ""},
    {"get", "/api/v1/retention",
     "How long records and the numbers made of them are kept, and what fixes it", "", "", 200,
     "Retention"},
    {"put", "/api/v1/retention", "Change it; 409 where the server's configuration says it already",
     "", "RetentionChange", 200, "Retention"},
    {"get", "/api/v1/projects", "All projects that one may see", "", "", 200, "ProjectList"},
    {"post", "/api/v1/projects", "Make a project", "", "ProjectChange", 201, "Project"},
    {"patch", "/api/v1/projects/{project}", "Rename a project or change its allowed origins", "",
     "ProjectChange", 200, "Project"},
    {"get", "/api/v1/projects/{project}/overview",
     "Traffic, errors and vitals of the project, with its pages, most pain first", kFilter, "", 200,
     "Overview"},
    {"get", "/api/v1/projects/{project}/pages", "Pages with their vitals, most views first",
     kFilteredList, "", 200, "PageList"},
    {"get", "/api/v1/projects/{project}/page-report", "One page: how fast it is, and why", kFilter,
     "", 200, "PageReport"},
    {"get", "/api/v1/projects/{project}/page-views", "Page views; sort=newest (default) or slowest",
     "from to page device browser os country connection release environment navigation_type sort "
     "limit cursor",
     "", 200, "PageViewList"},
    {"get", "/api/v1/projects/{project}/page-views/{page_view_id}",
     "One page view with resources, long frames, breadcrumbs, spans and events", "", "", 200,
     "PageView"},
    {"get", "/api/v1/projects/{project}/sessions/{session_id}", "A session's timeline", "", "", 200,
     "Session"},
    {"get", "/api/v1/projects/{project}/traces/{trace_id}",
     "Browser and backend spans of one trace on one axis", "", "", 200, "Trace"},
    {"get", "/api/v1/projects/{project}/logs", "Log lines by field, newest first",
     "from to query level service logger release environment trace_id attribute limit cursor", "",
     200, "LogList"},
    {"get", "/api/v1/projects/{project}/live",
     "What is stored from now on, as server-sent events: page_view, event, log (their data as in "
     "lists), dropped, gap; resumes behind the header Last-Event-ID",
     "", "", 200, kEventStream},
    {"get", "/api/v1/projects/{project}/issues",
     "Issues; sort=last_seen (default), first_seen, events or users",
     "status query release environment from to sort limit cursor", "", 200, "IssueList"},
    {"get", "/api/v1/projects/{project}/issues/{issue_id}", "One issue and its hours", "from to",
     "", 200, "IssueReport"},
    {"patch", "/api/v1/projects/{project}/issues/{issue_id}",
     "Change an issue's status or assignee", "", "IssueChange", 200, "Issue"},
    {"patch", "/api/v1/projects/{project}/issues",
     "Change many issues at once; those that exist come back", "", "IssuesChange", 200,
     "IssueList"},
    {"post", "/api/v1/projects/{project}/issues/merge", "Make one issue of several", "", "IssueIds",
     200, "Issue"},
    {"post", "/api/v1/projects/{project}/issues/{issue_id}/unmerge",
     "Take parts out of a merged issue", "", "IssueIds", 200, "Issue"},
    {"get", "/api/v1/projects/{project}/issues/{issue_id}/activity",
     "What happened to an issue, comments included, newest first", "limit", "", 200,
     "ActivityList"},
    {"post", "/api/v1/projects/{project}/issues/{issue_id}/comments", "Comment on an issue", "",
     "Comment", 201, "Activity"},
    {"get", "/api/v1/projects/{project}/issues/{issue_id}/tags",
     "How the issue's events spread over releases, browsers, pages and tags", "", "", 200,
     "TagDistributionList"},
    {"get", "/api/v1/projects/{project}/issues/{issue_id}/related",
     "Page views and traces in which the issue happened", "", "", 200, "IssueRelated"},
    {"get", "/api/v1/projects/{project}/alert-rules", "When people are told what", "", "", 200,
     "AlertRuleList"},
    {"post", "/api/v1/projects/{project}/alert-rules", "Make an alert rule", "", "AlertRuleChange",
     201, "AlertRule"},
    {"put", "/api/v1/projects/{project}/alert-rules/{rule_id}", "Replace an alert rule", "",
     "AlertRuleChange", 200, "AlertRule"},
    {"delete", "/api/v1/projects/{project}/alert-rules/{rule_id}", "Remove an alert rule", "", "",
     204, ""},
    {"get", "/api/v1/projects/{project}/alert-channels", "Where alerts go", "", "", 200,
     "AlertChannelList"},
    {"post", "/api/v1/projects/{project}/alert-channels", "Make an e-mail or webhook channel", "",
     "AlertChannelChange", 201, "AlertChannel"},
    {"put", "/api/v1/projects/{project}/alert-channels/{channel_id}",
     "Replace a channel; without secret the old one stays", "", "AlertChannelChange", 200,
     "AlertChannel"},
    {"delete", "/api/v1/projects/{project}/alert-channels/{channel_id}", "Remove a channel", "", "",
     204, ""},
    {"post", "/api/v1/projects/{project}/alert-channels/{channel_id}/test",
     "Send a test to a channel and say how it ended", "", "", 200, "AlertDelivery"},
    {"post", "/api/v1/projects/{project}/alert-channels/{channel_id}/weekly-report",
     "Send a channel the report of the last seven days and say how it ended", "", "", 200,
     "AlertDelivery"},
    {"get", "/api/v1/projects/{project}/alert-deliveries",
     "Every message sent or to be sent, newest first", "limit", "", 200, "AlertDeliveryList"},
    {"get", "/api/v1/projects/{project}/inbound-filters",
     "What the project does not want from browsers", "", "", 200, "InboundFilters"},
    {"put", "/api/v1/projects/{project}/inbound-filters",
     "Save the filters; what is left out has its default", "", "InboundFiltersChange", 200,
     "InboundFilters"},
    {"get", "/api/v1/projects/{project}/quotas",
     "What the project may send a UTC day (its own limits and the server's; 0 is none) and sent",
     "", "", 200, "ProjectQuotas"},
    {"put", "/api/v1/projects/{project}/quotas",
     "Save the project's own quotas; what is left out has none", "", "QuotasChange", 200,
     "ProjectQuotas"},
    {"get", "/api/v1/projects/{project}/grouping-rules", "The project's own grouping rules", "", "",
     200, "GroupingRules"},
    {"put", "/api/v1/projects/{project}/grouping-rules", "Save the grouping rules", "",
     "GroupingRules", 200, "GroupingRules"},
    {"post", "/api/v1/projects/{project}/grouping-rules/preview",
     "What rules would do to the newest events", "", "GroupingRules", 200, "GroupingPreview"},
    {"get", "/api/v1/projects/{project}/issues/{issue_id}/events",
     "Events of an issue, newest first", kFilteredList, "", 200, "EventList"},
    {"get", "/api/v1/projects/{project}/events", "Events, newest first", kFilteredList, "", 200,
     "EventList"},
    {"get", "/api/v1/projects/{project}/events/{event_id}",
     "One event with stack, breadcrumbs and contexts", "", "", 200, "Event"},
    {"get", "/api/v1/projects/{project}/slos",
     "Service level objectives with their budgets and burn rates", "", "", 200, "SloList"},
    {"post", "/api/v1/projects/{project}/slos", "Make an objective", "", "NewSlo", 201, "Slo"},
    {"delete", "/api/v1/projects/{project}/slos/{slo_id}", "Remove an objective", "", "", 204, ""},
    {"get", "/api/v1/projects/{project}/outcomes",
     "What became of everything received: stored, or dropped and why", "from to", "", 200,
     "Outcomes"},
    {"get", "/api/v1/projects/{project}/releases",
     "Releases: adoption, errors, sessions and crash-free rates", kFilter, "", 200, "ReleaseList"},
    {"get", "/api/v1/projects/{project}/releases/compare",
     "Two releases side by side: vitals, errors, new issues, sessions",
     "from to page device browser os country connection release base environment navigation_type",
     "", 200, "ReleaseComparison"},
    {"post", "/api/v1/projects/{project}/sourcemaps",
     "Upload the source map of a generated file (release and url, or debug_id), and the file", "",
     "SourceMapUpload", 201, "SourceMap"},
    {"get", "/api/v1/projects/{project}/sourcemaps", "Uploaded files, newest first",
     "release limit cursor", "", 200, "SourceMapList"},
    {"delete", "/api/v1/projects/{project}/sourcemaps", "Remove a release's uploads", "release", "",
     200, "Removed"},
    {"get", "/api/v1/projects/{project}/sourcemaps/releases", "Releases with uploads", "", "", 200,
     "SourceMapReleaseList"},
    {"get", "/api/v1/projects/{project}/sourcemaps/missing",
     "Files of recent events whose frames stay unresolved, and why", kFilter, "", 200,
     "MissingSourceMaps"},
    {"post", "/api/v1/projects/{project}/symbolicate",
     "Positions in generated files as positions in the sources; lines from 1, columns from 0", "",
     "Symbolication", 200, "Symbolication"},
    {"get", "/api/openapi.json", "This description", "", "", 200, ""},
};

Json error_answer(const char* description) {
  return {{"description", description},
          {"content", {{"application/json", {{"schema", type_schema("Error")}}}}}};
}

Json operation_json(const Operation& operation, const ApiRoute& route) {
  Json json;
  json["summary"] = operation.summary;
  Json parameters = Json::array();
  const std::string_view path = operation.path;
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    const std::string name(path.substr(at + 1, path.find('}', at) - at - 1));
    const bool number = name == "project" || name == "issue_id" || name == "user_id" ||
                        name == "token_id" || name == "slo_id" || name == "rule_id" ||
                        name == "channel_id";
    parameters.push_back({{"name", name},
                          {"in", "path"},
                          {"required", true},
                          {"schema", type_schema(number            ? "integer"
                                                 : name == "email" ? "text"
                                                                   : "id")}});
  }
  std::string_view names = operation.parameters;
  while (!names.empty()) {
    const auto end = names.find(' ');
    const std::string name(names.substr(0, end));
    names = end == std::string_view::npos ? std::string_view() : names.substr(end + 1);
    if (name == "page" && path.ends_with("/page-report")) {
      parameters.push_back(
          {{"name", name}, {"in", "query"}, {"required", true}, {"schema", type_schema("text")}});
    } else {
      parameters.push_back({{"$ref", "#/components/parameters/" + name}});
    }
  }
  if (!parameters.empty()) json["parameters"] = parameters;
  if (*operation.body) {
    const bool is_form = std::string_view(operation.body) == "SourceMapUpload";
    json["requestBody"] = {{"required", true},
                           {"content",
                            {{is_form ? "multipart/form-data" : "application/json",
                              {{"schema", type_schema(operation.body)}}}}}};
  }
  Json responses;
  Json good;
  good["description"] = operation.status == 204 ? "Done" : "The answer";
  if (operation.answer == kEventStream) {
    good["content"][kEventStream]["schema"] = type_schema("text");
  } else if (*operation.answer) {
    good["content"]["application/json"]["schema"] = type_schema(operation.answer);
  }
  responses[std::to_string(operation.status)] = std::move(good);
  if (path != "/api/openapi.json" && path != "/api/v1/me") {
    responses["400"] = error_answer("A parameter or the body is wrong; the message says which");
  }
  if (route.needs) {
    json["security"] =
        Json::array({Json{{"token", Json::array()}}, Json{{"session", Json::array()}}});
    json["x-pagewake-scope"] = storage::name_of(*route.needs);
    responses["401"] = error_answer("No or an unknown token");
    responses["403"] = error_answer("The token's scope is too small");
  } else {
    json["security"] = Json::array();
  }
  if (path.find('{') != std::string_view::npos) {
    responses["404"] = error_answer("No such project or record");
  }
  json["responses"] = std::move(responses);
  return json;
}

Json document() {
  Json json = {{"openapi", "3.1.0"},
               {"info",
                {{"title", "Pagewake query API"},
                 {"version", "1"},
                 {"description",
                  "Times are RFC 3339 UTC (`…_at`), durations milliseconds (`…_ms`), ids "
                  "lower-case hex. Numbers and ids that are not known are null, texts empty."}}},
               {"paths", Json::object()}};
  for (const ApiRoute& route : api_routes()) {
    for (const Operation& operation : kOperations) {
      std::string method = operation.method;
      for (char& c : method) c = char(c - 'a' + 'A');
      if (method == route.method && std::string_view(operation.path) == route.pattern) {
        json["paths"][operation.path][operation.method] = operation_json(operation, route);
      }
    }
  }
  Json components;
  for (const Schema& schema : kSchemas) {
    components["schemas"][schema.name] = object_schema(schema.fields);
  }
  // Objects with optional fields: what is left out stays as it is.
  const auto optional = [&](const char* name, std::string_view fields) -> Json& {
    Json change = object_schema(fields);
    change.erase("required");
    return components["schemas"][name] = std::move(change);
  };
  optional("ProjectChange", "name:text allowed_origins:text[]");
  optional("AlertRuleChange",
           "name:text kind:text enabled:boolean page:text vital:text threshold:number "
           "window_minutes:integer minimum_views:integer cooldown_minutes:integer "
           "channel_ids:integer[]")["required"] = Json::array({"kind"});
  optional("AlertChannelChange",
           "name:text kind:text addresses:text[] url:text secret:text weekly_report:boolean")
      ["required"] = Json::array({"kind"});
  optional("InboundFiltersChange",
           "known_noise:boolean browser_extensions:boolean bots:boolean localhost:boolean "
           "webdriver:boolean oldest_versions:object");
  optional("QuotasChange",
           "requests_per_day:integer events_per_day:integer spans_per_day:integer "
           "logs_per_day:integer sessions_per_day:integer");
  optional("RetentionChange", "raw_days:integer rollup_days:integer");
  optional("IgnoreLimit", "more_events:integer until_spike:boolean");
  optional("IssueChange", "status:text assignee:text ignore:IgnoreLimit");
  optional("IssuesChange",
           "issue_ids:integer[] status:text assignee:text ignore:IgnoreLimit")["required"] =
      Json::array({"issue_ids"});
  optional("UserChange", "name:text server_admin:boolean disabled:boolean password:text");
  optional("Login", "email:text password:text token:text");
  components["schemas"]["SourceMapUpload"].erase("required");
  for (const Parameter& parameter : kParameters) {
    components["parameters"][parameter.name] = {{"name", parameter.name},
                                                {"in", "query"},
                                                {"description", parameter.description},
                                                {"schema", Json::parse(parameter.schema)}};
  }
  components["securitySchemes"] = {
      {"token", {{"type", "http"}, {"scheme", "bearer"}}},
      {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "pagewake_session"}}}};
  json["components"] = std::move(components);
  return json;
}

}  // namespace

http::Response show_openapi(const Context&, const http::Request&) {
  static const Json json = document();
  return json_response(json);
}

}  // namespace pagewake::api
