/**
 * The browser's clock for times within a page stands still while the machine
 * sleeps, and the wall clock may be set: what is recorded afterwards counts from
 * a new origin, or a day asleep would date every later error a day back.
 */
import type { Shim } from '../core/shim.ts';
import type { Signal } from '../types.ts';

const NOTICEABLE_MS = 1_000;

/** Puts the head of the log once more before `signal`, which was made just now, where the clocks have come apart. */
export function makeClockCheck({ $queue: queue, $now: now }: Shim, init: Signal | undefined) {
  let before = Date.now() - now();
  return (signal: Signal): void => {
    const apart = Date.now() - signal[1] - before;
    if (!init || Math.abs(apart) < NOTICEABLE_MS) return;
    before += apart;
    init = ['init', init[1] + apart, ...init.slice(2)];
    const at = queue.indexOf(signal);
    // Not recorded: consent is withdrawn.
    if (at >= 0) queue.splice(at, 0, init);
  };
}
