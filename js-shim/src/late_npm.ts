/** The late part of the npm package. Bundlers look for exactly these forms to take the files along. */
import type { Shim } from './core/shim.ts';
import { type Late, startLate as start } from './late.ts';

export function startLate(shim: Shim): Late {
  const { assetsUrl } = shim.$run.$options;
  return start(shim, {
    // @ts-expect-error: made by Emscripten, beside this file in the package
    glue: () => import('./pagewake-core.mjs'),
    wasmUrl: assetsUrl
      ? `${assetsUrl}pagewake-core.wasm`
      : new URL('./pagewake-core.wasm', import.meta.url).href,
  });
}
