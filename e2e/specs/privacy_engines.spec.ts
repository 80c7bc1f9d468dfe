// What the visitor has not agreed to does not happen, in each of the three engines.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Engine, engines, until } from '../engines/tab.ts';
import { expect, test } from '../fixtures.ts';
import { textOf } from '../upload.ts';

interface Visit {
  /** Its release, which stands in every upload. */
  name: string;
  /** Attributes of the script tag. */
  tag?: string;
  head?: string;
  /** Leaves before the late part has come. */
  isShort?: boolean;
  /** What the page does, as the body of a function. */
  act?: string;
  isSent: boolean;
  isStored: boolean;
}

const CONTROL = 'control';

// In one tab, so that what one stores the next would find: the first that may is far down.
const visits: Visit[] = [
  {
    name: 'global-privacy-control',
    head: `<script>Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })</script>`,
    isSent: false,
    isStored: false,
  },
  {
    name: 'consent-pending',
    tag: 'data-consent="denied"',
    act: `Pagewake.captureMessage('while pending');`,
    isSent: false,
    isStored: false,
  },
  {
    name: 'consent-pending-left-at-once',
    tag: 'data-consent="denied"',
    isShort: true,
    act: `Pagewake.captureMessage('while pending');`,
    isSent: false,
    isStored: false,
  },
  {
    name: 'storage-none',
    tag: 'data-storage="none"',
    act: `Pagewake.captureMessage('not stored');`,
    isSent: true,
    isStored: false,
  },
  {
    name: 'consent-denied',
    tag: 'data-storage="none"',
    act: `Pagewake.captureMessage('before the denial'); Pagewake.setConsent('denied');
      Pagewake.captureMessage('after the denial');`,
    isSent: false,
    isStored: false,
  },
  {
    name: 'signal-ignored',
    tag: 'data-respect-gpc="false" data-storage="none"',
    head: `<script>Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })</script>`,
    isSent: true,
    isStored: false,
  },
  {
    name: 'consent-granted',
    tag: 'data-consent="denied"',
    act: `Pagewake.captureMessage('while pending'); Pagewake.setConsent('granted');`,
    isSent: true,
    isStored: true,
  },
  { name: CONTROL, isSent: true, isStored: true },
];

/** The visits' pages, which send to where they come from. */
async function site(sdkUrl: string) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      bodies.push(textOf(Buffer.concat(chunks)));
      response.writeHead(202).end();
      return;
    }
    const visit = visits.find(({ name }) => request.url === `/${name}`);
    const dsn = `http://${'0123456789abcdef'.repeat(2)}@${request.headers.host}/1`;
    response.setHeader('content-type', 'text/html');
    response.end(
      `<!doctype html><title>Shop</title><link rel="icon" href="data:,">${visit?.head ?? ''}<h1>Shop</h1>
      <script async src="${sdkUrl}/pagewake.js" data-dsn="${dsn}" data-release="${visit?.name}" ${visit?.tag ?? ''}></script>`,
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Everything of ours in the browser's stores. An IndexedDB of ours comes with a note in localStorage. */
const STORED = `return [...Object.keys(sessionStorage), ...Object.keys(localStorage), document.cookie]
  .filter((key) => /pagewake/i.test(key)).length > 0;`;

for (const [name, start] of Object.entries(engines)) {
  test.describe(name, () => {
    let engine: Engine;
    test.beforeAll(async () => {
      engine = await start();
    });
    test.afterAll(() => engine?.stop());

    test('consent, storage and Global Privacy Control', async ({ pagewake }) => {
      const { url, bodies, close } = await site(pagewake.url);
      const tab = await engine.open();
      for (const visit of visits) {
        await test.step(visit.name, async () => {
          await tab.goto(`${url}/${visit.name}`);
          await until(tab, `return 'Pagewake' in window`);
          const isOff = visit.name === 'global-privacy-control';
          if (!visit.isShort && !isOff) {
            await until(
              tab,
              `return performance.getEntriesByType('resource').some((e) => /pagewake-core-.*wasm$/.test(e.name) && e.responseEnd > 0)`,
            );
          }
          if (visit.act) await tab.run(visit.act);
          expect(await tab.run<boolean>(STORED), 'stored').toBe(visit.isStored);
          // Not even its code comes.
          if (isOff) {
            expect(
              await tab.run<number>(
                `return performance.getEntriesByType('resource').filter((e) => /pagewake-/.test(e.name)).length`,
              ),
            ).toBe(0);
          }
        });
      }
      await tab.leave();
      // Each visit's upload goes as the next one begins: the last one's is the last.
      await expect.poll(() => bodies.some((body) => body.includes(CONTROL))).toBe(true);
      const expected = visits.filter(({ isSent }) => isSent).map((visit) => visit.name);
      await expect
        .poll(() => expected.filter((visit) => !bodies.some((body) => body.includes(visit))))
        .toEqual([]);
      const sent = visits.filter((visit) => bodies.some((body) => body.includes(visit.name)));
      expect(sent.filter(({ isSent }) => !isSent)).toEqual([]);
      expect(bodies.join('\n')).not.toContain('the denial');
      // What was recorded while consent was pending belongs to who then gave it.
      await expect
        .poll(() => bodies.filter((body) => body.includes('consent-granted')).join('\n'))
        .toContain('while pending');
      close();
    });
  });
}
