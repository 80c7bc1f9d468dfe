import type { Page } from '@playwright/test';
import { drawn, expect, test } from '../beside_web_vitals.ts';
import { type Json, openWithCore, withCore } from '../fixtures.ts';

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
});

// The tab stays open until the view has come: a page that goes into the cache
// hears of it after the next one is there, and closing the tab empties the cache.
const goElsewhere = (page: Page) => page.goto('about:blank');

test('the SDK keeps the page in the back-forward cache and reports the restore', async ({
  page,
  shop,
  api,
}) => {
  await openWithCore(page, `${shop.url}/cart/`);
  await page.evaluate(() => {
    (window as Json).restored = new Promise((done) => {
      addEventListener('pageshow', (event) => done(event.persisted));
    });
  });
  await page.goto(`${shop.url}/checkout/`, { waitUntil: 'load' });
  // A restored page fires no load event, which goBack() would wait for.
  await page.evaluate(() => void setTimeout(() => history.back()));
  await page.waitForURL(/\/cart\//, { waitUntil: 'commit' });
  expect(await page.evaluate(() => (window as Json).restored)).toBe(true);
  await drawn(page);
  await goElsewhere(page);
  const view = await api.newestPageView(
    '/cart',
    (v) => v.navigation_type === 'back_forward_cache' && v.final,
  );
  expect(view.vitals.lcp_ms).toBeGreaterThan(0);
  expect(view.vitals.lcp_ms).toBeLessThan(5000);
  expect(view.previous_page_view_id).toMatch(/^[0-9a-f]{32}$/);
});

test('a page that was not restored says why', async ({ page, site, api }) => {
  // A page that other windows can reach is not kept.
  site.pages['/opener'] = { html: `<h1>Shop</h1><script>open('/elsewhere')</script>` };
  site.pages['/elsewhere'] = { html: '<h1>Elsewhere</h1>' };
  const opened = page.waitForEvent('popup');
  await page.goto(`${site.url}/opener`, { waitUntil: 'load' });
  await opened;
  await page.goto(`${site.url}/elsewhere`, { waitUntil: 'load' });
  await withCore(page, () => page.goBack({ waitUntil: 'load' }));
  await goElsewhere(page);
  const view = await api.newestPageView(
    '/opener',
    (v) => v.navigation_type === 'back_forward' && v.final,
  );
  expect(view.timing.not_restored_reasons).toContain('non-trivial-browsing-context-group');
});
