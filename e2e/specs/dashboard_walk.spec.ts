// Every page of the dashboard over real visits: light and dark, narrow and
// wide. Each can be used without a mouse or eyes as far as axe-core can tell,
// fits its window, moves nothing by itself and breaks nothing.

import type { Browser, BrowserContext, Page } from '@playwright/test';
import axe from 'axe-core';
import { Api, expect, type Json, test } from '../fixtures.ts';
import { logIn, visited, whole } from '../visited_shop.ts';

/** Kept to be looked at. */
const SCREENSHOTS = 'build/dashboard-screenshots';
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark narrow', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
  { name: 'wide', colorScheme: 'light', viewport: { width: 2560, height: 1440 } },
] as const;

interface Found {
  violations: { id: string; impact: string; nodes: string[] }[];
  overflow: number;
  shift: number;
  /** Tables whose content cannot be saved. */
  unsaved: string[];
}

/** What a visitor would suffer on this page. */
async function examine(page: Page): Promise<Found> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as Json).axe.run(document, {
      resultTypes: ['violations'],
    });
    return {
      violations: violations
        .filter((v: Json) => v.impact === 'serious' || v.impact === 'critical')
        .map((v: Json) => ({
          id: v.id,
          impact: v.impact,
          nodes: v.nodes.slice(0, 3).map((node: Json) => `${node.target} ${node.failureSummary}`),
        })),
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      shift: (globalThis as Json).shift as number,
      unsaved: [...document.querySelectorAll('main table')]
        .filter((table) => !table.closest('section')?.querySelector('.export'))
        .map((table) => table.textContent?.slice(0, 60) ?? ''),
    };
  });
}

async function signedIn(
  browser: Browser,
  look: (typeof looks)[number],
  pagewake: { url: string; adminToken: string },
): Promise<{ context: BrowserContext; page: Page; problems: string[] }> {
  const { colorScheme, viewport } = look;
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/401/.test(message.text())) problems.push(message.text());
  });
  await page.addInitScript(() => {
    (globalThis as Json).shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Json[]) {
        if (!entry.hadRecentInput) (globalThis as Json).shift += entry.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await logIn(page, pagewake);
  return { context, page, problems };
}

/** Two objectives, an alert rule with its channel, and a person. */
async function promised(pagewake: { url: string; adminToken: string }): Promise<void> {
  const make = async (path: string, body: Json): Promise<Json> => {
    const response = await fetch(`${pagewake.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${pagewake.adminToken}` },
      body: JSON.stringify(body),
    });
    expect(response.status, await response.clone().text()).toBe(201);
    return response.json();
  };
  const fast = { measure: 'lcp_ms', threshold: 2500, target: 0.75, window_days: 28 };
  await make('projects/1/slos', { name: 'Pages load fast', page: '', ...fast });
  const calm = { measure: 'no_error', threshold: 0, target: 0.99, window_days: 7 };
  await make('projects/1/slos', { name: 'Home works', page: '/', ...calm });
  const channel = await make('projects/1/alert-channels', {
    name: 'Team',
    kind: 'email',
    addresses: ['team@example.com'],
  });
  await make('projects/1/alert-rules', {
    name: 'Checkout is slow',
    kind: 'vital',
    page: '/checkout',
    vital: 'lcp_ms',
    threshold: 4000,
    window_minutes: 60,
    minimum_views: 50,
    channel_ids: [channel.channel_id],
  });
  await make('users', {
    email: 'walker@example.com',
    name: 'Vera',
    password: 'a long password',
    server_admin: false,
  });
}

test.describe('every page of the dashboard', () => {
  const paths = new Map<string, string>();

  test.beforeAll(async ({ browser, shop, pagewake }) => {
    test.setTimeout(240_000);
    const api = new Api(pagewake.url, pagewake.adminToken, 1);
    const broken = await browser.newPage();
    await broken.goto(`${shop.url}/broken/script/`, { waitUntil: 'load' });
    const failed = broken.waitForEvent('pageerror');
    await broken.getByRole('button', { name: 'Show' }).click();
    await failed;
    await broken.goto('about:blank');
    await api.newestPageView('/broken/script', (v) => v.final && v.events.length > 0);
    await visited(shop, api, 18);
    // What would otherwise be empty pages.
    await promised(pagewake);
    const first = async (path: string) => (await api.get(path, { limit: '50' })).items;
    const [view] = (await first('page-views')).sort(
      (a: Json, b: Json) => b.error_count - a.error_count,
    );
    const [issue] = await first('issues');
    const [event] = await first('events');
    await logIn(broken, pagewake);
    await whole(broken);
    for (const path of await broken
      .locator('nav a')
      .evaluateAll((links) =>
        links.map((link) => new URL((link as HTMLAnchorElement).href).pathname),
      )) {
      paths.set(path.split('/').at(-1) ?? '', path);
    }
    expect(paths.size).toBeGreaterThan(8);
    await broken.close();
    paths.set('setup', '/p/1/setup');
    // Of the page that was seen most, and of one of which too little is known.
    const [busiest] = await first('pages');
    expect(busiest.views).toBeGreaterThan(4);
    const report = (page: string) => `/p/1/page?page=${encodeURIComponent(page)}`;
    paths.set('page report', `${report(busiest.page)}&against=device:mobile`);
    paths.set('page report of few', report(view.page));
    paths.set('page view', `/p/1/page-views/${view.page_view_id}`);
    paths.set('session', `/p/1/sessions/${view.session_id}`);
    paths.set('trace', `/p/1/traces/${view.trace_id}`);
    paths.set('issue', `/p/1/issues/${issue.issue_id}`);
    paths.set('event', `/p/1/events/${event.event_id}`);
    paths.set('projects', '/p');
    paths.set('accounts', '/accounts');
    paths.set('not found', '/p/1/nothing-here');
    paths.set('no views of this page', '/p/1/page?page=%2Fnothing-here');
    paths.set('log in', '/login');
  });

  for (const look of looks) {
    test(`${look.name}: usable, calm and whole`, async ({ browser, pagewake }) => {
      test.setTimeout(180_000);
      const { context, page, problems } = await signedIn(browser, look, pagewake);
      const wrong: Record<string, unknown> = {};
      for (const [name, path] of paths) {
        await page.goto(`${pagewake.url}${path}`);
        await whole(page);
        await page.screenshot({
          path: `${SCREENSHOTS}/${name.replaceAll(' ', '_')}.${look.name.replaceAll(' ', '_')}.png`,
          fullPage: true,
        });
        const found = await examine(page);
        if (
          found.violations.length > 0 ||
          found.overflow > 0 ||
          found.shift > 0.01 ||
          found.unsaved.length > 0
        ) {
          wrong[name] = found;
        }
      }
      expect(JSON.stringify(wrong, null, 1)).toBe('{}');
      expect(problems).toEqual([]);
      await context.close();
    });
  }
});
