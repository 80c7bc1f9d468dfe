/**
 * The raw signal log: all signals of this document as JSON, for where the core
 * is not (yet) there. Cumulative, so the server needs no memory of earlier ones.
 */
import { randomHex } from '../browser/ids.ts';
import type { Signal } from '../types.ts';
import { plain } from './plain.ts';

export const toJson = (signals: readonly Signal[]): string =>
  // Lists have `at`.
  JSON.stringify(signals, (_, value) => (value?.at ? value : plain(value)));

let sent = 0;

/**
 * All of `signals`, as one upload. The head says how many went before.
 * `entries` follow them; a later upload says them better and leaves them out.
 */
export function rawLog(
  signals: readonly Signal[],
  scrub: (text: string) => string,
  entries: readonly Signal[] = [],
): string {
  const head: Signal = ['log', 1, randomHex(16), Date.now(), sent];
  sent = signals.length;
  return toJson([
    head,
    ...[...signals, ...entries].map(
      (signal) =>
        signal.map((field, i) =>
          // Our own ids look like secrets; `init` names release and environment.
          typeof field !== 'string' ||
          i < (signal[0] === 'init' ? 6 : 2) ||
          (/^[ves]/.test(signal[0]) && /^([\da-f]{16}){1,2}$/.test(field))
            ? field
            : scrub(field),
        ) as Signal,
    ),
  ]);
}
