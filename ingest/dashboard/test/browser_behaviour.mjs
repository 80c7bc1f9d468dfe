// What only a browser can show: log in and out, Back, the keyboard, filters,
// colours. Runs the built dashboard over the mock API, under the server's
// policy.   npm run test:browser -w pagewake-dashboard
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { DIST, startMock, TOKEN } from './mock_api.mjs';

let mock;
let browser;
let base;
before(async () => {
  mock = await startMock({ dist: DIST });
  base = `http://127.0.0.1:${mock.port}`;
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
});
after(async () => {
  await browser?.close();
  await mock?.close();
});

/** A fresh visitor's page; `problems` collects what must not happen. */
async function open(path, { login = true } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  if (login) await context.request.post(`${base}/api/v1/login`, { data: { token: TOKEN } });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.stack));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) problems.push(message.text());
  });
  await page.goto(base + path);
  return { page, problems, close: () => context.close() };
}

test('sends a stranger to the login page and back to where they wanted to go', async () => {
  const { page, problems, close } = await open('/p/1/issues?status=ignored', { login: false });
  await page.waitForURL('**/login?next=*');
  await page.getByLabel('Access token').waitFor();
  assert.equal(await page.title(), 'Log in · Pagewake');
  await page.getByLabel('Access token').fill('pwt_wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /does not know this token/);
  await page.getByLabel('Access token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/p/1/issues?status=ignored');
  await page.getByRole('link', { name: /Extension context/ }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL('**/login');
  await page.goto(`${base}/p/1/pages`);
  await page.waitForURL('**/login?next=*');
  assert.deepEqual(problems, []);
  await close();
});

test('the caret is where it belongs from the start, before anybody can type', async () => {
  const { page, problems, close } = await open('/login', { login: false });
  // Asked in the same task: no frame goes by between the click and the answer.
  const focused = (text) =>
    page.evaluate(async (label) => {
      const all = [...document.querySelectorAll('button, a')];
      all.find((element) => element.textContent.trim() === label).click();
      await Promise.resolve();
      return {
        focused: document.activeElement.id || document.activeElement.tagName,
        title: document.title,
      };
    }, text);
  await page.getByRole('button', { name: 'Use e-mail and password' }).waitFor();
  assert.deepEqual(await focused('Use e-mail and password'), {
    focused: 'email',
    title: 'Log in · Pagewake',
  });
  assert.equal((await focused('Use an access token')).focused, 'secret');
  await page.getByLabel('Access token').fill(TOKEN);
  await page.keyboard.press('Enter');
  // A page whose code is here already: until it is, the old one stays and keeps the caret.
  for (const name of ['Visits', 'Overview']) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  }
  assert.deepEqual(await focused('Visits'), { focused: 'H1', title: 'Visits · Pagewake' });
  assert.deepEqual(problems, []);
  await close();
});

test('a table wider than its card is a stop of the keyboard, others are none', async () => {
  const { page, problems, close } = await open('/p');
  await page.getByRole('columnheader', { name: 'Name' }).waitFor();
  for (const width of [320, 1600]) {
    await page.setViewportSize({ width, height: 800 });
    const told = (isWide) =>
      page.waitForFunction(
        (expected) => {
          const all = [...document.querySelectorAll('.table-scroll')].map((box) => ({
            isWide: box.scrollWidth > box.clientWidth,
            isStop: box.tabIndex === 0 && box.role === 'region' && box.ariaLabel !== '',
          }));
          return (
            all.length > 0 &&
            all.every(({ isWide, isStop }) => isWide === isStop) &&
            all.some(({ isWide }) => isWide) === expected
          );
        },
        isWide,
        { polling: 'raf' },
      );
    await told(width === 320);
  }
  assert.deepEqual(problems, []);
  await close();
});

test('keeps filters and time range in the URL, and Back takes them back', async () => {
  const { page, problems, close } = await open('/p/1/pages');
  await page.getByRole('link', { name: '/product/:id', exact: true }).click();
  await page.waitForURL('**/p/1/page?page=*');
  await page.getByRole('heading', { level: 1, name: '/product/:id' }).waitFor();
  assert.equal(await page.title(), '/product/:id · Pagewake');
  await page.getByRole('button', { name: '7d' }).click();
  await page.waitForURL('**from=-168h*');
  await page.getByRole('button', { name: 'mobile', exact: true }).click();
  await page.waitForURL('**device=mobile*');
  await page.getByRole('button', { name: 'Remove the filter device mobile' }).waitFor();
  await page.goBack();
  await page
    .getByRole('button', { name: 'Remove the filter device mobile' })
    .waitFor({ state: 'detached' });
  assert.match(page.url(), /from=-168h/);
  await page.goBack();
  assert.doesNotMatch(page.url(), /from=/);
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test('adds a filter by keyboard alone', async () => {
  const { page, problems, close } = await open('/p/1/pages');
  const add = page.getByRole('button', { name: 'Add filter' });
  await add.focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('is', { exact: true }).focus();
  await page.keyboard.type('Lynx');
  await page.getByRole('combobox', { name: 'Filter' }).selectOption('browser');
  await page.getByLabel('is', { exact: true }).fill('Lynx');
  await page.keyboard.press('Enter');
  await page.waitForURL('**browser=Lynx*');
  await page.getByRole('heading', { name: 'No page views match' }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test('moves through the waterfall with the arrow keys and opens details', async () => {
  const { page, problems, close } = await open(`/p/1/page-views/${mock.data.page_view_id}`);
  const rows = page.locator('[data-row]');
  await page
    .getByRole('button', { name: /SELECT … FROM shop_review/ })
    .first()
    .waitFor();
  assert.ok((await rows.count()) >= 60);
  await rows.first().focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const details = page.getByRole('complementary', { name: /Details/ });
  await details.locator('.sql').getByText('lower(r.body) LIKE').waitFor();
  assert.match(page.url(), /row=span/);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /row=/);
  assert.deepEqual(problems, []);
  await close();
});

test('closes and opens a part of the trace with Left and Right', async () => {
  const { page, problems, close } = await open(`/p/1/traces/${mock.data.trace_id}`);
  const server = page.getByRole('button', { name: /^GET product/ });
  const query = page.getByRole('button', { name: /^SELECT … FROM shop_review/ });
  await query.waitFor();
  await server.focus();
  await page.keyboard.press('ArrowLeft');
  await query.waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowRight');
  await query.waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test('resolves an issue, and it leaves the list', async () => {
  const { page, problems, close } = await open('/p/1/issues');
  await page.getByRole('link', { name: /SecurityError/ }).click();
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  await page.getByRole('button', { name: 'Unresolve' }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: /TypeError/ }).waitFor();
  assert.equal(await page.getByRole('link', { name: /SecurityError/ }).count(), 0);
  await page.getByRole('button', { name: 'Resolved', exact: true }).click();
  await page.getByRole('link', { name: /SecurityError/ }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test('remembers the chosen colours', async () => {
  const { page, problems, close } = await open('/p/1/pages');
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.getByRole('button', { name: /^System colours/ }).click();
  const light = await ground();
  await page.getByRole('button', { name: /^light colours/ }).click();
  const dark = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  await page.getByRole('button', { name: /^dark colours/ }).waitFor();
  assert.equal(await ground(), dark);
  assert.deepEqual(problems, []);
  await close();
});

test('shows what the server said when it failed', async () => {
  const { page, close } = await open('/p/1/page-views/broken');
  await page.getByText('The store is stopped: the disk is full.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 1);
  await close();
});

test('asks for the answers while the code of the page is still on the way', async () => {
  const { page, close } = await open('/login', { login: false });
  await page.context().request.post(`${base}/api/v1/login`, { data: { token: TOKEN } });
  const order = [];
  page.on('request', (request) => order.push(new URL(request.url()).pathname));
  let letThrough = () => {};
  const held = new Promise((done) => {
    letThrough = done;
  });
  await page.route('**/assets/overview-*.js', async (route) => {
    await held;
    await route.continue();
  });
  const answered = page.waitForResponse('**/api/v1/projects/1/overview?*');
  await page.goto(`${base}/p/1/overview`, { waitUntil: 'commit' });
  await answered;
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 0);
  letThrough();
  await page.getByRole('table', { name: /^Pages, worst first/ }).waitFor();
  // Each was asked once: the page took the answers that were there.
  for (const path of ['/api/v1/projects', '/api/v1/projects/1/overview']) {
    assert.equal(order.filter((asked) => asked === path).length, 1, path);
  }
  await close();
});

test('a page whose code is gone, as after an upgrade, comes all the same', async () => {
  const { page, close } = await open('/p/1/pages');
  await page.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
  let refused = 0;
  await page.route('**/assets/outcomes-*.js', (route) => {
    refused += 1;
    return refused === 1 ? route.abort() : route.continue();
  });
  await page.reload();
  await page.getByRole('link', { name: 'Outcomes', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Outcomes' }).waitFor();
  assert.equal(refused > 1, true);
  await close();
});
