// Everything that @sentry/node sends, once; started with --import of the snippet,
// which leaves the SDK in globalThis.Sentry.
const { Sentry } = globalThis;

Sentry.setUser({ id: '42', username: 'ada' });
Sentry.setTag('shelf', '3');
Sentry.setContext('cart', { items: 2 });
Sentry.addBreadcrumb({ category: 'ui.click', message: 'button#buy' });
Sentry.startSpan({ name: 'checkout', op: 'task' }, () => {
  Sentry.logger.info('reserving', { order_id: 7 });
  Sentry.withScope((scope) => {
    scope.addAttachment({ filename: 'note.txt', data: 'two lines\nof text' });
    Sentry.captureException(new Error('no tea', { cause: new TypeError('shelf is undefined') }));
  });
});
Sentry.captureFeedback({ message: 'slow today', name: 'Ada', email: 'ada@example.org' });
await Sentry.close(5000);
console.log('done');
