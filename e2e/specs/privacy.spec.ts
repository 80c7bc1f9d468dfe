import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, leave, test, withCore } from '../fixtures.ts';
import { textOf } from '../upload.ts';

const secrets = ['ann@example.org', '4111111111111111', 'hunter2-secret', 's3cr3t-token'];

/** A page with the SDK whose uploads come here, so that the test reads every byte. */
async function collectingSite(sdkUrl: string) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    if (url.startsWith('/api/1/beacon/')) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(textOf(Buffer.concat(chunks)));
        response.writeHead(202).end();
      });
    } else if (url.startsWith('/data')) {
      response.end('{}');
    } else {
      const dsn = `http://${'0123456789abcdef'.repeat(2)}@${request.headers.host}/1`;
      response.setHeader('content-type', 'text/html');
      response.end(
        `<!doctype html><title>Pay</title><h1>Pay</h1><script async src="${sdkUrl}/pagewake.js" data-dsn="${dsn}"></script>`,
      );
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, bodies, close: () => server.close() };
}

for (const withWasm of [true, false]) {
  test(`secrets do not leave the browser, ${withWasm ? 'with' : 'without'} WebAssembly`, async ({
    page,
    pagewake,
  }) => {
    const site = await collectingSite(pagewake.url);
    const load = () =>
      page.goto(`${site.url}/?token=s3cr3t-token#password=hunter2-secret`, { waitUntil: 'load' });
    if (withWasm) {
      await withCore(page, load);
    } else {
      await page.route('**/*.wasm', (route) => route.abort());
      const failed = page.waitForEvent('requestfailed', (request) =>
        request.url().endsWith('.wasm'),
      );
      await load();
      await failed;
    }
    const thrown = page.waitForEvent('pageerror');
    await page.evaluate(() => {
      console.error('login of ann@example.org failed, password=hunter2-secret');
      void fetch('/data?token=s3cr3t-token').then(() => {
        setTimeout(() => {
          throw new Error(
            'card 4111111111111111 of ann@example.org was refused, token=s3cr3t-token',
          );
        });
      });
    });
    await thrown;
    await leave(page);
    await expect
      .poll(() => site.bodies.join('\n'), { message: 'the error in an upload' })
      .toContain('was refused');
    for (const secret of secrets) expect(site.bodies.join('\n')).not.toContain(secret);
    expect(site.bodies.some((body) => body.startsWith(withWasm ? 'PW' : '['))).toBe(true);
    site.close();
  });
}

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
