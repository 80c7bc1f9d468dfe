import type { BrowserContext } from '@playwright/test';
import { expect, type Json, leave, openWithCore, test } from '../fixtures.ts';

test('an uncaught error: parsed stack, breadcrumbs and its issue', async ({ page, shop, api }) => {
  await page.goto(`${shop.url}/broken/script/`, { waitUntil: 'load' });
  const failed = page.waitForEvent('pageerror');
  await page.getByRole('button', { name: 'Show' }).click();
  await failed;
  await leave(page);

  const event = await api.newestEvent(
    (e) => e.page === '/broken/script' && e.platform === 'javascript',
  );
  const [exception] = event.exceptions;
  expect(exception.type).toBe('TypeError');
  expect(exception.value).toContain("reading 'map'");
  expect(exception.mechanism).toEqual({ type: 'onerror', handled: false });
  expect(exception.frames[0].function).toBe('recommendationsFor');
  expect(exception.frames[0].filename).toContain('/static/shop/broken_script.js');
  expect(exception.frames[0].line).toBe(2);
  expect(exception.frames[0].in_app).toBe(true);
  expect(event.breadcrumbs.map((b: Json) => b.category)).toContain('ui.click');
  expect(event.page_view_id).toMatch(/^[0-9a-f]{32}$/);

  const issue = await api.get(`issues/${event.issue_id}`);
  expect(issue.title).toContain('TypeError');
  expect(issue.grouping_explanation).toContain('recommendationsFor');
  const view = await api.get(`page-views/${event.page_view_id}`);
  expect(view.events.map((e: Json) => e.event_id)).toContain(event.event_id);
});

test('visits are the sessions of their release, free of crashes or not', async ({
  browser,
  shop,
  api,
}) => {
  const from = new Date().toISOString();
  const visitors: BrowserContext[] = [];
  for (const path of ['/', '/broken/script/']) {
    const visitor = await browser.newContext();
    visitors.push(visitor);
    const page = await visitor.newPage();
    await page.goto(`${shop.url}${path}`, { waitUntil: 'load' });
    if (path !== '/') {
      const failed = page.waitForEvent('pageerror');
      await page.getByRole('button', { name: 'Show' }).click();
      await failed;
    }
    await leave(page);
  }
  const release = await api.waitFor(async () => {
    const { items } = await api.get('releases', { from });
    return items.find((one: Json) => one.sessions === 2 && one.unhandled === 1);
  }, 'both visits');
  // Not before: what a context has on its way goes with it.
  for (const visitor of visitors) await visitor.close();
  expect(release).toMatchObject({ crashed: 0, errored: 0, crash_free_sessions: 0.5 });
});

test('a rejected promise keeps its cause', async ({ page, shop, api }) => {
  await page.goto(`${shop.url}/broken/promise/`, { waitUntil: 'load' });
  const failed = page.waitForEvent('pageerror');
  await page.getByRole('button', { name: 'Show' }).click();
  await failed;
  await leave(page);
  const event = await api.newestEvent(
    (e) => e.page === '/broken/promise' && e.platform === 'javascript',
  );
  expect(event.exceptions.map((x: Json) => x.type)).toEqual(['Error', 'RangeError']);
  expect(event.exceptions[0].mechanism.type).toBe('onunhandledrejection');
  expect(event.exceptions[0].frames[0].function).toContain('loadRecommendations');
});

test('a failing API is a failed span and a rejection in the same trace as its log line', async ({
  page,
  shop,
  api,
}) => {
  await page.goto(`${shop.url}/broken/api/`, { waitUntil: 'load' });
  const failed = page.waitForEvent('pageerror');
  await page.getByRole('button', { name: 'Show' }).click();
  await failed;
  await leave(page);
  const event = await api.newestEvent(
    (e) => e.page === '/broken/api' && e.platform === 'javascript',
  );
  const trace = await api.waitFor(async () => {
    const found = await api.get(`traces/${event.trace_id}`);
    return found.logs.some((l: Json) => l.message === 'recommendations_unavailable')
      ? found
      : undefined;
  }, 'the log line');
  const span = trace.spans.find(
    (s: Json) => s.op === 'http.client' && /recommendations/.test(s.name),
  );
  expect(span.status).toBe('error');
  expect(trace.events.map((e: Json) => e.event_id)).toContain(event.event_id);
});

test('a server 500 joins the page view: Sentry event, OTel span and browser in one trace', async ({
  page,
  shop,
  api,
}) => {
  const response = await openWithCore(page, `${shop.url}/broken/server/`);
  expect(response?.status()).toBe(500);
  await leave(page);
  const view = await api.newestPageView('/broken/server', (v) => v.final);
  expect(view.timing.response_status).toBe(500);
  const sent = await api.waitFor(async () => {
    const found = await api.get(`traces/${view.trace_id}`);
    return found.events.find(
      (e: Json) => e.source === 'sentry' && e.title.startsWith('ZeroDivisionError'),
    );
  }, 'the Sentry event in the trace');
  const event = await api.get(`events/${sent.event_id}`);
  expect(event.platform).toBe('python');
  expect(event.exceptions[0].frames[0].function).toBe('broken_server');
  expect(event.exceptions[0].frames[0].context.line).toContain('1 / 0');
  expect(event.release).toBe('shop@1.4.2');
});

test('an error just before the visitor leaves a busy page', async ({ page, shop, api }) => {
  await openWithCore(page, `${shop.url}/`);
  const failed = page.waitForEvent('pageerror');
  await page.evaluate(() => {
    setTimeout(() => {
      throw new Error('last words');
    });
    // Longer than the SDK waits before it sends an error.
    setTimeout(() => {
      const since = performance.now();
      while (performance.now() - since < 1_500);
    });
  });
  await failed;
  await leave(page);
  const event = await api.newestEvent((e) => e.exceptions[0]?.value === 'last words');
  const view = await api.pageView(event.page_view_id, (v) => v.final);
  expect(view.page).toBe('/');
});
