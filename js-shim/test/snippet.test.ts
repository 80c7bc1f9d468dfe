import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const html = readFileSync(join(import.meta.dirname, '../snippet.html'), 'utf8');

test('stays under 600 bytes', () => expect(Buffer.byteLength(html)).toBeLessThan(600));

test('keeps the first errors and rejections until it is switched off', () => {
  const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? '';
  new Function(script)();
  const kept = (globalThis as never as { __pagewake: { q: Event[]; off(): void } }).__pagewake;
  const error = new ErrorEvent('error', { message: 'x' });
  dispatchEvent(error);
  dispatchEvent(new Event('unhandledrejection'));
  expect(kept.q[0]).toBe(error);
  expect(kept.q).toHaveLength(2);
  for (let i = 0; i < 30; i++) dispatchEvent(new ErrorEvent('error'));
  expect(kept.q).toHaveLength(20);
  kept.q.length = 0;
  kept.off();
  dispatchEvent(new ErrorEvent('error'));
  expect(kept.q).toHaveLength(0);
});
