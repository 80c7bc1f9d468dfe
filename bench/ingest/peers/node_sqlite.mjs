// What a JavaScript team would write to do the same: node:http, JSON.parse, a
// row a page view with two indexes and its lists as one column, a row an error,
// one transaction for all that came meanwhile, 202 when it is committed.
// Prints its port.
import { createServer } from 'node:http';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const database = new Database(join(process.argv[2], 'peer.db'));
database.pragma('page_size = 8192');
database.pragma('journal_mode = WAL');
database.pragma('synchronous = NORMAL');
database.exec(`
  CREATE TABLE page_views(
    page_view_id TEXT PRIMARY KEY, trace_id TEXT, session_id TEXT, page TEXT, url TEXT, referrer TEXT,
    title TEXT, release TEXT, environment TEXT, started_at INTEGER, duration REAL,
    lcp REAL, inp REAL, cls REAL, fcp REAL, ttfb REAL, device TEXT, connection TEXT, language TEXT,
    browser TEXT, os TEXT, errors INTEGER, attribution TEXT, timing TEXT, resources TEXT, breadcrumbs TEXT,
    spans TEXT) WITHOUT ROWID;
  CREATE INDEX by_trace ON page_views(trace_id);
  CREATE INDEX by_page ON page_views(page, started_at, lcp);
  CREATE TABLE errors(
    event_id TEXT PRIMARY KEY, page_view_id TEXT, type TEXT, value TEXT, at INTEGER, frames TEXT) WITHOUT ROWID;
`);
const addView = database.prepare(
  `INSERT OR IGNORE INTO page_views VALUES (${Array(27).fill('?').join(',')})`,
);
const addError = database.prepare('INSERT OR IGNORE INTO errors VALUES (?,?,?,?,?,?)');

const pageOf = (url) => new URL(url).pathname.replace(/\/\d+/g, '/:id');
const browserOf = (agent) => /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1] ?? '';
const osOf = (agent) => /(Android|Windows|iPhone|Mac OS X|Linux)/.exec(agent)?.[1] ?? '';

let waiting = [];
const commit = database.transaction((group) => {
  for (const { beacon: b, agent } of group) {
    addView.run(
      b.page_view_id,
      b.trace_id,
      b.session_id,
      pageOf(b.url),
      b.url,
      b.referrer,
      b.title,
      b.release,
      b.environment,
      b.started_at,
      b.duration,
      b.lcp,
      b.inp,
      b.cls,
      b.fcp,
      b.ttfb,
      b.device.type,
      b.device.connection,
      b.device.language,
      browserOf(agent),
      osOf(agent),
      b.errors?.length ?? 0,
      JSON.stringify(b.attribution),
      JSON.stringify(b.timing),
      JSON.stringify(b.resources),
      JSON.stringify(b.breadcrumbs),
      JSON.stringify(b.spans),
    ); // prettier-ignore
    for (const e of b.errors ?? []) {
      addError.run(e.event_id, b.page_view_id, e.type, e.value, e.at, JSON.stringify(e.frames));
    }
  }
});
function flush() {
  const group = waiting;
  waiting = [];
  commit(group);
  for (const { response } of group) response.writeHead(202, { 'content-length': 0 }).end();
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    try {
      const beacon = JSON.parse(Buffer.concat(chunks));
      waiting.push({ beacon, agent: request.headers['user-agent'] ?? '', response });
      if (waiting.length === 1) setImmediate(flush);
    } catch {
      response.writeHead(400).end();
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
