/** When to send again. Knows no clock: times come in. */
import type { Millis } from '../types.ts';

const FIRST_MS = 2_000;
const LONGEST_MS = 300_000;

/** A server's Retry-After, in seconds or as a date, as ms from now; undefined: none that can be read. */
export function parseRetryAfter(
  text: string | null | undefined,
  nowUnixMs: number,
): Millis | undefined {
  if (!text) return undefined;
  const wait = /^\d+$/.test(text.trim()) ? +text * 1000 : Date.parse(text) - nowUnixMs;
  return wait >= 0 ? wait : undefined;
}

export interface Backoff {
  /** `random` in [0, 1) spreads clients that failed together. */
  $failed(nowUnixMs: number, retryAfterMs: Millis | undefined, random: number): void;
  $succeeded(): void;
  /** How long to wait before the next try; 0: none. */
  $waitMs(nowUnixMs: number): Millis;
}

export function makeBackoff(): Backoff {
  let failures = 0;
  let until = 0;
  return {
    $failed(nowUnixMs, retryAfterMs, random) {
      const step = Math.min(FIRST_MS * 2 ** failures++, LONGEST_MS);
      until = nowUnixMs + Math.max(retryAfterMs ?? 0, step * (0.5 + random / 2));
    },
    $succeeded() {
      failures = until = 0;
    },
    $waitMs: (nowUnixMs) => Math.max(0, until - nowUnixMs),
  };
}
