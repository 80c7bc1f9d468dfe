// HTTPS by certificate files, without a proxy: the shipped server as browsers,
// curl and node's client meet it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, temporaryFolder } from '../../demo-site/processes.mjs';
import { startTlsPagewake } from './tls_server.mjs';

const folder = temporaryFolder('pagewake-tls-');
let server;

before(async () => {
  server = await startTlsPagewake(folder.path);
});
after(async () => {
  await server?.stop();
  folder.remove();
});

const curl = (...args) =>
  spawnSync(
    'curl',
    ['--silent', '--show-error', '--cacert', server.files.certificate, ...args],
    { encoding: 'utf8' },
  );

test('a log-in gets a cookie for TLS only, and the cookie opens the dashboard', async () => {
  const login = await server.ask({
    method: 'POST',
    path: '/api/v1/login',
    body: JSON.stringify({ token: server.adminToken }),
  });
  assert.equal(login.status, 204);
  const [cookie] = login.headers['set-cookie'];
  assert.match(cookie, /; HttpOnly; SameSite=Lax; Secure$/);
  const projects = await server.ask({ path: '/api/v1/projects', headers: { cookie: cookie.split(';')[0] } });
  assert.equal(projects.status, 200);
});

test('a page view is taken over one connection and is in the report', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const beacon = readFileSync(join(root, 'tests/cases/signals/plain_load.json'));
  const sent = await server.ask({
    method: 'POST',
    path: `/api/1/beacon/?key=${server.key}`,
    headers: { 'content-type': 'text/plain', origin: 'https://shop.example' },
    body: beacon,
    agent,
  });
  assert.equal(sent.status, 202);
  const outcomes = await server.ask({
    path: '/api/v1/projects/1/outcomes?from=-1h',
    headers: server.bearer,
    agent,
  });
  assert.ok(JSON.parse(outcomes.body).stored >= 1, outcomes.body);
  agent.destroy();
});

test('curl agrees on TLS 1.2 and 1.3 and HTTP/1.1, and is refused below', () => {
  const url = `https://127.0.0.1:${server.port}/healthz`;
  for (const version of ['1.2', '1.3']) {
    const asked = curl(`--tlsv${version}`, '--tls-max', version, '--write-out', '%{http_version}', url);
    assert.equal(asked.stdout, 'ok\n1.1', asked.stderr);
  }
  // Below security level 0 curl itself would not offer these.
  for (const version of ['1.0', '1.1']) {
    const asked = curl('--tlsv1.0', '--tls-max', version, '--ciphers', 'DEFAULT@SECLEVEL=0', url);
    assert.equal(asked.status, 35, asked.stdout);
    assert.match(asked.stderr, /alert protocol version/);
  }
});

test('what the alert rule on the certificate asks for is there and is right', async () => {
  const [metric] = /pagewake_tls_\w+/.exec(readFileSync(join(root, 'packaging/prometheus/alerts.yml'), 'utf8'));
  const { body } = await server.ask({ path: '/metrics' });
  const [, seconds] = new RegExp(`^${metric} (\\S+)$`, 'm').exec(body);
  const { validTo } = new X509Certificate(readFileSync(server.files.certificate));
  assert.equal(Number(seconds) * 1000, Date.parse(validTo));
});

test('who asks for http:// is told to ask for https://', () => {
  const asked = curl('--write-out', ' %{http_code}', `http://127.0.0.1:${server.port}/`);
  assert.match(asked.stdout, /"code":"plain_http".* 400$/s, asked.stderr);
});
