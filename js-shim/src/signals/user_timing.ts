/** The page's own performance.mark() and measure(), as spans of the page view. Names only: `detail` may be private. */
import { randomHex } from '../browser/ids.ts';
import type { Tools } from '../core/late_tools.ts';

export function watchUserTiming(tools: Tools): void {
  const { observe, $record: record, $now: now, $view: view } = tools;
  const take = ({ name, entryType, startTime, duration }: PerformanceEntry) =>
    view.$flags & 1 &&
    record('span', now(), randomHex(8), '', name, entryType, startTime, duration);
  observe('mark', take);
  observe('measure', take);
}
