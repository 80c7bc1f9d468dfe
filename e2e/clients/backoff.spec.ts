// A Sentry SDK that is told to wait does wait: of three errors one is taken, one
// refused with 429, and one never leaves the client.
import { join } from 'node:path';
import { root, start, startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { expect, test } from './client.ts';

const apps = join(root, 'e2e/clients/apps');
const python = join(root, '.venv/bin/python');
const clients = [
  { name: '@sentry/node 11', command: process.execPath, app: 'sentry_errors.mjs', env: {} },
  { name: 'sentry-sdk 2', command: python, app: 'sentry_errors.py', env: {} },
  {
    name: 'sentry-sdk 1.9.10',
    command: python,
    app: 'sentry_errors.py',
    env: { PYTHONPATH: join(root, '.venv/clients/sentry-sdk-1.9.10') },
  },
];

for (const { name, command, app, env } of clients) {
  test(`${name} backs off`, async () => {
    test.setTimeout(120_000); // the flushes of a client, on a loaded machine
    const folder = temporaryFolder('pagewake-backoff-');
    const server = await startPagewake({
      data: folder.path,
      adminToken: `pwt_${'e2e'.repeat(14)}x`,
      // One request at once, the next in a quarter of an hour.
      env: { PAGEWAKE_RATE_PER_KEY: '0.001', PAGEWAKE_BURST_PER_KEY: '1' },
    });
    const client = await start(command, [join(apps, app)], {
      env: { ...env, SENTRY_DSN: server.project.dsn } as Record<string, string>,
      ready: /^done/,
    });
    await client.gone;
    const url = new URL(`${server.url}/api/1/store/`);
    url.searchParams.set('sentry_key', server.project.public_key);
    const refused = await fetch(url, { method: 'POST', body: '{}' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(refused.headers.get('x-sentry-rate-limits')).toBe(
      `${refused.headers.get('retry-after')}::key`,
    );

    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const counted = (line: RegExp) => Number(line.exec(metrics)?.[1] ?? 0);
    expect(counted(/category="event",outcome="stored"[^}]*\} (\d+)/)).toBe(1);
    // Ours above is the second.
    expect(counted(/category="request",[^}]*reason="rate_limited"[^}]*\} (\d+)/)).toBe(2);
    await server.stop();
    folder.remove();
  });
}
