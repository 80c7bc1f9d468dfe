import { expect, test } from 'vitest';
import type { PageReport } from '../src/api/types';
import { choices, compared, otherSelection, parseAgainst } from '../src/model/compare';
import type { Selection } from '../src/model/filters';

const RANGE = { from: '2026-11-20T06:00:00.000Z', to: '2026-11-21T06:00:00.000Z' };
const HERE: Selection = { from: '-24h', to: '', filters: { device: 'mobile', release: '1.4.2' } };

test.each([
  ['before', { kind: 'before' }],
  ['week', { kind: 'week' }],
  ['release:1.4.1', { kind: 'slice', dimension: 'release', value: '1.4.1' }],
  ['release:web:1.4', { kind: 'slice', dimension: 'release', value: 'web:1.4' }],
  ['country:DE', { kind: 'slice', dimension: 'country', value: 'DE' }],
  ['colour:red', null],
  ['release:', null],
  ['', null],
  [null, null],
])('%s is read as what to set against', (text, expected) => {
  expect(parseAgainst(text)).toEqual(expected);
});

test.each([
  ['before', '2026-11-19T06:00:00.000Z', '2026-11-20T06:00:00.000Z'],
  ['week', '2026-11-13T06:00:00.000Z', '2026-11-14T06:00:00.000Z'],
])('%s is as long, with the same filters', (text, from, to) => {
  const against = parseAgainst(text);
  expect(against && otherSelection(HERE, against, RANGE)).toEqual({ ...HERE, from, to });
});

test('another slice keeps the time and the other filters', () => {
  const against = parseAgainst('release:1.4.1');
  expect(against && otherSelection(HERE, against, RANGE)).toEqual({
    ...HERE,
    filters: { device: 'mobile', release: '1.4.1' },
  });
});

test('periods, then what this report has, the largest of each first', () => {
  const slice = (value: string) => ({ value });
  const slices = {
    device: [slice('desktop'), slice('')],
    release: ['6', '5', '4', '3', '2', '1'].map(slice),
    country: [slice('DE')],
    navigation_type: [slice('back_forward')],
  };
  expect(
    choices({ slices } as unknown as PageReport).map(({ value, label }) => [value, label]),
  ).toEqual([
    ['before', 'the period before'],
    ['week', 'the same time a week earlier'],
    ...['6', '5', '4', '3', '2'].map((release) => [`release:${release}`, `release ${release}`]),
    ['device:desktop', 'device desktop'],
    ['country:DE', 'country DE'],
    ['navigation_type:back_forward', 'navigation type back forward'],
  ]);
});

/** A report of `views` views, three of four with an LCP below `p75`, spread evenly. */
function report(views: number, p75: number, errors: number): PageReport {
  const vital = { p50: 0, p75, p95: 0, good: 1, needs_improvement: 0, poor: 0, count: views };
  const lcp = [
    { low: 0, high: p75, count: views * 0.75 },
    { low: p75, high: 2 * p75, count: views * 0.25 },
  ];
  return {
    views,
    error_rate: errors / views,
    vitals: { lcp_ms: vital, inp_ms: null, cls: null, fcp_ms: null, ttfb_ms: null },
    distribution: { lcp_ms: lcp, inp_ms: [], cls: [], fcp_ms: [], ttfb_ms: [] },
    where_time_goes: { p75: { lcp_ms: p75, dns_ms: 0, backend_ms: p75 / 2 }, p95: null },
  } as unknown as PageReport;
}

test.each([
  ['many visits, a fifth slower', report(2000, 2400, 0), report(2000, 2000, 0), false, false],
  ['few visits, a fifth slower', report(20, 2400, 0), report(20, 2000, 0), false, true],
  ['few visits, thrice as slow', report(20, 6000, 0), report(20, 2000, 0), false, false],
  ['many visits, a fifth faster', report(2000, 1600, 0), report(2000, 2000, 0), true, false],
])('%s', (_name, here, there, better, chance) => {
  const lcp = compared(here, there).measures.find((row) => row.vital === 'lcp_ms');
  expect(lcp?.change).toMatchObject({ better, chance });
});

test.each([
  ['1 of 20 beside 2 of 20', report(20, 1000, 1), report(20, 1000, 2), true],
  ['50 of 1,000 beside 100 of 1,000', report(1000, 1000, 50), report(1000, 1000, 100), false],
])('errors, %s', (_name, here, there, chance) => {
  const errors = compared(here, there).measures.find((row) => row.kind === 'share');
  expect(errors?.change).toMatchObject({ share: -0.5, better: true, chance });
});

test('too few views on a side are no change; phases that nobody had are left out', () => {
  const { measures, phases } = compared(report(4, 3000, 1), report(100, 1000, 1));
  expect(measures.map((row) => row.change)).toEqual(measures.map(() => null));
  expect(phases).toMatchObject([{ name: 'Backend', here: 1500, there: 500, change: null }]);
});
