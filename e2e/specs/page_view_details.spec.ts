// What a page view says besides its vitals: in the API and on its dashboard page.
import { drawn, expect, SETTLED, test } from '../beside_web_vitals.ts';
import { type Json, leave, openWithCore } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

test('server timing, user timing, device and what measuring cost', async ({
  page,
  site,
  api,
  pagewake,
  context,
}) => {
  site.pages['/details/data'] = { html: '', headers: { 'server-timing': 'edge;dur=3.5' } };
  site.pages['/details'] = {
    html: `<h1>Shop</h1><script>
      performance.mark('hydrated', { detail: { password: 'hunter2' } });
      performance.measure('search jo@example.com', { start: 10, duration: 25 });
      fetch('/details/data').then((r) => r.text()).then(() => { globalThis.fetched = true; });
    </script>`,
    headers: {
      'server-timing': `db;dur=53.2;desc="orders", cache;desc="hit", traceparent;desc="00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01"`,
    },
  };
  // The browser's own estimates change while one looks.
  await page.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, 'connection', {
      get: () => ({ effectiveType: '3g', rtt: 250, saveData: true }),
    }),
  );
  await openWithCore(page, `${site.url}/details`);
  await page.waitForFunction('globalThis.fetched');
  await page.evaluate(`Pagewake.mark('cart shown')`);
  // More than a page view takes.
  await page.evaluate(`for (let i = 0; i < 110; i++) performance.mark('tick')`);
  await page.evaluate(SETTLED);
  const told = await page.evaluate(`({
    cores: navigator.hardwareConcurrency,
    memory_mb: navigator.deviceMemory * 1024,
    connection: navigator.connection.effectiveType,
    rtt_ms: navigator.connection.rtt,
    save_data: navigator.connection.saveData,
  })`);
  await leave(page);

  const view = await api.newestPageView('/details', (v) => v.final);
  expect(view.trace_id).toBe('a1'.repeat(16));
  expect(view.timing.server_timing).toEqual([
    { name: 'db', duration_ms: 53.2, description: 'orders' },
    { name: 'cache', duration_ms: 0, description: 'hit' },
  ]);
  expect(view.timing.not_restored_reasons).toEqual([]);
  const data = view.resources.find((r: Json) => r.url.endsWith('/details/data'));
  expect(data.server_timing).toEqual([{ name: 'edge', duration_ms: 3.5, description: '' }]);

  const timed = view.spans.filter((s: Json) => s.op === 'mark' || s.op === 'measure');
  // Of the first 100 spans. The page's own request is one of them where the SDK,
  // which is async, was there before it.
  const requests = view.spans.filter((s: Json) => s.op === 'http.client').length;
  expect(requests).toBeLessThanOrEqual(1);
  expect(timed).toHaveLength(100 - requests);
  const named = (name: string) => timed.filter((s: Json) => s.name === name);
  expect(named('hydrated')).toHaveLength(1);
  expect(named('cart shown')).toHaveLength(1);
  expect(named('search [Filtered]')[0]).toMatchObject({
    op: 'measure',
    start_ms: 10,
    duration_ms: 25,
    parent_span_id: view.span_id,
  });
  expect(JSON.stringify(view)).not.toContain('hunter2');

  const { type, ...device } = view.device;
  expect(type).toBe('desktop');
  expect({
    cores: device.cores,
    memory_mb: device.memory_mb,
    connection: device.effective_connection_type,
    rtt_ms: device.rtt_ms,
    save_data: device.save_data,
  }).toEqual(told);
  expect(device.unsupported_entry_types).not.toContain('long-animation-frame');
  expect(view.hidden_at_start).toBe(false);
  expect(view.left_before_load).toBe(false);

  // 113 marks and measures were made.
  expect(view.sdk_cost.dropped).toBe(13 + requests);
  expect(view.sdk_cost.main_thread_ms).toBeGreaterThan(0);
  expect(view.sdk_cost.core_load_ms).toBeGreaterThan(0);

  const dashboard = await context.newPage();
  await logIn(dashboard, pagewake);
  await dashboard.goto(`${pagewake.url}/p/1/page-views/${view.page_view_id}?row=document`);
  const dropped = new RegExp(`main thread, core in .* sent, ${13 + requests} dropped`);
  await expect(dashboard.getByText(dropped)).toBeVisible();
  await expect(dashboard.getByText('processor cores')).toBeVisible();
  await expect(dashboard.getByText('server: db')).toBeVisible();
  await expect(dashboard.getByText('53 ms, orders')).toBeVisible();
  await expect(dashboard.getByText('cart shown').first()).toBeVisible();
});

test('left before the load event', async ({ page, site, api, pagewake, context }) => {
  site.pages['/abandoned'] = { html: '<h1>Shop</h1><img src="/picture-30000-10x10.svg">' };
  await page.goto(`${site.url}/abandoned`, { waitUntil: 'commit' });
  await page.waitForFunction(`'Pagewake' in globalThis`);
  await drawn(page);
  // Closing would stop a page that is still loading without a word.
  await page.goto('about:blank');
  const view = await api.newestPageView('/abandoned', (v) => v.final);
  expect(view.left_before_load).toBe(true);
  expect(view.timing.response_start_ms).toBeGreaterThan(0);

  const dashboard = await context.newPage();
  await logIn(dashboard, pagewake);
  await dashboard.goto(`${pagewake.url}/p/1/page-views/${view.page_view_id}`);
  await expect(dashboard.getByText('left before load')).toBeVisible();
});

test('every script of a long frame is there, and the dashboard names those of an INP', async ({
  page,
  site,
  api,
  pagewake,
  context,
}) => {
  site.scripts['/busy.js'] = `
    function busy(ms) { const until = performance.now() + ms; while (performance.now() < until); }
    function onBuy() { busy(120); }
    function onTrack() { busy(60); }
    document.querySelector('button').addEventListener('click', onBuy);
    document.querySelector('main').addEventListener('click', onTrack);`;
  site.pages['/frames'] = {
    html: '<main><button>Buy</button></main><script src="/busy.js"></script>',
  };
  await openWithCore(page, `${site.url}/frames`);
  await page.click('button');
  await page.evaluate(SETTLED);
  await leave(page);
  const view = await api.newestPageView('/frames', (v) => v.final && v.long_frames.length > 0);
  const frame = view.long_frames.find((f: Json) =>
    f.scripts.some((s: Json) => s.function === 'onBuy'),
  );
  // On a busy machine whatever else ran in the frame takes the 5 ms that name a script.
  const scripts = frame.scripts.filter((s: Json) => s.url === `${site.url}/busy.js`);
  expect(scripts.map((s: Json) => s.function)).toEqual(['onBuy', 'onTrack']);
  for (const script of scripts) {
    expect(script.char_position).toBeGreaterThan(0);
    expect(script.start_ms).toBeGreaterThanOrEqual(frame.start_ms);
    expect(script.duration_ms).toBeGreaterThan(50);
  }
  // And it may keep the shorter one from running until it is the longer.
  const [longest, other] = scripts.toSorted((a: Json, b: Json) => b.duration_ms - a.duration_ms);
  expect(view.vitals.attribution.inp.longest_script_char_position).toBe(longest.char_position);

  const dashboard = await context.newPage();
  await logIn(dashboard, pagewake);
  await dashboard.goto(
    `${pagewake.url}/p/1/page-views/${view.page_view_id}?row=frame:${frame.index}`,
  );
  await expect(
    dashboard.getByText(new RegExp(`${longest.function}, .* in its processing duration`)),
  ).toBeVisible();
  await expect(
    dashboard.getByText(new RegExp(`${other.function} at character \\d+`)),
  ).toBeVisible();
});
