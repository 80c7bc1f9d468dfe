// A stranger's text is text: markup and javascript: URLs in every field of every
// protocol, then every page of the dashboard, with its links. Nothing runs, and
// the content security policy has nothing to stop.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, type Json, test } from '../fixtures.ts';
import { logIn, whole } from '../visited_shop.ts';

// A server of its own: every record there is a stranger's.
test.use({ server: 'stored_xss' });

const markup =
  '"\'><img src=x onerror=window.ran=1><svg onload=window.ran=1></title><script>window.ran=1</script>{{7*7}}';
const link = 'javascript:window.ran=1//';

const cases = new URL('../../tests/cases/', import.meta.url);
const bytes = (name: string) => readFileSync(new URL(name, cases));
const text = (name: string) =>
  (name.endsWith('.gz') ? gunzipSync(bytes(name)) : bytes(name)).toString('utf8');

type Poison = (value: string) => string;
const appended: Poison = (value) => value + markup;
const replaced: Poison = (value) => (/^https?:/.test(value) ? link + value : `${link}${markup}`);

// Ids, numbers, times and words of a protocol stay: the rest is a stranger's.
const structural = /^$|^[0-9a-f]{16,}$|^[\d.+-]+$|^\d{4}-\d\d-\d\dT/i;
const keptKeys = new Set(['type', 'level', 'platform', 'kind', 'key']);
const keptOf = (key: string, parent: Json) =>
  keptKeys.has(key) && !(key === 'type' && ('value' in parent || 'category' in parent));

function poisoned(value: Json, poison: Poison): Json {
  if (typeof value === 'string') return structural.test(value) ? value : poison(value);
  if (Array.isArray(value)) return value.map((item) => poisoned(item, poison));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      keptOf(key, value) ? item : poisoned(item, poison),
    ]),
  );
}

/** The same record under other ids, so that both variants are kept. */
const renamed = (body: string) =>
  body.replace(/"([0-9a-f]{16,})"/g, (_, id: string) => `"f${id.slice(1)}"`);

const lines = (body: string, change: (line: Json, index: number) => Json) =>
  body
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => JSON.stringify(change(JSON.parse(line), index)))
    .join('\n');

const ways: { path: string; type: string; body: (poison: Poison) => string }[] = [
  ...['errors', 'spa', 'bfcache'].map((name) => ({
    path: '/api/1/beacon/',
    type: 'text/plain',
    body: (poison: Poison) =>
      JSON.stringify(
        JSON.parse(text(`signals/${name}.json`)).map(([kind, ...rest]: Json[]) =>
          // The browser says these two: a page's script cannot choose them.
          kind === 'log' || kind === 'nav' ? [kind, ...rest] : [kind, ...poisoned(rest, poison)],
        ),
      ),
  })),
  ...[
    'web-event-unhandled.envelope',
    'node-event-unhandled.envelope',
    'node-logs.envelope',
    'link-django-transaction.gz',
  ].map((name) => ({
    path: '/api/1/envelope/',
    type: 'application/x-sentry-envelope',
    body: (poison: Poison) =>
      lines(text(`clients/bodies/${name}`), (line, index) => {
        if (index % 2 === 1)
          return {
            type: line.type,
            item_count: line.item_count,
            content_type: line.content_type,
          };
        return index === 0 ? line : poisoned(line, poison);
      }),
  })),
  {
    path: '/api/1/store/',
    type: 'application/json',
    body: (poison) =>
      JSON.stringify(
        poisoned(JSON.parse(text('clients/bodies/py-store-unhandled-pii.gz')), poison),
      ),
  },
  ...['otel-json-traces', 'web-otel-json-traces', 'otel-json-logs'].map((name) => ({
    path: name.endsWith('logs') ? '/v1/logs' : '/v1/traces',
    type: 'application/json',
    body: (poison: Poison) =>
      JSON.stringify(poisoned(JSON.parse(text(`clients/bodies/${name}.json`)), poison)),
  })),
  {
    path: '/api/1/logs/',
    type: 'application/x-ndjson',
    body: (poison) =>
      lines(text('clients/bodies/django-structlog.jsonl'), (line) => poisoned(line, poison)),
  },
];

test('nothing that was sent runs in the dashboard', async ({ page, pagewake, api }) => {
  test.setTimeout(180_000);
  const authorization = `Bearer ${pagewake.adminToken}`;
  for (const [variant, poison] of [appended, replaced].entries()) {
    for (const way of ways) {
      const body = way.body(poison);
      const answer = await fetch(`${pagewake.url}${way.path}?key=${pagewake.publicKey}`, {
        method: 'POST',
        headers: { 'content-type': way.type },
        body: variant === 0 ? body : renamed(body),
      });
      expect(answer.ok, `${way.path}: ${answer.status} ${await answer.text()}`).toBe(true);
    }
  }
  const named = await fetch(`${pagewake.url}/api/v1/projects/1`, {
    method: 'PATCH',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ name: markup.slice(0, 100) }),
  });
  expect(named.status).toBe(200);

  const items = async (path: string, query: Record<string, string> = {}): Promise<Json[]> =>
    (await api.get(path, { limit: '50', ...query })).items;
  const views = await items('page-views');
  const events = await items('events');
  const issues = await items('issues');
  const pages = await items('pages', { from: '2020-01-01T00:00:00Z' });
  for (const [what, list] of Object.entries({ views, events, issues, pages })) {
    expect(list.length, what).toBeGreaterThan(1);
  }
  const wide = 'from=2020-01-01T00:00:00Z';
  const traces = new Set([...views, ...events].map((r) => r.trace_id).filter(Boolean));
  const paths = [
    '/p',
    `/p/1/pages?${wide}`,
    ...pages.slice(0, 4).map((p) => `/p/1/page?page=${encodeURIComponent(p.page)}&${wide}`),
    ...views.slice(0, 4).map((v) => `/p/1/page-views/${v.page_view_id}`),
    ...views.slice(0, 2).map((v) => `/p/1/sessions/${v.session_id}`),
    `/p/1/issues?${wide}`,
    `/p/1/issues?query=${encodeURIComponent(markup)}`,
    ...issues.slice(0, 6).map((i) => `/p/1/issues/${i.issue_id}`),
    ...events.slice(0, 8).map((e) => `/p/1/events/${e.event_id}`),
    ...[...traces].slice(0, 6).map((id) => `/p/1/traces/${id}`),
    '/p/1/outcomes',
    '/p/1/settings',
    '/accounts',
    `/${encodeURIComponent(markup)}`,
    `/login?next=${encodeURIComponent(link)}`,
  ];

  const asked = new Set<string>();
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  page.on('dialog', () => asked.add('a dialog'));
  const violations: string[] = [];
  await page.exposeFunction('tellViolation', (v: string) => violations.push(v));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      (window as Json).tellViolation(
        `${event.violatedDirective} ${event.blockedURI} ${event.sample}`,
      ),
    );
  });
  await logIn(page, pagewake);

  let shown = 0;
  for (const path of paths) {
    const response = await page.goto(`${pagewake.url}${path}`);
    await whole(page);
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy, path).toContain(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'",
    );
    expect(policy.replace("'wasm-unsafe-eval'", ''), path).not.toContain('unsafe');
    // What hides behind a row or a tab is opened too.
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    // Some make their content when they are opened.
    await page.waitForFunction(() =>
      [...document.querySelectorAll('details')].every((details) => details.children.length > 1),
    );
    const found = await page.evaluate(() => ({
      ran: (window as Json).ran,
      links: [...document.querySelectorAll('a,area,iframe,form,object')]
        .flatMap((e) => ['href', 'src', 'action', 'data'].map((name) => e.getAttribute(name) ?? ''))
        .filter((url) => /^\s*(javascript|data|vbscript):/i.test(url)),
      strangers: document.querySelectorAll('img[src="x"],svg[onload],script:not([src])').length,
      text: document.body.innerText,
    }));
    expect(found, path).toMatchObject({ links: [], strangers: 0 });
    expect(found.ran, path).toBeUndefined();
    if (/onerror=window\.ran|javascript:window/.test(found.text)) shown += 1;
  }
  // The payloads were there to see, as text: without them this shows nothing.
  expect(shown).toBeGreaterThan(paths.length / 2);
  expect(violations).toEqual([]);
  expect([...asked]).toEqual([pagewake.url]);
});
