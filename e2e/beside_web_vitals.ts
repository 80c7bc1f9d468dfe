// npm's web-vitals (attribution build) and our SDK on the same pages of a site
// of the test's own: what the one reports, the other must, value for value.
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { root } from '../demo-site/processes.mjs';
import {
  test as base,
  drawn,
  expect,
  type Json,
  leave,
  openWithCore,
  WATCH_CORE,
} from './fixtures.ts';

export { drawn, expect };

const WEB_VITALS = readFileSync(
  join(root, 'node_modules/web-vitals/dist/web-vitals.attribution.iife.js'),
  'utf8',
);

/** One report of web-vitals, its attribution without what is no text or number. */
interface Report {
  /** Or "FRAME", which is ours. */
  name: string;
  /** The document that says it. */
  from: string;
  /** Of the document, whatever route it shows. */
  path: string;
  value: number;
  navigationType: string;
  /** Where its times count from: ms since the time origin. */
  start: number;
  attribution: Record<string, number | string> & {
    /** Ends of the long frames that rendered nothing, added up. */
    notRendered: number;
    longestScript?: {
      url: string;
      function: string;
      invoker: string;
      charPosition: number;
      start: number;
      subpart: string;
      ms: number;
    };
  };
}

/**
 * Runs in the page. `BYE` says how much web-vitals has said when everything
 * that hiding makes it say has been said; it may overtake the last of that.
 */
const listen = (options: object): string => `
const from = crypto.randomUUID();
let said = 0;
const say = (report) => navigator.sendBeacon('/heard', JSON.stringify({ from, said: ++said, ...report }));
const path = location.pathname;
const plain = (attribution) => Object.fromEntries(Object.entries(attribution).filter(([, v]) => Object(v) !== v));
for (const on of ['onLCP', 'onCLS', 'onINP', 'onFCP', 'onTTFB']) {
  webVitals[on]((metric) => {
    const script = metric.attribution.longestScript;
    const [navigation] = performance.getEntriesByType('navigation');
    say({
      name: metric.name,
      path,
      value: metric.value,
      navigationType: metric.navigationType,
      start: metric.navigationStartTime || navigation.activationStart,
      attribution: {
        ...plain(metric.attribution),
        notRendered: (metric.attribution.longAnimationFrameEntries ?? [])
          .filter((frame) => !frame.styleAndLayoutStart)
          .reduce((sum, frame) => sum + frame.startTime + frame.duration, 0),
        longestScript: script && {
          url: script.entry.sourceURL,
          function: script.entry.sourceFunctionName,
          invoker: script.entry.invoker,
          charPosition: script.entry.sourceCharPosition,
          start: script.entry.startTime,
          subpart: script.subpart,
          ms: script.intersectingDuration,
        },
      },
    });
  }, ${JSON.stringify(options)});
}
if (document.prerendering) addEventListener('load', () => fetch('/is-prerendered'));
addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && say({ name: 'BYE' }));
// How long the frame's callbacks run in which a restored page is called painted.
addEventListener('pageshow', ({ persisted, timeStamp }) => persisted &&
  requestAnimationFrame(() => requestAnimationFrame((begun) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => say({
      name: 'FRAME', path, value: performance.now() - begun,
      navigationType: 'back-forward-cache', start: timeStamp,
    });
    port2.postMessage(0);
  })));
`;

export interface SitePage {
  html: string;
  /** Goes before everything else. */
  head?: string;
  /** The response waits this long. */
  wait_ms?: number;
  /** Answered by a redirect to this path instead. */
  redirect?: string;
  headers?: Record<string, string>;
  /** Options of web-vitals. */
  options?: object;
  /** Arguments of init() besides the DSN, as JavaScript, instead of the tag's own start. */
  init?: string;
}

/**
 * Any picture: "/picture-300-600x400.svg" comes after 300 ms and is that large;
 * "/picture-held-600x400.svg" comes when it is released.
 */
const PICTURE = /^\/picture-(\d+|held)-(\d+)x(\d+)\.svg$/;

export class VitalsSite {
  readonly pages: Record<string, SitePage> = {};
  readonly reports: Report[] = [];
  /** Scripts by path. */
  readonly scripts: Record<string, string> = {};
  /** Headers of each request under "/api/". */
  readonly calls: { path: string; headers: IncomingHttpHeaders }[] = [];
  url = '';
  readonly #byes: { from: string; said: number }[] = [];
  #prerendered = new Set<string>();
  #server: Server;
  #sdk: { url: string; dsn: string };
  #waiting: (() => void)[] = [];
  #held: (() => void)[] = [];

  constructor(sdk: { url: string; dsn: string }) {
    this.#sdk = sdk;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
    if (path === '/heard') {
      let body = '';
      for await (const chunk of request) body += chunk;
      const report = JSON.parse(body);
      if (report.name === 'BYE') this.#byes.push(report);
      else this.reports.push(report);
      for (const wake of this.#waiting.splice(0)) wake();
      response.writeHead(204).end();
      return;
    }
    if (path === '/web-vitals.js') {
      response.setHeader('content-type', 'text/javascript').end(WEB_VITALS);
      return;
    }
    if (path.startsWith('/api/')) {
      this.calls.push({ path, headers: request.headers });
      response.setHeader('content-type', 'application/json').end('{}');
      return;
    }
    const script = this.scripts[path];
    if (script !== undefined) {
      response.setHeader('content-type', 'text/javascript').end(script);
      return;
    }
    const [, waitMs, width, height] = PICTURE.exec(path) ?? [];
    if (width && height) {
      if (waitMs === 'held') await new Promise<void>((go) => this.#held.push(go));
      else await wait(Number(waitMs));
      response.setHeader('content-type', 'image/svg+xml');
      // Chromium leaves pictures of less than 0.05 bits a pixel out of LCP.
      const filling = `<!--${'x'.repeat(8_000)}-->`;
      response.end(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}" fill="teal"/><circle cx="80" cy="80" r="60"/>${filling}</svg>`,
      );
      return;
    }
    if (path === '/is-prerendered') {
      this.#prerendered.add(new URL(request.headers.referer ?? '').pathname);
      for (const wake of this.#waiting.splice(0)) wake();
      response.writeHead(204).end();
      return;
    }
    const page = this.pages[path];
    if (!page) {
      // "/missing-300.png" takes its time to be missing.
      await wait(Number(/^\/missing-(\d+)/.exec(path)?.[1] ?? 0));
      response.writeHead(404).end();
      return;
    }
    await wait(page.wait_ms ?? 0);
    if (page.redirect) {
      response.writeHead(302, { location: page.redirect }).end();
      return;
    }
    for (const [name, value] of Object.entries(page.headers ?? {})) response.setHeader(name, value);
    response.setHeader('content-type', 'text/html');
    response.end(
      `<!doctype html><html><head><title>${path}</title><meta charset="utf-8">${page.head ?? ''}
<script>${WATCH_CORE}</script><script src="/web-vitals.js"></script><script>${listen(page.options ?? {})}</script>
${this.#sdkTag(page.init)}
<style>body { margin: 0; font: 16px sans-serif }</style></head><body>${page.html}</body></html>`,
    );
  }

  #sdkTag(init: string | undefined): string {
    const { url, dsn } = this.#sdk;
    return init
      ? `<script src="${url}/pagewake.js"></script><script>Pagewake.init({ dsn: '${dsn}', ...(${init}) })</script>`
      : `<script async src="${url}/pagewake.js" data-dsn="${dsn}"></script>`;
  }

  /** Resolves once web-vitals has said all it says when the page is hidden for the n-th time. */
  async hidden(times = 1): Promise<void> {
    const heard = (from: string) =>
      [...this.reports, ...this.#byes].filter((report) => report.from === from).length;
    while (this.#byes.length < times || this.#byes.some(({ from, said }) => heard(from) < said)) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Resolves once the browser has asked for a page ahead of the visitor, and loaded its script. */
  async prerendered(path: string): Promise<void> {
    while (!this.#prerendered.has(path)) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Lets the pictures come that were asked for and held. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  /** Resolves once web-vitals has reported that vital. */
  async reported(name: string, navigationType: string): Promise<void> {
    while (!this.reports.some((r) => r.name === name && r.navigationType === navigationType)) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  #lastOf(path: string, navigationType: string, nth: number) {
    const reports = this.reports.filter(
      (r) => r.path === path && r.navigationType === navigationType,
    );
    const starts = [...new Set(reports.map(({ start }) => start))].sort((a, b) => a - b);
    return (name: string) => reports.findLast((r) => r.name === name && r.start === starts[nth]);
  }

  /** How long the callbacks ran of the frame that painted the page at its n-th restore. */
  restoreFrameMs(path: string, nth: number): number {
    const frame = this.#lastOf(path, 'back-forward-cache', nth)('FRAME');
    if (!frame) throw new Error(`no restore ${nth} of ${path} was heard of`);
    return frame.value;
  }

  /** What web-vitals said of the n-th page view of a kind, in our words; null: it reported nothing. */
  theirs(path: string, navigationType: string, nth = 0): Vitals {
    const last = this.#lastOf(path, navigationType, nth);
    const [lcp, inp, cls, fcp, ttfb] = ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'].map(last);
    const out: Vitals = {
      lcp_ms: lcp?.value ?? null,
      inp_ms: inp?.value ?? null,
      cls: cls?.value ?? null,
      fcp_ms: fcp?.value ?? null,
      ttfb_ms: ttfb?.value ?? null,
    };
    const since = (report: Report, name: string) =>
      name in report.attribution ? Number(report.attribution[name]) - report.start : null;
    if (lcp) {
      const a = lcp.attribution;
      out['lcp.target'] = a.target ?? '';
      out['lcp.url'] = a.url ?? '';
      out['lcp.time_to_first_byte_ms'] = a.timeToFirstByte as number;
      out['lcp.resource_load_delay_ms'] = a.resourceLoadDelay as number;
      out['lcp.resource_load_duration_ms'] = a.resourceLoadDuration as number;
      out['lcp.element_render_delay_ms'] = a.elementRenderDelay as number;
    }
    if (inp) {
      const a = inp.attribution;
      out['inp.target'] = a.interactionTarget ?? '';
      out['inp.type'] = a.interactionType ?? '';
      out['inp.time_ms'] = since(inp, 'interactionTime');
      out['inp.load_state'] = a.loadState ?? '';
      out['inp.input_delay_ms'] = a.inputDelay as number;
      out['inp.processing_duration_ms'] = a.processingDuration as number;
      out['inp.presentation_delay_ms'] = a.presentationDelay as number;
      const script = a.longestScript;
      out['inp.longest_script_url'] = script?.url ?? '';
      out['inp.longest_script_function'] = script?.function ?? '';
      out['inp.longest_script_invoker'] = script?.invoker ?? '';
      out['inp.longest_script_ms'] = script?.ms ?? null;
      out['inp.longest_script_char_position'] = Math.max(script?.charPosition ?? 0, 0);
      const processed = Number(a.interactionTime) + Number(a.inputDelay);
      out['inp.longest_script_subpart'] =
        // Begun at the very start of the processing: web-vitals' sum of two
        // differences falls on either side of it.
        script?.subpart === 'input-delay' && Math.abs(script.start - processed) < 0.05
          ? 'processing-duration'
          : (script?.subpart ?? '');
      for (const [ours, theirs] of [
        ['script', 'totalScriptDuration'],
        ['style_and_layout', 'totalStyleAndLayoutDuration'],
        ['paint', 'totalPaintDuration'],
        ['unattributed', 'totalUnattributedDuration'],
      ] as const) {
        out[`inp.total_${ours}_duration_ms`] = (a[theirs] as number | undefined) ?? null;
      }
      if (a.totalScriptDuration !== undefined) {
        // Where nothing was rendered, styleAndLayoutStart is 0, and web-vitals
        // takes all the time since then for style and layout.
        out['inp.total_style_and_layout_duration_ms'] =
          (a.totalStyleAndLayoutDuration as number) - a.notRendered;
        out['inp.total_unattributed_duration_ms'] =
          (a.totalUnattributedDuration as number) + a.notRendered;
      }
    }
    if (cls) {
      const a = cls.attribution;
      out['cls.largest_shift_target'] = a.largestShiftTarget ?? '';
      out['cls.largest_shift_time_ms'] = since(cls, 'largestShiftTime');
      out['cls.largest_shift_value'] = (a.largestShiftValue as number) ?? null;
      out['cls.load_state'] = a.loadState ?? '';
    }
    if (fcp) {
      out['fcp.time_to_first_byte_ms'] = fcp.attribution.timeToFirstByte as number;
      out['fcp.first_byte_to_fcp_ms'] = fcp.attribution.firstByteToFCP as number;
    }
    if (ttfb) {
      const a = ttfb.attribution;
      out['ttfb.waiting_duration_ms'] = a.waitingDuration as number;
      out['ttfb.cache_duration_ms'] = a.cacheDuration as number;
      out['ttfb.dns_duration_ms'] = a.dnsDuration as number;
      out['ttfb.connection_duration_ms'] = a.connectionDuration as number;
      out['ttfb.request_duration_ms'] = a.requestDuration as number;
    }
    return out;
  }
}

/** Values and attribution by name, "lcp.target". */
export type Vitals = Record<string, number | string | null>;

/** The same of a stored page view. */
export function ours(view: Json): Vitals {
  const { attribution, missing: _, ...values } = view.vitals;
  const out: Vitals = { ...values };
  for (const [vital, parts] of Object.entries(attribution as Json)) {
    if (values[vital === 'cls' ? 'cls' : `${vital}_ms`] === null) continue;
    for (const [name, value] of Object.entries((parts ?? {}) as Vitals)) {
      out[`${vital}.${name}`] = value;
    }
  }
  return out;
}

/**
 * Where two differ by more than clocks and rounding explain: 1 ms, 0.0001 of
 * CLS. `frame_ms`: after a restore both take the time in callbacks of their
 * own, of the same frame (restoreFrameMs).
 */
export function differences(ours: Vitals, theirs: Vitals, frame_ms = 1): string[] {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const paints = /^([lf]cp_ms|lcp.element_render_delay_ms|fcp.first_byte_to_fcp_ms)$/;
  return names.flatMap((name) => {
    const [our, their] = [ours[name] ?? null, theirs[name] ?? null];
    const tolerance = paints.test(name) ? frame_ms : name.endsWith('_ms') ? 1 : 0.0001;
    const isSame =
      typeof our === 'number' && typeof their === 'number'
        ? Math.abs(our - their) <= tolerance
        : our === their ||
          // web-vitals asks only an interaction's longest events for their
          // element; we take it from the others where those have none.
          (name === 'inp.target' && their === '');
    return isSame ? [] : [`${name}: ours ${our}, web-vitals ${their}`];
  });
}

export const test = base.extend<{ site: VitalsSite }>({
  site: async ({ pagewake }, use) => {
    const site = await new VitalsSite(pagewake).start();
    await use(site);
    await site.stop();
  },
});

export interface Situation {
  name: string;
  html: string;
  page?: Omit<SitePage, 'html'>;
  /** What the visitor does once the SDK is whole. */
  act?: (page: Page) => Promise<void>;
  /** What the situation is about: that it really came about. */
  check?: (ours: Vitals) => void;
}

/**
 * An expression for after an input: resolves when the browser has drawn it and
 * told everyone how long that took. What is on its way when a page goes, each
 * library hears or misses by chance; and what web-vitals heard but keeps for
 * an idle moment it does not report on hiding.
 */
export const SETTLED = `new Promise((done) => {
  // Long frames are told behind the events in them, on a busy machine by many
  // frames. Who asks last is told last.
  const handled = [], long = [];
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true, durationThreshold: 16 });
  watch('event', (e) => e.interactionId && e.processingEnd - e.processingStart > 55 && handled.push(e));
  watch('long-animation-frame', (f) => long.push(f));
  const isTold = () => handled.every((e) => long.some((f) =>
    f.startTime <= e.processingStart + 1 && e.processingEnd <= f.startTime + f.duration + 1));
  let frames = 0;
  const frame = () => (++frames < 6 || (frames < 300 && !isTold()))
    ? requestAnimationFrame(frame)
    : requestIdleCallback(() => done(frames));
  frame();
})`;

/** One test for each situation: load, act, leave, compare. */
export function compareSituations(group: string, situations: Situation[]): void {
  for (const [i, situation] of situations.entries()) {
    test(`${group}: ${situation.name}`, async ({ page, site, api }) => {
      const path = `/${group}/case-${i}`;
      site.pages[path] = { html: situation.html, ...situation.page };
      await openWithCore(page, site.url + path);
      await situation.act?.(page);
      await page.evaluate(SETTLED);
      await leave(page);
      await site.hidden();
      const view = await api.newestPageView(path, (v) => v.final);
      const mine = ours(view);
      expect(differences(mine, site.theirs(path, 'navigate'))).toEqual([]);
      situation.check?.(mine);
    });
  }
}
