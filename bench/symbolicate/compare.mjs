// Decoding speed of source maps: our decoder beside @jridgewell/trace-mapping,
// in the same run, on a made map of about the asked size.
//   cmake --build --preset release --target source_map_bench
//   node bench/symbolicate/compare.mjs [MEGABYTES=50] [ROUNDS=3]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encode } from '@jridgewell/sourcemap-codec';
import { decodedMappings, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';

const megabytes = Number(process.argv[2] ?? 50);
const rounds = Number(process.argv[3] ?? 3);
const LINES = 40;

/** As a bundler writes it: few long lines, names, the sources' text inside. */
function makeMap(bytes) {
  let seed = 1;
  const below = (n) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  const names = Array.from({ length: 20_000 }, (_, i) => `name${i}`);
  const code = '  const total = items.reduce((sum, item) => sum + item.price * item.count, 0);\n';
  const sources = Array.from(
    { length: Math.ceil(bytes / 30_000) },
    (_, i) => `../../src/part${i}.ts`,
  );
  // A third of a real map is mappings, the rest text.
  const perLine = Math.floor(bytes / 3 / 6.6 / LINES);
  const mappings = Array.from({ length: LINES }, (_, line) => {
    let column = 0;
    return Array.from({ length: perLine }, (_, i) => {
      column += 1 + below(12);
      const source = Math.floor(((line * perLine + i) / (LINES * perLine)) * sources.length);
      const place = [column, source, i % 800, below(90)];
      return i % 4 === 0 ? [...place, below(names.length)] : place;
    });
  });
  const text = encode(mappings);
  const lines = Math.max(1, Math.floor((bytes - text.length) / sources.length / (code.length + 1)));
  const sourcesContent = sources.map(() => code.repeat(lines));
  return JSON.stringify({ version: 3, sources, sourcesContent, names, mappings: text });
}

const folder = mkdtempSync(join(tmpdir(), 'pagewake-bench-'));
try {
  const json = makeMap(megabytes * 1e6);
  const file = join(folder, 'bundle.js.map');
  writeFileSync(file, json);
  const size = json.length / 1e6;
  const program = resolve(
    import.meta.dirname,
    '../../build/release/bench/symbolicate/source_map_bench',
  );
  const ours = JSON.parse(
    execFileSync(program, [file, String(rounds), String(LINES)], { encoding: 'utf8' }),
  );
  const times = [];
  let lookup_ns = 0;
  for (let i = 0; i < rounds; ++i) {
    const start = performance.now();
    const map = new TraceMap(json);
    decodedMappings(map);
    times.push(performance.now() - start);
    const looking = performance.now();
    for (let l = 0; l < 1_000_000; ++l) {
      originalPositionFor(map, { line: 1 + (l % LINES), column: (l * 7919) % 50_000 });
    }
    lookup_ns = performance.now() - looking;
  }
  const theirs_ms = times.sort((a, b) => a - b)[times.length >> 1];
  const speed = (ms) => `${(size / (ms / 1000)).toFixed(0)} MB/s`;
  console.log(`map: ${size.toFixed(1)} MB, ${ours.mappings} mappings, median of ${rounds}`);
  console.log(
    `pagewake:      ${ours.decode_ms.toFixed(0)} ms, ${speed(ours.decode_ms)}, ${ours.lookup_ns} ns a look-up, table ${(ours.table_bytes / 1e6).toFixed(1)} MB, peak of the process ${(ours.peak_kb / 1024).toFixed(0)} MiB`,
  );
  console.log(
    `trace-mapping: ${theirs_ms.toFixed(0)} ms, ${speed(theirs_ms)}, ${lookup_ns.toFixed(0)} ns a look-up`,
  );
  console.log(`ratio: ${(theirs_ms / ours.decode_ms).toFixed(2)} times as fast`);
} finally {
  rmSync(folder, { recursive: true });
}
