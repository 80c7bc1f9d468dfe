// What browser SDKs cost one page, side by side.
//
//   node script/build-sdk.mjs && node bench/sdk/run.mjs [--rounds 3] [--only pagewake,sentry]
//
// Installs the other SDKs (package.json here) when they are missing. Every
// round visits the page once with each SDK, in turn, in a fresh browser context
// with the CPU slowed down four times; figures are medians of differences to
// the page without an SDK in the same round. Prints a Markdown table.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { serve } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' } },
});
if (!existsSync(join(here, 'node_modules'))) {
  execFileSync('npm', ['ci', '--ignore-scripts', '--silent'], { cwd: here, stdio: 'inherit' });
}

const versionOf = (name) =>
  JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
const sdkFolder = join(here, '../../dist/sdk');
const manifest = JSON.parse(readFileSync(join(sdkFolder, 'manifest.json'), 'utf8'));

// The figures are sums over stretches of time, the same for every SDK: these
// are measuring windows, not waits for something to happen.
const AFTER_LOAD_MS = 1000;
const BEFORE_ACTING_MS = 1000;
// The slowest of them batches for 5 s.
const AFTER_ACTING_MS = 6500;
const AFTER_LEAVING_MS = 500;
const BEFORE_CALLS_MS = 1500;

const SDKS = [
  { id: 'none', name: 'no SDK' },
  { id: 'pagewake', name: `Pagewake ${manifest.version}` },
  { id: 'web_vitals', name: 'web-vitals', package: 'web-vitals' },
  { id: 'sentry', name: 'Sentry, errors only', package: '@sentry/browser' },
  { id: 'sentry_tracing', name: 'Sentry + browserTracing', package: '@sentry/browser' },
  { id: 'faro', name: 'Grafana Faro', package: '@grafana/faro-web-sdk' },
  { id: 'faro_tracing', name: 'Grafana Faro + tracing', package: '@grafana/faro-web-tracing' },
  { id: 'datadog', name: 'Datadog RUM', package: '@datadog/browser-rum' },
  { id: 'elastic', name: 'Elastic APM RUM', package: '@elastic/apm-rum' },
  { id: 'opentelemetry', name: 'OpenTelemetry web', package: '@opentelemetry/sdk-trace-web' },
].filter(({ id }) => !options.only || id === 'none' || options.only.split(',').includes(id));

const bundles = new Map();
for (const sdk of SDKS) {
  if (!sdk.package) continue;
  sdk.name += ` ${versionOf(sdk.package)}`;
  const { outputFiles } = await build({
    entryPoints: [join(here, 'sdks', `${sdk.id}.js`)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  bundles.set(`/sdk/${sdk.id}.js`, Buffer.from(outputFiles[0].contents));
}
for (const name of readdirSync(sdkFolder))
  bundles.set(`/${name}`, readFileSync(join(sdkFolder, name)));
const brotliBytes = (path) => brotliCompressSync(bundles.get(path)).length;

const KEY = '0'.repeat(32);
const tagOf = (id, origin) =>
  ({
    none: '',
    pagewake: `<script async src="/pagewake.js" data-dsn="${origin.replace('//', `//${KEY}@`)}/1"></script>`,
  })[id] ?? `<script src="/sdk/${id}.js"></script>`;

const server = await serve(here, bundles, tagOf);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--disable-background-networking',
    '--js-flags=--expose-gc',
  ],
});

// Runs in the page before anything else.
function watchPage() {
  const seen = { lcp_ms: 0, fcp_ms: 0, inp_ms: 0, long_tasks_ms: 0, long_tasks: 0 };
  const observe = (type, take, more) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
      type,
      buffered: true,
      ...more,
    });
  observe('largest-contentful-paint', (entry) => {
    seen.lcp_ms = entry.startTime;
  });
  observe('paint', (entry) => {
    if (entry.name === 'first-contentful-paint') seen.fcp_ms = entry.startTime;
  });
  observe(
    'event',
    (entry) => {
      if (entry.interactionId) seen.inp_ms = Math.max(seen.inp_ms, entry.duration);
    },
    { durationThreshold: 16 },
  );
  observe('longtask', (entry) => {
    seen.long_tasks++;
    seen.long_tasks_ms += entry.duration;
  });
  Object.defineProperty(globalThis, 'benchSeen', { value: seen });
}

const metricsOf = async (cdp) => {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const get = (name) => (metrics.find((metric) => metric.name === name)?.value ?? 0) * 1000;
  return { script_ms: get('ScriptDuration'), task_ms: get('TaskDuration') };
};

async function visit(sdk, slow) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  // Thread time, so that other processes do not count.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slow });
  await page.addInitScript(watchPage);
  const result = {};
  server.reset();
  try {
    await page.goto(`${server.origin}/?sdk=${sdk.id}`, { waitUntil: 'load' });
    result.before_paint = server
      .downloads()
      .filter(({ blocking }) => blocking)
      .map(({ path }) => path);
    await page.waitForTimeout(AFTER_LOAD_MS);
    const early = await metricsOf(cdp);
    result.script_load_ms = early.script_ms;
    result.task_load_ms = early.task_ms;
    await page.waitForTimeout(BEFORE_ACTING_MS);
    for (let i = 0; i < 3; i++) await page.click('#buy');
    await page.type('#search', 'lamp');
    await page.click('#route');
    await page.evaluate(() => globalThis.fail());
    await page.waitForTimeout(AFTER_ACTING_MS);
    const whole = await metricsOf(cdp);
    result.script_ms = whole.script_ms;
    result.task_ms = whole.task_ms;
    Object.assign(result, await page.evaluate(() => globalThis.benchSeen));
    await cdp.send('HeapProfiler.enable');
    await cdp.send('HeapProfiler.collectGarbage');
    await cdp.send('HeapProfiler.collectGarbage');
    const heap = await cdp.send('Runtime.getHeapUsage');
    result.heap_kb = (heap.usedSize + (heap.backingStorageSize ?? 0)) / 1000;
    // Leaving is when most of them send the rest.
    await page.goto('about:blank');
    await page.waitForTimeout(AFTER_LEAVING_MS);
    result.paths = server
      .downloads()
      .map(({ path }) => path)
      .filter((path) => bundles.has(path));
    const uploads = server.uploads();
    result.uploads = uploads.length;
    result.upload_kb = uploads.reduce((sum, bytes) => sum + bytes, 0) / 1000;
  } finally {
    await context.close();
  }
  return result;
}

// Without throttling, on a page of its own: in batches, as a page would.
async function callCosts(sdk) {
  const context = await browser.newContext();
  const page = await context.newPage();
  try {
    await page.goto(`${server.origin}/?sdk=${sdk.id}`, { waitUntil: 'load' });
    await page.waitForTimeout(BEFORE_CALLS_MS);
    return await page.evaluate(async (id) => {
      const calls =
        id === 'pagewake'
          ? {
              capture: (error) => globalThis.Pagewake.captureException(error),
              crumb: (message) => globalThis.Pagewake.addBreadcrumb({ message }),
            }
          : (globalThis.bench ?? {});
      // The clock's steps are 100 µs: enough calls that a step is little beside them.
      const median = async (call, make, batchSize) => {
        if (!call) return undefined;
        const times = [];
        for (let batch = 0; batch < 15; batch++) {
          const inputs = Array.from({ length: batchSize }, (_, i) => make(`${batch}-${i}`));
          const start = performance.now();
          for (const input of inputs) call(input);
          times.push(((performance.now() - start) * 1000) / inputs.length);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return times.sort((a, b) => a - b)[times.length >> 1];
      };
      return {
        capture_us: await median(calls.capture, (text) => new Error(`failure ${text}`), 20),
        crumb_us: await median(calls.crumb, (text) => `step ${text}`, 200),
      };
    }, sdk.id);
  } finally {
    await context.close();
  }
}

const rounds = Number(options.rounds);
const runs = new Map(SDKS.map(({ id }) => [id, []]));
for (let round = 0; round < rounds; round++) {
  // Another order each round, so that no SDK always runs behind the same one.
  const order = [...SDKS.slice(round % SDKS.length), ...SDKS.slice(0, round % SDKS.length)];
  for (const sdk of order) runs.get(sdk.id).push(await visit(sdk, 4));
}
const costs = new Map();
for (const sdk of SDKS) costs.set(sdk.id, await callCosts(sdk));
const chromiumVersion = browser.version();
await browser.close();
server.close();

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const number = (value, digits = 0) =>
  value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);
const none = runs.get('none');
const added = (id, key) => median(runs.get(id).map((run, round) => run[key] - none[round][key]));
const kb = (paths) =>
  number([...new Set(paths)].reduce((sum, path) => sum + brotliBytes(path), 0) / 1000, 1);

console.log(
  `${new Date().toISOString().slice(0, 10)}, Chromium ${chromiumVersion}, CPU 4x slower, ${rounds} interleaved rounds; kB of 1000 bytes\n`,
);
console.log(
  '| SDK | code kB br | before first paint | script to load+1 s, ms | script, whole visit | long tasks | FCP | LCP | INP | captureException µs | addBreadcrumb µs | uploads | body kB | heap + wasm kB |',
);
console.log(`| --- |${' ---: |'.repeat(13)}`);
for (const { id, name } of SDKS) {
  const all = runs.get(id);
  const last = all.at(-1);
  const figure = (key) =>
    id === 'none'
      ? number(median(all.map((run) => run[key])))
      : `+${number(added(id, key))}`.replace('+-', '−');
  const cost = costs.get(id);
  console.log(
    `| ${[
      name,
      kb(last.paths),
      kb(last.before_paint.filter((path) => bundles.has(path))),
      figure('script_load_ms'),
      figure('script_ms'),
      figure('long_tasks'),
      figure('fcp_ms'),
      figure('lcp_ms'),
      figure('inp_ms'),
      number(cost.capture_us, 1),
      number(cost.crumb_us, 1),
      number(median(all.map((run) => run.uploads))),
      number(median(all.map((run) => run.upload_kb)), 1),
      figure('heap_kb'),
    ].join(' | ')} |`,
  );
}
