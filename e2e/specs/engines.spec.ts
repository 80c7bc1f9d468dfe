// The core behaviours in each of the three engines, each with what it has:
// where one lacks an entry type, the record says so.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Engine, engines, type Tab, until } from '../engines/tab.ts';
import { expect, type Json, test } from '../fixtures.ts';

/** The core has arrived and the browser has drawn since. */
async function coreIsHere(tab: Tab) {
  await until(
    tab,
    `return performance.getEntriesByType('resource').some((e) => /pagewake-core-.*wasm$/.test(e.name) && e.responseEnd > 0)`,
  );
  await tab.run(
    'window.drawn = false; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { window.drawn = true; })));',
  );
  await until(
    tab,
    `return window.drawn && performance.getEntriesByName('first-contentful-paint').length > 0`,
  );
}

/** A site on a slow line: of the SDK the early part comes, the late one and "/picture" never do. */
async function slowSite({ url: sdk, dsn }: { url: string; dsn: string }) {
  const early = await (await fetch(`${sdk}/pagewake.js`)).text();
  const tag = `<script async src="/pagewake.js" data-dsn="${dsn}"></script>`;
  const pages: Record<string, string> = {};
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    if (url === '/pagewake.js') response.setHeader('content-type', 'text/javascript').end(early);
    else if (pages[url] !== undefined)
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<!doctype html><title>Shop</title><link rel="icon" href="data:,">${tag}${pages[url]}`,
        );
    else if (url === '/leaving') response.writeHead(204).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

for (const [name, start] of Object.entries(engines)) {
  test.describe(name, () => {
    let engine: Engine;
    test.beforeAll(async () => {
      engine = await start();
    });
    test.afterAll(() => engine?.stop());

    test('a page load has the vitals that the engine has, and says what it lacks', async ({
      shop,
      api,
    }) => {
      const tab = await engine.open();
      await tab.goto(`${shop.url}/?utm_source=mail&token=s3cr3t-token`);
      await coreIsHere(tab);
      await tab.leave();
      const view = await api.newestPageView('/', (v) => v.final && v.browser === engine.browser);
      for (const vital of ['lcp_ms', 'cls', 'fcp_ms', 'ttfb_ms']) {
        if (engine.vitals.includes(vital)) {
          expect(view.vitals[vital], vital).toBeGreaterThanOrEqual(0);
          expect(view.vitals.missing, vital).not.toHaveProperty(vital);
        } else {
          expect(view.vitals[vital], vital).toBeNull();
          expect(view.vitals.missing[vital], vital).toBe('unsupported');
        }
      }
      expect(view.vitals.missing.inp_ms).toBe(
        engine.vitals.includes('inp_ms') ? 'no_interaction' : 'unsupported',
      );
      // Soft navigations are an experiment of Chromium's.
      const lacks = view.device.unsupported_entry_types.filter(
        (type: string) => type !== 'soft-navigation',
      );
      expect(lacks.sort()).toEqual([...engine.lacks].sort());
      expect(view.resources.some((r: Json) => r.url.includes('/image/'))).toBe(true);
      // Privacy: what stood in the query did not leave the browser.
      expect(view.url).toBe(`${shop.url}/`);
      expect(JSON.stringify(view)).not.toContain('s3cr3t');
    });

    test('a visitor who leaves at once is heard', async ({ shop, api }) => {
      const tab = await engine.open();
      await tab.goto(`${shop.url}/cart/?mail=jo@example.com`);
      await until(tab, `return 'Pagewake' in window`);
      await tab.run(`Pagewake.captureMessage('left by jo@example.com')`);
      await tab.leave();
      const view = await api.newestPageView(
        '/cart',
        (v) => v.final && v.browser === engine.browser && v.events.length > 0,
      );
      expect(view.vitals.ttfb_ms).toBeGreaterThan(0);
      expect(view.left_before_load).toBe(false);
      expect(view.url).toBe(`${shop.url}/cart/`);
      expect(view.events[0].title).toBe('left by [Filtered]');
    });

    test('left after load, before the late part has come: what the browser had measured', async ({
      pagewake,
      api,
    }) => {
      const site = await slowSite(pagewake);
      site.pages['/slow/loaded'] = '<h1>Shop</h1>';
      const tab = await engine.open();
      await tab.goto(`${site.url}/slow/loaded`);
      await until(tab, `return performance.getEntriesByName('first-contentful-paint').length > 0`);
      await tab.leave();
      const view = await api.newestPageView(
        '/slow/loaded',
        (v) => v.final && v.browser === engine.browser,
      );
      expect(view.left_before_load).toBe(false);
      expect(view.vitals.ttfb_ms).toBeGreaterThan(0);
      expect(view.vitals.fcp_ms).toBeGreaterThanOrEqual(view.vitals.ttfb_ms);
      site.close();
    });

    test('left before load', async ({ pagewake, api }) => {
      const site = await slowSite(pagewake);
      // It leaves by itself: a driver waits for the load.
      site.pages['/slow/abandoned'] = `<h1>Shop</h1><img src="/picture"><script>(function leave() {
        if (!globalThis.Pagewake || !performance.getEntriesByName('first-contentful-paint').length)
          return setTimeout(leave, 10);
        navigator.sendBeacon('/leaving');
        location.assign('/slow/next');
      })()</script>`;
      site.pages['/slow/next'] = '<h1>Next</h1>';
      site.pages['/slow/from'] = '<h1>From</h1>';
      const tab = await engine.open();
      await tab.goto(`${site.url}/slow/from`);
      await tab.run(`setTimeout(() => location.assign('/slow/abandoned'))`);
      await expect.poll(() => site.asked).toContain('/leaving');
      await expect.poll(() => site.asked).toContain('/slow/next');
      await until(tab, `return location.pathname === '/slow/next' && 'Pagewake' in window`);
      await tab.leave();
      const isOurs = (v: Json) => v.final && v.browser === engine.browser;
      const next = await api.newestPageView('/slow/next', isOurs);
      if (engine.tellsUnloaded) {
        const view = await api.newestPageView('/slow/abandoned', isOurs);
        expect(view.left_before_load).toBe(true);
        expect(view.vitals.ttfb_ms).toBeGreaterThan(0);
      } else {
        const { page_views } = await api.get(`sessions/${next.session_id}`);
        expect(page_views.map((v: Json) => v.page)).not.toContain('/slow/abandoned');
      }
      site.close();
    });

    test('an error has its stack, read', async ({ shop, api }) => {
      const tab = await engine.open();
      await tab.goto(`${shop.url}/broken/script/`);
      await coreIsHere(tab);
      await tab.run(`addEventListener('error', () => { window.failed = true; });`);
      await tab.click('button');
      await until(tab, 'return window.failed === true');
      await tab.leave();
      const view = await api.newestPageView(
        '/broken/script',
        (v) => v.browser === engine.browser && v.events.length > 0,
      );
      const event = await api.get(`events/${view.events[0].event_id}`);
      expect(event.exceptions[0].type).toBe('TypeError');
      expect(event.exceptions[0].mechanism.handled).toBe(false);
      const [newest] = event.exceptions[0].frames;
      expect(newest.function).toContain('recommendationsFor');
      expect(newest.filename).toContain('broken_script.js');
      expect(newest.line).toBeGreaterThan(0);
      expect(newest.column).toBeGreaterThanOrEqual(0);
    });

    test('a fetch and the backend span it caused are one trace', async ({ shop, api }) => {
      const tab = await engine.open();
      await tab.goto(`${shop.url}/product/7/`);
      await coreIsHere(tab);
      await tab.run(
        `window.answered = false; fetch('/api/products').then((r) => r.text()).then(() => { window.answered = true; });`,
      );
      await until(tab, 'return window.answered === true');
      await tab.leave();
      const view = await api.newestPageView(
        '/product/:id',
        (v) => v.final && v.browser === engine.browser && v.spans.length > 0,
      );
      const span = view.spans.find((s: Json) => s.name.includes('/api/products'));
      expect(span, JSON.stringify(view.spans)).toBeTruthy();
      const child = await api.waitFor(async () => {
        const trace = await api.get(`traces/${view.trace_id}`);
        return trace.spans.find((s: Json) => s.parent_span_id === span.span_id);
      }, 'a backend span under the request');
      expect(child.service).not.toBe('');
    });

    test('a restore from the back-forward cache is a page view of its own', async ({
      shop,
      api,
    }) => {
      const tab = await engine.open();
      await tab.goto(`${shop.url}/cart/`);
      await coreIsHere(tab);
      await tab.run(
        `window.stayed = true; window.restored = false; addEventListener('pageshow', (event) => { window.restored = event.persisted; });`,
      );
      await tab.goto(`${shop.url}/checkout/`);
      await tab.run('setTimeout(() => history.back());');
      await until(tab, 'return window.restored === true');
      await tab.run(
        'window.drawn = false; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { window.drawn = true; })));',
      );
      await until(tab, 'return window.drawn === true');
      await tab.leave();
      const view = await api.newestPageView(
        '/cart',
        (v) =>
          v.navigation_type === 'back_forward_cache' && v.browser === engine.browser && v.final,
      );
      expect(view.previous_page_view_id).toMatch(/^[0-9a-f]{32}$/);
    });
  });
}
