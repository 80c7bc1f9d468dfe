import { expect, type Json, leave, test } from '../fixtures.ts';

test('pushState routes are page views of their own, in one session, linked', async ({
  page,
  shop,
  api,
}) => {
  await page.goto(`${shop.url}/app/list`, { waitUntil: 'load' });
  await page.locator('#view li').first().waitFor();
  await page.getByRole('link', { name: 'Item 7' }).click();
  await expect(page.locator('#view h1')).toHaveText('item/7');
  await page.locator('#view li').first().waitFor();
  await page.goBack();
  await expect(page.locator('#view h1')).toHaveText('list');
  await page.locator('#view li').first().waitFor();
  await leave(page);

  const item = await api.newestPageView('/app/item/:id', (v) => v.final);
  expect(item.navigation_type).toBe('soft_navigation');
  expect(item.timing).toBeNull();
  expect(item.spans.some((s: Json) => s.name.includes('/api/products'))).toBe(true);

  const session = await api.waitFor(async () => {
    const found = await api.get(`sessions/${item.session_id}`);
    return found.page_views.length === 3 ? found : undefined;
  }, 'three page views in the session');
  expect(session.page_views.map((v: Json) => v.page)).toEqual([
    '/app/list',
    '/app/item/:id',
    '/app/list',
  ]);
  expect(session.page_views.map((v: Json) => v.navigation_type)).toEqual([
    'navigate',
    'soft_navigation',
    'soft_navigation',
  ]);
  expect(item.previous_page_view_id).toBe(session.page_views[0].page_view_id);
  expect(new Set(session.page_views.map((v: Json) => v.trace_id)).size).toBe(3);
});
