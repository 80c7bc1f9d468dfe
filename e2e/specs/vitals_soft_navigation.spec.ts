// A route change that the browser itself reports (Chromium's soft navigations)
// beside web-vitals with reportSoftNavs.
import { differences, expect, ours, SETTLED, test, type Vitals } from '../beside_web_vitals.ts';
import { leave, openWithCore, told } from '../fixtures.ts';

const html = `<h1>List</h1><button id="open">Open</button><main></main><script>
  open = document.getElementById('open');
  document.getElementById('open').onclick = () => {
    const until = performance.now() + 60; while (performance.now() < until);
    history.pushState({}, '', '/soft/item');
    const picture = new Image(); picture.src = '/picture-200-600x400.svg';
    document.querySelector('main').replaceChildren(Object.assign(document.createElement('h1'), { textContent: 'Item' }), picture);
  };</script>`;

test('a soft navigation is a page view of its own, with its vitals', async ({
  page,
  site,
  api,
}) => {
  site.pages['/soft/list'] = { html, options: { reportSoftNavs: true } };
  await openWithCore(page, `${site.url}/soft/list`);
  await page.evaluate(SETTLED);
  await page.click('#open');
  await told(page, 'interaction-contentful-paint', '/picture-200');
  await page.evaluate(SETTLED);
  await leave(page);
  await site.hidden();
  const first = await api.newestPageView('/soft/list', (v) => v.final);
  expect(differences(ours(first), site.theirs('/soft/list', 'navigate'))).toEqual([]);
  const item = await api.newestPageView('/soft/item', (v) => v.final);
  // A route change asks for no document: we leave its TTFB out, web-vitals says 0.
  const withoutTtfb = (vitals: Vitals): Vitals =>
    Object.fromEntries(Object.entries(vitals).filter(([name]) => !name.startsWith('ttfb')));
  const theirs = site.theirs('/soft/list', 'soft-navigation');
  expect(differences(withoutTtfb(ours(item)), withoutTtfb(theirs))).toEqual([]);
  expect(item.vitals.attribution.lcp.url).toContain('/picture-200');
});
