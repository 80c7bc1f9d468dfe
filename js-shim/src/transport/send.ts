/** One upload: keepalive while its budget lasts, then sendBeacon, then a plain request. */
import type { Shim } from '../core/shim.ts';
import type { Millis } from '../types.ts';
import type { Body } from './offline.ts';

// A document's pending keepalive bodies share 64 KiB with everyone else's.
export const KEEPALIVE_BYTES = 60 * 1024;
/** From here on it was kept for a while, and not only on the way. */
const WAITED_MS = 1_000;

export interface Answer {
  /** 0: nothing came back. */
  status: number;
  $retryAfter?: string | null;
}

/** `leaving`: the page is going away, nobody will read the answer. Never rejects. */
export type Send = (body: Body, leaving: boolean, waitedMs: Millis) => Promise<Answer>;

/** `counted` hears of the bytes of each body handed to the browser. */
export function makeSender(
  { $realFetch: realFetch, $run: run }: Shim,
  counted: (bytes: number) => void,
): Send {
  let pendingBytes = 0;
  return async (body, leaving, waitedMs) => {
    // text/plain needs no preflight.
    const blob = new Blob([body], { type: 'text/plain' });
    const { size } = blob;
    let url = run.$endpoint;
    // Or the server would take the time it lay here for a difference of clocks.
    if (waitedMs > WAITED_MS) {
      url += `${url.includes('?') ? '&' : '?'}waited_ms=${Math.round(waitedMs)}`;
    }
    const request = async (keepalive: boolean): Promise<Answer> => {
      const { status, headers } = await realFetch(url, {
        method: 'POST',
        body: blob,
        credentials: 'omit',
        keepalive,
      });
      return { status, $retryAfter: headers.get('retry-after') };
    };
    const queued = () => leaving && navigator.sendBeacon?.(url, blob) && { status: 202 };
    counted(size);
    try {
      if (pendingBytes + size >= KEEPALIVE_BYTES) return queued() || (await request(false));
      pendingBytes += size;
      try {
        return await request(true);
      } catch {
        // Another script's keepalive bodies may have used up the budget, or what
        // our early part sent.
        return queued() || (await request(false));
      } finally {
        pendingBytes -= size;
      }
    } catch {
      return { status: 0 };
    }
  };
}
