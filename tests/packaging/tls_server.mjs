// The shipped server with a certificate of its own, and a client that believes
// that certificate and no other.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, start } from '../../demo-site/processes.mjs';
import { httpsExchange } from './https_exchange.mjs';

/** Writes `<name>.pem` and `<name>.key` into the folder: for 127.0.0.1, a day long. */
export function makeCertificate(folder, name) {
  const files = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
      .concat(['-subj', `/CN=${name}.example`, '-addext', 'subjectAltName=IP:127.0.0.1'])
      .concat(['-keyout', files.key, '-out', files.certificate]),
    { stdio: 'pipe' },
  );
  return files;
}

/** `pagewake serve` over HTTPS in a folder; `ask()` gives status, headers and body as text. */
export async function startTlsPagewake(folder, { env = {} } = {}) {
  const files = makeCertificate(folder, 'server');
  const adminToken = `pwt_${'tls'.repeat(14)}`;
  const server = await start(
    binary,
    ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data')],
    {
      env: {
        PAGEWAKE_ADMIN_TOKEN: adminToken,
        PAGEWAKE_TLS_CERTIFICATE: files.certificate,
        PAGEWAKE_TLS_KEY: files.key,
        ...env,
      },
      ready: /listening on https:\/\/127\.0\.0\.1:(\d+)/,
    },
  );
  const port = Number(server.match[1]);
  const ca = readFileSync(files.certificate);
  const ask = (options) => httpsExchange({ host: '127.0.0.1', port, ca, agent: false, ...options });
  const bearer = { authorization: `Bearer ${adminToken}` };
  const projects = JSON.parse((await ask({ path: '/api/v1/projects', headers: bearer })).body);
  return { ...server, port, files, ask, bearer, adminToken, key: projects.items[0].public_key };
}
