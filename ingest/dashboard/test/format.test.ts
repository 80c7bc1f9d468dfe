import { describe, expect, it } from 'vitest';
import {
  fileName,
  formatAgo,
  formatBytes,
  formatCls,
  formatCount,
  formatMs,
  formatShare,
  formatTime,
  plural,
  shortUrl,
} from '../src/model/format';

describe('formatMs', () => {
  it.each([
    [null, '–'],
    [Number.NaN, '–'],
    [0, '0 ms'],
    [0.04, '0 ms'],
    [3.14, '3.1 ms'],
    [9, '9 ms'],
    [9.96, '10 ms'],
    [812.4, '812 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [3210, '3.21 s'],
    [9996, '10.0 s'],
    [59_940, '59.9 s'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [-12.5, '-12 ms'],
    [-3210, '-3.21 s'],
  ])('%s ms is %s', (ms, text) => expect(formatMs(ms)).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [310, '310 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [28_800, '28.8 kB'],
    [99_960, '100 kB'],
    [812_400, '812 kB'],
    [999_600, '1 MB'],
    [2_410_000, '2.4 MB'],
    [null, '–'],
  ])('%s is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatShare', () => {
  it.each([
    [0, '0 %'],
    [0.0002, '<0.1 %'],
    [0.021, '2.1 %'],
    [0.02, '2 %'],
    [0.87, '87 %'],
    [0.9996, '>99.9 %'],
    [1, '100 %'],
    [null, '–'],
  ])('%s is %s', (share, text) => expect(formatShare(share)).toBe(text));
});

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [41, '41'],
    [1234, '1,234'],
    [9999, '9,999'],
    [14_753, '14.8k'],
    [182_411, '182k'],
    [999_499, '999k'],
    [999_600, '1M'],
    [4_120_000, '4.1M'],
    [3.6, '4'], // a weighted count
  ])('%s is %s', (count, text) => expect(formatCount(count)).toBe(text));

  it('knows one from many', () => {
    expect(plural(1, 'event')).toBe('1 event');
    expect(plural(0, 'event')).toBe('0 events');
    expect(plural(2, 'entry', 'entries')).toBe('2 entries');
  });
});

it('shows a layout shift with the digits it needs', () => {
  expect(formatCls(0)).toBe('0');
  expect(formatCls(0.0012)).toBe('0.0012');
  expect(formatCls(0.1832)).toBe('0.183');
  expect(formatCls(null)).toBe('–');
});

describe('formatAgo', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  it.each([
    ['2026-11-21T11:59:40Z', 'just now'],
    ['2026-11-21T12:00:30Z', 'just now'], // half a minute of clock error
    ['2026-11-21T11:55:00Z', '5 min ago'],
    ['2026-11-21T09:00:00Z', '3 h ago'],
    ['2026-11-20T11:00:00Z', 'yesterday'],
    ['2026-11-01T11:00:00Z', '20 days ago'],
    ['not a time', ''],
  ])('%s is %s', (at, text) => expect(formatAgo(at, now)).toBe(text));

  it('gives the date when it is long ago or in the future', () => {
    expect(formatAgo('2026-08-01T12:00:00Z', now)).toBe(formatTime('2026-08-01T12:00:00Z', 'date'));
    expect(formatAgo('2026-11-22T12:00:00Z', now)).toMatch(/^22 Nov, /);
  });
});

it('says nothing for a time that cannot be read', () => {
  expect(formatTime('')).toBe('');
  expect(formatTime(null)).toBe('');
  expect(formatTime('yesterday-ish')).toBe('');
});

describe('URLs', () => {
  it.each([
    ['https://shop.example/static/app.js?v=2#x', 'shop.example/static/app.js'],
    ['/static/app.js', '/static/app.js'],
    [`https://a.example/${'d/'.repeat(40)}end.png`, `…${'d/'.repeat(26)}end.png`],
  ])('%s shortens to %s', (url, text) => expect(shortUrl(url)).toBe(text));

  it.each([
    ['https://shop.example/static/app.js?v=2', 'app.js'],
    ['https://shop.example/', '/'],
    ['https://shop.example', '/'],
    ['/api/cart/', 'cart'],
  ])('the name of %s is %s', (url, text) => expect(fileName(url)).toBe(text));
});
