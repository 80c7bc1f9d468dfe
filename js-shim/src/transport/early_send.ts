/** The one upload the early part makes itself: leaving before the late part came. */
import { navigationEntry } from '../browser/navigation_entry.ts';
import { earlyScrub } from '../privacy/early_scrub.ts';
import { now, queue, record, run } from '../recorder.ts';
import { rawLog } from './early_log.ts';

// Taken before it is patched: our own requests make no spans.
export const realFetch = globalThis.fetch;

export function leaveEarly(): void {
  const { beforeSend, ignoreErrors, allowUrls, denyUrls, beforeBreadcrumb, beforeSendPageView } =
    run.$options;
  if (!run.$allowed || run.$held || document.prerendering || beforeSendPageView) return;
  run.$drain();
  const { responseStart } = navigationEntry() ?? {};
  // Of the navigation, only what makes the TTFB.
  record('nav', now(), -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, responseStart ?? -1);
  // The site's rules are applied in the late part. What they might leave out
  // stays here.
  const body = rawLog(
    beforeSend || ignoreErrors || allowUrls || denyUrls || beforeBreadcrumb
      ? queue.filter(([kind]) => !/^(error|crumb)$/.test(kind))
      : queue,
    earlyScrub,
  );
  realFetch(run.$endpoint, { method: 'POST', body, credentials: 'omit', keepalive: true }).catch(
    () => navigator.sendBeacon(run.$endpoint, body),
  );
}
