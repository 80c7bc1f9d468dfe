// The dashboard as a page like any other: its own visits, with their LCP, are in
// a project of their own.
import { Api, drawn, expect, type Json, openWithCore, test, told } from '../fixtures.ts';

test('the dashboard measures itself, and nothing of it goes into other projects', async ({
  page,
  pagewake,
  api,
}) => {
  await fetch(`${pagewake.url}/self.js`); // what the first visitor asks for makes the project
  const listed = await fetch(`${pagewake.url}/api/v1/projects`, {
    headers: { authorization: `Bearer ${pagewake.adminToken}` },
  });
  const own = (await listed.json()).items.find((p: Json) => p.name === 'Pagewake dashboard');
  const dashboard = new Api(pagewake.url, pagewake.adminToken, own.id);
  await openWithCore(page, `${pagewake.url}/login`);
  await told(page, 'largest-contentful-paint');
  await page.getByLabel(/token/i).fill(pagewake.adminToken);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/overview/);
  await drawn(page);
  await page.goto('about:blank');
  const view = await dashboard.newestPageView('/login', (v) => v.vitals.lcp_ms !== null);
  expect(view.vitals.lcp_ms).toBeGreaterThan(0);
  // The route that the log-in led to is a page view of its own.
  await dashboard.newestPageView('/p/:id/overview');
  const { items } = await api.get('page-views', { page: '/login' });
  expect(items).toEqual([]);
});
