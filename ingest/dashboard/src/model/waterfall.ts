/**
 * Everything that happened in one page view on one time axis: navigation
 * phases, resources, long frames, browser spans and, from the joined trace,
 * the backend's spans under the request that caused them. Pure: page view and
 * trace in, rows out. All times are ms since the page view's start.
 */
import type {
  LongFrame,
  NavigationTiming,
  PageView,
  Resource,
  Span,
  Trace,
  TraceLog,
  VitalName,
} from '../api/types';
import { fileName, shortUrl } from './format';
import { spanTitle } from './span_title';

export type Phase =
  | 'redirect'
  | 'blocked'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'request'
  | 'response'
  | 'dom'
  | 'frame'
  | 'span'
  | 'backend'
  | 'input_delay'
  | 'processing'
  | 'presentation'
  | 'log'
  | 'error';

export const PHASE_LABELS: Record<Phase, string> = {
  redirect: 'Redirect',
  blocked: 'Queued',
  dns: 'DNS',
  connect: 'Connect',
  tls: 'TLS',
  request: 'Request and wait',
  response: 'Response',
  dom: 'DOM processing',
  frame: 'Long frame',
  span: 'Browser span',
  backend: 'Backend',
  input_delay: 'Input delay',
  processing: 'Processing',
  presentation: 'Presentation delay',
  log: 'Log line',
  error: 'Error',
};

export interface Segment {
  phase: Phase;
  start_ms: number;
  end_ms: number;
}

export type RowKind =
  | 'document'
  | 'resource'
  | 'frame'
  | 'browser_span'
  | 'backend_span'
  | 'interaction'
  | 'log'
  | 'error';

export interface Row {
  id: string;
  kind: RowKind;
  label: string;
  /** Shown small beside the label: type, service. */
  hint: string;
  depth: number;
  start_ms: number;
  end_ms: number;
  segments: Segment[];
  failed: boolean;
  service: string;
  /** What the details panel shows, in order. */
  resource?: Resource;
  timing?: NavigationTiming;
  frame?: LongFrame;
  span?: Span;
  log?: TraceLog;
  event?: { event_id: string; issue_id: number | null; title: string; level: string };
}

export interface Marker {
  vital: VitalName;
  label: string;
  at_ms: number;
  value: number;
}

export interface Waterfall {
  rows: Row[];
  markers: Marker[];
  /** End of the last row or marker. */
  end_ms: number;
  /** Where loading was over: load event, LCP, whichever is later; 0 if neither is known. */
  load_end_ms: number;
}

function push(list: Segment[], phase: Phase, start_ms: number, end_ms: number): void {
  if (end_ms > start_ms) list.push({ phase, start_ms, end_ms });
}

/** The document's phases. 0 stands for "did not happen" in Navigation Timing. */
export function navigationSegments(t: NavigationTiming): Segment[] {
  const out: Segment[] = [];
  push(out, 'redirect', t.redirect_start_ms, t.redirect_end_ms);
  push(out, 'dns', t.domain_lookup_start_ms, t.domain_lookup_end_ms);
  const tls_start_ms =
    t.secure_connection_start_ms > 0 ? t.secure_connection_start_ms : t.connect_end_ms;
  push(out, 'connect', t.connect_start_ms, Math.min(tls_start_ms, t.connect_end_ms));
  if (t.secure_connection_start_ms > 0) {
    push(out, 'tls', t.secure_connection_start_ms, t.connect_end_ms);
  }
  push(out, 'request', t.request_start_ms, t.response_start_ms);
  push(out, 'response', t.response_start_ms, t.response_end_ms);
  push(out, 'dom', t.response_end_ms, Math.max(t.dom_complete_ms, t.load_event_end_ms));
  // Whatever is left free before the request: queueing, a service worker, cache look-up.
  const first_ms = out[0]?.start_ms ?? 0;
  if (first_ms > t.fetch_start_ms && t.redirect_end_ms === 0) {
    out.unshift({ phase: 'blocked', start_ms: t.fetch_start_ms, end_ms: first_ms });
  }
  return out;
}

/**
 * A resource's phases. Its connection parts come as durations only, and end
 * where the request starts; cross-origin resources without
 * Timing-Allow-Origin have nothing but start and end.
 */
export function resourceSegments(r: Resource): Segment[] {
  const out: Segment[] = [];
  if (r.request_start_ms <= 0 || r.response_start_ms <= 0) {
    push(out, 'request', r.start_ms, r.response_end_ms);
    return out;
  }
  // `connect_ms` covers the TLS handshake, as connectEnd - connectStart does.
  const tcp_ms = Math.max(0, r.connect_ms - r.tls_ms);
  const setup_ms = r.domain_lookup_ms + tcp_ms + r.tls_ms;
  let at_ms = Math.max(r.start_ms, r.request_start_ms - setup_ms);
  push(out, 'blocked', r.start_ms, at_ms);
  push(out, 'dns', at_ms, at_ms + r.domain_lookup_ms);
  at_ms += r.domain_lookup_ms;
  push(out, 'connect', at_ms, at_ms + tcp_ms);
  at_ms += tcp_ms;
  push(out, 'tls', at_ms, Math.min(at_ms + r.tls_ms, r.request_start_ms));
  push(out, 'request', r.request_start_ms, r.response_start_ms);
  push(out, 'response', r.response_start_ms, r.response_end_ms);
  return out;
}

function pathOf(url: string): string {
  return url.replace(/[?#].*$/, '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
}

function spanUrl(span: Span): string {
  for (const name of ['url.full', 'http.url', 'url.path', 'http.target', 'url']) {
    const value = span.attributes[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  // "GET /api/cart"
  const match = /^[A-Z]+ (\S+)$/.exec(span.name);
  return match?.[1] ?? '';
}

const SAME_REQUEST_MS = 60;

/** The fetch/XHR resource entry of a browser span: same path, nearest start. */
export function matchResource(span: Span, resources: readonly Resource[]): Resource | null {
  const path = pathOf(spanUrl(span));
  if (path === '') return null;
  let best: Resource | null = null;
  let best_ms = SAME_REQUEST_MS;
  for (const resource of resources) {
    if (pathOf(resource.url) !== path) continue;
    const apart_ms = Math.abs(resource.start_ms - span.start_ms);
    if (apart_ms <= best_ms) {
      best = resource;
      best_ms = apart_ms;
    }
  }
  return best;
}

function spanRow(span: Span, offset_ms: number, depth: number): Row {
  const start_ms = span.start_ms - offset_ms;
  const end_ms = start_ms + span.duration_ms;
  const browser = span.service === 'browser';
  return {
    id: `span:${span.span_id}`,
    kind: browser ? 'browser_span' : 'backend_span',
    label: spanTitle(span),
    hint: browser ? span.op : span.service,
    depth,
    start_ms,
    end_ms,
    segments: [{ phase: browser ? 'span' : 'backend', start_ms, end_ms }],
    failed: span.status === 'error',
    service: span.service,
    span,
  };
}

function resourceRow(resource: Resource): Row {
  return {
    id: `resource:${resource.index}`,
    kind: 'resource',
    label: fileName(resource.url),
    hint: resource.initiator_type,
    depth: 0,
    start_ms: resource.start_ms,
    end_ms: Math.max(resource.start_ms, resource.response_end_ms),
    segments: resourceSegments(resource),
    failed: resource.response_status >= 400,
    service: 'browser',
    resource,
  };
}

/** Where the page view's own start lies on the trace's axis. */
export function traceOffsetMs(view: PageView, trace: Trace): number {
  const root = trace.spans.find((span) => span.span_id === view.span_id);
  if (root) return root.start_ms;
  return Date.parse(view.started_at) - Date.parse(trace.started_at);
}

export function layoutWaterfall(view: PageView, trace: Trace | null): Waterfall {
  const rows: Row[] = [];
  const children = new Map<string, Span[]>();
  const offset_ms = trace ? traceOffsetMs(view, trace) : 0;
  for (const span of trace?.spans ?? []) {
    if (span.parent_span_id === null) continue;
    const siblings = children.get(span.parent_span_id);
    if (siblings) siblings.push(span);
    else children.set(span.parent_span_id, [span]);
  }
  const placed = new Set<string | null>([view.span_id]);
  // A backend's spans below `parent`, each once, whatever the data says.
  const below = (parent_span_id: string | null, depth: number): Row[] => {
    const out: Row[] = [];
    for (const span of children.get(parent_span_id ?? '') ?? []) {
      if (placed.has(span.span_id) || span.service === 'browser') continue;
      placed.add(span.span_id);
      out.push(spanRow(span, offset_ms, depth), ...below(span.span_id, depth + 1));
    }
    return out;
  };

  const segments = view.timing ? navigationSegments(view.timing) : [];
  if (view.timing) {
    rows.push({
      id: 'document',
      kind: 'document',
      label: shortUrl(view.url, 48),
      hint: 'document',
      depth: 0,
      start_ms: segments[0]?.start_ms ?? 0,
      end_ms: segments[segments.length - 1]?.end_ms ?? 0,
      segments,
      failed: view.timing.response_status >= 400,
      service: 'browser',
      timing: view.timing,
    });
  }
  rows.push(...below(view.span_id, view.timing ? 1 : 0));

  // The browser's own spans stand in the page view; the trace may know more of
  // them (another SDK in the same page) or have corrected their parents.
  const spans = new Map<string, { span: Span; offset_ms: number }>();
  for (const span of trace?.spans ?? []) {
    if (span.service === 'browser' && span.page_view_id === view.page_view_id) {
      spans.set(span.span_id, { span, offset_ms });
    }
  }
  for (const span of view.spans) {
    if (!spans.has(span.span_id)) spans.set(span.span_id, { span, offset_ms: 0 });
  }
  if (view.span_id !== null) spans.delete(view.span_id);

  const groups: { start_ms: number; rows: Row[] }[] = [];
  const free = new Map(view.resources.map((resource) => [resource.index, resource]));
  for (const { span, offset_ms: shift_ms } of spans.values()) {
    const onAxis = { ...span, start_ms: span.start_ms - shift_ms };
    const resource = matchResource(onAxis, [...free.values()]);
    placed.add(span.span_id);
    let row: Row;
    if (resource) {
      // One request is one row: the resource's phases, the span's attributes.
      free.delete(resource.index);
      row = { ...resourceRow(resource), label: span.name || fileName(resource.url), span };
      row.failed ||= span.status === 'error';
    } else {
      row = spanRow(onAxis, 0, 0);
    }
    groups.push({ start_ms: row.start_ms, rows: [row, ...below(span.span_id, 1)] });
  }
  for (const resource of free.values()) {
    groups.push({ start_ms: resource.start_ms, rows: [resourceRow(resource)] });
  }
  for (const frame of view.long_frames) {
    const end_ms = frame.start_ms + frame.duration_ms;
    const row: Row = {
      id: `frame:${frame.index}`,
      kind: 'frame',
      label:
        frame.script_function || (frame.script_url ? fileName(frame.script_url) : 'Long frame'),
      hint: 'long frame',
      depth: 0,
      start_ms: frame.start_ms,
      end_ms,
      segments: [{ phase: 'frame', start_ms: frame.start_ms, end_ms }],
      failed: false,
      service: 'browser',
      frame,
    };
    groups.push({ start_ms: frame.start_ms, rows: [row] });
  }
  const inp = view.vitals.attribution.inp;
  if (inp && inp.time_ms !== null && inp.time_ms !== undefined && view.vitals.inp_ms !== null) {
    const segments: Segment[] = [];
    let at_ms = inp.time_ms;
    for (const [phase, ms] of [
      ['input_delay', inp.input_delay_ms],
      ['processing', inp.processing_duration_ms],
      ['presentation', inp.presentation_delay_ms],
    ] as const) {
      push(segments, phase, at_ms, at_ms + (ms ?? 0));
      at_ms += ms ?? 0;
    }
    const row: Row = {
      id: 'interaction',
      kind: 'interaction',
      label: inp.target || 'Interaction',
      hint: inp.type ? `slowest ${inp.type} input` : 'slowest input',
      depth: 0,
      start_ms: inp.time_ms,
      end_ms: at_ms,
      segments,
      failed: false,
      service: 'browser',
    };
    groups.push({ start_ms: row.start_ms, rows: [row] });
  }
  for (const [i, log] of (trace?.logs ?? []).entries()) {
    const at_ms = log.at_ms - offset_ms;
    const row: Row = {
      id: `log:${i}`,
      kind: 'log',
      label: log.message,
      hint: `${log.level} ${log.service || log.logger}`.trim(),
      depth: 0,
      start_ms: at_ms,
      end_ms: at_ms,
      segments: [{ phase: 'log', start_ms: at_ms, end_ms: at_ms }],
      failed: log.severity_number >= 17,
      service: log.service,
      log,
    };
    groups.push({ start_ms: at_ms, rows: [row] });
  }
  for (const event of view.events) {
    const at_ms = Math.max(0, Date.parse(event.occurred_at) - Date.parse(view.started_at));
    if (Number.isNaN(at_ms)) continue;
    const row: Row = {
      id: `event:${event.event_id}`,
      kind: 'error',
      label: event.title,
      hint: event.level,
      depth: 0,
      start_ms: at_ms,
      end_ms: at_ms,
      segments: [{ phase: 'error', start_ms: at_ms, end_ms: at_ms }],
      failed: true,
      service: 'browser',
      event,
    };
    groups.push({ start_ms: at_ms, rows: [row] });
  }
  groups.sort((a, b) => a.start_ms - b.start_ms);
  for (const group of groups) rows.push(...group.rows);

  const markers = vitalMarkers(view);
  const end_ms = Math.max(
    1,
    ...rows.map((row) => row.end_ms),
    ...markers.map((marker) => marker.at_ms),
  );
  const load_end_ms = Math.max(view.timing?.load_event_end_ms ?? 0, view.vitals.lcp_ms ?? 0);
  return { rows, markers, end_ms, load_end_ms };
}

export function vitalMarkers(view: PageView): Marker[] {
  const { vitals } = view;
  const out: Marker[] = [];
  const add = (
    vital: VitalName,
    label: string,
    at_ms: number | null | undefined,
    value: number,
  ) => {
    if (at_ms !== null && at_ms !== undefined) out.push({ vital, label, at_ms, value });
  };
  if (vitals.ttfb_ms !== null) add('ttfb_ms', 'TTFB', vitals.ttfb_ms, vitals.ttfb_ms);
  if (vitals.fcp_ms !== null) add('fcp_ms', 'FCP', vitals.fcp_ms, vitals.fcp_ms);
  if (vitals.lcp_ms !== null) add('lcp_ms', 'LCP', vitals.lcp_ms, vitals.lcp_ms);
  if (vitals.inp_ms !== null) add('inp_ms', 'INP', vitals.attribution.inp?.time_ms, vitals.inp_ms);
  const cls = vitals.attribution.cls;
  if (cls && vitals.cls !== null && vitals.cls > 0) {
    add('cls', 'CLS', cls.largest_shift_time_ms, cls.largest_shift_value ?? vitals.cls);
  }
  return out.sort((a, b) => a.at_ms - b.at_ms);
}

/**
 * The level (0 on top) each label goes to, so that labels nearer than
 * `min_apart` of the axis (0..1) do not cover one another.
 */
export function stackLabels(at: readonly number[], min_apart: number): number[] {
  const last: number[] = [];
  return at.map((place) => {
    let level = last.findIndex((other) => place - other >= min_apart);
    if (level === -1) level = last.length;
    last[level] = place;
    return level;
  });
}

/** The part of the time axis that is shown; both ends in ms. */
export interface Zoom {
  start_ms: number;
  end_ms: number;
}

/** The least that one can zoom to: a millisecond wide. */
const NARROWEST_MS = 1;

/** "120-900" in the URL; nothing where it is no range. */
export function parseZoom(text: string | null): Zoom | null {
  const [, start, end] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? '') ?? [];
  if (start === undefined || end === undefined) return null;
  const zoom = { start_ms: Number(start), end_ms: Number(end) };
  return zoom.end_ms - zoom.start_ms >= NARROWEST_MS ? zoom : null;
}

export function zoomText(zoom: Zoom): string {
  const round = (ms: number) => String(Math.round(ms * 10) / 10);
  return `${round(zoom.start_ms)}-${round(zoom.end_ms)}`;
}

/** `factor` times as wide around `around_ms`, held within [0, whole_ms]. */
export function zoomBy(zoom: Zoom, factor: number, around_ms: number, whole_ms: number): Zoom {
  const width = zoom.end_ms - zoom.start_ms;
  const wanted = Math.min(whole_ms, Math.max(NARROWEST_MS, width * factor));
  const share = width > 0 ? (around_ms - zoom.start_ms) / width : 0.5;
  return held(around_ms - share * wanted, wanted, whole_ms);
}

/** Moved by a share of its width, held within [0, whole_ms]. */
export function panBy(zoom: Zoom, share: number, whole_ms: number): Zoom {
  const width = zoom.end_ms - zoom.start_ms;
  return held(zoom.start_ms + share * width, width, whole_ms);
}

function held(start_ms: number, width_ms: number, whole_ms: number): Zoom {
  const start = Math.max(0, Math.min(start_ms, whole_ms - width_ms));
  return { start_ms: start, end_ms: start + width_ms };
}

/** A late request would squeeze the load into a few pixels: then the load is shown first. */
export function defaultZoom(waterfall: Waterfall): 'load' | 'all' {
  const load_ms = waterfall.load_end_ms;
  return load_ms > 0 && waterfall.end_ms > load_ms * 1.6 ? 'load' : 'all';
}
