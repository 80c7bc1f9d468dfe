import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CoreModule } from '../src/core/module.d.ts';
import type { Late } from '../src/late.ts';
import type { ErrorEventData, Options, Pagewake, Signal } from '../src/types.ts';

const DSN = 'https://0123456789abcdef0123456789abcdef@collector.example/1';

/** A core that keeps what it is fed and makes a beacon of each flush with news. */
class FakeCore implements CoreModule {
  fed: Signal[] = [];
  flushes = 0;
  unflushes = 0;
  hasNews = false;
  memory = new WebAssembly.Memory({ initial: 16 }) as { buffer: ArrayBuffer };
  bytes = 0;
  input(bytes: number): number {
    this.bytes = bytes;
    return 64;
  }
  feed(count: number): number {
    const numbers = [...new Float64Array(this.memory.buffer, 64, count)];
    const text = new Uint8Array(this.memory.buffer, 64 + count * 8, this.bytes - count * 8);
    const texts = new TextDecoder().decode(text).split('\0');
    const list: Signal[] = [];
    while (numbers.length > 0) {
      const fields = numbers.splice(0, 1 + (numbers[0] as number)).slice(1);
      list.push(fields.map((field) => (Number.isNaN(field) ? texts.shift() : field)) as Signal);
    }
    expect(texts).toEqual(['']);
    this.fed.push(...list);
    if (list.some(([kind]) => kind !== 'cost')) this.hasNews = true;
    return list.length;
  }
  /** Bytes of the next beacon that is not a part. */
  size = 4;
  parts = 0;
  flush(_: number, part: number): number {
    const size = part ? (this.parts-- > 0 ? 4 : 0) : this.hasNews ? this.size : 0;
    this.hasNews = false;
    new Uint8Array(this.memory.buffer).set([0x50, 0x57, 1, ++this.flushes], 8);
    return size;
  }
  beaconAddress = () => 8;
  unflush(): number {
    this.unflushes++;
    this.hasNews = true;
    return 0;
  }
}

let recorder: typeof import('../src/recorder.ts');
let api: Pagewake;
let late: Late;
let core: FakeCore;
let posts: { url: string; body: Blob; keepalive: boolean | undefined }[];
let status: number;
let retryAfter: string | null;

async function start(options: Options = {}, before?: () => void, hasCore = true): Promise<void> {
  vi.resetModules();
  sessionStorage.clear();
  delete (globalThis as { __pagewake?: unknown }).__pagewake;
  posts = [];
  status = 202;
  retryAfter = null;
  core = new FakeCore();
  globalThis.fetch = (async (url: string, init: { body: Blob; keepalive?: boolean }) => {
    posts.push({ url, body: init.body, keepalive: init.keepalive });
    if (status === 0) throw new TypeError('Failed to fetch');
    return { status, headers: new Headers(retryAfter ? { 'retry-after': retryAfter } : {}) };
  }) as never;
  recorder = await import('../src/recorder.ts');
  (await import('../src/api/init.ts')).setLateLoader(() => new Promise(() => {}));
  api = (await import('../src/api/api.ts')).api;
  api.init({ dsn: DSN, ...options });
  before?.();
  const { shim } = await import('../src/core/shim.ts');
  const { startLate } = await import('../src/late.ts');
  late = startLate(shim, async () => {
    if (!hasCore) throw new WebAssembly.CompileError('blocked by CSP');
    return core;
  });
  // The core is there once its promise chain has run.
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

const kinds = (list: Signal[]) => list.map(([kind]) => kind);
const find = (kind: string) => [...core.fed, ...recorder.queue].filter(([name]) => name === kind);
const bytesOf = async (index: number) => [
  ...new Uint8Array((await posts[index]?.body.arrayBuffer()) as ArrayBuffer),
];
const textOf = async (index: number) => posts[index]?.body.text() as Promise<string>;

const pushStateLength = history.pushState.length;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('replay', () => {
  test('what was kept goes to the core in its order, calls where they happened', async () => {
    await start({}, () => {
      api.addBreadcrumb({ message: 'before' });
      api.captureException(new Error('x'));
      api.setTag('plan', 'pro');
      api.captureException(new Error('y'));
    });
    expect(kinds(core.fed).slice(0, 2)).toEqual(['init', 'view']);
    const order = kinds(core.fed).filter((kind) => /crumb|error|tag/.test(kind));
    expect(order).toEqual(['crumb', 'error', 'tag', 'error']);
    const [first, second] = find('error');
    // Not when we came, but when it was.
    expect(find('crumb')[0]?.[1]).toBeLessThanOrEqual(first?.[1] as number);
    expect(first?.slice(16)).toEqual([0, 0]);
    expect(second?.slice(16)).toEqual([1, 'plan', 'pro', 0]);
  });
  test('debug ids of the scripts in a stack go with the error', async () => {
    const ids = {
      'Error\n    at https://a.example/app.js:1:20\n    at https://a.example/main.js:3:4': 'id-1',
      '@https://a.example/other.js:1:2\n': 'id-2',
      'Error\n    at eval (https://a.example/lazy.js:1:20)': 'id-3',
      rubbish: 'id-4',
    };
    Object.assign(globalThis, { _sentryDebugIds: ids });
    try {
      await start({}, () => {
        const error = new Error('x');
        error.stack =
          'Error: x\n    at t (https://a.example/app.js:1:99)\n    at https://a.example/lazy.js:2:1';
        api.captureException(error);
        api.captureMessage('no stack');
      });
    } finally {
      Reflect.deleteProperty(globalThis, '_sentryDebugIds');
    }
    const [thrown, message] = find('error');
    expect(thrown?.slice(18)).toEqual([
      2,
      'id-1',
      'https://a.example/app.js',
      'id-3',
      'https://a.example/lazy.js',
    ]);
    expect(message?.at(-1)).toBe(0);
  });
  test('elements become selectors', async () => {
    await start({}, () => {
      document.body.innerHTML =
        '<form id="pay"><button class="primary big">Pay now</button></form>';
      document.querySelector('button')?.click();
    });
    expect(find('crumb')[0]?.slice(2, 6)).toEqual([
      'user',
      'ui.click',
      'info',
      '#pay>button.big.primary',
    ]);
  });
});

test('a breadcrumb asks the clock no more than it must, which is most of its price', async () => {
  await start();
  const now = vi.spyOn(performance, 'now');
  api.addBreadcrumb({ message: 'm', data: { a: 1 } });
  // When it began, which is when it was; and when it was done.
  expect(now.mock.calls.length).toBeLessThanOrEqual(2);
  now.mockRestore();
});

describe("the site's rules", () => {
  const boom = () => api.captureException(new TypeError('boom at https://a/b.js'));

  test('ignoreErrors, allowUrls and denyUrls leave out and count', async () => {
    for (const options of [
      { ignoreErrors: ['TypeError: boom'] },
      { ignoreErrors: [/^TypeError/] },
      { denyUrls: [/./] },
      { allowUrls: ['https://only.example'] },
    ]) {
      await start(options, boom);
      expect(find('error')).toEqual([]);
      expect(find('drop').map((signal) => signal.slice(2))).toEqual([[15, 1]]);
    }
  });
  test('beforeSend changes, refuses, and is asked about early errors too', async () => {
    const seen: ErrorEventData[] = [];
    await start(
      {
        beforeSend(event) {
          seen.push(event);
          event.tags.seen = 'yes';
          (event.exceptions[0] as { value: string }).value = 'changed';
          return seen.length === 1 ? event : null;
        },
      },
      () =>
        api.captureException(new Error('x'), { tags: { a: 1 }, contexts: { cart: { size: 3 } } }),
    );
    boom();
    await late.flush(false);
    expect(seen[0]?.tags).toEqual({ a: 1, 'cart.size': 3, seen: 'yes' });
    const errors = find('error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.[11]).toBe('changed');
    expect(errors[0]?.slice(16)).toEqual([3, 'a', '1', 'cart.size', '3', 'seen', 'yes', 0]);
  });
  test('beforeBreadcrumb and beforeSendPageView', async () => {
    await start(
      {
        beforeBreadcrumb: (crumb) =>
          crumb.message === 'no' ? null : { ...crumb, message: 'seen' },
        beforeSendPageView: (view) => ({ ...view, page: '/named' }),
      },
      () => {
        api.addBreadcrumb({ message: 'no' });
        api.addBreadcrumb({ message: 'yes', data: { a: 1 } });
      },
    );
    expect(find('crumb').map((signal) => signal.slice(5))).toEqual([['seen', 1, 'a', '1']]);
    expect(find('view')[0]?.[8]).toBe('/named');
  });
  test('a page view the site refuses leaves nothing', async () => {
    await start({ beforeSendPageView: () => null }, boom);
    expect(kinds([...core.fed, ...recorder.queue])).not.toContain('view');
    expect(find('error')).toEqual([]);
  });
  test('errorSampleRate 0 counts and keeps none', async () => {
    await start({ errorSampleRate: 0 }, boom);
    expect(find('error')).toEqual([]);
    expect(find('drop').map((signal) => signal.slice(2))).toEqual([[13, 1]]);
  });
  test('scopes, levels and fingerprints', async () => {
    await start();
    api.withScope((scope) => {
      scope.setLevel('fatal');
      scope.setFingerprint(['a', 'b']);
      scope.setTag('in', 'scope');
      api.captureException(new Error('x'));
    });
    api.captureMessage('hello', 'warning');
    api.captureMessage('plain');
    await late.flush(false);
    const [scoped, message, plain] = find('error');
    expect(scoped?.[5]).toBe('fatal');
    expect(scoped?.slice(16)).toEqual([1, 'in', 'scope', 2, 'a', 'b']);
    expect(message?.slice(5)).toEqual(['warning', 'hello', location.href, '', 0, 0, 0]);
    expect(plain?.[5]).toBe('info');
  });
});

describe('when something goes', () => {
  beforeEach(() => {
    const begin = Date.now();
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now() - begin);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    localStorage.clear();
  });
  /** Something happens at once; an upload of it goes after so long and not earlier. */
  const uploadIn = async (ms: number, happens = () => api.addBreadcrumb({ message: 'm' })) => {
    happens();
    const before = posts.length;
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(posts).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(posts).toHaveLength(before + 1);
  };

  test('a page that stays open tells more and more seldom', async () => {
    await start();
    for (const seconds of [30, 30, 60, 120, 240]) await uploadIn(seconds * 1_000);
  });
  test('nothing where nothing is new', async () => {
    await start();
    await uploadIn(30_000);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(posts).toHaveLength(1);
  });
  test('a page that hides tells all at once, and has its 30 seconds again', async () => {
    await start();
    await vi.advanceTimersByTimeAsync(20_000);
    recorder.run.$leave();
    expect(posts).toHaveLength(1);
    await uploadIn(30_000);
  });
  test('an error soon, whatever else is planned', async () => {
    await start();
    await uploadIn(1_000, () => api.captureMessage('m'));
    await uploadIn(30_000);
  });
  test('routes within 30 seconds, sixteen at once sooner', async () => {
    await start();
    // The next planned one is at four minutes.
    await vi.advanceTimersByTimeAsync(130_000);
    await uploadIn(30_000, () => api.startPageView('/a'));
    await uploadIn(1_000, () => {
      for (let i = 0; i < 15; i++) api.startPageView(`/${i}`);
    });
  });
  test('consent hurries nothing', async () => {
    await start({ consent: 'denied' });
    await vi.advanceTimersByTimeAsync(20_000);
    await uploadIn(10_000, () => api.setConsent('granted'));
  });
  test('what an earlier page kept goes soon', async () => {
    const open = vi.fn(() => ({}));
    vi.stubGlobal('indexedDB', { open });
    localStorage.setItem('pagewake.kept', '1');
    await start();
    await vi.advanceTimersByTimeAsync(999);
    expect(open).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(open).toHaveBeenCalledOnce();
  });
});

describe('uploads', () => {
  test('they are text/plain, with the bytes of the core', async () => {
    await start();
    expect(posts).toHaveLength(0);
    expect(await late.flush(false)).toBe(true);
    expect(posts).toHaveLength(1);
    expect(posts[0]?.body.type).toBe('text/plain');
    expect([...new Uint8Array((await posts[0]?.body.arrayBuffer()) as ArrayBuffer)]).toEqual([
      0x50, 0x57, 1, 1,
    ]);
  });
  test('errors bring the next, batched', async () => {
    await start();
    expect(await late.flush(false)).toBe(true);
    for (let i = 0; i < 5; i++) api.captureMessage(`m${i}`);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(posts).toHaveLength(2);
  });
  test('what failed counts as unsent and goes after the wait', async () => {
    await start();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    status = 503;
    retryAfter = '60';
    expect(await late.flush(false)).toBe(false);
    expect(core.unflushes).toBe(1);
    status = 202;
    expect(await late.flush(false)).toBe(false);
    expect(posts).toHaveLength(1);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await late.flush(false)).toBe(true);
    expect(posts).toHaveLength(2);
    expect(core.flushes).toBe(2);
  });
  test('a wrong key ends it', async () => {
    await start();
    status = 403;
    await late.flush(false);
    api.captureMessage('m');
    expect(await late.flush(false)).toBe(false);
    expect(posts).toHaveLength(1);
  });
  test('a refused body is not sent again', async () => {
    await start();
    status = 413;
    expect(await late.flush(false)).toBe(true);
    expect(core.unflushes).toBe(0);
  });
  test('nothing without consent; withdrawn, it is forgotten', async () => {
    await start({ consent: 'denied' });
    expect(await late.flush(false)).toBe(false);
    expect(posts).toHaveLength(0);
    api.setConsent('granted');
    expect(await late.flush(false)).toBe(true);
    api.captureMessage('secret');
    api.setConsent('denied');
    expect(await late.flush(false)).toBe(false);
    expect(recorder.queue).toEqual([]);
    api.captureMessage('more');
    expect(recorder.queue).toEqual([]);
    api.setConsent('granted');
    expect(kinds(recorder.queue).filter((kind) => kind !== 'cost')).toEqual(['init', 'view']);
    expect(JSON.stringify(recorder.queue)).not.toContain('more');
  });
  test('what goes again says how long it waited, and keeps its bytes', async () => {
    await start();
    status = 503;
    const first = late.flush(false);
    while (posts.length < 1) await Promise.resolve();
    api.captureMessage('m');
    // The page hides while the first answer is on its way: a second beacon.
    recorder.run.$leave();
    await first;
    const made = await bytesOf(0);
    status = 202;
    vi.setSystemTime(Date.now() + 301_000);
    expect(await late.flush(false)).toBe(true);
    const again = posts.slice(2).filter(({ url }) => /&waited_ms=301\d{3}$/.test(url));
    expect(again).toHaveLength(2);
    expect([...new Uint8Array((await again[0]?.body.arrayBuffer()) as ArrayBuffer)]).toEqual(made);
    expect(posts.slice(0, 2).map(({ url }) => /waited_ms/.test(url))).toEqual([false, false]);
  });
  test('what is too large goes in parts', async () => {
    await start();
    core.size = 70_000;
    core.parts = 3;
    recorder.run.$leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(core.unflushes).toBe(1);
    expect(posts.map(({ body }) => body.size)).toEqual([4, 4, 4]);
    expect(await bytesOf(0)).not.toEqual(await bytesOf(1));
  });
  test('keepalive bodies in flight share one budget, counted in bytes', async () => {
    await start();
    core.size = 40_000;
    const queued = vi.fn(() => true);
    Object.defineProperty(navigator, 'sendBeacon', { value: queued, configurable: true });
    try {
      recorder.run.$leave();
      api.captureMessage('m');
      recorder.run.$leave();
      expect(posts.map(({ keepalive }) => keepalive)).toEqual([true]);
      expect(queued).toHaveBeenCalledOnce();
      await vi.advanceTimersByTimeAsync(0);
      api.captureMessage('n');
      recorder.run.$leave();
      expect(posts.map(({ keepalive }) => keepalive)).toEqual([true, true]);
    } finally {
      delete (navigator as { sendBeacon?: unknown }).sendBeacon;
    }
  });
  test.each([
    ['kept', {}, 1],
    ['not where the site opted out', { offlineQueue: false }, 0],
    ['not where nothing is stored', { storage: 'none' }, 0],
    ['not without consent', { consent: 'denied' }, 0],
  ] as [string, Options, number][])('left offline: %s', async (_, options, times) => {
    const open = vi.fn(() => ({}));
    vi.stubGlobal('indexedDB', { open });
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
    try {
      await start(options);
      api.captureMessage('m');
      expect(await late.flush(false)).toBe(false);
      recorder.run.$leave();
      await vi.advanceTimersByTimeAsync(0);
      expect(open).toHaveBeenCalledTimes(times);
      expect(posts).toEqual([]);
    } finally {
      delete (navigator as { onLine?: boolean }).onLine;
      vi.unstubAllGlobals();
    }
  });
  test('back online, it goes at once', async () => {
    await start();
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
    expect(await late.flush(false)).toBe(false);
    delete (navigator as { onLine?: boolean }).onLine;
    expect(core.flushes).toBe(0);
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(core.flushes).toBeGreaterThan(0);
  });
  test('a session that is not sampled waits for something wrong', async () => {
    await start({ sampleRate: 0 });
    expect(await late.flush(false)).toBe(false);
    expect(posts).toHaveLength(0);
    api.captureException(new Error('x'));
    expect(await late.flush(false)).toBe(true);
    expect(find('view')[0]?.slice(12)).toEqual([1, '', 0, 1]);
  });
});

describe('sessions that are not sampled', () => {
  const weights = () => find('view').map((view) => [view[12], view[15]]);
  test('a page view after a kept one is held again, and weighs nothing extra', async () => {
    await start({ sampleRate: 0.000_001 });
    api.captureException(new Error('x'));
    api.startPageView('/next');
    await vi.advanceTimersByTimeAsync(0);
    expect(posts).toHaveLength(1); // the kept one went before the next began
    expect(weights()).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(await late.flush(false)).toBe(false);
    expect(posts).toHaveLength(1);
    api.captureException(new Error('y'));
    expect(await late.flush(false)).toBe(true);
    expect(posts).toHaveLength(2);
  });
  test('what was held of a page view goes with it', async () => {
    await start({ sampleRate: 0 });
    core.fed = [];
    api.addBreadcrumb({ message: 'of the first' });
    api.startPageView('/next');
    expect(core.hasNews).toBe(false);
    expect(kinds(recorder.queue)).toEqual(['view']);
    expect(posts).toEqual([]);
  });
  test('without WebAssembly too: the log begins anew, with its head', async () => {
    await start({ sampleRate: 0 }, undefined, false);
    api.addBreadcrumb({ message: 'of the first' });
    api.startPageView('/next');
    api.captureException(new Error('x'));
    expect(await late.flush(false)).toBe(true);
    const log = JSON.parse(await textOf(0)) as Signal[];
    expect(kinds(log).filter((kind) => /log|init|view|crumb|error/.test(kind))).toEqual([
      'log',
      'init',
      'view',
      'error',
    ]);
  });
});

describe('clocks', () => {
  test('after a sleep what is recorded counts from a new origin', async () => {
    await start();
    core.fed = [];
    api.addBreadcrumb({ message: 'before' });
    vi.setSystemTime(Date.now() + 3_600_000); // performance.now() stands still
    api.captureException(new Error('after'));
    api.addBreadcrumb({ message: 'later' });
    await late.flush(false);
    const log = core.fed.filter(([kind]) => /init|crumb|error/.test(kind));
    expect(kinds(log)).toEqual(['crumb', 'init', 'error', 'crumb']);
    expect(log[1]?.[1]).toBeCloseTo(performance.timeOrigin + 3_600_000, -3);
  });
  test('a little apart is nothing', async () => {
    await start();
    core.fed = [];
    vi.setSystemTime(Date.now() + 500);
    api.captureException(new Error('x'));
    await late.flush(false);
    expect(kinds(core.fed)).not.toContain('init');
  });
});

describe('without WebAssembly', () => {
  test('the raw log goes, cumulative, and the verdict is kept for the session', async () => {
    await start({}, undefined, false);
    expect(await late.flush(false)).toBe(true);
    api.captureMessage('mail to ann@example.com');
    expect(await late.flush(false)).toBe(true);
    const [first, second] = [JSON.parse(await textOf(0)), JSON.parse(await textOf(1))];
    expect(kinds(first).slice(0, 3)).toEqual(['log', 'init', 'view']);
    expect(second[0][4]).toBe(first.length - 1);
    expect(second.slice(1, first.length)).toEqual(first.slice(1));
    expect(kinds(second).slice(-2)).toEqual(['error', 'cost']);
    expect(second.at(-2)[6]).toBe('mail to [Filtered]');
    // What the first one took; its own bytes no upload can know.
    expect(first.at(-1).slice(4)).toEqual([0]);
    expect(second.at(-1).slice(4)).toEqual([posts[0]?.body.size]);
    expect(sessionStorage.getItem('pagewake.wasm')).toBe('0');
  });
  test('nothing new, nothing sent', async () => {
    await start({}, undefined, false);
    await late.flush(false);
    expect(await late.flush(false)).toBe(true);
    expect(posts).toHaveLength(1);
  });
});

describe('routes', () => {
  test('a new path is a new page view, a new query is none', async () => {
    await start();
    history.pushState(null, '', '/cart?x=1');
    history.replaceState(null, '', '/cart?x=2');
    history.pushState(null, '', '/cart#/step/2');
    const views = find('view');
    expect(views.map((view) => view[6])).toEqual([
      views[0]?.[6],
      'soft_navigation',
      'soft_navigation',
    ]);
    expect(views[1]?.[13]).toBe(views[0]?.[2]);
    expect(find('crumb').filter((crumb) => crumb[2] === 'navigation')).toHaveLength(3);
    expect(history.pushState.name).toBe('pushState');
    expect(history.pushState.length).toBe(pushStateLength);
    history.replaceState(null, '', '/');
  });
  test('startPageView and setPage name them', async () => {
    await start();
    api.startPageView('/wizard/2');
    api.setPage('/wizard/:step');
    expect(find('view')[1]?.[8]).toBe('/wizard/2');
    expect(find('page')[0]?.[2]).toBe('/wizard/:step');
  });
});

describe('spans of the page', () => {
  test('time a function, a promise and a failure, and nest', async () => {
    await start();
    const seen: string[] = [];
    expect(
      api.startSpan({ name: 'outer' }, (outer) =>
        api.startSpan({ name: 'inner', op: 'db' }, (inner) => {
          seen.push(outer.spanId, inner.spanId);
          expect(api.getTraceparent()).toContain(inner.spanId);
          return 7;
        }),
      ),
    ).toBe(7);
    await expect(
      api.startSpan({ name: 'late' }, async () => Promise.reject(new Error('x'))),
    ).rejects.toThrow('x');
    expect(() =>
      api.startSpan({ name: 'bad' }, () => {
        throw new RangeError('y');
      }),
    ).toThrow(RangeError);
    const spans = find('span');
    expect(spans.map((span) => [span[4], span[5], span[9]])).toEqual(
      [
        ['inner', 'db', 0],
        ['outer', 'function', 0],
        ['late', 'function', 1],
        ['bad', 'function', 1],
      ].sort(
        (a, b) => spans.findIndex((s) => s[4] === a[0]) - spans.findIndex((s) => s[4] === b[0]),
      ),
    );
    expect(spans[0]?.[3]).toBe(seen[0]);
    expect(spans[1]?.[3]).toBe('');
  });
});
