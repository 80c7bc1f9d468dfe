/** The first input: what is painted after it is no LCP any more. */
import type { Tools } from '../core/late_tools.ts';

export function watchInput({ $on: on, $record: record, $guard: guard }: Tools): void {
  let hasInput = false;
  for (const type of ['keydown', 'click']) {
    on(type, ({ isTrusted, timeStamp }) => {
      if (isTrusted && !hasInput) {
        hasInput = true;
        // In a task of its own: after the candidates painted before the input
        // were delivered, and off the interaction's time.
        setTimeout(guard(() => record('input', timeStamp)));
      }
    });
  }
}
