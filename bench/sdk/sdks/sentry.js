import * as Sentry from '@sentry/browser';

Sentry.init({ dsn: `${location.protocol}//${'0'.repeat(32)}@${location.host}/1`, release: '1.0.0' });
globalThis.bench = {
  capture: (error) => Sentry.captureException(error),
  crumb: (message) => Sentry.addBreadcrumb({ message }),
};
