// What explains a record that did not arrive: the log of each server that ran
// meanwhile with its requests, what became of what it took in, and what the
// browser sent. Kept while a test runs, attached to the report where it fails.
import { writeFile } from 'node:fs/promises';
import { type BrowserContext, test as base, type Request } from '@playwright/test';
import { startPagewake as start } from '../demo-site/processes.mjs';

/** Beyond it the oldest lines go. */
const MOST_LINES = 5_000;
/** Ways in; ingest/docs/clients.md. */
const WAY_IN = /^\/(api\/\d+\/|v1\/(traces|logs)$)/;

type Pagewake = Awaited<ReturnType<typeof start>>;
type Options = Parameters<typeof start>[0];

/** Of this process: a worker runs one test at a time. */
const servers: { server: Pagewake; lines: string[]; runs: boolean }[] = [];

/** `pagewake serve` with its requests in its log, which is attached to the tests that fail beside it. */
export async function startPagewake(options: Options): Promise<Pagewake> {
  const lines: string[] = [];
  const server = await start({
    ...options,
    env: { PAGEWAKE_LOG_LEVEL: 'debug', ...options.env },
    onLine: (line: string) => {
      if (lines.push(line) > MOST_LINES) lines.shift();
      options.onLine?.(line);
    },
  });
  const one = { server, lines, runs: true };
  servers.push(one);
  const stop = async () => {
    await server.stop();
    one.runs = false;
  };
  return { ...server, stop };
}

async function outcomes({ url, adminToken }: Pagewake): Promise<string> {
  try {
    const headers = { authorization: `Bearer ${adminToken}` };
    const signal = AbortSignal.timeout(5_000);
    return await (
      await fetch(`${url}/api/v1/projects/1/outcomes?from=-1h`, { headers, signal })
    ).text();
  } catch (error) {
    return String(error);
  }
}

/** What pages of the context send to a way in, what came back, and what their consoles say. */
function watch(context: BrowserContext, note: (text: string) => void): void {
  const isOurs = (request: Request) =>
    request.method() === 'POST' && WAY_IN.test(new URL(request.url()).pathname);
  const size = (request: Request) => request.postDataBuffer()?.length ?? '?';
  context.on('request', (request) => {
    if (isOurs(request)) note(`sends ${size(request)} bytes to ${request.url()}`);
  });
  context.on('response', (response) => {
    if (isOurs(response.request())) note(`${response.status()} from ${response.url()}`);
  });
  context.on('requestfailed', (request) => {
    if (isOurs(request)) note(`${request.failure()?.errorText}: ${request.url()}`);
  });
  context.on('console', (message) => note(`console.${message.type()}: ${message.text()}`));
  context.on('weberror', (error) => note(`uncaught: ${error.error().message}`));
  context.on('page', (page) => {
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) note(`at ${frame.url()}`);
    });
    page.on('close', () => note(`closed ${page.url()}`));
    page.on('crash', () => note(`crashed ${page.url()}`));
  });
}

export const test = base.extend<{ seen: string[]; evidence: undefined }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads fixture names from the pattern
  seen: async ({}, use) => {
    await use([]);
  },
  context: async ({ context, seen }, use) => {
    watch(context, (text) => seen.push(`${new Date().toISOString()} ${text}`));
    await use(context);
  },
  evidence: [
    async ({ seen }, use, testInfo) => {
      // Other tests' requests explain nothing.
      servers.splice(0, servers.length, ...servers.filter(({ runs }) => runs));
      for (const { lines } of servers) lines.length = 0;
      await use(undefined);
      if (testInfo.status === testInfo.expectedStatus) return;
      // Files: the list on the terminal cuts what it shows.
      const attach = async (name: string, text: string) => {
        const path = testInfo.outputPath(`${name.replace(/[^\w.]+/g, '-')}.txt`);
        await writeFile(path, text);
        await testInfo.attach(name, { path, contentType: 'text/plain' });
      };
      await attach('browser', seen.join('\n'));
      for (const { server, lines, runs } of servers) {
        await attach(`log of ${server.url}`, lines.join('\n'));
        if (runs) await attach(`outcomes of ${server.url}`, await outcomes(server));
      }
    },
    { auto: true },
  ],
});
