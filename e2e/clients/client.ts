// Unmodified clients, configured by the snippets of ingest/docs/clients.md,
// against the real server.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root, start } from '../../demo-site/processes.mjs';
import { test as base, type Json } from '../fixtures.ts';

export { expect } from '../fixtures.ts';

const page = readFileSync(join(root, 'ingest/docs/clients.md'), 'utf8');

/** The code block under `<!-- snippet: name -->`, as it stands in the documentation. */
export function snippet(name: string): string {
  const found = new RegExp(
    `<!-- snippet: ${name.replace('.', '\\.')} -->\\n\`\`\`\\w+\\n([^]*?)\`\`\``,
  ).exec(page);
  if (!found?.[1]) throw new Error(`ingest/docs/clients.md has no snippet ${name}`);
  return found[1];
}

export interface App {
  url: string;
  /** Ends the process as an operator would; what its client still holds is sent. */
  stop(): Promise<void>;
}

export const hex = (bytes: number) => randomBytes(bytes).toString('hex');

interface Site {
  /** The snippet with the server's address, the project's key and a release of the test's own. */
  filled(name: string): string;
  release: string;
  /** A folder inside the workspace, so that packages resolve; gone after the test. */
  folder: string;
  write(name: string, text: string): string;
  /** Starts the Django application with a snippet, serving `folder` beside its views. */
  django(code: string, env?: Record<string, string>): Promise<App>;
  /** Bundles browser code into /page.html of the folder. */
  bundle(code: string, alias?: Record<string, string>): Promise<void>;
  /** Events of this test's release, newest first. */
  events(): Promise<Json[]>;
  trace(traceId: string): Promise<Json>;
  /** How many items of this worker's tests, this one or others, were of a kind that nobody stores. */
  unsupported(): Promise<number>;
}

export const test = base.extend<{ site: Site }>({
  site: async ({ pagewake, api }, use) => {
    const parent = join(root, 'e2e/test-results');
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, 'client-'));
    const release = `release-${hex(4)}`;
    const host = new URL(pagewake.url).host;
    const running: App[] = [];
    const write = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    await use({
      release,
      folder,
      write,
      filled: (name) =>
        snippet(name)
          .replaceAll('HOST', host)
          .replaceAll('PUBLIC_KEY', pagewake.publicKey)
          .replaceAll('1.4.2', release),
      async django(code, env = {}) {
        const app = await start(
          join(root, '.venv/bin/python'),
          [join(root, 'e2e/clients/apps/django_app.py')],
          {
            env: { SNIPPET: write('snippet.py', code), STATIC: folder, ...env },
            ready: /^app on (\S+)/,
          },
        );
        const started = { url: app.match[1], stop: app.stop };
        running.push(started);
        return started;
      },
      async bundle(code, alias = {}) {
        await build({
          stdin: { contents: code, resolveDir: join(root, 'e2e/clients'), loader: 'js' },
          bundle: true,
          format: 'iife',
          outfile: join(folder, 'bundle.js'),
          alias,
          logLevel: 'error',
        });
        write(
          'page.html',
          '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>shop</title>' +
            '<h1>Tea</h1><button id="buy" onclick="fetch(\'/ok/\')">buy</button>' +
            '<button id="break" onclick="null.price">break</button><script src="/bundle.js"></script>',
        );
      },
      async events() {
        return (await api.get('events', { release, limit: '100' })).items;
      },
      trace: (traceId) => api.get(`traces/${traceId}`),
      async unsupported() {
        const { items } = await api.get('outcomes', { from: '-1h' });
        return items
          .filter((one: Json) => one.category === 'other' && one.reason === 'unsupported')
          .reduce((sum: number, one: Json) => sum + one.count, 0);
      },
    });
    for (const app of running) await app.stop();
    rmSync(folder, { recursive: true, force: true });
  },
});
