/** From init to the late part: which hooks run early, and when the rest comes. */
import { whenIdle } from '../browser/idle.ts';
import { watchVisibility } from '../browser/visibility.ts';
import { type Shim, shim } from '../core/shim.ts';
import type { Late } from '../late.ts';
import { endpointOf, flagOf } from '../options.ts';
import { guard, log, on, run } from '../recorder.ts';
import { watchFetch } from '../signals/fetch_span.ts';
import { watchInp } from '../signals/inp.ts';
import { handleError, watchErrors } from '../signals/js_error.ts';
import { recordFirstView } from '../signals/page_view.ts';
import { handleRejection, watchRejections } from '../signals/promise_rejection.ts';
import { watchClicks } from '../signals/user_action.ts';
import { watchXhr } from '../signals/xhr_span.ts';
import { leaveEarly } from '../transport/early_send.ts';
import type { Options } from '../types.ts';

type LateModule = { startLate(shim: Shim): Late };
let importLate: () => Promise<LateModule>;
/** Each kind of package has its own way to its files. */
export const setLateLoader = (load: () => Promise<LateModule>): void => {
  importLate = load;
};

let late: Promise<Late | undefined> | undefined;
const loadLate = () =>
  (late ??= importLate()
    .then(({ startLate }) => startLate(shim))
    .catch(log as () => undefined));

/** Put there by the inline snippet; afterwards, a mark that we are here. */
const page = globalThis as { __pagewake?: { q?: Event[]; off?(): void } };

export function init(options: Options): void {
  const { q, off } = page.__pagewake ?? {};
  // Two copies on one page (script tag and npm) would count everything twice.
  if (page.__pagewake && !q) return;
  run.$options = options;
  const { dsn, endpoint, consent, respectGpc } = options;
  run.$endpoint = endpointOf(dsn || '');
  if (!run.$endpoint) {
    if (dsn) log('not a DSN:', dsn);
    return;
  }
  if (
    flagOf(respectGpc, true) &&
    (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl
  ) {
    log('GPC');
    return;
  }
  page.__pagewake = {};
  off?.();
  run.$endpoint = endpoint || run.$endpoint;
  run.$allowed = consent !== 'denied';
  run.$leave = guard(leaveEarly);
  for (const watch of [
    watchVisibility,
    recordFirstView,
    watchErrors,
    watchRejections,
    watchInp,
    watchFetch,
    watchXhr,
    watchClicks,
  ]) {
    guard(watch as () => void)();
  }
  q?.forEach(
    guard((event: Event) =>
      'reason' in event
        ? handleRejection(event as PromiseRejectionEvent)
        : handleError(event as ErrorEvent),
    ),
  );
  // After the page's own work.
  const loaded = () => whenIdle(loadLate);
  if (document.readyState === 'complete') loaded();
  else on('load', loaded);
}

export const flush = (timeoutMs = 2000, closing = false): Promise<boolean> =>
  Promise.race([
    loadLate().then((started) => started?.flush(closing) ?? false),
    new Promise<boolean>((done) => setTimeout(done, timeoutMs, false)),
  ]);
