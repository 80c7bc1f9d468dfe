// The query API over made-up data, and the built dashboard with the server's
// Content-Security-Policy: enough to work on the dashboard without a server.
//   npm run mock -w pagewake-dashboard [-- port]     token: pwt_mock

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { makeData } from './mock_data.mjs';

// As static_files.cc of the server has it.
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
export const TOKEN = 'pwt_mock';

const failure = (status, code, message) => ({ status, body: { error: { code, message } } });
const ok = (body, headers = {}) => ({ status: 200, body, headers });

function spanOf(from) {
  const match = /^-(\d+)h$/.exec(from ?? '-24h');
  return match ? Number(match[1]) * 3_600_000 : 24 * 3_600_000;
}

/** One request's answer. `state` lives as long as the server: statuses can be changed. */
export function answer(state, { method, url, body, cookie, csrf }) {
  const { data } = state;
  const { pathname, searchParams: query } = new URL(url, 'http://mock');
  if (pathname === '/api/v1/login') {
    return body?.token === TOKEN
      ? {
          status: 204,
          headers: { 'Set-Cookie': 'pagewake_session=mock; HttpOnly; SameSite=Strict; Path=/' },
        }
      : failure(401, 'bad_token', 'This token is not known.');
  }
  if (!cookie?.includes('pagewake_session=mock')) {
    return failure(401, 'not_logged_in', 'Log in first.');
  }
  if (method !== 'GET' && csrf !== '1') return failure(403, 'csrf', 'X-Pagewake-Csrf is missing.');
  if (pathname === '/api/v1/logout') {
    return { status: 204, headers: { 'Set-Cookie': 'pagewake_session=; Max-Age=0; Path=/' } };
  }
  if (pathname === '/api/v1/me') {
    return ok({ scope: 'admin', name: 'admin', email: null, server_admin: true });
  }
  if (['/api/v1/users', '/api/v1/tokens', '/api/v1/audit'].includes(pathname)) {
    return ok({ items: [], next_cursor: null });
  }
  if (pathname === '/api/v1/retention') {
    return ok(method === 'PUT' ? Object.assign(data.retention, body) : data.retention);
  }
  if (pathname === '/api/v1/projects') {
    if (method === 'GET') return ok({ items: data.projects, next_cursor: null });
    const made = {
      ...data.projects[0],
      id: data.projects.length + 1,
      name: body.name,
      allowed_origins: [],
    };
    data.projects.push(made);
    return { status: 201, body: made };
  }
  const match = /^\/api\/v1\/projects\/(\d+)(\/.*)?$/.exec(pathname);
  const project = match && data.projects.find((p) => p.id === Number(match[1]));
  if (!project) return failure(404, 'unknown_project', 'No project has this number.');
  const rest = match[2] ?? '';
  if (rest === '' && method === 'PATCH') return ok(Object.assign(project, body));
  const empty = project.id !== 1;
  const list = (items) => ok({ items: empty ? [] : items, next_cursor: null });
  switch (rest) {
    case '/overview': {
      const none = empty || query.get('browser') === 'Lynx';
      const whole = data.overview(spanOf(query.get('from')));
      return ok(none ? { ...whole, views: 0, pages: [], series: [], releases: [] } : whole);
    }
    case '/logs':
      return list(data.trace.logs.map((log) => ({ ...log, trace_id: data.trace_id })));
    case '/page-views':
      return list([{ ...data.pageView, event_count: data.pageView.error_count }]);
    case '/pages':
      return ok({
        from: data.at(spanOf(query.get('from'))),
        to: data.at(0),
        items: empty || query.get('browser') === 'Lynx' ? [] : data.pages,
        next_cursor: null,
      });
    case '/page-report':
      return ok(data.pageReport(query.get('page') ?? '/', spanOf(query.get('from'))));
    case '/sourcemaps/releases':
      return list(data.sourceMaps.releases);
    case '/sourcemaps/missing':
      return ok({
        items: empty ? [] : data.sourceMaps.missing,
        examined_events: empty ? 0 : 812,
        resolved_frames: 3120,
        complete: true,
      });
    case '/outcomes':
      return ok(empty ? { items: [], received: 0, stored: 0, dropped: 0 } : data.outcomes);
    case '/inbound-filters':
      return ok(method === 'PUT' ? Object.assign(data.inboundFilters, body) : data.inboundFilters);
    case '/quotas':
      return ok({
        own: method === 'PUT' ? Object.assign(data.quotas.own, body) : data.quotas.own,
        server: data.quotas.server,
        used_today: data.quotas.used_today,
      });
    case '/grouping-rules':
      return ok({ rules: method === 'PUT' ? body.rules : '' });
    case '/grouping-rules/preview':
      return ok(data.groupingPreview);
    case '/alert-rules':
      return list(data.alertRules);
    case '/alert-channels':
      return list(data.alertChannels);
    case '/alert-deliveries':
      return list(data.alertDeliveries);
    case '/issues': {
      const status = query.get('status');
      const text = (query.get('query') ?? '').toLowerCase();
      return list(
        data.issues.filter(
          (i) =>
            (!status || i.status === status) &&
            `${i.title} ${i.culprit}`.toLowerCase().includes(text),
        ),
      );
    }
  }
  const [, kind, id, sub] = /^\/([a-z-]+)\/([^/]+)(?:\/([a-z]+))?$/.exec(rest) ?? [];
  if (kind === 'page-views') {
    if (id === 'broken')
      return failure(503, 'store_failed', 'The store is stopped: the disk is full.');
    if (id === data.page_view_id) return ok(data.pageView);
  }
  if (kind === 'traces' && id === data.trace_id) return ok(data.trace);
  if (kind === 'sessions' && id === data.session_id) return ok(data.session);
  if (kind === 'events') return ok(data.eventOf(id));
  if (kind === 'issues') {
    const issue = data.issues.find((i) => i.issue_id === Number(id));
    if (issue && sub === 'activity') return list(data.activityOf(issue));
    if (issue && sub === 'tags') return list(data.issueTags);
    if (issue && sub === 'related') return ok(data.issueRelated);
    if (issue && sub === 'events') {
      return list(
        data.event_ids.map((event_id, i) => ({
          event_id: i === 0 ? issue.latest_event_id : event_id,
          issue_id: issue.issue_id,
          level: issue.level,
          title: issue.title,
          occurred_at: data.at(600_000 * (i + 1)),
          page: '/product/:id',
          browser: 'Chrome',
          os: 'Android',
          release: '1.4.2',
        })),
      );
    }
    if (issue && method === 'PATCH') {
      const { ignore: _limit, ...change } = body;
      return ok(Object.assign(issue, change));
    }
    if (issue) {
      const suspect = {
        release: '1.4.2',
        reason: 'came back in this release after it was resolved',
      };
      return ok({
        ...issue,
        hours: data.hoursOf(issue),
        suspect_release: { ...suspect, first_seen_at: data.at(86_400_000) },
        parts: [],
      });
    }
  }
  return failure(404, 'not_found', 'Nothing is stored under this id.');
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The page's own HTML, as the server finds it: what stands second in the path is an id. */
function htmlOf(path, dist) {
  const parts = path.split('/').filter(Boolean);
  const file = `pages/${parts.map((part, i) => (i % 2 === 1 ? '_' : part)).join('/')}.html`;
  return existsSync(join(dist, file)) ? file : 'index.html';
}

/** Listens on `port` (0: a free one) of the loopback address; resolves to {port, data, close}. */
export async function startMock({ port = 0, now_unix_ms = Date.now(), dist } = {}) {
  const state = { data: makeData(now_unix_ms) };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const path = new URL(request.url, 'http://mock').pathname;
    if (path.endsWith('/live') && request.method === 'GET' && path.startsWith('/api/')) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('retry: 1000\n\n'); // nothing arrives, and the answer does not end
      return;
    }
    if (path.startsWith('/api/')) {
      const result = answer(state, {
        method: request.method,
        url: request.url,
        body: text ? JSON.parse(text) : null,
        cookie: request.headers.cookie,
        csrf: request.headers['x-pagewake-csrf'],
      });
      response.writeHead(result.status, { 'Content-Type': 'application/json', ...result.headers });
      response.end(result.body === undefined ? '' : JSON.stringify(result.body));
      return;
    }
    if (path === '/self.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end();
      return;
    }
    const file =
      extname(path) === '' ? htmlOf(path, dist) : normalize(path).replace(/^(\.\.[/\\])+/, '');
    try {
      const bytes = await readFile(join(dist, file));
      response.writeHead(200, {
        'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': POLICY,
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return {
    port: server.address().port,
    data: state.data,
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

export const DIST = join(import.meta.dirname, '../../../dist/web/dashboard');

if (process.argv[1] === import.meta.filename) {
  const mock = await startMock({ port: Number(process.argv[2] ?? 8791), dist: DIST });
  console.log(`http://127.0.0.1:${mock.port}/   token: ${TOKEN}`);
}
