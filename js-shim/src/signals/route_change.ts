/** Page views after the first: route changes, back-forward cache, a prerender's activation. */
import { navigationEntry } from '../browser/navigation_entry.ts';
import { patch } from '../browser/patch.ts';
import type { Tools } from '../core/late_tools.ts';
import type { Signal } from '../types.ts';

/** A route of the page's own: its path, and the hash where that is the router's. */
const routeOf = (url: string): string => {
  const { origin, pathname, hash } = new URL(url);
  return origin + pathname + (/^#!?\//.test(hash) ? hash.replace(/\?.*/, '') : '');
};

// A route change belongs to an input this much before it.
const INPUT_MS = 1_000;

export function watchRoutes(tools: Tools): void {
  const { $view: view, $now: now, $on: on, $crumb: crumb, $guard: guard } = tools;
  let lastInputAt = Number.NEGATIVE_INFINITY;

  const changed = guard(() => {
    const from = view.$url;
    const to = location.href;
    if (from === to) return;
    crumb('navigation', 'navigation', 'info', '', { from, to });
    if (routeOf(from) === routeOf(to)) {
      view.$url = to;
      return;
    }
    tools.$measure();
    // The visitor's wait began with the click that led here, as the browsers'
    // own soft navigations have it.
    const at = now();
    tools.$startView('soft_navigation', at - lastInputAt < INPUT_MS ? lastInputAt : at);
    lastInputAt = Number.NEGATIVE_INFINITY;
  });
  for (const name of ['pushState', 'replaceState'] as const) {
    patch(History.prototype, name, (original, self, args) => {
      const result = Reflect.apply(original, self, args);
      changed();
      return result;
    });
  }
  on('popstate', changed);
  on('hashchange', changed);
  for (const type of ['click', 'keydown']) {
    on(type, ({ isTrusted, timeStamp }) => {
      if (isTrusted) lastInputAt = timeStamp;
    });
  }
  // A router may have gone somewhere before we came.
  changed();
}

export function watchRestores({
  $measure: measure,
  $on: on,
  $guard: guard,
  $record: record,
  $now: now,
  $startView: startView,
}: Tools): void {
  on<PageTransitionEvent>('pageshow', ({ persisted, timeStamp }) => {
    if (!persisted) return;
    measure();
    startView('back_forward_cache', timeStamp);
    const painted = guard(() => record('paint', now(), now()));
    requestAnimationFrame(() => requestAnimationFrame(painted));
  });
}

// Places in the `view` signal (wasm-sdk/docs/signals.md).
const TYPE = 6;
const HIDDEN_AT_START = 11;
const START = 14;

/** What the early part left open about the first page view; called before the core has it. */
export function finishFirstView(tools: Tools, activated: () => void): void {
  const { $queue: queue, $record: record, $view: view } = tools;
  const first: Signal | undefined = queue.find(([kind]) => kind === 'view');
  if (!first) {
    activated();
    return;
  }

  const settle = () => {
    const start = navigationEntry()?.activationStart ?? 0;
    view.$start = first[START] = start;
    if (start > 0) first[TYPE] = 'prerender';
    else if ((document as { wasDiscarded?: boolean }).wasDiscarded) first[TYPE] = 'restore';
    const hiddenAt = performance
      .getEntriesByType('visibility-state')
      .find(({ name, startTime }) => name === 'hidden' && startTime >= start)?.startTime;
    if (hiddenAt !== undefined) {
      first[HIDDEN_AT_START] = +(hiddenAt <= start);
      const isKnown = queue.some(([kind]) => kind === 'hidden');
      if (hiddenAt > start && !isKnown) record('hidden', hiddenAt);
    }
    activated();
  };
  if (document.prerendering) tools.$on('prerenderingchange', settle);
  else settle();
}
