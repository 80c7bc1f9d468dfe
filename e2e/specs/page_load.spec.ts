import { expect, leave, openWithCore, test, told, withCore } from '../fixtures.ts';

test('a page load is stored with vitals, timing and resources', async ({ page, shop, api }) => {
  await openWithCore(page, `${shop.url}/?utm_source=mail&token=s3cr3t`);
  await told(page, 'largest-contentful-paint');
  await leave(page);

  const view = await api.newestPageView('/', (v) => v.final);
  expect(view.navigation_type).toBe('navigate');
  expect(view.url).toBe(`${shop.url}/`);
  expect(view.release).toBe('shop@1.4.2');
  expect(view.environment).toBe('demo');
  expect(view.browser).toBe('Chrome');
  expect(view.device.type).toBe('desktop');
  expect(view.vitals.fcp_ms).toBeGreaterThan(0);
  expect(view.vitals.lcp_ms).toBeGreaterThanOrEqual(view.vitals.fcp_ms);
  expect(view.vitals.ttfb_ms).toBeGreaterThan(0);
  expect(view.vitals.cls).toBeGreaterThanOrEqual(0);
  expect(view.vitals.inp_ms).toBeNull();
  expect(view.vitals.missing).toEqual({ inp_ms: 'no_interaction' });
  expect(view.timing.response_status).toBe(200);
  expect(view.timing.request_start_ms).toBeLessThanOrEqual(view.timing.response_start_ms);
  expect(view.timing.response_start_ms).toBeCloseTo(view.vitals.ttfb_ms, 0);

  const pictures = view.resources.filter((r: { url: string }) => r.url.includes('/image/'));
  expect(pictures.length).toBeGreaterThanOrEqual(12);
  for (const picture of pictures) {
    expect(picture.initiator_type).toBe('img');
    expect(picture.encoded_body_bytes).toBeGreaterThan(0);
  }
  // The SDK does not report its own requests.
  expect(JSON.stringify(view.resources)).not.toContain('pagewake');
});

test('the parts of LCP add up to it', async ({ page, shop, api }) => {
  await openWithCore(page, `${shop.url}/product/7/`);
  await told(page, 'largest-contentful-paint', '/image/7.png');
  await leave(page);

  const view = await api.newestPageView('/product/:id', (v) => v.final);
  const lcp = view.vitals.attribution.lcp;
  expect(lcp.url).toContain('/image/7.png');
  expect(lcp.target).toContain('img');
  // Found late (400 ms) and served late (600 ms), each in its own part.
  expect(lcp.resource_load_delay_ms).toBeGreaterThan(300);
  expect(lcp.resource_load_duration_ms).toBeGreaterThan(550);
  const sum =
    lcp.time_to_first_byte_ms +
    lcp.resource_load_delay_ms +
    lcp.resource_load_duration_ms +
    lcp.element_render_delay_ms;
  expect(Math.abs(sum - view.vitals.lcp_ms)).toBeLessThan(1);
});

test('a late banner is a layout shift with its source', async ({ page, shop, api }) => {
  await openWithCore(page, `${shop.url}/cart/`);
  await page.locator('.banner').waitFor();
  await told(page, 'layout-shift');
  await leave(page);
  const view = await api.newestPageView('/cart', (v) => v.final);
  expect(view.vitals.cls).toBeGreaterThan(0.02);
  expect(view.vitals.attribution.cls.largest_shift_target).not.toBe('');
  expect(view.vitals.attribution.cls.largest_shift_time_ms).toBeGreaterThan(600);
});

test('a reload says so', async ({ page, shop, api }) => {
  await page.goto(`${shop.url}/broken/api/`);
  await withCore(page, () => page.reload({ waitUntil: 'load' }));
  await told(page, 'largest-contentful-paint');
  await leave(page);
  const view = await api.newestPageView(
    '/broken/api',
    (v) => v.navigation_type === 'reload' && v.final,
  );
  expect(view.vitals.lcp_ms).toBeGreaterThan(0);
});
