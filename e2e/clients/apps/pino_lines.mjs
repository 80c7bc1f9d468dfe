// Two lines as pino writes them.
import pino from 'pino';

const log = pino({ name: 'shop' }).child({ traceId: process.env.TRACE_ID });
log.info({ order_id: 7 }, 'order placed');
log.error(new TypeError('price is not a number'), 'checkout failed');
