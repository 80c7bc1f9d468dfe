// The packed npm package, as sites use it: each way of building finds the
// module and its beacon is the core's own, not the raw log that is sent where
// WebAssembly did not arrive. And the script tag under the policies of careful
// sites.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { build } from 'vite';
import webpack from 'webpack';

const root = join(import.meta.dirname, '../..');
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const MAIN = `import { init } from 'pagewake';
init({ dsn: location.origin.replace('//', '//${'0'.repeat(32)}@') + '/1', debug: true });
`;
const PAGE = (script: string) =>
  `<!doctype html><title>t</title><link rel="icon" href="data:,"><h1>Hello</h1>${script}`;

interface Site {
  url: string;
  beacons: Buffer[];
  modules: string[];
  close(): void;
}

/** Serves a folder, and takes beacons. */
async function serve(folder: string, headers: Record<string, string> = {}): Promise<Site> {
  const beacons: Buffer[] = [];
  const modules: string[] = [];
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        beacons.push(Buffer.concat(chunks));
        response.writeHead(202).end();
      });
      return;
    }
    const name = pathname === '/' ? '/index.html' : pathname;
    try {
      const bytes = readFileSync(join(folder, name));
      if (name.endsWith('.wasm')) modules.push(name);
      response.writeHead(200, {
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        ...(name.endsWith('.html') ? headers : {}),
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, beacons, modules, close: () => server.close() };
}

/** Opens the page, stays until the core has come, and leaves. */
async function visit(page: Page, url: string): Promise<void> {
  const core = page.waitForEvent('console', (message) => message.text().includes('core is here'));
  await page.goto(url);
  await core;
  await page.goto('about:blank');
}

let folder: string;

test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pagewake-packaging-'));
  const installed = join(folder, 'node_modules/pagewake');
  mkdirSync(installed, { recursive: true });
  const npm = join(root, 'dist/npm');
  const [tarball] = readdirSync(npm).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['xzf', join(npm, `${tarball}`), '-C', installed, '--strip-components=1']);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.js'), MAIN);
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ways: { name: string; make: () => Promise<string> }[] = [
  {
    name: 'a Vite app',
    async make() {
      writeFileSync(
        join(folder, 'index.html'),
        PAGE('<script type="module" src="/main.js"></script>'),
      );
      await build({ root: folder, logLevel: 'error', configFile: false });
      return join(folder, 'dist');
    },
  },
  {
    name: 'a webpack app',
    async make() {
      const dist = join(folder, 'dist');
      await new Promise<void>((done, fail) =>
        webpack(
          {
            context: folder,
            mode: 'production',
            entry: './main.js',
            output: { path: dist, filename: 'main.js', publicPath: 'auto' },
          },
          (error, stats) =>
            error || stats?.hasErrors() ? fail(error ?? new Error(stats?.toString())) : done(),
        ),
      );
      writeFileSync(join(dist, 'index.html'), PAGE('<script defer src="main.js"></script>'));
      return dist;
    },
  },
  {
    name: 'a page with an import map and no bundler',
    async make() {
      writeFileSync(
        join(folder, 'index.html'),
        PAGE(
          '<script type="importmap">{"imports":{"pagewake":"/node_modules/pagewake/index.js"}}</script>' +
            '<script type="module" src="/main.js"></script>',
        ),
      );
      return folder;
    },
  },
];

for (const way of ways) {
  test(`${way.name} finds the module and sends the core's beacon`, async ({ page }) => {
    const site = await serve(await way.make());
    try {
      await visit(page, site.url);
      expect(site.modules).toHaveLength(1);
      await expect
        .poll(() => site.beacons.map((bytes) => bytes.toString('latin1', 0, 2)), {
          message: 'a beacon of the core',
        })
        .toContain('PW');
    } finally {
      site.close();
    }
  });
}

test('the script tag works with Subresource Integrity, Trusted Types and a strict policy', async ({
  page,
}) => {
  const sdk = join(root, 'dist/sdk');
  for (const name of readdirSync(sdk))
    writeFileSync(join(folder, name), readFileSync(join(sdk, name)));
  const integrity = `sha384-${createHash('sha384')
    .update(readFileSync(join(sdk, 'pagewake.js')))
    .digest('base64')}`;
  const site = await serve(folder, {
    'content-security-policy':
      "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; " +
      "require-trusted-types-for 'script'; trusted-types 'none'",
  });
  const dsn = `${site.url.replace('//', `//${'0'.repeat(32)}@`)}1`;
  writeFileSync(
    join(folder, 'index.html'),
    PAGE(
      `<script async src="pagewake.js" integrity="${integrity}" crossorigin data-dsn="${dsn}" data-debug="true"></script>`,
    ),
  );
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  try {
    await visit(page, site.url);
    await expect
      .poll(() => site.beacons.map((bytes) => bytes.toString('latin1', 0, 2)))
      .toContain('PW');
    expect(complaints).toEqual([]);
  } finally {
    site.close();
  }
});
