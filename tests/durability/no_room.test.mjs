// A disk without room under a running server, and a folder that may not be
// written at its start.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary, startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { all, get } from './answers.mjs';
import { logLines, routes } from './senders.mjs';

const TOKEN = `pwt_${'no-room-'.repeat(5)}`;

test('no room: 503, said once, reads go on, and it recovers by itself', async (t) => {
  const folder = temporaryFolder('pagewake-room-');
  t.after(() => folder.remove());
  const lines = [];
  const server = await startPagewake({
    data: folder.path,
    adminToken: TOKEN,
    env: { PAGEWAKE_RATE_PER_ADDRESS: '0', PAGEWAKE_RATE_PER_KEY: '0' },
    onLine: (line) => lines.push(line),
  });
  t.after(() => server.stop());
  const logged = (text) => lines.filter((line) => line.includes(text));
  const taken = [];
  let n = 0;
  async function sendLine() {
    const message = `line ${n++} ${'x'.repeat(1000)}`;
    const [url, headers] = routes(server).logs;
    const response = await fetch(url, { method: 'POST', headers, body: logLines([{ message, atMs: Date.now() }]) });
    const text = await response.text();
    if (response.status === 202) taken.push(message);
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
  }
  // The system lets no file of the server's grow beyond this: to a write it is
  // what a full disk is.
  const limit = (bytes) => execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${bytes}:`]);

  const logIn = async () => {
    const login = await fetch(`${server.url}/api/v1/login`, { method: 'POST', body: JSON.stringify({ token: TOKEN }) });
    assert.equal(login.status, 204);
    return login.headers.get('set-cookie').split(';')[0];
  };
  const me = async (cookie) => (await fetch(`${server.url}/api/v1/me`, { headers: { cookie } })).status;
  const stored = await logIn();

  for (let i = 0; i < 20; i += 1) assert.equal((await sendLine()).status, 202);
  const largest = Math.max(...readdirSync(folder.path).map((name) => statSync(join(folder.path, name)).size));
  limit(largest + 100_000);
  let answer = await sendLine();
  while (answer.status === 202) answer = await sendLine();
  const refused = [answer];
  while (refused.length < 300) {
    answer = await sendLine();
    // What fits into what is left goes in.
    if (answer.status !== 202) refused.push(answer);
  }
  for (const one of refused) {
    assert.equal(one.status, 503, one.text);
    assert.equal(JSON.parse(one.text).error.code, 'store_failed');
    assert.ok(Number(one.retryAfter) >= 1);
  }
  const messages = async () => (await all(server, '/api/v1/projects/1/logs')).map((one) => one.message);
  assert.deepEqual((await messages()).sort(), [...taken].sort(), 'what was taken, and nothing else');
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  // Who wants to see why gets in, though no session can be kept.
  const unsaved = await logIn();
  // And out, though the one is still in the store.
  for (const cookie of [unsaved, stored]) {
    assert.equal(await me(cookie), 200);
    const headers = { cookie, 'x-pagewake-csrf': '1' };
    const logout = await fetch(`${server.url}/api/v1/logout`, { method: 'POST', headers });
    assert.equal(logout.status, 204);
    assert.equal(await me(cookie), 401);
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^pagewake_store_write_failures_total [1-9]/m);
  assert.equal(logged('the store refuses what comes in').length, 1, lines.join('\n'));
  assert.match(logged('the store refuses what comes in')[0], /full|File too large|I\/O error/);
  assert.ok(logged('"status":503').length <= 2, `${logged('"status":503').length} lines`);

  limit('unlimited');
  assert.equal((await sendLine()).status, 202);
  while (logged('the store takes what comes in again').length === 0) assert.equal((await sendLine()).status, 202);
  assert.deepEqual((await messages()).sort(), [...taken].sort());
  const outcomes = await get(server, '/api/v1/projects/1/outcomes?from=-1h');
  assert.equal(outcomes.received, outcomes.stored + outcomes.dropped);
  assert.equal(outcomes.stored, taken.length);
  await server.stop();
  assert.equal(server.child.exitCode, 0);
});

test('a folder that may not be written: one line at the start that says so', (t) => {
  const folder = temporaryFolder('pagewake-readonly-');
  t.after(() => folder.remove());
  // The administrator may write everywhere: then it is somebody else.
  const root = process.getuid() === 0;
  const nobody = root ? { uid: 65534, gid: 65534 } : {};
  chmodSync(folder.path, 0o755);
  const program = join(folder.path, 'pagewake');
  copyFileSync(binary, program);
  chmodSync(program, 0o755);
  const serve = (data) =>
    spawnSync(program, ['serve', '--listen', '127.0.0.1:0', '--data', data], {
      ...nobody,
      cwd: folder.path,
      encoding: 'utf8',
      timeout: 60_000,
    });
  const folders = {
    'an empty one': () => {},
    'one with a store that may be read': (data) => {
      const options = { ...nobody, cwd: folder.path, stdio: 'pipe' };
      execFileSync(program, ['project', 'create', 'shop', '--data', data], options);
      for (const name of readdirSync(data)) chmodSync(join(data, name), 0o444);
    },
    'one with a file that is no store': (data) => writeFileSync(join(data, 'pagewake.db'), 'mine', { mode: 0o444 }),
  };
  for (const [name, fill] of Object.entries(folders)) {
    const data = join(folder.path, name.replaceAll(' ', '-'));
    mkdirSync(data);
    if (root) chownSync(data, 65534, 65534);
    fill(data);
    chmodSync(data, 0o555);
    const { status, stdout, stderr } = serve(data);
    chmodSync(data, 0o755);
    assert.equal(status, 1, `${name}: ${stdout}${stderr}`);
    assert.equal(stdout, '', name);
    assert.match(stderr, /^pagewake: [^\n]*\n$/, name);
    assert.ok(stderr.includes(data), `${name}: ${stderr}`);
    t.diagnostic(`${name}: ${stderr.trim().replaceAll(folder.path, '…')}`);
  }
});
