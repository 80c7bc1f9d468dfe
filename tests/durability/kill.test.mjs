// kill -9 of a server under load, again and again on one data folder: at the end
// everything that it acknowledged is there once, sums and outcomes agree.
//
// PAGEWAKE_LONG=1: 100 kills in place of 5. PAGEWAKE_SEED=n: the same choices.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { all, get } from './answers.mjs';
import { envelope, hex, logLines, otlpSpans, routes, sentryEvent, visit } from './senders.mjs';

const KILLS = process.env.PAGEWAKE_LONG ? 100 : 5;
const CONNECTIONS = 8;
const SPANS = 3; // a request
const LINES = 5;
const PAGES = ['/', '/cart', '/product/:id', '/checkout'];
const seed = Number(process.env.PAGEWAKE_SEED ?? randomInt(2 ** 32));

// mulberry32
let state = seed;
const random = (below) => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
};

const ids = { view: (n) => hex(n, 16), trace: (n) => hex(0x100000000 + n, 16), event: (n) => hex(0x200000000 + n, 16) };

/** Number n of what is sent: its kind, and its bodies, to be taken in this order. */
async function made(n, startedAtMs) {
  switch (n % 4) {
    case 0: {
      const bodies = await visit({
        view: ids.view(n),
        session: hex(0x300000000 + n, 16),
        trace: ids.trace(n),
        startedAtMs,
        page: PAGES[(n / 4) % PAGES.length],
        lcpLaterMs: n % 700,
      });
      return { n, kind: 'beacon', bodies };
    }
    case 1: {
      const spans = Array.from({ length: SPANS }, (_, i) => ({
        trace: ids.trace(n),
        span: hex(n * 16 + i + 1, 8),
        name: 'GET /orders',
        startedAtMs,
        durationMs: 20,
      }));
      return { n, kind: 'spans', bodies: [otlpSpans(spans)] };
    }
    case 2: {
      const lines = Array.from({ length: LINES }, (_, i) => ({ message: `line ${i} of ${n}`, atMs: startedAtMs }));
      return { n, kind: 'logs', bodies: [logLines(lines)] };
    }
    default: {
      // Of a flood of equal errors only the first are kept.
      const event = { id: ids.event(n), atMs: startedAtMs, type: `Error${Math.floor(n / 200)}`, message: 'no' };
      return { n, kind: 'envelope', bodies: [envelope([sentryEvent(event)])] };
    }
  }
}

test(`what was acknowledged survives ${KILLS} kills (PAGEWAKE_SEED=${seed})`, async (t) => {
  const folder = temporaryFolder('pagewake-kill-');
  t.after(() => folder.remove());
  const from = Date.now() - 20_000;
  const start = () =>
    startPagewake({
      data: folder.path,
      adminToken: `pwt_${'kill-'.repeat(8)}`,
      env: { PAGEWAKE_RATE_PER_ADDRESS: '0', PAGEWAKE_RATE_PER_KEY: '0' },
    });
  let server = await start();
  t.after(() => server.stop());

  const acknowledged = []; // {n, kind}
  const again = []; // whose fate is not known, or whose second body waits
  let next = 4; // no id is zero
  let repeated = 0;
  let failure;

  /** Sends until `enough()` or the server is gone. */
  async function work(to, enough) {
    while (!enough() && !failure) {
      const one = again.shift() ?? (await made(next++, Date.now() - 10_000));
      try {
        while (one.bodies.length > 0) {
          const [url, headers] = to[one.kind];
          const response = await fetch(url, { method: 'POST', headers, body: one.bodies[0] });
          const text = await response.text();
          assert.ok(response.ok, `${response.status} ${text}`);
          one.bodies.shift();
        }
        acknowledged.push({ n: one.n, kind: one.kind });
      } catch (error) {
        again.push(one);
        if (error instanceof assert.AssertionError) failure = error;
        return;
      }
    }
  }

  for (let kill = 0; kill < KILLS; kill += 1) {
    const until = acknowledged.length + 5 + random(120);
    const later = random(15);
    const workers = Array.from({ length: CONNECTIONS }, () => work(routes(server), () => false));
    while (acknowledged.length < until && !failure) await new Promise(setImmediate);
    await new Promise((done) => setTimeout(done, later));
    server.child.kill('SIGKILL');
    await server.gone;
    await Promise.all(workers);
    if (failure) throw failure;
    repeated += again.length;
    server = await start();
  }
  // The rest of what clients hold.
  const waiting = again.length;
  const goal = acknowledged.length + waiting;
  await work(routes(server), () => again.length === 0);
  if (failure) throw failure;
  assert.equal(acknowledged.length, goal);

  // All of it, by the way out.
  const project = '/api/v1/projects/1';
  const range = `from=${new Date(from).toISOString()}&to=${new Date(Date.now() + 60_000).toISOString()}`;
  const numbers = (kind) => acknowledged.filter((one) => one.kind === kind).map((one) => one.n);
  const once = (listed, wanted, what) => {
    const seen = new Map();
    for (const one of listed) seen.set(one, (seen.get(one) ?? 0) + 1);
    const lost = wanted.filter((one) => !seen.has(one));
    const doubled = [...seen].filter(([, count]) => count > 1).map(([one]) => one);
    t.diagnostic(`${what}: ${wanted.length} acknowledged, ${lost.length} lost, ${doubled.length} doubled`);
    assert.deepEqual({ lost, doubled, listed: seen.size }, { lost: [], doubled: [], listed: wanted.length }, what);
  };
  t.diagnostic(`${KILLS} kills, ${repeated} requests sent again`);

  const views = await all(server, `${project}/page-views?${range}`);
  once(views.map((one) => one.page_view_id), numbers('beacon').map(ids.view), 'page views');
  const partial = views.filter((one) => !one.final || one.vitals.lcp_ms === null);
  assert.deepEqual(partial, [], 'each has what its first and its last beacon said');

  const events = await all(server, `${project}/events?${range}`);
  once(events.map((one) => one.event_id), numbers('envelope').map(ids.event), 'events');
  const issues = await all(server, `${project}/issues?${range}`);
  const counted = issues.reduce((sum, one) => sum + one.event_count, 0);
  assert.equal(counted, events.length, 'issues count their events');

  const logs = await all(server, `${project}/logs?${range}`);
  const lines = numbers('logs').flatMap((n) => Array.from({ length: LINES }, (_, i) => `line ${i} of ${n}`));
  once(logs.map((one) => one.message), lines, 'log lines');

  const spans = [];
  for (const n of numbers('spans')) {
    const trace = await get(server, `${project}/traces/${ids.trace(n)}`);
    spans.push(...trace.spans.map((one) => one.span_id));
  }
  once(spans, numbers('spans').flatMap((n) => Array.from({ length: SPANS }, (_, i) => hex(n * 16 + i + 1, 8))), 'spans');

  // Sums over whole hours against a count of the records.
  const count = (list) => {
    const of = {};
    for (const { page } of list) of[page] = (of[page] ?? 0) + 1;
    return of;
  };
  const { items } = await get(server, `${project}/pages?${range}&limit=1000`);
  assert.deepEqual(Object.fromEntries(items.map((one) => [one.page, one.views])), count(views));
  assert.deepEqual(
    Object.fromEntries(items.map((one) => [one.page, one.vitals.lcp_ms.count])),
    count(views.filter((one) => one.vitals.lcp_ms !== null)),
  );
  for (const page of PAGES) {
    const report = await get(server, `${project}/page-report?${range}&page=${encodeURIComponent(page)}`);
    assert.equal(report.views, count(views)[page], page);
    const sliced = report.slices.release.reduce((sum, one) => sum + one.views, 0);
    assert.equal(sliced, report.views, `${page}: slices`);
  }

  const outcomes = await get(server, `${project}/outcomes?${range}`);
  assert.equal(outcomes.received, outcomes.stored + outcomes.dropped);
  const stored = Object.fromEntries(
    outcomes.items.filter((one) => one.outcome === 'stored').map((one) => [one.category, one.count]),
  );
  // A page view counts with each of its two beacons.
  const wanted = { page_view: 2 * views.length, event: events.length, log: logs.length, span: spans.length };
  assert.deepEqual(stored, wanted);
  for (const one of outcomes.items) assert.ok(one.outcome === 'stored' || one.reason === 'duplicate', JSON.stringify(one));
});
