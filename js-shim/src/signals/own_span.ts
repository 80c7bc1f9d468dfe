/** Spans that the page's own code makes. */
import { randomHex } from '../browser/ids.ts';
import type { Shim } from '../core/shim.ts';
import type { Span, SpanOptions } from '../types.ts';

/**
 * Times `callback`; a promise ends the span when it settles. Requests begun
 * before `callback` returns or first awaits are the span's children; what comes
 * after an await says so itself, with `parentSpan`.
 */
export const ownSpans =
  ({ $run: run, $beginSpan: beginSpan, $settled: settled }: Shim) =>
  <T>({ name, op, attributes, parentSpan }: SpanOptions, callback: (span: Span) => T): T => {
    const before = run.$span;
    if (parentSpan) run.$span = parentSpan.spanId;
    const spanId = randomHex(8);
    const own = { ...attributes };
    const end = beginSpan(name, op || 'function', spanId);
    let isPending = false;
    let failed = true;
    run.$span = spanId;
    try {
      const result = callback({
        spanId,
        setAttribute(key, value) {
          own[key] = value;
        },
      });
      failed = false;
      isPending = result instanceof Promise;
      return isPending
        ? (settled(result as Promise<unknown>, (_, error) => end(own, error !== undefined)) as T)
        : result;
    } finally {
      run.$span = before;
      if (!isPending) end(own, failed);
    }
  };
