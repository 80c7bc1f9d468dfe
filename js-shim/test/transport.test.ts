import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeBackoff, parseRetryAfter } from '../src/transport/backoff.ts';
import { trimmed } from '../src/transport/trimmed.ts';
import type { Signal } from '../src/types.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-11-21T05:00:00Z');
  test.each([
    ['seconds', '120', 120_000],
    ['a date', 'Sat, 21 Nov 2026 05:01:00 GMT', 60_000],
    ['a date gone by', 'Sat, 21 Nov 2026 04:00:00 GMT', undefined],
    ['nothing', null, undefined],
    ['nonsense', 'soon', undefined],
  ])('%s', (_, text, ms) => expect(parseRetryAfter(text, now)).toBe(ms));
});

describe('backoff', () => {
  test('grows, spreads, ends with success', () => {
    const backoff = makeBackoff();
    expect(backoff.$waitMs(0)).toBe(0);
    backoff.$failed(0, undefined, 0);
    expect(backoff.$waitMs(0)).toBe(1_000);
    backoff.$failed(0, undefined, 0.999);
    expect(backoff.$waitMs(0)).toBeCloseTo(4_000, -1);
    for (let i = 0; i < 50; i++) backoff.$failed(0, undefined, 0.5);
    expect(backoff.$waitMs(0)).toBe(225_000);
    backoff.$succeeded();
    expect(backoff.$waitMs(0)).toBe(0);
  });
  test('never comes before Retry-After', () => {
    const backoff = makeBackoff();
    backoff.$failed(1_000, 60_000, 0);
    expect(backoff.$waitMs(1_000)).toBe(60_000);
    expect(backoff.$waitMs(31_000)).toBe(30_000);
  });
});

describe('a log too large for an unload', () => {
  const signals: Signal[] = [
    ['init', 0],
    ['resource', 1, 'a'.repeat(400)],
    ['crumb', 2, 'b'.repeat(400)],
    ['error', 3, 'c'.repeat(400)],
    ['resource', 4, 'd'.repeat(400)],
  ];
  test('fits as it is', () => expect(trimmed(signals, 10_000, 9)).toEqual(signals));
  test('gives up the newest of the bulkiest first, and says so', () => {
    expect(trimmed(signals, 1_700, 9)).toEqual([...signals.slice(0, 4), ['drop', 9, 19, 1]]);
    expect(trimmed(signals, 900, 9)).toEqual([signals[0], signals[3], ['drop', 9, 19, 3]]);
  });
  test('counts bytes, not characters', () => {
    const wide: Signal[] = [['resource', 1, '尺'.repeat(400)]];
    expect(trimmed(wide, 1_000, 9)).toEqual([['drop', 9, 19, 1]]);
  });
});

describe('the raw log', () => {
  beforeEach(() => vi.resetModules());
  afterEach(() => vi.restoreAllMocks());
  const load = () => import('../src/transport/early_log.ts');

  test('is plain: no null, no boolean, nothing nested, times to the microsecond', async () => {
    const { toJson } = await load();
    const signal = [
      'x',
      0.1 + 0.2,
      null,
      undefined,
      true,
      { a: 1 },
      Number.NaN,
      'Größe',
    ] as unknown as Signal;
    expect(JSON.parse(toJson([signal]))).toEqual([['x', 0.3, '', '', 1, '', '', 'Größe']]);
    expect(toJson([['init', 1_700_000_000_000.5]])).toBe('[["init",1700000000000.5]]');
  });

  test('says how much of it went before, keeps ids, scrubs the rest', async () => {
    const { rawLog } = await load();
    const id = 'ab'.repeat(16);
    const signals: Signal[] = [
      ['init', 0, id, '0.1.0', id, 'production', 'ann'],
      ['view', 1, id, id, 'ab'.repeat(8), '', 'navigate', 'ann'],
    ];
    const scrub = (text: string) => text.replace(/ann|^(ab)+$/, '[Filtered]');
    const [head, init, view] = JSON.parse(rawLog(signals, scrub));
    expect(head).toEqual(['log', 1, expect.stringMatching(/^[\da-f]{32}$/), expect.any(Number), 0]);
    expect(init).toEqual(['init', 0, id, '0.1.0', id, 'production', '[Filtered]']);
    expect(view).toEqual([
      'view',
      1,
      id,
      id,
      'ab'.repeat(8),
      '',
      '[Filtered]'.replace('[Filtered]', 'navigate'),
      '[Filtered]',
    ]);
    const [again] = JSON.parse(rawLog([...signals, ['end', 2]], scrub));
    expect(again[4]).toBe(2);
    expect(again[2]).not.toBe(head[2]);
  });
});
