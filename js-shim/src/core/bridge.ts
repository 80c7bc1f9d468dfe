/** The queue's way into the core, and beacons out of it. */
import type { CoreModule } from './module.d.ts';
import type { Shim } from './shim.ts';

// base/drop_reason.h
const QUEUE_FULL = 14;

export class Bridge {
  #shim: Shim;
  #core: CoreModule;

  constructor(shim: Shim, core: CoreModule) {
    this.#shim = shim;
    this.#core = core;
  }

  /** Empties the queue into the core. */
  feed(): void {
    const { $queue: queue, $run: run, $log: log, $now: now, $toJson: toJson } = this.#shim;
    if (run.$lost) queue.push(['drop', now(), QUEUE_FULL, run.$lost]);
    run.$lost = 0;
    if (queue.length > 0) {
      const signals = queue.splice(0);
      log('signals', signals);
      this.#write(toJson(signals));
      this.#core.feed();
    }
  }

  /** What is new, as one beacon; undefined: nothing is. */
  flush(): Uint8Array<ArrayBuffer> | undefined {
    this.feed();
    this.#write(this.#shim.$randomHex(16));
    const size = this.#core.flush(Date.now());
    const at = this.#core.beaconAddress();
    // A copy: the module's memory may move before the request is written.
    return size > 0 ? this.#core.HEAPU8.slice(at, at + size) : undefined;
  }

  unflush(): void {
    this.#core.unflush();
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const at = this.#core.input(bytes.length);
    this.#core.HEAPU8.set(bytes, at);
  }
}
