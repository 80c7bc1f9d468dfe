// From an error to a message: a channel and a rule made by hand, a test sent, a
// listener that fails first, and the delivery log that says so.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { expect, type Json, test } from '../fixtures.ts';

const SECRET = 'between us';

/** A chat's webhook: keeps what it got; answers with `status`. */
async function listen() {
  const got: { headers: NodeJS.Dict<string | string[]>; text: string }[] = [];
  const chat = { status: 200, got, url: '', close: () => {} };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    got.push({ headers: request.headers, text });
    response.writeHead(chat.status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  chat.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/secret-path`;
  chat.close = () => server.close();
  return chat;
}

test('a channel is tried, a rule tells about a new issue, and the log says how it went', async ({
  page,
}) => {
  const folder = temporaryFolder('pagewake-alerts-');
  const chat = await listen();
  const adminToken = `pwt_${'alerts'.repeat(7)}`;
  const server = await startPagewake({
    data: folder.path,
    adminToken,
    env: { PAGEWAKE_ALERT_INTERVAL_SECONDS: '1', PAGEWAKE_ALLOW_PRIVATE_WEBHOOKS: 'yes' },
  });
  try {
    await page.goto(server.url);
    await page.getByLabel(/token/i).fill(adminToken);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('link', { name: 'Alerts' }).click();

    await page.getByRole('button', { name: 'New channel' }).click();
    await page.getByLabel('Kind').selectOption('webhook');
    await page.getByLabel('Name').fill('Chat');
    await page.getByLabel('URL').fill(chat.url);
    await page.getByLabel('Secret').fill(SECRET);
    await page.getByRole('button', { name: 'Add channel' }).click();
    await expect(page.getByRole('row', { name: /Chat/ })).toContainText('webhook');

    chat.status = 500;
    await page.getByRole('button', { name: 'Send a test to Chat' }).click();
    await expect(page.getByRole('status')).toContainText('The test to Chat failed: HTTP 500');
    chat.status = 200;
    await page.getByRole('button', { name: 'Send a test to Chat' }).click();
    await expect(page.getByRole('status')).toContainText('The test went to Chat');
    const log = page.getByRole('table', { name: 'Messages sent or to be sent' });
    await expect(log.getByRole('row')).toHaveCount(3);
    await expect(log.getByRole('row').nth(1)).toContainText('sent');
    await expect(log.getByRole('row').nth(2)).toContainText('failed');

    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByLabel('Tell about').selectOption('new_issue');
    await page.getByLabel('Name').fill('Something new');
    await page.getByRole('button', { name: 'Add rule' }).click();
    await expect(page.getByRole('row', { name: /Something new/ })).toContainText('on');

    chat.got.length = 0;
    // A rule tells about what comes after its first look, a second from now at most.
    let sent = 0;
    const breakAnew = async () => {
      const type = `Broken${String.fromCharCode(65 + sent)}Error`;
      const event_id = (0xa0 + sent++).toString(16).repeat(16);
      const stored = await fetch(
        `${server.url}/api/1/store/?sentry_key=${server.project.public_key}`,
        {
          method: 'POST',
          body: JSON.stringify({
            event_id,
            platform: 'python',
            exception: { values: [{ type, value: "'total'" }] },
          }),
        },
      );
      expect(stored.status).toBe(200);
      return chat.got.length;
    };
    await expect.poll(breakAnew, { timeout: 20_000, intervals: [1_000] }).toBe(1);
    const [{ headers, text }] = chat.got as [(typeof chat.got)[number]];
    const message = JSON.parse(text) as Json;
    expect(message.text).toMatch(/Broken[A-Z]Error/);
    expect(message).toMatchObject({ kind: 'new_issue', project: server.project.name });
    const signed = `${headers['x-pagewake-timestamp']}.${text}`;
    expect(headers['x-pagewake-signature']).toBe(
      `sha256=${createHmac('sha256', SECRET).update(signed).digest('hex')}`,
    );
    await expect(async () => {
      await page.getByRole('button', { name: 'Reload' }).click();
      await expect(log.getByRole('row').nth(1)).toContainText('Something new', { timeout: 1_000 });
      await expect(log.getByRole('row').nth(1)).toContainText('sent', { timeout: 1_000 });
    }).toPass({ timeout: 20_000 });

    await page.getByRole('button', { name: 'Switch off Something new' }).click();
    await expect(page.getByRole('row', { name: /Something new/ }).first()).toContainText('off');
    await page.getByRole('button', { name: 'Edit Something new' }).click();
    await page.getByLabel('Tell about').selectOption('vital');
    await page.getByLabel('Vital').selectOption('cls');
    await expect(page.getByLabel('p75 over')).toHaveValue('0.1');
    await page.getByRole('textbox', { name: /^Page/ }).fill('/checkout');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('p75 of CLS over 0.100 on /checkout')).toBeVisible();
    await page.getByRole('button', { name: 'Remove Something new' }).click();
    await expect(page.getByText('Nobody is told yet')).toBeVisible();
  } finally {
    await server.stop();
    chat.close();
    folder.remove();
  }
});
