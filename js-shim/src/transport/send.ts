/** One upload: keepalive while its budget lasts, then sendBeacon, then a plain request. */
import type { Shim } from '../core/shim.ts';

// A document's pending keepalive bodies share 64 KiB with everyone else's.
export const KEEPALIVE_BYTES = 60 * 1024;

export interface Answer {
  /** 0: nothing came back. */
  status: number;
  retryAfter: string | null;
}

export class Sender {
  #shim: Shim;
  #pendingBytes = 0;
  /** All bodies handed to the browser so far. */
  sentBytes = 0;

  constructor(shim: Shim) {
    this.#shim = shim;
  }

  /** `leaving`: the page is going away, nobody will read the answer. Never rejects. */
  async post(body: string | Uint8Array<ArrayBuffer>, leaving: boolean): Promise<Answer> {
    // text/plain needs no preflight.
    const blob = new Blob([body], { type: 'text/plain' });
    const size = blob.size;
    // A name of its own: as a method of anything but the window it refuses to run.
    const { $realFetch: realFetch } = this.#shim;
    const url = this.#shim.$run.$endpoint;
    const request = (keepalive: boolean): Promise<Answer> =>
      realFetch(url, { method: 'POST', body: blob, credentials: 'omit', keepalive }).then(
        ({ status, headers }) => ({ status, retryAfter: headers.get('retry-after') }),
      );
    const queued = (): Answer | undefined =>
      leaving && navigator.sendBeacon?.(url, blob) ? { status: 202, retryAfter: null } : undefined;
    this.sentBytes += size;
    try {
      if (this.#pendingBytes + size >= KEEPALIVE_BYTES) return queued() ?? (await request(false));
      this.#pendingBytes += size;
      try {
        return await request(true);
      } catch {
        // Another script's keepalive bodies may have used up the budget.
        return queued() ?? (await request(false));
      } finally {
        this.#pendingBytes -= size;
      }
    } catch {
      return { status: 0, retryAfter: null };
    }
  }
}
