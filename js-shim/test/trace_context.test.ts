import { afterEach, describe, expect, test, vi } from 'vitest';
import { serverTrace } from '../src/signals/trace_context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const TEXT = `00-${TRACE}-${SPAN}-01`;
const serverTiming = [{ name: 'db' }, { name: 'traceparent', description: TEXT }];

afterEach(() => {
  vi.restoreAllMocks();
  document.head.innerHTML = '';
});

describe("the server's trace is continued", () => {
  const fresh = { transferSize: 900, decodedBodySize: 600 };
  test.each([
    ['from the meta tag', TEXT, { age_ms: 300, ...fresh }, true],
    ['from Server-Timing', '', { age_ms: 300, ...fresh, serverTiming }, true],
    ['where the browser tells nothing of the load', TEXT, undefined, true],
    ['when two minutes have not passed', TEXT, { age_ms: 119_000, ...fresh }, true],
    ['not when HTML is older than two minutes', TEXT, { age_ms: 121_000, ...fresh }, false],
    [
      'not from a cache',
      TEXT,
      { age_ms: 300, transferSize: 0, decodedBodySize: 600, serverTiming },
      false,
    ],
    [
      'when sizes are withheld, which is no sign of a cache',
      TEXT,
      { age_ms: 300, transferSize: 0, decodedBodySize: 0 },
      true,
    ],
    ['not when there is none', '', { age_ms: 300, ...fresh, serverTiming: [] }, false],
    ['not when it is nonsense', 'yes', { age_ms: 300, ...fresh }, false],
  ])('%s', (_, meta, entry, isContinued) => {
    document.head.innerHTML = meta ? `<meta name="traceparent" content="${meta}">` : '';
    vi.spyOn(performance, 'getEntriesByType').mockReturnValue(
      entry ? [{ ...entry, responseStart: performance.now() - entry.age_ms } as never] : [],
    );
    expect(serverTrace()).toEqual(isContinued ? [TRACE, SPAN, '01'] : []);
  });
});
