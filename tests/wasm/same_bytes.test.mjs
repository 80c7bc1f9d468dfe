// The module that runs in the page and the native core that runs in the server
// are the same code: for the same signals they give the same bytes.
//
//   node --test tests/wasm
//
// PAGEWAKE_WASM_DIR   folder of pagewake_core.wasm   (build/wasm)
// PAGEWAKE_REPLAY     the native tests/core/pagewake_replay (build/dev/tests/core/...)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { module, newCore, root } from './core.mjs';

const replay = process.env.PAGEWAKE_REPLAY ?? join(root, 'build/dev/tests/core/pagewake_replay');
const cases = join(root, 'tests/cases/signals');
const files = readdirSync(cases).filter((name) => name.endsWith('.json'));
const SENT_AT = 1763700020000;
Date.now = () => SENT_AT;
// Beacon ids are made of these.
crypto.getRandomValues = (bytes) => bytes.fill(0xab);

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

test('the module asks for nothing but Embind', () => {
  assert.deepEqual(WebAssembly.Module.imports(module), [
    { module: 'env', name: '_embind_register_function', kind: 'function' },
  ]);
});

for (const [i, name] of files.entries()) {
  const signals = JSON.parse(readFileSync(join(cases, name), 'utf8'));
  test(`${name}: the page's module and the native core write the same bytes`, async () => {
    const core = await newCore();
    // All but the raw log's head are signals that the core knows.
    assert.equal(core.feed(signals), signals.length - 1);
    const bytes = core.flush();
    // "PW", packed.
    assert.ok(bytes.startsWith('505702'));
    assert.equal(bytes, native[i]);
  });

  test(`${name}: the same when fed signal by signal`, async () => {
    const core = await newCore();
    for (const signal of signals) core.feed([signal]);
    assert.equal(core.flush(), native[i]);
  });
}

const HEAD = [
  ['init', 1e12, 'aa'.repeat(16)],
  ['view', 0, '01'.repeat(16)],
];

test('a text with a zero in it does not end there', async () => {
  const core = await newCore();
  assert.equal(core.feed([...HEAD, ['page', 1, '/a\0b'], ['tag', 2, 'plan', 'pro']]), 4);
  const bytes = core.flush();
  assert.ok(bytes.includes(Buffer.from('/a\uFFFDb').toString('hex')));
  assert.ok(bytes.includes(Buffer.from('pro').toString('hex')));
});

test('nothing new gives no beacon, and unflush makes it new again', async () => {
  const core = await newCore();
  assert.equal(core.flush(), '');
  core.feed(HEAD);
  assert.notEqual(core.flush(), '');
  assert.equal(core.flush(), '');
  core.unflush();
  assert.notEqual(core.flush(), '');
});

test('a large log grows the memory and still works', async () => {
  const core = await newCore();
  const signals = [...HEAD];
  const stack = 'Error: x\n' + '    at f (https://shop.example/app.js:1:2)\n'.repeat(1500);
  for (let i = 1; i <= 60; i++) {
    signals.push(['error', i, i.toString(16).padStart(32, '0'), 'onerror', 0, 'error', '', '', '', 1, 'E', `${i}`, stack, '', 0, 0]);
  }
  const before = core.memoryBytes();
  assert.equal(core.feed(signals), signals.length);
  assert.ok(core.memoryBytes() > before);
  assert.ok(core.flush().length > 1000);
});

test('what is larger than may be sent at once comes in parts', async () => {
  const core = await newCore();
  const signals = [...HEAD];
  for (let i = 0; i < 250; i++) {
    signals.push(['resource', i, `https://shop.example/${i}.png`, 'img', 'h2', i, 10]);
  }
  core.feed(signals);
  const parts = core.parts(1200);
  assert.equal(parts.length, 3);
  for (const part of parts) assert.ok(part.length < 1200);
  assert.equal(core.flush(), '');
});
