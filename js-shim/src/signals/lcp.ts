/** Every LCP candidate; the core keeps the last one before input. */
import type { Tools } from '../core/late_tools.ts';

export interface LcpEntry extends PerformanceEntry {
  renderTime: number;
  loadTime: number;
  size: number;
  url: string;
  id: string;
  element: Element | null;
}

const SLOW_LCP_MS = 4_000;

export function recordLcp(tools: Tools, entry: LcpEntry, startTime = entry.startTime): void {
  const { $record: record, $now: now, $run: run, $view: view } = tools;
  const { renderTime, loadTime, size, url, id, element } = entry;
  // An element that was removed since is known by its id at most.
  const target = element ? run.$selector(element) : id && `#${id}`;
  record('lcp', now(), startTime, renderTime, loadTime, size, url, target);
  if (startTime - view.$start > SLOW_LCP_MS) tools.keepSlow();
}

export function watchLcp(tools: Tools): void {
  tools.observe('largest-contentful-paint', (entry: LcpEntry) => recordLcp(tools, entry));
}
