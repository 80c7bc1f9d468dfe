import { drawn, expect, type Json, leave, test } from '../fixtures.ts';

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
});

test('the SDK keeps the page in the back-forward cache and reports the restore', async ({
  page,
  shop,
  api,
}) => {
  await page.goto(`${shop.url}/cart/`, { waitUntil: 'load' });
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
  await leave(page);
  const view = await api.newestPageView(
    '/cart',
    (v) => v.navigation_type === 'back_forward_cache' && v.final,
  );
  expect(view.vitals.lcp_ms).toBeGreaterThan(0);
  expect(view.vitals.lcp_ms).toBeLessThan(5000);
  expect(view.previous_page_view_id).toMatch(/^[0-9a-f]{32}$/);
});
