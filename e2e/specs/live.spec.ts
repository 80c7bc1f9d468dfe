// The live tail in the dashboard: what is stored shows by itself, also after the
// connection broke.
import { expect, leave, openWithCore, test } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

test('a visit shows without a reload, and waits while the page is paused', async ({
  page,
  context,
  shop,
  pagewake,
}) => {
  await logIn(page, pagewake);
  // Three lists are asked for at once, and again when the connection stands.
  let lists = 0;
  page.on('response', (response) => {
    if (/\/(page-views|events|logs)\?from=-1h/.test(response.url())) lists += 1;
  });
  await page.goto(`${pagewake.url}/p/1/live`);
  await expect(page.getByText('What arrives, as it arrives.')).toBeVisible();
  await expect.poll(() => lists).toBe(6);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/')) asked.push(request.url());
  });

  const visit = await context.newPage();
  await openWithCore(visit, `${shop.url}/product/3/`);
  await leave(visit);
  const rows = page.locator('ol.live li');
  await expect(
    rows.filter({ has: page.getByRole('link', { name: '/product/:id' }) }),
  ).not.toHaveCount(0);
  // Nothing asked for it: the server said it.
  expect(asked).toEqual([]);

  await page.getByRole('button', { name: 'Pause' }).click();
  const before = await rows.count();
  const second = await context.newPage();
  await openWithCore(second, `${shop.url}/`);
  await leave(second);
  await expect(page.getByText(/Paused\. \d+ new\./)).toBeVisible();
  expect(await rows.count()).toBe(before);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(
    rows.filter({ has: page.getByRole('link', { name: '/', exact: true }) }),
  ).not.toHaveCount(0);
});

test('comes back by itself after the connection broke, and asks for what it missed', async ({
  page,
  context,
  shop,
  pagewake,
}) => {
  let connections = 0;
  let lists = 0;
  page.on('request', (request) => {
    if (request.url().includes('/page-views?from=-1h')) lists += 1;
  });
  let before = Number.POSITIVE_INFINITY;
  await page.route('**/api/v1/projects/1/live', async (route) => {
    connections += 1;
    if (connections > 1) {
      // At first and with the first connection; what is asked for from now on is what was missed.
      await expect.poll(() => lists).toBeGreaterThan(1);
      before = Math.min(before, lists);
      return route.continue();
    }
    // As a server that stops: a good beginning, then nothing.
    return route.fulfill({ contentType: 'text/event-stream', body: 'retry: 50\nid: 1-7\n\n' });
  });
  await logIn(page, pagewake);
  await page.goto(`${pagewake.url}/p/1/live`);
  // Of another start: the server cannot say what was missed.
  await expect.poll(() => lists > before).toBe(true);
  await expect(page.getByText('What arrives, as it arrives.')).toBeVisible();
  const visit = await context.newPage();
  await openWithCore(visit, `${shop.url}/product/3/`);
  await leave(visit);
  await expect(page.locator('ol.live').getByRole('link', { name: '/product/:id' })).not.toHaveCount(
    0,
  );
  expect(connections).toBeGreaterThan(1);
});
