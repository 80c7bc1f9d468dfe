// What clients send, made for one moment and with ids of one's own: beacons of
// the page's real module, OTLP, JSON log lines, Sentry envelopes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newCore, root } from '../wasm/core.mjs';

const template = JSON.parse(readFileSync(join(root, 'tests/cases/signals/plain_load.json'), 'utf8'));

/** A number as hex of so many bytes: ids that tell what they are of. */
export const hex = (number, bytes) => number.toString(16).padStart(bytes * 2, '0');

/**
 * One page view as its two uploads: the first while the page is open, the second
 * at its end, with what came since. A Buffer each.
 */
export async function visit({
  view,
  session,
  trace,
  startedAtMs,
  page = '/product/:id',
  release = 'shop@1.4.2',
  lcpLaterMs = 0,
  error,
}) {
  const signals = structuredClone(template).slice(1);
  for (const signal of signals) {
    if (signal[0] === 'init') [signal[1], signal[2], signal[4]] = [startedAtMs, session, release];
    if (signal[0] === 'lcp') for (const at of [2, 3, 4]) signal[at] += lcpLaterMs;
    if (signal[0] === 'view') [signal[2], signal[3], signal[8]] = [view, trace, page];
  }
  const end = signals.pop();
  const half = signals.findIndex(([kind]) => kind === 'input');
  const core = await newCore();
  core.feed(signals.slice(0, half));
  const first = Buffer.from(core.flush(), 'hex');
  core.feed(signals.slice(half));
  if (error) {
    core.feed([
      ['error', 4000, error.id, 'onerror', 0, 'error', '', 'https://shop.example/product/42', '', 1, error.type, error.value, `${error.type}: ${error.value}\n    at buy (https://shop.example/static/app.js:10:5)`, '', 0, 0, 0, 0, 0],
    ]);
  }
  core.feed([end]);
  return [first, Buffer.from(core.flush(), 'hex')];
}

const value = (text) => ({ stringValue: text });
const nanoseconds = (ms) => `${Math.round(ms)}000000`;

/** OTLP/JSON; spans are `{trace, span, parent?, name, startedAtMs, durationMs}`. */
export const otlpSpans = (spans, service = 'shop-backend') =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: value(service) }] },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: spans.map((one) => ({
              traceId: one.trace,
              spanId: one.span,
              parentSpanId: one.parent ?? '',
              name: one.name,
              kind: 2,
              startTimeUnixNano: nanoseconds(one.startedAtMs),
              endTimeUnixNano: nanoseconds(one.startedAtMs + one.durationMs),
              attributes: [{ key: 'db.statement', value: value('SELECT * FROM orders WHERE id = ?') }],
              status: {},
            })),
          },
        ],
      },
    ],
  });

/** JSON lines; `{message, atMs, trace?}` each. */
export const logLines = (lines) =>
  lines
    .map(({ message, atMs, trace }) =>
      JSON.stringify({
        timestamp: new Date(atMs).toISOString(),
        level: 'warning',
        event: message,
        logger: 'shop.orders',
        trace_id: trace,
      }),
    )
    .map((line) => `${line}\n`)
    .join('');

/** A Sentry envelope with items `{type, ...body}`. */
export const envelope = (items) =>
  `${[JSON.stringify({}), ...items.flatMap(({ type, ...body }) => [JSON.stringify({ type }), JSON.stringify(body)])].join('\n')}\n`;

export const sentryEvent = ({ id, atMs, trace, type = 'ValueError', message, release = 'shop@1.4.2' }) => ({
  type: 'event',
  event_id: id,
  timestamp: atMs / 1000,
  platform: 'python',
  level: 'error',
  release,
  environment: 'production',
  user: { id: `user-${id.slice(-2)}` },
  tags: { plan: 'pro' },
  contexts: trace ? { trace: { trace_id: trace, span_id: trace.slice(0, 16) } } : {},
  exception: {
    values: [
      {
        type,
        value: message,
        stacktrace: {
          frames: [{ filename: 'shop/orders.py', function: `buy_${type}`, lineno: 10, in_app: true }],
        },
      },
    ],
  },
});

/** Addresses and headers of the way in. */
export function routes({ url, project }) {
  const key = project.public_key;
  return {
    beacon: [`${url}/api/${project.id}/beacon/?key=${key}`, { 'content-type': 'text/plain' }],
    spans: [`${url}/v1/traces`, { 'content-type': 'application/json', 'x-pagewake-key': key }],
    logs: [`${url}/api/${project.id}/logs/?key=${key}`, { 'content-type': 'application/json' }],
    envelope: [`${url}/api/${project.id}/envelope/?sentry_key=${key}`, {}],
  };
}
