import type { Signal } from '../types.ts';

// What a page view can do without, the bulkiest first.
const EXPENDABLE = ['resource', 'crumb', 'span', 'loaf', 'event'];
// base/drop_reason.h: list_truncated
const TRUNCATED = 19;

const sizeOf = (signal: Signal): number =>
  new TextEncoder().encode(JSON.stringify(signal)).length + 1;

/**
 * The signals that fit into `maxBytes`, newest of the bulky kinds left out
 * first: the places of the others in their lists stay the same. What was left
 * out is counted in a last signal. Not in parts, as the core's beacons are: a
 * raw log begins with `init` each time, and a second part would hold the first.
 */
export function trimmed(signals: readonly Signal[], maxBytes: number, t: number): Signal[] {
  const sizes = signals.map(sizeOf);
  let excess = sizes.reduce((sum, size) => sum + size, 200) - maxBytes;
  const out = new Set<number>();
  for (const kind of EXPENDABLE) {
    for (let i = signals.length; excess > 0 && i--; ) {
      if (signals[i]?.[0] === kind) {
        excess -= sizes[i] as number;
        out.add(i);
      }
    }
  }
  const kept = signals.filter((_, i) => !out.has(i));
  if (out.size > 0) kept.push(['drop', t, TRUNCATED, out.size]);
  return kept;
}
