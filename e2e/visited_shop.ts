// What the specs of the dashboard share: a shop that was visited, and a way in.
import type { Page } from '@playwright/test';
import { visitShop } from '../demo-site/visits.mjs';
import { type Api, expect, type Json } from './fixtures.ts';

/** Drives visits through the shop and waits until each of their page views is stored as it ended. */
export async function visited(shop: { url: string }, api: Api, visits: number): Promise<void> {
  const ended = async () =>
    (await api.get('page-views', { limit: '1000' })).items.filter((view: Json) => view.final)
      .length;
  const before = await ended();
  const { failed } = await visitShop({
    url: shop.url,
    visits,
    concurrency: 2,
    arrived: (views: number) =>
      expect.poll(ended, { message: 'page views that ended' }).toBe(before + views),
  });
  expect(failed, 'visits that broke off').toBe(0);
}

/** Resolves when a page of the dashboard shows all that it asked for. */
export async function whole(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await expect(page.locator('.skeleton, [aria-busy="true"]')).toHaveCount(0);
}

/** Sends the log-in form, with a token or as a person whose browser has not logged in yet. */
export async function sendLogIn(
  page: Page,
  url: string,
  as: { token: string } | { email: string; password: string },
): Promise<void> {
  await page.goto(`${url}/login`);
  if ('token' in as) {
    await page.getByLabel(/token/i).fill(as.token);
  } else {
    await page.getByRole('button', { name: 'Use e-mail and password' }).click();
    await page.getByLabel('E-mail').fill(as.email);
    await page.getByLabel('Password').fill(as.password);
  }
  await page.getByRole('button', { name: 'Log in' }).click();
}

export async function logIn(
  page: Page,
  { url, adminToken }: { url: string; adminToken: string },
): Promise<void> {
  await sendLogIn(page, url, { token: adminToken });
  await page.waitForURL(/\/overview/);
}
