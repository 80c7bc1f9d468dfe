import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scrub, scrubText, scrubUrl } from '../src/privacy/coarse_scrub.ts';
import { earlyScrub } from '../src/privacy/early_scrub.ts';

interface Case {
  name: string;
  kind: string;
  in: string;
  out: string;
  coarse?: boolean;
  allowed?: string[];
}
const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../tests/cases/scrub/cases.json'), 'utf8'),
) as Case[];
const coarse = cases.filter((one) => one.coarse);

describe('the coarse scrubber agrees with the core', () => {
  test('there are cases', () => expect(coarse.length).toBeGreaterThan(40));
  test.each(coarse)('$name', (one) => {
    const scrub = one.kind === 'url' ? scrubUrl : scrubText;
    expect(scrub(one.in, one.allowed ?? [])).toBe(one.out);
  });
});

test('allowed query parameters stay', () => {
  expect(scrubUrl('https://shop.example/s?q=shoes&page=2#top', ['page'])).toBe(
    'https://shop.example/s?page=2',
  );
});

describe('the early scrubber takes out what the coarse one does', () => {
  const secrets = [
    'ann.lee+shop@example.co.uk',
    '4111111111111111',
    '4111 1111 1111 1111',
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36P',
    '0123456789abcdef0123456789abcdef',
    'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGh',
  ];
  test.each(secrets)('%s', (secret) => {
    expect(earlyScrub(`failed for ${secret} today`)).toBe('failed for [Filtered] today');
  });
  test.each([
    ['password=hunter2', 'hunter2'],
    ['{"token":"abc"}', 'abc'],
    ['Authorization: Basic YW5uOmh1bnRlcjI=', 'YW5uOmh1bnRlcjI'],
    ['see https://ann:hunter2@shop.example/', 'hunter2'],
    ['https://shop.example/reset?code=77#x', '77'],
  ])('%s', (text, secret) => expect(earlyScrub(text)).not.toContain(secret));
  test('stacks keep their places', () => {
    const stack =
      'TypeError: x\n    at pay (https://shop.example/app.js:10:5)\nbuy@https://shop.example/app.js:3:1';
    expect(earlyScrub(stack)).toBe(stack);
  });
});

// A text made to be slow. Where a search begins anew at each character it takes
// a thousand times as long as prose of the same length; measured against that
// prose in the same moment, so that a busy machine changes little.
describe('a hostile text costs no more than its length', () => {
  const LENGTH = 10_000;
  const texts: [string, string][] = [
    ['one word', 'a'],
    ['dashes', 'a-'],
    ['names of secrets', 'key'],
    ['slashes', '/'],
    ['schemes', 'a:/'],
    ['addresses cut short', 'a@'],
    ['dots', 'a.'],
    ['tokens cut short', 'eyJ-'],
    ['digits', '1 -'],
    ['bearers', 'bearer '],
  ];
  const scrubbers: [string, (text: string) => string][] = [
    ['early', earlyScrub],
    ['coarse', (text) => scrub(text, [])],
    ['coarse, as a path', (text) => scrub(`/${text}`, [])],
  ];
  const msOf = (work: (text: string) => string, text: string): number => {
    const start = performance.now();
    work(text);
    return performance.now() - start;
  };
  const prose = 'It is only words, and words are all I have. '.repeat(LENGTH / 44);
  test.each(
    scrubbers.flatMap(([name, work]) => texts.map((text) => [name, ...text, work] as const)),
  )('%s: %s', (_, __, part, work) => {
    const hostile = part.repeat(LENGTH / part.length);
    let [plainMs, hostileMs] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < 5; i++) {
      plainMs = Math.max(plainMs, msOf(work, prose));
      hostileMs = Math.min(hostileMs, msOf(work, hostile));
    }
    expect(hostileMs).toBeLessThan(50 * plainMs);
  });
});
