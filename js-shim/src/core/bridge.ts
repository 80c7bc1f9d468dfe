/** The queue's way into the core, and beacons out of it. */
import { randomHex } from '../browser/ids.ts';
import { plain } from '../transport/plain.ts';
import type { CoreModule } from './module.d.ts';
import type { Shim } from './shim.ts';

// base/drop_reason.h
const QUEUE_FULL = 14;

export type Beacon = Uint8Array<ArrayBuffer>;

export interface Bridge {
  /** Empties the queue into the core, as a block (wasm-sdk/wire/signal_block.h). */
  $feed(): void;
  /**
   * What is new: nothing, one beacon, or where that is larger than `mostBytes`,
   * several, the most valuable first.
   */
  $flush(mostBytes: number): Beacon[];
  $unflush(): void;
}

export function makeBridge(
  { $queue: queue, $run: run, $log: log, $now: now }: Shim,
  core: CoreModule,
): Bridge {
  const write = (text: string, numbers: number[] = []): void => {
    const bytes = new TextEncoder().encode(text);
    const at = core.input(numbers.length * 8 + bytes.length);
    const { buffer } = core.memory;
    new Float64Array(buffer, at).set(numbers);
    new Uint8Array(buffer, at + numbers.length * 8).set(bytes);
  };

  const feed = (): void => {
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
    write(texts, numbers);
    core.feed(numbers.length);
  };

  const one = (part: number): Beacon | 0 => {
    write(randomHex(16));
    const size = core.flush(Date.now(), part);
    const at = core.beaconAddress();
    // A copy: the module's memory may move before the request is written.
    return size && new Uint8Array(core.memory.buffer).slice(at, at + size);
  };

  return {
    $feed: feed,
    $flush(mostBytes) {
      feed();
      const beacons: Beacon[] = [];
      let part = 0;
      for (let beacon = one(part); beacon; beacon = part && one(part)) {
        if (!part && beacon.length > mostBytes) {
          core.unflush();
          part = 1;
        } else {
          beacons.push(beacon);
        }
      }
      return beacons;
    },
    $unflush() {
      core.unflush();
    },
  };
}
