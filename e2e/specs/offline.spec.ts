// Without a network what is recorded waits, and keeps its times.
import type { Page } from '@playwright/test';
import { expect, openWithCore, test } from '../fixtures.ts';

const keptBodies = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((done, failed) => {
        if (!localStorage['pagewake.kept']) return done(0);
        const opening = indexedDB.open('pagewake', 1);
        opening.onerror = failed;
        opening.onsuccess = () => {
          const counting = opening.result.transaction('bodies').objectStore('bodies').count();
          counting.onsuccess = () => done(counting.result);
          opening.result.close();
        };
      }),
  );

test('recorded offline, sent by the next page with its own time', async ({
  page,
  context,
  shop,
  api,
}) => {
  await openWithCore(page, `${shop.url}/`);
  // biome-ignore lint/suspicious/noExplicitAny: the page's global
  await page.evaluate(() => (globalThis as any).Pagewake.flush());
  await context.setOffline(true);
  const at = await page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: the page's global
    (globalThis as any).Pagewake.captureMessage('written offline');
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    return Date.now();
  });
  await expect.poll(() => keptBodies(page)).toBe(1);
  await page.close();

  await context.setOffline(false);
  const next = await context.newPage();
  const sent = next.waitForRequest(/[?&]waited_ms=\d+$/);
  await openWithCore(next, `${shop.url}/`);
  await sent;
  const event = await api.newestEvent(({ message }) => message === 'written offline');
  // The server hears of it seconds later and must not take that for a wrong clock.
  expect(Math.abs(Date.parse(event.occurred_at) - at)).toBeLessThan(1_000);
  await expect.poll(() => keptBodies(next)).toBe(0);
  await expect.poll(() => next.evaluate(() => localStorage['pagewake.kept'])).toBeUndefined();
});
