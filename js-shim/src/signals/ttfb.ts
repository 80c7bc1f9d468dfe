/** The document's navigation timing, again with more of it as the load goes on. */
import { navigationEntry } from '../browser/navigation_entry.ts';
import { serverTimingOf } from '../browser/server_timing.ts';
import type { Tools } from '../core/late_tools.ts';

const SLOW_TTFB_MS = 1_800;

export function makeNavigationRecorder({
  $record: record,
  $now: now,
  keepSlow,
}: Tools): () => void {
  let recorded = -1;
  return () => {
    const entry = navigationEntry();
    // Some browsers give a negative time or one in the future here.
    if (!entry || !(entry.responseStart > 0 && entry.responseStart < now())) return;
    const progress = entry.responseEnd + entry.domComplete + entry.loadEventEnd;
    if (progress === recorded) return;
    recorded = progress;
    // Of the page and, at any depth, its frames.
    const reasons: string[] = [];
    JSON.stringify(entry.notRestoredReasons, (key, value) => {
      if (key === 'reason') reasons.push(value);
      return value;
    });
    record(
      'nav',
      now(),
      entry.redirectStart,
      entry.redirectEnd,
      entry.workerStart,
      entry.fetchStart,
      entry.domainLookupStart,
      entry.domainLookupEnd,
      entry.connectStart,
      entry.secureConnectionStart,
      entry.connectEnd,
      entry.requestStart,
      entry.responseStart,
      entry.responseEnd,
      entry.domInteractive,
      entry.domContentLoadedEventEnd,
      entry.domComplete,
      entry.loadEventEnd,
      entry.transferSize,
      entry.encodedBodySize,
      entry.decodedBodySize,
      entry.responseStatus ?? 0,
      entry.redirectCount,
      entry.nextHopProtocol,
      entry.domContentLoadedEventStart,
      serverTimingOf(entry),
      `${reasons}`,
    );
    if (entry.responseStart - (entry.activationStart || 0) > SLOW_TTFB_MS) keepSlow();
  };
}
