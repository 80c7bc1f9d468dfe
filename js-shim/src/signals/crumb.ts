/** Breadcrumbs: what happened before an error. */
import { now, record, run } from '../recorder.ts';
import type { Level, Primitive } from '../types.ts';
import { pairs } from './span.ts';

export function crumb(
  type: string,
  category: string,
  level: Level,
  message: string,
  data?: Record<string, Primitive>,
  t = now(),
): void {
  run.$made(record('crumb', t, type, category, level, message, ...pairs(data)));
}
