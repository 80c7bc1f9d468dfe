import { expect, test } from 'vitest';
import { readVersions, writeVersions } from '../src/model/versions';

test.each([
  ['', {}],
  ['Chrome 100\n\n  Safari   15.4 ', { Chrome: 100, Safari: 15.4 }],
  ['Samsung Internet 20', { 'Samsung Internet': 20 }],
])('%j is read', (text, versions) => {
  expect(readVersions(text)).toEqual(versions);
  expect(readVersions(writeVersions(versions))).toEqual(versions);
});
test.each(['Chrome', '100', 'Chrome new', 'Chrome 1.2.3'])('%j is given back', (line) =>
  expect(readVersions(`Safari 15\n${line}`)).toBe(line),
);
