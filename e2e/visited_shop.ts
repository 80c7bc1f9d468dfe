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

export async function logIn(
  page: Page,
  { url, adminToken }: { url: string; adminToken: string },
): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel(/token/i).fill(adminToken);
  await page.getByRole('button', { name: /log in/i }).click();
  await page.waitForURL(/\/overview/);
}
