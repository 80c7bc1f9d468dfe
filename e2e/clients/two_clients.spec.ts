// A Sentry SDK and OpenTelemetry in one process: what both report is one event.
import type { Json } from '../fixtures.ts';
import { expect, hex, test } from './client.ts';

test('Django under both: one failure is one occurrence, with the richer content', async ({
  site,
  api,
}) => {
  // In batches after Sentry's, as OpenTelemetry's default is.
  const django = await site.django(
    `${site.filled('sentry-django.py')}\n${site.filled('otel-django.py')}`,
  );
  const trace = hex(16);
  const parent = hex(8);
  const headers = {
    traceparent: `00-${trace}-${parent}-01`,
    'sentry-trace': `${trace}-${parent}-1`,
  };
  expect((await fetch(`${django.url}/boom/`, { headers })).status).toBe(500);
  // Told to stop, Sentry's client gives up after two seconds, OpenTelemetry's sends its batch.
  await api.waitFor(async () => (await site.events()).length > 0, 'the event of Sentry');
  await django.stop();

  const stored: Json = await api.waitFor(async () => {
    const found = await site.trace(trace).catch(() => undefined);
    const sources = new Set(found?.spans.map((span: Json) => span.source));
    return sources.has('otlp') && sources.has('sentry') && found.events.length > 0 && found;
  }, 'both clients’ spans and their one event');
  expect(stored.events).toHaveLength(1);
  expect(await site.events()).toHaveLength(1);
  const event = await api.get(`events/${stored.events[0].event_id}`);
  expect(event).toMatchObject({ source: 'sentry', title: "KeyError: 'tea'", trace_id: trace });
  expect(event.tags.also_seen_by).toBe('otlp');
  expect(event.exceptions[0].frames[0].context.line).toContain('prices["tea"]');
  const issue = await api.get(`issues/${event.issue_id}`);
  expect(issue.event_count).toBe(1);
});
