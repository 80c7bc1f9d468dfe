// Every answer of the way out, for comparing two servers' stores: the routes are
// those of the API's own description, their ids are found in its lists.
import assert from 'node:assert/strict';

// A stream; about the asker; the routes themselves.
const LEFT_OUT = ['/api/v1/projects/{project}/live', '/api/v1/me', '/api/openapi.json'];
// Of the moment of asking, changed by a running server's own work, or words.
const UNSTEADY = new Set([
  'burn_rates',
  'state',
  'attempts',
  'next_attempt_at',
  'last_error',
  'findings',
  'explanation',
  'used_today',  // counted since the start
]);
const UNSTEADY_OF = {
  slos: new Set(['views', 'good_views', 'examined', 'attained', 'budget_left']),
};

const steady = (json, more = new Set()) => {
  if (Array.isArray(json)) return json.map((one) => steady(one, more));
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(
    Object.entries(json)
      .filter(([name]) => !UNSTEADY.has(name) && !more.has(name))
      .map(([name, one]) => [name, steady(one, more)]),
  );
};

export async function get(server, path) {
  const response = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${server.adminToken}` },
  });
  const text = await response.text();
  assert.equal(response.status, 200, `GET ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

export async function send(server, method, path, body) {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${server.adminToken}` },
    body: body instanceof FormData || body === undefined ? body : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** All items of a list, page after page. */
export async function all(server, path) {
  const items = [];
  let cursor = '';
  do {
    const join = path.includes('?') ? '&' : '?';
    const answer = await get(server, `${path}${join}limit=1000${cursor && `&cursor=${cursor}`}`);
    items.push(...answer.items);
    cursor = answer.next_cursor ? encodeURIComponent(answer.next_cursor) : '';
  } while (cursor);
  return items;
}

/**
 * Path and query to answer, of every GET there is, for all projects and all that
 * their lists name. `from` and `to` (RFC 3339) go wherever a route takes them.
 */
export async function everyAnswer(server, { from, to }) {
  const answers = {};
  const { paths } = await get(server, '/api/openapi.json');
  for (const project of (await get(server, '/api/v1/projects')).items) {
    const list = (name) => all(server, `/api/v1/projects/${project.id}/${name}?from=${from}&to=${to}`);
    const unique = (values) => [...new Set(values.filter(Boolean))].sort();
    const views = await list('page-views');
    const events = await list('events');
    const logs = await list('logs');
    const ids = {
      '{project}': [project.id],
      '{page_view_id}': unique(views.map((one) => one.page_view_id)),
      '{session_id}': unique(views.map((one) => one.session_id)),
      '{trace_id}': unique([...views, ...events, ...logs].map((one) => one.trace_id)),
      '{event_id}': unique(events.map((one) => one.event_id)),
      '{issue_id}': unique((await all(server, `/api/v1/projects/${project.id}/issues`)).map((one) => one.issue_id)),
    };
    const releases = unique(views.map((one) => one.release));
    for (const [path, { get: route }] of Object.entries(paths)) {
      if (!route || LEFT_OUT.includes(path)) continue;
      const takes = (route.parameters ?? []).map((one) => one.name ?? one.$ref.split('/').at(-1));
      let queries = [takes.includes('from') ? `?from=${from}&to=${to}` : '?'];
      if (takes.includes('limit')) queries = queries.map((query) => `${query}&limit=1000`);
      if (path.endsWith('/page-report')) {
        queries = unique(views.map((one) => one.page)).map((page) => `${queries[0]}&page=${encodeURIComponent(page)}`);
      }
      if (takes.includes('base')) {
        queries = releases.slice(1).map((release) => `${queries[0]}&release=${encodeURIComponent(release)}&base=${encodeURIComponent(releases[0])}`);
      }
      let filled = [path];
      for (const name of path.match(/\{\w+\}/g) ?? []) {
        assert.ok(ids[name], `${path}: no test knows what ${name} is`);
        filled = filled.flatMap((one) => ids[name].map((id) => one.replace(name, id)));
      }
      const more = UNSTEADY_OF[path.split('/').at(-1)];
      for (const one of filled) {
        for (const query of queries) {
          const asked = `${one}${query}`.replace('?&', '?').replace(/\?$/, '');
          answers[asked] = steady(await get(server, asked), more);
        }
      }
    }
  }
  return answers;
}

/**
 * Whether `actual` says all that `expected` says: objects may have learnt new
 * fields since, lists are as long as they were.
 */
export function assertStillSays(actual, expected, path = '') {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path}: no list`);
    assert.equal(actual.length, expected.length, `${path}: items`);
    for (const [i, one] of expected.entries()) assertStillSays(actual[i], one, `${path}[${i}]`);
  } else if (expected !== null && typeof expected === 'object') {
    assert.ok(actual !== null && typeof actual === 'object', `${path}: ${actual}`);
    for (const [name, one] of Object.entries(expected)) assertStillSays(actual[name], one, `${path}.${name}`);
  } else if (typeof expected === 'number') {
    // Sums in another order.
    assert.ok(Math.abs(actual - expected) <= Math.abs(expected) * 1e-9, `${path}: ${actual}, was ${expected}`);
  } else {
    assert.equal(actual, expected, path);
  }
}
