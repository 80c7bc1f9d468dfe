/** The npm package: `import { init } from 'pagewake'`. */
import { api } from './api/api.ts';
import { setLateLoader } from './api/init.ts';

setLateLoader(() => import('./late_npm.ts'));

export const {
  init,
  captureException,
  captureMessage,
  addBreadcrumb,
  setUser,
  setTag,
  setTags,
  setContext,
  withScope,
  startSpan,
  setPage,
  startPageView,
  mark,
  setConsent,
  getTraceparent,
  lastEventId,
  flush,
  close,
} = api;
export type * from './types.ts';
