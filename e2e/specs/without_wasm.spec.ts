import { expect, type Json, leave, test, told, withCore } from '../fixtures.ts';

test('a strict CSP: no WebAssembly, one violation at most, the same record', async ({
  page,
  shop,
  api,
}) => {
  const violations: string[] = [];
  await page.exposeFunction('violated', (text: string) => violations.push(text));
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) =>
      (window as Json).violated(`${event.effectiveDirective} ${event.blockedURI}`),
    ),
  );
  // Two views in one session: the second must not try WebAssembly again.
  for (let visit = 0; visit < 2; visit += 1) {
    await page.goto(`${shop.url}/strict/`, { waitUntil: 'load' });
    await page.waitForFunction(() => sessionStorage.getItem('pagewake.wasm') === '0');
    await told(page, 'largest-contentful-paint');
    expect(await page.evaluate(() => (window as Json).Pagewake.flush())).toBe(true);
  }
  await leave(page);
  expect(violations.filter((v) => v.includes('wasm')).length).toBeLessThanOrEqual(1);

  const view = await api.newestPageView('/strict', (v) => v.final);
  expect(view.replayed).toBe(true);
  expect(view.vitals.fcp_ms).toBeGreaterThan(0);
  expect(view.vitals.lcp_ms).toBeGreaterThan(0);
  expect(view.timing.response_status).toBe(200);
  expect(view.sdk_cost.main_thread_ms).toBeGreaterThan(0);
  expect(view.sdk_cost.sent_bytes).toBeGreaterThan(1_000);
  expect(view.resources.some((r: Json) => r.url.includes('/image/'))).toBe(true);
});

test('with and without WebAssembly a page gives the same record', async ({
  browser,
  shop,
  api,
}) => {
  const visit = async (withWasm: boolean): Promise<Json> => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const load = () =>
      page.goto(`${shop.url}/broken/promise/?secret=hunter2`, { waitUntil: 'load' });
    if (withWasm) {
      await withCore(page, load);
    } else {
      await page.route('**/*.wasm', (route) => route.abort());
      const refused = page.waitForEvent('requestfailed', (request) =>
        request.url().endsWith('.wasm'),
      );
      await load();
      await refused;
    }
    await told(page, 'largest-contentful-paint');
    const failed = page.waitForEvent('pageerror');
    await page.getByRole('button', { name: 'Show' }).click();
    await failed;
    await told(page, 'first-input');
    await leave(page);
    const view = await api.newestPageView(
      '/broken/promise',
      (v) => v.final && v.replayed === !withWasm && v.events.length > 0 && v.vitals.inp_ms !== null,
    );
    const event = await api.get(`events/${view.events[0].event_id}`);
    await context.close();
    return { view, event };
  };
  const both = [await visit(true), await visit(false)];
  // What does not depend on the moment: everything but times, ids and sizes.
  const [core, replay] = both.map(({ view, event }) => ({
    page: view.page,
    url: view.url,
    title: view.title,
    navigation_type: view.navigation_type,
    measured: Object.keys(view.vitals).filter((k) => view.vitals[k] !== null),
    missing: view.vitals.missing,
    targets: {
      lcp: view.vitals.attribution.lcp?.target,
      inp: view.vitals.attribution.inp?.target,
      inp_type: view.vitals.attribution.inp?.type,
    },
    resources: view.resources.map((r: Json) => [r.url, r.initiator_type]).sort(),
    breadcrumbs: view.breadcrumbs.map((b: Json) => [b.category, b.level, b.message]),
    timing: Object.keys(view.timing),
    error_count: view.error_count,
    device: view.device.type,
    exceptions: event.exceptions,
    grouping: event.grouping,
    issue_id: event.issue_id,
  }));
  expect(replay).toEqual(core);
  expect(JSON.stringify(both)).not.toContain('hunter2');
});
