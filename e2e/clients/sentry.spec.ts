// Sentry's SDKs of several ages, with nothing but the DSN.
import { join } from 'node:path';
import { root, start } from '../../demo-site/processes.mjs';
import { expect, hex, test } from './client.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of the API
type Any = any;

const pythons = [
  { name: 'sentry-sdk 2', env: {} },
  { name: 'sentry-sdk 1.9.10', env: { PYTHONPATH: join(root, '.venv/clients/sentry-sdk-1.9.10') } },
];

for (const { name, env } of pythons) {
  test(`${name} with Django: the error with its frames, the transaction with its statement`, async ({
    site,
    api,
  }) => {
    const django = await site.django(
      site.filled('sentry-django.py'),
      env as Record<string, string>,
    );
    const trace = hex(16);
    const headers = { 'sentry-trace': `${trace}-${hex(8)}-1` };
    expect((await fetch(`${django.url}/ok/`, { headers })).status).toBe(200);
    expect((await fetch(`${django.url}/boom/`, { headers })).status).toBe(500);
    // Before the application is stopped: then the client gives up after two seconds.
    await api.waitFor(async () => {
      const found = await site.trace(trace).catch(() => undefined);
      const names = found?.spans.map((span: Any) => span.name);
      return found?.events.length > 0 && names.includes('/ok/') && names.includes('/boom/');
    }, 'the transactions and the error');
    const [event] = await site.events();
    expect(event).toMatchObject({
      title: "KeyError: 'tea'",
      source: 'sentry',
      environment: 'production',
      trace_id: trace,
    });
    const full = await api.get(`events/${event.event_id}`);
    const [frame] = full.exceptions[0].frames;
    expect(frame.function).toBe('boom');
    expect(frame.context.line).toContain('prices["tea"]');
    expect(full.exceptions[0].mechanism).toEqual({ type: 'django', handled: false });
  });
}

test('@sentry/node 11: an error and its request under the caller’s trace', async ({
  site,
  api,
}) => {
  const instrument = site.write(
    'instrument.mjs',
    `${site.filled('sentry-node.mjs')}
globalThis.reportError = (error) => Sentry.captureException(error);
globalThis.flushClient = () => Sentry.close(5000);
`,
  );
  const node = await start(
    process.execPath,
    ['--import', instrument, join(root, 'e2e/clients/apps/node_app.cjs')],
    {
      ready: /app on (\S+)/,
    },
  );
  const trace = hex(16);
  await fetch(`${node.match[1]}/boom/`, { headers: { 'sentry-trace': `${trace}-${hex(8)}-1` } });
  await node.stop();
  const stored = await api.waitFor(async () => {
    const found = await site.trace(trace).catch(() => undefined);
    return found?.events.length > 0 && found.spans.length > 0 && found;
  }, 'the request and its error');
  expect(stored.spans[0]).toMatchObject({ source: 'sentry', op: 'http.server' });
  expect(stored.events[0].title).toBe('TypeError: price is not a number');
});

const browsers = [
  { name: '@sentry/browser 11', alias: {}, python: pythons[0] },
  {
    name: '@sentry/browser 10',
    alias: { '@sentry/browser': 'sentry-browser-10' },
    python: pythons[1],
  },
];
for (const { name, alias, python } of browsers) {
  test(`${name} and ${python?.name}: page and backend are one trace; an error of the page`, async ({
    site,
    api,
    page,
  }) => {
    await site.bundle(site.filled('sentry-browser.js'), alias as Record<string, string>);
    const django = await site.django(
      site.filled('sentry-django.py'),
      python?.env as Record<string, string>,
    );
    await page.goto(`${django.url}/page.html`);
    const request = page.waitForRequest(/\/ok\//);
    await page.click('#buy');
    const [trace, parent] = ((await request).headers()['sentry-trace'] ?? '').split('-');
    await page.click('#break');
    const event = await api.waitFor(async () => {
      const events = await site.events();
      return events.find((found) => found.title.startsWith('TypeError'));
    }, 'the error of the page');
    expect(event).toMatchObject({ platform: 'javascript', browser: 'Chrome', page: '/page.html' });
    // Leaving makes the SDK end its page load and send it.
    await page.goto('about:blank');
    const stored = await api.waitFor(async () => {
      const found = await site.trace(trace ?? '').catch(() => undefined);
      return (
        found?.spans.some((s: Any) => s.name === '/ok/') &&
        found.spans.some((s: Any) => s.op === 'pageload') &&
        found
      );
    }, 'the page load and the backend');
    const backend = stored.spans.find((span: Any) => span.name === '/ok/');
    expect(backend.reported_parent_span_id).toBe(parent);
  });
}
