import { expect, test } from 'vitest';
import type { PageReport } from '../src/api/types';
import { choices, otherSelection, parseAgainst } from '../src/model/compare';
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
