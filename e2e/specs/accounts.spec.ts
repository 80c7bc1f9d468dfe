// A second person through the dashboard: added, given a role, logs in with a
// password, sees what a viewer may, and is out once disabled.
import { expect, test } from '../fixtures.ts';
import { logIn, sendLogIn } from '../visited_shop.ts';

test('an administrator adds a viewer, who logs in, and disables them', async ({
  page,
  browser,
  pagewake,
}) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await logIn(page, pagewake);
  await page.getByRole('link', { name: 'Accounts' }).click();

  await page.getByLabel('E-mail').fill('vera@example.com');
  await page.getByLabel('Password').fill('a long password');
  await page.getByRole('button', { name: 'Add person' }).click();
  await expect(page.getByText('vera@example.com can log in.')).toBeVisible();
  await page.getByLabel('Person').fill('vera@example.com');
  await page.getByRole('button', { name: 'Set role' }).click();
  await expect(page.getByRole('cell', { name: /viewer of/ })).toBeVisible();

  const context = await browser.newContext();
  const hers = await context.newPage();
  const email = 'vera@example.com';
  await sendLogIn(hers, pagewake.url, { email, password: 'a wrong password' });
  await expect(hers.getByRole('alert')).toContainText('wrong');
  await sendLogIn(hers, pagewake.url, { email, password: 'a long password' });
  await expect(hers).toHaveURL(/\/p\/1\/overview/);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: 'pagewake_session', httpOnly: true, sameSite: 'Lax' });
  await hers.goto(`${pagewake.url}/accounts`);
  await expect(hers.getByRole('button', { name: 'Change password' })).toBeVisible();
  await expect(hers.getByRole('button', { name: 'Add person' })).toHaveCount(0);

  await page
    .getByRole('row', { name: /vera@example/ })
    .getByRole('button', { name: 'Disable' })
    .click();
  await expect(page.getByRole('cell', { name: 'disabled' })).toBeVisible();
  await hers.goto(`${pagewake.url}/p/1/pages`);
  await expect(hers).toHaveURL(/\/login/);
  await context.close();

  await page.getByLabel('Name').last().fill('ci');
  await page.getByRole('button', { name: 'Make token' }).click();
  await expect(page.getByText(/^pwt_/)).toBeVisible();
  await page.reload();
  await expect(page.getByText('user created')).toBeVisible();
  await expect(page.getByText('login failed').first()).toBeVisible();
  await expect(page.getByText(/^pwt_/)).toHaveCount(0);
  expect(problems).toEqual([]);
});

test('the printed link logs in with one click and leaves no token in the address', async ({
  page,
  pagewake,
}) => {
  await page.goto(`${pagewake.url}/login#token=${pagewake.adminToken}`);
  await expect(page).toHaveURL(/\/p\/1\/overview/);
  expect(page.url()).not.toContain('token');
  await page.goBack();
  expect(page.url()).not.toContain('token');
  await page.context().clearCookies();
  await page.goto('about:blank');
  await page.goto(`${pagewake.url}/login#token=pwt_${'0'.repeat(43)}`);
  await expect(page.getByRole('alert')).toContainText('does not know this token');
});
