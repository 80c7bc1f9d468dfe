import type { Bucket, VitalName } from '../api/types';
import { type Rating, rate } from './rating';

export interface Bar {
  low: number;
  high: number;
  count: number;
  /** 0..1 of the highest bar. */
  height: number;
  rating: Rating;
}

/**
 * Buckets as `wanted` bars of equal width from 0 up to the value that 98 % stay
 * under; the rest is in the last bar, so that one visit of a minute does not
 * flatten all others. Buckets that straddle a border are split by width.
 */
export function histogramBars(vital: VitalName, buckets: readonly Bucket[], wanted = 24): Bar[] {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total <= 0) return [];
  const sorted = [...buckets].sort((a, b) => a.low - b.low);
  let seen = 0;
  let top = 0;
  for (const bucket of sorted) {
    seen += bucket.count;
    top = bucket.high;
    if (seen >= total * 0.98) break;
  }
  if (!(top > 0)) top = 1; // everything was exactly 0
  const width = top / wanted;
  const counts = new Array<number>(wanted).fill(0);
  const last = wanted - 1;
  for (const { low, high, count } of sorted) {
    const from = Math.min(last, Math.max(0, Math.floor(low / width)));
    const to = Math.min(last, Math.max(from, Math.ceil(high / width) - 1));
    if (high <= low || from === to || low >= top) {
      counts[from] = (counts[from] ?? 0) + count;
      continue;
    }
    for (let i = from; i <= to; i++) {
      const right = i === last ? Math.max(high, top) : (i + 1) * width;
      const overlap = Math.min(high, right) - Math.max(low, i * width);
      counts[i] = (counts[i] ?? 0) + (count * Math.max(0, overlap)) / (high - low);
    }
  }
  const most = Math.max(...counts);
  return counts.map((count, i) => ({
    low: i * width,
    high: (i + 1) * width,
    count,
    height: most > 0 ? count / most : 0,
    rating: rate(vital, (i + 0.5) * width) ?? 'good',
  }));
}
