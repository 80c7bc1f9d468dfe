/** The face of the SDK: the same functions on `window.Pagewake` and from npm. */

import { listOf } from '../options.ts';
import { guard, record, run, since } from '../recorder.ts';
import { capture, exceptionsOf, lastEventId } from '../signals/capture.ts';
import { view } from '../signals/page_view.ts';
import { withScope } from '../signals/scope.ts';
import { traceparent } from '../signals/span.ts';
import type { CaptureContext, Level, Pagewake } from '../types.ts';
import { flush, init } from './init.ts';

const call =
  (name: string) =>
  (...args: unknown[]): void => {
    // At once: what leaves before the late part is there must know.
    if (name === 'setConsent') run.$allowed = args[0] === 'granted';
    run.$call(name, args, since);
  };

export const api = {
  init,
  captureException: (error: unknown, context?: CaptureContext) =>
    capture('generic', true, exceptionsOf(error), error, '', context),
  captureMessage: (message: string, context?: CaptureContext | Level) =>
    capture('generic', true, [], 0, message, context),
  setPage: (name: string) => record('page', since, name),
  getTraceparent: () => (view.$id ? traceparent(run.$span || view.$spanId) : ''),
  lastEventId,
} as unknown as Pagewake;

// As text it is shorter.
for (const name of listOf(
  'mark,addBreadcrumb,startPageView,setConsent,setContext,setTag,setTags,setUser',
) as 'mark'[]) {
  api[name] = call(name);
}
for (const name in api) {
  const key = name as 'setTag';
  api[key] = guard(api[key]);
}
api.withScope = withScope;
api.startSpan = (options, callback) => run.$startSpan(options, callback);
api.flush = flush;
api.close = () => flush(2000, true);
