// The weekly report from the switch in the dashboard to the letter as a mail
// program draws it, through a real SMTP server.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { root, temporaryFolder } from '../../demo-site/processes.mjs';
import { startPagewake } from '../evidence.ts';
import { expect, type Json, test } from '../fixtures.ts';

/** aiosmtpd; `next` gives its lines: first the port, then one JSON object a mail. */
function startSink(): { child: ChildProcess; next: () => Promise<string> } {
  const child = spawn(
    `${root}/.venv/bin/python`,
    [`${root}/tests/alerting/smtp_sink.py`, '--plain'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const read = lines[Symbol.asyncIterator]();
  return { child, next: async () => (await read.next()).value as string };
}

test('a channel asks for the weekly report, and the letter reads as it should', async ({
  page,
  context,
}) => {
  const folder = temporaryFolder('pagewake-weekly-');
  const adminToken = `pwt_${'weekly'.repeat(7)}`;
  const sink = startSink();
  const port = await sink.next();
  const server = await startPagewake({
    data: folder.path,
    adminToken,
    env: {
      PAGEWAKE_SMTP_URL: `smtp://127.0.0.1:${port}`,
      PAGEWAKE_SMTP_FROM: 'pagewake@rum.example',
      PAGEWAKE_SMTP_TLS: 'opportunistic',
    },
  });
  try {
    const key = server.project.public_key;
    const send = async (path: string, body: Json | Json[]) => {
      const answer = await fetch(`${server.url}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      expect(answer.ok, await answer.text()).toBe(true);
    };
    const url = 'https://shop.example/checkout';
    for (let view = 0; view < 4; ++view) {
      const of_view = { page_view_id: randomUUID(), url, navigationType: 'navigate' };
      await send(`/api/1/vitals/?key=${key}`, [
        { name: 'LCP', value: 4800 + view, id: `v5-${view}`, ...of_view },
      ]);
    }
    await send(`/api/1/store/?sentry_key=${key}`, {
      event_id: 'ab'.repeat(16),
      platform: 'javascript',
      release: '1.4.2',
      exception: { values: [{ type: 'TypeError', value: 'x is <b>undefined</b>' }] },
    });

    await page.goto(server.url);
    await page.getByLabel(/token/i).fill(adminToken);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('button', { name: 'New channel' }).click();
    await page.getByLabel('Name').fill('Team');
    await page.getByLabel('Addresses').fill('ann@shop.example, bob@shop.example');
    await page.getByLabel('Weekly report').check();
    await page.getByRole('button', { name: 'Add channel' }).click();
    const asks = page.getByRole('row', { name: /Team/ }).getByRole('cell', { name: 'yes' });
    await expect(asks).toBeVisible();
    // Changed otherwise, it still asks.
    await page.getByRole('button', { name: 'Edit Team' }).click();
    await expect(page.getByLabel('Weekly report')).toBeChecked();
    await page.getByLabel('Name').fill('Team of the shop');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByRole('row', { name: /Team of the shop/ })).toBeVisible();
    await expect(asks).toBeVisible();

    await page
      .getByRole('button', { name: 'Send the report of the last seven days to Team of the shop' })
      .click();
    await expect(page.getByRole('status')).toContainText('The report went to Team of the shop');
    const mail = JSON.parse(await sink.next()) as Json;
    expect(mail.to).toEqual(['ann@shop.example', 'bob@shop.example']);
    expect(mail.subject).toMatch(/^The week of .+, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d$/);
    expect(mail.defects).toEqual([]);
    expect(mail.text).toContain('- LCP p75: this week 48');

    // As a mail program draws it: nothing loaded, no script.
    const letter = await context.newPage();
    const loaded: string[] = [];
    letter.on('request', (request) => loaded.push(request.url()));
    await letter.setContent(mail.html as string);
    await expect(letter.getByRole('heading', { level: 1 })).toHaveText(mail.subject as string);
    const row = (name: RegExp) => letter.getByRole('row', { name });
    await expect(row(/^Page views/)).toContainText('4');
    await expect(row(/^LCP p75/)).toContainText(/48\d\d ms/);
    await expect(row(/^Errors/)).toContainText('1');
    await expect(letter.getByRole('link', { name: '/checkout' })).toHaveAttribute(
      'href',
      `${server.url}/p/1/page?page=%2Fcheckout`,
    );
    const issues = letter.getByRole('link', { name: 'TypeError: x is <b>undefined</b>' });
    await expect(issues).toHaveCount(2); // new, and most frequent
    for (const colorScheme of ['light', 'dark'] as const) {
      await letter.emulateMedia({ colorScheme });
      for (const width of [360, 1280]) {
        await letter.setViewportSize({ width, height: 900 });
        const wide = await letter.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `nothing is cut off at ${width} px`).toBeLessThanOrEqual(width);
        // Kept to be looked at.
        await letter.screenshot({
          path: `build/dashboard-screenshots/weekly_letter.${colorScheme}.${width}.png`,
          fullPage: true,
        });
      }
    }
    expect(loaded).toEqual([]);
    await letter.close();

    // The log has it; and the channel can stop asking.
    const log = page.getByRole('table', { name: 'Messages sent or to be sent' });
    await expect(log.getByRole('row').nth(1)).toContainText('The week of');
    await page.getByRole('button', { name: 'Edit Team of the shop' }).click();
    await page.getByLabel('Weekly report').uncheck();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(asks).toHaveCount(0);
  } finally {
    await server.stop();
    sink.child.stdin?.end();
    folder.remove();
  }
});
