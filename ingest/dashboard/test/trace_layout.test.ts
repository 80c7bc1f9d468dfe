import { describe, expect, it } from 'vitest';
import type { SessionTimeline, Span, Trace } from '../src/api/types';
import { sessionItems } from '../src/model/session';
import { layoutTrace, selfTimeMs } from '../src/model/trace_layout';
import { makeData } from './mock_data.mjs';

const data = makeData(Date.parse('2026-11-21T14:20:00Z'));
const trace = data.trace as Trace;
const nameOf = (row: ReturnType<typeof layoutTrace>['rows'][number]) =>
  row.kind === 'span' ? row.span.name : row.kind === 'log' ? row.log.message : row.event.title;

const span = (
  span_id: string,
  parent_span_id: string | null,
  start_ms: number,
  duration_ms: number,
) => ({
  ...(trace.spans[0] as Span),
  span_id,
  parent_span_id,
  name: span_id,
  start_ms,
  duration_ms,
});
const small = (...spans: Span[]): Trace => ({ ...trace, spans, logs: [], events: [] });

describe('layoutTrace', () => {
  it('puts logs and errors under their span, in the order of time', () => {
    const names = layoutTrace(trace).rows.map(nameOf);
    const at = names.indexOf('POST api/cart');
    expect(names.slice(at, at + 5)).toEqual([
      'POST api/cart',
      'cart_line_added',
      'INSERT shop_cartline',
      'request_failed',
      'ZeroDivisionError: division by zero',
    ]);
  });

  it('indents by the tree, not by what the server counted', () => {
    const rows = layoutTrace(
      small(span('a', null, 0, 10), span('b', 'a', 1, 5), span('c', 'b', 2, 2)),
    ).rows;
    expect(rows.map((row) => [nameOf(row), row.depth])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('hides everything below a closed span, and nothing else', () => {
    const server = trace.spans.find((s) => s.name === 'POST api/cart') as Span;
    const open = layoutTrace(trace).rows.map((row) => row.id);
    const closed = layoutTrace(trace, new Set([server.span_id])).rows.map((row) => row.id);
    expect(open.filter((id) => !closed.includes(id))).toHaveLength(4);
    expect(closed.every((id) => open.includes(id))).toBe(true);
  });

  it('leaves logs out on request', () => {
    const rows = layoutTrace(trace, new Set(), false).rows;
    expect(rows.some((row) => row.kind === 'log')).toBe(false);
    expect(rows.filter((row) => row.kind === 'event')).toHaveLength(2);
  });

  it('shows orphans as roots and cuts cycles: every span once', () => {
    const rows = layoutTrace(
      small(
        span('orphan', 'gone', 3, 1),
        span('x', 'y', 1, 1),
        span('y', 'x', 2, 1),
        span('self', 'self', 0, 1),
      ),
    ).rows;
    expect(rows.map(nameOf).sort()).toEqual(['orphan', 'self', 'x', 'y']);
    expect(rows.find((row) => nameOf(row) === 'orphan')?.depth).toBe(0);
  });

  it('has an axis that holds everything, also before the start', () => {
    const layout = layoutTrace({ ...small(span('a', null, -20, 10)), duration_ms: 0 });
    expect(layout.start_ms).toBe(-20);
    expect(layout.end_ms).toBeGreaterThan(0);
    const full = layoutTrace(trace);
    expect(full.end_ms).toBeGreaterThanOrEqual(6718);
    expect(full.services).toEqual(['browser', 'shop', 'recommender']);
  });

  it('shows logs of a trace without spans', () => {
    const rows = layoutTrace({ ...trace, spans: [], events: [] }).rows;
    expect(rows).toHaveLength(trace.logs.length);
  });
});

describe('selfTimeMs', () => {
  it('is what no child covers, overlaps counted once', () => {
    const parent = span('p', null, 0, 100);
    const children = [span('a', 'p', 10, 30), span('b', 'p', 20, 30), span('c', 'p', 90, 50)];
    expect(selfTimeMs(parent, [parent, ...children])).toBe(100 - 40 - 10);
    expect(selfTimeMs(parent, [parent])).toBe(100);
  });
});

it('orders a session by time, a page view before its errors', () => {
  const items = sessionItems(data.session as SessionTimeline);
  expect(items.map((item) => item.kind)).toEqual([
    'page_view',
    'page_view',
    'page_view',
    'event',
    'event',
    'page_view',
    'page_view',
  ]);
  const times = items.map((item) => item.at_ms);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
});
