/** Rejections that nobody handled. */
import { on } from '../recorder.ts';
import { capture, exceptionsOf } from './capture.ts';

export function handleRejection({ reason }: PromiseRejectionEvent): void {
  capture('onunhandledrejection', false, exceptionsOf(reason), reason);
}

export const watchRejections = (): void => on('unhandledrejection', handleRejection);
