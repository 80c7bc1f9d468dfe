// A Sentry SDK that is told to wait does wait, and only with what it was told.
import { join } from 'node:path';
import { root, start, temporaryFolder } from '../../demo-site/processes.mjs';
import { startPagewake } from '../evidence.ts';
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
type Client = (typeof clients)[number];

/** Runs a client to its end against a server of its own. */
async function run(
  { command, app, env }: Client,
  args: string[],
  settings: Record<string, string>,
) {
  const folder = temporaryFolder('pagewake-backoff-');
  const server = await startPagewake({
    data: folder.path,
    adminToken: `pwt_${'e2e'.repeat(14)}x`,
    env: settings,
  });
  const client = await start(command, [join(apps, app), ...args], {
    env: { ...env, SENTRY_DSN: server.project.dsn } as Record<string, string>,
    ready: /^done/,
  });
  await client.gone;
  const sentry = new URL(`${server.url}/api/1/store/`);
  sentry.searchParams.set('sentry_key', server.project.public_key);
  return {
    /** What one more event is answered. */
    another: () => fetch(sentry, { method: 'POST', body: '{}' }),
    async counted(line: RegExp) {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return Number(line.exec(metrics)?.[1] ?? 0);
    },
    async end() {
      await server.stop();
      folder.remove();
    },
  };
}

for (const client of clients) {
  test(`${client.name} backs off`, async () => {
    test.setTimeout(120_000); // the flushes of a client, on a loaded machine
    // One request at once, the next in a quarter of an hour.
    const ran = await run(client, [], {
      PAGEWAKE_RATE_PER_KEY: '0.001',
      PAGEWAKE_BURST_PER_KEY: '1',
    });
    const refused = await ran.another();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(refused.headers.get('x-sentry-rate-limits')).toBe(
      `${refused.headers.get('retry-after')}::key`,
    );
    // Of three errors one was taken, one refused, and one never left the client.
    expect(await ran.counted(/category="event",outcome="stored"[^}]*\} (\d+)/)).toBe(1);
    // Ours above is the second.
    expect(await ran.counted(/category="request",[^}]*reason="rate_limited"[^}]*\} (\d+)/)).toBe(2);
    await ran.end();
  });

  test(`${client.name} backs off with errors only, its traces go on`, async () => {
    test.setTimeout(120_000);
    const ran = await run(client, ['traced'], { PAGEWAKE_PROJECT_EVENTS_PER_DAY: '1' });
    expect(await ran.counted(/category="event",outcome="stored"[^}]*\} (\d+)/)).toBe(1);
    expect(await ran.counted(/category="event",[^}]*reason="rate_limited"[^}]*\} (\d+)/)).toBe(1);
    expect(await ran.counted(/category="span",outcome="stored"[^}]*\} (\d+)/)).toBe(3);
    expect(await ran.counted(/category="span",[^}]*reason="rate_limited"[^}]*\} (\d+)/)).toBe(0);
    const refused = await ran.another();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-sentry-rate-limits')).toBe(
      `${refused.headers.get('retry-after')}:default;error;security;feedback:project`,
    );
    await ran.end();
  });
}
