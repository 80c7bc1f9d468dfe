// The trace that a page continues and hands on, in a real browser.
import { expect, SETTLED, test } from '../beside_web_vitals.ts';
import { type Json, leave, openWithCore, withCore } from '../fixtures.ts';

const TRACE = 'c3'.repeat(16);

test('a page out of the cache does not continue the trace of who made it', async ({
  page,
  site,
  api,
}) => {
  site.pages['/traced'] = {
    html: '<h1>Shop</h1>',
    headers: {
      'cache-control': 'max-age=600',
      'server-timing': `traceparent;desc="00-${TRACE}-${'d4'.repeat(8)}-01"`,
    },
  };
  site.pages['/other'] = { html: '<a href="/traced">Back</a>' };
  await openWithCore(page, `${site.url}/traced`);
  await openWithCore(page, `${site.url}/other`);
  await withCore(page, async () => {
    await page.click('a');
    await page.waitForURL(/traced/);
  });
  await page.evaluate(SETTLED);
  await leave(page);
  const views = await api.waitFor(async () => {
    const { items } = await api.get('page-views', { page: '/traced', limit: '5' });
    const own = items.filter((v: Json) => v.final && v.url.startsWith(site.url));
    return own.length === 2 && own;
  }, 'two views of the page');
  const [cached, made] = views;
  expect(made.trace_id).toBe(TRACE);
  expect(made.server_span_id).toBe('d4'.repeat(8));
  expect(cached.timing.transfer_bytes).toBe(0);
  expect(cached.trace_id).not.toBe(TRACE);
  expect(cached.server_span_id).toBeNull();
});

test("a request's own tracestate and baggage go along with our traceparent", async ({
  page,
  site,
  api,
}) => {
  site.pages['/handing-on'] = { html: '<h1>Shop</h1>' };
  await openWithCore(page, `${site.url}/handing-on`);
  await page.evaluate(async () => {
    const headers = { tracestate: 'vendor=1', baggage: 'tenant=7' };
    await fetch('/api/fetch', { headers });
    await fetch(new Request('/api/request', { headers }));
    await new Promise((done) => {
      const xhr = new XMLHttpRequest();
      xhr.open('GET', '/api/xhr');
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      xhr.onloadend = done;
      xhr.send();
    });
  });
  // A request's timing comes a moment after its answer.
  await page.waitForFunction(
    () =>
      performance
        .getEntriesByType('resource')
        .filter((e) => /\/api\/(fetch|request|xhr)$/.test(e.name)).length === 3,
  );
  await leave(page);
  const view = await api.newestPageView('/handing-on', (v) => v.final);
  expect(site.calls.map(({ path }) => path)).toEqual(['/api/fetch', '/api/request', '/api/xhr']);
  for (const { path, headers } of site.calls) {
    expect(headers.tracestate, path).toBe('vendor=1');
    expect(headers.baggage, path).toBe('tenant=7');
    const span = view.spans.find((s: Json) => s.name === `GET ${path}`);
    expect(headers.traceparent, path).toBe(`00-${view.trace_id}-${span.span_id}-03`);
    // The request that was timed and the span that carried the trace are one.
    const resource = view.resources.find((r: Json) => r.url.endsWith(path));
    expect(resource.start_ms, path).toBeGreaterThanOrEqual(span.start_ms);
    // fetch() resolves once the headers are here, XMLHttpRequest ends with the
    // body; both times are rounded.
    const told = path === '/api/xhr' ? resource.response_end_ms : resource.response_start_ms;
    expect(told, path).toBeGreaterThan(resource.start_ms);
    expect(told, path).toBeLessThanOrEqual(span.start_ms + span.duration_ms + 1);
  }
});

test("the server's tracestate and baggage go along with its trace", async ({ page, site, api }) => {
  site.pages['/brought'] = {
    html: '<h1>Shop</h1>',
    head: `<meta name="traceparent" content="00-${TRACE}-${'d4'.repeat(8)}-01">
      <meta name="tracestate" content="vendor=t61rcWkgMzE,other=1">
      <meta name="baggage" content="tenant=7">`,
  };
  await openWithCore(page, `${site.url}/brought`);
  await page.evaluate(async () => {
    await fetch('/api/fetch');
    await fetch('/api/own', { headers: { baggage: 'mine=1' } });
    await new Promise((done) => {
      const xhr = new XMLHttpRequest();
      xhr.open('GET', '/api/xhr');
      xhr.onloadend = done;
      xhr.send();
    });
    history.pushState(null, '', '/brought/route');
    await fetch('/api/route');
  });
  await leave(page);
  await api.newestPageView('/brought/route', (v) => v.final);
  expect(
    site.calls.map(({ path, headers }) => [path, headers.tracestate, headers.baggage]),
  ).toEqual([
    ['/api/fetch', 'vendor=t61rcWkgMzE,other=1', 'tenant=7'],
    ['/api/own', 'vendor=t61rcWkgMzE,other=1', 'mine=1'],
    ['/api/xhr', 'vendor=t61rcWkgMzE,other=1', 'tenant=7'],
    // Another page view, another trace.
    ['/api/route', undefined, undefined],
  ]);
  for (const { path, headers } of site.calls.slice(0, 3)) {
    expect(headers.traceparent, path).toContain(`00-${TRACE}-`);
  }
});

test('spans nest, across await where the page says which is meant', async ({ page, site, api }) => {
  site.pages['/nesting'] = { html: '<h1>Shop</h1>' };
  await openWithCore(page, `${site.url}/nesting`);
  await page.evaluate(`(async () => {
    await Pagewake.startSpan({ name: 'checkout' }, async (checkout) => {
      Pagewake.startSpan({ name: 'validate' }, () => {});
      await fetch('/api/before');
      Pagewake.startSpan({ name: 'unrelated' }, () => {});
      await Pagewake.startSpan({ name: 'pay', parentSpan: checkout }, () => fetch('/api/after'));
    });
    await Pagewake.startSpan({ name: 'fails' }, async () => { throw new Error('no'); }).catch(() => {});
  })()`);
  await leave(page);
  const view = await api.newestPageView('/nesting', (v) => v.final && v.spans.length > 6);
  const span = (name: string) => view.spans.find((s: Json) => s.name === name);
  const parents = Object.fromEntries(
    ['checkout', 'validate', 'GET /api/before', 'unrelated', 'pay', 'GET /api/after'].map(
      (name) => [name, span(name).parent_span_id],
    ),
  );
  expect(parents).toEqual({
    checkout: view.span_id,
    validate: span('checkout').span_id,
    'GET /api/before': span('checkout').span_id,
    // After an await nobody can know; a wrong parent would be worse than none.
    unrelated: view.span_id,
    pay: span('checkout').span_id,
    'GET /api/after': span('pay').span_id,
  });
  expect(span('fails').status).toBe('error');
});
