// A browser tab as a visitor uses it, in three engines: Playwright drives
// Chromium and Firefox, WebDriver drives WebKitGTK's MiniBrowser.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { type Browser, chromium, expect, firefox } from '@playwright/test';

export interface Tab {
  /** Resolves when the page has loaded. */
  goto(url: string): Promise<void>;
  /** Runs the body of a function in the page: `return document.title`. */
  run<T>(body: string): Promise<T>;
  /** A click that the browser trusts. */
  click(selector: string): Promise<void>;
  /**
   * Goes elsewhere as a visitor does, so that the page's last beacon goes out.
   * Not by closing the tab: drivers may end its process before the upload has
   * left it, which no visitor does.
   */
  leave(): Promise<void>;
}

/** Asks again and again, also across a navigation; `body` returns true in the end. */
export const until = (tab: Tab, body: string): Promise<void> =>
  expect
    .poll(() => tab.run<boolean>(body).catch(() => false), {
      message: body,
      intervals: [50, 100, 200],
    })
    .toBe(true);

export interface Engine {
  /** As the server names it from the User-Agent. */
  browser: string;
  /** Vitals that it measures; the others are `missing: unsupported`. */
  vitals: readonly string[];
  /** Performance entry types that it does not have, of those that the SDK watches. */
  lacks: readonly string[];
  /** Tells a page that is left before its load event that it is: no script can say so otherwise. */
  tellsUnloaded: boolean;
  open(): Promise<Tab>;
  stop(): Promise<void>;
}

function playwrightEngine(
  browser: Browser,
  about: Pick<Engine, 'browser' | 'vitals' | 'lacks' | 'tellsUnloaded'>,
): Engine {
  return {
    ...about,
    async open() {
      const context = await browser.newContext();
      const page = await context.newPage();
      return {
        goto: async (url) => void (await page.goto(url, { waitUntil: 'load' })),
        run: (body) => page.evaluate(`(() => { ${body} })()`),
        click: (selector) => page.click(selector),
        // As by a link. An address that is typed in makes Firefox cancel the page's
        // running scripts (dom.ipc.cancel_content_js_when_navigating), which on a
        // busy machine can be its pagehide listeners. That the empty page has
        // loaded Firefox does not always tell.
        leave: async () => {
          const gone = page.waitForURL('about:blank', { waitUntil: 'domcontentloaded' });
          await page.evaluate(() => void setTimeout(() => location.assign('about:blank')));
          await gone;
        },
      };
    },
    stop: () => browser.close(),
  };
}

const startChromium = async () =>
  playwrightEngine(
    await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-background-networking'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    }),
    {
      browser: 'Chrome',
      vitals: ['lcp_ms', 'inp_ms', 'cls', 'fcp_ms', 'ttfb_ms'],
      lacks: [],
      tellsUnloaded: true,
    },
  );

const startFirefox = async () =>
  playwrightEngine(
    await firefox.launch({
      executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
      channel: 'moz-firefox',
    }),
    {
      browser: 'Firefox',
      vitals: ['lcp_ms', 'inp_ms', 'fcp_ms', 'ttfb_ms'],
      lacks: ['layout-shift', 'long-animation-frame', 'longtask'],
      tellsUnloaded: true,
    },
  );

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/**
 * Below those that the kernel hands to who asks for any: between this and the
 * driver's start nobody else gets it.
 */
async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  const isFree = await new Promise<boolean>((done) => {
    const probe = createServer()
      .once('error', () => done(false))
      .listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
  return isFree ? port : freePort();
}

/** A W3C WebDriver command; throws what the driver says went wrong. */
async function command<T>(url: string, method: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    ...(body
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : {}),
  });
  const { value } = (await response.json()) as { value: T & { error?: string; message?: string } };
  if (!response.ok) throw new Error(`${method} ${url}: ${value.error}: ${value.message}`);
  return value;
}

async function startWebKit(): Promise<Engine> {
  const port = await freePort();
  // A group of its own, so that the X server and the browser end with it.
  const driver: ChildProcess = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
  });
  const base = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${base}/status`).then(
      (r) => r.ok,
      () => false,
    ))
  ) {
    if (driver.exitCode !== null) throw new Error(`WebKitWebDriver ended (${driver.exitCode})`);
    await new Promise((next) => setTimeout(next, 50));
  }
  let session = '';
  return {
    browser: 'Safari',
    vitals: ['fcp_ms', 'ttfb_ms'],
    lacks: [
      'largest-contentful-paint',
      'layout-shift',
      'event',
      'first-input',
      'long-animation-frame',
      'longtask',
    ],
    // Neither pagehide nor visibilitychange.
    tellsUnloaded: false,
    async open() {
      // The driver has one session at a time, and thereby one window.
      if (session) await command(session, 'DELETE');
      session = '';
      const { sessionId } = await command<{ sessionId: string }>(`${base}/session`, 'POST', {
        capabilities: {
          alwaysMatch: {
            browserName: 'MiniBrowser',
            'webkitgtk:browserOptions': { binary: MINI_BROWSER, args: ['--automation'] },
          },
        },
      });
      session = `${base}/session/${sessionId}`;
      return {
        goto: (url) => command(`${session}/url`, 'POST', { url }),
        run: (body) => command(`${session}/execute/sync`, 'POST', { script: body, args: [] }),
        click: async (selector) => {
          const element = await command<Record<string, string>>(`${session}/element`, 'POST', {
            using: 'css selector',
            value: selector,
          });
          await command(`${session}/element/${Object.values(element)[0]}/click`, 'POST', {});
        },
        leave: () => command(`${session}/url`, 'POST', { url: 'about:blank' }),
      };
    },
    async stop() {
      if (session) await command(session, 'DELETE').catch(() => undefined);
      const gone = new Promise((done) => driver.once('close', done));
      if (driver.pid && driver.exitCode === null) {
        process.kill(-driver.pid, 'SIGTERM');
        await gone;
      }
    },
  };
}

export const engines = {
  Chromium: startChromium,
  'Firefox ESR': startFirefox,
  WebKitGTK: startWebKit,
} as const;
