import { describe, expect, it } from 'vitest';
import type { TimeBand } from '../src/api/types';
import { changeOf, formatChange, tooFew } from '../src/model/change';
import { otherSelection, parseAgainst } from '../src/model/compare';
import { csvOf, jsonOf } from '../src/model/export';
import { parseLogSearch } from '../src/model/log_search';
import { bandParts } from '../src/model/time_band';

interface Row {
  page: string;
  lcp_ms: number | null;
}
const columns = [
  { key: 'page', value: (row: Row) => row.page },
  { key: 'lcp_ms', value: (row: Row) => row.lcp_ms },
];

describe('export', () => {
  const rows = [
    { page: '/a', lcp_ms: 1234.5678 },
    { page: '=cmd("x"), y', lcp_ms: null },
    { page: 'two\nlines', lcp_ms: -3 },
  ];
  it('writes CSV in full precision, quoted, and never as a formula', () => {
    expect(csvOf(columns, rows)).toBe(
      'page,lcp_ms\r\n/a,1234.5678\r\n"\'=cmd(""x""), y",\r\n"two\nlines",-3\r\n',
    );
  });
  it('writes JSON with the API’s names, and null for what is not there', () => {
    expect(JSON.parse(jsonOf(columns, rows))).toEqual(rows);
  });
});

describe('changeOf', () => {
  const many = { now: 100, before: 100 };
  it.each([
    ['more is worse', 120, 100, many, true, '+20 %', false],
    ['less is better', 50, 100, many, true, '−50 %', true],
    ['more traffic is neither', 120, 100, many, null, '+20 %', null],
    ['within the histogram’s error', 101, 100, many, true, '±0 %', null],
    ['a small one has a place', 103.4, 100, many, true, '+3.4 %', false],
  ] as const)('%s', (_name, now, before, views, less, text, better) => {
    const change = changeOf(now, before, views, less);
    expect(change && formatChange(change)).toBe(text);
    expect(change?.better).toBe(better);
  });
  it.each([
    ['nothing before', 1, null, many],
    ['nothing now', null, 1, many],
    ['zero before', 1, 0, many],
    ['too few now', 2, 1, { now: 4, before: 100 }],
    ['too few before', 2, 1, { now: 100, before: 4 }],
  ] as const)('is silent: %s', (_name, now, before, views) => {
    expect(changeOf(now, before, views)).toBeNull();
  });
  it('counts five views as enough', () => {
    expect([tooFew(4), tooFew(5)]).toEqual([true, false]);
  });
});

describe('parseLogSearch', () => {
  it.each([
    ['', {}],
    ['payment failed', { query: ['payment failed'] }],
    ['level:error service:shop', { level: ['error'], service: ['shop'] }],
    [
      'order_id:17 card:"visa gold" paid',
      { attribute: ['order_id=17', 'card=visa gold'], query: ['paid'] },
    ],
    ['logger:shop.views', { logger: ['shop.views'] }],
  ])('%s', (text, parameters) => {
    expect(parseLogSearch(text)).toEqual(parameters);
  });
});

describe('bandParts', () => {
  const band: TimeBand = {
    lcp_ms: 3000,
    views: 20,
    joined_share: 0.5,
    redirect_ms: 100,
    stall_ms: 50,
    dns_ms: 20,
    connect_ms: 80,
    network_ms: 250,
    backend_ms: 1000,
    resource_load_delay_ms: 500,
    resource_load_duration_ms: 700,
    element_render_delay_ms: 300,
    backend_spans: [
      { name: 'SELECT ?', op: 'db', service: 'shop', ms: 800, share: 0.8 },
      { name: 'GET /', op: 'http.server', service: 'shop', ms: 100, share: 0.1 },
    ],
  };
  const sum = (parts: { ms: number }[]) => parts.reduce((total, part) => total + part.ms, 0);
  it('adds up to the LCP, and the opened backend to its part', () => {
    const parts = bandParts(band);
    expect(sum(parts)).toBe(band.lcp_ms);
    const backend = parts.find((part) => part.key === 'backend');
    expect(backend?.parts?.map((part) => part.ms)).toEqual([800, 100, 100]);
  });
  it('says what is not split where no trace joined', () => {
    const alone = bandParts({ ...band, backend_ms: null, backend_spans: [] });
    expect(alone.find((part) => part.key === 'network')?.label).toBe('Server and network');
  });
});

describe('comparison', () => {
  const selection = { from: '-24h', to: '', filters: { device: 'mobile' } };
  const range = { from: '2026-11-20T12:00:00.000Z', to: '2026-11-21T12:00:00.000Z' };
  it.each([
    ['before', { kind: 'before' }],
    ['release:shop@1.4.1', { kind: 'slice', dimension: 'release', value: 'shop@1.4.1' }],
    ['colour:red', null],
    ['', null],
    [null, null],
  ] as const)('reads %s', (text, against) => {
    expect(parseAgainst(text)).toEqual(against);
  });
  it('takes as long a time, ending where this one begins', () => {
    expect(otherSelection(selection, { kind: 'before' }, range)).toEqual({
      from: '2026-11-19T12:00:00.000Z',
      to: '2026-11-20T12:00:00.000Z',
      filters: { device: 'mobile' },
    });
  });
  it('changes one filter and keeps the others', () => {
    const other = { kind: 'slice', dimension: 'release', value: '1.4.1' } as const;
    expect(otherSelection(selection, other, range)).toEqual({
      from: '-24h',
      to: '',
      filters: { device: 'mobile', release: '1.4.1' },
    });
  });
});
