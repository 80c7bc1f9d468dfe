// Who leaves before the SDK's late part has come still tells what the browser
// had measured by then.
import { expect, leave, test, told } from '../fixtures.ts';

test('left at load, before the late part: vitals, status and why it was slow', async ({
  page,
  shop,
  api,
}) => {
  await page.route(/pagewake-late/, () => {
    // Never answered: on a slow line it is still on its way.
  });
  const response = await page.goto(`${shop.url}/checkout/`, { waitUntil: 'load' });
  await page.waitForFunction(() => 'Pagewake' in globalThis);
  await told(page, 'largest-contentful-paint');
  // What the browser has told of when the page goes, for the next page to read.
  await page.evaluate(() => {
    const times = { paint: 0, 'largest-contentful-paint': 0 };
    const take = (entries: PerformanceEntryList) => {
      for (const { entryType, startTime } of entries)
        times[entryType as keyof typeof times] = startTime;
    };
    const observer = new PerformanceObserver((list) => take(list.getEntries()));
    for (const type of Object.keys(times)) observer.observe({ type, buffered: true });
    addEventListener('pagehide', () => {
      take(observer.takeRecords());
      sessionStorage.seen = JSON.stringify(Object.values(times));
    });
  });
  await page.goto(`${shop.url}/image/7.png`);
  const seen = JSON.parse(await page.evaluate(() => sessionStorage.seen)) as number[];

  const view = await api.newestPageView('/checkout', (v) => v.final);
  expect(view.vitals.fcp_ms).toBeCloseTo(seen[0] as number, 1);
  expect(view.vitals.lcp_ms).toBeCloseTo(seen[1] as number, 1);
  expect(view.vitals.cls).toBeGreaterThanOrEqual(0);
  expect(view.vitals.ttfb_ms).toBeGreaterThan(0);
  expect(view.vitals.missing).toEqual({ inp_ms: 'no_interaction' });
  expect(view.timing.response_status).toBe(response?.status());
  expect(view.timing.dom_interactive_ms).toBeGreaterThan(0);
  const lcp = view.vitals.attribution.lcp;
  expect(lcp.time_to_first_byte_ms + lcp.element_render_delay_ms).toBeCloseTo(
    view.vitals.lcp_ms,
    1,
  );
});

test('a click before the late part has come is its INP', async ({ page, shop, api }) => {
  await page.route(/pagewake-late/, () => {});
  await page.goto(`${shop.url}/broken/script/`, { waitUntil: 'load' });
  await page.waitForFunction(() => 'Pagewake' in globalThis);
  const failed = page.waitForEvent('pageerror');
  await page.getByRole('button', { name: 'Show' }).click();
  await failed;
  // In steps of 8 ms: a fast one may well be 0.
  const firstInputMs = await page.evaluate(
    () =>
      new Promise<number>((done) =>
        new PerformanceObserver((list) =>
          done(list.getEntries()[0]?.duration ?? Number.NaN),
        ).observe({
          type: 'first-input',
          buffered: true,
        }),
      ),
  );
  await leave(page);
  const view = await api.newestPageView('/broken/script', (v) => v.final);
  expect(view.vitals.inp_ms).toBeGreaterThanOrEqual(firstInputMs);
  expect(view.vitals.missing).not.toHaveProperty('inp_ms');
  expect(view.events).toHaveLength(1);
});
