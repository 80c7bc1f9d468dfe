// A backup taken beside a running, busy server restores to an identical store:
// every table row for row, and every answer of a server started on it.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { binary, startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { all, everyAnswer, get } from './answers.mjs';
import { fill, sendVisit, traceId } from './filled_store.mjs';

const TOKEN = `pwt_${'backup-'.repeat(6)}`;
const env = { PAGEWAKE_PUBLIC_URL: 'https://rum.example.com', PAGEWAKE_ALERT_INTERVAL_SECONDS: '3600' };

// Every row of every table, as SQL.
const DUMP = `
import sqlite3, sys
for line in sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).iterdump():
    print(line)
`;
const dump = (path) =>
  execFileSync('python3', ['-c', DUMP, path], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n');

test('a backup restores to an identical store', async (t) => {
  const folder = temporaryFolder('pagewake-backup-');
  t.after(() => folder.remove());
  const data = join(folder.path, 'data');
  const copy = join(folder.path, 'copy');
  mkdirSync(copy, { mode: 0o700 });
  let server = await startPagewake({ data, adminToken: TOKEN, env });
  t.after(() => server.stop());
  const times = await fill(server, data);

  const file = join(copy, 'pagewake.db');
  const original = join(data, 'pagewake.db');
  // The server still counts sessions and regroups for a moment: until nothing
  // was written between the backup and the answers of the original.
  let before;
  for (const deadline = Date.now() + 60_000; ; ) {
    rmSync(file, { force: true });
    execFileSync(binary, ['backup', file, '--data', data], { stdio: 'pipe' });
    before = await everyAnswer(server, times);
    const [there, here] = [dump(original), dump(file)];
    assert.ok(here.length > 400, `${here.length} lines`);
    const at = there.findIndex((line, i) => line !== here[i]);
    if (at < 0 && there.length === here.length) break;
    assert.ok(Date.now() < deadline, `${here[at]} in the copy, ${there[at]} in the original`);
  }
  assert.match(execFileSync(binary, ['check', '--data', copy], { encoding: 'utf8' }), /no damage found/);

  await server.stop();
  server = await startPagewake({ data: copy, adminToken: TOKEN, env });
  assert.deepEqual(await everyAnswer(server, times), before);
  await sendVisit(server, 50, Date.now() - 60_000);
});

test('a backup under load is one moment: a visitor and the backend are in it whole, or not', async (t) => {
  const folder = temporaryFolder('pagewake-backup-');
  t.after(() => folder.remove());
  const data = join(folder.path, 'data');
  let server = await startPagewake({ data, adminToken: TOKEN, env });
  t.after(() => server.stop());
  const from = Date.now() - 3_600_000;
  let n = 0;
  let stop = false;
  const load = (async () => {
    for (; !stop; n += 1) await sendVisit(server, n, from + n * 1000);
  })();
  while (n < 5) await new Promise(setImmediate);
  const files = [];
  const taken = [];
  for (let i = 0; i < 3; i += 1) {
    const copy = join(folder.path, `copy${i}`);
    mkdirSync(copy, { mode: 0o700 });
    const sent = n; // whole visits acknowledged before it began
    files.push(copy);
    await promisify(execFile)(binary, ['backup', join(copy, 'pagewake.db'), '--data', data]);
    taken.push({ sent, latest: n });
  }
  stop = true;
  await load;
  await server.stop();
  for (const [i, copy] of files.entries()) {
    server = await startPagewake({ data: copy, adminToken: TOKEN, env });
    const list = (what) => all(server, `/api/v1/projects/1/${what}?from=${new Date(from - 60_000).toISOString()}`);
    // Those of the backend; the browser's came with the view.
    const failures = (await list('events')).filter((one) => one.source === 'sentry');
    const events = new Set(failures.map((one) => one.trace_id));
    assert.ok(events.size > 0);
    const logs = new Set((await list('logs')).map((one) => one.trace_id));
    const views = new Set((await list('page-views')).map((one) => one.trace_id));
    // In the order they were sent: a view, then its log line, then its event.
    for (const trace of events) assert.ok(logs.has(trace), `${trace}: event without the line before it`);
    for (const trace of logs) assert.ok(views.has(trace), `${trace}: line without the view before it`);
    for (let visit = 0; visit < taken[i].sent; visit += 1) assert.ok(events.has(traceId(visit)), `visit ${visit}`);
    assert.ok(views.size <= taken[i].latest + 1);
    const outcomes = await get(server, '/api/v1/projects/1/outcomes?from=-2h');
    assert.equal(outcomes.received, outcomes.stored + outcomes.dropped);
    await server.stop();
  }
});
