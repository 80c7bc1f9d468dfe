/** When something is sent, and what becomes of it when it does not arrive. */
import type { Bridge } from '../core/bridge.ts';
import type { Shim } from '../core/shim.ts';
import { scrub } from '../privacy/coarse_scrub.ts';
import type { Millis } from '../types.ts';
import { Backoff, parseRetryAfter } from './backoff.ts';
import { KEEPALIVE_BYTES, Sender } from './send.ts';
import { trimmed } from './trimmed.ts';

const FIRST_FLUSH_MS = 5_000;
const BATCH_MS = 1_000;
const MAX_BODY_BYTES = 1_000_000;
// More would only compete with what is new; the server merges repeats by id.
const MAX_UNSENT = 4;
// base/drop_reason.h
const QUEUE_FULL = 14;
const SEND_FAILED = 17;

export class Flusher {
  #shim: Shim;
  #sender: Sender;
  #measure: () => void;
  #bridge: Bridge | undefined;
  #backoff = new Backoff();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Beacons that failed when a later one was already made: they go again as they are. */
  #unsent: Uint8Array<ArrayBuffer>[] = [];
  #made = 0;
  #rawSent = 0;
  #isRefused = false;
  #last: Promise<boolean> = Promise.resolve(true);
  coreLoadMs = 0;

  /** `measure` writes what the browser knows but has not said, before each upload. */
  constructor(shim: Shim, measure: () => void) {
    this.#shim = shim;
    this.#sender = new Sender(shim);
    this.#measure = measure;
    shim.$run.$leave = () => void this.flush(true);
    // In a task of its own: the page was just doing something.
    shim.$run.$many = () => void setTimeout(shim.$guard(() => this.#bridge?.feed()));
    this.schedule(FIRST_FLUSH_MS);
  }

  /** From now on the core makes the beacons; before, and without it, the raw log goes. */
  use(bridge: Bridge): void {
    // The server orders raw logs and beacons of one document differently:
    // a document that began with one goes on with it.
    if (this.#rawSent === 0) {
      this.#bridge = bridge;
      bridge.feed();
    }
  }

  /** Something is worth an upload, soon but not alone. */
  schedule(waitMs: Millis = BATCH_MS): void {
    const now = Date.now();
    const dueAt = now + Math.max(waitMs, this.#backoff.waitMs(now));
    if (this.#dueAt <= dueAt) return;
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      void this.flush(false);
    }, dueAt - now);
  }

  /** Sends what is new. Resolves to whether all of it arrived; never rejects. */
  flush(leaving: boolean): Promise<boolean> {
    const work = () =>
      this.#flush(leaving).catch((error) => {
        this.#shim.$log('an upload failed', error);
        return false;
      });
    // One upload at a time, so that the core can take the last one back;
    // leaving cannot wait.
    this.#last = leaving ? work() : this.#last.then(work);
    return this.#last;
  }

  async #flush(leaving: boolean): Promise<boolean> {
    const { $run: run, $log: log } = this.#shim;
    this.#measure();
    if (!run.$allowed || run.$held || this.#isRefused || document.prerendering) return false;
    if (this.#backoff.waitMs(Date.now()) > 0) {
      this.schedule();
      return false;
    }
    const bridge = this.#bridge;
    if (!bridge) return this.#flushRaw(leaving);
    this.#shim.$record(
      'cost',
      this.#shim.$now(),
      run.$mainThreadMs,
      this.coreLoadMs,
      this.#sender.sentBytes,
    );
    const again = this.#unsent.splice(0);
    const fresh = bridge.flush();
    const number = fresh ? ++this.#made : 0;
    // All requests are made before the first answer is awaited: a page that
    // leaves runs no further.
    const answers = [...again, fresh].map(async (beacon) => {
      if (!beacon || (await this.#post(beacon, leaving))) return true;
      if (this.#isRefused) return false;
      if (beacon === fresh && number === this.#made) bridge.unflush();
      else if (this.#unsent.push(beacon) > MAX_UNSENT) {
        this.#unsent.shift();
        this.#shim.$record('drop', this.#shim.$now(), SEND_FAILED, 1);
      }
      this.schedule();
      return false;
    });
    log('sent', fresh?.length ?? 0, 'bytes');
    return (await Promise.all(answers)).every(Boolean);
  }

  /** Cumulative: all of the document's signals, when there are more than last time. */
  async #flushRaw(leaving: boolean): Promise<boolean> {
    const { $queue: queue, $run: run, $log: log } = this.#shim;
    if (queue.length === this.#rawSent) return true;
    const now = this.#shim.$now();
    const signals = trimmed(queue, leaving ? KEEPALIVE_BYTES - 1000 : MAX_BODY_BYTES, now);
    if (run.$lost) signals.push(['drop', now, QUEUE_FULL, run.$lost]);
    const before = this.#rawSent;
    this.#rawSent = queue.length;
    const allowed = this.#shim.$listOf(run.$options.allowedQueryParameters);
    log('raw signal log', signals);
    const isSent = await this.#post(
      this.#shim.$rawLog(signals, (text) => scrub(text, allowed)),
      leaving,
    );
    if (!isSent && this.#rawSent === queue.length) this.#rawSent = before;
    return isSent;
  }

  async #post(body: string | Uint8Array<ArrayBuffer>, leaving: boolean): Promise<boolean> {
    const { status, retryAfter } = await this.#sender.post(body, leaving);
    if (status >= 200 && status < 300) {
      this.#backoff.succeeded();
      return true;
    }
    const { $log: log, $run: run } = this.#shim;
    log(
      status
        ? `${run.$endpoint} answered ${status}`
        : `${run.$endpoint} cannot be reached: offline, blocked, or without a CORS answer`,
    );
    if (status === 401 || status === 403 || status === 404) {
      // The key or the project is wrong; no later beacon would fare better.
      this.#isRefused = true;
    } else if (status === 400 || status === 413) {
      // About this body: the same again would be refused again.
      return true;
    } else {
      const now = Date.now();
      this.#backoff.failed(now, parseRetryAfter(retryAfter, now), Math.random());
    }
    return false;
  }

  /** Consent is withdrawn: what was not sent never will be. */
  forget(): void {
    this.#bridge?.flush();
    this.#unsent = [];
    this.#shim.$queue.length = 0;
  }
}
