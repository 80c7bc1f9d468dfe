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

  /** Empties the queue into the core, as a block (wasm-sdk/wire/signal_block.h). */
  feed(): void {
    const { $queue: queue, $run: run, $log: log, $now: now, $plain: plain } = this.#shim;
    if (run.$lost) queue.push(['drop', now(), QUEUE_FULL, run.$lost]);
    run.$lost = 0;
    if (!queue.length) return;
    const signals = queue.splice(0);
    log('signals', signals);
    const numbers: number[] = [];
    let texts = '';
    for (const signal of signals) {
      numbers.push(signal.length);
      for (const field of signal) {
        const value = plain(field);
        numbers.push(typeof value === 'string' ? Number.NaN : value);
        if (typeof value === 'string') texts += `${value.replaceAll('\0', '\uFFFD')}\0`;
      }
    }
    this.#write(texts, numbers);
    this.#core.feed(numbers.length);
  }

  /** What is new, as one beacon; undefined: nothing is. */
  flush(): Uint8Array<ArrayBuffer> | undefined {
    this.feed();
    this.#write(this.#shim.$randomHex(16));
    const size = this.#core.flush(Date.now());
    const at = this.#core.beaconAddress();
    // A copy: the module's memory may move before the request is written.
    return size > 0 ? new Uint8Array(this.#core.memory.buffer).slice(at, at + size) : undefined;
  }

  unflush(): void {
    this.#core.unflush();
  }

  #write(text: string, numbers: number[] = []): void {
    const bytes = new TextEncoder().encode(text);
    const at = this.#core.input(numbers.length * 8 + bytes.length);
    const { buffer } = this.#core.memory;
    new Float64Array(buffer, at).set(numbers);
    new Uint8Array(buffer, at + numbers.length * 8).set(bytes);
  }
}
