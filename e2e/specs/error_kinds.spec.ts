// Every kind of error a page can have, on pages of the test's own.
import { expect, SETTLED, test } from '../beside_web_vitals.ts';
import { type Json, leave, openWithCore } from '../fixtures.ts';

interface Case {
  name: string;
  html?: string;
  headers?: (sdk: string) => Record<string, string>;
  /** Its mechanism, where other events come along. */
  mechanism?: string;
  /** Runs in the page once the SDK is whole. */
  script?: string;
  /** The page's own sign that it happened, where it takes its time. */
  happened?: string;
  is: (event: Json) => void;
}

const uncaught = (expression: string) => `setTimeout(() => { ${expression} })`;
const types = (event: Json) => event.exceptions.map((e: Json) => e.type);
const values = (event: Json) => event.exceptions.map((e: Json) => e.value);

const cases: Case[] = [
  {
    name: 'a text is thrown',
    script: uncaught(`throw 'out of stock'`),
    is: (e) => expect(values(e)).toEqual(['out of stock']),
  },
  {
    name: 'an object is thrown: its keys, not its values',
    script: uncaught(`throw { code: 42, password: 'hunter2' }`),
    is: (e) => {
      expect(values(e)).toEqual(['{code,password}']);
      expect(JSON.stringify(e)).not.toContain('hunter2');
    },
  },
  {
    name: 'nothing is rejected with',
    script: `Promise.reject(undefined)`,
    is: (e) => expect(e.exceptions[0].mechanism.type).toBe('onunhandledrejection'),
  },
  {
    name: 'a DOMException',
    script: uncaught(`document.querySelector('!!')`),
    is: (e) => {
      expect(types(e)).toEqual(['SyntaxError']);
      expect(e.exceptions[0].frames.length).toBeGreaterThan(0);
    },
  },
  {
    name: 'an AggregateError holds what failed',
    script: `Promise.any([Promise.reject(new TypeError('a')), Promise.reject(new RangeError('b'))])`,
    is: (e) => expect(types(e)).toEqual(['AggregateError', 'TypeError', 'RangeError']),
  },
  {
    name: 'a chain of causes',
    script: uncaught(
      `throw new Error('page', { cause: new TypeError('model', { cause: new RangeError('row') }) })`,
    ),
    is: (e) => {
      expect(types(e)).toEqual(['Error', 'TypeError', 'RangeError']);
      expect(values(e)).toEqual(['page', 'model', 'row']);
    },
  },
  {
    name: 'a cause that is its own cause ends',
    script: uncaught(`const e = new Error('round'); e.cause = e; throw e`),
    is: (e) => expect(values(e)).toEqual(['round']),
  },
  {
    name: 'inside eval: the place that called it',
    script: `function evaluate() { eval('throw new Error("inside eval")') } ${uncaught('evaluate()')}`,
    is: (e) => {
      const functions = e.exceptions[0].frames.map((f: Json) => f.function);
      expect(functions).toContain('evaluate');
    },
  },
  {
    name: 'through native code',
    script: `function each() { throw new Error('in a list') } ${uncaught('[1].map(each)')}`,
    is: (e) => {
      const native = e.exceptions[0].frames.find((f: Json) => f.function === 'Array.map');
      expect(native.in_app).toBe(false);
    },
  },
  {
    name: 'across await',
    script: `async function inner() { await null; throw new Error('later') }
      async function outer() { await inner() } outer()`,
    is: (e) =>
      expect(e.exceptions[0].frames.map((f: Json) => f.function)).toEqual(['inner', 'outer']),
  },
  {
    name: 'inside WebAssembly',
    // (module (func (export "trap") unreachable))
    script: `WebAssembly.instantiate(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,8,1,4,116,114,97,112,0,0,10,5,1,3,0,0,11]))
      .then(({ instance }) => instance.exports.trap())`,
    is: (e) => {
      expect(types(e)).toEqual(['RuntimeError']);
      expect(e.exceptions[0].frames[0].column).toBeGreaterThan(0);
    },
  },
  {
    name: 'a picture that does not load, before the SDK is whole',
    // From when the early part is there.
    html: `<script>(function wait() {
      if (!globalThis.Pagewake) return setTimeout(wait);
      const onerror = () => { globalThis.failed = true };
      document.body.append(Object.assign(new Image(), { src: '/missing-300.png', onerror }));
    })()</script>`,
    happened: 'globalThis.failed',
    is: (e) => {
      expect(e.level).toBe('warning');
      expect(e.message).toMatch(/^<img> did not load: http.*\/missing-300\.png$/);
    },
  },
  {
    name: 'a script that does not load',
    script: `document.body.append(Object.assign(document.createElement('script'), { src: '/missing.js' }))`,
    is: (e) => expect(e.message).toMatch(/^<script> did not load: .*\/missing\.js$/),
  },
  {
    name: 'the content security policy forbids a picture',
    headers: (sdk) => ({
      'content-security-policy': `img-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' ${sdk}`,
    }),
    html: '<img src="/picture-0-10x10.svg">',
    mechanism: 'csp',
    is: (e) => {
      expect(types(e)).toEqual(['SecurityPolicyViolation']);
      expect(values(e)[0]).toMatch(/^img-src blocked http/);
      expect(e.exceptions[0].mechanism.type).toBe('csp');
      expect(e.level).toBe('warning');
    },
  },
  {
    name: 'the browser intervenes',
    script: `addEventListener('touchstart', (event) => event.preventDefault(), { passive: true });
      const request = new XMLHttpRequest(); request.open('GET', '/missing', false); request.send()`,
    is: (e) => expect(e.message).toMatch(/^(deprecation|intervention): /),
  },
];

for (const [i, c] of cases.entries()) {
  test(c.name, async ({ page, site, api, pagewake }) => {
    const path = `/error-kind/case-${String.fromCharCode(97 + i)}`;
    site.pages[path] = {
      html: c.html ?? '<h1>Shop</h1>',
      headers: c.headers?.(pagewake.url) ?? {},
    };
    await openWithCore(page, site.url + path);
    if (c.happened) await page.waitForFunction(c.happened);
    await page.evaluate(SETTLED);
    if (c.script) {
      await page.evaluate((text) => {
        const tell = () => Object.assign(globalThis, { happened: true });
        // Capturing: errors of elements do not bubble.
        for (const type of ['error', 'unhandledrejection']) addEventListener(type, tell, true);
        new ReportingObserver(tell, { types: ['deprecation', 'intervention'] }).observe();
        const script = document.createElement('script');
        script.textContent = text;
        document.body.append(script);
      }, c.script);
      await page.waitForFunction('globalThis.happened');
      await page.evaluate(SETTLED);
    }
    await leave(page);
    const view = await api.newestPageView(path, (v) => v.final && v.events.length > 0);
    const events: Json[] = await Promise.all(
      view.events.map((e: Json) => api.get(`events/${e.event_id}`)),
    );
    const these = events.filter(
      (e) => !c.mechanism || e.exceptions[0]?.mechanism.type === c.mechanism,
    );
    expect(these).toHaveLength(1);
    c.is(these[0]);
  });
}
