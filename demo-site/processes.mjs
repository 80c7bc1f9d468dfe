// Starts the server and the shop as child processes and waits until they
// answer: used by the demo and by the end-to-end tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const root = resolve(import.meta.dirname, '..');
export const binary = process.env.PAGEWAKE_BINARY ?? join(root, 'dist/bin/pagewake');

/** A new folder that `remove()` deletes. */
export function temporaryFolder(prefix) {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Starts a program and resolves with the first match of `ready` in its output
 * (standard output or error). Rejects with the output when it ends before.
 * `stop()` sends SIGTERM and resolves when the process is gone.
 */
export function start(command, args, { env = {}, ready, onLine = () => {} }) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const recent = [];
  const gone = new Promise((done) => child.once('close', done));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await gone;
  };
  return new Promise((succeed, fail) => {
    const take = (line) => {
      recent.push(line);
      if (recent.length > 50) recent.shift();
      onLine(line);
      const match = ready.exec(line);
      if (match) succeed({ match, stop, child, gone, recent });
    };
    createInterface({ input: child.stdout }).on('line', take);
    createInterface({ input: child.stderr }).on('line', take);
    child.once('error', (error) => fail(new Error(`${command}: ${error.message}`)));
    gone.then((code) => fail(new Error(`${command} ended (${code}):\n${recent.join('\n')}`)));
  });
}

/**
 * Starts `pagewake serve` on a free port unless `listen` says otherwise.
 * @param {{ data: string, adminToken: string, listen?: string, env?: Record<string, string>, onLine?: (line: string) => void }} options
 */
export async function startPagewake({ data, adminToken, listen = '127.0.0.1:0', env = {}, onLine = () => {} }) {
  const server = await start(
    binary,
    ['serve', '--listen', listen, '--data', data],
    { env: { PAGEWAKE_ADMIN_TOKEN: adminToken, ...env }, ready: /listening on (http:\/\/[^\s"]+)/, onLine },
  );
  const url = server.match[1];
  const response = await fetch(`${url}/api/v1/projects`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  if (!response.ok) throw new Error(`GET /api/v1/projects: ${response.status} ${await response.text()}`);
  const [project] = (await response.json()).items;
  return { ...server, url, project, adminToken };
}

/** Starts the demo shop, sending its telemetry to `dsn`. */
export async function startShop({ data, dsn, listen = '127.0.0.1:0', onLine = () => {} }) {
  const shop = await start(
    join(root, '.venv/bin/python'),
    ['demo-site/serve.py', '--listen', listen, '--data', data],
    { env: { PAGEWAKE_DSN: dsn }, ready: /shop on (http:\/\/\S+)/, onLine },
  );
  return { ...shop, url: shop.match[1] };
}
