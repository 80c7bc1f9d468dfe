import { describe, expect, it } from 'vitest';
import { VITAL_NAMES } from '../src/api/types';
import { histogramBars } from '../src/model/histogram';
import { missingWords, rate, VITALS } from '../src/model/rating';

describe('rate', () => {
  it.each([
    ['lcp_ms', 2500, 'good'],
    ['lcp_ms', 2500.1, 'needs_improvement'],
    ['lcp_ms', 4000, 'needs_improvement'],
    ['lcp_ms', 4000.1, 'poor'],
    ['inp_ms', 200, 'good'],
    ['inp_ms', 501, 'poor'],
    ['cls', 0, 'good'],
    ['cls', 0.1, 'good'],
    ['cls', 0.2501, 'poor'],
    ['fcp_ms', 1801, 'needs_improvement'],
    ['ttfb_ms', 800, 'good'],
    ['ttfb_ms', 1801, 'poor'],
  ] as const)('%s %s is %s', (name, value, rating) => expect(rate(name, value)).toBe(rating));

  it('has no rating for what was not measured', () => {
    for (const name of VITAL_NAMES) {
      expect(rate(name, null)).toBeNull();
      expect(rate(name, undefined)).toBeNull();
      expect(rate(name, Number.NaN)).toBeNull();
      expect(VITALS[name].good).toBeLessThan(VITALS[name].poor);
    }
  });
});

it('says why a vital is missing, also for a reason it does not know', () => {
  expect(missingWords('no_interaction')).toContain('did not click');
  expect(missingWords('some_new_reason')).toBe('some new reason');
  expect(missingWords(undefined)).toBe('not measured');
});

describe('histogramBars', () => {
  it('keeps every count', () => {
    const buckets = Array.from({ length: 60 }, (_, i) => ({
      low: i * 97,
      high: (i + 1) * 97,
      count: (i * 7) % 23,
    }));
    const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
    const bars = histogramBars('lcp_ms', buckets);
    expect(bars).toHaveLength(24);
    expect(bars.reduce((sum, bar) => sum + bar.count, 0)).toBeCloseTo(total, 6);
    expect(Math.max(...bars.map((bar) => bar.height))).toBe(1);
  });

  it('does not let one visit of a minute flatten the others', () => {
    const bars = histogramBars('lcp_ms', [
      { low: 1000, high: 1500, count: 60 },
      { low: 1500, high: 2000, count: 39 },
      { low: 60_000, high: 61_000, count: 1 },
    ]);
    expect(bars[23]?.high).toBe(2000);
    expect(bars[23]?.count).toBeGreaterThan(1);
    expect(bars.reduce((sum, bar) => sum + bar.count, 0)).toBeCloseTo(100, 6);
  });

  it('takes visits that were all exactly 0, as CLS often is', () => {
    const bars = histogramBars('cls', [{ low: 0, high: 0, count: 5 }]);
    expect(bars[0]?.count).toBe(5);
    expect(bars.every((bar) => Number.isFinite(bar.height))).toBe(true);
  });

  it('has nothing to draw for nobody', () => {
    expect(histogramBars('lcp_ms', [])).toEqual([]);
    expect(histogramBars('lcp_ms', [{ low: 0, high: 1, count: 0 }])).toEqual([]);
  });

  it('rates each bar by its middle', () => {
    const bars = histogramBars('cls', [{ low: 0, high: 0.48, count: 100 }]);
    expect(bars[0]?.rating).toBe('good');
    expect(bars[8]?.rating).toBe('needs_improvement');
    expect(bars[23]?.rating).toBe('poor');
  });
});
