// SIGTERM: the server is gone within 10 s, whatever hangs on it, and nothing
// that it acknowledged is.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { all, get } from './answers.mjs';
import { hex, logLines, routes, visit } from './senders.mjs';

const TOKEN = `pwt_${'drain-'.repeat(7)}`;
const env = { PAGEWAKE_RATE_PER_ADDRESS: '0', PAGEWAKE_RATE_PER_KEY: '0' };
const start = (data) => startPagewake({ data, adminToken: TOKEN, env });
const range = `from=${new Date(Date.now() - 3_600_000).toISOString()}`;

/** SIGTERM; gives the exit code and how long it took. */
async function terminate(server) {
  const began = Date.now();
  server.child.kill('SIGTERM');
  await server.gone;
  return { code: server.child.exitCode, ms: Date.now() - began };
}

/** Sends log lines one by one; those that were taken go to `taken`. */
async function sendLines(server, name, taken) {
  const [url, headers] = routes(server).logs;
  for (let n = 0; ; n += 1) {
    const message = `${name} ${n}`;
    try {
      const response = await fetch(url, { method: 'POST', headers, body: logLines([{ message, atMs: Date.now() }]) });
      await response.text();
      if (response.status === 202) taken.push(message);
      else assert.equal(response.status, 503);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return; // refused or cut: not taken
    }
  }
}

async function messagesIn(data) {
  const server = await start(data);
  const logs = await all(server, `/api/v1/projects/1/logs?${range}`);
  const outcomes = await get(server, `/api/v1/projects/1/outcomes?${range}`);
  assert.equal(outcomes.received, outcomes.stored + outcomes.dropped);
  await server.stop();
  return new Set(logs.map((one) => one.message));
}

/** A raw request of which only `head` and then a byte each 50 ms is sent. */
function slowly(port, head, rest) {
  const socket = connect(port, '127.0.0.1');
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  const open = new Promise((done) => socket.write(head, done));
  let at = 0;
  const timer = setInterval(() => {
    if (at < rest.length) socket.write(rest.slice(at, ++at));
  }, 50);
  const answer = new Promise((done) =>
    socket.once('close', () => {
      clearInterval(timer);
      done(Buffer.concat(chunks).toString());
    }),
  );
  return { open, answer };
}

test('under load, with half requests, slow senders and a live tail', async (t) => {
  const folder = temporaryFolder('pagewake-drain-');
  t.after(() => folder.remove());
  const server = await start(folder.path);
  t.after(() => server.stop());
  const port = Number(new URL(server.url).port);
  const path = `/api/1/logs/?key=${server.project.public_key}`;
  const post = (length) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

  const live = await fetch(`${server.url}/api/v1/projects/1/live`, {
    headers: { authorization: `Bearer ${TOKEN}`, accept: 'text/event-stream' },
  });
  assert.equal(live.status, 200);
  const tail = live.body.getReader();
  const tailEnds = (async () => {
    try {
      while (!(await tail.read()).done);
    } catch {
      // cut
    }
  })();
  const hanging = [];
  for (let i = 0; i < 20; i += 1) {
    hanging.push(slowly(port, 'POST /api/1/logs/ HT', '')); // half a head
    hanging.push(slowly(port, `${post(1000)}{"event"`, '')); // half a body
    hanging.push(slowly(port, post(5000), 'x'.repeat(5000))); // would take minutes
  }
  const line = '{"event":"slow but whole"}\n';
  const slow = slowly(port, post(line.length), line);
  await Promise.all([...hanging, slow].map((one) => one.open));

  const taken = [];
  const senders = Array.from({ length: 8 }, (_, i) => sendLines(server, `sender ${i}:`, taken));
  while (taken.length < 200) await new Promise(setImmediate);
  const { code, ms } = await terminate(server);
  assert.equal(code, 0, server.recent.join('\n'));
  assert.ok(ms < 10_000, `${ms} ms`);
  await Promise.all([...senders, tailEnds]);
  if (/ 202 /.test(await slow.answer)) taken.push('slow but whole');
  await Promise.all(hanging.map((one) => one.answer));
  t.diagnostic(`gone after ${ms} ms, ${taken.length} acknowledged, the slow sender ${taken.includes('slow but whole') ? 'too' : 'not'}`);

  const kept = await messagesIn(folder.path);
  assert.deepEqual(taken.filter((one) => !kept.has(one)), []);
});

test('with nothing to wait for it is gone at once', async (t) => {
  const folder = temporaryFolder('pagewake-drain-');
  t.after(() => folder.remove());
  const server = await start(folder.path);
  t.after(() => server.stop());
  // Connections that browsers keep open are no requests.
  for (let i = 0; i < 5; i += 1) await (await fetch(`${server.url}/healthz`)).text();
  const { code, ms } = await terminate(server);
  assert.equal(code, 0);
  assert.ok(ms < 5_000, `${ms} ms`);
});

test('while page views are moved into a segment', async (t) => {
  const folder = temporaryFolder('pagewake-drain-');
  t.after(() => folder.remove());
  let server = await start(folder.path);
  t.after(() => server.stop());
  const views = [];
  for (let n = 1; n <= 60; n += 1) {
    const [url, headers] = routes(server).beacon;
    const id = hex(n, 16);
    const bodies = await visit({ view: id, session: hex(0x100 + n, 16), trace: hex(0x200 + n, 16), startedAtMs: Date.now() - 60_000 });
    for (const body of bodies) {
      const response = await fetch(url, { method: 'POST', headers, body });
      assert.equal(response.status, 202, await response.text());
    }
    views.push(id);
  }
  server.child.kill('SIGKILL');
  await server.gone;
  // A start seals what the journal holds: it is told to stop in the middle.
  for (let again = 0; again < 4; again += 1) {
    server = await start(folder.path);
    const { code, ms } = await terminate(server);
    assert.equal(code, 0, server.recent.join('\n'));
    assert.ok(ms < 10_000, `${ms} ms`);
  }
  server = await start(folder.path);
  const listed = await all(server, `/api/v1/projects/1/page-views?${range}`);
  assert.deepEqual(listed.map((one) => one.page_view_id).sort(), views);
  const { items } = await get(server, `/api/v1/projects/1/pages?${range}`);
  assert.equal(items.reduce((sum, one) => sum + one.views, 0), views.length);
});
