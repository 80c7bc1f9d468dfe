/** The one way an error takes, whoever saw it. The site's rules are in error_rules.ts. */
import { randomHex } from '../browser/ids.ts';
import { now, record, run } from '../recorder.ts';
import type { CaptureContext, Level } from '../types.ts';
import { scope } from './scope.ts';

let last = '';
export const lastEventId = (): string => last;

// The same object often comes twice: captured, then thrown on to `onerror`.
const seen = new WeakSet<object>();

const MAX_EXCEPTIONS = 10;
// One stack's share of an unload beacon's 60 KiB.
const cut = (text: unknown): string => String(text ?? '').slice(0, 9_999);

/** type, value, stack, filename, line, column: as the signal has them. */
export type FlatException = [...(string | number)[]];

type Place = [filename: string, line: number, column: number];
const NOWHERE: Place = ['', 0, 0];

/** An error, its `cause` chain and what an AggregateError holds; outermost first. */
export function exceptionsOf(thrown: unknown, place = NOWHERE): FlatException[] {
  const list: FlatException[] = [];
  const visited: unknown[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: whatever was thrown
  const add = (error: any) => {
    if (error == null && list.length) return;
    if (list.length >= MAX_EXCEPTIONS || visited.includes(error)) return;
    visited.push(error);
    const isObject = Object(error) === error;
    const { name, message, stack, cause, errors } = isObject ? error : ({} as Error);
    list.push([
      cut(name || (isObject && error.constructor?.name) || 'Error'),
      // Own values of a thrown object may be private: its keys say enough.
      cut(message ?? (isObject ? `{${Object.keys(error)}}` : String(error))),
      cut(stack),
      ...(list.length ? NOWHERE : place),
    ]);
    add(cause);
    if (Array.isArray(errors)) errors.forEach(add);
  };
  add(thrown);
  return list;
}

/** What the late part needs to finish an error; never sent. */
export interface Unfinished {
  $context: CaptureContext | Level | undefined;
  /** Calls of the `withScope` it happened in. */
  $scope: typeof scope.calls;
}

/** `thrown` is remembered, so that it counts once. Gives the event's id. */
export function capture(
  mechanism: string,
  handled: boolean,
  exceptions: FlatException[],
  thrown?: unknown,
  message = '',
  context?: CaptureContext | Level,
): string {
  if (Object(thrown) === thrown) {
    if (seen.has(thrown as object)) return last;
    seen.add(thrown as object);
  }
  last = randomHex(16);
  const unfinished: Unfinished = { $context: context, $scope: scope.calls };
  run.$made(
    record(
      'error',
      now(),
      last,
      mechanism,
      +handled,
      message ? 'info' : 'error',
      cut(message),
      location.href,
      run.$span,
      exceptions.length,
      ...exceptions.flat(),
      unfinished as never,
    ),
  );
  return last;
}
