import { expect, leave, test } from '../fixtures.ts';

const secrets = ['ann@example.org', '4111111111111111', 'hunter2-secret', 's3cr3t-token'];

test('secrets do not leave the browser, with and without WebAssembly', async ({
  browser,
  shop,
}) => {
  for (const withWasm of [true, false]) {
    const context = await browser.newContext();
    const page = await context.newPage();
    if (!withWasm) await page.route('**/*.wasm', (route) => route.abort());
    const bodies: string[] = [];
    page.on('request', (request) => {
      if (!request.url().includes('/api/1/beacon/')) return;
      bodies.push(request.url(), request.postDataBuffer()?.toString('latin1') ?? '');
    });
    await page.goto(`${shop.url}/?token=s3cr3t-token#password=hunter2-secret`, {
      waitUntil: 'load',
    });
    await page.evaluate(() => {
      console.error('login of ann@example.org failed, password=hunter2-secret');
      void fetch('/api/products?token=s3cr3t-token').then(() => {
        setTimeout(() => {
          throw new Error(
            'card 4111111111111111 of ann@example.org was refused, token=s3cr3t-token',
          );
        });
      });
    });
    await page.waitForEvent('pageerror');
    await leave(page);
    await expect.poll(() => bodies.length, { message: 'a beacon' }).toBeGreaterThan(0);
    for (const secret of secrets)
      expect(bodies.join('\n'), `${secret}, wasm ${withWasm}`).not.toContain(secret);
    await context.close();
  }
});

test('no cookie is set, and Global Privacy Control is honoured', async ({ browser, shop }) => {
  const context = await browser.newContext();
  await context.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }),
  );
  const page = await context.newPage();
  let beacons = 0;
  page.on('request', (request) => {
    if (request.url().includes('/beacon/')) beacons += 1;
  });
  await page.goto(`${shop.url}/`, { waitUntil: 'load' });
  await page.goto('about:blank');
  expect(beacons).toBe(0);
  expect((await context.cookies()).map((c) => c.name)).not.toContain('pagewake');
  await context.close();
});
