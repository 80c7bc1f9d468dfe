// Reports over real visits to the demo shop: the API's percentiles against those
// computed here from the raw records, exports and filters against the API.
import { readFileSync } from 'node:fs';
import type { BrowserContext } from '@playwright/test';
import { Api, expect, type Json, test } from '../fixtures.ts';
import { logIn, visited } from '../visited_shop.ts';

// A server of its own: its numbers are read twice and must not grow between.
test.use({ server: 'reports' });

const VITALS = ['lcp_ms', 'inp_ms', 'cls', 'fcp_ms', 'ttfb_ms'] as const;

/** All raw page views, one list page after the other. */
async function rawViews(api: Api): Promise<Json[]> {
  const views: Json[] = [];
  let cursor = '';
  do {
    const page = await api.get('page-views', { limit: '50', ...(cursor && { cursor }) });
    views.push(...page.items);
    cursor = page.next_cursor ?? '';
  } while (cursor !== '');
  return views;
}

/** The smallest value whose weight, with all below it, reaches the share q. */
function quantile(values: { value: number; weight: number }[], q: number): number | null {
  const sorted = [...values].sort((a, b) => a.value - b.value);
  const rank = q * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let seen = 0;
  for (const { value, weight } of sorted) {
    seen += weight;
    if (seen + 1e-9 >= rank) return value;
  }
  return null;
}

function exact(views: Json[], vital: string, q: number): number | null {
  const values = views
    .filter((view) => !view.kept_by_exception && view.vitals[vital] !== null)
    .map((view) => ({ value: view.vitals[vital], weight: view.weight }));
  return quantile(values, q);
}

/** Within the rollup's promise of 1 %; values below 0.0001 are 0 to it. */
function expectNear(actual: number, wanted: number, what: string): void {
  expect(Math.abs(actual - wanted), `${what}: ${actual}, exactly ${wanted}`).toBeLessThanOrEqual(
    Math.max(wanted * 0.0101, 0.001),
  );
}

test.describe('the dashboard over real visits', () => {
  test.describe.configure({ mode: 'serial' });

  test.beforeAll(async ({ shop, pagewake }) => {
    test.setTimeout(240_000);
    await visited(shop, new Api(pagewake.url, pagewake.adminToken, 1), 16);
  });

  test('percentiles of the reports are those of the raw records, by weight', async ({ api }) => {
    const views = await rawViews(api);
    expect(views.length).toBeGreaterThan(15);
    const overview = await api.get('overview', { from: '-24h' });
    expect(overview.views).toBe(views.reduce((sum, view) => sum + view.weight, 0));
    expect(overview.error_rate).toBeCloseTo(
      views.filter((view) => view.error_count > 0).length / views.length,
      5,
    );
    for (const vital of VITALS) {
      for (const [name, q] of [
        ['p50', 0.5],
        ['p75', 0.75],
        ['p95', 0.95],
      ] as const) {
        const wanted = exact(views, vital, q);
        if (wanted === null) expect(overview.vitals[vital]).toBeNull();
        else expectNear(overview.vitals[vital][name], wanted, `${vital} ${name} of all pages`);
      }
    }
    for (const page of overview.pages) {
      const own = views.filter((view) => view.page === page.page);
      const report = await api.get('page-report', { page: page.page });
      expect(report.views).toBe(own.length);
      const wanted = exact(own, 'lcp_ms', 0.75);
      if (wanted !== null) expectNear(report.vitals.lcp_ms.p75, wanted, `LCP of ${page.page}`);
      for (const band of [report.where_time_goes.p75, report.where_time_goes.p95]) {
        if (!band) continue;
        const sum =
          band.redirect_ms +
          band.stall_ms +
          band.dns_ms +
          band.connect_ms +
          band.network_ms +
          (band.backend_ms ?? 0) +
          band.resource_load_delay_ms +
          band.resource_load_duration_ms +
          band.element_render_delay_ms;
        expect(Math.abs(sum - band.lcp_ms)).toBeLessThan(0.1);
      }
    }
    const pains = overview.pages.map((page: Json) => page.pain.sum);
    expect(pains).toEqual([...pains].sort((a, b) => b - a));
  });

  test('the screen shows the numbers of the API, which are those of the raw records', async ({
    api,
    pagewake,
    page,
  }) => {
    const views = await rawViews(api);
    const overview = await api.get('overview', { from: '-24h' });
    await logIn(page, pagewake);
    await page.goto(`${pagewake.url}/p/1/overview?from=-24h`);
    const table = page.getByRole('table', { name: /^Pages, worst first/ });
    const headers = table.getByRole('columnheader');
    await expect(headers.first()).toBeVisible();
    const columns = await headers.allTextContents();
    // Worst first; pages of too few views to say come last.
    const pain = (entry: Json) => (entry.views < 5 ? -1 : entry.pain.sum);
    const order = [...overview.pages].sort((a: Json, b: Json) => pain(b) - pain(a));
    const names = await table.getByRole('row').getByRole('link').allTextContents();
    expect(names).toEqual(order.map((entry: Json) => entry.page));
    let shown = 0;
    for (const entry of overview.pages) {
      const own = views.filter((view) => view.page === entry.page);
      const row = table
        .getByRole('row')
        .filter({ has: page.getByRole('link', { name: entry.page, exact: true }) });
      const cell = (label: RegExp) =>
        row.getByRole('cell').nth(columns.findIndex((text) => label.test(text)));
      await expect(cell(/^Views/)).toHaveText(String(own.length));
      const percent = (own.filter((view) => view.error_count > 0).length / own.length) * 100;
      await expect(cell(/^Errors/)).toContainText(
        own.length < 5
          ? `n=${own.length}`
          : `${percent < 9.95 ? percent.toFixed(1).replace('.0', '') : Math.round(percent)} %`,
      );
      if (own.length < 5) await expect(cell(/^Pain/)).toContainText(`n=${own.length}`);
      for (const [label, vital] of [
        [/^LCP(?! trend)/, 'lcp_ms'],
        [/^INP/, 'inp_ms'],
      ] as const) {
        const measured = own.filter((view) => view.vitals[vital] !== null).length;
        const text = await cell(label).innerText();
        if (measured === 0) expect(text, `${vital} of ${entry.page}`).toContain('–');
        // Too few to say: no number at all.
        else if (measured < 5) expect(text, `${vital} of ${entry.page}`).toContain(`n=${measured}`);
        else {
          const [, number, unit] = /([\d.]+)\s(ms|s)\b/.exec(text) ?? [];
          const wanted = exact(own, vital, 0.75) ?? Number.NaN;
          const actual = Number(number) * (unit === 's' ? 1000 : 1);
          // The rollup's 1 % and three digits on the screen.
          const what = `${vital} of ${entry.page}: "${text}", exactly ${wanted}`;
          expect(Math.abs(actual - wanted), what).toBeLessThanOrEqual(wanted * 0.016 + 0.05);
          shown += 1;
        }
      }
    }
    expect(shown).toBeGreaterThan(0);
  });

  test('a table saves what the API says as CSV and JSON', async ({ api, pagewake, page }) => {
    const overview = await api.get('overview', { from: '-24h' });
    await logIn(page, pagewake);
    const save = async (type: string) => {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: `Save as ${type}: Pages, worst first` }).click();
      return readFileSync(await (await download).path(), 'utf8');
    };
    const rows = JSON.parse(await save('JSON'));
    const byPage = (a: Json, b: Json) => (a[0] < b[0] ? -1 : 1);
    expect(rows.map((row: Json) => [row.page, row.views, row.lcp_ms]).sort(byPage)).toEqual(
      overview.pages.map((p: Json) => [p.page, p.views, p.vitals.lcp_ms?.p75 ?? null]).sort(byPage),
    );
    const csv = (await save('CSV')).trim().split('\r\n');
    expect(csv[0]).toBe('page,pain,views,trend,lcp_ms,inp_ms,cls,error_rate');
    expect(csv.length).toBe(overview.pages.length + 1);
  });

  test('filters stand in the URL and go along from page to page', async ({ pagewake, page }) => {
    await logIn(page, pagewake);
    await page.goto(`${pagewake.url}/p/1/overview?device=desktop&from=-1h`);
    await page.getByRole('link', { name: 'Pages', exact: true }).click();
    await expect(page).toHaveURL(/\/pages\?.*device=desktop/);
    await page.getByRole('link', { name: 'Visits', exact: true }).click();
    await expect(page).toHaveURL(/\/page-views\?.*from=-1h.*device=desktop/);
    await expect(page.getByText('desktop').first()).toBeVisible();
    // Through a single visit and its trace as well.
    await page.goto(`${pagewake.url}/p/1/page?page=%2F&device=desktop&from=-6h`);
    await page
      .getByRole('table', { name: 'Sample visits, slow ones first' })
      .getByRole('link')
      .first()
      .click();
    await expect(page).toHaveURL(/\/page-views\/[0-9a-f]+\?from=-6h&device=desktop$/);
    await page.getByRole('link', { name: /^Trace / }).click();
    await expect(page).toHaveURL(/\/traces\/[0-9a-f]+\?from=-6h&device=desktop$/);
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await expect(page).toHaveURL(/\/overview\?from=-6h&device=desktop$/);
  });

  // Last: it adds visits to those that the tests above count.
  test('a sampled visit counts for those that were left out', async ({ api, browser, shop }) => {
    test.setTimeout(120_000);
    const page = '/cart';
    const stored = async () => (await rawViews(api)).filter((view) => view.page === page);
    const before = await stored();
    // They close when all has arrived: a context takes along what its page sent on leaving.
    const visits: { context: BrowserContext; beacons: string[] }[] = [];
    const sent = () => visits.filter(({ beacons }) => beacons.length > 0).length;
    for (let visit = 0; visit < 14; visit++) {
      const context = await browser.newContext();
      const tab = await context.newPage();
      // Three of four sessions are left out; none is kept for being slow.
      await tab.route(`${shop.url}/cart/`, async (route) => {
        const response = await route.fetch();
        const html = (await response.text()).replace(
          'data-dsn=',
          'data-sample-rate="0.25" data-keep-slow="false" data-dsn=',
        );
        await route.fulfill({ response, body: html });
      });
      const beacons: string[] = [];
      context.on('request', (request) => {
        if (request.url().includes('/beacon/')) beacons.push(request.url());
      });
      await tab.goto(`${shop.url}/cart/`, { waitUntil: 'load' });
      await tab.locator('.banner').waitFor();
      await tab.goto('about:blank');
      visits.push({ context, beacons });
    }
    await expect
      .poll(
        async () => (await stored()).filter((view) => view.final).length - before.length - sent(),
      )
      .toBe(0);
    const views = await stored();
    expect(views.filter((view) => view.weight === 4).length).toBe(sent());
    const report = await api.get('page-report', { page });
    const weight = views.reduce((sum, view) => sum + view.weight, 0);
    expect(report.views).toBe(weight);
    if (sent() > 0) expect(weight).toBeGreaterThan(views.length);
    for (const vital of ['lcp_ms', 'cls', 'fcp_ms'] as const) {
      for (const [name, q] of [
        ['p50', 0.5],
        ['p75', 0.75],
      ] as const) {
        const wanted = exact(views, vital, q);
        if (wanted !== null) expectNear(report.vitals[vital][name], wanted, `${vital} ${name}`);
      }
    }
    for (const { context } of visits) await context.close();
  });
});
