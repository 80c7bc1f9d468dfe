// A data folder with something of everything that the server keeps: sent and
// changed over HTTP as clients and people do, sealed in part, stopped cleanly.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, root } from '../../demo-site/processes.mjs';
import { get, send } from './answers.mjs';
import { envelope, hex, logLines, otlpSpans, routes, sentryEvent, visit } from './senders.mjs';

export const PASSWORD = 'correct horse battery';
const MINUTE_MS = 60_000;

export async function post([url, headers], body, status) {
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  assert.equal(response.status, status, `${url}: ${text}`);
}

const viewId = (n) => hex(0x1000 + n, 16);
const sessionId = (n) => hex(0x2000 + (n >> 1), 16);
export const traceId = (n) => hex(0x3000 + n, 16);
export const spanId = (n, i) => hex(0x400000 + n * 16 + i, 8);
export const eventId = (n) => hex(0x5000 + n, 16);
const PAGES = ['/product/:id', '/cart', '/'];

const spansOf = (n, atMs) => [
  { trace: traceId(n), span: spanId(n, 1), name: 'GET /product/:id', startedAtMs: atMs + 20, durationMs: 90 },
  { trace: traceId(n), span: spanId(n, 2), parent: spanId(n, 1), name: 'SELECT orders', startedAtMs: atMs + 30, durationMs: 60 },
];

/** What visitor number n and the backend behind send: all of it may be sent again. */
export async function sendVisit(server, n, startedAtMs) {
  const to = routes(server);
  const beacons = await visit({
    view: viewId(n),
    session: sessionId(n),
    trace: traceId(n),
    startedAtMs,
    page: PAGES[n % PAGES.length],
    release: n % 2 === 0 ? 'shop@1.4.2' : 'shop@1.5.0',
    lcpLaterMs: 100 * n,
    error: n % 3 === 0 ? { id: hex(0x6000 + n, 16), type: 'TypeError', value: 'cart is undefined' } : undefined,
  });
  for (const beacon of beacons) await post(to.beacon, beacon, 202);
  await post(to.spans, otlpSpans(spansOf(n, startedAtMs)), 200);
  await post(to.logs, logLines([{ message: `order ${n} is late`, atMs: startedAtMs + 40, trace: traceId(n) }]), 202);
  const failed = { id: eventId(n), atMs: startedAtMs + 50, trace: traceId(n), message: `no price for ${n}` };
  await post(to.envelope, envelope([sentryEvent({ ...failed, type: n % 2 ? 'KeyError' : 'ValueError' })]), 200);
  await post(
    to.envelope,
    envelope([
      {
        type: 'session',
        sid: hex(0x7000 + n, 16),
        did: `user-${n}`,
        init: true,
        started: new Date(startedAtMs).toISOString(),
        timestamp: new Date(startedAtMs + 1000).toISOString(),
        status: n % 4 === 0 ? 'crashed' : 'ok',
        errors: n % 4 === 0 ? 1 : 0,
        attrs: { release: 'shop@1.4.2', environment: 'production' },
      },
    ]),
    200,
  );
}

async function configure(server) {
  const project = `/api/v1/projects/${server.project.id}`;
  await send(server, 'PUT', '/api/v1/retention', { rollup_days: 500 }).catch(() => {}); // fixed at the start
  await send(server, 'POST', '/api/v1/projects', { name: 'blog', allowed_origins: ['https://blog.example'] });
  await send(server, 'POST', '/api/v1/users', { email: 'ann@example.com', name: 'Ann', password: PASSWORD });
  await send(server, 'PUT', `${project}/members/ann@example.com`, { role: 'member' });
  await send(server, 'POST', '/api/v1/tokens', { name: 'ci', scope: 'read', project: server.project.id });
  await send(server, 'PUT', `${project}/grouping-rules`, { rules: 'ignore: message:"*never*"' });
  const slo = { name: 'Fast', page: '/cart', measure: 'lcp_ms', threshold: 2500, target: 0.9, window_days: 28 };
  await send(server, 'POST', `${project}/slos`, slo);
  const channel = await send(server, 'POST', `${project}/alert-channels`, { name: 'Team', kind: 'email', addresses: ['team@example.com'] });
  await send(server, 'POST', `${project}/alert-channels/${channel.channel_id}/test`); // no mail server: fails
  await send(server, 'POST', `${project}/alert-rules`, {
    name: 'Cart is slow',
    kind: 'vital',
    page: '/cart',
    vital: 'lcp_ms',
    threshold: 4000,
    window_minutes: 60,
    minimum_views: 1000,
    channel_ids: [channel.channel_id],
  });
  const map = { version: 3, file: 'app.js', sources: ['src/app.ts'], names: ['buy'], mappings: 'AAAAA', sourcesContent: ['buy()'] };
  const upload = new FormData();
  for (const [name, part] of Object.entries({ release: 'shop@1.4.2', url: '~/static/app.js' })) upload.set(name, part);
  upload.set('map', new Blob([JSON.stringify(map)]));
  upload.set('file', new Blob(['buy();']));
  await send(server, 'POST', `${project}/sourcemaps`, upload);
}

async function workOnIssues(server) {
  const project = `/api/v1/projects/${server.project.id}`;
  const issues = (await get(server, `${project}/issues?sort=first_seen&limit=100`)).items.map((one) => one.issue_id).sort((a, b) => a - b);
  assert.ok(issues.length >= 3, `${issues.length} issues`);
  await send(server, 'PATCH', `${project}/issues/${issues[0]}`, { status: 'resolved', assignee: 'ann@example.com' });
  await send(server, 'POST', `${project}/issues/${issues[0]}/comments`, { text: 'fixed by the price list' });
  await send(server, 'POST', `${project}/issues/merge`, { issue_ids: issues.slice(1, 3) });
}

export const VISITS = 8;

/** Fills an empty server; half of it is sealed into a segment. Gives its time. */
export async function fill(server, data) {
  const from = Date.now() - 90 * MINUTE_MS;
  for (let n = 0; n < VISITS; n += 1) {
    await sendVisit(server, n, from + n * 10 * MINUTE_MS);
    // Segments are made by time or number; a prune makes one at once.
    if (n === VISITS / 2 - 1) execFileSync(binary, ['prune', '--data', data], { stdio: 'pipe' });
  }
  // What is dropped is counted with the next commit.
  await post(routes(server).beacon, 'not a beacon', 400);
  for (const name of ['otel-proto-traces.pb', 'py-store-logentry.gz']) {
    const body = readFileSync(join(root, 'tests/cases/clients/bodies', name));
    const { spans } = routes(server);
    const key = server.project.public_key;
    if (name.endsWith('.pb')) await post([spans[0], { ...spans[1], 'content-type': 'application/x-protobuf' }], body, 200);
    else await post([`${server.url}/api/1/store/?sentry_key=${key}`, { 'content-encoding': 'gzip' }], body, 200);
  }
  await configure(server);
  await workOnIssues(server);
  return { from: new Date(from - MINUTE_MS).toISOString(), to: new Date(Date.now() + MINUTE_MS).toISOString(), started_at_ms: from };
}
