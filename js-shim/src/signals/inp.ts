/**
 * Interactions. This observer must be early: what the browser buffers for
 * late comers leaves out most short events.
 */
import { guard, now, record, run } from '../recorder.ts';

export interface EventEntry extends PerformanceEntry {
  processingStart: number;
  processingEnd: number;
  interactionId: number;
  target: Node | null;
}

// web-vitals' own threshold. A shorter one would give another INP than theirs.
const DURATION_THRESHOLD_MS = 40;

export function recordEvent(entry: EventEntry): void {
  record(
    'event',
    now(),
    entry.startTime,
    entry.duration,
    entry.processingStart,
    entry.processingEnd,
    entry.interactionId,
    entry.name,
    run.$selector(entry.target),
  );
}

export function watchInp(): void {
  const each = guard(recordEvent);
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(each as () => void));
  run.$drain = () => observer.takeRecords().forEach(each as () => void);
  observer.observe({
    type: 'event',
    buffered: true,
    durationThreshold: DURATION_THRESHOLD_MS,
  } as PerformanceObserverInit);
}
