/** Spans, and the trace context they run in. Those of the page's own code: own_span.ts. */
import { now, record, run } from '../recorder.ts';
import type { Primitive } from '../types.ts';
import { view } from './page_view.ts';

export const traceparent = (spanId: string): string =>
  `00-${view.$traceId}-${spanId}-0${view.$flags}`;

/** Count, then keys and values; what is empty is left out. */
export function pairs(data: Record<string, Primitive> = {}): (string | number)[] {
  const list = Object.entries(data).filter(([, value]) => value != null && value !== '');
  return [list.length, ...list.flatMap(([key, value]) => [key, `${value}`])];
}

/** Starts the clock; the returned function stops it and records the span. */
export function beginSpan(name: string, op: string, spanId: string) {
  const parent = run.$span;
  const start = now();
  const { $flags: flags } = view;
  return (attributes: Record<string, Primitive>, failed: boolean, status = 0): void => {
    const end = now();
    if (flags & 1) {
      record(
        'span',
        end,
        spanId,
        parent,
        name,
        op,
        start,
        end - start,
        status,
        +failed,
        ...pairs(attributes),
      );
    }
  };
}

/** What `promise` gives, after `done` heard of it: rejections stay as unhandled as they were. */
export const settled = <T>(
  promise: Promise<T>,
  // biome-ignore lint/suspicious/noExplicitAny: whatever was thrown
  done: (value?: T, error?: any) => void,
): Promise<T> =>
  promise.then(
    (value) => {
      done(value);
      return value;
    },
    (error) => {
      done(undefined, error ?? 0);
      throw error;
    },
  );
