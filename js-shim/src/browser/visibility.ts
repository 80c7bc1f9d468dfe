/** Hidden, visible, gone: the moments after which no script may run again. */
import { now, on, record, run } from '../recorder.ts';
import type { Signal } from '../types.ts';

export function watchVisibility(): void {
  let state: DocumentVisibilityState = document.visibilityState;
  const changed = (to: DocumentVisibilityState, t: number): Signal | false => {
    if (to === state) return false;
    state = to;
    return record(to, t);
  };
  on('visibilitychange', ({ timeStamp }) => {
    // Leaving gives pagehide and then this: one beacon is enough.
    if (changed(document.visibilityState, timeStamp) && state === 'hidden') run.$leave();
  });
  // Never `unload`: it keeps pages from the back-forward cache.
  on('pagehide', ({ timeStamp }) => {
    changed('hidden', timeStamp);
    record('end', now());
    run.$leave();
  });
  // visibilityState may lag behind here (crbug.com/1133363).
  on<PageTransitionEvent>('pageshow', ({ persisted }) => persisted && changed('visible', now()));
}
