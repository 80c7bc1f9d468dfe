// A visit without an error is one upload, when the page is left or hidden,
// with everything in it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Api, expect, type Json, openWithCore, test, WATCH_CORE } from '../fixtures.ts';
import { startChromium } from '../own_chromium.ts';

const PAGE = (sdk: string, dsn: string) => `<!doctype html><title>Shop</title><script>${WATCH_CORE}
  // What the browser has told of: later than it was to be seen.
  const told = (type, text) => new Promise((done) => new PerformanceObserver((list) => {
    if (list.getEntries().some((entry) => JSON.stringify(entry).includes(text))) done();
  }).observe({ type, buffered: true, durationThreshold: 16 }));
  told('largest-contentful-paint', 'picture.svg').then(() => { globalThis.isPainted = true; });
  told('event', '"click"').then(() => { globalThis.isTimed = true; });
</script>
<script async src="${sdk}/pagewake.js" data-dsn="${dsn}" data-endpoint="/tunnel"></script>
<h1>Shop</h1><img src="/picture.svg" width="600" height="400"><button id="buy">Buy</button><script>
document.querySelector('#buy').onclick = async () => {
  const until = performance.now() + 60;
  while (performance.now() < until);
  await fetch('/api/cart');
  Pagewake.addBreadcrumb({ message: 'bought' });
  globalThis.isBought = true;
};
</script>`;

// Names as bundlers write them: what is alike in them is told once, the hash is not.
const HEAVY = `<div id="all"></div><script>
const hash = (n) => (Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
document.querySelector('#all').innerHTML = Array.from({ length: 200 }, (_, i) =>
  '<img width="6" height="4" src="/static/media/product-' + i + '.' + hash(i) + '.svg">').join('');
globalThis.failFiveTimes = () => {
  for (let i = 0; i < 100; i++) {
    Pagewake.addBreadcrumb({ category: 'cart', message: 'quantity of article ' + hash(i) + ' set to ' + (i % 7) });
  }
  for (const name of ['addToCart', 'applyVoucher', 'estimateShipping', 'choosePayment', 'placeOrder']) {
    const fail = new Function('depth', 'return function ' + name + '(d) { if (d > 0) return ' + name +
      '(d - 1); return new TypeError("cannot read the cart in ' + name + '"); }')();
    Pagewake.captureException(fail(8));
  }
};
</script>`;

/** A site whose uploads pass through it on their way, so that they can be counted. */
async function countingSite(pagewake: { url: string; dsn: string; publicKey: string }) {
  const uploads: number[] = [];
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/tunnel')) {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      uploads.push(body.length);
      const { status } = await fetch(
        `${pagewake.url}/api/1/beacon/?key=${pagewake.publicKey}${request.url.slice('/tunnel'.length).replace('?', '&')}`,
        { method: 'POST', body },
      );
      response.writeHead(status).end();
    } else if (request.url?.endsWith('.svg')) {
      response.setHeader('content-type', 'image/svg+xml');
      response.end(
        `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400" fill="teal"/><!--${'x'.repeat(8_000)}--></svg>`,
      );
    } else if (request.url === '/api/cart') {
      response.end('{}');
    } else {
      response.setHeader('content-type', 'text/html');
      response.end(
        PAGE(pagewake.url, pagewake.dsn) + (request.url?.startsWith('/heavy') ? HEAVY : ''),
      );
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Bytes of each. */
    uploads,
    close: () => server.close(),
  };
}

const READY = 'globalThis.isCoreHere && globalThis.isPainted';
/** The browser has told how long the click took, which is later than the click. */
const SETTLED = `globalThis.isBought && globalThis.isTimed &&
  performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/cart'))`;

async function expectEverything(api: Api, path: string, isFinal: boolean): Promise<Json> {
  const view = await api.newestPageView(path, (v) => v.final === isFinal);
  expect(view.vitals.missing).toEqual({});
  expect(view.vitals.inp_ms).toBeGreaterThanOrEqual(60);
  expect(view.vitals.attribution.lcp.url).toContain('picture.svg');
  expect(view.timing.response_status).toBe(200);
  const urls = view.resources.map((r: Json) => new URL(r.url).pathname);
  expect(urls).toEqual(expect.arrayContaining(['/picture.svg', '/api/cart']));
  expect(view.spans.map((s: Json) => s.name)).toContain('GET /api/cart');
  const categories = view.breadcrumbs.map((b: Json) => b.category);
  expect(categories).toEqual(expect.arrayContaining(['ui.click', 'fetch', 'manual']));
  expect(view.device.cores).toBeGreaterThan(0);
  expect(view.sdk_cost.main_thread_ms).toBeGreaterThan(0);
  return view;
}

test('used, on to another route, and left', async ({ page, api, pagewake }) => {
  const site = await countingSite(pagewake);
  await openWithCore(page, `${site.url}/one/left`);
  await page.waitForFunction(READY);
  await page.click('#buy');
  await page.waitForFunction(SETTLED);
  await page.evaluate(() => history.pushState(null, '', '/one/elsewhere'));
  // By a link, as visitors do.
  await page.evaluate(() => void setTimeout(() => location.assign('about:blank')));
  const last = await api.newestPageView('/one/elsewhere', (v) => v.final);
  const first = await expectEverything(api, '/one/left', true);
  expect(last.previous_page_view_id).toBe(first.page_view_id);
  expect(site.uploads).toEqual([first.sdk_cost.sent_bytes]);
  site.close();
});

test('used, and another tab is looked at', async ({ api, pagewake }) => {
  const site = await countingSite(pagewake);
  const chromium = await startChromium();
  try {
    const other = await chromium.open('about:blank');
    const tab = await chromium.open(`${site.url}/one/hidden`);
    await tab.until(READY);
    await tab.click('#buy');
    await tab.until(SETTLED);
    await other.toFront();
    const view = await expectEverything(api, '/one/hidden', false);
    expect(site.uploads).toEqual([view.sdk_cost.sent_bytes]);
  } finally {
    await chromium.stop();
    site.close();
  }
});

test('the last beacon of a page with 200 resources, 5 errors and 100 breadcrumbs', async ({
  page,
  api,
  pagewake,
}) => {
  const site = await countingSite(pagewake);
  await openWithCore(page, `${site.url}/heavy/left`);
  await page.waitForFunction(
    () =>
      performance.getEntriesByType('resource').filter(({ name }) => /product-/.test(name))
        .length === 200,
  );
  await page.evaluate(() => {
    (globalThis as unknown as { failFiveTimes(): void }).failFiveTimes();
    setTimeout(() => location.assign('about:blank'));
  });
  const view = await api.newestPageView('/heavy/left', (v) => v.final);
  expect(view.resources.filter((r: Json) => /product-/.test(r.url))).toHaveLength(200);
  expect(view.events).toHaveLength(5);
  expect(view.breadcrumbs).toHaveLength(100);
  expect(view.sdk_cost.dropped).toBe(0);
  expect(site.uploads).toEqual([view.sdk_cost.sent_bytes]);
  expect(site.uploads[0]).toBeLessThanOrEqual(16 * 1024);
  site.close();
});
