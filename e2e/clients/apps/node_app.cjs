// Routes on a free port; CommonJS, which OpenTelemetry instruments without a
// loader hook. Instrumented from outside; what a client still holds is sent
// when the process is told to stop.
const { createServer } = require('node:http');
const pino = require('pino');

const log = pino({ name: 'shop' }, pino.destination(2));

const server = createServer(async (request, response) => {
  if (request.url === '/boom/') {
    // As an application's own error handler would.
    const error = new TypeError('price is not a number');
    globalThis.reportError?.(error);
    response.writeHead(500).end();
    return;
  }
  if (request.url === '/log/') log.info({ order_id: 7 }, 'order placed');
  const upstream = request.url === '/chain/' ? await fetch(`${address()}/leaf/`) : undefined;
  response.end(JSON.stringify({ upstream: upstream?.status ?? null }));
});
const address = () => `http://127.0.0.1:${server.address().port}`;

process.on('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await globalThis.flushClient?.();
  // OpenTelemetry's auto instrumentation shuts down on SIGTERM itself, and the
  // process ends when its last export is done.
});
server.listen(0, '127.0.0.1', () => console.log(`app on ${address()}`));
