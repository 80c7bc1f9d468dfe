import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { scrub, scrubText, scrubUrl } from '../src/privacy/coarse_scrub.ts';
import { earlyScrub } from '../src/privacy/early_scrub.ts';
import { matchesOf } from './regexp_steps.ts';

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

// A text made to be slow: a search that begins anew at each character takes four
// times as many steps for twice the text. Steps are counted, not timed.
describe('a hostile text costs no more than its length', () => {
  // More than what is bounded in the expressions; the steps from there on grow with the text.
  const LENGTH = 4_000;
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

  /** Every search that the scrubber makes of a text, with what it finds and how many steps it takes. */
  const stepsOf = (work: (text: string) => string, text: string): number => {
    const searches: [RegExp, string][] = [];
    const real = RegExp.prototype[Symbol.replace] as (text: string, by: never) => string;
    const replace = vi.spyOn(RegExp.prototype, Symbol.replace).mockImplementation(function (
      this: RegExp,
      subject: string,
      by: unknown,
    ) {
      searches.push([this, subject]);
      return real.call(this, subject, by as never);
    });
    try {
      work(text);
    } finally {
      replace.mockRestore();
    }
    let steps = 0;
    for (const [regexp, subject] of searches) {
      const counted = matchesOf(regexp, subject);
      const real = regexp.global ? [...subject.matchAll(regexp)] : [regexp.exec(subject)];
      expect(counted.found, `${regexp}`).toEqual(
        real.flatMap((match) => (match ? [[match.index, match.index + match[0].length]] : [])),
      );
      steps += counted.steps;
    }
    expect(steps).toBeGreaterThan(text.length);
    return steps;
  };

  test.each(
    scrubbers.flatMap(([name, work]) => texts.map((text) => [name, ...text, work] as const)),
  )('%s: %s', (_, __, part, work) => {
    const once = stepsOf(work, part.repeat(LENGTH / part.length));
    const twice = stepsOf(work, part.repeat((2 * LENGTH) / part.length));
    expect(twice).toBeLessThan(2.5 * once);
  });
  test('the counter sees what grows faster', () => {
    const slow = (text: string) => text.replace(/[\w.]+@/g, '');
    const once = stepsOf(slow, 'a'.repeat(200));
    expect(stepsOf(slow, 'a'.repeat(400))).toBeGreaterThan(3.5 * once);
  });
});
