/** Uncaught errors of scripts. */
import { on } from '../recorder.ts';
import { capture, exceptionsOf } from './capture.ts';

export function handleError({ target, error, message, filename, lineno, colno }: ErrorEvent): void {
  // Resources that do not load come here too: resource_error.ts.
  if (target instanceof Element) return;
  // Other origins' scripts give a message without an error; a thrown text
  // gives an error without a stack. The event has the place.
  capture(
    'onerror',
    false,
    exceptionsOf(error ?? { name: 'Error', message }, filename, lineno, colno),
    error,
  );
}

export const watchErrors = (): void => on('error', handleError);
