// Other tracers on the same page: one traceparent a request, one span of ours,
// and what they add stays.
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../demo-site/processes.mjs';
import { expect, SETTLED, test } from '../beside_web_vitals.ts';
import { type Json, leave, openWithCore } from '../fixtures.ts';

const OPENTELEMETRY = `
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { XMLHttpRequestInstrumentation } from '@opentelemetry/instrumentation-xml-http-request';
new WebTracerProvider().register();
registerInstrumentations({ instrumentations: [new FetchInstrumentation(), new XMLHttpRequestInstrumentation()] });
`;
const SENTRY = `
import * as Sentry from '@sentry/browser';
Sentry.init({
  dsn: 'http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1',
  integrations: [Sentry.browserTracingIntegration()],
  tracesSampleRate: 1,
  propagateTraceparent: true,
  tracePropagationTargets: [/\\/api\\/(fetch|request|xhr)/],
});
`;

async function bundle(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(root, 'e2e') },
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

const cases = [
  { name: 'OpenTelemetry, before us', source: OPENTELEMETRY, isFirst: true },
  { name: 'OpenTelemetry, after us', source: OPENTELEMETRY, isFirst: false },
  { name: 'Sentry, before us', source: SENTRY, isFirst: true },
  { name: 'Sentry, after us', source: SENTRY, isFirst: false },
  { name: 'our own SDK once more', source: '', isFirst: false },
];

for (const [i, { name, source, isFirst }] of cases.entries()) {
  test(`${name}: one traceparent, one span`, async ({ page, site, api, pagewake }) => {
    const path = `/tracers/${'abcdef'[i]}`;
    site.scripts['/other.js'] = source ? await bundle(source) : '';
    // A script in the head runs before ours, which is async.
    site.pages[path] = {
      html: '<h1>Shop</h1>',
      ...(isFirst && { head: '<script src="/other.js"></script>' }),
    };
    await openWithCore(page, site.url + path);
    if (!isFirst) {
      await page.addScriptTag({
        url: source ? '/other.js' : `${pagewake.url}/pagewake.js?again`,
      });
    }
    await page.evaluate(async () => {
      await fetch('/api/fetch', { headers: { tracestate: 'vendor=1', baggage: 'cart=7' } });
      await fetch(new Request('/api/request', { headers: { baggage: 'cart=7' } }));
      await new Promise((done) => {
        const xhr = new XMLHttpRequest();
        xhr.open('GET', '/api/xhr');
        xhr.setRequestHeader('tracestate', 'vendor=1');
        xhr.onloadend = done;
        xhr.send();
      });
    });
    await page.evaluate(SETTLED);
    await leave(page);
    for (const call of ['/api/fetch', '/api/request', '/api/xhr']) {
      const [made, ...more] = site.calls.filter((c) => c.path === call);
      expect(more, call).toEqual([]);
      expect(made?.headers.traceparent, call).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-\d\d$/);
      if (call !== '/api/request') expect(made?.headers.tracestate, call).toBe('vendor=1');
      if (call !== '/api/xhr') expect(made?.headers.baggage, call).toContain('cart=7');
    }
    const view = await api.newestPageView(path, (v) => v.final);
    const requests = view.spans.filter((s: Json) => s.op === 'http.client');
    expect(requests.map((s: Json) => s.name).filter((n: string) => n.includes('/api/'))).toEqual([
      'GET /api/fetch',
      'GET /api/request',
      'GET /api/xhr',
    ]);
  });
}
