// The module that runs in the page and the native core that runs in the server
// are the same code: for the same signals they give the same bytes.
//
//   node --test tests/wasm
//
// PAGEWAKE_WASM_DIR   folder of pagewake_core.{mjs,wasm}   (build/wasm)
// PAGEWAKE_REPLAY     the native tests/core/pagewake_replay (build/dev/tests/core/...)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const wasmDir = process.env.PAGEWAKE_WASM_DIR ?? join(root, 'build/wasm');
const replay = process.env.PAGEWAKE_REPLAY ?? join(root, 'build/dev/tests/core/pagewake_replay');
const cases = join(root, 'tests/cases/signals');
const files = readdirSync(cases).filter((name) => name.endsWith('.json'));
const BEACON_ID = 'ab'.repeat(16);
const SENT_AT = 1763700020000;

const { default: createModule } = await import(
  pathToFileURL(join(wasmDir, 'pagewake_core.mjs')).href
);
const wasmBinary = readFileSync(join(wasmDir, 'pagewake_core.wasm'));

// The glue is built for pages and workers only; Node hands it the bytes.
const newCore = () =>
  createModule({
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(wasmBinary, imports).then(({ instance }) => done(instance));
      return {};
    },
  });

const write = (core, text) => {
  const bytes = new TextEncoder().encode(text);
  const address = core.input(bytes.length);
  core.HEAPU8.set(bytes, address);
};
const feed = (core, log) => {
  write(core, log);
  return core.feed();
};
const flushed = (core, beaconId = BEACON_ID) => {
  write(core, beaconId);
  const bytes = core.flush(SENT_AT);
  const address = core.beaconAddress();
  return Buffer.from(core.HEAPU8.slice(address, address + bytes)).toString('hex');
};

const native = execFileSync(
  replay,
  files.map((name) => join(cases, name)),
  { encoding: 'utf8', maxBuffer: 1 << 26 },
)
  .trim()
  .split('\n');

test('there are recorded logs to compare', () => {
  assert.ok(files.length >= 5);
  assert.equal(native.length, files.length);
});

for (const [i, name] of files.entries()) {
  test(`${name}: the page's module and the native core write the same bytes`, async () => {
    const log = readFileSync(join(cases, name), 'utf8');
    const core = await newCore();
    // All but the raw log's head are signals that the core knows.
    assert.equal(feed(core, log), JSON.parse(log).length - 1);
    const bytes = flushed(core);
    assert.ok(bytes.startsWith('505701'));
    assert.equal(bytes, native[i]);
  });

  test(`${name}: the same when fed signal by signal`, async () => {
    const core = await newCore();
    for (const signal of JSON.parse(readFileSync(join(cases, name), 'utf8'))) {
      feed(core, JSON.stringify([signal]));
    }
    assert.equal(flushed(core), native[i]);
  });
}

test('malformed signals give -1 and keep what came before', async () => {
  const core = await newCore();
  const view = ['view', 0, '01'.repeat(16)];
  assert.equal(feed(core, `[${JSON.stringify(view)},[oops`), -1);
  assert.notEqual(flushed(core), '');
});

test('nothing new gives no beacon, and unflush makes it new again', async () => {
  const core = await newCore();
  assert.equal(core.flush(SENT_AT), 0);
  feed(core, JSON.stringify([['init', 1e12, 'aa'.repeat(16)], ['view', 0, '01'.repeat(16)]]));
  assert.notEqual(flushed(core), '');
  assert.equal(core.flush(SENT_AT), 0);
  core.unflush();
  assert.notEqual(flushed(core), '');
});

test('a large log grows the memory and still works', async () => {
  const core = await newCore();
  const signals = [['init', 1e12, 'aa'.repeat(16)], ['view', 0, '01'.repeat(16)]];
  const stack = 'Error: x\n' + '    at f (https://shop.example/app.js:1:2)\n'.repeat(1500);
  for (let i = 1; i <= 60; i++) {
    signals.push(['error', i, i.toString(16).padStart(32, '0'), 'onerror', 0, 'error', '', '', '', 1, 'E', `${i}`, stack, '', 0, 0]);
  }
  assert.equal(feed(core, JSON.stringify(signals)), signals.length);
  assert.ok(flushed(core).length > 10000);
});
