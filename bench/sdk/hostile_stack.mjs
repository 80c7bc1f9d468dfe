// What an error with a stack of a megabyte costs the page: capturing it, and
// reading, scrubbing and encoding it as the page hides. By construction no more
// than 9,999 characters of it are looked at (js-shim/src/signals/capture.ts,
// and its test), and in the core no more than 64 KiB (stack_parse_test.cc).
//
//   node bench/sdk/hostile_stack.mjs    prints milliseconds in Chromium, medians of 9
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const sdk = join(dirname(fileURLToPath(import.meta.url)), '../../dist/sdk');
const STACKS = {
  'V8 frames': '    at render (https://shop.example/assets/app.js:10:20)\n',
  'frames of Firefox': 'render@https://shop.example/assets/app.js:10:20\n',
  'eval in eval': '    at eval (eval at ',
  brackets: ' (',
  'at signs': '@',
  'one word': 'a',
  'tokens cut short': 'eyJ-',
};

const server = createServer((request, response) => {
  const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
  if (request.method === 'POST') {
    response.writeHead(202).end();
  } else if (name === '') {
    const dsn = `http://${'0'.repeat(32)}@${request.headers.host}/1`;
    response.setHeader('content-type', 'text/html');
    response.end(
      `<!doctype html><h1>Shop</h1><script async src="/pagewake.js" data-dsn="${dsn}" data-debug="true"></script>`,
    );
  } else {
    try {
      const bytes = readFileSync(join(sdk, name));
      const type = name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
      response.writeHead(200, { 'content-type': type }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

/** Milliseconds of both steps, for small and large stacks by turns on one page, so that all code is warm. */
async function costsOf(part) {
  const page = await browser.newPage();
  try {
    const core = page.waitForEvent('console', (message) => message.text().includes('core is here'));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await core;
    return await page.evaluate((part) => {
      const hide = (state) => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        const start = performance.now();
        document.dispatchEvent(new Event('visibilitychange'));
        return performance.now() - start;
      };
      const costOf = (bytes, name) => {
        const error = new Error('hostile');
        // Another kind each time: one that repeats is only counted.
        error.name = name;
        error.stack = part.repeat(bytes / part.length);
        const start = performance.now();
        globalThis.Pagewake.captureException(error);
        const capture_ms = performance.now() - start;
        const hide_ms = hide('hidden');
        hide('visible');
        return { capture_ms, hide_ms };
      };
      for (let i = 0; i < 10; i++) costOf(1_000, `Warm${'x'.repeat(i)}`);
      const costs = { small: [], large: [] };
      for (let i = 0; i < 9; i++) {
        costs.small.push(costOf(1_000, `Small${'x'.repeat(i)}`));
        costs.large.push(costOf(1_000_000, `Large${'x'.repeat(i)}`));
      }
      return costs;
    }, part);
  } finally {
    await page.close();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1].toFixed(1);
console.log('| stack | capture, 1 kB | capture, 1 MB | hide, 1 kB | hide, 1 MB |');
console.log('| --- | ---: | ---: | ---: | ---: |');
for (const [name, part] of Object.entries(STACKS)) {
  const { small, large } = await costsOf(part);
  const cells = ['capture_ms', 'hide_ms'].flatMap((key) =>
    [small, large].map((costs) => median(costs.map((cost) => cost[key]))),
  );
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
await browser.close();
server.close();
