// A server that may open no more files: whoever connects waits in the kernel's
// queue, nothing spins meanwhile, and is served once there is room. The built
// server, not the sanitizers' one: UBSan asks its questions through a pipe, for
// which there would be no file either.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';

const CLIENTS = 12;
const ROOM = 4;
const WATCHED_MS = 2000;
const TICKS_PER_S = 100; // of /proc, whatever the kernel's own

/** A connection that has asked for /healthz; `answered` when the answer has begun. */
async function ask(port) {
  const socket = connect(port, '127.0.0.1');
  await new Promise((done, fail) => socket.once('connect', done).once('error', fail));
  const client = { socket, answer: '' };
  client.answered = new Promise((done) => {
    socket.on('data', (bytes) => {
      client.answer += bytes;
      done();
    });
    socket.once('close', done);
  });
  socket.on('error', () => {});
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  return client;
}

test('without a file left connections wait, and no processor is used', async (t) => {
  const folder = temporaryFolder('pagewake-no-files-');
  let tell;
  const told = new Promise((done) => {
    tell = done;
  });
  const server = await startPagewake({
    data: folder.path,
    adminToken: `pwt_${'files'.repeat(8)}`,
    onLine: (line) => line.includes('the system gives no more: Too many open files') && tell(),
  });
  const clients = [];
  t.after(async () => {
    for (const { socket } of clients) socket.destroy();
    await server.stop();
    folder.remove();
  });
  const { pid } = server.child;
  const port = Number(new URL(server.url).port);
  const most = readdirSync(`/proc/${pid}/fd`).length + ROOM;
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:${most}`]);

  for (let i = 0; i < CLIENTS; ++i) clients.push(await ask(port));
  await told;
  const cpuMs = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_S;
  };
  const before = cpuMs();
  await wait(WATCHED_MS);
  const used = cpuMs() - before;
  assert.ok(used < WATCHED_MS / 4, `${used} ms of processor time in ${WATCHED_MS}`);
  const waiting = clients.filter(({ answer }) => answer === '').length;
  assert.ok(waiting >= CLIENTS - 2 * ROOM, `${waiting} of ${CLIENTS} wait`);

  // Whoever is served and leaves makes room for the next.
  for (const client of clients) {
    await client.answered;
    assert.match(client.answer, /^HTTP\/1\.1 200 /);
    client.socket.destroy();
  }
});
