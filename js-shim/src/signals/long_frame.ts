/** Long animation frames with their scripts, longest first; long tasks where a browser has only those. */
import type { Tools } from '../core/late_tools.ts';

interface ScriptTiming extends PerformanceEntry {
  sourceURL: string;
  sourceFunctionName: string;
  invoker: string;
  sourceCharPosition: number;
  forcedStyleAndLayoutDuration: number;
}
interface LongFrameEntry extends PerformanceEntry {
  blockingDuration: number;
  styleAndLayoutStart: number;
  scripts: ScriptTiming[];
}

const LONG_TASK_MS = 50;
const MAX_SCRIPTS = 20;

export function watchLongFrames({ observe, $record: record, $now: now }: Tools): void {
  const hasFrames = observe('long-animation-frame', (entry: LongFrameEntry) => {
    const scripts = [...entry.scripts]
      .sort((a, b) => b.duration - a.duration)
      .slice(0, MAX_SCRIPTS);
    record(
      'loaf',
      now(),
      entry.startTime,
      entry.duration,
      entry.blockingDuration,
      entry.styleAndLayoutStart,
      ...scripts.flatMap((script) => [
        script.sourceURL,
        script.sourceFunctionName,
        script.invoker,
        script.sourceCharPosition,
        script.startTime,
        script.duration,
        script.forcedStyleAndLayoutDuration,
      ]),
    );
  });
  if (!hasFrames) {
    observe('longtask', ({ startTime, duration }) =>
      record('loaf', now(), startTime, duration, duration - LONG_TASK_MS),
    );
  }
}
