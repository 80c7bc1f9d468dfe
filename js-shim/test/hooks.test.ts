import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Options, Pagewake, Signal } from '../src/types.ts';

const DSN = 'https://0123456789abcdef0123456789abcdef@collector.example/1';

type Module = typeof import('../src/recorder.ts');
let recorder: Module;
let api: Pagewake;
let answer: (input: unknown, init?: RequestInit) => Promise<unknown>;
let calls: [unknown, RequestInit | undefined][];

/** A fresh copy of the early part on a fresh page. */
async function start(options: Options = {}): Promise<void> {
  vi.resetModules();
  sessionStorage.clear();
  delete (globalThis as { __pagewake?: unknown }).__pagewake;
  calls = [];
  answer = async () => ({ status: 200 });
  function fetch(input: unknown, init?: RequestInit) {
    calls.push([input, init]);
    return answer(input, init);
  }
  Object.defineProperty(fetch, 'length', { value: 1 });
  globalThis.fetch = fetch as never;
  recorder = await import('../src/recorder.ts');
  // The late part stays on its way.
  (await import('../src/api/init.ts')).setLateLoader(() => new Promise(() => {}));
  api = (await import('../src/api/api.ts')).api;
  api.init({ dsn: DSN, ...options });
}

const signals = (kind: string): Signal[] => recorder.queue.filter(([name]) => name === kind);

beforeEach(() => start());

test('fetch: other wrappers may copy and change what we pass on', async () => {
  const given = Object.freeze({ method: 'POST', body: 'x', headers: { a: 'b' } });
  answer = async () => ({ status: 200 });
  await fetch('/api/cart', given);
  const passed = calls[0]?.[1] as RequestInit;
  const copy = { ...passed };
  expect([copy.method, copy.body]).toEqual(['POST', 'x']);
  expect(new Headers(copy.headers).get('a')).toBe('b');
  expect(new Headers(copy.headers).get('traceparent')).toMatch(/^00-/);
  expect(() => Object.assign(passed, { headers: {} })).not.toThrow();
  expect(given.headers).toEqual({ a: 'b' });
  // Fields of a class of the page's own are not lost either.
  class Init {
    get method() {
      return 'PUT';
    }
  }
  await fetch('/api/cart', new Init());
  expect(calls[1]?.[1]?.method).toBe('PUT');
});

test('XHR: the second traceparent, of another tracer, is left out', () => {
  const set = vi.spyOn(XMLHttpRequest.prototype, 'setRequestHeader');
  // Ours wraps the spy only from here on.
  return start().then(() => {
    const xhr = new XMLHttpRequest();
    xhr.open('GET', `${location.origin}/api/cart`);
    xhr.setRequestHeader('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
    xhr.setRequestHeader('Traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01');
    xhr.setRequestHeader('tracestate', 'vendor=1');
    expect(set.mock.calls.map(([name]) => name)).toEqual(['traceparent', 'tracestate']);
  });
});

describe("what the server's trace brings along", () => {
  const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const withMeta = async (meta: Record<string, string>) => {
    for (const [name, content] of Object.entries(meta)) {
      document.head.append(Object.assign(document.createElement('meta'), { name, content }));
    }
    await start({ tracePropagationTargets: ['https://api.example'] });
  };
  const full = { traceparent: TRACEPARENT, tracestate: 'vendor=1', baggage: 'tenant=7,plan=pro' };
  const sentBy = async (url: string, init?: RequestInit) => {
    await fetch(url, init);
    const headers = new Headers(calls.at(-1)?.[1]?.headers);
    return [headers.get('tracestate'), headers.get('baggage')];
  };
  afterEach(() => {
    document.head.innerHTML = '';
    history.replaceState(null, '', '/');
  });

  test.each<[string, Record<string, string>, string, RequestInit | undefined, unknown[]]>([
    ['to the own origin', full, '/x', undefined, ['vendor=1', 'tenant=7,plan=pro']],
    ['to targets', full, 'https://api.example/x', undefined, ['vendor=1', 'tenant=7,plan=pro']],
    ['to nobody else', full, 'https://other.example/x', undefined, [null, null]],
    [
      "a request's own stay",
      full,
      '/x',
      { headers: { Baggage: 'mine=1' } },
      ['vendor=1', 'mine=1'],
    ],
    [
      'a request that another tracer has traced stays as it is',
      full,
      '/x',
      { headers: { traceparent: TRACEPARENT } },
      [null, null],
    ],
    [
      'not without a trace',
      { tracestate: 'vendor=1', baggage: 'a=1' },
      '/x',
      undefined,
      [null, null],
    ],
    [
      'not what no header can hold',
      { ...full, tracestate: 'a=\nb', baggage: 'name=Zoë' },
      '/x',
      undefined,
      [null, null],
    ],
  ])('%s', async (_, meta, url, init, expected) => {
    await withMeta(meta);
    expect(await sentBy(url, init)).toEqual(expected);
    // Whatever the page was given, its request was traced.
    expect(signals('span')).toHaveLength(1);
  });
  test('XMLHttpRequest too', async () => {
    const set = vi.spyOn(XMLHttpRequest.prototype, 'setRequestHeader');
    vi.spyOn(XMLHttpRequest.prototype, 'send').mockImplementation(() => {});
    await withMeta(full);
    const xhr = new XMLHttpRequest();
    xhr.open('GET', `${location.origin}/x`);
    xhr.setRequestHeader('baggage', 'mine=1');
    xhr.send();
    expect(set.mock.calls.map(([name]) => name)).toEqual(['baggage', 'traceparent', 'tracestate']);
    vi.restoreAllMocks();
  });
  test('a route has a trace of its own, and nothing of the old one', async () => {
    await withMeta(full);
    const { startView } = await import('../src/signals/page_view.ts');
    startView('soft_navigation', 1);
    expect(await sentBy('/x')).toEqual([null, null]);
  });
});

describe('guards', () => {
  test('in each other count their time once, and let nothing out', () => {
    let t = 100;
    vi.spyOn(performance, 'now').mockImplementation(() => t);
    const before = recorder.run.$mainThreadMs;
    const inner = recorder.guard(() => {
      t += 3;
      throw new Error('inside');
    });
    const outer = recorder.guard(() => {
      t += 1;
      inner();
      inner();
      t += 2;
      return 'done';
    });
    expect(outer()).toBe('done');
    expect(recorder.run.$mainThreadMs - before).toBe(9);
    inner();
    expect(recorder.run.$mainThreadMs - before).toBe(12);
    vi.restoreAllMocks();
  });
});

describe('init', () => {
  test('begins the log with init and view', () => {
    expect(recorder.queue.slice(0, 2).map(([kind]) => kind)).toEqual(['init', 'view']);
    const [, , session, , release, environment] = recorder.queue[0] as Signal;
    expect(session).toMatch(/^[\da-f]{32}$/);
    expect([release, environment]).toEqual([undefined, 'production']);
  });
  test.each([
    [true, 1],
    [false, 0],
  ])('says whether the browser is driven: %s', async (driven, said) => {
    vi.spyOn(navigator, 'webdriver', 'get').mockReturnValue(driven);
    await start();
    expect(recorder.queue[0]?.[9]).toBe(said);
  });
  test('an empty DSN is off without a word', async () => {
    const log = vi.spyOn(console, 'log');
    await start({ dsn: '', debug: true });
    expect(recorder.run.$recording).toBeFalsy();
    expect(log).not.toHaveBeenCalled();
  });
  test('a wrong DSN is off and says so when asked', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await start({ dsn: 'https://nobody', debug: true });
    expect(recorder.run.$recording).toBeFalsy();
    expect(log).toHaveBeenCalledTimes(1);
    expect(log.mock.calls[0]?.join(' ')).toMatch(/not a DSN: https:\/\/nobody/);
  });
  test('Global Privacy Control is honoured', async () => {
    Object.defineProperty(navigator, 'globalPrivacyControl', { value: true, configurable: true });
    try {
      await start();
      expect(recorder.queue).toEqual([]);
      await start({ respectGpc: false });
      expect(recorder.queue).not.toEqual([]);
    } finally {
      delete (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
    }
  });
  test('without consent nothing is stored', async () => {
    await start({ consent: 'denied' });
    expect(sessionStorage.length).toBe(0);
    expect(recorder.run.$allowed).toBe(false);
    api.setConsent('granted');
    expect(recorder.run.$allowed).toBe(true);
  });
  test('a second init changes nothing', () => {
    const before = recorder.queue.length;
    api.init({ dsn: DSN, release: 'other' });
    expect(recorder.queue.length).toBe(before);
    expect(recorder.run.$options.release).toBeUndefined();
  });
  test('a session goes on for 30 minutes of quiet', async () => {
    const id = () => (recorder.queue[0] as Signal)[2];
    const first = id();
    const stored = sessionStorage.getItem('pagewake') as string;
    const restart = async (agoMs: number) => {
      const [session] = stored.split('.');
      vi.resetModules();
      delete (globalThis as { __pagewake?: unknown }).__pagewake;
      sessionStorage.setItem('pagewake', `${session}.${Date.now() - agoMs}`);
      recorder = await import('../src/recorder.ts');
      (await import('../src/api/init.ts')).setLateLoader(() => new Promise(() => {}));
      (await import('../src/api/api.ts')).api.init({ dsn: DSN });
      return id();
    };
    expect(await restart(29 * 60_000)).toBe(first);
    expect(await restart(31 * 60_000)).not.toBe(first);
  });
});

describe('the patched fetch', () => {
  test('looks like the one it covers', () => {
    expect(globalThis.fetch.name).toBe('fetch');
    expect(globalThis.fetch.length).toBe(1);
    expect(Function.prototype.toString.call(globalThis.fetch)).toContain('[native code]');
  });
  test('gives back the very response, and makes a span and a breadcrumb', async () => {
    const response = { status: 503 };
    answer = async () => response;
    expect(await fetch('/api/cart?id=1', { method: 'post' })).toBe(response);
    const [span] = signals('span');
    expect(span?.slice(4, 6)).toEqual(['POST /api/cart', 'http.client']);
    expect(span?.slice(8, 10)).toEqual([503, 1]);
    expect(signals('crumb')[0]?.slice(2, 5)).toEqual(['http', 'fetch', 'error']);
  });
  test('rejects with the very error', async () => {
    const error = new TypeError('Failed to fetch');
    answer = () => Promise.reject(error);
    await expect(fetch('/x')).rejects.toBe(error);
    const [span] = signals('span');
    expect(span?.slice(8, 10)).toEqual([0, 1]);
    expect(span).toContain('TypeError');
  });
  test('throws what the original throws', () => {
    answer = () => {
      throw new RangeError('now');
    };
    expect(() => fetch('/x')).toThrow(RangeError);
  });
  test('sends traceparent to the own origin and leaves the caller his objects', async () => {
    const init = Object.freeze({ headers: Object.freeze({ accept: 'text/plain' }) });
    await fetch('/x', init);
    const headers = calls[0]?.[1]?.headers as Headers;
    expect(headers.get('traceparent')).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-03$/);
    expect(headers.get('accept')).toBe('text/plain');
    expect(init.headers).toEqual({ accept: 'text/plain' });
    expect(headers.get('traceparent')).toContain(String(signals('span')[0]?.[2]));
  });
  test("keeps a request's own headers and method", async () => {
    await fetch(new Request(`${location.origin}/x`, { method: 'PUT', headers: { 'x-a': '1' } }));
    const headers = calls[0]?.[1]?.headers as Headers;
    expect(headers.get('x-a')).toBe('1');
    expect(headers.has('traceparent')).toBe(true);
    expect(signals('span')[0]?.[4]).toBe('PUT /x');
  });
  test('keeps a traceparent that is there', async () => {
    await fetch('/x', { headers: { traceparent: 'mine' } });
    expect(calls[0]?.[1]?.headers).toEqual({ traceparent: 'mine' });
  });
  test.each([
    ['https://api.example/x', true],
    ['https://api.example.evil/x', false],
    ['https://evil.example/?u=https://api.example/', false],
    ['https://cdn7.example/x', true],
    ['https://other.example/x', false],
  ])('%s gets traceparent: %s', async (url, isSent) => {
    await start({
      tracePropagationTargets: ['https://api.example', /^https:\/\/cdn\d\.example\//],
    });
    await fetch(url);
    expect(!!calls[0]?.[1]?.headers).toBe(isSent);
    expect(calls[0]?.[1] === undefined).toBe(!isSent);
  });
  test('hostile arguments reach the original as they are', async () => {
    const hostile = {
      get headers(): never {
        throw new Error('mine');
      },
    };
    await fetch('/x', hostile as never);
    expect(calls[0]?.[1]).toBe(hostile);
    const url = {
      toString(): never {
        throw new Error('mine');
      },
    };
    await fetch(url as never);
    expect(calls[1]?.[0]).toBe(url);
  });
  test('an unsampled trace sends its flag and makes no span', async () => {
    await start({ tracesSampleRate: 0 });
    await fetch('/x');
    expect((calls[0]?.[1]?.headers as Headers | undefined)?.get('traceparent')).toMatch(/-02$/);
    expect(signals('span')).toEqual([]);
  });
});

describe('errors', () => {
  const exceptionsIn = (signal: Signal | undefined) => {
    const list: unknown[][] = [];
    for (let i = 0; i < +(signal?.[9] as number); i++) {
      list.push(signal?.slice(10 + 6 * i, 16 + 6 * i) as unknown[]);
    }
    return list;
  };

  test('an uncaught error keeps its place and stack', () => {
    const error = new TypeError('no cart');
    dispatchEvent(
      new ErrorEvent('error', {
        error,
        message: 'x',
        filename: 'https://a/b.js',
        lineno: 3,
        colno: 7,
      }),
    );
    const [signal] = signals('error');
    expect(signal?.slice(3, 5)).toEqual(['onerror', 0]);
    expect(exceptionsIn(signal)).toEqual([
      ['TypeError', 'no cart', error.stack, 'https://a/b.js', 3, 7],
    ]);
  });
  test('causes and aggregates come after, cycles end', () => {
    const inner = new RangeError('inner');
    const outer = new AggregateError([inner, 'text'], 'outer', { cause: new Error('cause') });
    Object.assign(inner, { cause: outer });
    api.captureException(outer);
    expect(exceptionsIn(signals('error')[0]).map(([type, value]) => `${type}: ${value}`)).toEqual([
      'AggregateError: outer',
      'Error: cause',
      'RangeError: inner',
      'Error: text',
    ]);
  });
  test('a rejection with any reason', () => {
    for (const reason of [undefined, null, 7, 'text', { code: 1, secret: 'x' }]) {
      dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason }));
    }
    expect(signals('error').map((signal) => signal[11])).toEqual([
      'undefined',
      'null',
      '7',
      'text',
      '{code,secret}',
    ]);
  });
  test('a hostile error of megabytes costs no more than its share is long', () => {
    const error = new Error('m'.repeat(1 << 20));
    error.name = 'N'.repeat(1 << 20);
    error.stack = '    at '.repeat(1 << 17);
    let cause: unknown = error;
    for (let i = 0; i < 1_000; i++) cause = new Error(`level ${i}`, { cause });
    api.captureException(cause);
    api.captureException(error);
    const [deep, large] = signals('error');
    expect(deep?.[9]).toBe(10);
    const lengths = (large ?? []).map((field) => `${field}`.length);
    expect(Math.max(...lengths)).toBe(9_999);
  });
  test('the same error counts once and answers with its id', () => {
    const error = new Error('once');
    const id = api.captureException(error);
    expect(id).toMatch(/^[\da-f]{32}$/);
    expect(api.captureException(error)).toBe(id);
    expect(api.lastEventId()).toBe(id);
    expect(signals('error')).toHaveLength(1);
  });
  test('what the snippet kept is replayed, and the snippet ended', async () => {
    let isOff = false;
    const event = new ErrorEvent('error', { error: new Error('early'), message: 'early' });
    vi.resetModules();
    (globalThis as { __pagewake?: unknown }).__pagewake = {
      q: [event],
      off: () => {
        isOff = true;
      },
    };
    recorder = await import('../src/recorder.ts');
    (await import('../src/api/init.ts')).setLateLoader(() => new Promise(() => {}));
    (await import('../src/api/api.ts')).api.init({ dsn: DSN });
    expect(signals('error').map((signal) => signal[11])).toEqual(['early']);
    expect(isOff).toBe(true);
  });
});

describe('nothing throws into the page', () => {
  const hostile: unknown = new Proxy(
    {},
    {
      get() {
        throw new Error('hostile');
      },
      ownKeys() {
        throw new Error('hostile');
      },
      has() {
        throw new Error('hostile');
      },
    },
  );
  test.each([
    'captureException',
    'captureMessage',
    'addBreadcrumb',
    'setUser',
    'setTag',
    'setTags',
    'setContext',
    'startPageView',
    'setPage',
    'mark',
    'setConsent',
    'init',
  ] as const)('%s', (name) => {
    expect(() => (api[name] as (...args: unknown[]) => void)(hostile, hostile)).not.toThrow();
  });
  test('hooks', () => {
    for (const type of [
      'click',
      'error',
      'unhandledrejection',
      'visibilitychange',
      'pagehide',
      'pageshow',
    ]) {
      const event = new Event(type);
      for (const key of ['target', 'error', 'reason', 'persisted', 'timeStamp']) {
        Object.defineProperty(event, key, {
          get() {
            throw new Error('hostile');
          },
        });
      }
      // A listener's exception would come back as an uncaught error.
      const before = signals('error').length;
      expect(() => dispatchEvent(event)).not.toThrow();
      expect(signals('error').length).toBe(before);
    }
  });
  test("options' own functions may fail", async () => {
    await start({
      pageName: () => {
        throw new Error('mine');
      },
    });
    expect(signals('view')).toHaveLength(1);
  });
});

test('withScope restores, also when its callback throws, and gives back its result', () => {
  expect(api.withScope(() => 7)).toBe(7);
  expect(() =>
    api.withScope((scope) => {
      scope.setTag('a', 'b');
      api.captureMessage('inside');
      throw new RangeError('mine');
    }),
  ).toThrow(RangeError);
  api.captureMessage('outside');
  const scopes = signals('error').map(
    (signal) => (signal.at(-1) as unknown as { $scope: unknown[] }).$scope,
  );
  expect(scopes).toEqual([[['setTag', ['a', 'b']]], []]);
});

test('calls wait in order for the late part', () => {
  api.setTag('a', 1);
  api.addBreadcrumb({ message: 'x' });
  expect(recorder.calls.map(([name]) => name)).toEqual(['setTag', 'addBreadcrumb']);
});
