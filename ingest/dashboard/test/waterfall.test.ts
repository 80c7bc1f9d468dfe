import { describe, expect, it } from 'vitest';
import type { NavigationTiming, PageView, Resource, Span, Trace } from '../src/api/types';
import { axisTicks, tickLabel } from '../src/model/axis';
import { spanTitle } from '../src/model/span_title';
import {
  defaultZoom,
  layoutWaterfall,
  matchResource,
  navigationSegments,
  panBy,
  parseZoom,
  resourceSegments,
  stackLabels,
  vitalMarkers,
  zoomBy,
  zoomText,
} from '../src/model/waterfall';
import { makeData } from './mock_data.mjs';

const NOW_UNIX_MS = Date.parse('2026-11-21T14:20:00Z');
const data = makeData(NOW_UNIX_MS);
const view = data.pageView as unknown as PageView;
const trace = data.trace as unknown as Trace;

const timing = (changes: Partial<NavigationTiming>): NavigationTiming => ({
  ...(view.timing as NavigationTiming),
  ...changes,
});

describe('navigationSegments', () => {
  it('lists the phases in order, without gaps going backwards', () => {
    const segments = navigationSegments(timing({}));
    expect(segments.map((s) => s.phase)).toEqual([
      'blocked',
      'dns',
      'connect',
      'tls',
      'request',
      'response',
      'dom',
    ]);
    for (const [i, segment] of segments.entries()) {
      expect(segment.end_ms).toBeGreaterThan(segment.start_ms);
      expect(segment.start_ms).toBeGreaterThanOrEqual(segments[i - 1]?.end_ms ?? 0);
    }
  });

  it('leaves out what a reused connection did not do', () => {
    const segments = navigationSegments(
      timing({
        domain_lookup_start_ms: 5,
        domain_lookup_end_ms: 5,
        connect_start_ms: 5,
        secure_connection_start_ms: 0,
        connect_end_ms: 5,
      }),
    );
    expect(segments.map((s) => s.phase)).toEqual(['blocked', 'request', 'response', 'dom']);
  });

  it('shows a redirect, and a connection without TLS', () => {
    const segments = navigationSegments(
      timing({ redirect_start_ms: 0, redirect_end_ms: 7, secure_connection_start_ms: 0 }),
    );
    expect(segments[0]).toEqual({ phase: 'redirect', start_ms: 0, end_ms: 7 });
    expect(segments.find((s) => s.phase === 'connect')?.end_ms).toBe(184);
    expect(segments.some((s) => s.phase === 'tls')).toBe(false);
  });

  it('ends with the response where the page was left before it was complete', () => {
    const segments = navigationSegments(timing({ dom_complete_ms: 0, load_event_end_ms: 0 }));
    expect(segments.at(-1)?.phase).toBe('response');
  });
});

describe('resourceSegments', () => {
  const resource = (changes: Partial<Resource>): Resource => ({
    ...(view.resources[0] as Resource),
    start_ms: 100,
    domain_lookup_ms: 10,
    connect_ms: 40,
    tls_ms: 25,
    request_start_ms: 160,
    response_start_ms: 200,
    response_end_ms: 230,
    ...changes,
  });

  it('places the connection right before the request; connect includes TLS', () => {
    expect(resourceSegments(resource({}))).toEqual([
      { phase: 'blocked', start_ms: 100, end_ms: 110 },
      { phase: 'dns', start_ms: 110, end_ms: 120 },
      { phase: 'connect', start_ms: 120, end_ms: 135 },
      { phase: 'tls', start_ms: 135, end_ms: 160 },
      { phase: 'request', start_ms: 160, end_ms: 200 },
      { phase: 'response', start_ms: 200, end_ms: 230 },
    ]);
  });

  it('has one part where the browser withholds the rest', () => {
    expect(resourceSegments(resource({ request_start_ms: 0, response_start_ms: 0 }))).toEqual([
      { phase: 'request', start_ms: 100, end_ms: 230 },
    ]);
  });

  it('has none for an entry without length', () => {
    expect(
      resourceSegments(resource({ request_start_ms: 0, response_start_ms: 0, response_end_ms: 0 })),
    ).toEqual([]);
  });
});

describe('matchResource', () => {
  const span = (changes: Partial<Span>): Span => ({
    ...(view.spans[0] as Span),
    start_ms: 1000,
    ...changes,
  });
  const at = (index: number, url: string, start_ms: number) =>
    ({ ...view.resources[0], index, url, start_ms }) as Resource;

  it('takes the nearest of equal paths', () => {
    const list = [
      at(0, 'https://a.example/api/cart', 950),
      at(1, 'https://a.example/api/cart?x=1', 1003),
      at(2, 'https://a.example/api/other', 1000),
    ];
    const found = matchResource(
      span({ attributes: { 'url.full': 'https://a.example/api/cart' } }),
      list,
    );
    expect(found?.index).toBe(1);
  });

  it('reads the path from the name where no attribute says it', () => {
    const list = [at(4, 'https://a.example/api/cart', 1001)];
    expect(matchResource(span({ attributes: {}, name: 'POST /api/cart' }), list)?.index).toBe(4);
    expect(matchResource(span({ attributes: {}, name: 'checkout' }), list)).toBeNull();
  });

  it('does not take one that began much earlier', () => {
    const list = [at(0, 'https://a.example/api/cart', 200)];
    expect(
      matchResource(span({ attributes: { 'url.full': 'https://a.example/api/cart' } }), list),
    ).toBeNull();
  });
});

describe('spanTitle', () => {
  const named = (name: string, attributes: Record<string, unknown>) =>
    spanTitle({ ...(trace.spans[0] as Span), name, op: 'db', attributes });
  it.each([
    [
      'INSERT',
      { 'db.statement': 'INSERT INTO shop_order (id)\n  VALUES (?)' },
      'INSERT INTO shop_order (id) VALUES (?)',
    ],
    ['SELECT', { 'db.query.text': 'SELECT a, b FROM t' }, 'SELECT a, b FROM t'],
    ['SELECT', { 'db.query.text': 'select t.first, t.second, t.third FROM t' }, 'SELECT … FROM t'],
    ['GET /', {}, 'GET /'],
    ['', {}, 'db'],
  ])('%s with %o', (name, attributes, title) => expect(named(name, attributes)).toBe(title));
});

describe('layoutWaterfall', () => {
  const reviews = spanTitle(trace.spans.find((span) => span.name === 'SELECT shop_review') as Span);
  const waterfall = layoutWaterfall(view, trace);
  const labels = waterfall.rows.map((row) => row.label);
  const rowOf = (label: string) => waterfall.rows.find((row) => row.label === label);

  it('puts the spans that answered the navigation under the document', () => {
    expect(labels.slice(0, 4)).toEqual([
      'shop.example/product/7',
      'GET product/<int:id>',
      'SELECT … FROM shop_product WHERE id = ?',
      reviews,
    ]);
    expect(waterfall.rows.slice(0, 4).map((row) => row.depth)).toEqual([0, 1, 2, 2]);
  });

  it('makes one row of a fetch, its resource entry and its span, the backend below', () => {
    const at = labels.indexOf('POST /api/cart');
    const row = waterfall.rows[at];
    expect(row?.kind).toBe('resource');
    expect(row?.span?.op).toBe('http.client');
    expect(row?.failed).toBe(true);
    expect(labels.slice(at, at + 3)).toEqual([
      'POST /api/cart',
      'POST api/cart',
      'INSERT INTO shop_cartline (cart_id, product_id, quantity) VALUES (?, ?, ?)',
    ]);
    expect(labels.filter((label) => label === 'cart')).toEqual([]);
  });

  it('shows every span, resource, frame and error exactly once', () => {
    const ids = waterfall.rows.map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
    const spans = new Set(waterfall.rows.flatMap((row) => row.span?.span_id ?? []));
    const expected = trace.spans.filter((span) => span.span_id !== view.span_id);
    expect(spans).toEqual(new Set(expected.map((span) => span.span_id)));
    const resources = waterfall.rows.flatMap((row) => row.resource?.index ?? []);
    expect(resources.sort((a, b) => a - b)).toEqual(view.resources.map((r) => r.index));
    expect(waterfall.rows.filter((row) => row.kind === 'frame')).toHaveLength(2);
    expect(waterfall.rows.filter((row) => row.kind === 'error')).toHaveLength(2);
  });

  it('works without the trace, with the browser’s own spans', () => {
    const alone = layoutWaterfall(view, null);
    expect(alone.rows.some((row) => row.kind === 'backend_span')).toBe(false);
    expect(alone.rows.find((row) => row.label === 'POST /api/cart')?.span).toBeDefined();
  });

  it('moves the trace onto the page view’s axis where the trace began earlier', () => {
    const moved: Trace = {
      ...trace,
      spans: trace.spans.map((span) => ({ ...span, start_ms: span.start_ms + 5000 })),
    };
    const row = layoutWaterfall(view, moved).rows.find((r) => r.label === reviews);
    expect(row?.start_ms).toBeCloseTo(rowOf(reviews)?.start_ms ?? Number.NaN, 6);
  });

  it('survives spans that name each other as parents', () => {
    const [a, b] = trace.spans.slice(1, 3) as [Span, Span];
    const cyclic: Trace = {
      ...trace,
      spans: [
        trace.spans[0] as Span,
        { ...a, parent_span_id: b.span_id },
        { ...b, parent_span_id: a.span_id },
      ],
    };
    expect(layoutWaterfall(view, cyclic).rows.length).toBeGreaterThan(0);
  });

  it('has only requests for a soft navigation, without a document row', () => {
    const soft = layoutWaterfall(
      { ...view, timing: null, navigation_type: 'soft_navigation' },
      null,
    );
    expect(soft.rows.some((row) => row.kind === 'document')).toBe(false);
    expect(soft.rows.length).toBeGreaterThan(0);
  });

  it('has an axis even for a page view in which nothing happened', () => {
    const empty = layoutWaterfall(
      {
        ...view,
        timing: null,
        resources: [],
        long_frames: [],
        spans: [],
        events: [],
        vitals: {
          lcp_ms: null,
          inp_ms: null,
          cls: null,
          fcp_ms: null,
          ttfb_ms: null,
          attribution: { lcp: null, inp: null, cls: null },
          missing: {},
        },
      },
      null,
    );
    expect(empty.rows).toEqual([]);
    expect(empty.markers).toEqual([]);
    expect(empty.end_ms).toBeGreaterThan(0);
  });

  it('shows the load first where a late request would squeeze it', () => {
    expect(defaultZoom(waterfall)).toBe('load');
    expect(defaultZoom({ ...waterfall, end_ms: waterfall.load_end_ms + 1 })).toBe('all');
    expect(defaultZoom({ ...waterfall, load_end_ms: 0 })).toBe('all');
  });
});

it('marks the vitals where they happened, in order', () => {
  expect(vitalMarkers(view).map((marker) => [marker.label, marker.at_ms])).toEqual([
    ['TTFB', 1148.5],
    ['FCP', 1412.2],
    ['CLS', 2431],
    ['LCP', 3242.1],
    ['INP', 6458],
  ]);
});

it('stacks labels that would cover one another', () => {
  expect(stackLabels([0, 0.5, 0.9], 0.1)).toEqual([0, 0, 0]);
  expect(stackLabels([0.1, 0.12, 0.14, 0.5], 0.1)).toEqual([0, 1, 2, 0]);
});

describe('axisTicks', () => {
  it.each([
    [6700, 6, [0, 2000, 4000, 6000]],
    [1000, 5, [0, 200, 400, 600, 800, 1000]],
    [0.9, 4, [0, 0.25, 0.5, 0.75]],
    [0, 6, [0]],
  ])('0 to %s', (max_ms, wanted, ticks) => expect(axisTicks(max_ms, wanted)).toEqual(ticks));

  it('labels one axis in one unit', () => {
    expect([0, 500, 1500].map((ms) => tickLabel(ms, 1800))).toEqual(['0 ms', '500 ms', '1500 ms']);
    expect([0, 2500].map((ms) => tickLabel(ms, 6000))).toEqual(['0 s', '2.5 s']);
  });
});

describe('zoom', () => {
  it.each([
    ['120-900', { start_ms: 120, end_ms: 900 }],
    ['0-1.5', { start_ms: 0, end_ms: 1.5 }],
    ['900-120', null],
    ['5-5.5', null],
    ['-5-9', null],
    ['x', null],
    [null, null],
  ])('reads %s from the URL', (text, zoom) => {
    expect(parseZoom(text)).toEqual(zoom);
  });
  it('comes back as it was written', () => {
    expect(parseZoom(zoomText({ start_ms: 12.34, end_ms: 99.96 }))).toEqual({
      start_ms: 12.3,
      end_ms: 100,
    });
  });
  it.each([
    ['in around the middle', { start_ms: 0, end_ms: 1000 }, 0.5, 500, [250, 750]],
    ['in around the pointer', { start_ms: 0, end_ms: 1000 }, 0.5, 200, [100, 600]],
    ['out, no further than all', { start_ms: 250, end_ms: 750 }, 4, 500, [0, 1000]],
    ['out at the edge', { start_ms: 900, end_ms: 1000 }, 2, 950, [800, 1000]],
    ['no narrower than a millisecond', { start_ms: 10, end_ms: 11.5 }, 0.1, 10, [10, 11]],
  ] as const)('zooms %s', (_name, zoom, factor, around, [start_ms, end_ms]) => {
    expect(zoomBy(zoom, factor, around, 1000)).toEqual({ start_ms, end_ms });
  });
  it('moves, and stops at both ends', () => {
    expect(panBy({ start_ms: 100, end_ms: 300 }, 0.5, 1000)).toEqual({
      start_ms: 200,
      end_ms: 400,
    });
    expect(panBy({ start_ms: 100, end_ms: 300 }, -2, 1000)).toEqual({ start_ms: 0, end_ms: 200 });
    expect(panBy({ start_ms: 700, end_ms: 900 }, 2, 1000)).toEqual({ start_ms: 800, end_ms: 1000 });
  });
});
