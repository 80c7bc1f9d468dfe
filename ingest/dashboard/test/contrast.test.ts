import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');

/** [light, dark] of every token that is a pair of hex colours. */
const tokens = new Map<string, [string, string]>();
for (const [, name, light, dark] of css.matchAll(
  /--([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g,
)) {
  tokens.set(name as string, [light as string, dark as string]);
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const texts = ['text', 'text-muted', 'accent', 'good', 'needs', 'poor'];
const grounds = ['ground', 'surface', 'raised', 'hover'];
const pairs = [
  ...texts.flatMap((text) => grounds.map((ground) => [text, ground])),
  ['accent', 'accent-ground'],
  ['on-accent', 'accent'],
  ['good', 'good-ground'],
  ['needs', 'needs-ground'],
  ['text', 'needs-ground'],
  ['poor', 'poor-ground'],
  ['text', 'poor-ground'],
  ...['network', 'delay', 'load', 'render'].map((part) => ['on-part', `part-${part}`]),
] as [string, string][];

it.each(pairs)('%s on %s reaches AA, light and dark', (text, ground) => {
  const front = tokens.get(text);
  const back = tokens.get(ground);
  expect(front, text).toBeDefined();
  expect(back, ground).toBeDefined();
  for (const theme of [0, 1] as const) {
    expect(contrast(front?.[theme] ?? '', back?.[theme] ?? '')).toBeGreaterThanOrEqual(4.5);
  }
});
