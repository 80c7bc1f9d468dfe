// OpenTelemetry's SDKs: Node.js, Django with sqlite3, and the browser.
import { join } from 'node:path';
import { root, start } from '../../demo-site/processes.mjs';
import { expect, hex, test } from './client.ts';

const app = join(root, 'e2e/clients/apps/node_app.cjs');

test('Node.js with auto-instrumentations: spans of a chain of requests, no code changed', async ({
  site,
  api,
}) => {
  const env = Object.fromEntries(
    site
      .filled('otel-node.env')
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const unsupported = await site.unsupported();
  const node = await start(
    process.execPath,
    ['--require', '@opentelemetry/auto-instrumentations-node/register', app],
    { env: { ...env, OTEL_BSP_SCHEDULE_DELAY: '200' }, ready: /app on (\S+)/ },
  );
  const trace = hex(16);
  await fetch(`${node.match[1]}/chain/`, { headers: { traceparent: `00-${trace}-${hex(8)}-01` } });
  const spans = await api.waitFor(async () => {
    const found = await site.trace(trace).catch(() => undefined);
    return found?.spans.length >= 3 && found.spans;
  }, 'the spans of the chain');
  // pino's lines are picked up by its instrumentation, with the trace they were written in.
  await fetch(`${node.match[1]}/log/`, { headers: { traceparent: `00-${trace}-${hex(8)}-01` } });
  const [line] = await api.waitFor(async () => {
    const { logs } = await site.trace(trace);
    return logs.length > 0 && logs;
  }, 'the log line');
  expect(line).toMatchObject({ message: 'order placed', level: 'info', source: 'otlp' });
  expect(line.service).toBe('shop');
  await node.stop();

  const served = spans.filter((span: { kind: string }) => span.kind === 'server');
  expect(served).toHaveLength(2);
  const client = spans.find((span: { op: string }) => span.op === 'http.client');
  expect(served[1].parent_span_id).toBe(client.span_id);
  expect(client.parent_span_id).toBe(served[0].span_id);
  expect(served[0]).toMatchObject({ op: 'http.server', service: 'shop', source: 'otlp' });
  // Its metrics are on by default: answered, and counted.
  await expect.poll(() => site.unsupported()).toBeGreaterThan(unsupported);
});

test('Django with sqlite3: the request, its statement and its exception', async ({ site, api }) => {
  const django = await site.django(site.filled('otel-django.py'));
  const trace = hex(16);
  const headers = () => ({ traceparent: `00-${trace}-${hex(8)}-01` });
  expect((await fetch(`${django.url}/ok/`, { headers: headers() })).status).toBe(200);
  expect((await fetch(`${django.url}/boom/`, { headers: headers() })).status).toBe(500);
  await django.stop();

  const stored = await api.waitFor(async () => {
    const found = await site.trace(trace).catch(() => undefined);
    return found?.events.length > 0 && found.spans.length >= 3 && found;
  }, 'both requests');
  const request = stored.spans.find((span: { name: string }) => span.name === 'GET ok/');
  const statement = stored.spans.find((span: { op: string }) => span.op === 'db');
  expect(statement.parent_span_id).toBe(request.span_id);
  expect(JSON.stringify(statement.attributes)).toContain('SELECT');
  const [event] = await site.events();
  expect(event).toMatchObject({
    title: "KeyError: 'tea'",
    platform: 'python',
    source: 'otlp',
    trace_id: trace,
  });
  const full = await api.get(`events/${event.event_id}`);
  expect(full.exceptions[0].frames[0]).toMatchObject({ function: 'boom' });
});

test('in the browser: the document load, a fetch, and the backend under one trace', async ({
  site,
  api,
  page,
}) => {
  await site.bundle(site.filled('otel-web.js'));
  const django = await site.django(site.filled('otel-django.py'), {
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  const exported = page.waitForRequest(/otlp\/v1\/traces/);
  await page.goto(`${django.url}/page.html`);
  await exported;
  const request = page.waitForRequest(/\/ok\//);
  await page.click('#buy');
  const [, trace, parent] = ((await request).headers().traceparent ?? '').split('-');
  const stored = await api.waitFor(async () => {
    const found = await site.trace(trace ?? '').catch(() => undefined);
    return (
      found?.spans.some((s: { op: string }) => s.op === 'db') &&
      found.spans.some((s: { span_id: string }) => s.span_id === parent) &&
      found
    );
  }, 'the fetch and its backend');
  const served = stored.spans.find((span: { op: string }) => span.op === 'http.server');
  expect(served.parent_span_id).toBe(parent);
});
