// A driven browser says so itself: with a visitor's User-Agent its visits are
// left out where the project does not want them, and counted.
import { startShop, temporaryFolder } from '../../demo-site/processes.mjs';
import { startPagewake } from '../evidence.ts';
import { Api, expect, type Json, leave, test } from '../fixtures.ts';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

test('visits of a driven browser are left out where the project says so', async ({ browser }) => {
  const folder = temporaryFolder('pagewake-webdriver-');
  const adminToken = `pwt_${'webdriver'.repeat(5).slice(0, 42)}`;
  const server = await startPagewake({ data: folder.path, adminToken });
  const shop = await startShop({ data: folder.path, dsn: server.project.dsn });
  try {
    const api = new Api(server.url, adminToken, 1);
    const context = await browser.newContext({ userAgent: CHROME });
    const visit = async () => {
      const page = await context.newPage();
      await page.goto(shop.url, { waitUntil: 'load' });
      expect(await page.evaluate(() => navigator.webdriver)).toBe(true);
      await leave(page);
    };
    await visit();
    await api.newestPageView('/');

    const saved = await fetch(`${server.url}/api/v1/projects/1/inbound-filters`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ webdriver: true }),
    });
    expect(saved.status).toBe(200);
    await visit();
    const left_out = await api.waitFor(async () => {
      const { items } = await api.get('outcomes');
      return items.find(
        (one: Json) => one.category === 'page_view' && one.reason === 'filtered_webdriver',
      );
    }, 'the page view that was left out');
    expect(left_out.count).toBeGreaterThan(0);
    expect((await api.get('page-views')).items).toHaveLength(1);
    await context.close();
  } finally {
    await shop.stop();
    await server.stop();
    folder.remove();
  }
});
