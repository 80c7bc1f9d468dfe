// What every spec starts from: a real server on an empty data folder, the demo
// shop sending to it, and a client of the query API. One of each per worker.
import { expect, type Page, type Response } from '@playwright/test';
import { leave } from '../demo-site/leave.mjs';
import { startShop, temporaryFolder } from '../demo-site/processes.mjs';
import { test as base, startPagewake } from './evidence.ts';

export { expect, leave };

/** JSON of the query API; its shapes are in ingest/docs/api.md. */
// biome-ignore lint/suspicious/noExplicitAny: tests read the JSON as any client would
export type Json = any;

export class Api {
  /** Tests of one worker share its server: each looks only for what came since it began. */
  private readonly began = new Date().toISOString();

  constructor(
    readonly url: string,
    readonly token: string,
    readonly project: number,
  ) {}

  /** GET under the project, e.g. get('page-views', { page: '/' }). */
  async get(path: string, query: Record<string, string> = {}): Promise<Json> {
    const url = new URL(`${this.url}/api/v1/projects/${this.project}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const response = await fetch(url, { headers: { authorization: `Bearer ${this.token}` } });
    if (!response.ok)
      throw new Error(`GET ${url.pathname}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Asks until `pick` finds what it looks for, and gives that. */
  async waitFor<T>(ask: () => Promise<T | undefined | null | false>, what: string): Promise<T> {
    let found: T | undefined | null | false;
    await expect
      .poll(
        async () => {
          found = await ask();
          return Boolean(found);
        },
        { message: what, intervals: [100, 200, 300], timeout: 20_000 },
      )
      .toBe(true);
    return found as T;
  }

  /** Waits for the page view that the given page's SDK reports, matching `where`. */
  async pageView(pageViewId: string, where: (view: Json) => boolean = () => true): Promise<Json> {
    return this.waitFor(async () => {
      const view = await this.get(`page-views/${pageViewId}`).catch(() => undefined);
      return view && where(view) ? view : undefined;
    }, `page view ${pageViewId}`);
  }

  /** Waits for the newest stored page view of the page (route) that matches. */
  async newestPageView(page: string, where: (view: Json) => boolean = () => true): Promise<Json> {
    return this.waitFor(async () => {
      const { items } = await this.get('page-views', { page, from: this.began, limit: '20' });
      for (const item of items) {
        const view = await this.get(`page-views/${item.page_view_id}`);
        if (where(view)) return view;
      }
      return undefined;
    }, `a page view of ${page}`);
  }

  /** Waits for the newest stored event that matches. */
  async newestEvent(where: (event: Json) => boolean): Promise<Json> {
    return this.waitFor(async () => {
      const { items } = await this.get('events', { from: this.began, limit: '100' });
      for (const item of items) {
        const event = await this.get(`events/${item.event_id}`);
        if (where(event)) return event;
      }
      return undefined;
    }, 'the event');
  }
}

interface Pagewake {
  url: string;
  dsn: string;
  publicKey: string;
  adminToken: string;
}

interface OfWorker {
  /** Specs that name another one share no server, and thereby no records, with the others. */
  server: string;
  pagewake: Pagewake;
  shop: { url: string };
}

export const test = base.extend<{ api: Api }, OfWorker>({
  server: ['shared', { option: true, scope: 'worker' }],
  pagewake: [
    async ({ server: _name }, use) => {
      const folder = temporaryFolder('pagewake-e2e-');
      const adminToken = `pwt_${'e2e'.repeat(14)}x`;
      const server = await startPagewake({ data: folder.path, adminToken });
      await use({
        url: server.url,
        dsn: server.project.dsn,
        publicKey: server.project.public_key,
        adminToken,
      });
      await server.stop();
      folder.remove();
    },
    { scope: 'worker' },
  ],
  shop: [
    async ({ pagewake }, use) => {
      const folder = temporaryFolder('pagewake-shop-');
      const shop = await startShop({ data: folder.path, dsn: pagewake.dsn });
      await use({ url: shop.url });
      await shop.stop();
      folder.remove();
    },
    { scope: 'worker' },
  ],
  api: async ({ pagewake }, use) => {
    await use(new Api(pagewake.url, pagewake.adminToken, 1));
  },
});

/** Resolves when the browser has drawn what happened so far (and timed the input that led to it). */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
}

/**
 * Runs in a page before the SDK: `isCoreHere` once the core works there. A
 * module that has only arrived is still to be compiled and started.
 */
export const WATCH_CORE = `{
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await instantiate.apply(WebAssembly, given);
    // A task of its own: the SDK starts it as soon as it has it.
    setTimeout(() => { globalThis.isCoreHere = true; });
    return made;
  };
}`;

const watched = new WeakSet<Page>();

/** Loads a page by `load` and waits until the SDK's core works in it and the browser has drawn. */
export async function withCore<T>(page: Page, load: () => Promise<T>): Promise<T> {
  if (!watched.has(page)) await page.addInitScript(WATCH_CORE);
  watched.add(page);
  const loaded = await load();
  await page.waitForFunction(() => 'isCoreHere' in globalThis);
  await drawn(page);
  return loaded;
}

export const openWithCore = (page: Page, url: string): Promise<Response | null> =>
  withCore(page, () => page.goto(url, { waitUntil: 'load' }));

/**
 * Resolves when the browser has told of a performance entry of that type, from
 * before too, in whose JSON `text` stands: what is drawn is told a while later.
 */
export async function told(page: Page, type: string, text = ''): Promise<void> {
  await page.evaluate(
    ([type, text]) =>
      new Promise<void>((done) =>
        new PerformanceObserver((list) => {
          if (list.getEntries().some((entry) => JSON.stringify(entry).includes(text))) done();
        }).observe({ type, buffered: true }),
      ),
    [type, text] as const,
  );
}
