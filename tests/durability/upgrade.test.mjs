// Data files of earlier schemas (stored/), opened by today's server as an
// upgrade does: what their own server answered is still said, what they hold
// is not taken a second time, and the server goes on from there.
//
// PAGEWAKE_STORE_TODAY=1 adds a file of today's schema to stored/: done at a
// release, and before a change of what is there. PAGEWAKE_ANSWERS_TODAY=1 takes
// today's answers as the right ones: for an answer that was changed on purpose,
// after a look at what the failing test says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { binary, startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { all, assertStillSays, everyAnswer } from './answers.mjs';
import { fill, PASSWORD, sendVisit, VISITS } from './filled_store.mjs';

const stored = join(import.meta.dirname, 'stored');
const TOKEN = `pwt_${'upgrade-'.repeat(5)}`;
// What the files hold grows old while they lie in the repository.
const env = {
  PAGEWAKE_PUBLIC_URL: 'https://rum.example.com',
  PAGEWAKE_RAW_RETENTION_DAYS: '3650',
  PAGEWAKE_ROLLUP_RETENTION_DAYS: '3650',
};
const start = (data) => startPagewake({ data, adminToken: TOKEN, env });
const schemaOf = (file) => file.readUInt32BE(60); // user_version of SQLite's header

const writeAnswers = (path, said) => writeFileSync(path, gzipSync(JSON.stringify(said), { level: 9 }));

if (process.env.PAGEWAKE_STORE_TODAY) {
  const folder = temporaryFolder('pagewake-store-');
  let server = await start(folder.path);
  const times = await fill(server, folder.path);
  await server.stop();
  server = await start(folder.path);
  const answers = await everyAnswer(server, times);
  await server.stop();
  const file = readFileSync(join(folder.path, 'pagewake.db'));
  const name = join(stored, `schema_${String(schemaOf(file)).padStart(2, '0')}`);
  writeFileSync(`${name}.db.gz`, gzipSync(file, { level: 9 }));
  writeAnswers(`${name}.answers.json.gz`, { ...times, answers });
  folder.remove();
}

const names = readdirSync(stored).filter((name) => name.endsWith('.db.gz'));

test('there are stored files', () => assert.ok(names.length > 0));

for (const name of names) {
  test(`${name}: an upgrade keeps what it holds and goes on`, async (t) => {
    const folder = temporaryFolder('pagewake-upgrade-');
    t.after(() => folder.remove());
    const data = join(folder.path, 'data');
    mkdirSync(data, { mode: 0o700 });
    const file = gunzipSync(readFileSync(join(stored, name)));
    assert.equal(`schema_${String(schemaOf(file)).padStart(2, '0')}.db.gz`, name);
    writeFileSync(join(data, 'pagewake.db'), file);
    const answersPath = join(stored, name.replace('.db.gz', '.answers.json.gz'));
    const expected = JSON.parse(gunzipSync(readFileSync(answersPath)).toString());

    let server = await start(data);
    t.after(() => server.stop());
    const answers = await everyAnswer(server, expected);
    if (process.env.PAGEWAKE_ANSWERS_TODAY) writeAnswers(answersPath, { ...expected, answers });
    else assertStillSays(answers, expected.answers);
    if (schemaOf(file) >= 4) {
      const body = JSON.stringify({ email: 'ann@example.com', password: PASSWORD });
      const login = await fetch(`${server.url}/api/v1/login`, { method: 'POST', body });
      assert.equal(login.status, 204);
    }

    // What a client did not know to be taken it sends again.
    const list = (what) => all(server, `/api/v1/projects/1/${what}?from=${expected.from}&to=${expected.to}`);
    const lengths = async () => ({
      events: (await list('events')).length,
      logs: (await list('logs')).length,
      // Rows of page views before schema 5 were never released: dropped.
      views: schemaOf(file) < 5 ? VISITS : (await list('page-views')).length,
    });
    const before = await lengths();
    for (let n = 0; n < VISITS; n += 1) await sendVisit(server, n, expected.started_at_ms + n * 600_000);
    assert.deepEqual(await lengths(), before);
    // And new ones come in, before and after another start.
    await sendVisit(server, 100, Date.now() - 30_000);
    await server.stop();
    server = await start(data);
    const views = await all(server, '/api/v1/projects/1/page-views?from=-1h');
    assert.ok(views.some((view) => view.page_view_id.endsWith('1064')), JSON.stringify(views));
    await server.stop();
    assert.match(execFileSync(binary, ['check', '--data', data], { encoding: 'utf8' }), /no damage found/);
  });
}
