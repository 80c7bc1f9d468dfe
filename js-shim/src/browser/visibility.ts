/** Hidden, visible, gone: the moments after which no script may run again. */
import { now, on, record, run } from '../recorder.ts';

export function watchVisibility(): void {
  let isHidden = false;
  const hide = ({ timeStamp }: Event) => {
    if (!isHidden) record('hidden', timeStamp);
    isHidden = true;
  };
  const show = () => {
    if (isHidden) record('visible', now());
    isHidden = false;
  };
  on('visibilitychange', (event) => {
    if (document.visibilityState !== 'hidden') show();
    else if (!isHidden) {
      // Leaving gives pagehide and then this: one beacon is enough.
      hide(event);
      run.$leave();
    }
  });
  // Never `unload`: it keeps pages from the back-forward cache.
  on('pagehide', (event) => {
    hide(event);
    record('end', now());
    run.$leave();
  });
  // visibilityState may lag behind here (crbug.com/1133363).
  on<PageTransitionEvent>('pageshow', ({ persisted }) => persisted && show());
}
