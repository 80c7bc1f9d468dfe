/**
 * The queue every signal goes through, and what all hooks share. Early code
 * imports this module; the late part is another bundle and gets the same
 * functions as a `Shim` (core/shim.ts), or there would be two queues.
 */
import { flagOf } from './options.ts';
import type { Field, Millis, Options, Pagewake, Signal, Span, SpanOptions } from './types.ts';

/** The core reads no more from one log (wasm-sdk/base/limits.h); room for its head and tail. */
const MAX_SIGNALS = 9_990;

/** What is not yet with the core; where there is no core, all since `init`. */
export const queue: Signal[] = [];

/** What does not begin with something is left out of its first value: that is a part of the first load. */
interface State {
  $options: Options;
  /** Where beacons go. */
  $endpoint: string;
  /** Folder of our own files, for what must not be recorded. */
  $assets: string;
  /** Signals are taken: after init, before close, not while consent is withdrawn. */
  $recording?: boolean;
  /** Closed, or consent was withdrawn: no new page view starts recording again. */
  $off?: boolean;
  /** Something may leave the browser. */
  $allowed?: boolean;
  /** The session is sampled out and nothing slow or wrong happened so far. */
  $held?: boolean;
  $drain(): void;
  $lost: number;
  $mainThreadMs: number;
  $span: string;
  $startSpan: Pagewake['startSpan'];
  $selector(node: unknown): string;
  $call(...call: ApiCall): void;
  $made(signal: Signal): void;
  $many(): void;
  $leave(): void;
}

/** Names with `$` are internal; the build shortens them, alike in both bundles. */
export const run = {
  /** As given; read with options.ts. */
  $options: {} as Options,
  /** Takes what the browser measured but did not deliver yet. */
  $drain: (): void => {},
  /** Signals that did not fit into the queue. */
  $lost: 0,
  $mainThreadMs: 0,
  /** The page's own span that runs now; empty: the page view's. */
  $span: '',
  /** Before the late part is there, the page's own spans are not timed. */
  $startSpan: (<T>(_options: SpanOptions, callback: (span: Span) => T): T =>
    callback({ spanId: '', setAttribute() {} })) as Pagewake['startSpan'],
  /** Elements wait as they are for the late part to name them. */
  $selector: (node: unknown): string => node as string,
  /** A function of the API; the late part replaces it and takes what was kept. */
  $call: (...call: ApiCall): void => {
    calls.push(call);
  },
  /** A page view, error or breadcrumb is in the queue, on which the site's rules have a say; replaced by the late part. */
  $made: (_signal: Signal): void => {},
  /** The queue has grown long; replaced by the late part. */
  $many: (): void => {},
  /** The page is going away; replaced by the late part. */
  $leave: (): void => {},
} as State;

export type ApiCall = [name: string, args: unknown[], t: Millis];
/** Calls of the API that wait for the late part. */
export const calls: ApiCall[] = [];

export const now = (): Millis => performance.now();

/** `t` is when the signal was seen. */
export function record(kind: string, t: Millis, ...fields: Field[]): Signal {
  const signal: Signal = [kind, t, ...fields];
  if (run.$recording) {
    if (queue.length < MAX_SIGNALS) queue.push(signal) % 512 || run.$many();
    else run.$lost++;
  }
  return signal;
}

// Taken before anyone, we included, patches it.
const { log: realLog } = console;

export function log(...text: unknown[]): void {
  if (flagOf(run.$options.debug, false)) realLog('[pagewake]', ...text);
}

/** Begin of the guard that runs now, which is soon enough for what happens in it; 0: none does. */
export let since: Millis = 0;

/** Our code inside the page's: whatever goes wrong stays here. */
export function guard<A extends unknown[], R>(work: (...args: A) => R) {
  return (...args: A): R | undefined => {
    // A guard inside a guard must not count twice. Nor ask for the time, which
    // is most of what a small call costs.
    const outer = since;
    since ||= now();
    try {
      return work(...args);
    } catch (error) {
      log(error);
    } finally {
      if (!outer) {
        run.$mainThreadMs += now() - since;
        since = 0;
      }
    }
    return undefined;
  };
}

/** Capturing, so that a page's stopPropagation does not blind us. */
export function on<E extends Event>(type: string, listener: (event: E) => void): void {
  addEventListener(type, guard(listener) as EventListener, true);
}
