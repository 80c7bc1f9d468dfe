// Three errors, one after the other, each delivered or given up before the next;
// called with "traced", a span before each.
import * as Sentry from '@sentry/node';

const traced = process.argv.includes('traced');
Sentry.init({
  dsn: process.env.SENTRY_DSN,
  defaultIntegrations: false,
  tracesSampleRate: traced ? 1 : 0,
});
for (let i = 0; i < 3; ++i) {
  if (traced) Sentry.startSpan({ name: `work ${i}` }, () => i);
  Sentry.captureException(new Error(`number ${i}`));
  await Sentry.flush(5000);
}
console.log('done');
