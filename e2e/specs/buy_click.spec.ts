import { expect, type Json, leave, test, told } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

// The product's promise in one test: from the click in the browser to the SQL
// statement and the log line it caused, in one trace.
test('one click on "buy" is one trace: fetch, Django span, SQL and log line', async ({
  page,
  shop,
  api,
}) => {
  await page.goto(`${shop.url}/checkout/`, { waitUntil: 'load' });
  await page.getByRole('button', { name: 'Buy' }).click();
  await page.getByText('Thank you').waitFor();
  await told(page, 'event', '"name":"click"');
  const orderText = await page.locator('#answer').textContent();
  const orderId = Number(/Order (\d+)/.exec(orderText ?? '')?.[1]);
  await leave(page);

  const view = await api.newestPageView('/checkout', (v) => v.final && v.vitals.inp_ms !== null);

  // The slow click handler is INP's processing time.
  expect(view.vitals.inp_ms).toBeGreaterThan(250);
  expect(view.vitals.attribution.inp.target).toContain('buy');
  expect(view.vitals.attribution.inp.type).toBe('pointer');
  expect(view.vitals.attribution.inp.processing_duration_ms).toBeGreaterThan(250);

  const buy = view.spans.find((s: Json) => s.op === 'http.client' && s.name.includes('/api/buy'));
  expect(buy).toBeTruthy();
  const breadcrumbs = view.breadcrumbs.map((b: Json) => b.category);
  expect(breadcrumbs).toContain('ui.click');

  const trace = await api.waitFor(async () => {
    const found = await api.get(`traces/${view.trace_id}`);
    const hasSql = found.spans.some((s: Json) => /INSERT INTO/.test(JSON.stringify(s.attributes)));
    const hasLog = found.logs.some((l: Json) => l.message === 'order_placed');
    return hasSql && hasLog ? found : undefined;
  }, 'the backend part of the trace');

  const bySpanId = new Map<string, Json>(trace.spans.map((s: Json) => [s.span_id, s]));
  const insert = trace.spans.find((s: Json) => /INSERT INTO/.test(JSON.stringify(s.attributes)));
  const path: string[] = [];
  for (let span = insert; span; span = bySpanId.get(span.parent_span_id))
    path.push(`${span.service}:${span.op}`);
  // SQL in the request, the request in the fetch, the fetch in the page view.
  expect(path[0]).toBe('shop:db');
  expect(path).toContain('shop:http.server');
  expect(path).toContain('browser:http.client');
  expect(path.at(-1)).toBe('browser:pageload');

  const server = trace.spans.find(
    (s: Json) => s.op === 'http.server' && s.parent_span_id === buy.span_id,
  );
  const fetched = bySpanId.get(buy.span_id);
  expect(server.start_ms).toBeGreaterThanOrEqual(fetched.start_ms);
  expect(server.start_ms + server.duration_ms).toBeLessThanOrEqual(
    fetched.start_ms + fetched.duration_ms + 1,
  );

  const line = trace.logs.find((l: Json) => l.message === 'order_placed');
  expect(line.attributes.order_id).toBe(orderId);
  expect(line.source).toBe('json_log');
  expect(trace.spans.some((s: Json) => s.span_id === line.span_id)).toBe(true);

  // The page's own request joined too: its server span hangs under the page load.
  const pageServer = bySpanId.get(view.server_span_id);
  expect(pageServer?.service).toBe('shop');
  expect(pageServer?.parent_span_id).toBe(view.span_id);
});

test('the same trace on the dashboard: waterfall of the page view and the trace page', async ({
  page,
  shop,
  api,
  pagewake,
  context,
}) => {
  await page.goto(`${shop.url}/checkout/`, { waitUntil: 'load' });
  await page.getByRole('button', { name: 'Buy' }).click();
  await page.getByText('Thank you').waitFor();
  await told(page, 'event', '"name":"click"');
  await leave(page);
  const view = await api.newestPageView('/checkout', (v) => v.final && v.vitals.inp_ms !== null);
  await api.waitFor(async () => {
    const trace = await api.get(`traces/${view.trace_id}`);
    return trace.spans.some((s: Json) => /INSERT INTO/.test(JSON.stringify(s.attributes)));
  }, 'the SQL span');

  const dashboard = await context.newPage();
  await logIn(dashboard, pagewake);
  await dashboard.goto(`${pagewake.url}/p/1/page-views/${view.page_view_id}`);
  await expect(dashboard.getByText(/INSERT INTO/).first()).toBeVisible();
  await expect(dashboard.getByText(/\/api\/buy/).first()).toBeVisible();
  await dashboard.goto(`${pagewake.url}/p/1/traces/${view.trace_id}`);
  await expect(dashboard.getByText(/INSERT INTO/).first()).toBeVisible();
  await expect(dashboard.getByText('order_placed').first()).toBeVisible();
});
