// The dashboard's own LCP over real visits to the demo shop, on localhost with
// the CPU slowed down four times and an empty cache.
//
//   script/build && node bench/dashboard/lcp.mjs [--rounds 5] [--visits 12] [--against OTHER/pagewake]
//
// Prints a Markdown table: median and worst of the rounds, by page, and what
// does not depend on how busy the machine is: the script that came before the
// LCP and how many requests had to wait for one another. The aim is under
// 1,000 ms. With --against, another build's binary is measured in turn, over
// the same data.
import { cpSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import {
  binary,
  start,
  startPagewake,
  startShop,
  temporaryFolder,
} from '../../demo-site/processes.mjs';
import { visitShop } from '../../demo-site/visits.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    visits: { type: 'string', default: '12' },
    slowdown: { type: 'string', default: '4' },
    against: { type: 'string' },
  },
});
const slowdown = Number(options.slowdown);
const adminToken = `pwt_${'lcp'.repeat(14)}x`;

const folder = temporaryFolder('pagewake-lcp-');
const shopFolder = temporaryFolder('pagewake-lcp-shop-');
const filling = await startPagewake({ data: folder.path, adminToken });
const shop = await startShop({ data: shopFolder.path, dsn: filling.project.dsn });
await visitShop({ url: shop.url, visits: Number(options.visits), concurrency: 2 });
await shop.stop();
await filling.stop();
shopFolder.remove();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

/** A server of its own over the same data, and a browser's cookies that are logged in there. */
async function contender(name, program) {
  const data = temporaryFolder('pagewake-lcp-');
  cpSync(folder.path, data.path, { recursive: true });
  const server = await start(program, ['serve', '--listen', '127.0.0.1:0', '--data', data.path], {
    env: { PAGEWAKE_ADMIN_TOKEN: adminToken },
    ready: /listening on (http:\/\/[^\s"]+)/,
  });
  const url = server.match[1];
  const door = await browser.newContext();
  const login = await door.newPage();
  await login.goto(`${url}/login#token=${adminToken}`);
  await login.waitForURL(/\/overview/);
  const storageState = await door.storageState();
  await door.close();
  const stop = async () => {
    await server.stop();
    data.remove();
  };
  return { name, url, storageState, stop };
}
const contenders = [await contender('this build', binary)];
if (options.against) contenders.push(await contender('against', options.against));

const ask = async (path) =>
  (
    await fetch(`${contenders[0].url}/api/v1/projects/1/${path}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
  ).json();

/** One visit with nothing cached. */
async function visit(url, storageState) {
  const context = await browser.newContext({
    storageState,
    viewport: { width: 1440, height: 900 },
  });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await page.goto(url, { waitUntil: 'networkidle' });
  const measured = await page.evaluate(
    () =>
      new Promise((done) => {
        new PerformanceObserver((list) => {
          const lcp_ms = list.getEntries().at(-1).startTime;
          const before = performance
            .getEntriesByType('resource')
            .filter((entry) => entry.responseEnd <= lcp_ms && !entry.name.endsWith('.svg'));
          const scripts = before.filter((entry) => /\.m?js$/.test(entry.name));
          // The longest chain of requests each of which began after the one before had ended.
          const chain = (after_ms) => {
            const next = before.filter((entry) => entry.startTime >= after_ms);
            return next.length === 0
              ? 0
              : 1 + chain(Math.min(...next.map((entry) => entry.responseEnd)));
          };
          done({
            lcp_ms,
            script_bytes: scripts.reduce((sum, entry) => sum + entry.decodedBodySize, 0),
            in_a_row: chain(0),
          });
        }).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
  await context.close();
  return measured;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const [view] = (await ask('page-views?limit=1&sort=slowest')).items;
const pages = [
  ['log in', '/login', false],
  ['overview', '/p/1/overview', true],
  ['page report', `/p/1/page?page=${encodeURIComponent(view.page)}`, true],
  ['page view', `/p/1/page-views/${view.page_view_id}`, true],
  ['trace', `/p/1/traces/${view.trace_id}`, true],
  ['issues', '/p/1/issues', true],
  ['live', '/p/1/live', true],
];
console.log(
  `| page, CPU ${slowdown}x slower | build | LCP median | worst of ${options.rounds} | script before it | requests in a row |`,
);
console.log('| --- | --- | ---: | ---: | ---: | ---: |');
for (const [name, path, isInside] of pages) {
  const measured = new Map(contenders.map((one) => [one, []]));
  for (let i = 0; i < Number(options.rounds); ++i) {
    for (const one of contenders) {
      measured
        .get(one)
        .push(await visit(`${one.url}${path}`, isInside ? one.storageState : undefined));
    }
  }
  for (const [one, visits] of measured) {
    const lcps = visits.map((v) => v.lcp_ms);
    console.log(
      `| ${name} | ${one.name} | ${Math.round(median(lcps))} ms | ${Math.round(Math.max(...lcps))} ms |` +
        ` ${Math.round(median(visits.map((v) => v.script_bytes)) / 1000)} kB | ${median(visits.map((v) => v.in_a_row))} |`,
    );
  }
}

await browser.close();
for (const one of contenders) await one.stop();
folder.remove();
