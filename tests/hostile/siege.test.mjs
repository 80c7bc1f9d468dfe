// The built server under siege: slow senders, half-open connections, header
// floods, lying lengths, smuggling shapes and compression bombs at once. Its
// memory stays bounded, each attacker gets the right status, and a visitor's
// beacon is taken meanwhile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { attacker, peakMiB } from './attacker.mjs';

const folder = temporaryFolder('pagewake-siege-');
const { send, leave } = attacker(() => port);
let server;
let port;
let key;

before(async () => {
  server = await startPagewake({
    data: folder.path,
    adminToken: `pwt_${'siege'.repeat(8)}`,
    env: { PAGEWAKE_RATE_PER_ADDRESS: '0', PAGEWAKE_RATE_PER_KEY: '0' },
  });
  port = Number(new URL(server.url).port);
  key = server.project.public_key;
});
after(async () => {
  leave();
  await server.stop();
  folder.remove();
});

const statuses = (answer) => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => Number(m[1]));
const post = (path, headers, body) =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${headers}\r\n`,
    ),
    body,
  ]);

/** A zstd frame of run-length blocks: 4 bytes for 128 KiB of zeros (RFC 8878, 3.1.1.2). */
function zstdBomb(mebibytes) {
  const block = Buffer.from([0x02, 0x00, 0x10, 0x00]); // RLE, not last, 131072 times 0x00
  const last = Buffer.from([0x03, 0x00, 0x10, 0x00]);
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]); // 128 KiB window
  return Buffer.concat([head, ...Array(mebibytes * 8 - 1).fill(block), last]);
}

test('a compression bomb of every encoding is refused at the limit', async () => {
  const zeros = Buffer.alloc(100 << 20, 32);
  const bombs = {
    gzip: gzipSync(zeros, { level: 9 }),
    deflate: deflateSync(zeros, { level: 9 }),
    br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
    zstd: zstdBomb(100),
  };
  const before = peakMiB(server);
  for (const [encoding, body] of Object.entries(bombs)) {
    assert.ok(body.length < 1 << 20, `${encoding}: ${body.length} bytes fit through the wire limit`);
    const request = post(`/api/1/envelope/?sentry_key=${key}`, `Content-Encoding: ${encoding}\r\n`, body);
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(request).answer));
    for (const answer of answers) {
      assert.deepEqual(statuses(answer), [413], encoding);
      assert.match(answer, /"code":"body_too_large".*"limit_bytes":1048576/);
    }
  }
  assert.ok(peakMiB(server) - before < 64, `32 bombs of 100 MiB took ${peakMiB(server) - before} MiB`);
});

test('what two parsers could read differently is refused and closes the connection', async () => {
  const chunked = 'Transfer-Encoding: chunked\r\n';
  const smuggled = 'GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n';
  const shapes = {
    'both lengths': `Content-Length: 5\r\n${chunked}\r\n0\r\n\r\n`,
    'two lengths': 'Content-Length: 0\r\nContent-Length: 40\r\n\r\n',
    'the same length twice': 'Content-Length: 0\r\nContent-Length: 0\r\n\r\n',
    'a list of lengths': 'Content-Length: 0, 0\r\n\r\n',
    'a signed length': 'Content-Length: +0\r\n\r\n',
    'a negative length': 'Content-Length: -1\r\n\r\n',
    'a hexadecimal length': 'Content-Length: 0x0\r\n\r\n',
    'a length beyond 64 bits': 'Content-Length: 18446744073709551616\r\n\r\n',
    'a space before the colon': 'Content-Length : 0\r\n\r\n',
    'a folded header': 'A: b\r\n Content-Length: 0\r\n\r\n',
    'another coding': 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'a coding that only looks chunked': 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    'two codings': `${chunked}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
    'a signed chunk size': `${chunked}\r\n+5\r\nhello\r\n0\r\n\r\n`,
    'a 0x chunk size': `${chunked}\r\n0x5\r\nhello\r\n0\r\n\r\n`,
    'a space in a chunk size': `${chunked}\r\n 5\r\nhello\r\n0\r\n\r\n`,
    'a chunk size that overflows': `${chunked}\r\n10000000000000005\r\nhello\r\n0\r\n\r\n`,
    'a chunk longer than its size': `${chunked}\r\n2\r\nhello\r\n0\r\n\r\n`,
    'bare line feeds': `${chunked}\n0\n\n`,
    'a NUL in a header': 'A: b\0c\r\n\r\n',
    'two hosts': 'Host: y\r\n\r\n',
  };
  for (const [name, rest] of Object.entries(shapes)) {
    const request = `POST /api/1/logs/?key=${key} HTTP/1.1\r\nHost: x\r\n${rest}${smuggled}`;
    const answer = await send(request, { end: true }).answer;
    assert.deepEqual(statuses(answer), [400], name);
    assert.match(answer, /connection: close/i, name);
  }
});

test('a pipeline of 500 requests is answered in order, and nothing after one that closes', async () => {
  const many = `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(500);
  const last = `GET /nothing-here.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  const answer = await send(many + last + many).answer;
  assert.deepEqual(statuses(answer), [...Array(500).fill(200), 404]);
});

test('floods of headers stop at 16 KiB and at 200 headers', async () => {
  const flood = (headers) => send(`GET /healthz HTTP/1.1\r\nHost: x\r\n${headers}\r\n`, { end: true }).answer;
  assert.deepEqual(statuses(await flood('A: b\r\n'.repeat(300_000))), [431]);
  assert.deepEqual(statuses(await flood(`A: ${'b'.repeat(5 << 20)}\r\n`)), [431]);
  assert.deepEqual(statuses(await flood('A: b\r\n'.repeat(250))), [431]);
  assert.deepEqual(statuses(await flood('A: b\r\n'.repeat(150))), [200]);
});

test('beside 1,000 idle connections and 200 half requests, 504 requests on 8 connections are all taken', async () => {
  const beside = [];
  for (let i = 0; i < 1_000; i += 1) beside.push(send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'));
  for (let i = 0; i < 200; i += 1) {
    beside.push(send(`POST /api/1/logs/?key=${key} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc`));
  }
  await Promise.all(beside.map(({ sent }) => sent));
  const line = Buffer.from('{"event":"beside idle ones"}\n');
  const busy = Array.from({ length: 8 }, async () => {
    const requests = post(`/api/1/logs/?key=${key}`, '', line).toString('latin1');
    const kept = requests.replace('Connection: close\r\n', '');
    const answer = await send(kept.repeat(62) + requests).answer;
    return statuses(answer);
  });
  for (const codes of await Promise.all(busy)) assert.deepEqual(codes, Array(63).fill(202));
  for (const { socket } of beside) socket.destroy();
});

test('while 900 connections hang, a beacon is taken and memory stays bounded', async () => {
  const hanging = [];
  for (let i = 0; i < 300; i += 1) {
    hanging.push(send('GET /healthz HTTP/1.1\r\nHost: ')); // half a head
    hanging.push(
      send(`POST /api/1/logs/?key=${key} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc`), // lies
    );
    hanging.push(
      send(`POST /api/1/logs/?key=${key} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab`),
    );
  }
  await Promise.all(hanging.map((h) => h.sent));
  const line = Buffer.from('{"event":"served meanwhile"}\n');
  const served = await send(post(`/api/1/logs/?key=${key}`, '', line)).answer;
  assert.deepEqual(statuses(served), [202]);
  // At the deadline of 10 s each is told so or closed: none stays.
  const answers = await Promise.all(hanging.map((h) => h.answer));
  for (const answer of answers) assert.ok(['', '408'].includes(String(statuses(answer)[0] ?? '')), answer);
  assert.ok(peakMiB(server) < 160, `peak memory ${peakMiB(server)} MiB`);
  const health = await fetch(`${server.url}/healthz`);
  assert.equal(health.status, 200);
});
