/** The late part of the npm package. Bundlers look for exactly this form to take the module along. */
import { loadCore } from './core/load.ts';
import type { Shim } from './core/shim.ts';
import { type Late, startLate as start } from './late.ts';

export function startLate(shim: Shim): Late {
  const { assetsUrl } = shim.$run.$options;
  return start(shim, () =>
    loadCore(
      assetsUrl
        ? `${assetsUrl}pagewake-core.wasm`
        : new URL('./pagewake-core.wasm', import.meta.url).href,
      shim.$realFetch,
    ),
  );
}
