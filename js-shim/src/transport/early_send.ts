/** The one upload the early part makes itself: leaving before the late part came. */
import { earlyScrub } from '../privacy/early_scrub.ts';
import { log, now, queue, record, run } from '../recorder.ts';
import type { Signal } from '../types.ts';
import { rawLog } from './early_log.ts';

// Taken before it is patched: our own requests make no spans.
export const realFetch = globalThis.fetch;

/**
 * What the browser has measured so far, as it says it: the server's core reads
 * the entries where there is no late part that would (core/entry_signal.h).
 */
function entrySignals(): Signal[] {
  const types = PerformanceObserver.supportedEntryTypes;
  // It takes what was buffered at once; a callback would come too late. Not so
  // WebKit's, of whose types those that we want are on the timeline as well.
  const observer = new PerformanceObserver(() => {});
  for (const type of types) {
    // Shifts, long frames, visibility, the first input. Not resources: they are
    // too many for the last upload.
    if (/^[lvf]/.test(type)) observer.observe({ type, buffered: true });
  }
  return [
    { types: `${types}` },
    ...[
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('paint'),
      ...observer.takeRecords(),
    ].map((entry) => entry.toJSON()),
  ].map((data) => [
    'entry',
    now(),
    // A signal holds no lists.
    ...Object.entries(data)
      .filter(([, value]) => !(value as [])?.map)
      .flat(),
  ]) as Signal[];
}

export function leaveEarly(): void {
  const given = `${Object.keys(run.$options)}`;
  if (!run.$allowed || run.$held || document.prerendering || /PageView/.test(given)) return;
  run.$drain();
  record('cost', now(), run.$mainThreadMs);
  // The site's rules (beforeSend, ignoreErrors, denyUrls...) are applied in the
  // late part. What they might leave out stays here: errors and breadcrumbs ("crumb").
  const body = rawLog(
    /before|ignore|Urls/.test(given) ? queue.filter(([kind]) => !/^[ec]r/.test(kind)) : queue,
    earlyScrub,
    entrySignals(),
  );
  realFetch(run.$endpoint, { body, method: 'POST', keepalive: true, credentials: 'omit' }).catch(
    log,
  );
}
