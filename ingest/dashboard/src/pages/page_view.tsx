import type { ComponentChildren, JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { pageViewPath, traceOfViewPath } from '../api/paths';
import { type PageView, type ServerTiming, type Trace, VITAL_NAMES } from '../api/types';
import { useApi } from '../api/use_api';
import {
  formatBytes,
  formatCls,
  formatMs,
  formatTime,
  formatVital,
  plural,
  shortId,
  words,
} from '../model/format';
import { missingWords, RATING_WORDS, rate, VITALS } from '../model/rating';
import {
  defaultZoom,
  layoutWaterfall,
  PHASE_LABELS,
  type Phase,
  parseZoom,
  type Row,
  type Waterfall,
  type Zoom,
  zoomBy,
  zoomText,
} from '../model/waterfall';
import { setQuery } from '../router';
import { Breadcrumbs } from '../ui/breadcrumbs';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { Icon, RatingIcon } from '../ui/icons';
import { Badge, Card, KeyValues, Level, Page, Rated } from '../ui/parts';
import { Empty, Later, Loaded, Skeleton } from '../ui/states';
import { DetailsPanel, Timeline, type TimelineRow } from '../ui/timeline';

export function PageViewPage(): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const id = params.page_view_id ?? '';
  const state = useApi<PageView>(pageViewPath(params, ''));
  const view = state.data;
  // A page view is worth showing without its trace: that request may fail alone.
  const trace = useApi<Trace>(view ? traceOfViewPath(params, view) : null);
  const title = view ? `${view.page}, visit ${shortId(id)}` : `Visit ${shortId(id)}`;
  return (
    <Page
      title={title}
      heading={<span class="page-name">{view?.page ?? 'Visit'}</span>}
      crumbs={[
        { label: 'Pages', href: href('/pages') },
        ...(view
          ? [{ label: view.page, href: href(`/page?page=${encodeURIComponent(view.page)}`) }]
          : []),
      ]}
    >
      <Loaded state={state} skeleton={<Skeleton rows={12} chart />}>
        {(data) => (
          <View
            view={data}
            trace={trace.data}
            traceError={trace.error?.message ?? ''}
            isComplete={!data.trace_id || trace.data !== null || trace.error !== null}
          />
        )}
      </Loaded>
    </Page>
  );
}

function View({
  view,
  trace,
  traceError,
  isComplete,
}: {
  view: PageView;
  trace: Trace | null;
  traceError: string;
  /** The trace is there, or will not be. */
  isComplete: boolean;
}): JSX.Element {
  const href = useProjectHref();
  const facts: [string, ComponentChildren][] = [
    ['Started', formatTime(view.started_at)],
    ['Kind', words(view.navigation_type)],
    ['Browser', `${view.browser} ${view.browser_version}`.trim() || 'unknown'],
    ['System', view.os || 'unknown'],
    ['Device', view.device?.type || 'unknown'],
    ['Connection', view.device?.effective_connection_type || 'unknown'],
    ['Release', view.release || 'none'],
  ];
  return (
    <>
      <p class="url-line">{view.url}</p>
      <div class="fact-line">
        {facts.map(([name, value]) => (
          <span key={name} class="fact">
            <span class="muted">{name}</span> {value}
          </span>
        ))}
        {view.error_count > 0 && <Badge tone="poor">{plural(view.error_count, 'error')}</Badge>}
        {!view.final && <Badge title="The last beacon has not come yet">still going on</Badge>}
        {view.kept_by_exception && (
          <Badge title="Kept for being slow or failed; left out of percentiles">
            kept by exception
          </Badge>
        )}
        {view.replayed && (
          <Badge title="No WebAssembly here: the server replayed the raw signals">replayed</Badge>
        )}
        {view.hidden_at_start && <Badge>opened in the background</Badge>}
        {view.left_before_load && (
          <Badge tone="poor" title="The visitor left before the page's load event">
            left before load
          </Badge>
        )}
      </div>
      <p class="link-line">
        {view.trace_id && (
          <a href={href(`/traces/${view.trace_id}`)}>
            <Icon name="trace" /> Trace {shortId(view.trace_id)}
          </a>
        )}
        {view.session_id && (
          <a href={href(`/sessions/${view.session_id}`)}>
            <Icon name="clock" /> Session {shortId(view.session_id)}
          </a>
        )}
        {view.previous_page_view_id && (
          <a href={href(`/page-views/${view.previous_page_view_id}`)}>
            <Icon name="navigation" /> Visit before
          </a>
        )}
      </p>
      <VitalsStrip view={view} />
      <Later>
        {/* With its trace or not at all: rows that came later would push the rest down. */}
        {isComplete ? (
          <>
            <WaterfallCard view={view} trace={trace} traceError={traceError} />
            <div class="columns">
              <Card title="Breadcrumbs" hint={plural(view.breadcrumbs.length, 'step')}>
                <Breadcrumbs crumbs={view.breadcrumbs} />
              </Card>
              <div class="stack">
                <AttributionCard view={view} />
                <DeviceCard view={view} />
              </div>
            </div>
          </>
        ) : (
          <Skeleton rows={12} chart />
        )}
      </Later>
    </>
  );
}

function VitalsStrip({ view }: { view: PageView }): JSX.Element {
  return (
    <dl class="vital-strip">
      {VITAL_NAMES.map((name) => {
        const value = view.vitals[name];
        return (
          <div key={name}>
            <dt title={VITALS[name].name}>{VITALS[name].short}</dt>
            <dd>
              {value === null ? (
                <span class="missing" title="Why there is no value">
                  {missingWords(view.vitals.missing[name])}
                </span>
              ) : (
                <Rated vital={name} value={value} />
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

const KIND_WORDS: Record<Row['kind'], string> = {
  document: 'Document',
  resource: 'Resource',
  frame: 'Long frame',
  browser_span: 'Browser span',
  backend_span: 'Backend span',
  interaction: 'Interaction',
  log: 'Log line',
  error: 'Error',
};

/** A point in time rather than a span of it. */
function isMoment(row: Row): boolean {
  return row.kind === 'error' || row.kind === 'log';
}

function toTimelineRow(row: Row): TimelineRow {
  const length = formatMs(row.end_ms - row.start_ms);
  return {
    id: row.id,
    label: row.label,
    hint: row.hint,
    aria: `${KIND_WORDS[row.kind]} ${row.label}, ${row.hint}, at ${formatMs(row.start_ms)}${isMoment(row) ? '' : `, took ${length}`}${row.failed && row.kind !== 'error' ? ', failed' : ''}`,
    depth: row.depth,
    segments: row.segments.map((segment) => ({
      class: `phase-${segment.phase}`,
      start_ms: segment.start_ms,
      end_ms: segment.end_ms,
      title: `${PHASE_LABELS[segment.phase]}: ${formatMs(segment.end_ms - segment.start_ms)}`,
    })),
    ...(row.kind === 'error'
      ? { dot: 'error' as const }
      : row.kind === 'log'
        ? { dot: row.failed ? ('error' as const) : ('log' as const) }
        : {}),
    failed: row.failed,
  };
}

function WaterfallCard({
  view,
  trace,
  traceError,
}: {
  view: PageView;
  trace: Trace | null;
  traceError: string;
}): JSX.Element {
  const waterfall = useMemo(() => layoutWaterfall(view, trace), [view, trace]);
  const zoomParam = useQueryParam('axis');
  const zoom = zoomParam === 'all' || zoomParam === 'load' ? zoomParam : defaultZoom(waterfall);
  const selected = useQueryParam('row');
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const whole_ms = waterfall.end_ms * 1.02;
  const axis: Zoom = {
    start_ms: 0,
    end_ms: zoom === 'load' ? waterfall.load_end_ms * 1.08 : whole_ms,
  };
  const chosen = parseZoom(useQueryParam('t'));
  const shown = chosen ?? axis;
  const setZoom = (next: Zoom | null) => setQuery({ t: next && zoomText(next) }, { replace: true });
  const zoomMiddle = (factor: number) =>
    setZoom(zoomBy(shown, factor, (shown.start_ms + shown.end_ms) / 2, whole_ms));
  const kinds = [...new Set(waterfall.rows.map(kindGroup))];
  const rows = waterfall.rows.filter((row) => !hidden.has(kindGroup(row)));
  const open = waterfall.rows.find((row) => row.id === selected);
  const phases = [
    ...new Set(waterfall.rows.flatMap((row) => row.segments.map((segment) => segment.phase))),
  ];
  const clock = trace?.clock ?? [];
  return (
    <Card
      title="Waterfall"
      hint={`${plural(waterfall.rows.length, 'row')}, ms since the start of navigation`}
      class="waterfall-card"
      actions={
        <>
          {kinds.length > 1 &&
            kinds.map((kind) => (
              <button
                key={kind}
                type="button"
                class="chip toggle"
                aria-pressed={!hidden.has(kind)}
                onClick={() => {
                  const next = new Set(hidden);
                  if (!next.delete(kind)) next.add(kind);
                  setHidden(next);
                }}
              >
                {kind}
              </button>
            ))}
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has no layout of its own here */}
          <span class="segmented small" role="group" aria-label="Zoom">
            <button type="button" aria-label="Zoom in" onClick={() => zoomMiddle(0.5)}>
              +
            </button>
            <button type="button" aria-label="Zoom out" onClick={() => zoomMiddle(2)}>
              −
            </button>
            <button
              type="button"
              disabled={chosen === null}
              title="Show the whole axis"
              onClick={() => setZoom(null)}
            >
              Reset
            </button>
          </span>
          {waterfall.load_end_ms > 0 && waterfall.end_ms > waterfall.load_end_ms * 1.2 && (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset has no layout of its own here
            <span class="segmented small" role="group" aria-label="Part of the time axis">
              {(['load', 'all'] as const).map((value) => (
                <button
                  key={value}
                  type="button"
                  aria-pressed={chosen === null && zoom === value}
                  onClick={() => setQuery({ axis: value, t: null }, { replace: true })}
                >
                  {value === 'load' ? 'Load' : 'All'}
                </button>
              ))}
            </span>
          )}
        </>
      }
    >
      {waterfall.rows.length === 0 ? (
        <Empty title="Nothing on the time axis">
          <p>
            This kind of page view ({words(view.navigation_type)}) loads no document, and no request
            was made during it.
          </p>
        </Empty>
      ) : (
        <div class={`with-details ${open ? 'open' : ''}`}>
          <div class="timeline-box">
            <Timeline
              label="Waterfall; arrow keys move, Enter shows details, plus and minus zoom, Shift with arrows moves the axis"
              rows={rows.map(toTimelineRow)}
              markers={waterfall.markers.map((marker) => {
                const rating = rate(
                  marker.vital,
                  marker.vital === 'cls' ? view.vitals.cls : marker.value,
                );
                return {
                  id: marker.vital,
                  class: `vital-marker ${rating ?? ''}`,
                  at_ms: marker.at_ms,
                  title: `${VITALS[marker.vital].name} ${formatVital(marker.vital, marker.value)}${rating ? `, ${RATING_WORDS[rating]}` : ''}, at ${formatMs(marker.at_ms)}`,
                  label: (
                    <>
                      {rating && <RatingIcon rating={rating} />}
                      {marker.label} <b>{formatVital(marker.vital, marker.value)}</b>
                    </>
                  ),
                };
              })}
              start_ms={shown.start_ms}
              end_ms={shown.end_ms}
              whole_ms={whole_ms}
              onZoom={setZoom}
              selected={selected}
              onSelect={(id) => setQuery({ row: id }, { replace: true })}
            />
            <PhaseLegend phases={phases} />
            {traceError !== '' && (
              <p class="muted small">The backend's part could not be loaded: {traceError}</p>
            )}
            {trace && !trace.spans.some((span) => span.service !== 'browser') && (
              <p class="muted small">
                No backend span carries this visit's trace id. With OpenTelemetry in the backend its
                spans stand here, under the request that caused them.
              </p>
            )}
            {clock.map((shift) => (
              <p key={shift.service} class="muted small clock-note">
                <Icon name="clock" /> {shift.service}'s clock was shifted by{' '}
                {formatMs(shift.shift_ms)}: {shift.reason}.
              </p>
            ))}
          </div>
          {open && <RowDetails row={open} view={view} waterfall={waterfall} />}
        </div>
      )}
    </Card>
  );
}

function kindGroup(row: Row): string {
  switch (row.kind) {
    case 'document':
      return 'Document';
    case 'backend_span':
      return 'Backend';
    case 'browser_span':
      return 'Requests';
    case 'frame':
      return 'Long frames';
    case 'interaction':
      return 'Interactions';
    case 'log':
      return 'Logs';
    case 'error':
      return 'Errors';
    case 'resource':
      return row.span ? 'Requests' : 'Resources';
  }
}

function PhaseLegend({ phases }: { phases: Phase[] }): JSX.Element {
  const order = Object.keys(PHASE_LABELS) as Phase[];
  return (
    <ul class="phase-legend" aria-label="Colours">
      {order
        .filter((phase) => phases.includes(phase))
        .map((phase) => (
          <li key={phase}>
            <span class={`swatch phase-${phase}`} />
            {PHASE_LABELS[phase]}
          </li>
        ))}
    </ul>
  );
}

function RowDetails({
  row,
  view,
  waterfall,
}: {
  row: Row;
  view: PageView;
  waterfall: Waterfall;
}): JSX.Element {
  const href = useProjectHref();
  const close = () => setQuery({ row: null }, { replace: true });
  const share = waterfall.load_end_ms > 0 ? (row.end_ms - row.start_ms) / waterfall.load_end_ms : 0;
  const facts: [string, unknown][] = [['starts', formatMs(row.start_ms)]];
  if (!isMoment(row)) {
    facts.push(['takes', formatMs(row.end_ms - row.start_ms)]);
    if (share > 0.01 && share <= 1) facts.push(['of the load', `${Math.round(share * 100)} %`]);
  }
  if (row.resource) {
    const r = row.resource;
    facts.push(
      ['url', r.url],
      ['status', r.response_status || 'withheld'],
      ['protocol', r.next_hop_protocol || 'unknown'],
      ['transferred', r.transfer_bytes === 0 ? 'cache or withheld' : formatBytes(r.transfer_bytes)],
      ['decoded', formatBytes(r.decoded_body_bytes)],
    );
    if (r.render_blocking) facts.push(['render', 'blocks rendering']);
    facts.push(...serverTimingFacts(r.server_timing));
  }
  if (row.timing) {
    const t = row.timing;
    facts.push(
      ['status', t.response_status || 'unknown'],
      ['protocol', t.next_hop_protocol || 'unknown'],
      ['transferred', formatBytes(t.transfer_bytes)],
      ['decoded', formatBytes(t.decoded_body_bytes)],
      ['redirects', t.redirect_count],
      ['DOM interactive', formatMs(t.dom_interactive_ms)],
      ['DOM content loaded', formatMs(t.dom_content_loaded_ms)],
      ['load event ends', t.load_event_end_ms ? formatMs(t.load_event_end_ms) : 'never'],
      ...serverTimingFacts(t.server_timing),
    );
    if (t.not_restored_reasons.length > 0) {
      facts.push(['not restored because of', t.not_restored_reasons.join(', ')]);
    }
  }
  if (row.frame) {
    const f = row.frame;
    facts.push(
      ['blocked input for', formatMs(f.blocking_ms)],
      ['longest script', formatMs(f.script_ms)],
      ['function', f.script_function],
      ['script', f.script_url],
      ['invoked by', f.invoker],
    );
    for (const script of f.scripts.slice(1)) {
      const name = script.function || script.url || script.invoker;
      facts.push([
        'also',
        `${name}${script.char_position ? ` at character ${script.char_position}` : ''}, ${formatMs(script.duration_ms)}, by ${script.invoker || 'unknown'}`,
      ]);
    }
  }
  if (row.log) {
    facts.push(['level', row.log.level], ['service', row.log.service], ['logger', row.log.logger]);
  }
  if (row.span) {
    const s = row.span;
    facts.push(['op', s.op], ['service', s.service], ['source', s.source], ['status', s.status]);
    if (s.status_message) facts.push(['status message', s.status_message]);
  }
  return (
    <DetailsPanel
      title={row.label}
      subtitle={`${KIND_WORDS[row.kind]}, ${row.hint}`}
      onClose={close}
    >
      {row.segments.length > 1 && (
        <ul class="legend">
          {row.segments.map((segment) => (
            <li key={segment.phase + segment.start_ms}>
              <span class={`swatch phase-${segment.phase}`} />
              <span class="legend-label">{PHASE_LABELS[segment.phase]}</span>
              <span class="num">{formatMs(segment.end_ms - segment.start_ms)}</span>
            </li>
          ))}
        </ul>
      )}
      <KeyValues values={facts} />
      {row.span && Object.keys(row.span.attributes).length > 0 && (
        <>
          <h3>Attributes</h3>
          <KeyValues values={row.span.attributes} />
        </>
      )}
      {row.log && Object.keys(row.log.attributes).length > 0 && (
        <>
          <h3>Attributes</h3>
          <KeyValues values={row.log.attributes} />
        </>
      )}
      {row.event && (
        <p>
          <Level level={row.event.level} />{' '}
          <a href={href(`/events/${row.event.event_id}`)}>Open the event</a>
          {row.event.issue_id !== null && (
            <>
              {' '}
              or <a href={href(`/issues/${row.event.issue_id}`)}>its issue</a>
            </>
          )}
        </p>
      )}
      {row.span && view.trace_id && (
        <p>
          <a href={href(`/traces/${view.trace_id}?row=span:${row.span.span_id}`)}>
            <Icon name="trace" /> Show in the trace
          </a>
        </p>
      )}
    </DetailsPanel>
  );
}

function serverTimingFacts(entries: ServerTiming[]): [string, string][] {
  return entries.map(({ name, duration_ms, description }) => [
    `server: ${name}`,
    [duration_ms ? formatMs(duration_ms) : '', description].filter(Boolean).join(', ') || 'yes',
  ]);
}

function AttributionCard({ view }: { view: PageView }): JSX.Element | null {
  const { lcp, inp, cls, ttfb } = view.vitals.attribution;
  if (!lcp && !inp && !cls && !ttfb) return null;
  const rows: [string, unknown][] = [];
  if (lcp) {
    rows.push(['LCP element', lcp.target]);
    if (lcp.url) rows.push(['LCP image', lcp.url]);
    rows.push([
      'LCP parts',
      `${formatMs(lcp.time_to_first_byte_ms)} first byte + ${formatMs(lcp.resource_load_delay_ms)} load delay + ${formatMs(lcp.resource_load_duration_ms)} load + ${formatMs(lcp.element_render_delay_ms)} render delay`,
    ]);
  }
  if (inp) {
    rows.push(['INP target', `${inp.target}${inp.type ? ` (${inp.type})` : ''}`]);
    rows.push([
      'INP parts',
      `${formatMs(inp.input_delay_ms)} input delay + ${formatMs(inp.processing_duration_ms)} processing + ${formatMs(inp.presentation_delay_ms)} presentation`,
    ]);
    const script = inp.longest_script_function || inp.longest_script_url;
    if (script) {
      const phase = inp.longest_script_subpart
        ? ` in its ${inp.longest_script_subpart.replace('-', ' ')}`
        : '';
      rows.push(['INP script', `${script}, ${formatMs(inp.longest_script_ms)}${phase}`]);
    }
    if (inp.total_script_duration_ms != null) {
      rows.push([
        'INP work',
        `${formatMs(inp.total_script_duration_ms)} script + ${formatMs(inp.total_style_and_layout_duration_ms)} style and layout + ${formatMs(inp.total_paint_duration_ms)} paint + ${formatMs(inp.total_unattributed_duration_ms)} unknown`,
      ]);
    }
  }
  if (cls?.largest_shift_target) {
    rows.push([
      'Largest shift',
      `${cls.largest_shift_target}, ${formatCls(cls.largest_shift_value)} at ${formatMs(cls.largest_shift_time_ms)}`,
    ]);
  }
  if (ttfb) {
    rows.push([
      'TTFB parts',
      `${formatMs(ttfb.waiting_duration_ms)} waiting + ${formatMs(ttfb.cache_duration_ms)} cache + ${formatMs(ttfb.dns_duration_ms)} DNS + ${formatMs(ttfb.connection_duration_ms)} connect + ${formatMs(ttfb.request_duration_ms)} request`,
    ]);
  }
  return (
    <Card title="What the vitals measured">
      <KeyValues values={rows} />
    </Card>
  );
}

/** 0 or null: the browser did not say. */
function pixels(width: number | null, height: number | null): string {
  return width && height ? `${width} × ${height} px` : 'unknown';
}

function DeviceCard({ view }: { view: PageView }): JSX.Element {
  const d = view.device;
  const rows: [string, unknown][] = [];
  if (d) {
    rows.push(['viewport', pixels(d.viewport_width_px, d.viewport_height_px)]);
    rows.push(['screen', pixels(d.screen_width_px, d.screen_height_px)]);
    if (d.cores) rows.push(['processor cores', d.cores]);
    if (d.memory_mb) rows.push(['memory', `${d.memory_mb / 1024} GB`]);
    if (d.rtt_ms) rows.push(['round trip', formatMs(d.rtt_ms)]);
    if (d.downlink_kbps) rows.push(['downlink', `${d.downlink_kbps / 1000} Mbit/s`]);
    if (d.save_data) rows.push(['save data', 'on']);
    rows.push(['language', d.language]);
    if (d.unsupported_entry_types.length > 0) {
      rows.push(['browser cannot measure', d.unsupported_entry_types.join(', ')]);
    }
  }
  rows.push(['country', view.country || 'unknown'], ['referrer', view.referrer || 'none']);
  if (view.user_id) rows.push(['user', view.user_id]);
  for (const [tag, value] of Object.entries(view.tags)) rows.push([`tag ${tag}`, value]);
  rows.push(
    ['environment', view.environment],
    ['sampling weight', view.weight],
    ['clock skew', formatMs(view.clock_skew_ms)],
  );
  const cost = view.sdk_cost;
  if (cost) {
    rows.push([
      'cost of measuring',
      `${formatMs(cost.main_thread_ms)} main thread, core in ${formatMs(cost.core_load_ms)}, ${formatBytes(cost.sent_bytes)} sent, ${cost.dropped} dropped`,
    ]);
  }
  return (
    <Card title="Device and visit">
      <KeyValues values={rows} />
    </Card>
  );
}
