// Vitals beside web-vitals where pages are hidden, shown, restored and
// prerendered for real, in a Chromium of our own.
import { test as base, differences, expect, ours, SETTLED } from '../beside_web_vitals.ts';
import { type OwnChromium, startChromium, type Tab } from '../own_chromium.ts';

const test = base.extend<object, { chromium: OwnChromium }>({
  chromium: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads fixture names from the pattern
    async ({}, use) => {
      const chromium = await startChromium();
      await use(chromium);
      await chromium.stop();
    },
    { scope: 'worker' },
  ],
});

const CORE_IS_THERE = 'globalThis.isCoreHere';
const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
const shift = `(() => { const box = document.createElement('div'); box.style.height = '120px';
  document.body.prepend(box); return ${twoFrames} })()`;

const html = `<h1>Shop</h1><button id="busy">Busy</button><p style="height:300px">Text</p><script>
  busy.onclick = () => { const until = performance.now() + 80; while (performance.now() < until); }</script>`;

const click = async (tab: Tab) => {
  await tab.click('#busy');
  await tab.evaluate(SETTLED);
};

test('loaded in the background and never looked at', async ({ chromium, site, api }) => {
  site.pages['/background'] = { html };
  const tab = await chromium.open(`${site.url}/background`, { background: true });
  await tab.until(CORE_IS_THERE);
  await site.reported('TTFB', 'navigate');
  await tab.evaluate(`setTimeout(() => (location.href = 'about:blank'))`);
  const view = await api.newestPageView('/background', (v) => v.final);
  expect(view.hidden_at_start).toBe(true);
  expect(differences(ours(view), site.theirs('/background', 'navigate'))).toEqual([]);
  expect(view.vitals.missing).toMatchObject({ fcp_ms: 'hidden_first', lcp_ms: 'hidden_first' });
  await tab.close();
});

test('loaded in the background, then looked at and used', async ({ chromium, site, api }) => {
  site.pages['/background-then-used'] = { html };
  const other = await chromium.open('about:blank');
  const tab = await chromium.open(`${site.url}/background-then-used`, { background: true });
  await tab.until(CORE_IS_THERE);
  await tab.toFront();
  await tab.until(`document.visibilityState === 'visible'`);
  await tab.evaluate(twoFrames);
  await tab.evaluate(shift);
  await click(tab);
  await tab.close();
  await other.close();
  await site.hidden();
  const view = await api.newestPageView('/background-then-used', (v) => v.final);
  expect(differences(ours(view), site.theirs('/background-then-used', 'navigate'))).toEqual([]);
  expect(view.vitals.inp_ms).toBeGreaterThan(0);
  expect(view.duration_ms).toBeGreaterThan(0);
});

test('hidden before the largest picture came', async ({ chromium, site, api }) => {
  site.pages['/hidden-early'] = { html: `${html}<img src="/picture-held-700x500.svg">` };
  const other = await chromium.open('about:blank');
  const tab = await chromium.open(`${site.url}/hidden-early`);
  await tab.until(`performance.getEntriesByName('first-contentful-paint').length`);
  await other.toFront();
  await tab.until(`document.visibilityState === 'hidden'`);
  site.release();
  await tab.until(CORE_IS_THERE);
  await tab.toFront();
  await tab.until(`document.visibilityState === 'visible' && document.images[0].complete`);
  await tab.evaluate(twoFrames);
  await tab.close();
  await other.close();
  await site.hidden(2);
  const view = await api.newestPageView('/hidden-early', (v) => v.final);
  expect(differences(ours(view), site.theirs('/hidden-early', 'navigate'))).toEqual([]);
  expect(view.vitals.attribution.lcp.url).toBe('');
});

test('looking at another tab, coming back, and leaving', async ({ chromium, site, api }) => {
  site.pages['/back-and-forth'] = { html };
  const other = await chromium.open('about:blank');
  const tab = await chromium.open(`${site.url}/back-and-forth`);
  await tab.until(CORE_IS_THERE);
  await click(tab);
  await other.toFront();
  await site.hidden(1);
  const first = await api.newestPageView('/back-and-forth', (v) => v.vitals.inp_ms !== null);
  expect(first.final).toBe(false);
  expect(differences(ours(first), site.theirs('/back-and-forth', 'navigate'))).toEqual([]);

  await tab.toFront();
  await tab.until(`document.visibilityState === 'visible'`);
  // Half a second after an input nothing is unexpected any more.
  await tab.evaluate('new Promise((done) => setTimeout(done, 600))');
  await tab.evaluate(shift);
  await click(tab);
  await tab.close();
  await other.close();
  await site.hidden(2);
  const last = await api.newestPageView('/back-and-forth', (v) => v.final);
  expect(last.page_view_id).toBe(first.page_view_id);
  expect(last.vitals.cls).toBeGreaterThan(0);
  expect(differences(ours(last), site.theirs('/back-and-forth', 'navigate'))).toEqual([]);
});

for (const { name, wait_ms, picture } of [
  { name: 'long before it is looked at', wait_ms: 0, picture: '' },
  { name: 'its picture comes after', wait_ms: 0, picture: '<img src="/picture-1500-700x500.svg">' },
]) {
  test(`prerendered: ${name}`, async ({ chromium, site, api }) => {
    const path = picture ? '/prerendered-picture' : '/prerendered';
    site.pages['/from'] = {
      html: `<h1>From</h1><script type="speculationrules">{"prerender":[{"source":"list","urls":["${path}"],"eagerness":"immediate"}]}</script>`,
    };
    site.pages[path] = { html: html + picture, wait_ms };
    const tab = await chromium.open(`${site.url}/from`, {
      before: () => site.prerendered(path),
    });
    await tab.evaluate(`setTimeout(() => (location.href = '${path}'))`);
    await tab.until(`location.pathname === '${path}' && document.readyState === 'complete'`);
    await tab.until(CORE_IS_THERE);
    await tab.evaluate(twoFrames);
    await tab.evaluate(shift);
    await click(tab);
    await tab.close();
    await site.hidden(2);
    const view = await api.newestPageView(path, (v) => v.final);
    expect(view.navigation_type).toBe('prerender');
    expect(differences(ours(view), site.theirs(path, 'prerender'))).toEqual([]);
    expect(view.vitals.ttfb_ms).toBe(0);
    if (picture) expect(view.vitals.attribution.lcp.url).toContain('picture');
  });
}

test('restored from the back-forward cache: twice', async ({ chromium, site, api }) => {
  site.pages['/restored'] = { html };
  site.pages['/elsewhere'] = { html: '<h1>Elsewhere</h1>' };
  const tab = await chromium.open(`${site.url}/restored`);
  await tab.until(CORE_IS_THERE);
  await tab.evaluate('globalThis.isSameDocument = true');
  await tab.evaluate(shift);
  await click(tab);
  for (const restore of [1, 2]) {
    await tab.evaluate(`setTimeout(() => (location.href = '/elsewhere'))`);
    await tab.until(`location.pathname === '/elsewhere' && document.readyState === 'complete'`);
    await tab.evaluate('setTimeout(() => history.back())');
    await tab.until(`location.pathname === '/restored' && isSameDocument`);
    await tab.evaluate(twoFrames);
    await tab.evaluate(twoFrames);
    await tab.evaluate(shift);
    if (restore === 1) await click(tab);
  }
  await tab.close();
  await site.hidden(5);
  const first = await api.newestPageView(
    '/restored',
    (v) => v.navigation_type === 'navigate' && v.final,
  );
  expect(differences(ours(first), site.theirs('/restored', 'navigate'))).toEqual([]);
  const restores = await api.waitFor(async () => {
    const { items } = await api.get('page-views', { page: '/restored' });
    const found = items
      .filter((v: { navigation_type: string }) => v.navigation_type === 'back_forward_cache')
      .sort((a: { started_at: string }, b: { started_at: string }) =>
        a.started_at.localeCompare(b.started_at),
      );
    return found.length > 1 && found;
  }, 'both restores');
  expect(restores).toHaveLength(2);
  for (const [i, item] of restores.entries()) {
    const view = await api.pageView(item.page_view_id, (v) => v.final);
    const theirs = site.theirs('/restored', 'back-forward-cache', i);
    const frame_ms = 1 + site.restoreFrameMs('/restored', i);
    expect(differences(ours(view), theirs, frame_ms)).toEqual([]);
  }
});
