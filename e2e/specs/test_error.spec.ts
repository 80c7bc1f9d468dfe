// The set-up page's button: an error from the browser, the whole way in, and
// the issue it became.
import { temporaryFolder } from '../../demo-site/processes.mjs';
import { startPagewake } from '../evidence.ts';
import { Api, expect, test } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

test('a test error is sent, seen arriving, and leads to its issue', async ({ page }) => {
  const folder = temporaryFolder('pagewake-test-error-');
  const adminToken = `pwt_${'testerror'.repeat(5).slice(0, 42)}`;
  const server = await startPagewake({ data: folder.path, adminToken });
  try {
    await logIn(page, { url: server.url, adminToken });
    await page.goto(`${server.url}/p/1/setup`);
    const button = page.getByRole('button', { name: 'Send a test error' });
    await button.click();
    const status = page.getByRole('status', { name: 'Test error' });
    await expect(status).toContainText('The test error has arrived');
    await expect(status).toContainText(/After \d/);

    // Sent again it is the same issue.
    const issue = status.getByRole('link', { name: /^issue \d+$/ });
    const path = await issue.getAttribute('href');
    await button.click();
    await expect(status).toContainText('The test error has arrived');
    await expect(issue).toHaveAttribute('href', path ?? '');
    await issue.click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('PagewakeTestError');
    const api = new Api(server.url, adminToken, 1);
    const [only] = (await api.get('issues')).items;
    expect(only).toMatchObject({
      event_count: 2,
      title: expect.stringContaining('PagewakeTestError'),
    });

    // What the server refuses stands there in its words.
    const patched = await fetch(`${server.url}/api/v1/projects/1`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ allowed_origins: ['https://shop.example'] }),
    });
    expect(patched.status).toBe(200);
    await page.goto(`${server.url}/p/1/setup`);
    await button.click();
    await expect(page.getByRole('alert')).toContainText(/origin/i);
    await expect(status).toHaveCount(0);
  } finally {
    await server.stop();
    folder.remove();
  }
});
