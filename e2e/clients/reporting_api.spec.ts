// What Chromium reports by itself, through the Reporting API: over HTTPS only,
// so a server in front ends TLS, as in production.
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../../demo-site/processes.mjs';
import type { Json } from '../fixtures.ts';
import { expect, test } from './client.ts';

const folder = temporaryFolder('pagewake-tls-');
const file = (name: string) => join(folder.path, name);
execFileSync(
  'openssl',
  ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1']
    .concat(['-addext', 'subjectAltName=IP:127.0.0.1'])
    .concat(['-keyout', file('key.pem'), '-out', file('cert.pem')]),
  { stdio: 'pipe' },
);
const key = readFileSync(file('key.pem'));
const cert = readFileSync(file('cert.pem'));
folder.remove();
const publicKey = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      // A certificate with an error, even an accepted one, reports nothing.
      `--ignore-certificate-errors-spki-list=${createHash('sha256').update(publicKey).digest('base64')}`,
      // Otherwise reports wait a minute for company.
      '--short-reporting-delay',
    ],
  },
});

const page =
  '<!doctype html><title>shop</title><script>' +
  "const request = new XMLHttpRequest(); request.open('GET', '/stock', false); request.send();" +
  "new Image().src = 'https://pixels.example/a.png';</script>";

test('a deprecation and a CSP violation, reported by Chromium itself', async ({
  site,
  api,
  pagewake,
  page: tab,
}) => {
  let headers = '';
  const front = createServer({ key, cert }, (incoming, outgoing) => {
    if (!incoming.url?.startsWith('/api/')) {
      for (const line of headers.trim().split('\n')) {
        const [name = '', value = ''] = line.split(/: (.*)/);
        outgoing.setHeader(name, value);
      }
      outgoing.setHeader('content-type', 'text/html').end(incoming.url === '/stock' ? '' : page);
      return;
    }
    const { method, url, headers: given } = incoming;
    incoming.pipe(
      request(`${pagewake.url}${url}`, { method, headers: given }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  await new Promise<void>((listening) => front.listen(0, '127.0.0.1', listening));
  const host = `127.0.0.1:${(front.address() as AddressInfo).port}`;
  headers = site.filled('reporting-api.headers').replaceAll(new URL(pagewake.url).host, host);
  await tab.goto(`https://${host}/reported/${site.release}`);

  const deprecation = await api.newestEvent(
    (event: Json) => event.url.includes(site.release) && event.logger === 'deprecation',
  );
  expect(deprecation).toMatchObject({ source: 'browser_report', level: 'warning' });
  expect(deprecation.title).toContain('Synchronous `XMLHttpRequest`');
  expect(deprecation.tags.report_id).toBe(
    'XMLHttpRequestSynchronousInNonWorkerOutsideBeforeUnload',
  );
  expect(deprecation.browser).toBe('Chrome');
  const title = 'Content security policy: img-src blocks pixels.example';
  const violation = await api.newestEvent((event: Json) => event.title === title);
  expect(violation).toMatchObject({ source: 'browser_report', logger: 'csp-violation' });
  front.closeAllConnections();
  front.close();
});
