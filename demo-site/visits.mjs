// Real visits: headless Chromium walks through the shop on fast and slow
// connections and devices, clicks what a visitor clicks, and leaves.
import { chromium } from 'playwright-core';
import { leave } from './leave.mjs';

// What CDP's Network.emulateNetworkConditions takes; figures as in DevTools.
const connections = [
  { name: 'fast', share: 5, latency: 5, kbps: 50_000 },
  { name: '4g', share: 3, latency: 85, kbps: 9_000 },
  { name: '3g', share: 2, latency: 280, kbps: 1_500 },
];
const devices = [
  { name: 'desktop', share: 5, viewport: { width: 1366, height: 768 }, cpu: 1 },
  {
    name: 'mobile',
    share: 4,
    viewport: { width: 393, height: 852 },
    cpu: 4,
    userAgent:
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36',
    isMobile: true,
    hasTouch: true,
  },
];
const click = async (page, selector) => {
  await page.locator(selector).click();
};
// Each journey is what one visitor does; `share` is how often.
const journeys = [
  { share: 4, run: async (page, url) => open(page, `${url}/`) },
  {
    share: 6,
    run: async (page, url, dice) => {
      await open(page, `${url}/`);
      await open(page, `${url}/product/${1 + dice(48)}/`);
      await page.locator('#hero img').waitFor();
      await page.evaluate(() => document.querySelector('#hero img').decode());
    },
  },
  { share: 3, run: async (page, url, dice) => open(page, `${url}/search/?q=${'aeo'[dice(3)]}`) },
  {
    share: 3,
    run: async (page, url) => {
      await open(page, `${url}/cart/`);
      await page.locator('.banner').waitFor();
    },
  },
  {
    share: 4,
    run: async (page, url) => {
      await open(page, `${url}/checkout/`);
      await click(page, '#buy');
      await page.getByText('Thank you').waitFor();
    },
  },
  {
    share: 3,
    run: async (page, url, dice) => {
      await open(page, `${url}/broken/${['script', 'promise', 'api'][dice(3)]}/`);
      const failed = page.waitForEvent('pageerror');
      await click(page, '#go');
      await failed;
    },
  },
  { share: 1, run: async (page, url) => open(page, `${url}/broken/server/`) },
  { share: 2, run: async (page, url) => open(page, `${url}/strict/`) },
  {
    share: 2,
    run: async (page, url) => {
      await open(page, `${url}/app/list`);
      for (const route of ['offers', 'item/7']) {
        await click(page, `a[href="/app/${route}"]`);
        await page.locator('#view li').first().waitFor();
      }
    },
  },
];

async function open(page, url) {
  await page.goto(url, { waitUntil: 'load' });
  // As a person would: look until the page is drawn and idle, not for a time.
  await page.evaluate(
    () =>
      new Promise((done) => {
        const idle = window.requestIdleCallback ?? ((callback) => setTimeout(callback, 1));
        requestAnimationFrame(() => idle(done, { timeout: 3000 }));
      }),
  );
}

/** A small generator, so that a run can be repeated (mulberry32). */
function seeded(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

function pick(list, dice) {
  let at = dice(list.reduce((sum, item) => sum + item.share, 0));
  for (const item of list) {
    at -= item.share;
    if (at < 0) return item;
  }
  return list[0];
}

function drawProgress(done, total, failed) {
  if (!process.stdout.isTTY) {
    if (done % 20 === 0 || done === total) console.log(`visits: ${done} of ${total}`);
    return;
  }
  const width = 40;
  const filled = Math.round((done / total) * width);
  const note = failed ? `, ${failed} broke off` : '';
  process.stdout.write(
    `\r  Visits ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done} of ${total}${note}`,
  );
  if (done === total) process.stdout.write('\n');
}

// A context that closes takes along what its page sent on leaving and a slow
// connection has not taken yet: each is closed when so many came after it.
const MAX_LEFT = 20;

/**
 * Drives `visits` visits, a few at a time. Gives how many broke off. `arrived`
 * is awaited while the browser still runs, which takes along what it has not
 * sent when it ends; it is told how many page views there were.
 */
export async function visitShop({ url, visits, concurrency = 3, seed = 1, arrived = async (_views) => {} }) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
  });
  const dice = seeded(seed);
  let next = 0;
  let done = 0;
  let failed = 0;
  let views = 0;
  const left = [];
  drawProgress(0, visits, 0);
  const visitor = async () => {
    while (next < visits) {
      next += 1;
      const device = pick(devices, dice);
      const connection = pick(connections, dice);
      const journey = pick(journeys, dice);
      const { viewport, userAgent, isMobile, hasTouch } = device;
      const context = await browser.newContext({ viewport, userAgent, isMobile, hasTouch });
      try {
        const page = await context.newPage();
        // Documents and the routes in them.
        page.on('framenavigated', (frame) => {
          if (frame === page.mainFrame() && frame.url().startsWith(url)) views += 1;
        });
        const cdp = await context.newCDPSession(page);
        await cdp.send('Network.emulateNetworkConditions', {
          offline: false,
          latency: connection.latency,
          downloadThroughput: (connection.kbps * 1000) / 8,
          uploadThroughput: (connection.kbps * 1000) / 16,
        });
        if (device.cpu > 1) await cdp.send('Emulation.setCPUThrottlingRate', { rate: device.cpu });
        await journey.run(page, url, dice);
        await leave(page);
      } catch (error) {
        failed += 1;
        if (process.env.DEBUG) console.error(error);
      } finally {
        if (left.push(context) > MAX_LEFT) await left.shift().close();
        done += 1;
        drawProgress(done, visits, failed);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, visitor));
  await arrived(views);
  await browser.close();
  return { failed };
}
