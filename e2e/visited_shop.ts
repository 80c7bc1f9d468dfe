// What the specs of the dashboard share: a shop that was visited, and a way in.
import type { Page } from '@playwright/test';
import { visitShop } from '../demo-site/visits.mjs';
import { type Api, expect, type Json } from './fixtures.ts';

/** Drives visits through the shop and waits until all they sent is stored. */
export async function visited(shop: { url: string }, api: Api, visits: number): Promise<void> {
  await visitShop({ url: shop.url, visits, concurrency: 2 });
  // What the last visitors sent on leaving is there when nothing grows any more.
  let before = '';
  await expect
    .poll(
      async () => {
        const { items } = await api.get('page-views', { limit: '1000' });
        const now = JSON.stringify(items.map((view: Json) => view.revision));
        const same = now === before && now !== '[]';
        before = now;
        return same;
      },
      { intervals: [500, 1000], timeout: 30_000 },
    )
    .toBe(true);
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
