// What the settings page says holds at once: a project's quotas, and how long
// the server keeps records.
import { expect, test } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

test('a quota that is saved is kept, and holds for what comes in', async ({ page, pagewake }) => {
  const made = await fetch(`${pagewake.url}/api/v1/projects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pagewake.adminToken}` },
    body: JSON.stringify({ name: 'small' }),
  });
  const project = await made.json();
  const send = async () =>
    (
      await fetch(`${pagewake.url}/api/${project.id}/logs/?key=${project.public_key}`, {
        method: 'POST',
        body: '{"event":"x"}\n',
      })
    ).status;
  await logIn(page, pagewake);
  await page.goto(`${pagewake.url}/p/${project.id}/settings`);
  expect(await send()).toBe(202);
  await page.getByLabel('Log lines').fill('2');
  await page.getByRole('button', { name: 'Save quotas' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  // What came before the limit was set counts as well: it was sent today.
  expect([await send(), await send()]).toEqual([202, 429]);

  await page.reload();
  await expect(page.getByText('2 of 2, 100 %, today')).toBeVisible();
  // Of requests, which have no limit, the refused one too: it was let in to be counted.
  await expect(page.getByText('3 today')).toBeVisible();
  await expect(page.getByLabel('Log lines')).toHaveValue('2');
  await page.getByLabel('Log lines').fill('');
  await page.getByRole('button', { name: 'Save quotas' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  expect(await send()).toBe(202);
});

test('retention is lengthened at once and shortened after a question', async ({
  page,
  pagewake,
}) => {
  const kept = async () =>
    (
      await (
        await fetch(`${pagewake.url}/api/v1/retention`, {
          headers: { authorization: `Bearer ${pagewake.adminToken}` },
        })
      ).json()
    ).raw_days;
  await logIn(page, pagewake);
  await page.goto(`${pagewake.url}/p/1/settings`);
  const days = page.getByLabel('Records, days');
  await expect(days).toHaveValue('30');
  await days.fill('60');
  await page.getByRole('button', { name: 'Save retention' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect.poll(kept).toBe(60);

  await days.fill('30');
  await page.getByRole('button', { name: 'Save retention' }).click();
  await expect(page.getByText('does not come back')).toBeVisible();
  expect(await kept()).toBe(60);
  await page.getByRole('button', { name: 'Shorten and remove' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect.poll(kept).toBe(30);

  await page.getByLabel('Numbers, days').fill('7');
  await page.getByRole('button', { name: 'Save retention' }).click();
  await page.getByRole('button', { name: 'Shorten and remove' }).click();
  await expect(page.getByRole('alert')).toContainText('less than the records');
});
