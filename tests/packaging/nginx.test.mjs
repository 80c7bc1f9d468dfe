// The shipped nginx configuration in front of a real server: TLS, the client's
// address, limits, refusals that come through.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';
import { httpsExchange } from './https_exchange.mjs';

const folder = temporaryFolder('pagewake-nginx-');
const logs = [];
let lineCame = () => {};
let server;
let nginx;
let port;
let key;

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => done(free));
    });
  });

/** One request over TLS from `from`, one of this machine's loopback addresses. */
const ask = ({ headers = {}, from = '127.0.0.2', ...options }) =>
  httpsExchange({
    host: '127.0.0.1',
    port,
    headers: { host: 'rum.example.com', ...headers },
    localAddress: from,
    rejectUnauthorized: false,
    agent: false,
    ...options,
  });

before(async () => {
  server = await startPagewake({
    data: join(folder.path, 'data'),
    adminToken: `pwt_${'n'.repeat(43)}`,
    env: {
      PAGEWAKE_TRUSTED_PROXIES: '127.0.0.1',
      PAGEWAKE_RATE_PER_ADDRESS: '0.001',
      PAGEWAKE_BURST_PER_ADDRESS: '5',
      PAGEWAKE_LOG_LEVEL: 'debug',
    },
    onLine: (line) => {
      logs.push(line);
      lineCame();
    },
  });
  key = server.project.public_key;
  port = await freePort();
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=rum.example.com']
      .concat(['-keyout', join(folder.path, 'key.pem'), '-out', join(folder.path, 'cert.pem')]),
    { stdio: 'pipe' },
  );
  mkdirSync(join(folder.path, 'tmp'));
  const shipped = readFileSync(join(root, 'packaging/nginx/pagewake.conf'), 'utf8')
    .replace('127.0.0.1:8790', new URL(server.url).host)
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('/etc/ssl/rum.example.com.pem', join(folder.path, 'cert.pem'))
    .replace('/etc/ssl/rum.example.com.key', join(folder.path, 'key.pem'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder.path}/tmp/${name};`)
    .join('\n');
  writeFileSync(
    join(folder.path, 'nginx.conf'),
    `daemon off;\nmaster_process off;\npid ${folder.path}/nginx.pid;\nerror_log stderr warn;\n` +
      `events {}\nhttp {\naccess_log off;\n${temporary}\n${shipped}\n}\n`,
  );
  const binary = ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(existsSync) ?? 'nginx';
  nginx = spawn(binary, ['-p', folder.path, '-c', join(folder.path, 'nginx.conf')], { stdio: 'pipe' });
  let said = '';
  nginx.stderr.on('data', (chunk) => {
    said += chunk;
  });
  // It says nothing when it is ready: ask until it answers.
  for (;;) {
    assert.equal(nginx.exitCode, null, said);
    const up = await ask({ path: '/healthz' }).then(() => true, () => false);
    if (up) break;
    await new Promise((next) => setTimeout(next, 50));
  }
});
after(async () => {
  if (nginx && nginx.exitCode === null) {
    const gone = new Promise((done) => nginx.once('close', done));
    nginx.kill('SIGTERM');
    await gone;
  }
  await server?.stop();
  folder.remove();
});

// The log's line that matches; it may come after the answer.
async function logged(matches) {
  for (;;) {
    const line = logs.map((l) => (l.startsWith('{') ? JSON.parse(l) : {})).find(matches);
    if (line) return line;
    await new Promise((came) => {
      lineCame = came;
    });
  }
}

const post = (from, headers = {}, body = '{"event":"hello"}\n') =>
  ask({ method: 'POST', path: `/api/1/logs/?key=${key}`, from, headers, body });

test('a request comes through, with a request id and HSTS', async () => {
  const answer = await post('127.0.0.9');
  assert.equal(answer.status, 202);
  assert.match(answer.headers['x-request-id'], /^[0-9a-f]{16}$/);
  assert.match(answer.headers['strict-transport-security'], /max-age/);
  const line = await logged((l) => l.request_id === answer.headers['x-request-id']);
  assert.equal(line.status, 202);
});

test('limits are of the client, whatever X-Forwarded-For it makes up', async () => {
  const statuses = [];
  for (let i = 0; i < 7; i += 1) {
    statuses.push((await post('127.0.0.2', { 'x-forwarded-for': `192.0.2.${i}` })).status);
  }
  assert.deepEqual(statuses, [202, 202, 202, 202, 202, 429, 429]);
  assert.equal((await post('127.0.0.3')).status, 202);
  // Straight to the server, past the proxy: the header is of nobody it trusts.
  const direct = [];
  for (let i = 0; i < 7; i += 1) {
    const answer = await new Promise((done, fail) => {
      import('node:http').then(({ request: plain }) => {
        const sent = plain(
          { host: '127.0.0.1', port: new URL(server.url).port, method: 'POST', path: `/api/1/logs/?key=${key}`, localAddress: '127.0.0.4', headers: { 'x-forwarded-for': `192.0.2.${i}` }, agent: false },
          (response) => { response.resume(); response.on('end', () => done(response.statusCode)); },
        );
        sent.once('error', fail);
        sent.end('{"event":"x"}\n');
      });
    });
    direct.push(answer);
  }
  assert.deepEqual(direct.slice(5), [429, 429]);
});

test('a log-in over TLS gets a cookie for TLS only', async () => {
  const answer = await ask({
    method: 'POST',
    path: '/api/v1/login',
    body: JSON.stringify({ token: server.adminToken }),
  });
  assert.equal(answer.status, 204);
  assert.match(answer.headers['set-cookie'][0], /; HttpOnly; SameSite=Lax; Secure$/);
});

test('what is too large or smuggled is refused on the way', async () => {
  assert.equal((await post('127.0.0.5', {}, 'x'.repeat((1 << 20) + 1))).status, 413);
  assert.equal((await post('127.0.0.5', { 'x-big': 'x'.repeat(20_000) })).status, 400);
});

test('metrics are for this machine only', async () => {
  assert.equal((await ask({ path: '/metrics', from: '127.0.0.2' })).status, 403);
  assert.equal((await ask({ path: '/metrics', from: '127.0.0.1' })).status, 200);
});
