import { describe, expect, test } from 'vitest';
import { isSampled } from '../src/browser/ids.ts';

/** Seeded (mulberry32), so that the statistics below are the same every time. */
function hexIds(seed: number, count: number): string[] {
  let state = seed;
  const word = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0).toString(16).padStart(8, '0');
  };
  return Array.from({ length: count }, () => word() + word() + word() + word());
}

// OpenTelemetry's consistent probability sampling: kept when the last 56 bits
// are not below the rejection threshold. What a backend with the same rate does.
const byOpenTelemetry = (id: string, rate: number): boolean =>
  BigInt(`0x${id.slice(-14)}`) >= BigInt(Math.round((1 - rate) * 2 ** 56));

const COUNT = 100_000;
const ids = hexIds(7, COUNT);

describe.each([0.001, 0.1, 0.5, 0.9])('at a rate of %d', (rate) => {
  const kept = ids.filter((id) => isSampled(id, rate));
  test('decides as an OpenTelemetry backend', () =>
    expect(kept).toEqual(ids.filter((id) => byOpenTelemetry(id, rate))));
  test('weights add up to the whole within four standard errors', () => {
    const error = Math.sqrt((COUNT * (1 - rate)) / rate);
    expect(Math.abs(kept.length / rate - COUNT)).toBeLessThan(4 * error);
  });
  test('a weighted percentile is that of all', () => {
    // A value of each id's own that has nothing to do with the decision.
    const value = (id: string) => Number.parseInt(id.slice(0, 8), 16) / 2 ** 32;
    const at75 = kept.map(value).sort((a, b) => a - b)[Math.floor(kept.length * 0.75)] as number;
    expect(Math.abs(at75 - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / kept.length));
  });
  test('a lower rate keeps some of the same and no other', () =>
    expect(ids.filter((id) => isSampled(id, rate / 2) && !isSampled(id, rate))).toEqual([]));
});

test.each([
  [0, false],
  [1, true],
  [Number.NaN, true],
])('%d keeps %s', (rate, isKept) => {
  for (const id of ['0'.repeat(32), ids[0] as string]) expect(isSampled(id, rate)).toBe(isKept);
});
