/**
 * `<script async src="https://HOST/pagewake.js" data-dsn="…">`: the early part,
 * one file, started by its own tag's data attributes.
 */
import { api } from './api/api.ts';
import { setLateLoader } from './api/init.ts';
import { guard, run } from './recorder.ts';
import type { Options, Pagewake } from './types.ts';

const page = globalThis as { Pagewake?: Pagewake };
const tag = document.currentScript as HTMLScriptElement | null;

if (!page.Pagewake) {
  page.Pagewake = api;
  guard(() => {
    const data = { ...tag?.dataset };
    run.$assets = data.assetsUrl ?? tag?.src.replace(/[^/]*([?#].*)?$/, '') ?? '/';
    setLateLoader(() => import(run.$assets + __LATE_FILE__));
    if (data.dsn) api.init(data as unknown as Options);
  })();
}
