/** Long animation frames with their scripts, longest first; long tasks where a browser has only those. */
import type { Tools } from '../core/late_tools.ts';

interface ScriptTiming extends PerformanceEntry {
  sourceURL: string;
  sourceFunctionName: string;
  invoker: string;
}
interface LongFrameEntry extends PerformanceEntry {
  blockingDuration: number;
  scripts: ScriptTiming[];
}

const LONG_TASK_MS = 50;
const MAX_SCRIPTS = 10;

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
      ...scripts.flatMap((script) => [
        script.sourceURL,
        script.sourceFunctionName,
        script.invoker,
        script.startTime,
        script.duration,
      ]),
    );
  });
  if (!hasFrames) {
    observe('longtask', ({ startTime, duration }) =>
      record('loaf', now(), startTime, duration, duration - LONG_TASK_MS),
    );
  }
}
