// Half handshakes, garbage and plain HTTP on a port that speaks TLS: a visitor's
// beacon is taken meanwhile, and nothing of it stays.
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { temporaryFolder } from '../../demo-site/processes.mjs';
import { startTlsPagewake } from '../packaging/tls_server.mjs';
import { attacker, peakMiB } from './attacker.mjs';

const folder = temporaryFolder('pagewake-tls-siege-');
const { send, leave } = attacker(() => server.port);
let server;

before(async () => {
  server = await startTlsPagewake(folder.path, {
    env: { PAGEWAKE_RATE_PER_ADDRESS: '0', PAGEWAKE_RATE_PER_KEY: '0', PAGEWAKE_WORKERS: '2' },
  });
});
after(async () => {
  leave();
  await server.stop();
  folder.remove();
});

/** The first message of a handshake, as node's client writes it. */
function clientHello() {
  return new Promise((done) => {
    const wire = new Duplex({ read() {}, write: (chunk) => done(chunk) });
    connectTls({ socket: wire, servername: 'rum.example' }).on('error', () => {});
  });
}

const connections = async () =>
  Number(/^pagewake_http_connections (\d+)$/m.exec((await server.ask({ path: '/metrics' })).body)[1]);

test('beside 800 handshakes that go nowhere beacons are taken, and at the deadline all are gone', async () => {
  const hello = await clientHello();
  const hanging = [];
  for (let i = 0; i < 200; i += 1) {
    hanging.push(send(hello), send(hello.subarray(0, 1 + (i % hello.length))), send(hello.subarray(0, 5)));
    hanging.push(send(Buffer.concat([hello, Buffer.from([22, 3, 3, 0x40, 0])]))); // a long record, announced
  }
  const refused = [];
  for (let i = 0; i < 100; i += 1) {
    refused.push(send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').answer);
    await send(Buffer.alloc(5_000, i)).sent;
  }
  await Promise.all(hanging.map(({ sent }) => sent));
  const taken = await Promise.all(
    Array.from({ length: 50 }, () =>
      server.ask({ method: 'POST', path: `/api/1/logs/?key=${server.key}`, body: '{"event":"meanwhile"}\n' }),
    ),
  );
  assert.deepEqual(new Set(taken.map(({ status }) => status)), new Set([202]));
  for (const answer of await Promise.all(refused)) assert.match(answer, /^HTTP\/1\.1 400 .*plain_http/s);
  await Promise.all(hanging.map(({ answer }) => answer));
  assert.equal(await connections(), 1); // the one that asks
  assert.ok(peakMiB(server) < 160, `peak memory ${peakMiB(server)} MiB`);
});
