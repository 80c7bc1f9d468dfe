/** Uncaught errors of scripts. */
import { on, run, since } from '../recorder.ts';
import { capture, exceptionsOf } from './capture.ts';

export function handleError({ target, error, message, filename, lineno, colno }: ErrorEvent): void {
  if (target instanceof Element) {
    // What did not load comes here too: resource_error.ts, when it is there.
    run.$call('error', [target], since);
    return;
  }
  // Other origins' scripts give a message without an error; a thrown text
  // gives an error without a stack. The event has the place.
  capture(
    'onerror',
    false,
    exceptionsOf(error ?? { name: 'Error', message }, [filename, lineno, colno]),
    error,
  );
}

export const watchErrors = (): void => on('error', handleError);
