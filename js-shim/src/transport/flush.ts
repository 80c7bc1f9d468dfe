/** When something is sent, and what becomes of it when it does not arrive. */
import { isSampled } from '../browser/ids.ts';
import type { Bridge } from '../core/bridge.ts';
import type { Shim } from '../core/shim.ts';
import { flagOf, listOf, rateOf } from '../options.ts';
import { scrub } from '../privacy/coarse_scrub.ts';
import type { Millis, Signal } from '../types.ts';
import { makeBackoff, parseRetryAfter } from './backoff.ts';
import { forgetKept, isKeepable, type Kept, keep, mayHaveKept, resend } from './offline.ts';
import { KEEPALIVE_BYTES, makeSender } from './send.ts';
import { trimmed } from './trimmed.ts';

// A visit that ends goes in one beacon, when the page hides. A page that stays
// open says so far less often than anything happens on it: a browser that
// crashes takes the rest along. Most visits are over by then; who just put the
// SDK on a page and watches the dashboard still waits.
const OPEN_MS = 30_000;
const BATCH_MS = 1_000;
// A beacon holds 64 page views (wasm-sdk/base/limits.h).
const ROUTES_AT_ONCE = 16;
const MAX_BODY_BYTES = 1_000_000;
// Where nothing can be kept; more would only compete with what is new.
const MAX_UNSENT = 16;
// base/drop_reason.h
const QUEUE_FULL = 14;
const SEND_FAILED = 17;

export interface Flusher {
  /** From now on the core makes the beacons; before, and without it, the raw log goes. */
  $use(bridge: Bridge, coreLoadMs: Millis): void;
  /** Something is worth an upload, soon but not alone. */
  $schedule(waitMs?: Millis): void;
  /** Sends what is new. Resolves to whether all of it arrived; never rejects. */
  $flush(leaving: boolean): Promise<boolean>;
  /**
   * Another page view begins. What the one before it made us keep goes; what was
   * held of it, because its session is not sampled and nothing was wrong, is let go.
   */
  $viewEnds(): void;
  /** Consent is withdrawn: what was not sent never will be. */
  $forget(): void;
}

/** `measure` writes what the browser knows but has not said, before each upload. */
export function makeFlusher(shim: Shim, measure: () => void): Flusher {
  const { $run: run, $log: log, $queue: queue, $now: now, $record: record, $guard: guard } = shim;
  const { $options: options } = run;
  const backoff = makeBackoff();
  let bridge: Bridge | undefined;
  let coreLoadMs = 0;
  let sentBytes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  /** Beacons that failed when a later one was already made: they go again as they are. */
  let unsent: Kept[] = [];
  let made = 0;
  let routes = 0;
  let rawSent = 0;
  let isRefused = false;
  /** Something may lie in IndexedDB. */
  let hasKept = mayHaveKept();
  let last: Promise<boolean> = Promise.resolve(true);
  const send = makeSender(shim, (bytes) => {
    sentBytes += bytes;
  });

  const mayStore = () =>
    run.$allowed && options.storage !== 'none' && flagOf(options.offlineQueue, true);

  // Guarded: the core's time is ours.
  const feed = guard(() => bridge?.$feed());
  const flushCore = guard((mostBytes: number) => bridge?.$flush(mostBytes));
  const makeBeacons = (leaving: boolean) =>
    flushCore(leaving ? KEEPALIVE_BYTES : MAX_BODY_BYTES) ?? [];

  const recordCost = () => record('cost', now(), run.$mainThreadMs, coreLoadMs, sentBytes);

  const schedule = (waitMs: Millis = BATCH_MS): void => {
    const unixMs = Date.now();
    const at = unixMs + Math.max(waitMs, backoff.$waitMs(unixMs));
    if (dueAt <= at) return;
    dueAt = at;
    clearTimeout(timer);
    timer = setTimeout(() => {
      wait();
      void flush(false);
    }, at - unixMs);
  };

  /** Longer each time: what a crash can cost is at most half of the visit. */
  const wait = (): void => {
    dueAt = Number.POSITIVE_INFINITY;
    schedule(Math.max(OPEN_MS, now()));
  };

  /** Whether there is nothing left to do about it. */
  async function post({ body, madeAtUnixMs }: Kept, leaving: boolean): Promise<boolean> {
    const { status, $retryAfter: retryAfter } = await send(
      body,
      leaving,
      Date.now() - madeAtUnixMs,
    );
    if (status >= 200 && status < 300) {
      backoff.$succeeded();
      return true;
    }
    log(
      status
        ? `${run.$endpoint} answered ${status}`
        : `${run.$endpoint} cannot be reached (offline, blocked, CORS)`,
    );
    if (status === 401 || status === 403 || status === 404) {
      // The key or the project is wrong; no later beacon would fare better.
      isRefused = true;
    } else if (status === 400 || status === 413) {
      // About this body: the same again would be refused again.
      return true;
    } else {
      const unixMs = Date.now();
      backoff.$failed(unixMs, parseRetryAfter(retryAfter, unixMs), Math.random());
      hasKept = true;
    }
    return false;
  }

  /** For later: a page that leaves cannot try again. */
  async function store(kept: Kept): Promise<void> {
    try {
      if (!mayStore() || !isKeepable(kept.body)) throw 0;
      hasKept = true;
      await keep(kept);
    } catch {
      if (unsent.push(kept) > MAX_UNSENT) {
        unsent.shift();
        record('drop', now(), SEND_FAILED, 1);
      }
    }
  }

  async function flushNow(leaving: boolean): Promise<boolean> {
    measure();
    if (!run.$allowed || run.$held || isRefused || document.prerendering) return false;
    const madeAtUnixMs = Date.now();
    const cannotSend = backoff.$waitMs(madeAtUnixMs) > 0 || navigator.onLine === false;
    if (cannotSend && !leaving) {
      // Else the browser will say when it is online.
      if (navigator.onLine) schedule();
      return false;
    }
    if (hasKept && !cannotSend && mayStore()) {
      hasKept = false;
      void resend((kept) => post(kept, false)).catch(log);
    }
    if (!bridge) return flushRaw(leaving, cannotSend);
    feed();
    recordCost();
    const again = unsent;
    unsent = [];
    const fresh = makeBeacons(leaving).map((body) => ({ body, madeAtUnixMs }));
    made += fresh.length;
    const number = made;
    // All requests are made before the first answer is awaited: a page that
    // leaves runs no further.
    const answers = [...again, ...fresh].map(async (kept) => {
      if (!cannotSend && (await post(kept, leaving))) return true;
      if (isRefused) return false;
      if (!leaving && kept === fresh.at(-1) && number === made) bridge?.$unflush();
      else await store(kept);
      schedule();
      return false;
    });
    log('sent', fresh.length, 'beacons');
    return (await Promise.all(answers)).every(Boolean);
  }

  /** Cumulative: all of the document's signals, when there are more than last time. */
  async function flushRaw(leaving: boolean, cannotSend: boolean): Promise<boolean> {
    if (queue.length === rawSent) return true;
    recordCost();
    const t = now();
    const signals = trimmed(queue, leaving ? KEEPALIVE_BYTES - 1000 : MAX_BODY_BYTES, t);
    if (run.$lost) signals.push(['drop', t, QUEUE_FULL, run.$lost]);
    const before = rawSent;
    rawSent = queue.length;
    const allowed = listOf(options.allowedQueryParameters);
    log('raw signal log', signals);
    const kept = {
      body: shim.$rawLog(signals, (text) => scrub(text, allowed)),
      madeAtUnixMs: Date.now(),
    };
    if (!cannotSend && (await post(kept, leaving))) return true;
    if (leaving && !isRefused) await store(kept);
    if (rawSent === queue.length) rawSent = before;
    return false;
  }

  function flush(leaving: boolean): Promise<boolean> {
    const work = () =>
      flushNow(leaving).catch((error) => {
        log('an upload failed', error);
        return false;
      });
    // One upload at a time, so that the core can take the last one back;
    // leaving cannot wait.
    last = leaving ? work() : last.then(work);
    return last;
  }

  const letGo = (kept: Signal[]): void => {
    bridge?.$flush(MAX_BODY_BYTES);
    queue.splice(0, queue.length, ...kept);
  };

  run.$leave = () => {
    // Who comes back has just been heard.
    wait();
    void flush(true);
  };
  // In a task of its own: the page was just doing something.
  run.$many = () => void setTimeout(feed);
  shim.$on('online', () => schedule());
  wait();
  // What an earlier page could not send has waited long enough.
  if (hasKept) schedule();

  return {
    $use(core, loadMs) {
      coreLoadMs = loadMs;
      // The server orders raw logs and beacons of one document differently:
      // a document that began with one goes on with it.
      if (rawSent === 0) {
        bridge = core;
        feed();
      }
    },
    $schedule: schedule,
    $flush: flush,
    $viewEnds() {
      recordCost();
      if (run.$held) letGo(queue.filter(([kind]) => kind === 'init'));
      else if (!isSampled(shim.$touchSession(), rateOf(options.sampleRate))) {
        void flush(true);
      }
      schedule(++routes % ROUTES_AT_ONCE ? OPEN_MS : BATCH_MS);
    },
    $forget() {
      letGo([]);
      unsent = [];
      if (mayHaveKept()) void forgetKept().catch(log);
    },
  };
}
