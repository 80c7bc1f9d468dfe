/** The late part as the script tag loads it: its files lie beside the first, their names made by the build. */
import type { Shim } from './core/shim.ts';
import { type Late, startLate as start } from './late.ts';

export function startLate(shim: Shim): Late {
  const folder = shim.$run.$assets;
  return start(shim, {
    glue: () => import(folder + __GLUE_FILE__),
    wasmUrl: folder + __WASM_FILE__,
  });
}
