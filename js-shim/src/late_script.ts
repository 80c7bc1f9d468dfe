/** The late part as the script tag loads it: its files lie beside the first, their names made by the build. */

import { loadCore } from './core/load.ts';
import type { Shim } from './core/shim.ts';
import { type Late, startLate as start } from './late.ts';

export const startLate = (shim: Shim): Late =>
  start(shim, () => loadCore(shim.$run.$assets + __WASM_FILE__, shim.$realFetch));
