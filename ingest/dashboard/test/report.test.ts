import { describe, expect, it } from 'vitest';
import type { Frame, PageReport } from '../src/api/types';
import { headline, lcpParts, openTtfb } from '../src/model/headline';
import { fillHours, rangeEdgeMs } from '../src/model/hours';
import { npmSnippet, originOf, otlpSnippet, scriptTag } from '../src/model/snippets';
import { frameFunction, framePlace, groupFrames } from '../src/model/stack';
import { makeData } from './mock_data.mjs';

const NOW_UNIX_MS = Date.parse('2026-11-21T14:20:00Z');
const data = makeData(NOW_UNIX_MS);
const report = data.pageReport('/product/:id', 86_400_000) as PageReport;
const text = (r: PageReport) =>
  headline(r)
    ?.map((piece) => piece.text)
    .join('') ?? null;

describe('headline', () => {
  it('says in one sentence where the time goes, largest part first', () => {
    expect(text(report)).toBe(
      'Three of four visits see the main content within 3.54 s: ' +
        '1.24 s waiting for the first byte (942 ms of it in the backend, where ' +
        'SELECT … FROM shop_review JOIN shop_customer ON … WHERE product… takes 769 ms), ' +
        '1.09 s loading that image, 769 ms before its image starts to load and 446 ms until it is painted.',
    );
  });

  it('does not speak of a backend that never joined', () => {
    const alone = data.pageReport('/blog/:slug', 86_400_000) as PageReport;
    expect(text(alone)).not.toContain('backend');
    expect(openTtfb(alone)).toBeNull();
  });

  it('names no query that is a small part of the backend', () => {
    const spans = report.backend.spans.map((span) => ({ ...span, p75_ms: 20 }));
    const quick = { ...report, backend: { ...report.backend, spans } };
    expect(text(quick)).toContain('in the backend)');
    expect(text(quick)).not.toContain('SELECT');
  });

  it('leaves small parts out, and the parts where there are none', () => {
    const lcp = {
      time_to_first_byte_ms: 1000,
      resource_load_delay_ms: 0,
      resource_load_duration_ms: 0,
      element_render_delay_ms: 20,
    };
    expect(text({ ...report, breakdown: { lcp, inp: null } })).not.toContain('image');
    const none = {
      time_to_first_byte_ms: null,
      resource_load_delay_ms: null,
      resource_load_duration_ms: null,
      element_render_delay_ms: null,
    };
    expect(text({ ...report, breakdown: { lcp: none, inp: null } })).toBe(
      'Three of four visits see the main content within 3.54 s.',
    );
  });

  it('has nothing to say where nobody reported an LCP', () => {
    expect(headline({ ...report, vitals: { ...report.vitals, lcp_ms: null } })).toBeNull();
  });
});

it('splits the first byte without ever going below zero', () => {
  const slow = {
    ...report,
    breakdown: { lcp: report.breakdown.lcp, inp: null },
    backend: { ...report.backend, p75_ms: 99_999 },
  };
  expect(openTtfb(slow)?.network_ms).toBe(0);
  const opened = openTtfb(report);
  expect((opened?.backend_ms ?? 0) + (opened?.network_ms ?? 0)).toBeCloseTo(
    report.breakdown.lcp_near_p75?.time_to_first_byte_ms ?? 0,
    6,
  );
});

it('shares of the LCP parts add up to one', () => {
  const parts = lcpParts(report.breakdown.lcp);
  expect(parts.reduce((sum, part) => sum + part.share, 0)).toBeCloseTo(1, 9);
  expect(lcpParts(null)).toEqual([]);
});

it('does not blame a later request’s query for the page load', () => {
  const spans = report.backend.spans.map((span) => ({ ...span, part: 'request' as const }));
  const later = { ...report, backend: { ...report.backend, spans } };
  expect(text(later)).not.toContain('SELECT');
});

describe('fillHours', () => {
  const at = (hour: string) => `2026-11-21T${hour}:00:00.000Z`;
  it('gives hours without events a 0', () => {
    const from = Date.parse('2026-11-21T01:20:00Z');
    const to = Date.parse('2026-11-21T04:00:00Z');
    expect(fillHours([{ at: at('02'), count: 3 }], from, to)).toEqual([
      { at: at('01'), count: 0 },
      { at: at('02'), count: 3 },
      { at: at('03'), count: 0 },
    ]);
  });

  it('leaves a year alone', () => {
    const hours = [{ at: at('02'), count: 3 }];
    expect(fillHours(hours, 0, NOW_UNIX_MS)).toEqual(hours);
  });

  it('knows relative and absolute edges', () => {
    expect(rangeEdgeMs('-24h', NOW_UNIX_MS)).toBe(NOW_UNIX_MS - 86_400_000);
    expect(rangeEdgeMs('-7d', NOW_UNIX_MS)).toBe(NOW_UNIX_MS - 7 * 86_400_000);
    expect(rangeEdgeMs('', NOW_UNIX_MS)).toBe(NOW_UNIX_MS);
    expect(rangeEdgeMs(at('02'), NOW_UNIX_MS)).toBe(Date.parse(at('02')));
  });
});

describe('stack', () => {
  const frame = (in_app: boolean, changes: Partial<Frame> = {}): Frame => ({
    function: 'f',
    filename: 'a.js',
    module: '',
    line: 3,
    column: 7,
    in_app,
    original: null,
    context: null,
    unresolved_reason: '',
    debug_id: '',
    ...changes,
  });

  it('folds runs of library frames', () => {
    const groups = groupFrames([
      frame(true),
      frame(false),
      frame(false),
      frame(true),
      frame(false),
    ]);
    expect(groups.map((g) => (g.kind === 'library' ? g.frames.length : 'frame'))).toEqual([
      'frame',
      2,
      'frame',
      'frame',
    ]);
  });

  it('folds nothing where no frame is of the app', () => {
    expect(groupFrames([frame(false), frame(false)]).map((g) => g.kind)).toEqual([
      'frame',
      'frame',
    ]);
    expect(groupFrames([])).toEqual([]);
  });

  it('prefers the source map’s names', () => {
    const mapped = frame(true, {
      original: { source: 'src/cart.ts', line: 42, column: 0, name: 'renderTotals' },
    });
    expect(framePlace(mapped)).toBe('src/cart.ts:42');
    expect(frameFunction(mapped)).toBe('renderTotals');
    expect(framePlace(frame(true))).toBe('a.js:3:7');
    expect(framePlace(frame(true, { filename: '', module: 'shop.cart', line: null }))).toBe(
      'shop.cart',
    );
    expect(frameFunction(frame(true, { function: '' }))).toBe('(anonymous)');
  });
});

describe('snippets', () => {
  const dsn = 'https://0123456789abcdef0123456789abcdef@rum.example:8790/3';
  it('take the server from the DSN', () => {
    expect(originOf(dsn)).toBe('https://rum.example:8790');
    expect(originOf('nonsense')).toBe('');
    expect(scriptTag(dsn)).toContain('src="https://rum.example:8790/pagewake.js"');
    expect(scriptTag(dsn)).toContain(`data-dsn="${dsn}"`);
    expect(npmSnippet(dsn)).toContain(`dsn: "${dsn}"`);
    expect(otlpSnippet(dsn, 'abc')).toContain('OTEL_EXPORTER_OTLP_HEADERS=x-pagewake-key=abc');
  });

  it('cannot break out of the attribute', () => {
    expect(scriptTag('https://k@h/1"><script>')).not.toContain('"><script>');
  });
});
