// Two releases side by side: page views, sessions and errors sent as clients
// send them, numbers read from the dashboard.
import { randomBytes } from 'node:crypto';
import { temporaryFolder } from '../../demo-site/processes.mjs';
import { startPagewake } from '../evidence.ts';
import { expect, type Json, test } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

const hex = (bytes: number) => randomBytes(bytes).toString('hex');

/** A visit as the SDK's raw log says it. */
function visit(release: string, lcp_ms: number): string {
  const origin = Date.now() - 60_000;
  return JSON.stringify([
    ['log', 1, hex(16), Date.now(), 0],
    ['init', origin, hex(16), '0.1.0', release, 'production', '', 100, '', 0],
    // biome-ignore format: one signal, one line
    ['view', 0, hex(16), hex(16), hex(8), '', 'navigate', 'https://shop.example/', '', 'Shop', '', 0, 1, '', 0, 0],
    ['lcp', lcp_ms, lcp_ms, lcp_ms, 0, 5000, '', 'img.hero'],
    ['hidden', lcp_ms + 100],
    ['end', lcp_ms + 100],
  ]);
}

test('a release beside the one before it', async ({ page }) => {
  const folder = temporaryFolder('pagewake-releases-');
  const adminToken = `pwt_${'releases'.repeat(6).slice(0, 42)}`;
  const server = await startPagewake({ data: folder.path, adminToken });
  const key = server.project.public_key;
  const post = async (path: string, body: string) => {
    const response = await fetch(`${server.url}${path}`, { method: 'POST', body });
    expect(response.ok, `${path}: ${response.status}`).toBe(true);
  };
  try {
    for (let i = 0; i < 12; i++) await post(`/api/1/beacon/?key=${key}`, visit('1.1', 3000));
    for (let i = 0; i < 8; i++) await post(`/api/1/beacon/?key=${key}`, visit('1.0', 1000));
    for (let i = 0; i < 3; i++) await post(`/api/1/beacon/?key=${key}`, visit('0.9', 500));
    const envelope = (release: string, item: object, type: string) =>
      post(
        `/api/1/envelope/?sentry_key=${key}`,
        `{}\n${JSON.stringify({ type })}\n${JSON.stringify({ release, ...item })}\n`,
      );
    const failure = (type: string) => ({
      event_id: hex(16),
      platform: 'python',
      exception: { values: [{ type, value: 'total' }] },
    });
    await envelope('1.0', failure('OldError'), 'event');
    await envelope('1.1', failure('OldError'), 'event');
    await envelope('1.1', failure('BrandNewError'), 'event');
    const started = new Date().toISOString();
    for (const status of ['exited', 'exited', 'exited', 'exited', 'crashed']) {
      await envelope(
        '1.1',
        { sid: hex(16), did: hex(4), status, started, attrs: { release: '1.1' } },
        'session',
      );
    }

    // Visits are sessions too; they are counted once a second.
    const headers = { authorization: `Bearer ${adminToken}` };
    await expect
      .poll(async () => {
        const uses = await fetch(`${server.url}/api/v1/projects/1/releases`, { headers });
        return ((await uses.json()) as Json).sessions;
      })
      .toBe(12 + 8 + 3 + 5);

    await logIn(page, { url: server.url, adminToken });
    await page.getByRole('link', { name: 'Releases' }).click();
    const uses = page.getByRole('table', { name: 'Releases, the most used first' });
    await expect(uses.getByRole('row').nth(1)).toContainText('1.1');
    await expect(uses.getByRole('row').nth(1)).toContainText('52 %');
    await expect(uses.getByRole('row').nth(1)).toContainText('94 %');
    await expect(uses.getByRole('row')).toHaveCount(4);

    const sides = page.getByRole('table', { name: '1.1 beside 1.0' });
    const row = (name: string) =>
      sides.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) });
    await expect(row('LCP p75').getByRole('cell').nth(1)).toContainText(/(2\.9\d|3\.0\d) s/);
    await expect(row('LCP p75').getByRole('cell').nth(1)).toContainText('n=12');
    await expect(row('LCP p75').getByRole('cell').nth(2)).toContainText(/(99\d|1\.0\d|1) m?s/);
    await expect(row('LCP p75').getByRole('cell').nth(3)).toContainText('worse against 1.0');
    await expect(row('LCP good')).toContainText('100 %');
    await expect(row('Events').getByRole('cell').nth(1)).toHaveText('2');
    await expect(row('New issues').getByRole('cell').nth(1)).toHaveText('1');
    await expect(row('Crash-free sessions').getByRole('cell').nth(1)).toContainText('94 %');
    await expect(row('Crash-free sessions').getByRole('cell').nth(2)).toContainText('100 %');

    // Kept to be looked at.
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({
        path: `build/dashboard-screenshots/releases_compared.${width}.png`,
        fullPage: true,
      });
      // Charts follow their box a frame later.
      await expect
        .poll(
          () =>
            page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            ),
          { message: `overflow at ${width} pixels` },
        )
        .toBeLessThanOrEqual(0);
    }
    await page.setViewportSize({ width: 1440, height: 900 });

    // Of three visits nothing is said.
    await page.getByLabel('with').selectOption('0.9');
    const few = page.getByRole('table', { name: '1.1 beside 0.9' });
    const lcp = few.getByRole('row').filter({ hasText: 'LCP p75' });
    await expect(lcp.getByRole('cell').nth(2)).toContainText('Only 3 views: too few to say');
    await expect(lcp.getByRole('cell').nth(3)).toHaveText('');

    const fresh = page.locator('section.card', { hasText: 'New in 1.1' });
    await fresh.getByRole('link', { name: /BrandNewError/ }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('BrandNewError');
  } finally {
    await server.stop();
    folder.remove();
  }
});
