/** One signal per page view. The first one is here; watching for more is route_change.ts. */
import { isSampled, randomHex } from '../browser/ids.ts';
import { navigationEntry } from '../browser/navigation_entry.ts';
import { touchSession } from '../browser/session.ts';
import { listOf, rateOf } from '../options.ts';
import { guard, now, record, run } from '../recorder.ts';
import type { Millis } from '../types.ts';
import { type Header, serverTrace, traceHeaders } from './trace_context.ts';

/** The current one. Empty before the first, which `init()` begins. */
export const view = {} as {
  $id: string;
  $traceId: string;
  $spanId: string;
  /** W3C trace flags: 1 sampled, 2 random. */
  $flags: number;
  /** Of the server's trace: what goes along with `traceparent`. */
  $headers: Header[];
  $start: Millis;
  $url: string;
};

export function startView(type: string, start: Millis, page = '', hidden = false): void {
  const { $options: options } = run;
  const { $id: before, $url: referrer } = view;
  const [traceId, spanId, flags] = before ? [] : serverTrace();
  view.$url = location.href;
  view.$id = randomHex(16);
  view.$traceId = traceId || randomHex(16);
  view.$spanId = randomHex(8);
  view.$flags = traceId
    ? +`0x${flags}` & 3
    : 2 + +isSampled(view.$traceId, rateOf(options.tracesSampleRate));
  view.$headers = traceId ? traceHeaders() : [];
  view.$start = start;
  // Each page view of a session that is not sampled is held until something is wrong with it.
  run.$held = !isSampled(touchSession(), rateOf(options.sampleRate));
  run.$recording = !run.$off;
  run.$made(
    record(
      'view',
      now(),
      view.$id,
      view.$traceId,
      view.$spanId,
      spanId,
      type,
      view.$url,
      page || guard(() => options.pageName?.(view.$url))(),
      document.title,
      before ? referrer : document.referrer,
      +hidden,
      run.$held ? 1 : Math.max(1, 1 / rateOf(options.sampleRate) || 1),
      before,
      start,
      +run.$held,
    ),
  );
}

/** The session's and the document's own facts: the head of every signal log. */
export function recordInit(): void {
  const { $options: options } = run;
  run.$recording = true;
  record(
    'init',
    performance.timeOrigin,
    touchSession(),
    __VERSION__,
    options.release,
    options.environment || 'production',
    '',
    +(options.maxBreadcrumbs ?? 100),
    `${listOf(options.allowedQueryParameters)}`,
    +navigator.webdriver,
  );
}

/** The document's own page view; first_view.ts fills in what can wait. */
export function recordFirstView(): void {
  const entry = navigationEntry();
  const start = entry?.activationStart || 0;
  recordInit();
  startView(
    document.prerendering || start ? 'prerender' : entry?.type || 'navigate',
    start,
    '',
    !document.prerendering && document.visibilityState === 'hidden',
  );
}
