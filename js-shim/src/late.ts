/** What need not be early: most observers, the core, uploads while the page is open, most of the API. */
import { makeCalls } from './api/late_calls.ts';
import { makeObservers } from './browser/observe.ts';
import { selectorOf } from './browser/selector.ts';
import { makeBridge } from './core/bridge.ts';
import type { Tools } from './core/late_tools.ts';
import { isForbidden, isKnownForbidden, rememberForbidden } from './core/load.ts';
import type { CoreModule } from './core/module.d.ts';
import type { Shim } from './core/shim.ts';
import { flagOf } from './options.ts';
import { makeClockCheck } from './signals/clock.ts';
import { watchCls } from './signals/cls.ts';
import { watchConsole } from './signals/console.ts';
import { watchReports } from './signals/csp_report.ts';
import { recordDevice } from './signals/device.ts';
import { ErrorRules } from './signals/error_rules.ts';
import { watchFcp } from './signals/fcp.ts';
import { watchInput } from './signals/input.ts';
import { watchLcp } from './signals/lcp.ts';
import { watchLongFrames } from './signals/long_frame.ts';
import { ownSpans } from './signals/own_span.ts';
import { watchResources } from './signals/resource.ts';
import { finishFirstView, watchRestores, watchRoutes } from './signals/route_change.ts';
import { watchSoftPaints } from './signals/soft_paint.ts';
import { makeNavigationRecorder } from './signals/ttfb.ts';
import { watchUserTiming } from './signals/user_timing.ts';
import { finishView } from './signals/view_rule.ts';
import { makeFlusher } from './transport/flush.ts';
import type { Signal } from './types.ts';

export interface Late {
  /** Resolves to whether everything arrived. */
  flush(closing: boolean): Promise<boolean>;
}

const SLOW_INP_MS = 500;

function watchVitals(tools: Tools): void {
  const { observe, lacks, $recordEvent: recordEvent } = tools;
  watchFcp(tools);
  watchLcp(tools);
  watchCls(tools);
  // An engine may have the events without telling which belong together.
  if (!('interactionId' in (globalThis.PerformanceEventTiming?.prototype ?? {})))
    lacks.push('event');
  observe('first-input', recordEvent);
  watchInput(tools);
}

/** Elements that the early part kept become selectors. */
function nameElements(signal: Signal): void {
  signal.forEach((field: unknown, i) => {
    if (field instanceof Node) signal[i] = selectorOf(field);
  });
}

/** What the site's rules leave out goes. */
function makeFinisher(tools: Tools, rules: ErrorRules): (signal: Signal) => void {
  return tools.$guard((signal: Signal) => {
    if (signal[0] === 'error') rules.$finish(signal);
    else if (signal[0] === 'crumb') rules.$finishCrumb(signal);
    else if (signal[0] === 'view') finishView(tools, signal);
  });
}

export function startLate(shim: Shim, loadCore: () => Promise<CoreModule>): Late {
  const { $run: run, $queue: queue, $guard: guard, $now: now, $log: log, $calls: calls } = shim;
  const observers = makeObservers(shim);
  const tools: Tools = {
    ...shim,
    ...observers,
    keepSlow() {
      if (flagOf(run.$options.keepSlow, true)) run.$held = false;
    },
    $isOwn: (url) => url.startsWith(run.$endpoint) || url.startsWith(`${run.$assets}pagewake`),
    $measure: () => measure(),
    $startView(...view) {
      flusher.$viewEnds();
      shim.$startView(...view);
    },
  };
  const recordNavigation = makeNavigationRecorder(tools);
  let interactions = 0;
  const measure = guard(() => {
    run.$drain();
    observers.drain();
    recordNavigation();
    const { interactionCount = 0 } = performance as Performance & { interactionCount?: number };
    if (interactionCount !== interactions) {
      interactions = interactionCount;
      shim.$record('interactions', now(), interactions);
    }
    if (queue.some(([kind, , , duration]) => kind === 'event' && +(duration ?? 0) > SLOW_INP_MS)) {
      tools.keepSlow();
    }
  });

  const flusher = makeFlusher(shim, measure);
  const rules = new ErrorRules(tools);
  const call = guard(makeCalls(tools, rules, () => flusher.$forget()));
  const finish = makeFinisher(tools, rules);

  // What was kept until now, in its order.
  run.$selector = (node) => selectorOf(node as Node);
  const checkClock = makeClockCheck(
    shim,
    queue.find(([kind]) => kind === 'init'),
  );
  const made = (signal: Signal): void => {
    finish(signal);
    if (signal[0] === 'error') flusher.$schedule();
  };
  run.$made = made;
  for (const signal of queue.splice(0)) {
    const isHead = signal[0] === 'init';
    // `init` alone tells a time of another clock.
    while (!isHead && calls[0] && calls[0][2] <= signal[1])
      call(calls.shift() as (typeof calls)[0]);
    // The site refused the page view, or withdrew its consent.
    if (!isHead && !run.$recording) continue;
    queue.push(signal);
    guard(nameElements)(signal);
    finish(signal);
  }
  run.$call = (...made) => void call(made);
  for (const kept of calls.splice(0)) call(kept);
  run.$made = (signal) => {
    checkClock(signal);
    made(signal);
  };
  run.$startSpan = ownSpans(shim);

  const start = guard(() => {
    if (isKnownForbidden()) {
      log('WebAssembly is forbidden on this page: the raw signal log is sent instead');
      return;
    }
    const since = now();
    loadCore().then(
      guard((core) => {
        flusher.$use(makeBridge(shim, core), now() - since);
        log('core', 'is here');
      }),
      guard((error) => {
        if (isForbidden(error)) rememberForbidden();
        log('the core did not load: the raw signal log is sent instead', error);
      }),
    );
  });
  guard(() => finishFirstView(tools, start))();
  for (const watch of [
    watchRoutes,
    watchRestores,
    recordDevice,
    watchVitals,
    watchResources,
    watchLongFrames,
    watchSoftPaints,
    watchUserTiming,
    watchConsole,
    watchReports,
  ]) {
    guard(watch)(tools);
  }
  if (tools.lacks.length > 0) shim.$record('unsupported', now(), tools.lacks.join());
  return {
    async flush(closing) {
      const isSent = await flusher.$flush(false);
      if (closing) {
        run.$off = true;
        run.$recording = run.$allowed = false;
      }
      return isSent;
    },
  };
}
