import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../fixtures.ts';

const key = '0123456789abcdef0123456789abcdef';

/** A page with the SDK, whose DSN and answers the test chooses. */
async function pageWith(
  sdkUrl: string,
  dsn: (own: string) => string,
  answerBeacon: number,
): Promise<{ url: string; server: Server; beacons: () => number }> {
  let beacons = 0;
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/')) {
      beacons += 1;
      response.writeHead(answerBeacon, { 'access-control-allow-origin': '*' });
      response.end();
      return;
    }
    const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    response.setHeader('content-type', 'text/html');
    response.end(
      `<!doctype html><title>t</title><h1>Hello</h1><script src="${sdkUrl}/pagewake.js" data-dsn="${dsn(own)}" data-debug="true"></script>` +
        `<script>window.fine = fetch('/x').then(r => r.status)</script>`,
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    server,
    beacons: () => beacons,
  };
}

const cases = [
  { name: 'a wrong DSN', dsn: () => 'not-a-dsn', answer: 200, says: /dsn/i },
  {
    name: 'a DSN whose host refuses',
    dsn: () => `http://${key}@127.0.0.1:9/1`,
    answer: 200,
    says: /could not|failed|blocked/i,
  },
  {
    name: 'a server that answers 500',
    dsn: (own: string) => `${own.replace('http://', `http://${key}@`)}/1`,
    answer: 500,
    says: /500/,
  },
  {
    name: 'a server that refuses the key',
    dsn: (own: string) => `${own.replace('http://', `http://${key}@`)}/1`,
    answer: 401,
    says: /401/,
  },
];

for (const c of cases) {
  test(`${c.name}: nothing is thrown into the page, debug says what is wrong`, async ({
    page,
    pagewake,
  }) => {
    const site = await pageWith(pagewake.url, c.dsn, c.answer);
    const thrown: string[] = [];
    page.on('pageerror', (error) => thrown.push(String(error)));
    const said = page.waitForEvent(
      'console',
      (m) => /pagewake/i.test(m.text()) && c.says.test(m.text()),
    );
    await page.goto(site.url, { waitUntil: 'load' });
    expect(await page.evaluate(() => (window as unknown as { fine: Promise<number> }).fine)).toBe(
      200,
    );
    await page.evaluate(() => {
      const w = window as unknown as {
        Pagewake: { captureMessage(m: string): string; flush(ms: number): void };
      };
      w.Pagewake.captureMessage('hello');
      w.Pagewake.flush(2000);
    });
    await said;
    expect(thrown).toEqual([]);
    site.server.close();
  });
}

test('an empty DSN switches the SDK off without a word', async ({ page, pagewake }) => {
  const site = await pageWith(pagewake.url, () => '', 200);
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await page.goto(site.url, { waitUntil: 'load' });
  await page.evaluate(() => {
    (
      window as unknown as { Pagewake: { captureMessage(m: string): string } }
    ).Pagewake.captureMessage('x');
  });
  await page.goto('about:blank');
  expect(said).toEqual([]);
  expect(site.beacons()).toBe(0);
  site.server.close();
});
