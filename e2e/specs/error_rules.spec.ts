// What a site says about its errors, in a real browser: rules that are functions
// and expressions, scopes, and errors that repeat over a whole session.
import type { Page } from '@playwright/test';
import { expect, SETTLED, test, type VitalsSite } from '../beside_web_vitals.ts';
import { type Api, type Json, openWithCore } from '../fixtures.ts';

interface Visit {
  path: string;
  script: string;
  /** Error events that the script leads to. */
  errors: number;
  /** Of all it reports, what is kept. */
  kept: number;
}

/** Loads the page, runs the script in it, leaves, and gives the page view. */
async function visit(
  page: Page,
  site: VitalsSite,
  api: Api,
  { path, script, errors, kept }: Visit,
) {
  await openWithCore(page, site.url + path);
  await page.evaluate(
    `globalThis.errors = 0; addEventListener('error', () => globalThis.errors++)`,
  );
  await page.addScriptTag({ content: script });
  await page.waitForFunction(`globalThis.errors === ${errors}`);
  await page.evaluate(SETTLED);
  const id = await page.evaluate(`Pagewake.lastEventId()`);
  await page.goto('about:blank');
  // Where the machine is slow, errors go ahead of the rest, and may be overtaken by it.
  const view = await api.newestPageView(path, (v) => v.final && v.events.length >= kept);
  const events: Json[] = await Promise.all(
    view.events.map((e: Json) => api.get(`events/${e.event_id}`)),
  );
  return { view, events, id };
}

const values = (events: Json[]) => events.map((e) => e.exceptions[0]?.value ?? e.message);
const throwing = (message: string) => `setTimeout(() => { throw new Error('${message}') });`;

for (const [i, { name, init, script, kept, dropped }] of [
  {
    name: 'ignoreErrors by text and by expression',
    init: `{ ignoreErrors: ['out of stock', /^Error: timeout \\d+$/] }`,
    script: `${throwing('out of stock')} ${throwing('timeout 30')} ${throwing('real')}`,
    kept: ['real'],
    dropped: 2,
  },
  {
    name: 'allowUrls: scripts of nobody else',
    init: `{ allowUrls: [/\\/own\\.js$/, location.origin + '/own'] }`,
    script: `for (const src of ['/own.js', '/foreign.js']) document.body.append(Object.assign(document.createElement('script'), { src }));`,
    kept: ['from own'],
    dropped: 1,
  },
  {
    name: 'denyUrls: not these scripts',
    init: `{ denyUrls: ['/foreign.js'] }`,
    script: `for (const src of ['/own.js', '/foreign.js']) document.body.append(Object.assign(document.createElement('script'), { src }));`,
    kept: ['from own'],
    dropped: 1,
  },
  {
    name: 'beforeSend changes one and leaves one out',
    init: `{ beforeSend(event) {
      if (event.exceptions[0].value === 'no') return null;
      event.exceptions[0].value = event.exceptions[0].value.toUpperCase();
      event.tags.team = 'cart';
      return event;
    } }`,
    script: `${throwing('no')} ${throwing('yes')}`,
    kept: ['YES'],
    dropped: 1,
  },
  {
    name: 'a beforeSend that throws leaves out, and harms nobody',
    init: `{ beforeSend() { throw new Error('in beforeSend'); } }`,
    script: throwing('any'),
    kept: [],
    dropped: 1,
  },
  {
    name: 'known noise is counted, not kept',
    init: '{}',
    script: `dispatchEvent(new ErrorEvent('error', { message: 'Script error.' }));
      dispatchEvent(new ErrorEvent('error', { message: 'ResizeObserver loop completed with undelivered notifications.' }));
      const error = new Error('in an extension');
      error.stack = 'Error: in an extension\\n    at f (chrome-extension://abc/content.js:1:2)';
      dispatchEvent(new ErrorEvent('error', { message: error.message, error }));
      ${throwing('real')}`,
    kept: ['real'],
    dropped: 3,
  },
].entries()) {
  test(name, async ({ page, site, api }) => {
    const path = `/rules/case-${String.fromCharCode(97 + i)}`;
    site.pages[path] = { html: '<h1>Shop</h1>', init };
    for (const file of ['own', 'foreign']) {
      site.scripts[`/${file}.js`] = throwing(`from ${file}`);
    }
    const uncaught: string[] = [];
    page.on('pageerror', (error) => uncaught.push(error.message));
    const { view, events } = await visit(page, site, api, {
      path,
      script,
      errors: kept.length + dropped,
      kept: kept.length,
    });
    expect(values(events)).toEqual(kept);
    expect(view.sdk_cost.dropped).toBe(dropped);
    expect(uncaught).not.toContain('in beforeSend');
    if (init.includes('team')) expect(events[0].tags.team).toBe('cart');
  });
}

test('scopes: tags, contexts, level, fingerprint and user, inside and out', async ({
  page,
  site,
  api,
}) => {
  site.pages['/rules/scopes'] = { html: '<h1>Shop</h1>', init: '{}' };
  const { view, events, id } = await visit(page, site, api, {
    path: '/rules/scopes',
    errors: 0,
    kept: 2,
    script: `Pagewake.setUser({ id: 'u-7', email: 'jo@example.com' });
     Pagewake.setTag('plan', 'pro');
     Pagewake.setContext('cart', { items: 3 });
     Pagewake.withScope((scope) => {
       scope.setTag('step', 'pay');
       scope.setTags({ try: 2 });
       scope.setContext('order', { total: 9.5 });
       scope.setLevel('fatal');
       scope.setFingerprint(['checkout']);
       Pagewake.captureException(new Error('inside'));
     });
     Pagewake.captureException(new Error('outside'), { tags: { step: 'after' }, level: 'warning' });`,
  });
  const [inside, outside] = events.sort((a, b) => (values([a]) < values([b]) ? -1 : 1));
  expect(values([inside, outside])).toEqual(['inside', 'outside']);
  expect(inside.tags).toMatchObject({
    plan: 'pro',
    step: 'pay',
    try: '2',
    'cart.items': '3',
    'order.total': '9.5',
  });
  expect(inside.level).toBe('fatal');
  expect(inside.fingerprint).toEqual(['checkout']);
  expect(outside.tags).toMatchObject({ plan: 'pro', step: 'after', 'cart.items': '3' });
  expect(outside.tags).not.toHaveProperty('try');
  expect(outside.level).toBe('warning');
  expect(outside.event_id).toBe(id);
  expect(view.user_id).toBe('u-7');
  expect(view.tags.plan).toBe('pro');
  expect(JSON.stringify([view, events])).not.toContain('jo@example.com');
});

for (const storage of ['session', 'none']) {
  test(`the same error over a session, storage '${storage}': a few are kept, all are counted`, async ({
    page,
    site,
    api,
  }) => {
    // Not the same text, and not the same line: the same kind.
    const script = `function save(n) {
        throw new Error('order ' + n + ' not saved'); }
      for (let n = 0; n < 4; n++) setTimeout(() => save(n));`;
    for (const [i, kept] of (storage === 'session' ? [4, 1, 0] : [4, 4, 4]).entries()) {
      const path = `/rules/${storage}-${'abc'[i]}`;
      site.pages[path] = { html: '<h1>Shop</h1>', init: `{ storage: '${storage}' }` };
      const { view, events } = await visit(page, site, api, { path, script, errors: 4, kept });
      expect(view.error_count).toBe(4);
      expect(events).toHaveLength(kept);
    }
    const stored = await page
      .goto(`${site.url}/rules/${storage}-a`)
      .then(() => page.evaluate(`sessionStorage.getItem('pagewake.errors') ?? ''`));
    expect(stored).toMatch(storage === 'session' ? /^(-?\d+;)\1{4}$/ : /^$/);
  });
}
