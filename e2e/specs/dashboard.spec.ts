import { expect, leave, test } from '../fixtures.ts';

test('log in, pages, a page report, an issue, an event', async ({
  page,
  shop,
  api,
  pagewake,
  context,
}) => {
  await page.goto(`${shop.url}/broken/script/`, { waitUntil: 'load' });
  const failed = page.waitForEvent('pageerror');
  await page.getByRole('button', { name: 'Show' }).click();
  await failed;
  await leave(page);
  await api.newestPageView('/broken/script', (v) => v.final && v.events.length > 0);

  const dashboard = await context.newPage();
  const problems: string[] = [];
  dashboard.on('pageerror', (error) => problems.push(String(error)));
  dashboard.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401'))
      problems.push(message.text());
  });
  await dashboard.goto(pagewake.url);
  await expect(dashboard).toHaveURL(/\/login/);
  await dashboard.getByLabel(/token/i).fill('pwt_wrong');
  await dashboard.getByRole('button', { name: /log in/i }).click();
  await expect(dashboard.getByRole('alert')).toBeVisible();
  await dashboard.getByLabel(/token/i).fill(pagewake.adminToken);
  await dashboard.getByRole('button', { name: /log in/i }).click();

  await expect(dashboard).toHaveURL(/\/p\/1\/overview/);
  await dashboard.getByRole('link', { name: '/broken/script' }).first().click();
  await expect(dashboard).toHaveURL(/\/p\/1\/page\?/);
  await expect(dashboard.getByText('LCP').first()).toBeVisible();

  await dashboard.goto(`${pagewake.url}/p/1/issues`);
  await dashboard
    .getByRole('link', { name: /TypeError/ })
    .first()
    .click();
  await expect(dashboard).toHaveURL(/\/p\/1\/issues\/\d+/);
  await expect(dashboard.getByText(/grouped by/i).first()).toBeVisible();
  await expect(dashboard.getByText('recommendationsFor').first()).toBeVisible();

  await dashboard.getByRole('button', { name: 'Resolve', exact: true }).click();
  await expect
    .poll(async () => (await api.get('issues', { status: 'resolved' })).items.length)
    .toBeGreaterThan(0);
  expect(problems).toEqual([]);
});
