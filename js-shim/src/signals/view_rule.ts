/** A page view through the site's own rule, as it starts. */
import type { Tools } from '../core/late_tools.ts';
import type { PageViewStart, Signal } from '../types.ts';

// Places in the `view` signal (wasm-sdk/docs/signals.md).
const URL_AT = 7;

export function finishView(
  { $run: run, $queue: queue, $guard: guard }: Tools,
  signal: Signal,
): void {
  const { beforeSendPageView } = run.$options;
  if (!beforeSendPageView) return;
  const [url, page, title, referrer] = signal.slice(URL_AT) as string[];
  const kept = guard(beforeSendPageView)({
    url,
    page: page ?? '',
    title,
    referrer,
  } as PageViewStart);
  if (kept) {
    signal.splice(URL_AT, 4, kept.url, kept.page, kept.title, kept.referrer);
  } else {
    // Nothing of this view is recorded; the next one is asked about again.
    queue.splice(queue.indexOf(signal));
    run.$recording = false;
  }
}
