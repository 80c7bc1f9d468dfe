/** A trace as rows: spans as a tree, its errors and logs under the span they belong to. */
import type { Span, Trace, TraceEvent, TraceLog } from '../api/types';

export type TraceRow =
  | { kind: 'span'; id: string; depth: number; at_ms: number; span: Span; child_count: number }
  | { kind: 'log'; id: string; depth: number; at_ms: number; log: TraceLog }
  | { kind: 'event'; id: string; depth: number; at_ms: number; event: TraceEvent };

export interface TraceLayout {
  rows: TraceRow[];
  services: string[];
  /** 0 unless a span starts before the trace's start (clock errors). */
  start_ms: number;
  end_ms: number;
}

type Item =
  | { at_ms: number; order: number; span: Span }
  | { at_ms: number; order: number; log: TraceLog; ordinal: number }
  | { at_ms: number; order: number; event: TraceEvent };

/**
 * Rows in reading order; what lies under a span in `closed` is left out.
 * Spans in a cycle, or whose parent is not here, become roots: every span
 * shows exactly once.
 */
export function layoutTrace(
  trace: Trace,
  closed: ReadonlySet<string> = new Set(),
  with_logs = true,
): TraceLayout {
  const known = new Set(trace.spans.map((span) => span.span_id));
  const under = new Map<string, Item[]>();
  const put = (parent: string | null, item: Item) => {
    const key = parent !== null && known.has(parent) ? parent : '';
    const list = under.get(key);
    if (list) list.push(item);
    else under.set(key, [item]);
  };
  for (const span of trace.spans) {
    const parent = span.parent_span_id === span.span_id ? null : span.parent_span_id;
    put(parent, { at_ms: span.start_ms, order: 0, span });
  }
  if (with_logs) {
    for (const [ordinal, log] of trace.logs.entries()) {
      put(log.span_id, { at_ms: log.at_ms, order: 1, log, ordinal });
    }
  }
  for (const event of trace.events) put(event.span_id, { at_ms: event.at_ms, order: 2, event });

  const rows: TraceRow[] = [];
  const seen = new Set<string>();
  const visit = (key: string, depth: number) => {
    const items = under.get(key) ?? [];
    items.sort((a, b) => a.at_ms - b.at_ms || a.order - b.order);
    for (const item of items) {
      if ('span' in item) {
        const { span } = item;
        if (seen.has(span.span_id)) continue;
        seen.add(span.span_id);
        const child_count = under.get(span.span_id)?.length ?? 0;
        rows.push({
          kind: 'span',
          id: `span:${span.span_id}`,
          depth,
          at_ms: span.start_ms,
          span,
          child_count,
        });
        if (closed.has(span.span_id)) markSeen(span.span_id, under, seen);
        else visit(span.span_id, depth + 1);
      } else if ('log' in item) {
        rows.push({
          kind: 'log',
          id: `log:${item.ordinal}`,
          depth,
          at_ms: item.at_ms,
          log: item.log,
        });
      } else {
        rows.push({
          kind: 'event',
          id: `event:${item.event.event_id}`,
          depth,
          at_ms: item.at_ms,
          event: item.event,
        });
      }
    }
  };
  visit('', 0);
  for (const span of trace.spans) {
    if (seen.has(span.span_id)) continue;
    under.set('', [{ at_ms: span.start_ms, order: 0, span }]); // cut the cycle here
    visit('', 0);
  }

  const services: string[] = [];
  for (const span of trace.spans) if (!services.includes(span.service)) services.push(span.service);
  const start_ms = Math.min(0, ...trace.spans.map((span) => span.start_ms));
  const end_ms = Math.max(
    1,
    trace.duration_ms,
    ...trace.spans.map((span) => span.start_ms + span.duration_ms),
    ...trace.logs.map((log) => log.at_ms),
    ...trace.events.map((event) => event.at_ms),
  );
  return { rows, services, start_ms, end_ms };
}

function markSeen(span_id: string, under: Map<string, Item[]>, seen: Set<string>): void {
  for (const item of under.get(span_id) ?? []) {
    if ('span' in item && !seen.has(item.span.span_id)) {
      seen.add(item.span.span_id);
      markSeen(item.span.span_id, under, seen);
    }
  }
}

/** Time of a span that no child covers: where it was busy itself, in ms. */
export function selfTimeMs(span: Span, spans: readonly Span[]): number {
  const end_ms = span.start_ms + span.duration_ms;
  const parts = spans
    .filter((child) => child.parent_span_id === span.span_id && child.span_id !== span.span_id)
    .map((child) => ({
      start: Math.max(span.start_ms, child.start_ms),
      end: Math.min(end_ms, child.start_ms + child.duration_ms),
    }))
    .filter((part) => part.end > part.start)
    .sort((a, b) => a.start - b.start);
  let covered = 0;
  let upTo = span.start_ms;
  for (const part of parts) {
    const from = Math.max(upTo, part.start);
    if (part.end > from) {
      covered += part.end - from;
      upTo = part.end;
    }
  }
  return Math.max(0, span.duration_ms - covered);
}
