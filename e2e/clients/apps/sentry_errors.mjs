// Three errors, one after the other, each delivered or given up before the next.
import * as Sentry from '@sentry/node';

Sentry.init({ dsn: process.env.SENTRY_DSN, defaultIntegrations: false });
for (let i = 0; i < 3; ++i) {
  Sentry.captureException(new Error(`number ${i}`));
  await Sentry.flush(5000);
}
console.log('done');
