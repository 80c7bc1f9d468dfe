// What it costs to take visits in, beside peers in the same run.
//
//   script/build && cmake --build --preset release --target ingest_load
//   node bench/ingest/run.mjs [--rounds 3] [--seconds 5] [--only transport,durable,…]
//
// Servers run on core 0, the load on core 1. Rounds of the servers take turns;
// ratios are medians of the rounds' ratios of processor time, which what else
// runs on the machine touches less than it does requests a second. Prints one
// table: figure, peer, ratio, goal. `--seconds 2 --rounds 1` takes two minutes.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, truncateSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { binary, root, temporaryFolder } from '../../demo-site/processes.mjs';
import { cpuSeconds, memoryMiB, nginx, nodeSqlite, pagewake } from './servers.mjs';

const SECTIONS = ['transport', 'durable', 'latency', 'connections', 'spans'];
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: SECTIONS.join(',') },
    // One visit in so many has an error with its stack; 0: none.
    'errors-every': { type: 'string', default: '8' },
    // Of the section `memory`, which runs only when it is named.
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1000' },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const only = options.only.split(',');
for (const section of only) {
  if (![...SECTIONS, 'memory'].includes(section))
    throw new Error(`--only ${section}: not one of ${SECTIONS}, memory`);
}
const here = fileURLToPath(new URL('.', import.meta.url));
const loadBinary = join(root, 'build/release/bench/ingest/ingest_load');
const builtBy = {
  [binary]: 'script/build',
  [loadBinary]: 'cmake --build --preset release --target ingest_load',
};
for (const [path, command] of Object.entries(builtBy)) {
  if (!existsSync(path)) throw new Error(`${path} is missing: ${command}`);
}
if (only.includes('durable') && !existsSync(join(here, 'node_modules'))) {
  // Builds its native part where none is to be had for this Node.
  execFileSync('npm', ['ci', '--silent'], { cwd: here, stdio: 'inherit' });
}

const table = [];
/** One line of the table; `goal` is a bound from above unless `atLeast`. */
function row(name, ours, peer, value, goal, { unit = '', atLeast = false } = {}) {
  const met =
    goal === undefined ? '' : (atLeast ? value >= goal : value <= goal) ? 'met' : 'missed';
  const bound = goal === undefined ? '' : `${atLeast ? '≥' : '≤'} ${goal}${unit}`;
  table.push([name, ours, peer, `${value.toFixed(value < 10 ? 2 : 0)}${unit}`, bound, met]);
}
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const us = (value) => `${value.toFixed(value < 10 ? 2 : 1)} µs`;
const perSecond = (value) => `${Math.round(value)}/s`;

let loads = 0;
/** Loads a server for a while; what the load saw, and the server's CPU time. */
async function load(server, path, { body = 'beacon', length = seconds, rate, idle, half } = {}) {
  loads += 1;
  const args = ['-c', '1', loadBinary, '--port', server.port, '--path', path, '--body', body];
  args.push('--seconds', length, '--seed', loads, '--errors-every', options['errors-every']);
  for (const [name, value] of Object.entries({ rate, idle, half })) {
    if (value !== undefined) args.push(`--${name}`, value);
  }
  const before = cpuSeconds(server);
  const { stdout } = await promisify(execFile)('taskset', args.map(String));
  const seen = JSON.parse(stdout);
  if (seen.refused > 0) throw new Error(`${path}: ${seen.refused} requests were refused`);
  const cpu_s = cpuSeconds(server) - before;
  return { ...seen, cpu_s, cpu_us: (cpu_s * 1e6) / seen.requests };
}

/** Every server once a round, in turn; the results of each, by its name. */
async function inTurns(servers) {
  const results = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(servers)) results[name].push(await run());
  }
  return results;
}
const ratio = (ours, theirs, of) => median(ours.map((one, i) => of(one) / of(theirs[i])));
const cpuOf = (result) => result.cpu_us;
const rateOf = (result) => result.per_s;

async function withFolder(run) {
  const folder = temporaryFolder('pagewake-ingest-');
  const running = [];
  const up = async (server, ...args) => {
    running.push(await server(folder.path, ...args));
    return running.at(-1);
  };
  try {
    await run(up);
  } finally {
    for (const server of running) await server.stop();
    folder.remove();
  }
}

const sections = {
  transport: () =>
    withFolder(async (up) => {
      const ours = await up(pagewake);
      const theirs = await up(nginx);
      await ours.dropPhones();
      await load(ours, ours.path, { length: 0.5 });
      const seen = await inTurns({
        ours: () => load(ours, ours.path),
        nginx: () => load(theirs, '/204'),
      });
      const { stored } = await ours.outcomes('page_view');
      if (stored > 0) throw new Error(`${stored} page views were stored`);
      row(
        'accept, decode, validate, answer; nothing stored: CPU a request',
        us(median(seen.ours.map(cpuOf))),
        `nginx return 204: ${us(median(seen.nginx.map(cpuOf)))}`,
        ratio(seen.ours, seen.nginx, cpuOf),
        1.5,
        { unit: '×' },
      );
    }),

  durable: () =>
    withFolder(async (up) => {
      const ours = await up(pagewake);
      const log = await up(nginx);
      const node = await up(nodeSqlite);
      const idle = memoryMiB(ours);
      const seen = await inTurns({
        ours: () => load(ours, ours.path),
        nginx: async () => {
          const result = await load(log, '/log');
          truncateSync(log.log);
          return result;
        },
        node: () => load(node, node.path, { body: 'json' }),
      });
      const requests = seen.ours.reduce((sum, { requests }) => sum + requests, 0);
      const { stored } = await ours.outcomes('page_view');
      if (stored !== requests) throw new Error(`${requests} were acknowledged, ${stored} stored`);
      const peak = memoryMiB(ours, 'VmHWM');
      // What is left is sealed at the end and belongs to all of them.
      const rest_us = ((await ours.seal()) * 1e6) / requests;
      for (const result of seen.ours) result.cpu_us += rest_us;
      const cost = us(median(seen.ours.map(cpuOf)));
      row(
        'durable, sealed and rolled up: CPU a beacon',
        cost,
        `nginx logging the body: ${us(median(seen.nginx.map(cpuOf)))}`,
        ratio(seen.ours, seen.nginx, cpuOf),
        2,
        { unit: '×' },
      );
      row(
        '',
        cost,
        `node:http + better-sqlite3: ${us(median(seen.node.map(cpuOf)))}`,
        ratio(seen.ours, seen.node, cpuOf),
        0.45,
        { unit: '×' },
      );
      row(
        'durable: beacons a second, one core',
        perSecond(median(seen.ours.map(rateOf))),
        `nginx logging the body: ${perSecond(median(seen.nginx.map(rateOf)))}`,
        ratio(seen.ours, seen.nginx, rateOf),
        0.6,
        { unit: '×', atLeast: true },
      );
      row('memory before the first request', '', '', idle, 64, { unit: ' MiB' });
      row('memory at full load, the most', '', '', peak, 256, { unit: ' MiB' });
    }),

  latency: () =>
    withFolder(async (up) => {
      const ours = await up(pagewake);
      // Long enough that seals and checkpoints have their part in it.
      const most = await load(ours, ours.path, { length: 4 * seconds });
      const seen = await load(ours, ours.path, { rate: 0.7 * most.per_s, length: 2 * seconds });
      const at = `at ${perSecond(0.7 * most.per_s)}, 70 % of the most`;
      row(`answer after the commit, p50 (${at})`, '', '', seen.p50_ms, undefined, { unit: ' ms' });
      row('p99', '', '', seen.p99_ms, 50, { unit: ' ms' });
      row('the longest, seals and checkpoints included', '', '', seen.max_ms, 100, { unit: ' ms' });
    }),

  connections: () =>
    withFolder(async (up) => {
      const ours = await up(pagewake);
      await load(ours, ours.path, { length: 0.5 });
      const seen = await inTurns({
        alone: () => load(ours, ours.path),
        idle: () => load(ours, ours.path, { idle: 10_000 }),
        half: () => load(ours, ours.path, { half: 2_000 }),
      });
      for (const { beside, still_open } of seen.idle) {
        if (still_open !== beside)
          throw new Error(`${beside - still_open} idle connections were closed`);
      }
      for (const [name, results] of Object.entries({
        '64 connections beside 10,000 idle ones: beacons a second': seen.idle,
        '64 connections beside 2,000 half requests: beacons a second': seen.half,
      })) {
        row(
          name,
          perSecond(median(results.map(rateOf))),
          `without them: ${perSecond(median(seen.alone.map(rateOf)))}`,
          ratio(results, seen.alone, rateOf),
          0.9,
          { unit: '×', atLeast: true },
        );
      }
    }),

  spans: () =>
    withFolder(async (up) => {
      const ours = await up(pagewake);
      const seen = await inTurns({ ours: () => load(ours, ours.tracesPath, { body: 'otlp' }) });
      const spans = seen.ours.reduce((sum, result) => sum + result.spans, 0);
      const { stored } = await ours.outcomes('span');
      if (stored !== spans) throw new Error(`${spans} spans were acknowledged, ${stored} stored`);
      const rest_us = ((await ours.seal()) * 1e6) / spans;
      const cost = median(seen.ours.map(({ cpu_s, spans }) => (cpu_s * 1e6) / spans)) + rest_us;
      row('OTLP protobuf, durable: CPU a span', '', '', cost, 4, { unit: ' µs' });
    }),

  memory: () =>
    withFolder(async (up) => {
      const ours = await up(pagewake);
      const minutes = Number(options.minutes);
      const seen = [];
      const sampling = setInterval(() => seen.push(memoryMiB(ours)), 1000);
      const loaded = await load(ours, ours.path, {
        rate: Number(options.rate),
        length: minutes * 60,
      });
      clearInterval(sampling);
      const { stored } = await ours.outcomes('page_view');
      if (stored !== loaded.requests) throw new Error(`${loaded.requests} sent, ${stored} stored`);
      const most = (from, to) =>
        Math.max(...seen.slice(Math.floor(from * seen.length), Math.floor(to * seen.length)));
      const cell = (from, to) => `${most(from, to).toFixed(0)} MiB`;
      row(
        `memory over ${minutes} minutes at ${perSecond(loaded.per_s)}: most of the last quarter`,
        cell(0.75, 1),
        `of the second quarter: ${cell(0.25, 0.5)}`,
        most(0.75, 1) / most(0.25, 0.5),
        1.1,
        { unit: '×' },
      );
      row('the most of all', '', '', most(0, 1), 256, { unit: ' MiB' });
    }),
};

const began = loadavg()[0];
for (const section of only) await sections[section]();
const lines = [
  `${rounds} rounds of ${seconds} s, 64 connections; load average ${began.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after (the bench makes about 2)`,
  '',
  '| what | Pagewake | beside it | figure | goal | |',
  '| --- | ---: | ---: | ---: | ---: | --- |',
  ...table.map((cells) => `| ${cells.join(' | ')} |`),
];
console.log(lines.join('\n'));
