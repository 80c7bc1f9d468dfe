import type { Bucket } from '../api/types';

/** How a number moved against another period, release or slice. */

export interface Change {
  /** 0.12: twelve per cent more. */
  share: number;
  better: boolean | null;
  /** So small, for so few views, that the same number twice would often differ as much. */
  chance?: boolean;
}

/** Nothing where either side is missing, or rests on too few views to say. */
export function changeOf(
  now: number | null | undefined,
  before: number | null | undefined,
  views: { now: number; before: number },
  lessIsBetter: boolean | null = true,
): Change | null {
  if (now === null || now === undefined || before === null || before === undefined) return null;
  if (before === 0 || tooFew(views.now) || tooFew(views.before)) return null;
  const share = now / before - 1;
  // A histogram knows a value to 1 %: less than twice that is no change.
  if (Math.abs(share) < 0.02) return { share: 0, better: null };
  return { share, better: lessIsBetter === null ? null : share < 0 === lessIsBetter };
}

/** A percentile of fewer views is a visitor's fate, not a page's speed. */
export const FEWEST_VIEWS = 5;
export function tooFew(views: number): boolean {
  return views < FEWEST_VIEWS;
}

export function formatChange(change: Change): string {
  if (change.share === 0) return '±0 %';
  const percent = Math.abs(change.share) * 100;
  const text = percent < 9.95 ? percent.toFixed(1).replace('.0', '') : String(Math.round(percent));
  return `${change.share > 0 ? '+' : '−'}${text} %`;
}

/** Says of a change for better or worse whether it may be chance. */
export function withChance(change: Change | null, chance: () => boolean): Change | null {
  if (!change || change.better === null) return change;
  return { ...change, chance: chance() };
}

/**
 * Whether two shares differ no more than chance makes the same share differ in
 * 19 of 20 cases (two-proportion z-test). Sampled visits count by their weight,
 * so there chance reaches further than this says.
 */
export function mayBeChance(
  shares: { now: number; before: number },
  views: { now: number; before: number },
): boolean {
  const all = views.now + views.before;
  const pooled = (shares.now * views.now + shares.before * views.before) / all;
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / views.now + 1 / views.before));
  return Math.abs(shares.now - shares.before) <= 1.96 * deviation;
}

/** The share of the values in `buckets` that are at most `value`; within a bucket they lie evenly. */
export function shareUpTo(buckets: readonly Bucket[], value: number): number {
  let all = 0;
  let below = 0;
  for (const { low, high, count } of buckets) {
    all += count;
    if (value >= high) below += count;
    else if (value > low) below += (count * (value - low)) / (high - low);
  }
  return all > 0 ? below / all : 0;
}

/**
 * The same for two percentiles: as many views on both sides are faster than the
 * value in the middle between them.
 */
export function percentilesMayBeChance(
  percentiles: { now: number; before: number },
  buckets: { now: readonly Bucket[]; before: readonly Bucket[] },
  views: { now: number; before: number },
): boolean {
  const middle = (percentiles.now + percentiles.before) / 2;
  const shares = {
    now: shareUpTo(buckets.now, middle),
    before: shareUpTo(buckets.before, middle),
  };
  return mayBeChance(shares, views);
}
