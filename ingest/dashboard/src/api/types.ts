/**
 * The query API's JSON, field by field as ingest/docs/api.md has it. The
 * dashboard knows nothing else of the server.
 *
 * A number or an id that is not there is null, a text "". Times are RFC 3339 UTC.
 */

export type Millis = number;
export type VitalName = 'lcp_ms' | 'inp_ms' | 'cls' | 'fcp_ms' | 'ttfb_ms';
export const VITAL_NAMES: readonly VitalName[] = ['lcp_ms', 'inp_ms', 'cls', 'fcp_ms', 'ttfb_ms'];

export interface Listing<T> {
  items: T[];
  next_cursor: string | null;
}

export interface ApiErrorBody {
  error: { code: string; message: string; limit_bytes?: number };
}

export interface Me {
  scope: 'read' | 'write' | 'admin';
  name: string;
}

export interface Project {
  id: number;
  name: string;
  dsn: string;
  public_key: string;
  allowed_origins: string[];
  created_at: string;
}

/** Who is logged in; `email` is null for a token. */
export interface Me {
  scope: 'read' | 'write' | 'admin';
  name: string;
  email: string | null;
  server_admin: boolean;
}

export interface User {
  user_id: number;
  email: string;
  name: string;
  server_admin: boolean;
  disabled: boolean;
  created_at: string;
  memberships: { project: number; role: 'viewer' | 'member' | 'admin' }[];
}

export interface AccessToken {
  token_id: number;
  name: string;
  scope: 'read' | 'write' | 'admin';
  /** null: every project. */
  project: number | null;
  created_at: string;
}

export interface AuditEntry {
  at: string;
  actor: string;
  action: string;
  target: string;
  project: number | null;
}

/** Shares (good, needs_improvement, poor) are 0..1 and add up to 1. */
export interface VitalSummary {
  p50: number;
  p75: number;
  p95: number;
  good: number;
  needs_improvement: number;
  poor: number;
  count: number;
}

export type VitalSummaries = Record<VitalName, VitalSummary | null>;

export interface PageRow {
  page: string;
  views: number;
  error_rate: number;
  vitals: VitalSummaries;
}

export interface PagesAnswer extends Listing<PageRow> {
  from: string;
  to: string;
}

export interface SeriesPoint extends Record<VitalName, number | null> {
  at: string;
  views: number;
  error_rate: number | null;
  /** p75 of each part; they do not add up to the p75 of the whole. */
  lcp: LcpBreakdown;
  inp: InpBreakdown;
}

/** A release that page views of the range knew for the first time. */
export interface ReleaseMark {
  release: string;
  first_seen_at: string;
}

interface Totals {
  views: number;
  views_kept_by_exception: number;
  error_rate: number | null;
  vitals: VitalSummaries;
}

export interface OverviewPage extends PageRow {
  /** Visits times the distance of the p75 to "good", in multiples of it. */
  pain: { sum: number; lcp_ms: number; inp_ms: number; cls: number };
  previous: { views: number; error_rate: number } & Record<VitalName, number | null>;
  sparkline: ({ at: string; views: number } & Record<VitalName, number | null>)[];
}

export interface Overview extends Totals {
  from: string;
  to: string;
  previous: Totals & { from: string; to: string };
  series_step: 'hour' | 'day';
  series: SeriesPoint[];
  releases: ReleaseMark[];
  page_count: number;
  pages: OverviewPage[];
}

export interface Bucket {
  low: number;
  high: number;
  count: number;
}

export interface LcpBreakdown {
  time_to_first_byte_ms: Millis | null;
  resource_load_delay_ms: Millis | null;
  resource_load_duration_ms: Millis | null;
  element_render_delay_ms: Millis | null;
}

/**
 * The mean of the visits around the 75th percentile (70th to 80th): unlike the
 * p75s of the parts, these parts add up to lcp_ms.
 */
export interface LcpNearP75 extends LcpBreakdown {
  lcp_ms: Millis;
  /** Within the time to first byte, of the visits that joined. */
  backend_ms: Millis | null;
  views: number;
}

export interface InpBreakdown {
  input_delay_ms: Millis | null;
  processing_duration_ms: Millis | null;
  presentation_delay_ms: Millis | null;
}

export interface BackendSpan {
  name: string;
  op: string;
  service: string;
  /** Under the page load itself, or under a fetch. */
  part?: 'navigation' | 'request';
  /** Self time a view: without what the span called. */
  p75_ms: Millis | null;
  /** Of the self time of all backend spans of this part, 0..1. */
  share: number;
  count: number;
}

export interface Slice extends Record<VitalName, number | null> {
  value: string;
  views: number;
  error_rate: number | null;
}

export type SliceDimension =
  | 'device'
  | 'browser'
  | 'os'
  | 'country'
  | 'connection'
  | 'release'
  | 'navigation_type';

/** Visits around a quantile of LCP; the phases add up to lcp_ms. */
export interface TimeBand {
  lcp_ms: Millis;
  views: number;
  /** Of these visits, those with a joined backend trace, 0..1. */
  joined_share: number;
  redirect_ms: Millis;
  stall_ms: Millis;
  dns_ms: Millis;
  connect_ms: Millis;
  /** With the server's part, where backend_ms is null. */
  network_ms: Millis;
  backend_ms: Millis | null;
  resource_load_delay_ms: Millis;
  resource_load_duration_ms: Millis;
  element_render_delay_ms: Millis;
  backend_spans: { name: string; op: string; service: string; ms: Millis; share: number }[];
}

export interface Finding {
  rule: string;
  /** Names of code stand between backticks. */
  text: string;
  impact_ms: Millis;
  share: number;
  views: number;
}

export interface ScriptRow {
  url: string;
  function: string;
  invoker: string;
  views: number;
  p75_ms: Millis;
}

export interface ResourceRow {
  url: string;
  initiator_type: string;
  views: number;
  p75_duration_ms: Millis | null;
  median_transfer_bytes: number | null;
}

export interface ThirdParty {
  host: string;
  views: number;
  requests: number;
  median_transfer_bytes: number;
  p75_duration_ms: Millis;
  p75_script_ms: Millis;
}

export interface Sample {
  page_view_id: string;
  started_at: string;
  lcp_ms: Millis | null;
  inp_ms?: Millis | null;
  device: string;
  browser: string;
  trace_id: string | null;
}

export interface PageReport {
  page: string;
  from: string;
  to: string;
  views: number;
  views_kept_by_exception: number;
  error_rate: number | null;
  vitals: VitalSummaries;
  series: SeriesPoint[];
  distribution: Record<VitalName, Bucket[]>;
  series_step: 'hour' | 'day';
  breakdown: {
    lcp: LcpBreakdown | null;
    inp: InpBreakdown | null;
    lcp_near_p75?: LcpNearP75 | null;
  };
  backend: { joined_share: number; p75_ms: Millis | null; spans: BackendSpan[] };
  lcp_elements: { target: string; url: string; views: number; p75_ms: Millis | null }[];
  inp_targets: { target: string; type: string; views: number; p75_ms: Millis | null }[];
  shift_sources: { target: string; views: number; p75: number | null }[];
  inp_scripts: ScriptRow[];
  frame_scripts: ScriptRow[];
  resources: ResourceRow[];
  heaviest_resources: ResourceRow[];
  third_parties: ThirdParty[];
  where_time_goes: { p75: TimeBand | null; p95: TimeBand | null };
  findings: Finding[];
  releases: ReleaseMark[];
  slices: Record<SliceDimension, Slice[]>;
  samples: Sample[];
  examined_views?: number;
}

export interface LcpAttribution extends LcpBreakdown {
  target: string;
  url: string;
}

export interface InpAttribution extends InpBreakdown {
  target: string;
  type: string;
  time_ms?: Millis | null;
  load_state?: string;
  longest_script_url?: string;
  longest_script_function?: string;
  longest_script_invoker?: string;
  longest_script_ms?: Millis | null;
  longest_script_char_position?: number;
  longest_script_subpart?: string;
  total_script_duration_ms?: Millis | null;
  total_style_and_layout_duration_ms?: Millis | null;
  total_paint_duration_ms?: Millis | null;
  total_unattributed_duration_ms?: Millis | null;
}

export interface ClsAttribution {
  largest_shift_target: string;
  largest_shift_time_ms: Millis | null;
  largest_shift_value: number | null;
  load_state: string;
}

export interface FcpAttribution {
  time_to_first_byte_ms: Millis;
  first_byte_to_fcp_ms: Millis;
}

export interface TtfbAttribution {
  waiting_duration_ms: Millis;
  cache_duration_ms: Millis;
  dns_duration_ms: Millis;
  connection_duration_ms: Millis;
  request_duration_ms: Millis;
}

export interface PageViewVitals extends Record<VitalName, number | null> {
  attribution: {
    lcp: LcpAttribution | null;
    inp: InpAttribution | null;
    cls: ClsAttribution | null;
    fcp?: FcpAttribution | null;
    ttfb?: TtfbAttribution | null;
  };
  missing: Partial<Record<VitalName, string>>;
}

export interface NavigationTiming {
  redirect_start_ms: Millis;
  redirect_end_ms: Millis;
  worker_start_ms: Millis;
  fetch_start_ms: Millis;
  domain_lookup_start_ms: Millis;
  domain_lookup_end_ms: Millis;
  connect_start_ms: Millis;
  secure_connection_start_ms: Millis;
  connect_end_ms: Millis;
  request_start_ms: Millis;
  response_start_ms: Millis;
  response_end_ms: Millis;
  dom_interactive_ms: Millis;
  dom_content_loaded_ms: Millis;
  dom_complete_ms: Millis;
  load_event_end_ms: Millis;
  transfer_bytes: number;
  encoded_body_bytes: number;
  decoded_body_bytes: number;
  response_status: number;
  redirect_count: number;
  next_hop_protocol: string;
  server_timing: ServerTiming[];
  not_restored_reasons: string[];
}

export interface Resource {
  index: number;
  url: string;
  initiator_type: string;
  next_hop_protocol: string;
  start_ms: Millis;
  domain_lookup_ms: Millis;
  connect_ms: Millis;
  tls_ms: Millis;
  request_start_ms: Millis;
  response_start_ms: Millis;
  response_end_ms: Millis;
  transfer_bytes: number;
  encoded_body_bytes: number;
  decoded_body_bytes: number;
  response_status: number;
  render_blocking: boolean;
  server_timing: ServerTiming[];
}

export interface ServerTiming {
  name: string;
  /** 0: the server gave none. */
  duration_ms: Millis;
  description: string;
}

export interface LongFrameScript {
  url: string;
  function: string;
  invoker: string;
  char_position: number;
  start_ms: Millis;
  duration_ms: Millis;
  forced_style_and_layout_ms: Millis;
}

export interface LongFrame {
  index: number;
  start_ms: Millis;
  duration_ms: Millis;
  blocking_ms: Millis;
  script_url: string;
  script_function: string;
  invoker: string;
  script_ms: Millis;
  style_and_layout_start_ms: Millis;
  scripts: LongFrameScript[];
}

export interface Breadcrumb {
  at: string;
  type: string;
  category: string;
  level: string;
  message: string;
  data: Record<string, unknown>;
}

export interface Span {
  span_id: string;
  parent_span_id: string | null;
  reported_parent_span_id?: string | null;
  name: string;
  op: string;
  kind: string;
  service: string;
  source: string;
  status: string;
  status_message: string;
  started_at: string;
  start_ms: Millis;
  duration_ms: Millis;
  depth: number;
  page_view_id: string | null;
  attributes: Record<string, unknown>;
  events: {
    name: string;
    at?: string;
    at_ms?: Millis | null;
    attributes?: Record<string, unknown>;
  }[];
}

export interface EventSummary {
  event_id: string;
  issue_id: number | null;
  level: string;
  title: string;
  occurred_at: string;
}

export interface Device {
  type: string;
  effective_connection_type: string;
  rtt_ms: Millis | null;
  downlink_kbps: number | null;
  save_data: boolean;
  memory_mb: number | null;
  cores: number | null;
  viewport_width_px: number | null;
  viewport_height_px: number | null;
  screen_width_px: number | null;
  screen_height_px: number | null;
  language: string;
  unsupported_entry_types: string[];
}

interface PageViewCommon {
  page_view_id: string;
  session_id: string | null;
  trace_id: string | null;
  span_id: string | null;
  server_span_id: string | null;
  previous_page_view_id: string | null;
  page: string;
  url: string;
  title: string;
  referrer: string;
  navigation_type: string;
  started_at: string;
  received_at: string;
  duration_ms: Millis | null;
  final: boolean;
  hidden_at_start: boolean;
  left_before_load: boolean;
  weight: number;
  kept_by_exception: boolean;
  replayed: boolean;
  revision: number;
  clock_skew_ms: Millis | null;
  release: string;
  environment: string;
  user_id: string;
  browser: string;
  browser_version: string;
  os: string;
  country: string;
  vitals: PageViewVitals;
  timing: NavigationTiming | null;
  tags: Record<string, string>;
  error_count: number;
  device: Device | null;
  sdk_cost: {
    main_thread_ms: Millis | null;
    core_load_ms: Millis | null;
    sent_bytes: number | null;
    dropped: number;
  } | null;
}

export interface PageViewSummary extends PageViewCommon {
  event_count: number;
}

export interface PageView extends PageViewCommon {
  resources: Resource[];
  long_frames: LongFrame[];
  breadcrumbs: Breadcrumb[];
  spans: Span[];
  events: EventSummary[];
}

export interface TraceEvent extends EventSummary {
  span_id: string | null;
  source: string;
  platform: string;
  at_ms: Millis;
}

export interface TraceLog {
  at: string;
  at_ms: Millis;
  span_id: string | null;
  level: string;
  severity_number: number;
  message: string;
  logger: string;
  service: string;
  source: string;
  attributes: Record<string, unknown>;
}

export interface Trace {
  trace_id: string;
  started_at: string;
  duration_ms: Millis;
  page_view_ids: string[];
  clock: { service: string; shift_ms: Millis; reason: string; varies?: boolean }[];
  spans: Span[];
  events: TraceEvent[];
  logs: TraceLog[];
  truncated: boolean;
}

export const MEASURES = [
  'lcp_ms',
  'inp_ms',
  'cls',
  'fcp_ms',
  'ttfb_ms',
  'backend_ms',
  'no_error',
] as const;
export type Measure = (typeof MEASURES)[number];

export interface Slo {
  slo_id: number;
  name: string;
  /** "": all pages. */
  page: string;
  measure: Measure;
  threshold: number;
  target: number;
  window_days: number;
  created_at: string;
  views: number;
  good_views: number;
  /** From the newest views of the window, not from all. */
  examined: boolean;
  attained: number | null;
  /** 1 untouched, 0 used up, below overdrawn. */
  budget_left: number | null;
  burn_rates: { window_s: number; rate: number; views: number }[];
  state: 'no_data' | 'ok' | 'slow_burn' | 'fast_burn' | 'exhausted';
}

export interface LogLine {
  at: string;
  level: string;
  severity_number: number;
  message: string;
  logger: string;
  service: string;
  source: string;
  release: string;
  environment: string;
  trace_id: string | null;
  span_id: string | null;
  attributes: Record<string, unknown>;
}

export const ISSUE_STATUSES = [
  'unresolved',
  'resolved',
  'resolved_in_next_release',
  'ignored',
] as const;
export type IssueStatus = (typeof ISSUE_STATUSES)[number];

export interface Issue {
  issue_id: number;
  title: string;
  culprit: string;
  type: string;
  level: string;
  platform: string;
  status: IssueStatus;
  first_seen_at: string;
  last_seen_at: string;
  first_release: string;
  last_release: string;
  event_count: number;
  user_count: number;
  latest_event_id: string;
  grouping_explanation: string;
  assignee: string;
  resolved_release: string;
  ignored_until_event_count: number | null;
  ignored_until_spike: boolean;
  merged_into: number | null;
}

/** A release in the chosen time. */
export interface ReleaseUse {
  release: string;
  views: number;
  views_share: number;
  error_rate: number;
  sessions: number;
  adoption: number;
  crash_free_sessions: number | null;
  crash_free_users: number | null;
  users: number;
  errored: number;
  abnormal: number;
  unhandled: number;
  crashed: number;
  first_session_at: string | null;
  last_session_at: string | null;
}

export interface ReleaseUses {
  items: ReleaseUse[];
  views: number;
  sessions: number;
}

/** Events and issues are of the release's whole life. */
export interface ReleaseSide extends ReleaseUse {
  vitals: VitalSummaries;
  events: number;
  issues: number;
  new_issues: number;
  top_new_issues: Issue[];
}

export interface ReleaseComparison {
  from: string;
  to: string;
  release: ReleaseSide;
  base: ReleaseSide;
}

export interface IssueDetail extends Issue {
  hours: { at: string; count: number }[];
  suspect_release: { release: string; reason: string; first_seen_at: string } | null;
  /** The issues it was merged from. */
  parts: Issue[];
}

export interface IssueActivity {
  activity_id: number;
  issue_id: number;
  at: string;
  kind:
    | 'created'
    | 'regressed'
    | 'unignored'
    | 'status'
    | 'assigned'
    | 'comment'
    | 'merged'
    | 'unmerged';
  actor: string;
  detail: string;
}

export interface TagDistribution {
  key: string;
  event_count: number;
  values: { value: string; event_count: number }[];
}

export interface IssueRelated {
  page_views: {
    page_view_id: string;
    session_id: string | null;
    event_id: string;
    page: string;
    occurred_at: string;
  }[];
  traces: { trace_id: string; event_id: string; name: string; occurred_at: string }[];
  examined_events: number;
}

export interface Frame {
  function: string;
  filename: string;
  module: string;
  line: number | null;
  column: number | null;
  in_app: boolean;
  original: { source: string; line: number; column: number; name: string } | null;
  context: { pre: string[]; line: string; post: string[] } | null;
  /** Why `original` is null: the names of ingest/symbolicate; "" resolved. */
  unresolved_reason: string;
  debug_id: string;
}

export interface Exception {
  type: string;
  value: string;
  module: string;
  mechanism: { type: string; handled: boolean } | null;
  frames: Frame[];
}

export interface ErrorEvent {
  event_id: string;
  issue_id: number | null;
  title: string;
  culprit: string;
  level: string;
  message: string;
  logger: string;
  transaction: string;
  platform: string;
  source: string;
  exceptions: Exception[];
  breadcrumbs: Breadcrumb[];
  tags: Record<string, string>;
  contexts: Record<string, unknown>;
  user: Record<string, unknown>;
  request: Record<string, unknown>;
  extra: Record<string, unknown>;
  release: string;
  environment: string;
  browser: string;
  os: string;
  page: string;
  url: string;
  page_view_id: string | null;
  session_id: string | null;
  trace_id: string | null;
  span_id: string | null;
  fingerprint: string[];
  grouping: { version: number; key: string; explanation: string };
  received_at: string;
  occurred_at: string;
}

export interface EventListItem extends EventSummary {
  culprit?: string;
  release?: string;
  environment?: string;
  browser?: string;
  os?: string;
  page?: string;
  source?: string;
  trace_id?: string | null;
  page_view_id?: string | null;
}

export interface SessionTimeline {
  session_id: string;
  page_views: PageViewSummary[];
  events: (EventSummary & { page_view_id?: string | null; page?: string })[];
  truncated?: boolean;
}

export interface OutcomeRow {
  category: string;
  outcome: 'stored' | 'dropped';
  reason: string | null;
  explanation?: string;
  count: number;
}

export interface SourceMapRelease {
  release: string;
  files: number;
  maps: number;
  bytes: number;
  uploaded_at: string;
}

export interface MissingSourceMap {
  release: string;
  filename: string;
  debug_id: string;
  reason: string;
  explanation: string;
  detail: string;
  events: number;
  frames: number;
  last_seen_at: string;
  event_id: string;
}

export interface MissingSourceMaps {
  items: MissingSourceMap[];
  examined_events: number;
  resolved_frames: number;
  complete: boolean;
}

export interface OutcomesAnswer {
  items: OutcomeRow[];
  received: number;
  stored: number;
  dropped: number;
}

export type AlertRuleKind =
  | 'new_issue'
  | 'regression'
  | 'spike'
  | 'page_error_rate'
  | 'vital'
  | 'absence'
  | 'objective';

export interface AlertRule {
  rule_id: number;
  name: string;
  kind: AlertRuleKind;
  enabled: boolean;
  /** Empty: each page. */
  page: string;
  vital: VitalName | '';
  threshold: number | null;
  window_minutes: number;
  minimum_views: number;
  cooldown_minutes: number;
  channel_ids: number[];
}

export interface AlertChannel {
  channel_id: number;
  name: string;
  kind: 'email' | 'webhook';
  addresses: string[];
  /** Without admin its host only. */
  url: string;
  has_secret: boolean;
  weekly_report: boolean;
}

export interface AlertDelivery {
  delivery_id: number;
  rule_id: number | null;
  channel_id: number;
  title: string;
  status: 'pending' | 'sending' | 'sent' | 'failed' | 'unknown';
  attempts: number;
  created_at: string;
  next_attempt_at: string | null;
  ended_at: string | null;
  last_error: string;
}

/** A UTC day's; 0: no limit. */
export interface Quotas {
  requests_per_day: number;
  events_per_day: number;
  spans_per_day: number;
  logs_per_day: number;
  sessions_per_day: number;
}

export interface ProjectQuotas {
  own: Quotas;
  server: Quotas;
  /** Since midnight UTC, or the server's start where that was later. */
  used_today: Quotas;
}

export interface Retention {
  raw_days: number;
  rollup_days: number;
  /** Where the server's configuration says so; "" it can be changed here. */
  raw_fixed_by: string;
  rollup_fixed_by: string;
}

export interface InboundFilters {
  known_noise: boolean;
  browser_extensions: boolean;
  bots: boolean;
  localhost: boolean;
  webdriver: boolean;
  /** The oldest still wanted, by browser. */
  oldest_versions: Record<string, number>;
}

export interface GroupingPreview {
  examined_events: number;
  ignored_events: number;
  issues_before: number;
  issues_after: number;
  rules: { line: number; ignore: boolean; events: number; titles: string[] }[];
}
