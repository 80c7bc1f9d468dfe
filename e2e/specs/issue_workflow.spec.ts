// What a team does with issues by hand: several at once, merge and take apart,
// comments; each seen by the API as the dashboard shows it.
import { randomBytes } from 'node:crypto';
import { temporaryFolder } from '../../demo-site/processes.mjs';
import { startPagewake } from '../evidence.ts';
import { Api, expect, type Json, test } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

test('several at once, merge and take apart, comments', async ({ page }) => {
  const folder = temporaryFolder('pagewake-workflow-');
  const adminToken = `pwt_${'workflow'.repeat(6).slice(0, 42)}`;
  const server = await startPagewake({ data: folder.path, adminToken });
  try {
    const fail = async (type: string) => {
      const event = {
        event_id: randomBytes(16).toString('hex'),
        platform: 'python',
        exception: { values: [{ type, value: 'total' }] },
      };
      const response = await fetch(
        `${server.url}/api/1/store/?sentry_key=${server.project.public_key}`,
        { method: 'POST', body: JSON.stringify(event) },
      );
      expect(response.status).toBe(200);
    };
    for (const type of ['AError', 'BError', 'BError', 'CError', 'DError']) await fail(type);
    const api = new Api(server.url, adminToken, 1);
    const titles = async (query: string) =>
      (await api.get('issues', { query })).items.map((one: Json) => one.title).sort();

    await logIn(page, { url: server.url, adminToken });
    await page.getByRole('link', { name: 'Issues' }).click();
    const rows = page.getByRole('row').filter({ has: page.getByRole('checkbox') });
    await expect(rows).toHaveCount(4);
    await page.getByLabel('Choose CError: total').check();
    await expect(page.getByRole('button', { name: 'Merge' })).toBeDisabled();
    await page.getByLabel('Choose DError: total').check();
    await expect(page.getByText('2 chosen')).toBeVisible();
    await page.getByRole('button', { name: 'Resolve', exact: true }).click();
    await expect(rows).toHaveCount(2);
    expect(await titles('is:resolved')).toEqual(['CError: total', 'DError: total']);

    await page.getByLabel('Choose AError: total').check();
    await page.getByLabel('Choose BError: total').check();
    await page.getByRole('button', { name: 'Merge' }).click();
    await expect(rows).toHaveCount(1);
    await expect(rows.first().getByRole('cell', { name: '3', exact: true })).toBeVisible();
    await rows.first().getByRole('link').first().click();

    const parts = page.locator('section.card', { hasText: 'Merged from' });
    await expect(parts.getByRole('listitem')).toHaveCount(2);
    const history = page.locator('section.card', { hasText: 'History and comments' });
    await history.getByLabel('Comment').fill('The cache was cold.');
    await history.getByRole('button', { name: 'Comment' }).click();
    await expect(history.getByRole('listitem').first()).toContainText('The cache was cold.');

    await parts.getByRole('button', { name: 'Take out AError: total' }).click();
    await expect(parts).toHaveCount(0);
    await page.goto(`${server.url}/p/1/issues`);
    await expect(rows).toHaveCount(2);
    const { items } = await api.get('issues', { query: 'is:unresolved' });
    expect(items.map((one: Json) => [one.title, one.event_count]).sort()).toEqual([
      ['AError: total', 1],
      ['BError: total', 2],
    ]);
  } finally {
    await server.stop();
    folder.remove();
  }
});
