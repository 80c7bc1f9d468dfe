/** Console output as breadcrumbs; `console.error` also as errors where the site asks for it. */
import { patch } from '../browser/patch.ts';
import type { Tools } from '../core/late_tools.ts';
import { flagOf } from '../options.ts';
import type { Level } from '../types.ts';

const LEVELS = { error: 'error', warn: 'warning', info: 'info', log: 'info' } as const;
const MAX_MESSAGE = 1_000;

// Objects may hold anything: only errors and primitives are read.
const textOf = (value: unknown): string =>
  value instanceof Error
    ? `${value.name}: ${value.message}`
    : typeof value === 'object' && value
      ? Object.prototype.toString.call(value)
      : String(value);

export function watchConsole({
  $guard: guard,
  $crumb: crumb,
  $capture: capture,
  $exceptionsOf: exceptionsOf,
  $run: run,
}: Tools): void {
  const isCaptured = flagOf(run.$options.captureConsole, false);
  for (const [name, level] of Object.entries(LEVELS) as [keyof typeof LEVELS, Level][]) {
    const written = guard((args: unknown[]) => {
      const message = args.map(textOf).join(' ').slice(0, MAX_MESSAGE);
      crumb('default', 'console', level, message);
      if (isCaptured && name === 'error') {
        const error = args.find((value) => value instanceof Error);
        capture('console', true, error ? exceptionsOf(error) : [], error, message);
      }
    });
    let isInside = false;
    patch(console, name, (original, self, args) => {
      // A site's beforeBreadcrumb may write to the console itself.
      if (!isInside) {
        isInside = true;
        written(args);
        isInside = false;
      }
      return Reflect.apply(original, self, args);
    });
  }
}
