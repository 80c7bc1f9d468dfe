import { expect, test } from 'vitest';
import { keepSelection, readSelection } from '../src/model/filters';

const HERE = readSelection('?from=-1h&device=mobile&page=%2Fcart&vital=cls');

test.each([
  ['/p/1/pages', {}, '/p/1/pages?from=-1h&device=mobile'],
  ['/p/1/page', { page: '/a b' }, '/p/1/page?page=%2Fa+b&from=-1h&device=mobile'],
  ['/p/1/page?page=%2F', {}, '/p/1/page?page=%2F&from=-1h&device=mobile'],
  ['/p/1/logs?from=-720h', {}, '/p/1/logs?from=-720h&device=mobile'],
])('%s goes on with time range and filters, its own first', (path, extra, expected) => {
  expect(keepSelection(path, HERE, extra)).toBe(expected);
});

test('a link that has them already stays as it is', () => {
  const once = keepSelection('/p/1/page', HERE, { page: '/' });
  expect(keepSelection(once, HERE)).toBe(once);
});

test('the default time range stays unsaid', () => {
  expect(keepSelection('/p/1/pages', readSelection(''))).toBe('/p/1/pages');
});
