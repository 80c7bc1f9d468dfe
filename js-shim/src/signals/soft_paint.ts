/**
 * Paints of the browser's own soft navigations (Chromium), where they belong to
 * the route change that is the current page view: as web-vitals counts them.
 */
import type { Tools } from '../core/late_tools.ts';
import { type LcpEntry, recordLcp } from './lcp.ts';

interface ContentfulPaint extends PerformanceEntry {
  interactionId?: number;
  largestContentfulPaint?: LcpEntry | null;
}
interface SoftNavigation extends PerformanceEntry {
  interactionId?: number;
  presentationTime?: number;
  paintTime?: number;
  getLargestInteractionContentfulPaint?(): ContentfulPaint | null;
}

export function watchSoftPaints(tools: Tools): void {
  const { observe, $record: record, $now: now } = tools;
  let interactionId: number | undefined;
  const painted = (entry: ContentfulPaint | null | undefined) => {
    const lcp = entry?.largestContentfulPaint;
    if (lcp) recordLcp(tools, lcp, lcp.renderTime);
  };
  const isKnown = observe('soft-navigation', (entry: SoftNavigation) => {
    interactionId = entry.interactionId;
    const at = entry.presentationTime || entry.paintTime;
    if (at) record('paint', now(), at);
    painted(entry.getLargestInteractionContentfulPaint?.());
  });
  if (isKnown) {
    observe('interaction-contentful-paint', (entry: ContentfulPaint) => {
      if (interactionId !== undefined && entry.interactionId === interactionId) painted(entry);
    });
  }
}
