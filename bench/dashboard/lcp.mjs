// The dashboard's own LCP over real visits to the demo shop, on localhost with
// the CPU slowed down four times and an empty cache.
//
//   script/build && node bench/dashboard/lcp.mjs [--rounds 5] [--visits 12]
//
// Prints a Markdown table: median and worst of the rounds, by page. The aim is
// under 1,000 ms.
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startPagewake, startShop, temporaryFolder } from '../../demo-site/processes.mjs';
import { visitShop } from '../../demo-site/visits.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    visits: { type: 'string', default: '12' },
    slowdown: { type: 'string', default: '4' },
  },
});
const slowdown = Number(options.slowdown);

const folder = temporaryFolder('pagewake-lcp-');
const shopFolder = temporaryFolder('pagewake-lcp-shop-');
const adminToken = `pwt_${'lcp'.repeat(14)}x`;
const pagewake = await startPagewake({ data: folder.path, adminToken });
const shop = await startShop({ data: shopFolder.path, dsn: pagewake.project.dsn });
await visitShop({ url: shop.url, visits: Number(options.visits), concurrency: 2 });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

const ask = async (path) =>
  (
    await fetch(`${pagewake.url}/api/v1/projects/1/${path}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
  ).json();

/** The LCP of one visit with nothing cached, logged in, ms. */
async function lcpOf(path, storageState) {
  const context = await browser.newContext({
    storageState,
    viewport: { width: 1440, height: 900 },
  });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await page.goto(`${pagewake.url}${path}`, { waitUntil: 'networkidle' });
  const lcp_ms = await page.evaluate(
    () =>
      new Promise((done) => {
        new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime)).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        });
      }),
  );
  await context.close();
  return lcp_ms;
}

const door = await browser.newContext();
const login = await door.newPage();
await login.goto(`${pagewake.url}/login#token=${adminToken}`);
await login.waitForURL(/\/overview/);
const storageState = await door.storageState();
await door.close();

const [view] = (await ask('page-views?limit=1&sort=slowest')).items;
const pages = [
  ['log in', '/login', undefined],
  ['overview', '/p/1/overview', storageState],
  ['page report', `/p/1/page?page=${encodeURIComponent(view.page)}`, storageState],
  ['page view', `/p/1/page-views/${view.page_view_id}`, storageState],
  ['trace', `/p/1/traces/${view.trace_id}`, storageState],
  ['issues', '/p/1/issues', storageState],
  ['live', '/p/1/live', storageState],
];
console.log(`| page, CPU ${slowdown}x slower | LCP median | worst of ${options.rounds} |`);
console.log('| --- | ---: | ---: |');
for (const [name, path, state] of pages) {
  const all = [];
  for (let i = 0; i < Number(options.rounds); ++i) all.push(await lcpOf(path, state));
  all.sort((a, b) => a - b);
  const median = all[Math.floor(all.length / 2)];
  console.log(`| ${name} | ${Math.round(median)} ms | ${Math.round(all.at(-1))} ms |`);
}

await browser.close();
await shop.stop();
await pagewake.stop();
folder.remove();
shopFolder.remove();
