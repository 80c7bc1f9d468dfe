// Pictures of every page, wide and narrow, light and dark, from the mock API.
// Fails on a Content-Security-Policy violation, a script error, or a page that
// scrolls sideways.   node test/screenshots.mjs [folder] [only-these-names]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { DIST, startMock, TOKEN } from './mock_api.mjs';

const NOW_UNIX_MS = Date.parse('2026-11-21T14:20:00Z');
const out = process.argv[2] ?? join(import.meta.dirname, '../../../build/dashboard-screenshots');
const only = process.argv[3]?.split(',');
await mkdir(out, { recursive: true });
const mock = await startMock({ dist: DIST, now_unix_ms: NOW_UNIX_MS });
const base = `http://127.0.0.1:${mock.port}`;
const { data } = mock;
const report = `/p/1/page?page=${encodeURIComponent('/product/:id')}`;
const pages = {
  login: '/login',
  projects: '/p',
  settings: '/p/1/settings',
  pages: '/p/1/pages',
  pages_empty: '/p/2/pages',
  pages_filtered: '/p/1/pages?browser=Lynx&device=mobile',
  report,
  report_cls: `${report}&vital=cls&from=-168h&device=mobile`,
  report_no_backend: `/p/1/page?page=${encodeURIComponent('/blog/:slug')}`,
  page_view: `/p/1/page-views/${data.page_view_id}`,
  page_view_all: `/p/1/page-views/${data.page_view_id}?axis=all&row=resource:35`,
  page_view_error: '/p/1/page-views/broken',
  issues: '/p/1/issues',
  issues_empty: '/p/1/issues?query=nothing',
  issue: '/p/1/issues/7',
  event: `/p/1/events/${data.event_ids[0]}`,
  event_python: `/p/1/events/${data.event_ids[2]}`,
  trace: `/p/1/traces/${data.trace_id}`,
  trace_details: `/p/1/traces/${data.trace_id}?row=span:${data.trace.spans[3].span_id}`,
  session: `/p/1/sessions/${data.session_id}`,
  outcomes: '/p/1/outcomes',
  source_maps: '/p/1/source-maps',
  source_maps_empty: '/p/2/source-maps',
  alerts: '/p/1/alerts',
  alerts_empty: '/p/2/alerts',
  not_found: '/p/1/nowhere',
};
const problems = [];
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const width of [1440, 390]) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      colorScheme,
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
    const page = await context.newPage();
    await page.clock.setFixedTime(NOW_UNIX_MS);
    let name = '';
    const expected = /status of (401|404|503)/;
    page.on('console', (message) => {
      if (message.type() === 'error' && !expected.test(message.text())) {
        problems.push(`${name} ${width} ${colorScheme}: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) =>
      problems.push(`${name} ${width} ${colorScheme}: ${error.stack}`),
    );
    for (const [key, path] of Object.entries(pages)) {
      if (only && !only.includes(key)) continue;
      name = key;
      if (key !== 'login') {
        await context.request.post(`${base}/api/v1/login`, { data: { token: TOKEN } });
      }
      await page.goto(base + path);
      await page.waitForFunction(
        () => document.querySelector('h1') && !document.querySelector('.skeleton, .refreshing'),
      );
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (sideways > 0) problems.push(`${key} ${width}: scrolls sideways by ${sideways} px`);
      await page.screenshot({
        path: join(out, `${key}-${width}-${colorScheme}.png`),
        fullPage: !key.startsWith('page_view_all') && !key.startsWith('trace_details'),
      });
    }
    await context.close();
  }
}
await browser.close();
await mock.close();
for (const problem of problems) console.error(problem);
console.log(`${out}: ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
