// A real app, built and minified by Vite, breaks in Chromium; its maps come by
// our command line, by sentry-cli and by Sentry's Vite plugin, unmodified. The
// API shows the TypeScript behind the error, and groups by it.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { sentryVitePlugin } from '@sentry/vite-plugin';
import { build, type Plugin } from 'vite';
import { binary, root, temporaryFolder } from '../../demo-site/processes.mjs';
import { test as base, startPagewake } from '../evidence.ts';
import { Api, expect, type Json, leave, openWithCore } from '../fixtures.ts';
import { logIn } from '../visited_shop.ts';

const run = promisify(execFile);
const app = resolve(import.meta.dirname, '../apps/cart');
const source = readFileSync(join(app, 'src/cart.ts'), 'utf8').split('\n');
const THROW_LINE = source.findIndex((line) => line.includes('throw new RangeError')) + 1;

interface World {
  api: Api;
  url: string;
  data: string;
  dsn: string;
  token: string;
}

const test = base.extend<
  { site: (folder: string, release: string) => Promise<string> },
  { world: World }
>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads fixture names from the pattern
    async ({}, use) => {
      const folder = temporaryFolder('pagewake-maps-');
      const token = `pwt_${'map'.repeat(14)}x`;
      const server = await startPagewake({ data: folder.path, adminToken: token });
      const api = new Api(server.url, token, 1);
      await use({ api, url: server.url, data: folder.path, dsn: server.project.dsn, token });
      await server.stop();
      folder.remove();
    },
    { scope: 'worker' },
  ],
  // Serves a built app as a release, with our script tag in its page.
  site: async ({ world }, use) => {
    const servers: Server[] = [];
    await use(async (folder, release) => {
      const tag = `<script async src="${world.url}/pagewake.js" data-dsn="${world.dsn}" data-release="${release}"></script>`;
      const server = createServer((request, response) => {
        const path = new URL(request.url ?? '/', 'http://site').pathname;
        try {
          const file = readFileSync(join(folder, path === '/' ? 'index.html' : path));
          const types: Record<string, string> = {
            '.js': 'text/javascript',
            '.map': 'application/json',
          };
          response.setHeader('content-type', types[extname(path)] ?? 'text/html; charset=utf-8');
          response.end(path === '/' ? file.toString().replace('<!-- pagewake -->', tag) : file);
        } catch {
          response.writeHead(404).end();
        }
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      servers.push(server);
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  },
});

const folders: string[] = [];
test.afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function buildApp(plugins: Plugin[] = []): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pagewake-cart-'));
  folders.push(folder);
  await build({
    root: app,
    configFile: false,
    logLevel: 'warn',
    plugins,
    build: { outDir: folder, emptyOutDir: true, sourcemap: true },
  });
  return folder;
}

/** Pays, which throws, and gives the event of it. */
async function breakIt(page: Page, site: string, { api }: World, release: string): Promise<Json> {
  const before = new Set(
    (await api.get('events', { release })).items.map((event: Json) => event.event_id),
  );
  await openWithCore(page, site);
  const failed = page.waitForEvent('pageerror');
  await page.getByRole('button', { name: 'Pay' }).click();
  await failed;
  await leave(page);
  return api.waitFor(async () => {
    const { items } = await api.get('events', { release });
    return items.find((event: Json) => !before.has(event.event_id));
  }, `an event of release ${release}`);
}

const sentryEnvironment = (world: World) => ({
  ...process.env,
  SENTRY_URL: world.url,
  SENTRY_AUTH_TOKEN: world.token,
  SENTRY_ORG: 'pagewake',
  SENTRY_PROJECT: '1',
});

function expectTypeScript(event: Json): void {
  const frames = event.exceptions[0].frames;
  expect(frames[0].original.source).toMatch(/src\/cart\.ts$/);
  expect(frames[0].original.line).toBe(THROW_LINE);
  expect(frames.slice(0, 3).map((frame: Json) => frame.original.name)).toEqual([
    'discountOf',
    'checkout',
    'onPay',
  ]);
  expect(frames[2].original.source).toMatch(/src\/main\.ts$/);
  expect(frames[0].context.line).toBe(source[THROW_LINE - 1]);
  expect(frames[0].context.pre).toEqual(source.slice(THROW_LINE - 6, THROW_LINE - 1));
  expect(frames[0].context.post).toEqual(source.slice(THROW_LINE, THROW_LINE + 5));
  expect(frames.every((frame: Json) => frame.in_app && frame.unresolved_reason === '')).toBe(true);
}

test('an event before its map is resolved and regrouped after the upload', async ({
  context,
  site,
  world,
}) => {
  const folder = await buildApp();
  const url = await site(folder, 'cli-1');
  const early = await breakIt(await context.newPage(), url, world, 'cli-1');
  const [minified] = early.exceptions[0].frames;
  expect(minified.original).toBeNull();
  expect(minified.unresolved_reason).toBe('no_map_for_release');
  expect(early.culprit).not.toContain('cart.ts');
  const missing = await world.api.get('sourcemaps/missing', { release: 'cli-1' });
  expect(missing.items).toHaveLength(1);
  expect(missing.items[0].filename).toMatch(/\/assets\/index-.*\.js$/);

  const { stdout } = await run(binary, [
    'sourcemaps',
    'upload',
    '--data',
    world.data,
    '--release',
    'cli-1',
    '--url-prefix',
    '~/',
    folder,
  ]);
  expect(stdout).toContain('1 of 1 scripts uploaded');

  expectTypeScript(await world.api.get(`events/${early.event_id}`));
  const issue = await world.api.waitFor(async () => {
    const found = await world.api.get(`issues/${early.issue_id}`);
    return found.culprit === 'discountOf in cart.ts' && found;
  }, 'the issue to be regrouped');
  expect(issue.grouping_explanation).toContain('checkout (cart.ts)');
  expect((await world.api.get('sourcemaps/missing', { release: 'cli-1' })).items).toEqual([]);

  const late = await breakIt(await context.newPage(), url, world, 'cli-1');
  expectTypeScript(late);
  expect(late.issue_id).toBe(early.issue_id);
});

test('sentry-cli injects debug ids and uploads, unmodified', async ({ context, site, world }) => {
  const folder = await buildApp();
  const copy = mkdtempSync(join(tmpdir(), 'pagewake-cart-'));
  folders.push(copy);
  cpSync(folder, copy, { recursive: true });
  const cli = join(root, 'node_modules/.bin/sentry-cli');
  const env = sentryEnvironment(world);
  await run(cli, ['sourcemaps', 'inject', copy], { env });
  await run(cli, ['releases', 'new', 'cli-2'], { env });
  const { stdout } = await run(
    cli,
    ['sourcemaps', 'upload', '--release', 'cli-2', '--url-prefix', '~/', copy],
    { env },
  );
  expect(stdout).toContain('File processing complete');
  await run(cli, ['releases', 'finalize', 'cli-2'], { env });
  const uploaded = await world.api.get('sourcemaps', { release: 'cli-2' });
  expect(uploaded.items).toHaveLength(1);
  expect(uploaded.items[0]).toMatchObject({ has_map: true, has_file: true });
  expect(uploaded.items[0].debug_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);

  const event = await breakIt(await context.newPage(), await site(copy, 'cli-2'), world, 'cli-2');
  expectTypeScript(event);
  expect(event.culprit).toBe('discountOf in cart.ts');
  expect(event.grouping.explanation).toContain('checkout (cart.ts)');
});

test("Sentry's Vite plugin uploads while it builds, unmodified", async ({
  context,
  site,
  world,
}) => {
  const folder = await buildApp(
    sentryVitePlugin({
      url: world.url,
      authToken: world.token,
      org: 'pagewake',
      project: '1',
      telemetry: false,
      errorHandler: (error) => {
        throw error;
      },
      release: { name: 'vite-1', inject: false, setCommits: false },
    }) as Plugin[],
  );
  const uploaded = await world.api.get('sourcemaps', { limit: '100' });
  const [newest] = uploaded.items;
  expect(newest).toMatchObject({ has_map: true, has_file: true });
  const event = await breakIt(
    await context.newPage(),
    await site(folder, 'vite-1'),
    world,
    'vite-1',
  );
  expect(event.exceptions[0].frames[0].debug_id).toBe(newest.debug_id);
  expectTypeScript(event);

  // What a person sees: the TypeScript line, marked among its neighbours.
  const page = await context.newPage();
  await logIn(page, { url: world.url, adminToken: world.token });
  await page.goto(`${world.url}/p/1/events/${event.event_id}`);
  const frame = page
    .getByRole('list', { name: 'Stack, newest call first' })
    .getByRole('listitem')
    .first();
  await expect(frame).toContainText('discountOf');
  await expect(frame).toContainText(`src/cart.ts:${THROW_LINE}`);
  await expect(frame.locator('.here')).toHaveText(`›${THROW_LINE}${source[THROW_LINE - 1]}`);
});
