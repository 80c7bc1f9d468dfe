import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { isBeacon, launch, Site, signalsOf, textOf, type Upload } from './site.ts';

let browser: Browser;
let context: BrowserContext;
let page: Page;
let site: Site;
const pages: Site['pages'] = {};

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await new Site(pages).start();
  const tag = site.tag({ release: '1.0.0', debug: 'true' });
  const body = '<h1>Shop</h1><button id="buy" onclick="fetch(\'/api/cart\')">Buy</button>';
  Object.assign(pages, {
    '/': { html: `<!doctype html><title>Shop</title>${tag}${body}<a href="/next">next</a>` },
    '/next': { html: `<!doctype html><title>Next</title>${tag}<h1>Next</h1>` },
    '/api/cart': { html: '{}' },
    '/broken': {
      html: `<!doctype html>${tag}${body}<script>addEventListener('load', () => setTimeout(() => { throw new TypeError('ann@example.com is no cart') }))</script>`,
    },
    '/strict': {
      html: `<!doctype html>${tag}<h1>Strict</h1>`,
      headers: {
        'content-security-policy': `script-src ${site.collector}; connect-src 'self' ${site.collector}`,
      },
    },
    '/traced': {
      html: `<!doctype html><meta name="traceparent" content="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01">${tag}${body}`,
    },
  });
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await site.stop();
});

/** Opens a page and waits until the SDK is whole in it, or has given up on WebAssembly. */
async function open(url: string): Promise<void> {
  const whole = page.waitForEvent('console', (message) =>
    /core is here|signal log is sent instead/.test(message.text()),
  );
  await page.goto(url);
  await whole;
}

test('a page load sends a binary beacon as text/plain, without a preflight', async () => {
  await open(site.origin);
  await page.goto('about:blank');
  const beacon = await site.upload(isBeacon);
  expect(beacon.contentType).toBe('text/plain');
  expect(beacon.url).toBe(`/api/1/beacon/?key=${'0123456789abcdef'.repeat(2)}`);
  expect(textOf(beacon)).toContain('1.0.0');
  expect(textOf(beacon)).toContain('Shop');
});

test('a visit is one beacon, when the page is left, with everything in it', async () => {
  await open(site.origin);
  const answered = page.waitForResponse(/api\/cart/);
  await page.click('#buy');
  await answered;
  await open(`${site.origin}/next`);
  await page.goto('about:blank');
  // The second page's beacon is the last: whatever the first one sent came before.
  await site.upload((upload) => textOf(upload).includes('/next'));
  expect(site.uploads).toHaveLength(2);
  const first = textOf(site.uploads[0] as Upload);
  expect(first).toContain('Shop');
  expect(first).toContain('/api/cart');
});

test('where WebAssembly is forbidden the raw log goes, with one violation a session', async () => {
  const violations: string[] = [];
  await page.exposeFunction('violated', (directive: string) => violations.push(directive));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ blockedURI, violatedDirective }) =>
      (globalThis as never as { violated(text: string): void }).violated(
        `${violatedDirective} ${blockedURI}`,
      ),
    );
  });
  await open(`${site.origin}/strict`);
  await open(`${site.origin}/strict?again`);
  const first = await site.upload((upload) => signalsOf(upload) !== undefined);
  const kinds = signalsOf(first)?.map(([kind]) => kind);
  expect(kinds).toEqual(
    expect.arrayContaining(['log', 'init', 'view', 'nav', 'paint', 'lcp', 'device']),
  );
  await page.goto('about:blank');
  await site.upload((upload) => site.uploads.indexOf(upload) > 0);
  expect(site.uploads.map((upload) => signalsOf(upload)?.[0]?.[0])).toEqual(['log', 'log']);
  expect(violations).toEqual(['script-src wasm-eval']);
});

test('a visitor who leaves before the rest has loaded is heard', async () => {
  await page.route(/pagewake-late/, () => {
    // Never answered: the late part is still on its way.
  });
  await page.goto(`${site.origin}/broken`);
  await page.waitForFunction(() => (globalThis as never as { Pagewake?: object }).Pagewake);
  await page.goto('about:blank');
  const signals = signalsOf(await site.upload((upload) => signalsOf(upload) !== undefined)) ?? [];
  const kinds = signals.map(([kind]) => kind);
  expect(kinds.slice(0, 3)).toEqual(['log', 'init', 'view']);
  // What the browser measured goes as its own entries; selectors and resources are the late part's.
  const entries = signals
    .filter(([kind]) => kind === 'entry')
    .map(([, , ...pairs]) =>
      Object.fromEntries(
        pairs.flatMap((key, i) => (i % 2 ? [] : [[key, pairs[i + 1]]])) as [string, string][],
      ),
    );
  expect(entries[0]?.types).toContain('layout-shift,');
  const types = entries.map(({ entryType }) => entryType);
  expect(types).toEqual(
    expect.arrayContaining(['navigation', 'paint', 'largest-contentful-paint']),
  );
  expect(types).not.toContain('resource');
  const navigation = entries.find(({ entryType }) => entryType === 'navigation');
  expect(navigation?.responseStart).toBeGreaterThan(0);
  expect(navigation?.responseStatus).toBe(200);
  expect(signals.find(([kind]) => kind === 'cost')?.[2]).toBeGreaterThan(0);
  const error = signals.find(([kind]) => kind === 'error');
  expect(error?.[10]).toBe('TypeError');
  expect(JSON.stringify(signals)).not.toContain('ann@example.com');
});

test("the page load continues the server's trace, and requests carry it on", async () => {
  await page.goto(`${site.origin}/traced`);
  await page.waitForFunction(() => (globalThis as never as { Pagewake?: object }).Pagewake);
  await page.click('#buy');
  await expect.poll(() => site.requests.find(({ url }) => url === '/api/cart')).toBeTruthy();
  const traceparent = site.requests.find(({ url }) => url === '/api/cart')?.headers.traceparent;
  expect(traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[\da-f]{16}-01$/);
  expect(traceparent).not.toContain('00f067aa0ba902b7');
});

test('the page comes back from the back-forward cache as a new page view', async () => {
  // Without the core the uploads can be read here.
  await page.route(/\.wasm$/, (route) => route.abort());
  await open(site.origin);
  await page.evaluate(() => Object.assign(globalThis, { isSameDocument: true }));
  await page.goto(`${site.origin}/next`);
  await page.evaluate(() => {
    setTimeout(() => history.back());
  });
  await page.waitForFunction(() => (globalThis as { isSameDocument?: boolean }).isSameDocument);
  // Two frames after the restore it is painted.
  await page.evaluate(
    () =>
      new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))),
      ),
  );
  await page.goto(`${site.origin}/next`);
  const isRestore = ([kind, , , , , , type]: (string | number)[]) =>
    kind === 'view' && type === 'back_forward_cache';
  const upload = await site.upload((upload) => !!signalsOf(upload)?.some(isRestore));
  const signals = signalsOf(upload) ?? [];
  const restored = signals.findIndex(isRestore);
  const first = signals.find(([kind]) => kind === 'view');
  expect(signals[restored]?.[13]).toBe(first?.[2]);
  const paint = signals.slice(restored).find(([kind]) => kind === 'paint');
  expect(paint?.[2]).toBeGreaterThan(signals[restored]?.[14] as number);
});

test('a server that is down or refuses never reaches the page', async () => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  site.answer = { status: 503, headers: { 'retry-after': '120' } };
  await open(`${site.origin}/`);
  await page.click('#buy');
  await open(`${site.origin}/next`);
  await page.goto('about:blank');
  await site.upload(() => site.uploads.length > 1);
  expect(errors).toEqual([]);
});
