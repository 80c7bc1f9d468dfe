import { describe, expect, test } from 'vitest';
import { isSampled, randomHex } from '../src/browser/ids.ts';
import { endpointOf, flagOf, listOf, rateOf } from '../src/options.ts';
import { parseTraceparent } from '../src/signals/trace_context.ts';

const KEY = '0123456789abcdef0123456789abcdef';

describe('a DSN gives the beacon route', () => {
  test.each([
    ['usual', `https://${KEY}@o.example/42`, `https://o.example/api/42/beacon/?key=${KEY}`],
    [
      'with a port',
      `http://${KEY}@127.0.0.1:8790/1`,
      `http://127.0.0.1:8790/api/1/beacon/?key=${KEY}`,
    ],
    ['empty', '', ''],
    ['short key', 'https://0123@o.example/42', ''],
    ['no project', `https://${KEY}@o.example/`, ''],
    ['project 0', `https://${KEY}@o.example/0`, ''],
    ['project is a word', `https://${KEY}@o.example/shop`, ''],
    ['other scheme', `ftp://${KEY}@o.example/1`, ''],
    ['a second host', `https://${KEY}@o.example@evil.example/1`, ''],
    ['a path before the project', `https://${KEY}@o.example/a/1`, ''],
  ])('%s', (_, dsn, endpoint) => expect(endpointOf(dsn)).toBe(endpoint));
});

test('rates come as numbers and as texts; what is none keeps everything', () => {
  expect(rateOf(undefined)).toBe(1);
  expect(rateOf(0)).toBe(0);
  expect(rateOf('0.25')).toBe(0.25);
  for (const broken of ['', 'all']) {
    expect(rateOf(broken)).toBeNaN();
    expect(isSampled(randomHex(16), rateOf(broken))).toBe(true);
  }
});

test('lists and flags of a script tag', () => {
  expect(listOf('a, b,c')).toEqual(['a', 'b', 'c']);
  expect(listOf([/a/, 'b,c'])).toEqual([/a/, 'b,c']);
  expect(listOf(undefined)).toEqual([]);
  expect(flagOf('', false)).toBe(true);
  expect(flagOf('false', true)).toBe(false);
  expect(flagOf(undefined, true)).toBe(true);
  expect(flagOf(false, true)).toBe(false);
});

describe('sampling by id', () => {
  const ids = Array.from({ length: 20_000 }, () => randomHex(16));
  test.each([0, 0.1, 0.5, 1])('rate %d keeps its share', (rate) => {
    const kept = ids.filter((id) => isSampled(id, rate)).length / ids.length;
    expect(Math.abs(kept - rate)).toBeLessThanOrEqual(
      4 * Math.sqrt((rate * (1 - rate)) / ids.length),
    );
  });
  test('a higher rate keeps all that a lower one does', () => {
    for (const id of ids) if (isSampled(id, 0.1)) expect(isSampled(id, 0.2)).toBe(true);
  });
  test("OpenTelemetry's threshold: the last seven bytes against 1 - rate", () => {
    expect(isSampled(`${'0'.repeat(18)}80000000000000`, 0.5)).toBe(true);
    expect(isSampled(`${'f'.repeat(18)}7fffffffff0000`, 0.5)).toBe(false);
  });
});

test('ids are lower-case hex of the asked length and differ', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => randomHex(8)));
  expect(ids.size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{16}$/);
});

describe('traceparent', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const SPAN = '00f067aa0ba902b7';
  test.each([
    ['usual', `00-${TRACE}-${SPAN}-01`, true],
    ['blanks around', ` 00-${TRACE}-${SPAN}-03 `, true],
    ['later version with more', `01-${TRACE}-${SPAN}-01-what`, true],
    ['version 00 with more', `00-${TRACE}-${SPAN}-01-what`, false],
    ['version ff', `ff-${TRACE}-${SPAN}-01`, false],
    ['zero trace', `00-${'0'.repeat(32)}-${SPAN}-01`, false],
    ['zero span', `00-${TRACE}-${'0'.repeat(16)}-01`, false],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`, false],
    ['cut short', `00-${TRACE}-${SPAN}`, false],
    ['later version running on', `01-${TRACE}-${SPAN}-011`, false],
    ['empty', '', false],
  ])('%s', (_, text, isValid) => {
    const [trace, span] = parseTraceparent(text);
    expect(trace === TRACE && span === SPAN).toBe(isValid);
  });
});
