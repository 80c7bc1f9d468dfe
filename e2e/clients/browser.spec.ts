// Grafana Faro, web-vitals and the browser's own reports.
import { told } from '../fixtures.ts';
import { expect, test } from './client.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of the API
type Any = any;

test('Faro with tracing: an error, a fetch and its backend under one trace', async ({
  site,
  api,
  page,
}) => {
  await site.bundle(site.filled('faro.js'));
  const django = await site.django(site.filled('otel-django.py'), {
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  const sent = page.waitForRequest(/\/faro\//);
  await page.goto(`${django.url}/page.html`);
  await sent;
  const request = page.waitForRequest(/\/ok\//);
  await page.click('#buy');
  const [, trace, parent] = ((await request).headers().traceparent ?? '').split('-');
  await page.click('#break');
  const stored = await api.waitFor(async () => {
    const found = await site.trace(trace ?? '').catch(() => undefined);
    return (
      found?.spans.some((s: Any) => s.source === 'faro') &&
      found.spans.some((s: Any) => s.op === 'db') &&
      found
    );
  }, 'the fetch and its backend');
  const served = stored.spans.find((span: Any) => span.op === 'http.server');
  expect(served.reported_parent_span_id).toBe(parent);
  const event = await api.waitFor(
    async () => (await site.events()).find((e) => e.source === 'faro'),
    'the error',
  );
  expect(event).toMatchObject({
    platform: 'javascript',
    page: '/page.html',
    environment: 'production',
  });
  const view = await api.waitFor(
    async () =>
      (await api.get('page-views', { release: site.release })).items.find(
        (found: Any) => found.vitals.ttfb_ms !== null,
      ),
    'a page view with its TTFB, which Faro sends as it comes',
  );
  expect(view.page).toBe('/page.html');
  expect(view.vitals.ttfb_ms).toBeGreaterThanOrEqual(0);
});

test('Faro without tracing, with compression', async ({ site, api, page }) => {
  const code = site
    .filled('faro.js')
    .replace(/import \{ TracingInstrumentation.*\n/, '')
    .replace(', new TracingInstrumentation()', '')
    .replace(
      "  url: '",
      "  transports: [new FetchTransport({ requestOptions: {}, requestCompression: true, url: '",
    )
    .replace("',\n  app:", "' })],\n  app:")
    .replace('import { ', 'import { FetchTransport, ');
  await site.bundle(code);
  const django = await site.django('');
  await page.goto(`${django.url}/page.html`);
  const compressed = page.waitForRequest(
    (request) =>
      request.url().includes('/faro/') &&
      request.method() === 'POST' &&
      request.headers()['content-encoding'] === 'gzip',
  );
  await page.click('#break');
  await compressed;
  const event = await api.waitFor(async () => (await site.events())[0], 'the error');
  expect(event).toMatchObject({ source: 'faro', platform: 'javascript' });
});

test('web-vitals by sendBeacon: one page view with its values', async ({ site, api, page }) => {
  await site.bundle(site.filled('web-vitals.js'));
  const django = await site.django('');
  await page.goto(`${django.url}/page.html`);
  await told(page, 'largest-contentful-paint');
  await page.click('#break');
  await page.goto('about:blank');
  const [item] = await api.waitFor(async () => {
    const { items } = await api.get('page-views', { release: site.release });
    return items.length > 0 && items;
  }, 'the page view');
  const view = await api.get(`page-views/${item.page_view_id}`);
  expect(view).toMatchObject({ page: '/page.html', navigation_type: 'navigate' });
  expect(view.vitals.ttfb_ms).toBeGreaterThanOrEqual(0);
  expect(view.vitals.fcp_ms).toBeGreaterThan(0);
  expect(view.vitals.lcp_ms).toBeGreaterThan(0);
  expect(view.vitals.cls).toBeGreaterThanOrEqual(0);
});

test('a page’s CSP violation, reported by Chromium itself', async ({ site, api, page }) => {
  await site.bundle(
    `const image = new Image(); image.src = 'http://${site.release}.example/pixel.png';`,
  );
  const django = await site.django('', { PAGE_HEADERS: site.filled('reports.headers').trim() });
  await page.goto(`${django.url}/page.html`);
  const event = await api.waitFor(async () => {
    const { items } = await api.get('events', { limit: '100' });
    return items.find((found: Any) => found.title.includes(site.release));
  }, 'the violation');
  expect(event).toMatchObject({ source: 'browser_report', level: 'warning', page: '/page.html' });
  expect(event.title).toBe(`Content security policy: img-src blocks ${site.release}.example`);
});
