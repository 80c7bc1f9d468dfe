/** What the page fetched, itself excepted. Late: the browser keeps these for us. */
import { serverTimingOf } from '../browser/server_timing.ts';
import type { Tools } from '../core/late_tools.ts';

type ResourceEntry = PerformanceResourceTiming & { renderBlockingStatus?: string };

export function watchResources({
  observe,
  $record: record,
  $now: now,
  $isOwn: isOwn,
}: Tools): void {
  observe('resource', (entry: ResourceEntry) => {
    if (isOwn(entry.name)) return;
    record(
      'resource',
      now(),
      entry.name,
      entry.initiatorType,
      entry.nextHopProtocol,
      entry.startTime,
      entry.duration,
      entry.domainLookupStart,
      entry.domainLookupEnd,
      entry.connectStart,
      entry.secureConnectionStart,
      entry.connectEnd,
      entry.requestStart,
      entry.responseStart,
      entry.responseEnd,
      entry.transferSize,
      entry.encodedBodySize,
      entry.decodedBodySize,
      entry.responseStatus,
      entry.renderBlockingStatus === 'blocking',
      serverTimingOf(entry),
    );
  });
}
