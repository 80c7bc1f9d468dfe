// What a Sentry SDK sends beside errors and traces: logs, sessions, feedback,
// attachments; and through a tunnel.
import { join } from 'node:path';
import { root, start } from '../../demo-site/processes.mjs';
import type { Json } from '../fixtures.ts';
import { expect, test } from './client.ts';

test('@sentry/node 11: the error with all around it, its log line, feedback, session, attachment', async ({
  site,
  api,
}) => {
  const instrument = site.write(
    'instrument.mjs',
    `${site.filled('sentry-node.mjs').replace('tracesSampleRate: 1,', 'tracesSampleRate: 1, enableLogs: true,')}
globalThis.Sentry = Sentry;
`,
  );
  const unsupported = await site.unsupported();
  const client = await start(
    process.execPath,
    ['--import', instrument, join(root, 'e2e/clients/apps/sentry_everything.mjs')],
    { ready: /^done/ },
  );
  await client.gone;

  const events = await api.waitFor(async () => {
    const found = await site.events();
    return found.length >= 2 && found;
  }, 'the error and the feedback');
  const listed = events.find((event: Json) => event.title === 'Error: no tea');
  const error = await api.get(`events/${listed?.event_id}`);
  expect(error).toMatchObject({
    source: 'sentry',
    platform: 'node',
    release: site.release,
    environment: 'production',
    tags: { shelf: '3' },
    user: { id: '42' },
    contexts: { cart: { items: 2 } },
  });
  // Outermost first; each frame with its source.
  expect(error.exceptions.map((e: Json) => `${e.type}: ${e.value}`)).toEqual([
    'Error: no tea',
    'TypeError: shelf is undefined',
  ]);
  expect(error.exceptions[0].frames[0].context.line).toContain("new Error('no tea'");
  expect(error.breadcrumbs.map((crumb: Json) => crumb.message)).toContain('button#buy');

  const feedback = await api.get(
    `events/${events.find((event: Json) => event.title.includes('slow today'))?.event_id}`,
  );
  expect(feedback).toMatchObject({ logger: 'feedback', message: 'slow today', level: 'info' });

  const trace = await api.waitFor(async () => {
    const found = await site.trace(error.trace_id);
    return found.logs.length > 0 && found.spans.length > 0 && found;
  }, 'the span and its log line');
  expect(trace.logs[0]).toMatchObject({ message: 'reserving', level: 'info' });
  expect(trace.spans.some((span: Json) => span.name === 'checkout')).toBe(true);

  const health = await api.waitFor(async () => {
    const { items } = await api.get('releases', { from: '-1h' });
    return items.find((item: Json) => item.release === site.release);
  }, 'its session');
  expect(health).toMatchObject({ sessions: 1, crashed: 0 });
  expect(health.crash_free_sessions).toBe(1);

  await expect.poll(() => site.unsupported()).toBeGreaterThan(unsupported);
});

test('@sentry/browser through a tunnel, which only the envelope’s DSN authenticates', async ({
  site,
  api,
  page,
  pagewake,
}) => {
  await site.bundle(
    site
      .filled('sentry-browser.js')
      .replace("  release: '", `  tunnel: '${pagewake.url}/api/1/envelope/',\n  release: '`),
  );
  const django = await site.django('');
  const tunnelled = page.waitForRequest(/\/envelope\/$/);
  await page.goto(`${django.url}/page.html`);
  await page.click('#break');
  expect((await tunnelled).url()).not.toContain('sentry_key');
  const event = await api.waitFor(
    async () => (await site.events()).find((found) => found.title.startsWith('TypeError')),
    'the error of the page',
  );
  expect(event).toMatchObject({ source: 'sentry', platform: 'javascript' });
});
