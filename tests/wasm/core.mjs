// The page's own module in Node, through the shim's own way into it.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const wasmDir = process.env.PAGEWAKE_WASM_DIR ?? join(root, 'build/wasm');

const { outputFiles } = await build({
  stdin: {
    contents: `export { makeBridge } from './bridge.ts';
      export { embind } from './embind.ts';`,
    resolveDir: join(root, 'js-shim/src/core'),
  },
  bundle: true,
  format: 'esm',
  write: false,
});
const { embind, makeBridge } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
export const module = new WebAssembly.Module(readFileSync(join(wasmDir, 'pagewake_core.wasm')));

/** `feed` gives how many signals the core understood, `flush` the beacon as hex. */
export async function newCore() {
  const { imports, started } = embind();
  const core = started(await WebAssembly.instantiate(module, imports));
  let understood = 0;
  const queue = [];
  const shim = {
    $queue: queue,
    $run: {},
    $log() {},
  };
  const counting = {
    ...core,
    feed(numbers) {
      understood = core.feed(numbers);
    },
  };
  const bridge = makeBridge(shim, counting);
  return {
    feed(signals) {
      queue.push(...signals);
      bridge.$feed();
      return understood;
    },
    parts: (mostBytes) => bridge.$flush(mostBytes),
    flush: () => Buffer.concat(bridge.$flush(1e9)).toString('hex'),
    unflush: () => bridge.$unflush(),
    memoryBytes: () => core.memory.buffer.byteLength,
  };
}
