// From an error to a message: a channel and a rule made by hand, a test sent, a
// listener that fails first, and the delivery log that says so.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { temporaryFolder } from '../../demo-site/processes.mjs';
import { startPagewake } from '../evidence.ts';
import { Api, expect, type Json, test } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

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
    await logIn(page, { url: server.url, adminToken });
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
    const stored = await fetch(
      `${server.url}/api/1/store/?sentry_key=${server.project.public_key}`,
      {
        method: 'POST',
        body: JSON.stringify({
          event_id: 'a0'.repeat(16),
          platform: 'python',
          exception: { values: [{ type: 'BrokenError', value: "'total'" }] },
        }),
      },
    );
    expect(stored.status).toBe(200);
    await expect.poll(() => chat.got.length).toBe(1);
    const [{ headers, text }] = chat.got as [(typeof chat.got)[number]];
    const message = JSON.parse(text) as Json;
    expect(message.text).toContain('BrokenError');
    expect(message).toMatchObject({ kind: 'new_issue', project: server.project.name });
    const signed = `${headers['x-pagewake-timestamp']}.${text}`;
    expect(headers['x-pagewake-signature']).toBe(
      `sha256=${createHmac('sha256', SECRET).update(signed).digest('hex')}`,
    );
    // The chat has it before the server knows that it arrived.
    const api = new Api(server.url, adminToken, 1);
    await api.waitFor(
      async () => (await api.get('alert-deliveries')).items[0].status === 'sent',
      'the message to be told as sent',
    );
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect(log.getByRole('row').nth(1)).toContainText('Something new');
    await expect(log.getByRole('row').nth(1)).toContainText('sent');

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
